"""How reports are laid out: coloured and as wide as the window on a terminal, plain text and as wide as needed anywhere else.

A report is a list of blocks. Plain tables separate columns by two spaces and break no line, so that ``grep`` and ``cut`` work.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

SOFT_HYPHEN = "\u00ad"
FIGURE = re.compile(r"[-+]?[\d.].*|-?|infinite")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; ``detail`` follows in brackets, or stands below the text where the window is narrow. ``style`` is a
    style of rich, such as ``green``."""

    text: str
    detail: str = ""
    style: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.detail})" if self.detail else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. ``is_warning``: it is shown however long the table is."""

    cells: Sequence[Cell]
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, whose words may have soft hyphens. ``what`` says what a row is, in the plural."""

    head: Sequence[str]
    rows: Sequence[Row]
    what: str = "rows"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, and whom or what it is about (empty: nobody in particular)."""

    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}" if self.subject else self.text


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes below each other. ``what`` says what a note is, in the plural; ``indent`` is in spaces."""

    notes: Sequence[Note]
    what: str = "notes"
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Warnings:
    """Sentences that are shown however many there are."""

    texts: Sequence[str]
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """What the limits leave out."""

    count: int
    what: str

    def __str__(self) -> str:
        return f"... and {self.count} more {self.what}; --all shows them, --json has every figure."


Block = str | Table | Notes | Warnings | Rest
Report = Sequence[Block]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows of a table and how many notes of a list are printed."""

    rows: int
    notes: int


SCREENFUL = Limits(rows=20, notes=10)


def rows_of(texts: Iterable[Iterable[str]]) -> list[Row]:
    """Rows of plain cells."""
    return [Row([Cell(text) for text in row]) for row in texts]


def write(report: Report, *, limits: Limits | None = None) -> None:
    """Print a report. With ``limits`` it says how much more there is; in a pipe, where that line may be lost, on standard error
    too."""
    blocks = report if limits is None else list(_shortened(report, limits))
    if sys.stdout.isatty():
        _draw(_tidy(blocks))
        return
    click.echo(plain_text(blocks))
    for block in blocks:
        if isinstance(block, Rest) and block.count > 0:
            click.echo(str(block), err=True)


def plain_text(report: Report) -> str:
    """A report as it is printed where there is no terminal."""
    return "\n".join(_plain(block) for block in _tidy(report))


def _shortened(report: Report, limits: Limits) -> Iterator[Block]:
    for block in report:
        if isinstance(block, Table):
            rows = [row for n, row in enumerate(block.rows) if n < limits.rows or row.is_warning]
            yield replace(block, rows=rows)
            yield Rest(len(block.rows) - len(rows), block.what)
        elif isinstance(block, Notes):
            yield replace(block, notes=block.notes[: limits.notes])
            yield Rest(len(block.notes) - limits.notes, block.what)
        else:
            yield block


def _tidy(blocks: Iterable[Block]) -> Iterator[Block]:
    """Without blocks that say nothing, and without an empty line at either end or beside another."""
    empty_line = False
    printed = False
    for block in blocks:
        if block == "":
            empty_line = printed
        elif not _says_nothing(block):
            if empty_line:
                yield ""
            yield block
            empty_line, printed = False, True


def _says_nothing(block: Block) -> bool:
    match block:
        case Notes():
            return not block.notes
        case Warnings():
            return not block.texts
        case Rest():
            return block.count <= 0
    return False


def _plain(block: Block) -> str:
    match block:
        case Table():
            return "\n".join(_plain_table(block))
        case Notes():
            return "\n".join(" " * block.indent + str(note) for note in block.notes)
        case Warnings():
            return "\n".join(" " * block.indent + f"! {text}" for text in block.texts)
    return str(block)


def _plain_table(table: Table) -> Iterator[str]:
    texts = _texts(table)
    widths, right = _widths(texts), _holds_figures(table)
    texts.insert(1, ["-" * width for width in widths])
    for row in texts:
        cells = (t.rjust(w) if r else t.ljust(w) for t, w, r in zip(row, widths, right, strict=True))
        yield "  ".join(cells).rstrip()


