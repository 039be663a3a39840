import json

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.tables import gold_item, read_gold, read_judgments, read_pairs, task_data
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping
from tests.fakes import PAIRWISE, pair, result

HEAD = "annotator,pair,left,answer,gold,lead_time_s,at,slice\n"


def test_pairs_are_read_from_json_lines_and_csv() -> None:
    lines = '{"prompt": "p", "chosen": "good", "rejected": "bad", "slice": "x"}\n\n'
    (found,) = read_pairs(lines, source="f")
    assert (found.a, found.b, found.chosen, found.slice, found.gold) == ("good", "bad", True, "x", None)
    (table,) = read_pairs("prompt,response_a,response_b,gold\np,one,two,b\n", source="f")
    assert (table.a, table.gold) == ("one", -1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prompt": "p", "response_a": "x"}', "line 2: response_b is missing"),
        ('{"prompt": "p", "response_a": "x", "response_b": "x"}', "line 2: the two responses are the same"),
        (
            '{"prompt": "p", "response_a": "x", "response_b": "y", "gold": "left"}',
            "line 2: gold is 'left'; write a or b",
        ),
        ("{broken", "line 2: not valid JSON"),
        ("[1]", "line 2: must be a JSON object"),
    ],
)
def test_bad_lines_are_named(line: str, said: str) -> None:
    good = '{"prompt": "p", "chosen": "x", "rejected": "y"}'
    with pytest.raises(InputError, match=said):
        read_pairs(f"{good}\n{line}\n", source="pairs.jsonl")


def test_all_bad_lines_are_told_and_a_flood_is_cut() -> None:
    with pytest.raises(InputError) as error:
        read_pairs("{x\n" * 14, source="f")
    assert str(error.value).count("\n") == 10
    assert "and 4 more lines" in str(error.value)


def test_gold_needs_a_side() -> None:
    with pytest.raises(InputError, match="does not say which side"):
        read_gold('{"prompt": "p", "response_a": "x", "response_b": "y"}', source="f")


def test_the_preferred_side_follows_the_mirroring() -> None:
    chosen, right = read_pairs(
        '{"prompt":"p","chosen":"x","rejected":"y"}\n{"prompt":"q","response_a":"x","response_b":"y","gold":"b"}',
        source="f",
    )
    assert gold_item(chosen, mirrored=False).preferred == 1
    assert gold_item(right, mirrored=False).preferred == -1
    assert gold_item(right, mirrored=True).preferred == 1


def test_gold_gets_the_fields_of_ordinary_tasks_in_their_order_and_nothing_else() -> None:
    text = '{"slice": "s", "response_b": "y", "response_a": "x", "prompt": "p", "gold": "a", "explanation": "why"}'
    (gold,) = read_gold(text, source="f")
    sample = {"prompt": "?", "slice": "s", "response_a": "", "response_b": ""}
    made = task_data(gold, PAIRWISE.mapping, PAIRWISE.config, sample)
    assert list(made) == list(sample)
    assert "why" not in str(made)
    with pytest.raises(InputError, match=r"lacks the field 'source'.*could tell it"):
        task_data(gold, PAIRWISE.mapping, PAIRWISE.config, sample | {"source": "web"})
    assert list(task_data(gold, PAIRWISE.mapping, PAIRWISE.config, None)) == ["response_a", "response_b", "prompt"]


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
    ("row", "said"),
    [
        ("x,p,c,left,,,,", "left is 'c'"),
        ("x,p,a,up,,,,", "'up' is not an answer"),
        ("x,p,a,left:12,,,,", "'left:12' is not an answer"),
        (",p,a,left,,,,", "annotator is empty"),
        ("x,p,a,left,c,,,", "gold is 'c'"),
        ("x,p,a,left,,soon,,", "lead_time_s is 'soon'"),
        ("x,p,a,left,,nan,,", "lead_time_s is 'nan'"),
        ("x,p,a,left,,,yesterday,", "at is 'yesterday'"),
        ("x,p,a,left,,,,s,t,u", "more fields than the header"),
    ],
)
def test_bad_rows_are_named_by_line(row: str, said: str) -> None:
    with pytest.raises(InputError, match=r"f\.csv, line 3: ") as error:
        read_judgments(f"{HEAD}x,p,a,left,,,,\n{row}\n", source="f.csv")
    assert said in str(error.value)


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
    made = "2026-11-21T08:00:00Z"
    tasks = [
        {
            "id": n,
            "data": pair(n),
            "annotations": [
                {"id": n, "completed_by": {"id": 9}, "created_at": made, "updated_at": made, "result": result("left")}
            ],
        }
        for n in (1, 2)
    ]
    gold = read_gold(json.dumps({**pair(1), "gold": "a"}), source="g")
    table = read_judgments(json.dumps(tasks), source="export.json", gold=gold)
    assert len(table.judgments) == 2
    (item,) = table.gold
    judged = next(j for j in table.judgments if j.item == item)
    assert judged.preference == table.gold[item].preferred
    with pytest.raises(InputError, match="not a full export"):
        read_judgments('[{"prompt": "p"}]', source="f")
    with pytest.raises(InputError, match="not of a template"):
        read_judgments("[]", source="f")
    assert read_judgments("[]", source="f", mapping=CATALOG["pairwise"].mapping).judgments == []


