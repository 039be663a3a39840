"""What rests on all rows of a table is told by its chunks, or the table is for the reader of whole files."""

import io

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.columns import EXPECTED_NAMES, UNLIKE_NAMES
from ls_backend.formats.judgment_chunks import ChunkReader, WholeTable
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.table_chunks import ChunkedTable, ChunkSize, NotInChunksError, chunked_table
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
