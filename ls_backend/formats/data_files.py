"""Files of rows: JSON lines, or Parquet by pyarrow. The same rows give the same bytes. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from ls_backend.errors import InputError
from ls_backend.formats.set_columns import NESTED_FIELDS, Column, ColumnKind
from ls_backend.types import Json

ROWS_IN_A_GROUP, ROWS_AT_ONCE = 50_000, 2_000
_encode = json.JSONEncoder(ensure_ascii=False).encode


class FileKind(StrEnum):
    """How rows are written, and how such a file's name ends."""

    JSONL = "jsonl"
    PARQUET = "parquet"


def json_line(row: Json) -> bytes:
    """A row as a line of JSON."""
    return (_encode(row) + "\n").encode(errors="replace")


class NewFile(Protocol):
    """What a file is written to."""

    def write(self, content: bytes, /) -> int: ...
    def close(self) -> None: ...


class RowFile(Protocol):
    """A file that rows, lines of JSON, are written to, in order."""

    def add(self, lines: bytes) -> None: ...
    def close(self) -> None: ...


def row_file(kind: FileKind, file: NewFile, columns: Sequence[Column[Any]]) -> RowFile:
    """Raises InputError where pyarrow is needed and not installed."""
    return ParquetRows(file, columns) if kind is FileKind.PARQUET else JsonLines(file)


@dataclass(frozen=True, slots=True)
class JsonLines:
    """JSON lines."""

    file: NewFile

    def add(self, lines: bytes) -> None:
        self.file.write(lines)

    def close(self) -> None:
        self.file.close()


class ParquetRows:
    """Parquet. Rows wait until there are enough for a group."""

    def __init__(self, file: NewFile, columns: Sequence[Column[Any]]) -> None:
        """Raises InputError where pyarrow is not installed."""
        try:
            import pyarrow as pa  # heavy, and only there where it is installed
            from pyarrow import parquet
        except ImportError as error:
            raise InputError(
                "Parquet needs pyarrow; `pip install steadyhand[tables]`, or pass --files jsonl"
            ) from error
        self._file, self._schema = file, pa.schema(_fields({column.name: column.kind for column in columns}))
        self._writer = parquet.ParquetWriter(file, self._schema)
        self._lines: list[bytes] = []
        self._group: list[Any] = []
        self._rows = 0

    def add(self, lines: bytes) -> None:
        for line in lines.splitlines():
            self._lines.append(line)
            if len(self._lines) == ROWS_AT_ONCE:
                self._take()
                if self._rows >= ROWS_IN_A_GROUP:
                    self._write()

    def close(self) -> None:
        self._take()
        self._write()
        self._writer.close()
        self._file.close()

    def _take(self) -> None:
        """Take the lines that wait into the group, as columns: these need less memory than rows of Python."""
        import pyarrow as pa

        if self._lines:
            self._group.append(pa.RecordBatch.from_pylist([json.loads(line) for line in self._lines], self._schema))
            self._rows += len(self._lines)
            self._lines.clear()

    def _write(self) -> None:
        import pyarrow as pa

        if self._group:
            self._writer.write_table(pa.Table.from_batches(self._group).combine_chunks())
            self._group.clear()
            self._rows = 0


def _fields(kinds: Mapping[str, ColumnKind]) -> list[Any]:
    import pyarrow as pa

    return [pa.field(name, _arrow_type(kind)) for name, kind in kinds.items()]


def _arrow_type(kind: ColumnKind) -> Any:
    import pyarrow as pa

    if kind in NESTED_FIELDS:
        return pa.list_(pa.struct(_fields(NESTED_FIELDS[kind])))
    return {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}[kind]


def features_of(columns: Sequence[Column[Any]]) -> list[Json]:
    """The columns as the head of a dataset card declares them."""

    def feature(name: str, kind: ColumnKind) -> Json:
        if kind in NESTED_FIELDS:
            return {"name": name, "list": [feature(*field) for field in NESTED_FIELDS[kind].items()]}
        return {"name": name, "dtype": kind.value}

    return [feature(column.name, column.kind) for column in columns]
