"""The cells of a table in a text. Large tables are scanned by pyarrow where it is installed and can do that to the letter; all
others by Python's csv. Both give the same. Pure."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO, Protocol

import numpy as np

from ls_backend.arrays import Bools, Codes
from ls_backend.errors import InputError
from ls_backend.formats.arrow_cells import ArrowColumn
from ls_backend.formats.coded import Coded
from ls_backend.memory import give_memory_back

csv.field_size_limit(2**31 - 1)  # the default refuses a text of more than 131,072 characters

FIRST_CHARACTERS, CHARACTERS_AT_ONCE = 1 << 12, 1 << 20  # often only the header is looked at
ROWS_AT_ONCE = 20_000
BYTES_AT_ONCE = 1 << 20
LEAST_FOR_ARROW = 1 << 20  # characters
QUOTED_CELL = re.compile(r' *"[^"]*(?:""[^"]*)*"')
OPENED_QUOTE = re.compile(r' *"')

Cells = list[str]


@dataclass(frozen=True, slots=True)
class TableScan:
    """What a table holds: its ``header``, with a name, though empty, for each of the ``columns``; ``lines`` (n,) say where each row
    begins. ``rows`` are all there are: also the ``empty_rows``, the ``repeated_headers`` and those that are ``too_long``, by their
    lines, which are not among the columns' cells. ``has_breaks`` says that some cell may go over several lines."""

    header: Cells
    columns: Sequence[Coded[str]]
    lines: Codes
    rows: int
    empty_rows: int = 0
    repeated_headers: int = 0
    short_rows: int = 0
    too_long: tuple[int, ...] = ()
    has_breaks: bool = False


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends, without a copy of all of it."""
    start, size = 0, FIRST_CHARACTERS
    while start < len(text):
        end = text.find("\n", start + size) + 1 or len(text)
        yield from re.findall(r"[^\n]*\n|[^\n]+", text[start:end])
        start, size = end, CHARACTERS_AT_ONCE


def scan_table(
    text: str, delimiter: str, *, source: str, verbatim: bool, unlike: Callable[[str], bool] = lambda _: False
) -> TableScan:
    """The table in a text that holds more than space. Space around cells does not count, unless it is ``verbatim``. Of the columns
    that are ``unlike``, by their names, cells may stand several times among the different ones.

    Raises:
        InputError: a quote is not closed.
    """
    try:
        begin = begin_of(text, delimiter, verbatim=verbatim, unlike=unlike)
        return scan_by_arrow(text, begin) or scan_by_csv(text, begin)
    except csv.Error as error:
        raise bad_quote(text, delimiter, source, verbatim, error) from error


@dataclass(frozen=True, slots=True)
class Begin:
    """How a table begins: the first row that is not empty as it stands there, the line on which it ends, and a name for each column:
    where each row begins with its number, as R writes it, that one has none. In some columns cells are ``unlike`` each other as a rule."""

    delimiter: str
    verbatim: bool
    written: Cells
    line: int
    names: Cells
    unlike: frozenset[int] = frozenset()


def _reader(text: str, delimiter: str, verbatim: bool) -> Any:
    return csv.reader(lines_of(text), delimiter=delimiter, skipinitialspace=not verbatim, strict=True)


def begin_of(text: str, delimiter: str, *, verbatim: bool, unlike: Callable[[str], bool]) -> Begin:
    """How the table in a text begins. Raises csv.Error where a quote is not closed."""
    reader = _reader(text, delimiter, verbatim)
    stripped = (cells if verbatim else [*map(str.strip, cells)] for cells in reader)
    header = next(filter(any, stripped), [""])
    line = reader.line_num
    names = ["", *header] if all(are_numbered(stripped, header)) else header
    return Begin(delimiter, verbatim, header, line, names, frozenset(n for n, name in enumerate(names) if unlike(name)))


def are_numbered(rows: Iterable[Cells], header: Cells) -> tuple[bool, bool]:
    """Whether each row may have its number before the cells that the header names, and whether one has something in its last cell."""
    has_more = False
    for cells in rows:
        if any(cells) and cells != header:
            if len(cells) != len(header) + 1 or not cells[0].isdecimal():
                return False, has_more
            has_more = has_more or bool(cells[-1])
    return True, has_more


def rows_of_text(text: str, delimiter: str) -> Iterator[Cells]:
    """The rows of a text by Python's csv, without space around their cells. Raises csv.Error where a quote is not closed."""
    return ([*map(str.strip, cells)] for cells in _reader(text, delimiter, verbatim=False))