def _texts(table: Table) -> list[list[str]]:
    """Head and rows, a line each."""
    head = [text.replace(SOFT_HYPHEN, "") for text in table.head]
    return [head, *([str(cell) for cell in row.cells] for row in table.rows)]


def _widths(texts: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*texts, strict=True)]


def _holds_figures(table: Table) -> list[bool]:
    """Which columns are aligned to the right."""
    columns = range(len(table.head))
    return [n > 0 and all(FIGURE.fullmatch(row.cells[n].text) for row in table.rows) for n in columns]


def _draw(blocks: Iterable[Block]) -> None:
    from rich.console import Console  # not where the output is piped

    console = Console(highlight=False, markup=False, emoji=False)
    for block in blocks:
        console.print(_drawn(block, console.width))


def _drawn(block: Block, width: int) -> "RenderableType":
    from rich.text import Text

    match block:
        case Table():
            return _drawn_table(block, width)
        case Notes():
            return _drawn_list(
                [(note.subject and f"{note.subject}:", note.text) for note in block.notes], "bold", block.indent
            )
        case Warnings():
            return _drawn_list([("!", text) for text in block.texts], "bold yellow", block.indent)
        case Rest():
            return Text(str(block), style="dim")
    return Text(block)


def _drawn_list(lines: Sequence[tuple[str, str]], style: str, indent: int) -> "RenderableType":
    """Two columns, so that a text that takes several lines stays beside its subject."""
    from rich.padding import Padding
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 1 if any(subject for subject, _ in lines) else 0, 0, 0))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for subject, text in lines:
        grid.add_row(Text(subject, style=style), Text(text))
    return Padding(grid, (0, 0, 0, indent))


def _drawn_table(table: Table, width: int) -> "RenderableType":
    """Where the window is too narrow for a line a row, cells take several lines, and details stand below their figures."""
    from rich.box import Box
    from rich.table import Table as Drawing
    from rich.text import Text

    gap = 2
    texts = _texts(table)
    widths = _widths(texts)
    if sum(widths) + gap * (len(widths) - 1) > width:
        gap = 1
        texts = [list(table.head), *([f"{c.text}\n{c.detail}".strip() for c in row.cells] for row in table.rows)]
        widths = _narrow_widths(texts, width - gap * (len(widths) - 1))
        texts = [[_wrapped(text, w) for text, w in zip(row, widths, strict=True)] for row in texts]
    rule = Box("    \n    \n \u2500  \n    \n    \n    \n    \n    \n")
    drawing = Drawing(box=rule, show_edge=False, padding=(0, gap - 1, 0, 0), pad_edge=False, header_style="bold")
    for head, w, right in zip(texts[0], widths, _holds_figures(table), strict=True):
        drawing.add_column(Text(head), justify="right" if right else "left", overflow="fold", width=w)
    for row, cells in zip(table.rows, texts[1:], strict=True):
        drawing.add_row(*(Text(text, style=cell.style) for text, cell in zip(cells, row.cells, strict=True)))
    return drawing


def _narrow_widths(texts: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths of columns under a head, ``texts[0]``: room for the longest piece of each; what is left over goes first to the rows,
    then to the head, column by column. Where there is not even room for the pieces the longest are folded."""
    widths = [max(len(piece) for text in column for piece in _pieces(text)) for column in zip(*texts, strict=True)]
    while sum(widths) > room and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    for part in (texts[1:], texts[:1]):
        for n in range(len(widths)):
            lines = [line.replace(SOFT_HYPHEN, "") for row in part for line in row[n].split("\n")]
            missing = max((len(line) for line in lines), default=0) - widths[n]
            widths[n] += max(0, min(missing, room - sum(widths)))
    return widths


def _pieces(text: str) -> list[str]:
    """Where a text may be broken: at spaces, after hyphens inside words and ranges, and at soft hyphens."""
    return re.split(rf"(?<=\w-)|(?<={SOFT_HYPHEN})|(?<=\s)", text)


def _wrapped(text: str, width: int) -> str:
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
        if piece.endswith("\n"):
            lines.append("")
    ends = (re.sub(f"{SOFT_HYPHEN}$", "-", line.rstrip()) for line in lines)
    return "\n".join(line.replace(SOFT_HYPHEN, "") for line in ends)
