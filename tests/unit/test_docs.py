"""What the documents promise is there."""

import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from hooks.cli import main
from ls_backend.contracts.terms import Contract
from ls_backend.formats.mappings import parse_mapping
from ls_backend.settings import Settings
from ls_backend.store.tables import metadata
from ls_templates.plugin import VERSION

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CONTEXT = click.Context(main)
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def test_the_readmes_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z]+)\b(?= |`|\n)", README)) - {"it"} <= targets | {"scorecards"}
    said = set(re.findall(r"`?steadyhand ([a-z]+)", README))
    assert said - {"tells"} <= set(main.list_commands(CONTEXT))
    attach = main.get_command(CONTEXT, "attach")
    assert attach is not None
    for block in re.findall(r"steadyhand attach ([^\n#]+)", README):
        flags = {p.opts[-1] for p in attach.params}
        assert set(re.findall(r"--[a-z-]+", block)) <= flags


def test_the_variables_of_the_readme_are_exactly_those_that_are_read() -> None:
    read = {f.alias or f"STEADYHAND_{n.upper()}" for n, f in Settings.model_fields.items()}
    assert set(re.findall(r"^   \| `([A-Z_]+)`", README, re.M)) == read


def test_the_readmes_mapping_can_be_parsed() -> None:
    text = re.search(r"```toml\n(.*?)```", README, re.S)
    assert text
    mapping = parse_mapping(re.sub(r"^   ", "", text[1], flags=re.M), source="README")
    assert mapping.values == {"First": 1, "Second": -1, "Same": 0}


def test_the_files_that_documents_name_exist() -> None:
    for document in DOCUMENTS:
        for path in re.findall(
            r"`((?:hooks|ls_backend|ls_templates|requirements|tests|docs)/[\w/.]+\.\w+)`", document.read_text()
        ):
            assert (ROOT / path).exists(), f"{document.name} names {path}"
        for path in re.findall(r"\]\(([\w/.]+)\)", document.read_text()):
            assert (document.parent / path).exists(), f"{document.name} links {path}"


def find(words: list[str]) -> click.Command | None:
    """The command that words name, as deep as they go."""
    command: click.Command = main
    for word in words:
        subcommand = command.get_command(CONTEXT, word) if isinstance(command, click.Group) else None
        if subcommand is None:
            break
        command = subcommand
    return None if command is main else command


def test_commands_and_options_in_the_documents_exist() -> None:
    for document in DOCUMENTS:
        for line in re.findall(r"steadyhand ([a-z][^\n`#]*)", document.read_text()):
            words = line.split()
            command = find([w for w in words if not w.startswith("-")])
            options = {o for o in words if o.startswith("--")}
            assert command is not None or not options, f"{document.name}: steadyhand {line}"
            if command is not None:
                known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
                assert options <= known, f"{document.name}: steadyhand {line}"


def test_the_contract_of_the_documents_can_be_signed() -> None:
    text = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "pay.md").read_text(), re.S)
    assert text
    assert Contract.parse(text[1]).improvement is not None


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_committed_file_names_an_index_host_or_a_path_of_somebodys_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    words = ("py" + "pi.org", "files.python" + "hosted", "registry.npm" + "js", "/wo" + "rk/", "/ro" + "ot/")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in (".png", ".jpg") or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        assert not [w for w in words if w in text], name


def test_the_architecture_has_a_line_on_each_table() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.split("## Tables", 1)[1].split("\n## ", 1)[0]
    first_cells = re.findall(r"^\| (`[^|]+) \|", section, re.M)
    named = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(metadata.tables)
