"""Tables that are larger than memory, in chunks of whole rows: of a text, or of the batches of Parquet. Each chunk is scanned by the
means by which a whole table is. Pure."""

import csv
import io
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO

import numpy as np

from ls_backend.errors import InputError
from ls_backend.formats.arrow_cells import ArrowColumn
from ls_backend.formats.json_text import BEGINS_AS_JSON
from ls_backend.formats.packed_tables import PARQUET, csv_text, text_of
from ls_backend.formats.table_scan import (
    Begin,
    RowLines,
    TableScan,
    after_line,
    are_numbered,
    bad_quote,
    begin_of,
    lines_of,
    rows_of_text,
    scan_by_arrow,
    scan_by_csv,
    without_empty_rows,
)
from ls_backend.formats.tables import normalised, refuse_title, with_delimiter

ROWS_OF_BEGIN = (
    3  # that the first chunk has at least, if there are so many: what tells the delimiter, the header, a row
)
CHUNKS_IN_A_ROW = 16  # a row that is longer is no row, but begins with a quote that is not closed


class NotInChunksError(InputError):
    """A table that can only be read as a whole."""


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Whole rows of a text, and how many lines stand before them."""

    text: str
    lines_before: int


@dataclass(frozen=True, slots=True)
class ColumnsChunk:
    """Some rows as columns of texts, arrays of pyarrow, and how many lines would stand before them in a text."""

    columns: Sequence[Any]
    lines_before: int


Chunk = TextChunk | ColumnsChunk
OpenFile = Callable[[], BinaryIO]


USUAL_ROW = 60
"""Bytes of a row of Parquet, before it is packed."""


@dataclass(frozen=True, slots=True)
class ChunkSize:
    """How much is read at once: ``characters`` of a text, ``rows`` of Parquet, and fewer where these are longer than :data:`USUAL_ROW`."""

    characters: int = 24 << 20
    rows: int = 400_000


DEFAULT_SIZE = ChunkSize()


@dataclass(frozen=True)
class ChunkedTable:
    """A table in a file: how it begins, about how many ``rows`` it has, and its ``chunks``, each time from the first one on."""

    source: str
    begin: Begin
    rows: int
    chunks: Callable[[], Generator[Chunk]]


def scan_chunk(chunk: Chunk, begin: Begin, *, source: str) -> TableScan:
    """The rows of a chunk, by the lines on which they begin in the file.

    Raises:
        InputError: a quote is not closed.
    """
    if isinstance(chunk, ColumnsChunk):
        return _scan_of_columns(chunk, begin)
    if chunk.lines_before:
        begin = replace(begin, line=0)
    try:
        scan = scan_by_arrow(chunk.text, begin) or scan_by_csv(chunk.text, begin)
    except csv.Error as error:
        raise bad_quote(chunk.text, begin.delimiter, source, False, error, lines_before=chunk.lines_before) from error
    too_long = tuple(chunk.lines_before + line for line in scan.too_long)
    return replace(scan, lines=scan.lines.astype(np.int64) + chunk.lines_before, too_long=too_long)


def numbering(chunk: Chunk, begin: Begin) -> tuple[bool, bool]:
    """Whether each row of a chunk may have its number before its cells, and whether one has something in its last cell."""
    if isinstance(chunk, ColumnsChunk):
        return False, False
    try:
        return are_numbered(rows_of_text(chunk.text, begin.delimiter), begin.written)
    except csv.Error:  # named by its line where it is scanned
        return False, False


def chunked_table(
    open_file: OpenFile,
    *,
    source: str,
    encoding: str,
    expected: Collection[str],
    unlike: Collection[str],
    size: ChunkSize,
) -> ChunkedTable:
    """The table in a file that is CSV or Parquet.

    Raises:
        NotInChunksError: it can only be read as a whole.
        InputError: it is empty, or can't be read.
        UnicodeDecodeError: it is in another encoding.
    """

    def is_unlike(name: str) -> bool:
        return normalised(name) in unlike

    with open_file() as file:
        is_parquet = file.read(len(PARQUET)) == PARQUET
        size_in_bytes = file.seek(0, io.SEEK_END)
    if is_parquet:
        names, rows, row_bytes = _parquet_head(open_file, source)
        rows_at_once = max(1, int(size.rows * min(1.0, USUAL_ROW / row_bytes)))
        header = csv_text([names])
        text, delimiter = with_delimiter(header, expected)
        begin = begin_of(text, delimiter, verbatim=False, unlike=is_unlike)
        if text != header or delimiter != "," or BEGINS_AS_JSON.match(header) or len(begin.names) != len(names):
            raise NotInChunksError(f"{source} is Parquet whose columns are named oddly; give them plain names")
        return ChunkedTable(
            source, begin, rows, lambda: _parquet_chunks(open_file, source, text.count("\n"), rows_at_once)
        )

    def texts() -> Iterator[str]:
        with open_file() as binary, io.TextIOWrapper(binary, encoding=encoding) as file:
            yield from iter(partial(file.read, size.characters), "")

    head = _head(texts())
    if not head or head.isspace():
        raise InputError(f"{source} is empty")
    if BEGINS_AS_JSON.match(head):
        raise NotInChunksError(f"{source} is JSON, which is read as a whole; write it as CSV or Parquet")
    text, delimiter = with_delimiter(head, expected)
    refuse_title(text, source, expected)

    def chunks() -> Generator[TextChunk]:
        several = texts()
        begin = with_delimiter(_head(several), expected)[0]
        return _text_chunks(chain([begin], several), delimiter, source, CHUNKS_IN_A_ROW * size.characters)

    with closing(chunks()) as several:
        text = next(several).text
    try:
        begin = begin_of(text, delimiter, verbatim=False, unlike=is_unlike)
    except csv.Error as error:
        raise bad_quote(text, delimiter, source, False, error) from error
    rows = size_in_bytes * text.count("\n") // len(text.encode())
    return ChunkedTable(source, begin, rows, chunks)


def _head(texts: Iterator[str]) -> str:
    """As much of a text as tells how its table begins."""
    head = ""
    for text in texts:
        head += text if head else text.removeprefix("\ufeff")
        rows = sum(1 for _ in islice(filter(str.strip, lines_of(head)), ROWS_OF_BEGIN + 1))
        if rows > ROWS_OF_BEGIN:  # the last one may go on
            break
    return head


def _text_chunks(texts: Iterable[str], delimiter: str, source: str, longest_row: int) -> Generator[TextChunk]:
    rest, lines = "", 0
    for part in texts:
        text = rest + part
        end = _end_of_rows(text, delimiter)
        if not lines and text[:end].isspace():
            end = 0  # the first chunk has the header
        if end:
            yield TextChunk(text[:end], lines)
        lines += text.count("\n", 0, end)
        rest = text[end:]
        if len(rest) > longest_row:
            raise InputError(
                f'{source}, line {lines + 1}: a quote (") is opened here or a little later and not closed within {len(rest):,} characters; '
                "close it, or write it twice where it belongs to the text"
            )
    if rest:
        yield TextChunk(rest, lines)


def _end_of_rows(text: str, delimiter: str) -> int:
    """Where the last whole row of a text ends that may end within a row."""
    end = text.rfind("\n") + 1
    if '"' not in text:
        return end
    is_open = text.count('"', 0, end) % 2
    while end and is_open:
        start = text.rfind("\n", 0, end - 1) + 1
        is_open ^= text.count('"', start, end) % 2
        end = start
    if end:
        rows = RowLines(1, delimiter)
        rows.add(text[:end].encode())
        if rows.lines() is not None:
            return end
    return _end_of_rows_by_csv(text, delimiter)


def _end_of_rows_by_csv(text: str, delimiter: str) -> int:
    """The same where quotes stand oddly; all of a text with one that is not closed as it should be."""
    reader = csv.reader(lines_of(text), delimiter=delimiter, skipinitialspace=True, strict=True)
    before = whole = 0
    try:
        for _ in reader:
            before, whole = whole, reader.line_num
    except csv.Error as error:
        if "end of data" not in str(error):
            return len(text)
    else:
        whole = whole if text.endswith("\n") else before
    return after_line(text, whole)


def _parquet_head(open_file: OpenFile, source: str) -> tuple[list[str], int, float]:
    """The names of the columns, how many rows there are, and how many bytes a row has, at least 1."""
    with open_file() as file:
        table = _parquet(file, source)
        rows, groups = int(table.metadata.num_rows), map(table.metadata.row_group, range(table.num_row_groups))
        row_bytes = sum(group.total_byte_size for group in groups) / max(rows, 1)
        return list(table.schema_arrow.names), rows, max(row_bytes, 1.0)


def _parquet(file: BinaryIO, source: str) -> Any:
    import pyarrow as pa  # heavy, and only there where it is installed
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _bad_parquet(source, error) from error


def _bad_parquet(source: str, error: Exception) -> InputError:
    return InputError(f"{source} is Parquet that can't be read ({error}); write it again")


def _parquet_chunks(open_file: OpenFile, source: str, lines: int, rows: int) -> Generator[ColumnsChunk]:
    import pyarrow as pa

    with open_file() as file:
        table = _parquet(file, source)
        if not table.metadata.num_rows:
            yield ColumnsChunk([pa.array([], pa.string())] * len(table.schema_arrow), lines)
        groups = _row_groups(table, rows)
        batches = chain.from_iterable(table.iter_batches(rows, row_groups=some) for some in groups)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                columns = [_texts(column) for column in batch.columns]
            except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
                raise _bad_parquet(source, error) from error
            yield ColumnsChunk(columns, lines)
            lines += batch.num_rows + sum(int(_line_ends(column).sum()) for column in columns)


def _row_groups(table: Any, rows: int) -> Iterator[list[int]]:
    """The numbers of the groups of rows of a file of Parquet, of so many rows together at least, but for the last: what was read of all of
    them that are asked for at once stays in memory."""
    some, count = list[int](), 0
    for number in range(table.num_row_groups):
        some.append(number)
        count += table.metadata.row_group(number).num_rows
        if count >= rows:
            yield some
            some, count = [], 0
    if some:
        yield some


def _texts(column: Any) -> Any:
    """What each value is in a table of texts, an array of pyarrow."""
    import pyarrow as pa
    from pyarrow import compute

    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        texts = compute.fill_null(column.cast(pa.string()), "")
        if not compute.any(compute.match_substring(texts, "\r")).as_py():
            return texts
    return pa.array([text_of(value) for value in column.to_pylist()], pa.string())


def _line_ends(column: Any) -> Any:
    """How many ends of lines stand within each text, (n,)."""
    from pyarrow import compute

    return compute.count_substring(column, "\n").to_numpy(zero_copy_only=False)


def _scan_of_columns(chunk: ColumnsChunk, begin: Begin) -> TableScan:
    from pyarrow import compute

    heights = 1 + sum(_line_ends(column) for column in chunk.columns).astype(np.int64)
    lines = chunk.lines_before + 1 + np.cumsum(heights) - heights
    columns = []
    for place, texts in enumerate(chunk.columns):
        without_nul = not compute.any(compute.match_substring(texts, "\0")).as_py()
        column = ArrowColumn(unlike=place in begin.unlike, without_nul=without_nul)
        column.add(texts)
        columns.append(column.coded())
    has_breaks = bool((heights > 1).any())
    return without_empty_rows(TableScan(begin.names, columns, lines, lines.size, has_breaks=has_breaks), begin)
