"""Files that are no text: packed ones, and tables in Parquet (pyarrow) and spreadsheets (python-calamine), written out as CSV for the
one reader of tables. Pure."""

import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from datetime import time as time_of_day

from ls_backend.errors import InputError
from ls_backend.formats.notes import listed

ROWS_AT_ONCE = 50_000
MOST_FILES = 5  # of an archive, that a message names
PARQUET, ZIPPED, OLD_EXCEL, GZIPPED = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
OTHERS = (b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"(\xb5/\xfd", b"Rar!")
"""How files begin that bzip2, xz, 7-Zip, Zstandard and RAR have packed."""
PARTS_OF_BOOKS = ("[Content_Types].xml", "mimetype")
"""Files of which one is in each spreadsheet, and in no other archive."""
NEEDED = "`pip install steadyhand[tables]`, or save the file as CSV"

Values = Sequence[object]


def as_csv(content: bytes, *, source: str) -> str | None:
    """The table in a Parquet file or a spreadsheet as CSV; None where the content is neither. Numbers of spreadsheets that are whole
    are written without a fraction, times in ISO 8601, lists and records as JSON.

    Raises:
        InputError: it can't be read, or a spreadsheet has several sheets with content.
    """
    rows = _rows_of(content)
    return None if rows is None else csv_text(rows(content, source))


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is Parquet, a spreadsheet or otherwise packed."""
    return head.startswith((PARQUET, ZIPPED, OLD_EXCEL, GZIPPED, *OTHERS))


def unpacked(content: bytes, *, source: str) -> bytes:
    """The content of a file that gzip has packed, or of the one file in a ZIP archive; of other files, spreadsheets among them, as it is.

    Raises:
        InputError: it can't be unpacked, or several files are in it.
    """
    if content.startswith(OTHERS):
        raise InputError(f"{source} is packed; unpack it first")
    try:
        if content.startswith(GZIPPED):
            return gzip.decompress(content)
        if not content.startswith(ZIPPED):
            return content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if not {*names}.isdisjoint(PARTS_OF_BOOKS):
                return content
            names = [
                name for name in names if not name.startswith("__MACOSX/") and not name.split("/")[-1].startswith(".")
            ]
            if len(names) == 1:
                return archive.read(names[0])
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"{source} is packed, and can't be unpacked ({error}); pack it again, or save the file as CSV"
        ) from error
    raise InputError(f"{source} is an archive of {listed(names, most=MOST_FILES)}; unpack it, and name one file")


def csv_text(rows: Iterable[Values]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([text_of(value) for value in row])
    return text.getvalue()


def _rows_of(content: bytes) -> Callable[[bytes, str], Iterator[Values]] | None:
    if content.startswith(PARQUET):
        return _parquet_rows
    return _sheet_rows if content.startswith((ZIPPED, OLD_EXCEL)) else None


def _parquet_rows(content: bytes, source: str) -> Iterator[Values]:
    try:
        import pyarrow as pa  # heavy, and only there where it is installed
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(f"{source} is Parquet, which needs pyarrow; {NEEDED}") from error
    try:
        table = parquet.ParquetFile(io.BytesIO(content))
        yield table.schema_arrow.names
        for batch in table.iter_batches(ROWS_AT_ONCE):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise InputError(f"{source} is Parquet that can't be read ({error}); write it again") from error


def _sheet_rows(content: bytes, source: str) -> Iterator[Values]:
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise InputError(f"{source} is a spreadsheet, which needs python-calamine; {NEEDED}") from error
    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{source} is packed, and no spreadsheet that can be read ({error}); unpack it, or save it as CSV"
        ) from error
    filled = {name: rows for name, rows in sheets.items() if any(map(_is_filled, rows))}
    if len(filled) > 1:
        raise InputError(
            f"{source} has several sheets with content ({', '.join(filled)}); save the one with the judgments"
        )
    yield from next(iter(filled.values()), [])


def _is_filled(row: Iterable[object]) -> bool:
    return any(value not in ("", None) for value in row)


def text_of(value: object) -> str:
    """What a value is in a table of texts."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value  # no end of a row
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime | date | time_of_day):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
