"""What rests on all rows of a table is told by its chunks, or the table is for the reader of whole files."""

import io

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.columns import EXPECTED_NAMES, UNLIKE_NAMES
from ls_backend.formats.judgment_chunks import ChunkReader, WholeTable, arrow_of, judgments_of
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.table_chunks import ChunkedTable, ChunkSize, NotInChunksError, chunked_table
from ls_backend.measurement.judgments import JudgmentColumns
from ls_templates.mapping import TaskKind

SIZE = ChunkSize(characters=60)
ALL = ReadingOptions()


def chunked(text: str) -> ChunkedTable:
    content = text.encode()
    return chunked_table(
        lambda: io.BytesIO(content),
        source="f",
        encoding="utf-8",
        expected=EXPECTED_NAMES,
        unlike=UNLIKE_NAMES,
        size=SIZE,
    )


def read(text: str, options: ReadingOptions = ALL, reader: ChunkReader | None = None) -> WholeTable:
    table = chunked(text)
    whole = WholeTable(reader or ChunkReader.of(table, options))
    for chunk in table.chunks():
        whole.add(whole.reader.read(chunk))
    return whole


def test_what_answers_are_is_told_by_all_of_them() -> None:
    text = "annotator,item,answer\n" + "x,i,1\n" * 20 + "".join(f"x,i{n},{n}\n" for n in range(1, 8)) * 3
    first = read(text)
    assert first.reader.manner.part_answers is not None
    assert first.reader.manner.part_answers.kind is TaskKind.CHOICE
    reader = first.other_reader()
    assert reader is not None
    assert reader.manner.part_answers is not None
    assert (reader.manner.part_answers.kind, reader.manner.part_answers.top) == (TaskKind.RATING, 7)
    assert read(text, reader=reader).other_reader() is None


def test_the_order_of_month_and_day_is_told_by_all_dates() -> None:
    text = "annotator,item,answer,at\n" + "x,i,cat,2/3/2026\n" * 9 + "x,i,cat,3/14/2026\n"
    reader = read(text).other_reader()
    assert reader is not None
    assert read(text, reader=reader).other_reader() is None
    with pytest.raises(InputError, match="don't tell which is the month"):
        read(text.replace("3/14", "3/4")).other_reader()


def test_errors_are_the_first_ones_of_all_chunks_and_how_many_more() -> None:
    whole = read("annotator,item,answer,lead_time_s\n" + "x,i,cat,3\n" * 5 + "x,i,cat,soon\n" * 30)
    with pytest.raises(InputError) as refused:
        whole.refuse_what_is_wrong()
    first, *_, last = str(refused.value).split("\n")
    assert first == "f, line 7: lead_time_s is 'soon'; write seconds, as in 12.5"
    assert last == "... and 20 more lines like these"


def test_times_on_some_lines_alone_are_refused() -> None:
    whole = read("annotator,item,answer,at\n" + "x,i,cat,2026-11-01T08:00:00Z\n" * 5 + "x,i,cat,\n" * 5)
    with pytest.raises(InputError, match="line 7: `at` is given on some lines"):
        whole.refuse_what_is_wrong()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("annotator,item,answer,date\n" + "x,i,cat,soon\n" * 20, "--columns at=date"),
        ("annotator,item,answer,index\n" + "x,i,cat,5\n" * 20 + "x,i,cat,y\n", "numbers the first rows and not all"),
        ("prompt,response1,response2,preferences\n" + "q,a,b,[]\n" * 20, "lists of preferences"),
        ("WorkerId,item,Answer.c.a,Answer.c.b\n" + "w,i,true,false\n" * 20, "spread over columns"),
    ],
)
def test_what_only_all_rows_tell_is_for_the_reader_of_whole_files(text: str, message: str) -> None:
    with pytest.raises(NotInChunksError, match=message):
        read(text)


def test_a_column_of_dates_is_when_answers_were_given() -> None:
    whole = read("annotator,item,answer,date\n" + "x,i,cat,2026-11-01T08:00:00Z\n" * 20)
    assert whole.counts.is_timed


def test_rows_that_begin_with_a_number_in_some_chunks_alone_are_refused() -> None:
    with pytest.raises(NotInChunksError, match="only a part of the rows begins with a number"):
        read("annotator,item,answer\n" + "1,x,i,cat\n" * 20 + "x,i,cat\n" * 20)
    late = read("annotator,item,answer\n" + "1,x,i,\n" * 20 + "2,x,i,cat\n" * 20)
    with pytest.raises(NotInChunksError, match="only a part of the rows begins with a number"):
        late.refuse_what_is_wrong()


@pytest.mark.parametrize("is_encoded", [True, False])
def test_judgments_that_come_in_several_batches_are_those_that_were_written(*, is_encoded: bool) -> None:
    pa = pytest.importorskip("pyarrow")
    batches = [arrow_of(judgments) for judgments in map(judged, ("ab", "cb", "a"), ("s-", "-t", "-"))]
    table = pa.Table.from_batches(batches)
    if not is_encoded:  # as DuckDB gives it
        texts = [name for name in table.column_names if pa.types.is_dictionary(table.schema.field(name).type)]
        for name in texts:
            column = pa.chunked_array([chunk.dictionary_decode() for chunk in table.column(name).chunks])
            table = table.set_column(table.column_names.index(name), name, column)
        assert texts == ["annotator", "item", "slice", "answer"]
    whole = judgments_of(table, is_pair=True)
    assert [(one.item, one.slice, one.preference) for one in whole] == [
        ("a", "s", 1),
        ("b", None, 1),
        ("c", None, 1),
        ("b", "t", 1),
        ("a", None, 1),
    ]
    assert len(judgments_of(table.slice(0, 0), is_pair=True)) == 0


def judged(items: str, slices: str) -> JudgmentColumns:
    """A judgment on each of the items, each of which has a slice, - for none."""
    rows = [f"x,{item},a,left,{part.strip('-')}" for item, part in zip(items, slices, strict=True)]
    table = chunked("\n".join(["annotator,pair,left,answer,slice", *rows, ""]))
    reader = ChunkReader.of(table, ALL)
    (chunk,) = table.chunks()
    return reader.read(chunk).judgments
