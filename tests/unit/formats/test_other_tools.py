import json

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import JudgmentTable
from ls_backend.formats.judgments import read_judgments
from ls_backend.types import Json


def read(entries: list[Json]) -> JudgmentTable:
    return read_judgments(json.dumps(entries), source="f")


def notes(table: JudgmentTable) -> str:
    return "\n".join(f"{note.kind}: {note.text}" for note in table.notes)


def record(value: object, *, sides: str = "xy", **more: object) -> Json:
    fields = {"prompt": "q", "response-1": sides[0], "response-2": sides[1]}
    return {"fields": fields, "responses": {"better": [{"user_id": "u", "value": value, **more}]}}


def ranks(first: int, second: int) -> list[Json]:
    return [{"value": "response-1", "rank": first}, {"value": "response-2", "rank": second}]


@pytest.mark.parametrize(
    "answers", [("response-1", "response-1", "tie"), ("left", "left", "tie"), (ranks(1, 2), ranks(1, 2), ranks(1, 1))]
)
def test_argillas_records_of_two_responses_are_pairs_whose_sides_may_be_swapped(answers: tuple[object, ...]) -> None:
    one, other, tie = answers
    table = read([record(one), record(other, sides="yx"), record(tie), record(one, status="discarded")])
    assert [(j.preference, j.mirrored) for j in table.judgments] == [(1, False), (-1, True), (0, False)]
    assert len({j.item for j in table.judgments}) == 1
    assert "response-1 is read as the response that stood left" in notes(table)
    assert (table.given, sum(note.rows for note in table.notes)) == (4, 1)


def test_answers_that_name_no_response_are_those_of_another_task_with_a_warning() -> None:
    table = read([record("good"), record("bad", sides="yx")])
    assert [j.answer for j in table.judgments] == ['{"choice":"good"}', '{"choice":"bad"}']
    assert "warning: response-1 and response-2 seem to be two responses" in notes(table)


def test_times_of_argilla_are_read_where_all_responses_have_one() -> None:
    timed = [record("response-1", updated_at=f"2026-11-01T08:00:0{n}Z") for n in (5, 5, 7)]
    table = read(timed)
    assert [j.at for j in table.judgments] == [1793520005.0, 1793520007.0]
    assert "1 row the same as an earlier one, also in its time" in notes(table)
    assert len(read([*timed, record("response-2")]).judgments) == 4


def test_equal_ranks_are_alike_in_any_order() -> None:
    def ranked(names: str, *at: int) -> Json:
        value = [{"value": name, "rank": rank} for name, rank in zip(names, at, strict=True)]
        return {"fields": {"text": "t"}, "responses": {"order": [{"user_id": "u", "value": value}]}}

    answers = [
        j.answer for j in read([ranked("abc", 1, 1, 2), ranked("bac", 1, 1, 2), ranked("abc", 1, 2, 3)]).judgments
    ]
    assert answers[0] == answers[1] == '{"buckets":{"1":["a","b"],"2":["c"]}}'
    assert answers[2] == '{"buckets":{"1":["a"],"2":["b"],"3":["c"]}}'
    assert [j.answer for j in read([ranked("ba", 2, 1)]).judgments] == ['{"ranking":["a","b"]}']


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"results": [{"annotator": "x"}], "next": null}', r"whose 'results' is a list.*jq '\.results'"),
        ('{"data": [{"annotator": "x"}]}', r"jq '\.data'"),
        ('{"annotator": ["x", "y"], "answer": ["a", "b"]}', "holds columns; write an object for each row"),
        ('{"annotator": {"0": "x"}, "answer": {"0": "a"}}', "holds columns"),
        ('{"columns": ["annotator"], "index": [0], "data": [["x"]]}', "holds columns"),
    ],
)
def test_an_object_that_holds_rows_is_refused_with_the_cure(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_judgments(text, source="f")


def test_a_comma_may_end_each_line_of_json() -> None:
    rows = [{"annotator": "x", "item": f"i{n}", "answer": "cat"} for n in range(2)]
    assert len(read_judgments(",\n".join(map(json.dumps, rows)) + ",\n", source="f").judgments) == 2
