"""Tables as text: CSV as programs write it, with commas, semicolons, tabs or bars, with index columns and empty rows. Pure."""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from ls_backend.arrays import Codes
from ls_backend.errors import InputError
from ls_backend.formats.coded import Coded
from ls_backend.formats.json_text import BEGINS_AS_JSON
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.packed_tables import is_packed
from ls_backend.formats.table_scan import (
    LEAST_FOR_ARROW,
    PlainLines,
    TableScan,
    begin_of,
    lines_of,
    scan_bytes,
    scan_table,
)

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
DELIMITER_LINE = re.compile(r"\s*\"?sep=([,;\t|])[ \"]*\n", re.IGNORECASE)
"""A first line that tells Excel the delimiter."""

MOST_ABOVE_HEADER, NAMES_OF_HEADER = 20, 3
"""Among how many rows a header is looked for, and how many known names tell it."""

BYTES_OF_HEAD = 1 << 16
"""In which the header of a large table stands, and a row that tells whether rows begin with their numbers."""

UNNAMED = re.compile(r"(unnamed(_\d+)+)?")
"""A column without a name; as pandas calls it when it reads back its own index."""
ACCENTED = re.compile("([a-z])[\u0300-\u036f]+")
INDEX_NAMES = ("index", "level_0", "index_level_0")


@dataclass(frozen=True)
class Table:
    """A table with a header. ``columns`` are named as in the file; a column without a name that only numbers the rows is not
    among them. ``cells`` are those of the columns, without empty rows and repeated headers; ``lines`` (n,) say where each row begins,
    ``too_long`` where one with more cells than the header does. ``given`` is how many rows there are in all; ``notes`` say what was
    left out."""

    source: str
    delimiter: str
    columns: tuple[str, ...]
    notes: tuple[ReadingNote, ...]
    given: int
    cells: tuple[Coded[str], ...] = field(repr=False)
    lines: Codes = field(repr=False)
    places: tuple[int, ...] = ()  # of the columns among the cells of a row in the file
    width: int = 0  # how many cells a row may have there
    too_long: tuple[int, ...] = ()
    has_breaks: bool = False  # some cell goes over several lines

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 is a number: where no comma stands between cells."""
        return self.delimiter != ","

    def name_long_rows(self, errors: LineErrors) -> None:
        """Add the rows with too many cells to the errors."""
        for line in self.too_long:
            errors.add(line, "has more fields than the header; quote a value that holds a comma")

    def rows(self, errors: LineErrors) -> Iterator[tuple[int, list[str]]]:
        """The line on which each row begins, and its cells, as many as columns. A row with too many cells is added to ``errors``."""
        self.name_long_rows(errors)
        columns = [[*column.cells] for column in self.cells]
        codes = [column.codes.tolist() for column in self.cells]
        for row, line in enumerate(self.lines.tolist()):
            yield line, [cells[code[row]] for cells, code in zip(columns, codes, strict=True)]


def read_table(
    text: str, *, source: str, expected: Collection[str], unlike: Collection[str] = (), verbatim: bool = False
) -> Table:
    """The table in a text. The delimiter is the one by which the header has the most of the ``expected`` names. Space around
    cells does not count, unless it is ``verbatim``. In the columns ``unlike`` the cells differ as a rule.

    Raises:
        InputError: the text is empty, a quote is not closed, a column has no name or one that another column has; or something stands
            above the header.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text or text.isspace():
        raise InputError(f"{source} is empty")
    text, delimiter = with_delimiter(text, expected)
    refuse_title(text, source, expected)
    scan = scan_table(text, delimiter, source=source, verbatim=verbatim, unlike=lambda name: normalised(name) in unlike)
    return table_of(scan, delimiter, source=source, expected=expected)


