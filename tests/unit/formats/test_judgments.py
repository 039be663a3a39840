import json

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.pairs import read_gold
from ls_templates.catalog import CATALOG
from tests.fakes import pair, result

HEAD = "annotator,pair,left,answer,gold,lead_time_s,at,slice\n"


def test_judgments_are_read_from_csv() -> None:
    rows = "ann,p1,a,left,,3.5,2026-11-21T08:00:00Z,s\nann,p1,b,right:2,a,,2026-11-21T08:05:00Z,\nann,p2,b,tie,,,2026-11-21T08:06:00,\n"
    table = read_judgments(HEAD + rows, source="f")
    assert [(j.item, j.preference, j.mirrored) for j in table.judgments] == [
        ("p1", 1, False),
        ("p1", 2, True),
        ("p2", 0, True),
    ]
    assert table.gold["p1"].preferred == 1
    assert table.judgments[0].lead_time == 3.5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,p,c,left,,,,", "left is 'c'"),
        ("x,p,a,up,,,,", "'up' is not an answer"),
        ("x,p,a,left:12,,,,", "'left:12' is not an answer"),
        (",p,a,left,,,,", "annotator is empty"),
        ("x,p,a,left,c,,,", "gold is 'c'"),
        ("x,p,a,left,,soon,,", "lead_time_s is 'soon'"),
        ("x,p,a,left,,inf,,", "lead_time_s is 'inf'"),
        ("nan,p,a,left,,,,", "annotator is 'nan'"),
        ("x,p,a,left,,,yesterday,", "at is 'yesterday'"),
        ("x,p,a,left,,,,s,t,u", "more fields than the header"),
    ],
)
def test_bad_rows_are_named_by_line(row: str, message: str) -> None:
    with pytest.raises(InputError, match=r"f\.csv, line 3: ") as error:
        read_judgments(f"{HEAD}x,p,a,left,,,,\n{row}\n", source="f.csv")
    assert message in str(error.value)


def test_contradicting_gold_and_half_given_times_are_refused() -> None:
    with pytest.raises(InputError, match="line 3: gold of 'p' differs"):
        read_judgments(HEAD + "x,p,a,left,a,,,\ny,p,a,left,b,,,\n", source="f")
    with pytest.raises(InputError, match="line 3: `at` is given on some lines"):
        read_judgments(HEAD + "x,p,a,left,,,2026-11-21T08:00:00Z,\nx,q,a,left,,,,\n", source="f")


def test_columns_are_checked() -> None:
    with pytest.raises(InputError, match="column left is missing"):
        read_judgments("annotator,pair\n", source="f")
    with pytest.raises(InputError, match="column 'extra' is not known"):
        read_judgments("annotator,pair,left,answer,extra\n", source="f")


def test_a_full_export_is_read_and_gold_is_matched_by_its_texts() -> None:
    created = "2026-11-21T08:00:00Z"
    tasks = [
        {
            "id": n,
            "data": pair(n),
            "annotations": [
                {
                    "id": n,
                    "completed_by": {"id": 9},
                    "created_at": created,
                    "updated_at": created,
                    "result": result("left"),
                }
            ],
        }
        for n in (1, 2)
    ]
    gold = read_gold(json.dumps({**pair(1), "gold": "a"}), source="g")
    table = read_judgments(json.dumps(tasks), source="export.json", options=ReadingOptions(gold=gold))
    assert len(table.judgments) == 2
    (item,) = table.gold
    judged = next(j for j in table.judgments if j.item == item)
    assert judged.preference == table.gold[item].preferred
    with pytest.raises(InputError, match="not a full export"):
        read_judgments('[{"prompt": "p"}]', source="f")
    with pytest.raises(InputError, match="not of a template"):
        read_judgments("[]", source="f")
    assert read_judgments("[]", source="f", options=ReadingOptions(mapping=CATALOG["pairwise"].mapping)).judgments == []


def test_other_tasks_are_read_from_csv() -> None:
    head = "annotator,item,answer,gold\n"
    rows = """ann,i1,cat,\nann,i2,"{""choices"": [""b"", ""a""]}","{""choices"": [""a""]}"\n"""
    table = read_judgments(head + rows, source="f")
    assert [j.answer for j in table.judgments] == ['{"choice":"cat"}', '{"choices":["a","b"]}']
    assert table.gold["i2"].answer == '{"choices":["a"]}'
    with pytest.raises(InputError, match=r"line 2: .*rating must be a number"):
        read_judgments(head + """ann,i1,"{""rating"": 9}",\n""", source="f")
    with pytest.raises(InputError, match="column answer is missing"):
        read_judgments("annotator,item\n", source="f")


def test_an_export_of_another_task_is_read_by_its_control() -> None:
    created = "2026-11-21T08:00:00Z"

    def region(value: dict[str, object], kind: str) -> dict[str, object]:
        return {"from_name": "label", "type": kind, "value": value}

    def export(*results: list[dict[str, object]]) -> str:
        answered = [
            {"id": n, "completed_by": 9, "created_at": created, "updated_at": created, "result": r}
            for n, r in enumerate(results)
        ]
        return json.dumps([{"id": n, "data": {"text": f"{n}"}, "annotations": [a]} for n, a in enumerate(answered)])

    def answers(*results: list[dict[str, object]]) -> list[str]:
        return [
            j.answer
            for j in read_judgments(export(*results), source="f", options=ReadingOptions(control="label")).judgments
        ]

    assert answers([region({"choices": ["a"]}, "choices")]) == ['{"choice":"a"}']
    assert answers([region({"choices": ["a"]}, "choices")], [region({"choices": ["b", "a"]}, "choices")]) == [
        '{"choices":["a"]}',
        '{"choices":["a","b"]}',
    ]
    assert answers([region({"rating": 7}, "rating")]) == ['{"of":7,"rating":7}']
    span = {"start": 2, "end": 5, "text": "abc", "labels": ["x"]}
    assert answers([region(span, "labels")], []) == ['{"spans":[[2.0,5.0,"x"]]}', '{"spans":[]}']
    box = {"x": 1, "y": 2, "width": 3.5, "height": 4, "rotation": 0, "rectanglelabels": ["car"]}
    assert answers([region(box, "rectanglelabels")]) == ['{"boxes":[[1.0,2.0,3.5,4.0,"car"]]}']
    assert answers([region({"ranker": {"rank": ["b", "a"]}}, "ranker")]) == ['{"ranking":["b","a"]}']
    with pytest.raises(InputError, match=r"no answers of a control 'other'.*with answers: label"):
        read_judgments(export([region({"rating": 7}, "rating")]), source="f", options=ReadingOptions(control="other"))
