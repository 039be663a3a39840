"""Files that are taken in parts: by their size, or where somebody asks for it."""

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hooks.cli import in_parts, main

pytest.importorskip("duckdb")
TABLE = "annotator,pair,left,answer,gold,at\n" + "".join(
    f"{name},p{n % 4},{'ab'[n % 2]},{('left', 'right')[n % 3 % 2]},{'a' * (n % 4 == 0)},2026-11-01T08:{n:02}:00Z\n"
    for name in ("x", "y")
    for n in range(12)
)
SAID = "taken in 1 part by annotator"


def call(*arguments: str, **options: Any) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments, **options)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "judgments.csv"
    path.write_text(TABLE)
    return path


def test_where_it_is_asked_for_or_the_file_is_large_it_is_taken_in_parts_and_that_is_said(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, whole, said = call("score", str(table), "--json")
    assert (code, SAID in said) == (0, False)
    code, parted, said = call("score", str(table), "--json", "--in-parts")
    assert (code, parted, SAID in said) == (0, whole, True)
    monkeypatch.setattr(in_parts, "LARGE_TEXT", 100)
    code, parted, said = call("score", str(table), "--json")
    assert (code, parted, SAID in said) == (0, whole, True)


def test_inspect_takes_a_file_in_parts_as_well(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = json.loads(call("inspect", str(table), "--json")[1])
    monkeypatch.setattr(in_parts, "LARGE_TEXT", 100)
    for arguments in (["--in-parts"], []):
        parted = json.loads(call("inspect", str(table), "--json", *arguments)[1])
        assert SAID in parted["reading_notes"].pop()["text"]
        assert parted == whole
    assert SAID in call("inspect", str(table), "--in-parts")[1]


def test_inspecting_a_project_has_no_parts() -> None:
    code, _, said = call("inspect", "--project", "1", "--in-parts")
    assert (code, "--in-parts and --workers are for a FILE" in said) == (1, True)


@pytest.mark.parametrize("command", ["score", "inspect"])
def test_a_dry_run_is_in_parts_too(table: Path, command: str) -> None:
    whole, parted = (
        json.loads(call(command, str(table), "--dry-run", "--json", *more)[1]) for more in ((), ("--in-parts",))
    )
    assert SAID in parted["reading_notes"].pop()["text"]
    assert parted == whole


def test_what_can_only_be_read_as_a_whole_is_so_where_it_is_large_and_refused_where_parts_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "judgments.json"
    path.write_text(json.dumps([{"annotator": "x", "item": "i", "answer": "cat"}] * 3))
    code, _, said = call("score", str(path), "--in-parts")
    assert (code, "is JSON, which is read as a whole" in said) == (1, True)
    monkeypatch.setattr(in_parts, "LARGE_TEXT", 10)
    assert json.loads(call("score", str(path), "--json")[1])[0]["judgments"] == 3
    code, _, said = call("score", "-", "--in-parts", input=TABLE)
    assert (code, "only a file of CSV or Parquet" in said) == (1, True)


def test_another_encoding_is_refused_by_its_line_with_the_same_words(table: Path) -> None:
    table.write_bytes(TABLE.encode() + "zoë,p1,a,left,,2026-11-01T09:00:00Z\n".encode("cp1252"))
    code, _, said = call("score", str(table), "--in-parts")
    assert (code, said) == (1, call("score", str(table))[2])
    assert "line 26" in said


@pytest.mark.parametrize(("lacks", "option"), [("duckdb", ["--in-parts"]), ("distributed", ["--workers", "2"])])
def test_what_is_not_installed_is_named_with_the_extra(
    table: Path, monkeypatch: pytest.MonkeyPatch, lacks: str, option: list[str]
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == lacks:
            raise ImportError(name)
        return imported(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    code, _, said = call("score", str(table), *option)
    extra = {"duckdb": "steadyhand[large]", "distributed": "steadyhand[distributed]"}[lacks]
    assert (code, extra in said) == (1, True)


def test_a_scheduler_that_does_not_answer_is_named(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    code, _, said = call("score", str(table), "--workers", "nowhere")
    assert (code, "--workers nowhere" in said) == (1, True)


def test_a_path_that_no_file_can_have_is_refused() -> None:
    code, _, said = call("score", "f" * 5000)
    assert (code, "can't be read" in said) == (1, True)