def read_large_table(
    file: BinaryIO, *, source: str, expected: Collection[str], unlike: Collection[str], least: int = LEAST_FOR_ARROW
) -> Table | None:
    """The table in a large file of UTF-8, as :func:`read_table` gives it, but never with all of its text in memory. None where it is to
    be read from its text.

    Raises:
        InputError: a column has no name or one that another column has.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(BYTES_OF_HEAD)
    head = head[: head.rfind(b"\n") + 1]
    if size < least or is_packed(head) or head.count(b"\r") != head.count(b"\r\n"):
        return None
    try:
        text = head.decode("utf-8-sig").removeprefix("\ufeff").replace("\r\n", "\n")
        if not text or text.isspace() or "\0" in text or BEGINS_AS_JSON.match(text):
            return None
        text, delimiter = with_delimiter(text, expected)
        refuse_title(text, source, expected)
        begin = begin_of(text, delimiter, verbatim=False, unlike=lambda name: normalised(name) in unlike)
    except (UnicodeDecodeError, csv.Error, InputError):  # whoever reads the text says what is wrong
        return None
    if begin.names != begin.written:  # perhaps each row has its number, perhaps only the first ones
        return None
    file.seek(len(head) - len(head.split(b"\n", begin.line)[-1]))
    scan = scan_bytes(PlainLines(file), begin)
    return table_of(scan, delimiter, source=source, expected=expected) if scan else None


def refuse_title(text: str, source: str, expected: Collection[str]) -> None:
    """Raises InputError where lines such as a title stand above the header: a row with several ``expected`` names below rows with none."""
    for delimiter in DELIMITERS:
        reader = csv.reader(lines_of(text), delimiter=delimiter, skipinitialspace=True)
        above = 0
        for cells in islice(reader, MOST_ABOVE_HEADER):
            names = {normalised(cell) for cell in cells if cell.strip()}
            known = len(names & {*expected})
            if above and known >= NAMES_OF_HEADER:
                raise InputError(
                    f"{source}: the header seems to stand on line {reader.line_num}; take out what is above it, so that the file begins with it"
                )
            if known or len(names) >= NAMES_OF_HEADER:
                break
            above += bool(names)


def with_delimiter(text: str, expected: Collection[str]) -> tuple[str, str]:
    """A text, or its beginning, without what is no cell before the header; and its delimiter."""
    told = DELIMITER_LINE.match(text)
    if told is None:
        return text, _delimiter(text, expected)
    return "\n" * told.group().count("\n") + text[told.end() :], told.group(1)  # the lines keep their numbers


def table_of(scan: TableScan, delimiter: str, *, source: str, expected: Collection[str]) -> Table:
    """The table that was scanned.

    Raises:
        InputError: a column has no name or one that another column has.
    """
    names = scan.header
    index = {n for n, name in enumerate(names) if _is_index(name, expected) and numbers_rows(scan.columns[n])}
    empty = {n for n, name in enumerate(names) if not name and not any(scan.columns[n].cells)}
    for n, name in enumerate(names):
        if not name and n not in index | empty:
            raise unnamed_column(source, n)
    places = [n for n in range(len(names)) if n not in index | empty]
    columns = tuple(names[n] for n in places)
    refuse_repeated_names(columns, source)
    cells = tuple(scan.columns[n] for n in places)
    notes = notes_on_scan(scan, has_index=any(scan.columns[n].codes.size for n in index))
    return Table(
        source,
        delimiter,
        columns,
        notes,
        scan.rows,
        cells,
        scan.lines,
        tuple(places),
        len(names),
        scan.too_long,
        scan.has_breaks,
    )


def unnamed_column(source: str, place: int) -> InputError:
    return InputError(f"{source}: column {place + 1} has no name and does not number the rows; name it in the header")


def normalised(name: str) -> str:
    """A column's name in small letters, those of Latin without accents, words joined by ``_``: ``Lead time (s)`` is ``lead_time_s``,
    ``Durée`` is ``duree``."""
    plain = name.casefold()
    if not plain.isascii():
        plain = ACCENTED.sub(r"\1", unicodedata.normalize("NFKD", plain))
        plain = unicodedata.normalize("NFC", plain)
    return re.sub(r"[\W_]+", "_", plain).strip("_") or name.strip()


def _is_index(name: str, expected: Collection[str]) -> bool:
    name = normalised(name)
    return name not in expected and (UNNAMED.fullmatch(name) is not None or name in INDEX_NAMES)


def _delimiter(text: str, expected: Collection[str]) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(lines_of(text), delimiter=delimiter, skipinitialspace=True)
        header = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        names = [normalised(name) for name in header]
        return len({*names} & {*expected}), len(names)

    return max(DELIMITERS, key=fit)


def numbers_rows(column: Coded[str]) -> bool:
    """Whether all cells are whole numbers."""
    return all(map(str.isdecimal, column.used()))


def notes_on_scan(counts: TableScan, *, has_index: bool) -> tuple[ReadingNote, ...]:
    """What is to be said of the rows and columns of a table."""
    notes = []
    if counts.short_rows:
        text = f"{counted(counts.short_rows, 'row')} with fewer cells than the header; missing ones are read as empty"
        notes.append(ReadingNote(NoteKind.WARNING, text))
    if counts.repeated_headers:
        times = counted(counts.repeated_headers, "time")
        notes.append(
            ReadingNote(
                NoteKind.WARNING,
                f"the header stands {times} more in the file: are these several files?",
                counts.repeated_headers,
            )
        )
    if has_index:
        notes.append(ReadingNote(NoteKind.LEFT_OUT, "the column that numbers the rows is not read"))
    if counts.empty_rows:
        notes.append(ReadingNote(NoteKind.LEFT_OUT, f"{counted(counts.empty_rows, 'empty row')}", counts.empty_rows))
    return tuple(notes)


def refuse_repeated_names(columns: Sequence[str], source: str) -> None:
    """Raises InputError where a column stands twice."""
    places: dict[str, int] = {}
    for n, name in enumerate(columns, 1):
        first = places.setdefault(normalised(name), n)
        if first != n:
            raise InputError(
                f"{source}: the column {name!r} stands twice (the first is {columns[first - 1]!r}); leave one of them out"
            )