class _Codes(dict[str, int]):
    """The number of each different cell, given as they come; space around them does not count unless they are ``verbatim``."""

    def __init__(self, verbatim: bool) -> None:
        super().__init__()
        self.verbatim, self.cells = verbatim, list[str]()

    def __missing__(self, cell: str) -> int:
        plain = cell if self.verbatim else cell.strip()
        if plain != cell:
            code = self[plain]
        else:
            code = len(self.cells)
            self.cells.append(cell)
        self[cell] = code
        return code


def scan_by_csv(text: str, begin: Begin) -> TableScan:
    """The table by Python's csv. Raises csv.Error where a quote is not closed."""
    reader = _reader(text, begin.delimiter, begin.verbatim)
    while reader.line_num < begin.line:
        next(reader)
    rows = _Rows(begin)
    while block := (line := reader.line_num + 1) and [*islice(reader, ROWS_AT_ONCE)]:
        lines = range(line, line + len(block))
        if reader.line_num + 1 != lines.stop:  # cells over several lines
            rows.has_breaks = True
            heights = np.array([1 + sum(cell.count("\n") for cell in cells) for cells in block])
            lines = (line + np.cumsum(heights) - heights).tolist()
        rows.add(lines, block)
    return rows.scan()


class _Rows:
    """Collects the rows of a table, block by block."""

    def __init__(self, begin: Begin) -> None:
        self.begin, self.width = begin, len(begin.names)
        self.codes = [_Codes(begin.verbatim) for _ in begin.names]
        self.parts: list[list[Codes]] = [[] for _ in begin.names]
        self.lines = list[Codes]()
        self.too_long = list[int]()
        self.empty_rows = self.repeated_headers = self.short_rows = 0
        self.has_breaks = False

    def add(self, lines: Sequence[int], block: Sequence[Cells]) -> None:
        if {*map(len, block)} != {self.width}:
            kept = [(line, cells) for line, row in zip(lines, block, strict=True) if (cells := self._fitted(line, row))]
            lines, block = [line for line, _ in kept], [cells for _, cells in kept]
        for codes, part, column in zip(self.codes, self.parts, zip(*block, strict=True), strict=False):
            part.append(np.fromiter(map(codes.__getitem__, column), dtype=np.int32, count=len(column)))
        self.lines.append(np.array(lines, dtype=np.int32))

    def _fitted(self, line: int, row: Cells) -> Cells:
        """As many cells as there are columns; none where the row is left out."""
        if len(row) == self.width:
            return row
        cells = row if self.begin.verbatim else [*map(str.strip, row)]
        if not any(cells):
            self.empty_rows += bool(cells)
        elif cells == self.begin.written:
            self.repeated_headers += 1
        elif any(cells[self.width :]):
            self.too_long.append(line)
        else:
            self.short_rows += len(cells) < self.width
            return cells[: self.width] + [""] * (self.width - len(cells))
        return []

    def scan(self) -> TableScan:
        columns = [
            Coded(codes.cells, np.concatenate(part) if part else np.zeros(0, dtype=np.int32))
            for codes, part in zip(self.codes, self.parts, strict=True)
        ]
        lines = np.concatenate(self.lines) if self.lines else np.zeros(0, dtype=np.int32)
        return without_empty_rows(
            TableScan(
                self.begin.names,
                columns,
                lines,
                lines.size + self.empty_rows + self.repeated_headers + len(self.too_long),
                self.empty_rows,
                self.repeated_headers,
                self.short_rows,
                tuple(self.too_long),
                self.has_breaks,
            ),
            self.begin,
        )


def without_empty_rows(scan: TableScan, begin: Begin) -> TableScan:
    """Without rows that are empty or say the header again."""
    empty = _are(scan, [""] * len(scan.columns))
    repeated = _are(scan, begin.written)
    left_out = empty | repeated
    if not left_out.any():
        return scan
    return replace(
        scan,
        columns=[column.only(~left_out) for column in scan.columns],
        lines=scan.lines[~left_out],
        empty_rows=scan.empty_rows + int(empty.sum()),
        repeated_headers=scan.repeated_headers + int(repeated.sum()),
    )


