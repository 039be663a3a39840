"""Reports on a terminal, in a pipe, and cut to a screenful."""

import re
import sys
from collections.abc import Callable

import pytest

from hooks.report.layout import Cell, Limits, Note, Notes, Report, Row, Table, Warnings, plain_text, rows_of, write

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
Printed = Callable[[Report, int], str]


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """Prints a report on a terminal that is so many characters wide; returns what came, with its escape codes."""

    def printed(report: Report, width: int) -> str:
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        write(report)
        return capsys.readouterr().out

    return printed


LONG = "a sentence that goes on for longer than any window is wide, " * 3
TABLE = Table(
    ("annotator", "self-consis\u00adtency", "standing"),
    [
        Row([Cell("anna"), Cell("0.85", "0.69-0.94"), Cell("trusted", style="green")]),
        Row([Cell("[bold]bob[/bold]"), Cell("-"), Cell("new")]),
    ],
    "annotators",
)


def test_in_a_pipe_there_are_columns_of_plain_text_and_whole_lines() -> None:
    text = plain_text([TABLE, "", Notes([Note("anna", LONG), Note("", "all")], indent=2), Warnings([LONG])])
    assert text.splitlines() == [
        "annotator         self-consistency  standing",
        "----------------  ----------------  --------",
        "anna              0.85 (0.69-0.94)  trusted",
        "[bold]bob[/bold]                 -  new",
        "",
        f"  anna: {LONG}",
        "  all",
        f"! {LONG}",
    ]


def test_write_in_a_pipe_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    write([TABLE])
    assert capsys.readouterr().out == plain_text([TABLE]) + "\n"


def test_on_a_terminal_there_are_colours_and_nothing_of_the_data_is_taken_for_markup(on_terminal: Printed) -> None:
    out = on_terminal([TABLE], 100)
    assert "\x1b[32mtrusted" in out
    assert "\x1b[1m" in out
    assert "[bold]bob[/bold]" in ESCAPE.sub("", out)
    assert "0.85 (0.69-0.94)" in ESCAPE.sub("", out)


@pytest.mark.parametrize("width", [24, 34, 40, 80])
def test_no_line_is_longer_than_the_window_and_nothing_is_lost(on_terminal: Printed, width: int) -> None:
    out = ESCAPE.sub("", on_terminal([TABLE, Notes([Note("anna", LONG)]), Warnings([LONG])], width))
    assert max(map(len, out.splitlines())) <= width
    letters = "".join(out.replace("-", "").split())
    for word in ("anna:", "0.85", "0.69", "0.94", *LONG.split()):
        assert word in letters
    assert "\u00ad" not in out


def test_in_a_narrow_window_details_stand_below_and_heads_are_hyphenated(on_terminal: Printed) -> None:
    table = Table(("annotator", "self-consis\u00adtency"), [Row([Cell("annabella"), Cell("0.85", "0.69-0.94")])])
    lines = [line.split() for line in ESCAPE.sub("", on_terminal([table], 20)).splitlines()]
    assert [word for line in lines[:3] for word in line] == ["self-", "consis-", "annotator", "tency"]
    assert lines[4:] == [["annabella", "0.85"], ["0.69-0.94"]]


def test_a_screenful_says_what_is_left_out_and_drops_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [Row([Cell(f"row{n}")], is_warning=n == 7) for n in range(9)]
    report: Report = [
        Table(("name",), rows, "annotators"),
        Notes([Note("", f"note{n}") for n in range(5)], "reasons"),
        Warnings([f"warning{n}" for n in range(50)]),
    ]
    write(report, limits=Limits(rows=3, notes=2))
    out, err = capsys.readouterr()
    assert [w for w in out.split() if w.startswith("row")] == ["row0", "row1", "row2", "row7"]
    assert [w for w in out.split() if w.startswith("note")] == ["note0", "note1"]
    assert all(f"warning{n}" in out for n in range(50))
    left_out = [
        "... and 5 more annotators; --all shows them, --json has every figure.",
        "... and 3 more reasons; --all shows them, --json has every figure.",
    ]
    assert err.splitlines() == left_out
    assert set(left_out) <= set(out.splitlines())


def test_what_is_short_enough_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    report: Report = ["", Table(("name",), rows_of([["one"]])), "", Notes([]), "", "end", ""]
    write(report, limits=Limits(rows=1, notes=1))
    assert capsys.readouterr() == ("name\n----\none\n\nend\n", "")