def test_other_tasks_are_read_from_csv() -> None:
    head = "annotator,item,answer,gold\n"
    rows = """ann,i1,cat,\nann,i2,"{""choices"": [""b"", ""a""]}","{""choices"": [""a""]}"\n"""
    table = read_judgments(head + rows, source="f")
    assert [j.answer for j in table.judgments] == ['{"choice":"cat"}', '{"choices":["a","b"]}']
    assert table.gold["i2"].answer == '{"choices":["a"]}'
    with pytest.raises(InputError, match=r"line 2: .*rating must be a number"):
        read_judgments(head + """ann,i1,"{""rating"": 9}",\n""", source="f")
    with pytest.raises(InputError, match="line 2: answer is empty"):
        read_judgments(head + "ann,i1,,\n", source="f")
    with pytest.raises(InputError, match="column answer is missing"):
        read_judgments("annotator,item\n", source="f")


def test_gold_of_other_tasks_has_the_fields_of_a_task_and_an_answer() -> None:
    text = '{"text": "so good", "answer": "positive", "explanation": "why"}'
    (gold,) = read_gold(text, source="g")
    mapping = AnswerMapping("label", task="choice")
    config = '<View><Text name="t" value="$text"/><Choices name="label" toName="t"><Choice value="positive"/></Choices></View>'
    assert task_data(gold, mapping, config, {"text": "?"}) == {"text": "so good"}
    with pytest.raises(InputError, match="'so good' does not fit the project's task"):
        task_data(gold, PAIRWISE.mapping, PAIRWISE.config, None)
    with pytest.raises(InputError, match="no field of a task"):
        read_gold('{"answer": "positive"}', source="g")


def test_an_export_of_another_task_is_read_by_its_control() -> None:
    made = "2026-11-21T08:00:00Z"

    def region(value: dict[str, object], kind: str) -> dict[str, object]:
        return {"from_name": "label", "type": kind, "value": value}

    def export(*results: list[dict[str, object]]) -> str:
        answered = [
            {"id": n, "completed_by": 9, "created_at": made, "updated_at": made, "result": r}
            for n, r in enumerate(results)
        ]
        return json.dumps([{"id": n, "data": {"text": f"{n}"}, "annotations": [a]} for n, a in enumerate(answered)])

    def said(*results: list[dict[str, object]]) -> list[str]:
        return [j.answer for j in read_judgments(export(*results), source="f", control="label").judgments]

    assert said([region({"choices": ["a"]}, "choices")]) == ['{"choice":"a"}']
    assert said([region({"choices": ["a"]}, "choices")], [region({"choices": ["b", "a"]}, "choices")]) == [
        '{"choices":["a"]}',
        '{"choices":["a","b"]}',
    ]
    assert said([region({"rating": 7}, "rating")]) == ['{"of":7,"rating":7}']
    span = {"start": 2, "end": 5, "text": "abc", "labels": ["x"]}
    assert said([region(span, "labels")], []) == ['{"spans":[[2.0,5.0,"x"]]}', '{"spans":[]}']
    box = {"x": 1, "y": 2, "width": 3.5, "height": 4, "rotation": 0, "rectanglelabels": ["car"]}
    assert said([region(box, "rectanglelabels")]) == ['{"boxes":[[1.0,2.0,3.5,4.0,"car"]]}']
    assert said([region({"ranker": {"rank": ["b", "a"]}}, "ranker")]) == ['{"ranking":["b","a"]}']
    with pytest.raises(InputError, match=r"no answers of a control 'other'.*with answers: label"):
        read_judgments(export([region({"rating": 7}, "rating")]), source="f", control="other")