def _are(scan: TableScan, row: Cells) -> Bools:
    """Which rows hold just these cells, (n,)."""
    found = np.full(scan.lines.size, len(row) == len(scan.columns))
    for column, cell in sorted(zip(scan.columns, row, strict=False), key=lambda pair: len(pair[0].cells)):
        if not found.any():
            break
        found &= column.are(cell)
    return found


def bad_quote(
    text: str, delimiter: str, source: str, verbatim: bool, error: csv.Error, *, lines_before: int = 0
) -> InputError:
    """What is wrong with a text whose quote is not closed, ``lines_before`` which others stand in the file."""
    reader, line = _reader(text, delimiter, verbatim), 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        line = _line_of_bad_quote(text, delimiter, line)
    return InputError(
        f'{source}, line {lines_before + line}: a quote (") is opened here and not closed before the next delimiter ({error}); '
        "close it, or write it twice where it belongs to the text"
    )


def _line_of_bad_quote(text: str, delimiter: str, line: int) -> int:
    """Of a record that begins on a line: where its first quoted cell begins that does not end at a delimiter."""
    position = 0
    for _ in range(line - 1):
        position = text.index("\n", position) + 1
    cell_end = re.compile(f"[{re.escape(delimiter)}\n]|$")
    while position < len(text):
        start = position
        if OPENED_QUOTE.match(text, position):
            cell = QUOTED_CELL.match(text, position)
            if cell is None or text[cell.end() : cell.end() + 1] not in (delimiter, "\n", ""):
                break
            position = cell.end() + 1
        else:
            end = cell_end.search(text, position)
            position = end.end() if end and end.end() > start else start + 1
    return text.count("\n", 0, position) + 1


def scan_by_arrow(text: str, begin: Begin, *, least: int = LEAST_FOR_ARROW) -> TableScan | None:
    """The table by pyarrow; None where that is not installed, not worth its import, or might read the text otherwise."""
    if begin.verbatim or len(text) < least or "\0" in text:
        return None
    return scan_bytes(_Encoded(text, after_line(text, begin.line)), begin)


class Content(Protocol):
    """Bytes of UTF-8 in which lines end as in texts of Python."""

    def read(self, size: int, /) -> bytes:
        """The next ones, as many as ``size`` or less, which is more than 1; none at the end."""


def scan_bytes(content: Content, begin: Begin) -> TableScan | None:
    """The table whose rows come from the line after its header on, as :func:`scan_by_arrow` gives it. Some rows are found and parsed
    while those before are added to their columns."""
    try:
        import pyarrow as pa  # heavy, and only there where it is installed
        from pyarrow import csv as arrow_csv
    except ImportError:
        return None
    rows = RowLines(begin.line + 1, begin.delimiter)
    names = [str(n) for n in range(len(begin.names))]
    columns = [ArrowColumn(unlike=n in begin.unlike) for n in range(len(names))]
    parse = arrow_csv.ParseOptions(delimiter=begin.delimiter, newlines_in_values=True)
    texts = dict.fromkeys(names, pa.string())
    convert, convert_ascii = (
        arrow_csv.ConvertOptions(column_types=texts, strings_can_be_null=False, check_utf8=checked)
        for checked in (True, False)
    )
    blocks = (block for block in whole_rows(content, rows) if block.lstrip(b"\n"))  # pyarrow refuses one without rows

    def next_rows() -> Any:
        """A table of pyarrow; None at the end."""
        block = next(blocks, None)
        if block is None:
            return None
        read = arrow_csv.ReadOptions(column_names=names, block_size=len(block), use_threads=False)
        return arrow_csv.read_csv(pa.BufferReader(block), read, parse, convert_ascii if block.isascii() else convert)

    try:
        with ThreadPoolExecutor(1) as ahead:
            following = ahead.submit(next_rows)
            while (table := following.result()) is not None:
                following = ahead.submit(next_rows)
                for column, part in zip(columns, table.columns, strict=True):
                    for chunk in part.chunks:
                        column.add(chunk)
    except (pa.ArrowException, UnicodeEncodeError, NotPlainError):  # rows that are not equally long; half a character
        return None
    give_memory_back()
    lines = rows.lines()
    if lines is None or columns[0].size != lines.size:
        return None
    scan = TableScan(begin.names, [column.coded() for column in columns], lines, lines.size, has_breaks=rows.has_breaks)
    give_memory_back()
    return without_empty_rows(scan, begin)


