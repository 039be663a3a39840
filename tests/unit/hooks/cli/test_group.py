"""The group of commands: fast where nothing has to be done, complete, and explained."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from hooks.cli import COMMANDS, main
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.write_back import write_back
from tests import fakes

HEAVY = {"numpy", "scipy", "sqlalchemy", "label_studio_sdk", "flask", "pydantic", "rich", "matplotlib"}
NOT_FOR_STATUS = {"label_studio_sdk", "httpx", "alembic", "flask", "label_studio_ml", "matplotlib"}
NOT_TO_SERVE = {"label_studio_sdk", "alembic", "datasketch", "matplotlib", "pandas", "pyarrow", "rich"}
CONTEXT = click.Context(main)


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    """All commands, those of subgroups too, by what is typed."""
    found = []
    for name in group.list_commands(CONTEXT):
        command = group.get_command(CONTEXT, name)
        assert command is not None
        found.append((" ".join((*path, name)), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    code = (
        "import sys\nfrom hooks.cli import main\n"
        f"main([{option!r}], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(run.stderr.split())
    assert not {name.split(".")[0] for name in imported} & HEAVY
    assert not {name for name in imported if name.startswith("hooks.cli.")} - {"hooks.cli.lazy"}
    assert "steadyhand" in run.stdout or "Label Studio" in run.stdout


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    for section in COMMANDS.values():
        for name, lazy in section.items():
            command = lazy.load()
            assert command.name == name
            assert command.get_short_help_str(limit=1000) == lazy.summary


def test_names_are_completed_from_the_list_and_options_from_the_command() -> None:
    completion = ShellComplete(main, {}, "steadyhand", "_STEADYHAND_COMPLETE")
    assert [item.value for item in completion.get_completions([], "s")] == [
        "status", "seed", "serve", "score", "study", "simulate", "settle"
    ]  # fmt: skip
    assert [item.value for item in completion.get_completions(["score"], "--ha")] == ["--half-life"]
    assert [item.value for item in completion.get_completions(["ledger"], "ver")] == ["verify"]
    assert [item.value for item in completion.get_completions([], "--v")] == ["--version"]


def test_completing_a_name_imports_no_command() -> None:
    code = (
        "import sys\nfrom click.shell_completion import ShellComplete\nfrom hooks.cli import main\n"
        "names = ShellComplete(main, {}, 'steadyhand', '_STEADYHAND_COMPLETE').get_completions([], 'st')\n"
        "print(*(item.value for item in names))\nprint(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["status", "study"]
    assert not {name.split(".")[0] for name in run.stderr.split()} & HEAVY


@pytest.mark.parametrize("looked_for_odd_work", ["no judgments", "not yet", "noted"])
def test_status_imports_no_more_than_it_needs(ctx: Context, tmp_path: Path, looked_for_odd_work: str) -> None:
    project = fakes.attach(ctx, tasks=4, gold=2, routing="everyone", annotators=2)
    if looked_for_odd_work != "no judgments":
        for task in list(fakes.gateway(ctx).tasks(project)):
            fakes.deliver(ctx, fakes.gateway(ctx).annotate(task.id, 2, "left"))
        process(ctx, fakes.ADMIN, project)
    if looked_for_odd_work == "noted":
        write_back(ctx, fakes.ADMIN, project)
    code = "import sys\nfrom hooks.cli import main\nmain(['status'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    environment = {
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "k" * 40,
        "STEADYHAND_SECRET": "s" * 32,
        "STEADYHAND_DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
    }
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    assert "can't be reached" in run.stdout
    assert ("judgments: 0 by" in run.stdout) == (looked_for_odd_work == "no judgments")
    imported = set(run.stderr.split())
    assert not {name.split(".")[0] for name in imported} & NOT_FOR_STATUS
    assert ("scipy.stats" in imported) == ("scipy.special" in imported) == (looked_for_odd_work == "not yet")


def test_the_service_starts_without_what_only_pages_and_commands_need() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import sys\nimport hooks.app\nprint(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {name.split(".")[0] for name in run.stdout.split()} & NOT_TO_SERVE
    assert not {"scipy.integrate", "scipy.stats"} & set(run.stdout.split())


def test_a_large_table_is_scored_without_pandas(tmp_path: Path) -> None:
    """pyarrow imports it for what can be had without, and that takes as long as reading a million rows."""
    pytest.importorskip("pyarrow")
    rows = [
        f"a{n % 3},i{n % 50},{'ab'[n % 2]},left,{'a' * (n % 50 < 5)},2026-11-01T08:00:{n % 60:02}Z"
        for n in range(50_000)
    ]
    (tmp_path / "table.csv").write_text("\n".join(["annotator,pair,left,answer,gold,at", *rows]))
    code = (
        "import sys\nfrom hooks.cli import main\n"
        "main(['score', sys.argv[1], '--json'], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "table.csv")], capture_output=True, text=True, check=True
    )
    imported = {name.split(".")[0] for name in run.stderr.split()}
    assert "pyarrow" in imported
    assert not imported & {"pandas", "sqlalchemy", "duckdb", "rich"}
    assert "scipy.sparse" not in run.stderr.split()


def test_every_option_is_explained() -> None:
    for path, command in commands():
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.opts[-1]}"


def test_exit_codes_are_explained_and_kept() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    assert "Exit codes:" in text
    assert "_STEADYHAND_COMPLETE" in text
    assert CliRunner().invoke(main, ["templates"]).exit_code == 0
    refused = CliRunner().invoke(main, ["score", "nowhere.csv"])
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: nowhere.csv can't be read (No such file or directory); check the path\n",
    )
    for words in (["scor"], ["score"], ["score", "x.csv", "--min-lag", "many"], ["plan", "--no-such-option"]):
        assert CliRunner().invoke(main, words).exit_code == 2, words


def test_it_runs_as_a_module() -> None:
    run = subprocess.run([sys.executable, "-m", "hooks.cli", "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("steadyhand, version ")


@pytest.mark.parametrize("group", ["contract", "pilot", "ledger", None])
def test_no_description_in_a_list_of_commands_is_cut_short(group: str | None) -> None:
    text = CliRunner().invoke(main, [*([group] if group else []), "--help"], terminal_width=80).output
    assert "..." not in text.partition("[OPTIONS]")[2].replace("[ARGS]...", "")
