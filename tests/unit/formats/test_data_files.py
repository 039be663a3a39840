"""Files of rows, which are lines of JSON."""

import io
import json

import pytest
from pyarrow import parquet

from ls_backend.formats import data_files
from ls_backend.formats.data_files import FileKind, json_line, row_file
from ls_backend.formats.set_columns import Column, ColumnKind

COLUMNS: list[Column[object]] = [
    Column("name", ColumnKind.TEXT, "", lambda _: None),
    Column("number", ColumnKind.NUMBER, "", lambda _: None),
    Column("turns", ColumnKind.MESSAGES, "", lambda _: None),
]
ROWS = [
    {"name": f"n{n}\n\u2028\u00e4", "number": n / 7, "turns": [{"role": "user", "content": "hi"}] * (n % 3)}
    for n in range(23)
]


class Kept(io.BytesIO):
    content = b""

    def close(self) -> None:
        self.content = self.getvalue()
        super().close()


def written(kind: FileKind, *, at_once: int) -> bytes:
    file = Kept()
    rows = row_file(kind, file, COLUMNS)
    for start in range(0, len(ROWS), at_once):
        rows.add(b"".join(map(json_line, ROWS[start : start + at_once])))
    rows.close()
    return file.content


def test_rows_are_the_same_in_both_kinds_and_however_many_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_files, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(data_files, "ROWS_IN_A_GROUP", 6)
    lines = written(FileKind.JSONL, at_once=1)
    assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == ROWS
    content = written(FileKind.PARQUET, at_once=1)
    assert parquet.read_table(io.BytesIO(content)).to_pylist() == ROWS
    groups = parquet.ParquetFile(io.BytesIO(content)).metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [6, 6, 6, 5]
    for at_once in (5, 23):
        assert written(FileKind.JSONL, at_once=at_once) == lines
        assert written(FileKind.PARQUET, at_once=at_once) == content
