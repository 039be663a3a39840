import json

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.notes import NoteKind
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
    for slip in ("golds", "godl", "Slices"):
        with pytest.raises(InputError, match=f"column '{slip}' is not known. If it is .*--columns"):
            read_judgments(f"annotator,pair,left,answer,{slip}\n", source="f")
    (note,) = read_judgments("annotator,pair,left,answer,comment\n", source="f").notes
    assert (note.kind, note.text) == (NoteKind.LEFT_OUT, "columns that are not read: comment")


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
    with pytest.raises(InputError, match=r"column annotator is missing .*The file has prompt"):
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


MIN = {
    "id": 1,
    "prompt": "q",
    "response_a": "x",
    "response_b": "y",
    "preference": "left",
    "annotator": 7,
    "created_at": "2026-11-01T08:01:00.1Z",
    "lead_time": 4.5,
}


def test_label_studios_json_min_and_csv_say_the_same_as_json_lines_and_a_list() -> None:
    rows = [
        MIN,
        MIN | {"response_a": "y", "response_b": "x", "preference": "right", "created_at": "2026-11-01T09:00:00Z"},
    ]
    as_csv = ",".join(MIN) + "\n" + "".join(",".join(map(str, row.values())) + "\n" for row in rows)
    tables = [read_judgments(text, source="f") for text in (json.dumps(rows), "\n".join(map(json.dumps, rows)), as_csv)]
    for table in tables:
        assert [(j.annotator, j.preference, j.mirrored, j.lead_time) for j in table.judgments] == [
            ("7", 1, False, 4.5),
            ("7", 1, True, 4.5),
        ]
        assert len({j.item for j in table.judgments}) == 1
        (texts,) = table.texts.values()
        assert (texts.prompt, texts.first, texts.second) == ("q", "x", "y")
        assert "Label Studio (CSV or JSON-MIN)" in " ".join(note.text for note in table.notes)


def test_json_objects_are_rows_and_what_is_in_them_is_json() -> None:
    rows = [{"worker": "a", "task": 1, "label": {"rating": n, "of": 5}} for n in (1, 2)] + [{"worker": "b", "task": 1}]
    table = read_judgments(json.dumps(rows), source="f")
    assert [j.answer for j in table.judgments] == ['{"of":5,"rating":1}', '{"of":5,"rating":2}']
    assert (table.given, sum(note.rows for note in table.notes)) == (3, 1)
    with pytest.raises(InputError, match="line 2: annotator is empty"):
        read_judgments(json.dumps([{"annotator": "", "item": "i", "answer": "x"}]), source="f")


def test_annotations_that_hold_their_task_are_read_as_a_storage_gets_them() -> None:
    result = {"from_name": "preference", "type": "pairwise", "value": {"selected": "left"}}
    annotation = {"id": 5, "completed_by": 7, "created_at": "2026-11-01T08:00:00Z", "result": [result]}
    data = {"prompt": "q", "response_a": "x", "response_b": "y"}
    whole = [{"id": 1, "data": data, "annotations": [annotation, {**annotation, "id": 6, "completed_by": 8}]}]
    apart = [
        {**annotation, "task": {k: v for k, v in task.items() if k != "annotations"}}
        for task in whole
        for annotation in task["annotations"]
    ]
    text = "\n".join(json.dumps(annotation, indent=1) for annotation in apart)
    assert read_judgments(text, source="f").judgments == read_judgments(json.dumps(whole), source="f").judgments


ARGILLA = {"fields": {"text": "hello"}, "metadata": {}}


def test_records_of_argilla_are_read_without_what_was_discarded() -> None:
    new = [
        {
            **ARGILLA,
            "responses": {
                "kind": [
                    {"value": "cat", "user_id": "u", "status": "submitted"},
                    {"value": "dog", "user_id": "v", "status": "discarded"},
                ]
            },
        },
        {**ARGILLA, "responses": {"kind": [{"value": "dog", "user_id": "w", "status": "submitted"}]}},
    ]
    old = [
        {
            **ARGILLA,
            "responses": [
                {"user_id": "u", "status": "submitted", "values": {"kind": {"value": "cat"}}},
                {"user_id": "v", "status": "discarded", "values": {"kind": {"value": "dog"}}},
            ],
        },
        {**ARGILLA, "responses": [{"user_id": "w", "status": "submitted", "values": {"kind": {"value": "dog"}}}]},
    ]
    for records in (new, old):
        table = read_judgments(json.dumps(records), source="f")
        assert [(j.annotator, j.item, j.answer) for j in table.judgments] == [
            ("u", '{"text": "hello"}', '{"choice":"cat"}'),
            ("w", '{"text": "hello"}', '{"choice":"dog"}'),
        ]
        assert table.given == 3
    new[0]["responses"]["other"] = [{"value": 1, "user_id": "u", "status": "submitted"}]
    with pytest.raises(InputError, match=r"several questions \(kind, other\)"):
        read_judgments(json.dumps(new), source="f")


def test_documents_of_doccano_need_their_annotators() -> None:
    lines = [
        {"id": 1, "text": "t", "label": ["cat"], "annotator": "x"},
        {"id": 2, "text": "u", "label": [], "annotator": "x"},
    ]
    table = read_judgments("\n".join(map(json.dumps, lines)), source="f")
    assert [(j.annotator, j.item, j.answer) for j in table.judgments] == [("x", "t", '{"choice":"cat"}')]
    spans = [{"text": "t", "label": [[0, 2, "PER"]], "annotator": "x"}]
    assert read_judgments(json.dumps(spans), source="f").judgments[0].answer == '{"spans":[[0.0,2.0,"PER"]]}'
    several = [{"text": "t", "label": ["b", "a"], "annotator": "x"}]
    assert read_judgments(json.dumps(several), source="f").judgments[0].answer == '{"choices":["a","b"]}'
    with pytest.raises(InputError, match="does not say who labelled"):
        read_judgments(json.dumps([{"text": "t", "label": ["cat"]}]), source="f")
