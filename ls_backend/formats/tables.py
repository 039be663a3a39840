"""Tables as text: CSV as programs write it, with commas, semicolons, tabs or bars, with index columns and empty rows. Pure."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from ls_backend.errors import InputError
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, counted

csv.field_size_limit(2**31 - 1)  # the default refuses a text of more than 131,072 characters

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
DELIMITER_LINE = re.compile(r"\s*sep=([,;\t|])[ \"]*\n", re.IGNORECASE)
"""A first line that tells Excel the delimiter."""

UNNAMED = re.compile(r"(unnamed(_\d+)+)?")
"""A column without a name; as pandas calls it when it reads back its own index."""
INDEX_NAMES = ("index", "level_0")

QUOTED_CELL = re.compile(r' *"[^"]*(?:""[^"]*)*"')
OPENED_QUOTE = re.compile(r' *"')

Cells = list[str]


@dataclass(frozen=True)
class Table:
    """A table with a header. ``columns`` are named as in the file; a column without a name that only numbers the rows is not
    among them. ``notes`` say what was left out."""

    text: str = field(repr=False)
    source: str
    delimiter: str
    columns: tuple[str, ...]
    notes: tuple[ReadingNote, ...]
    header: Cells = field(repr=False)  # as it stands in the file
    places: tuple[int, ...] = field(repr=False)  # of the columns among the cells of a row
    width: int = field(repr=False)  # how many cells a row may have
    verbatim: bool = False

    @property
    def decimal_comma(self) -> bool:
        """Whether 1,5 is a number: where no comma stands between cells."""
        return self.delimiter != ","

    def rows(self, errors: LineErrors) -> Iterator[tuple[int, Cells]]:
        """The line on which each row begins, and its cells, as many as columns. Empty rows and repeated headers are left out; a row
        with too many cells is added to ``errors``."""
        width, whole = self.width, self.places == tuple(range(self.width))
        for line, cells in _records(self.text, self.delimiter, self.source, self.verbatim):
            if not any(cells) or cells == self.header:
                continue
            if len(cells) != width:
                if any(cells[width:]):
                    errors.add(line, "has more fields than the header; quote a value that holds a comma")
                    continue
                cells = cells[:width] + [""] * (width - len(cells))
            yield line, cells if whole else [cells[place] for place in self.places]


def read_table(text: str, *, source: str, expected: Collection[str], verbatim: bool = False) -> Table:
    """The table in a text. The delimiter is the one by which the header has the most of the ``expected`` names. Space around
    cells does not count, unless it is ``verbatim``.

    Raises:
        InputError: the text is empty, a quote is not closed, a column has no name or one that another column has.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(f"{source} is empty")
    told = DELIMITER_LINE.match(text)
    if told:
        text = "\n" * told.group().count("\n") + text[told.end() :]  # the lines keep their numbers
    delimiter = told.group(1) if told else _delimiter(text, expected)
    counts = _count_records(_records(text, delimiter, source, verbatim))
    names = counts.named_header
    index = {n for n, name in enumerate(names) if _is_index(name, expected) and n in counts.numbers}
    empty = {n for n, name in enumerate(names) if not name and n not in counts.filled}
    for n, name in enumerate(names):
        if not name and n not in index | empty:
            raise InputError(
                f"{source}: column {n + 1} has no name and does not number the rows; name it in the header"
            )
    places = tuple(n for n in range(len(names)) if n not in index | empty)
    columns = tuple(names[n] for n in places)
    _refuse_repeated_names(columns, source)
    return Table(text, source, delimiter, columns, _notes(counts, index), counts.header, places, len(names), verbatim)


def normalised(name: str) -> str:
    """A column's name in small letters, words joined by ``_``: ``Lead time (s)`` is ``lead_time_s``."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_") or name.strip()


def _is_index(name: str, expected: Collection[str]) -> bool:
    name = normalised(name)
    return name not in expected and (UNNAMED.fullmatch(name) is not None or name in INDEX_NAMES)


def _delimiter(text: str, expected: Collection[str]) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
        header = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
        names = [normalised(name) for name in header]
        return len({*names} & {*expected}), len(names)

    return max(DELIMITERS, key=fit)


def _records(text: str, delimiter: str, source: str, verbatim: bool) -> Iterator[tuple[int, Cells]]:
    """The line on which each record begins, and its cells, without space around them unless ``verbatim``."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=not verbatim, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells if verbatim else list(map(str.strip, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        opened = _line_of_bad_quote(text, delimiter, line)
        raise InputError(
            f'{source}, line {opened}: a quote (") is opened here and not closed before the next delimiter ({error}); '
            "close it, or write it twice where it belongs to the text"
        ) from error


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


@dataclass(frozen=True)
class _RecordCounts:
    """What a first look at all records says. ``filled`` are the columns that hold anything, ``numbers`` those that hold a
    whole number in every row."""

    header: Cells
    named_header: Cells  # with a name, though empty, for each column
    filled: frozenset[int]
    numbers: frozenset[int]
    empty_rows: int
    repeated_headers: int
    short_rows: int


def _count_records(records: Iterator[tuple[int, Cells]]) -> _RecordCounts:
    header = next(cells for _, cells in records if any(cells))
    filled, not_numbers = set[int](), set[int]()
    widths: dict[int, int] = {}
    empty_rows = repeated_headers = 0
    unclear: Sequence[int] = [n for n, name in enumerate(header) if _is_index(name, ())] + [len(header)]
    all_numbered = True  # the first cell of each row is a whole number
    for _, cells in records:
        if not any(cells):
            empty_rows += bool(cells)
        elif cells == header:
            repeated_headers += 1
        else:
            widths[len(cells)] = widths.get(len(cells), 0) + 1
            all_numbered = all_numbered and cells[0].isdecimal()
            for n in unclear:
                cell = cells[n] if n < len(cells) else ""
                if cell:
                    filled.add(n)
                if not cell.isdecimal():
                    not_numbers.add(n)
    if widths.keys() == {len(header) + 1} and all_numbered and len(header) in filled:  # as R writes the names of rows
        return _RecordCounts(header, ["", *header], frozenset({0}), frozenset({0}), empty_rows, repeated_headers, 0)
    short_rows = sum(count for width, count in widths.items() if width < len(header))
    numbers = frozenset({*unclear} - not_numbers)
    return _RecordCounts(header, header, frozenset(filled), numbers, empty_rows, repeated_headers, short_rows)


def _notes(counts: _RecordCounts, index: Collection[int]) -> tuple[ReadingNote, ...]:
    notes = []
    if counts.short_rows:
        text = f"{counted(counts.short_rows, 'row')} with fewer cells than the header; missing ones are read as empty"
        notes.append(ReadingNote(NoteKind.WARNING, text))
    if counts.repeated_headers:
        times = counted(counts.repeated_headers, "time")
        notes.append(
            ReadingNote(NoteKind.WARNING, f"the header stands {times} more in the file: are these several files?")
        )
    if counts.filled & {*index}:
        notes.append(ReadingNote(NoteKind.LEFT_OUT, "the column that numbers the rows is not read"))
    if counts.empty_rows:
        notes.append(ReadingNote(NoteKind.LEFT_OUT, f"{counted(counts.empty_rows, 'empty row')}"))
    return tuple(notes)


def _refuse_repeated_names(columns: Sequence[str], source: str) -> None:
    places: dict[str, int] = {}
    for n, name in enumerate(columns, 1):
        first = places.setdefault(normalised(name), n)
        if first != n:
            raise InputError(
                f"{source}: the column {name!r} stands twice (the first is {columns[first - 1]!r}); leave one of them out"
            )
