import pytest

from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.statuses import is_counted


def read(text: str, **columns: str) -> JudgmentTable:
    return read_judgments(text, source="f", options=ReadingOptions(columns=columns))


@pytest.mark.parametrize(
    ("column", "text", "counted"),
    [
        ("AssignmentStatus", "Approved", True),
        ("AssignmentStatus", "Rejected", False),
        ("Status", "AWAITING REVIEW", True),
        ("Status", "TIMED-OUT", False),
        ("status", "discarded", False),
        ("status", "blue", None),
        ("was_cancelled", "True", False),
        ("was_cancelled", "0", True),
        ("is_draft", "yes", False),
        ("skipped", "perhaps", None),
    ],
)
def test_what_a_status_says(column: str, text: str, counted: bool | None) -> None:
    assert is_counted(column, text) is counted


def test_rows_that_were_rejected_are_left_out_and_counted() -> None:
    head = "WorkerId,SubmitTime,WorkTimeInSeconds,AssignmentStatus,Input.q,Answer.kind\n"
    rows = [
        f"w,Tue Nov 03 11:00:1{n} PST 2026,9,{status},q,cat\n" for n, status in enumerate(["Approved", "Rejected", ""])
    ]
    table = read(head + "".join(rows), item="Input.q")
    assert [judgment.id for judgment in table.judgments] == ["000000002", "000000004"]
    (note,) = [note for note in table.notes if note.rows]
    assert (note.rows, table.given) == (1, 3)
    assert note.text == "1 row whose status says not to count them ('AssignmentStatus: Rejected')"
    assert [use.use for use in table.fields if use.name == "AssignmentStatus"] == ["whether a row counts"]


def test_two_columns_may_say_so_and_what_is_not_known_counts_with_a_warning() -> None:
    table = read(
        "annotator,item,answer,status,skipped\nx,i,cat,odd,no\nx,j,cat,done,yes\nx,k,cat,draft,\nx,l,,draft,\n"
    )
    assert [judgment.item for judgment in table.judgments] == ["i"]
    texts = "\n".join(note.text for note in table.notes)
    assert "is not known ('status: odd'), and they are counted" in texts
    assert "2 rows whose status says not to count them ('skipped: yes', 'status: draft')" in texts
    assert (table.given, sum(note.rows for note in table.notes)) == (4, 3)


def test_without_any_answer_a_table_is_refused() -> None:
    with pytest.raises(InputError, match=r"no row has an answer in the column label; name another one.*--columns"):
        read("annotator,task,label\nx,i,\nx,j,NA\n")