class NotPlainError(ValueError):
    """A quote or a character 0 stands where pyarrow and Python may take it for something else."""


def whole_rows(content: Content, rows: "RowLines") -> Iterator[bytes]:
    """The content in blocks of whole rows, which ``rows`` finds. Raises NotPlainError where pyarrow might read it otherwise than Python."""
    pending = list[bytes]()
    while part := content.read(BYTES_AT_ONCE):
        first = rows.byte
        rows.add(part)
        if b"\0" in part or not rows.is_strict:
            raise NotPlainError
        pending.append(part)
        if rows.row_byte > first:
            end = rows.row_byte - first
            yield b"".join([*pending[:-1], part[:end]])
            pending = [part[end:]]
    if any(pending):
        yield b"".join(pending)


class _Encoded:
    """A text from some place on as content, without a copy of all of it."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start = text, start
        self.most_bytes = 1 if text.isascii() else 4  # of a character

    def read(self, size: int, /) -> bytes:
        start, self.start = self.start, self.start + size // self.most_bytes
        return self.text[start : self.start].encode()


class PlainLines:
    """A file of bytes from where it stands, with the ends of lines that texts of Python have."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.held = file, b""

    def read(self, size: int, /) -> bytes:
        part = self.file.read(size - len(self.held))
        is_end = not part
        part, self.held = self.held + part, b""
        if b"\r" not in part:
            return part
        if part.endswith(b"\r") and not is_end:  # the rest of the end of a line may follow
            part, self.held = part[:-1], b"\r"
        return part.replace(b"\r\n", b"\n").replace(b"\r", b"\n") or self.read(size)


def after_line(text: str, line: int) -> int:
    """Where in a text the line after one begins."""
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1 or len(text)
    return start


class RowLines:
    """The line on which each row begins, of rows that begin on a ``line``, found in parts of their bytes. ``byte`` is where the next part
    begins, and ``row_byte`` where the row does that is not ended. ``is_strict`` says that quotes stand around whole cells or doubled
    within them, and nowhere else."""

    def __init__(self, line: int, delimiter: str) -> None:
        self.line = self.row_line = line  # here, and where the row begins that is not ended
        self.byte = self.row_byte = self.quotes = 0
        self.before, self.is_strict, self.has_breaks, self.found = ord("\n"), True, False, list[Codes]()
        self.around_quotes = np.zeros(256, dtype=np.bool_)
        self.around_quotes[[ord(delimiter), ord("\n"), ord('"')]] = True

    def add(self, part: bytes) -> None:
        """The next part, which is not empty."""
        data = np.frombuffer(part, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        ends_row = np.ones(ends.size, dtype=np.bool_)
        if self.before == ord('"') and self.quotes % 2 == 0:  # it closes, and what follows is here
            self.is_strict &= bool(self.around_quotes[data[0]])
        if self.quotes % 2 or b'"' in part:
            places = np.flatnonzero(data == ord('"'))
            opens = (self.quotes + np.arange(places.size)) % 2 == 0
            padded = np.concatenate(([self.before], data, [ord("\n")]), dtype=np.uint8, casting="unsafe")
            self.is_strict &= bool(self.around_quotes[padded[places + np.where(opens, 0, 2)]].all())
            ends_row = (self.quotes + np.searchsorted(places, ends)) % 2 == 0
            self.quotes += places.size
            self.has_breaks |= not ends_row.all()
        row_bytes = np.concatenate(([self.row_byte], self.byte + ends[ends_row] + 1))
        row_lines = np.concatenate(([self.row_line], self.line + 1 + np.flatnonzero(ends_row)))
        self.found.append(row_lines[:-1][np.diff(row_bytes) > 1].astype(np.int32))
        self.row_byte, self.row_line = int(row_bytes[-1]), int(row_lines[-1])
        self.before, self.byte, self.line = int(data[-1]), self.byte + data.size, self.line + ends.size

    def lines(self) -> Codes | None:
        """Those lines, (n,); None where a quote stands elsewhere than around a whole cell or doubled within it."""
        if not self.is_strict or self.quotes % 2:
            return None
        unended = [self.row_line] if self.row_byte < self.byte else []
        return np.asarray(np.concatenate([*self.found, unended]), dtype=np.int32)
