"""Tables in chunks: whole rows each, by the lines of the file."""

import io

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.columns import EXPECTED_NAMES, UNLIKE_NAMES
from ls_backend.formats.packed_tables import as_csv
from ls_backend.formats.table_chunks import (
    ChunkedTable,
    ChunkSize,
    ColumnsChunk,
    NotInChunksError,
    TextChunk,
    chunked_table,
    scan_chunk,
)
from ls_backend.formats.tables import read_table

HEADER = "annotator,item,answer\n"


def chunked(content: bytes, size: ChunkSize) -> ChunkedTable:
    return chunked_table(
        lambda: io.BytesIO(content),
        source="f",
        encoding="utf-8-sig",
        expected=EXPECTED_NAMES,
        unlike=UNLIKE_NAMES,
        size=size,
    )


def rows(table: ChunkedTable) -> list[tuple[int, list[str]]]:
    """The line of each row, and its cells."""
    found = []
    for chunk in table.chunks():
        scan = scan_chunk(chunk, table.begin, source="f")
        columns = [[column.cells[code] for code in column.codes.tolist()] for column in scan.columns]
        found += [(line, [column[n] for column in columns]) for n, line in enumerate(scan.lines.tolist())]
    return found


def test_chunks_are_whole_rows_with_the_lines_of_the_file() -> None:
    text = HEADER + 'x,"i\nj",cat\n\ny,k,"a ""b"", c"\n' * 20
    table = chunked(text.encode(), ChunkSize(characters=50))
    assert len([*table.chunks()]) > 5
    whole = read_table(text, source="f", expected=EXPECTED_NAMES)
    cells = [
        [column.cells[code] for column, code in zip(whole.cells, codes, strict=True)]
        for codes in zip(*(c.codes.tolist() for c in whole.cells), strict=True)
    ]
    assert rows(table) == [*zip(whole.lines.tolist(), cells, strict=True)]


def test_a_quote_that_stands_within_a_cell_is_no_end_of_rows() -> None:
    text = HEADER + 'x,5" screen,cat\n' * 9 + 'y,"a\nb",dog\n' * 9
    found = rows(chunked(text.encode(), ChunkSize(characters=40)))
    assert [line for line, _ in found] == [*range(2, 11), *range(11, 29, 2)]
    assert found[0][1][1] == '5" screen'


def test_a_quote_that_is_never_closed_is_refused_by_its_line_without_reading_all() -> None:
    text = HEADER + "x,i,cat\n" * 20 + 'x,"i,cat\n' + "x,i,cat\n" * 2000
    with pytest.raises(
        InputError, match=r'line 22: a quote \("\) is opened here or a little later and not closed within'
    ):
        [*chunked(text.encode(), ChunkSize(characters=100)).chunks()]


def test_what_tells_the_delimiter_is_no_row() -> None:
    table = chunked(b"\xef\xbb\xbfsep=;\nannotator;item;answer\nx;i;1,5\n" + b"y;i;2\n" * 9, ChunkSize(characters=10))
    assert (table.begin.delimiter, rows(table)[0]) == (";", (3, ["x", "i", "1,5"]))


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="f is empty"):
        chunked(content, ChunkSize())


def test_json_is_for_the_reader_of_whole_files() -> None:
    with pytest.raises(NotInChunksError, match="is JSON"):
        chunked(b'[{"annotator": "x"}]', ChunkSize())


def test_parquet_has_the_cells_and_the_lines_of_its_text() -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    content = io.BytesIO()
    columns = {
        "annotator": pa.array(["x", "y", None, "z"]).dictionary_encode(),
        "item": ["i\r\nj\rk", " k", "", "m"],
        "answer": [True, False, None, True],
        "lead_time_s": [1.5, 2.0, None, float("nan")],
        "at": pa.array([0, 1, 2, None], pa.timestamp("us")),
    }
    parquet.write_table(pa.table(columns), content)
    text = as_csv(content.getvalue(), source="f")
    assert text is not None
    whole = chunked(text.encode(), ChunkSize())
    assert rows(chunked(content.getvalue(), ChunkSize(rows=2))) == rows(whole)
    assert rows(whole)[0] == (2, ["x", "i\nj\nk", "True", "1.5", "1970-01-01T00:00:00"])
    assert [line for line, _ in rows(whole)] == [2, 5, 6, 7]


def test_a_chunk_says_how_many_lines_stand_before_it() -> None:
    chunks = [*chunked((HEADER + "x,i,cat\n" * 30).encode(), ChunkSize(characters=100)).chunks()]
    assert all(isinstance(chunk, TextChunk) for chunk in chunks)
    before = 0
    for chunk in chunks:
        assert chunk.lines_before == before
        before += chunk.text.count("\n")  # type: ignore[union-attr]
    assert before == 31


def test_short_cells_of_parquet_differ_by_a_character_0() -> None:
    pa = pytest.importorskip("pyarrow")
    content = io.BytesIO()
    answers = ["a", "a\0", "a", "\0"]
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"annotator": list("xyxy"), "item": list("ijji"), "answer": answers}), content)
    table = chunked(content.getvalue(), ChunkSize())
    assert [cells[2] for _, cells in rows(table)] == answers


def parquet_of(answers: list[str], group: int) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {"annotator": ["x"] * len(answers), "item": [f"i{n}" for n in range(len(answers))], "answer": answers}
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content, row_group_size=group, use_dictionary=False)
    return content.getvalue()


@pytest.mark.parametrize("group", [1, 2, 7, 100])
def test_groups_of_rows_in_parquet_are_no_chunks(group: int) -> None:
    pytest.importorskip("pyarrow")
    table = chunked(parquet_of(["cat"] * 23, group), ChunkSize(rows=1000))
    assert [(line, cells[1]) for line, cells in rows(table)] == [(n + 2, f"i{n}") for n in range(23)]
    assert len([*table.chunks()]) == 1


def test_chunks_have_fewer_rows_where_rows_are_long() -> None:
    pytest.importorskip("pyarrow")
    short, long = (
        [
            len(chunk.columns[0])
            for chunk in chunked(content, ChunkSize(rows=400)).chunks()
            if isinstance(chunk, ColumnsChunk)
        ]
        for content in (parquet_of(["cat"] * 1000, 300), parquet_of([f"{'cat' * 200}{n}" for n in range(1000)], 300))
    )
    assert short == [400, 200, 400]
    assert sum(long) == 1000
    assert max(long) < 50
