"""Files of rows: JSON lines, or Parquet by pyarrow. The same rows give the same bytes. Pure."""

import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from ls_backend.errors import InputError
from ls_backend.formats.set_columns import NESTED_FIELDS, Column, ColumnKind
from ls_backend.types import Json

ROWS_IN_A_GROUP = 50_000
_encode = json.JSONEncoder(ensure_ascii=False).encode


class FileKind(StrEnum):
    """How rows are written, and how such a file's name ends."""

    JSONL = "jsonl"
    PARQUET = "parquet"


def json_line(row: Json) -> bytes:
    """A row as a line of JSON."""
    return (_encode(row) + "\n").encode(errors="replace")


def parquet_file(rows: Sequence[Json], columns: Sequence[Column[Any]]) -> bytes:
    """The content of a Parquet file.

    Raises:
        InputError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # heavy, and only there where it is installed
        from pyarrow import parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow; `pip install steadyhand[tables]`, or pass --files jsonl") from error

    def fields(kinds: Mapping[str, ColumnKind]) -> list[Any]:
        return [pa.field(name, _arrow_type(kind)) for name, kind in kinds.items()]

    def _arrow_type(kind: ColumnKind) -> Any:
        if kind in NESTED_FIELDS:
            return pa.list_(pa.struct(fields(NESTED_FIELDS[kind])))
        return {"string": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}[kind]

    schema = pa.schema(fields({column.name: column.kind for column in columns}))
    sink = io.BytesIO()
    with parquet.ParquetWriter(sink, schema) as writer:
        for start in range(0, len(rows), ROWS_IN_A_GROUP):
            writer.write_table(pa.Table.from_pylist([*rows[start : start + ROWS_IN_A_GROUP]], schema=schema))
    return sink.getvalue()


def features_of(columns: Sequence[Column[Any]]) -> list[Json]:
    """The columns as the head of a dataset card declares them."""

    def feature(name: str, kind: ColumnKind) -> Json:
        if kind in NESTED_FIELDS:
            return {"name": name, "list": [feature(*field) for field in NESTED_FIELDS[kind].items()]}
        return {"name": name, "dtype": kind.value}

    return [feature(column.name, column.kind) for column in columns]
