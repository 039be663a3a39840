import contextlib
import gzip
import io
import zipfile
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ls_backend.errors import InputError, SteadyhandError
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.packed_tables import as_csv, unpacked

COLUMNS = {
    "annotator": ["ann", "ann", "bob"],
    "pair": [1, 1, 2],
    "left": ["a", "b", "a"],
    "answer": ["left", "right:2", None],
    "lead_time_s": [1.5, 2.0, float("nan")],
    "at": [datetime(2026, 11, 21, 8, n, tzinfo=UTC) for n in range(3)],
}


def packed(columns: dict[str, list[object]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


def sheet(rows: list[list[str]], more: bool = False) -> bytes:
    """A spreadsheet as small as one can be."""

    def xml(rows: list[list[str]]) -> str:
        cells = "".join(
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in rows
        )
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        return f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'

    main = "http://schemas.openxmlformats.org"
    names = ("one", "two") if more else ("one",)
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="r{n}" Type="{main}/officeDocument/2006/relationships/worksheet" Target="s{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}/spreadsheetml/2006/main" xmlns:r="{main}/officeDocument/2006/relationships">'
            f"<sheets>{listed}</sheets></workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{main}/package/2006/relationships">{related}</Relationships>',
        )
        document = f'<Relationship Id="d" Type="{main}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
        book.writestr(
            "_rels/.rels", f'<Relationships xmlns="{main}/package/2006/relationships">{document}</Relationships>'
        )
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        override = f'<Override PartName="/xl/workbook.xml" ContentType="{kind}"/>'
        book.writestr("[Content_Types].xml", f'<Types xmlns="{main}/package/2006/content-types">{override}</Types>')
        for n in range(1, len(names) + 1):
            book.writestr(f"xl/s{n}.xml", xml(rows))
    return sink.getvalue()


def test_parquet_is_read_as_the_same_table_in_csv() -> None:
    text = as_csv(packed(COLUMNS), source="f")  # type: ignore[arg-type]
    assert text is not None
    table = read_judgments(text, source="f")
    assert [(j.annotator, j.item, j.preference, j.lead_time) for j in table.judgments] == [
        ("ann", "1", 1, 1.5),
        ("ann", "1", 2, 2.0),
    ]
    assert table.judgments[0].at == COLUMNS["at"][0].timestamp()  # type: ignore[union-attr]
    assert ["without an answer" in note.text for note in table.notes] == [True]


def test_values_are_written_as_people_write_them() -> None:
    columns: dict[str, list[object]] = {"n": [5.0], "l": [["x", "y"]], "d": [{"rating": 4}], "s": ['say "hi"\nthere']}
    assert as_csv(packed(columns), source="f") == (
        'n,l,d,s\n5,"[""x"", ""y""]","{""rating"": 4}","say ""hi""\nthere"\n'
    )


def test_an_index_that_pandas_wrote_is_left_out() -> None:
    columns = {**COLUMNS, "__index_level_0__": list(np.arange(3))}
    table = read_judgments(as_csv(packed(columns), source="f") or "", source="f")  # type: ignore[arg-type]
    assert "the column that numbers the rows is not read" in {note.text for note in table.notes}


def test_a_spreadsheet_is_read() -> None:
    rows = [["annotator", "pair", "left", "answer"], ["ann", "p", "a", "left"]]
    table = read_judgments(as_csv(sheet(rows), source="f") or "", source="f")
    assert [(j.annotator, j.item, j.preference) for j in table.judgments] == [("ann", "p", 1)]


def test_what_cannot_be_read_is_refused_and_text_is_left_alone() -> None:
    with pytest.raises(InputError, match=r"several sheets with content \(one, two\)"):
        as_csv(sheet([["annotator"]], more=True), source="f")
    with pytest.raises(InputError, match="Parquet that can't be read"):
        as_csv(packed(COLUMNS)[:-20], source="f")  # type: ignore[arg-type]
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("export.json", "[]")
    with pytest.raises(InputError, match="packed, and no spreadsheet"):
        as_csv(other.getvalue(), source="f")
    assert as_csv(b"annotator,pair\n", source="f") is None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([packed(COLUMNS), sheet([["annotator", "item", "answer"], ["a", "i", "x"]])]), st.data())  # type: ignore[arg-type]
def test_a_broken_file_is_read_or_refused(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 5))):
        broken[data.draw(st.integers(4, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SteadyhandError):
        text = as_csv(bytes(broken), source="f")
        assert text is not None
        read_judgments(text, source="f")


def archive(**files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return sink.getvalue()


def test_what_gzip_or_zip_have_packed_is_unpacked() -> None:
    text, book = b"annotator,item,answer\n", sheet([["annotator"]])
    for content in (gzip.compress(text), archive(**{"a/b.csv": text, "__MACOSX/._b.csv": b"x"}), text):
        assert unpacked(content, source="f") == text
    assert unpacked(book, source="f") == book
    with pytest.raises(InputError, match=r"f is an archive of a\.csv, b\.csv; unpack it, and name one file"):
        unpacked(archive(**{"a.csv": text, "b.csv": text}), source="f")
    for content in (gzip.compress(text)[:-4], archive(**{"a.csv": text})[:40], b"BZh91AY", b"\xfd7zXZ\0"):
        with pytest.raises(InputError, match="f is packed"):
            unpacked(content, source="f")
