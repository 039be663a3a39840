import json
from typing import Any

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.pairs import read_gold
from ls_backend.label_studio.tasks import MarginSource
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping

CREATED = "2026-11-01T08:0{}:00.123456Z"


def choice(*words: str, control: str = "preference") -> Json:
    return {"from_name": control, "to_name": "prompt", "type": "choices", "value": {"choices": list(words)}}


def annotated(number: int, *results: Json, **more: Any) -> Json:
    return {"id": number, "completed_by": 7, "created_at": CREATED.format(number % 10), "result": list(results), **more}


def task(number: int, data: Json, *annotations: Json) -> Json:
    return {"id": number, "data": data, "annotations": list(annotations)}


def pair(number: int, *annotations: Json) -> Json:
    return task(number, {"prompt": f"q{number}", "response_a": "x", "response_b": "y"}, *annotations)


def read(tasks: list[Json] | str, **options: Any) -> JudgmentTable:
    text = tasks if isinstance(tasks, str) else json.dumps(tasks)
    return read_judgments(text, source="f", options=ReadingOptions(**options))


def notes(table: JudgmentTable) -> str:
    return "\n".join(f"{note.kind}: {note.text}" for note in table.notes)


def preferences(table: JudgmentTable) -> list[int]:
    return [judgment.preference for judgment in table.judgments]


def test_an_export_may_have_a_task_a_line_or_be_several() -> None:
    tasks = [pair(n, annotated(n, choice("left"))) for n in (1, 2)]
    whole = read(tasks)
    assert len(whole.judgments) == 2
    for text in (
        "\n".join(map(json.dumps, tasks)),
        "\n\n".join(json.dumps(t, indent=1) for t in tasks),
        json.dumps(tasks[:1]) + json.dumps(tasks[1:]),
        "\ufeff" + json.dumps(tasks),
    ):
        assert read(text) == whole
    with pytest.raises(InputError, match="f, line 2: not valid JSON"):
        read(json.dumps(tasks[0]) + "\n{broken")
    with pytest.raises(InputError, match="entry 2 is not a task with data and annotations"):
        read([tasks[0], {"prompt": "min"}])
    with pytest.raises(InputError, match="entry 1 has ids instead of annotations"):
        read([task(1, {}, 5)])  # type: ignore[arg-type]


def test_annotations_without_author_are_left_out_and_counted() -> None:
    tasks = [pair(1, annotated(1, choice("left")), annotated(2, choice("left"), completed_by=None))]
    table = read(tasks)
    assert len(table.judgments) == 1
    assert "left out: 1 annotation without author, the first of task 1" in notes(table)


def test_pre_annotations_alone_are_refused() -> None:
    for lacking in ({"id": None}, {"created_at": None}, {"completed_by": {"email": ""}}):
        with pytest.raises(InputError, match=r"none of its 1 annotation can be counted: the first, of task 1, has no"):
            read([pair(1, annotated(1, choice("left"), **lacking))])


def test_an_answer_that_was_taken_back_is_left_out_and_counted() -> None:
    table = read([pair(1, annotated(1, choice("left"))), pair(2, annotated(2, choice()))])
    assert len(table.judgments) == 1
    assert "1 annotation without an answer of preference" in notes(table)
    rating: Json = {"from_name": "r", "type": "rating", "value": {}}
    tasks = [task(1, {"text": "t"}, annotated(1, rating), annotated(2, rating | {"value": {"rating": 4.0}}))]
    assert [j.answer for j in read(tasks, control="r").judgments] == ['{"of":5,"rating":4}']


def test_an_endless_rating_is_refused_by_its_task() -> None:
    rating: Json = {"from_name": "r", "type": "rating", "value": {"rating": 77}}
    text = json.dumps([task(1, {"text": "t"}, annotated(1, rating))]).replace("77", "1e999")
    with pytest.raises(InputError, match=r"task 1, annotation .* rating must be a number"):
        read(text, control="r")


def test_an_annotation_that_stands_twice_counts_once() -> None:
    one = annotated(1, choice("left"), lead_time=3)
    imported_again = one | {"id": 9}
    table = read([pair(1, one, one), pair(1, imported_again)])
    assert len(table.judgments) == 1
    assert "1 annotation with the id of another one" in notes(table)
    assert "1 annotation the same as an earlier one, also in its time" in notes(table)
    with pytest.raises(InputError, match="annotation 1 of annotator 7 stands in the tasks 1 and 2"):
        read([pair(1, one), pair(2, one)])


def pairwise(number: int, side: str, to_name: str = "a1,a2") -> Json:
    return annotated(number, {"from_name": "pw", "to_name": to_name, "type": "pairwise", "value": {"selected": side}})


def test_label_studios_own_pairwise_is_read_by_itself() -> None:
    tasks = [pair(1, pairwise(1, "left")), pair(2, pairwise(2, "right"))]
    table = read(tasks)
    assert preferences(table) == preferences(read(tasks, control="pw")) == [1, -1]
    assert "pw compares response_a (left) with response_b (right)" in notes(table)
    assert preferences(read([pair(1, pairwise(1, "left", to_name="a2,a1"))])) == [-1]
    more = {"id": 5, "question": "q", "answer_2": "x", "answer_1": "y", "source": "web"}
    assert "pw compares answer_1 (left) with answer_2 (right)" in notes(read([task(1, more, pairwise(1, "left"))]))
    by_name = task(1, {"b": "x", "a": "y", "more": "z"}, pairwise(1, "left", to_name="b,a"))
    assert "pw compares b (left) with a (right)" in notes(read([by_name]))
    with pytest.raises(
        InputError, match=r"does not say which two fields.*--mapping FILE.*The fields are one, two, why"
    ):
        read([task(1, {"one": "x", "two": "y", "why": "z"}, pairwise(1, "left"))])


def test_a_mapping_that_fits_nothing_is_refused_with_what_there_is() -> None:
    tasks = [pair(1, annotated(1, choice("A", control="pick")))]
    values = {"A": 1, "B": -1}
    for mapping, message in (
        (
            AnswerMapping("pick", "resp_a", "response_b", values),
            "no task has the field 'resp_a'.*prompt, response_a, response_b",
        ),
        (AnswerMapping("other", "response_a", "response_b", values), r"control 'other'; .*pick \(choices: 'A'\)"),
        (AnswerMapping("pick", "response_a", "response_b", {"left": 1}), "no meaning to 'A'; .* has the answers 'A'"),
    ):
        with pytest.raises(InputError, match=message):
            read(tasks, mapping=mapping)
    table = read(
        [*tasks, task(2, {"prompt": "q"}, annotated(2))],
        mapping=AnswerMapping("pick", "response_a", "response_b", values),
    )
    assert "1 annotation of tasks without the field response_a or response_b" in notes(table)


def test_a_value_renamed_midway_is_named_and_a_mapping_may_have_both() -> None:
    tasks = [pair(1, annotated(1, choice("A"))), pair(2, annotated(2, choice("left")))]
    with pytest.raises(InputError, match=r"preference .choices: 'A', 'left'.*renamed to 'A'.*beside the new ones"):
        read(tasks)
    both = AnswerMapping("preference", "response_a", "response_b", {"left": 1, "right": -1, "A": 1, "B": -1})
    assert preferences(read(tasks, mapping=both)) == [1, 1]


def test_what_is_not_compared_is_refused_with_what_is() -> None:
    polygon = {"from_name": "lab", "type": "polygonlabels", "value": {"points": [[1, 2]], "polygonlabels": ["car"]}}
    with pytest.raises(InputError, match=r"type polygonlabels, which are not compared; compared are.* choices, rating"):
        read([task(1, {"image": "i"}, annotated(1, polygon))], control="lab")
    html = {
        "from_name": "lab",
        "type": "hypertextlabels",
        "value": {"start": "/p", "end": "/p", "hypertextlabels": ["x"]},
    }
    with pytest.raises(InputError, match=r"f: task 1, annotation 1: .*no globalOffsets"):
        read([task(1, {"html": "<p>"}, annotated(1, html))], control="lab")


def test_choices_of_regions_and_labels_of_boxes_are_told_by_their_values() -> None:
    def result(**value: Any) -> Json:
        return {"from_name": "c", "type": "labels" if "labels" in value else "choices", "value": value}

    regions = [result(start=0, end=4, choices=["neg"]), result(start=5, end=9, choices=["pos"])]
    table = read([task(1, {"text": "t"}, annotated(1, *regions), annotated(2))], control="c")
    assert [j.answer for j in table.judgments] == ['{"spans":[[0.0,4.0,"neg"],[5.0,9.0,"pos"]]}', '{"spans":[]}']
    box = result(x=1, y=2, width=3, height=4, labels=["car"])
    assert read([task(1, {"image": "i"}, annotated(1, box))], control="c").judgments[0].answer.startswith('{"boxes"')


def test_a_field_that_is_unique_to_each_task_is_warned_of_and_fields_can_be_named() -> None:
    def tasks(**more: Any) -> list[Json]:
        rows = range(8)
        return [
            task(n, {"text": f"t{n % 6}", "row": n, **more}, annotated(n, choice("pos", control="c"))) for n in rows
        ]

    table = read(tasks(), control="c")
    assert len({j.item for j in table.judgments}) == 8
    assert "fields are the same: row, text" in notes(table)
    assert "warning: no two tasks show the same item, because row is different in each" in notes(table)
    assert "--item-fields text" in notes(table)
    named = read(tasks(), control="c", item_fields=("text",))
    assert len({j.item for j in named.judgments}) == 6
    assert "warning" not in notes(named)
    with pytest.raises(InputError, match="no task has the field 'words'; --item-fields may name row, text"):
        read(tasks(), control="c", item_fields=("words",))
    different = [
        task(n, {"text": f"t{n}", "row": n, "lang": "en"}, annotated(n, choice("pos", control="c"))) for n in range(9)
    ]
    assert "warning" not in notes(read(different, control="c"))


def test_half_a_character_is_read() -> None:
    tasks = [pair(1, annotated(1, choice("left")))]
    text = json.dumps(tasks).replace("q1", "bad \\ud83d half")
    table = read(
        text,
        gold=read_gold('{"prompt": "bad \\ud83d half", "response_a": "x", "response_b": "y", "gold": "a"}', source="g"),
    )
    assert preferences(table) == [1]
    assert table.gold[table.judgments[0].item].preferred == 1


def test_gold_that_matches_no_task_is_warned_of() -> None:
    gold = read_gold('{"prompt": "another", "response_a": "x", "response_b": "y", "gold": "a"}', source="g")
    assert "1 gold item of 1 matches no task" in notes(read([pair(1, annotated(1, choice("left")))], gold=gold))


def test_options_of_tables_are_refused_for_an_export() -> None:
    with pytest.raises(InputError, match="--columns, --answers, --words and --dates are for tables"):
        read([pair(1)], columns={"annotator": "worker"})


def test_ground_truths_are_gold_and_their_author_is_named() -> None:
    tasks = [
        pair(1, annotated(1, choice("left"), ground_truth=True), annotated(2, choice("right"), completed_by=8)),
        pair(2, annotated(3, choice("right"))),
        pair(3, annotated(4, ground_truth=True)),
    ]
    table = read(tasks, gold_of_ground_truth=True)
    (item,) = table.gold.values()
    assert (item.preferred, item.author) == (1, "7")
    assert len(table.judgments) == 3
    assert not read(tasks).gold
    with pytest.raises(InputError, match="no annotation is a ground truth"):
        read(tasks[1:], gold_of_ground_truth=True)
    other = annotated(9, choice("right"), ground_truth=True)
    with pytest.raises(InputError, match="ground truths of the tasks 1 and 4 differ"):
        read([*tasks, pair(1, other) | {"id": 4}], gold_of_ground_truth=True)
    sentiment = [task(1, {"text": "t"}, annotated(1, choice("good", control="s"), ground_truth=True))]
    (item,) = read(sentiment, control="s", gold_of_ground_truth=True).gold.values()
    assert (item.preferred, item.answer) == (0, '{"choice":"good"}')


def test_the_margin_of_an_export_is_a_field_or_the_difference_of_two() -> None:
    data = {"prompt": "q", "response_a": "x", "response_b": "y", "score_a": 2.5, "score_b": 1, "margin": "-3"}
    tasks = [task(1, data, annotated(1, choice("left")))]
    assert [j.margin for j in read(tasks, margin_source=MarginSource(("score_a", "score_b"))).judgments] == [1.5]
    assert [j.margin for j in read(tasks, margin_source=MarginSource(("margin",))).judgments] == [-3.0]
    assert [j.margin for j in read(tasks).judgments] == [None]
    predicted = {**tasks[0], "predictions": [{"id": 5, "model_version": "rm-1", "score": 0.9}, 6]}
    assert [j.margin for j in read([predicted], margin_source=MarginSource(model="rm-1")).judgments] == [0.9]
    with pytest.raises(InputError, match=r"no task has a number in the predictions of rm-2"):
        read([predicted], margin_source=MarginSource(model="rm-2"))
    with pytest.raises(InputError, match=r"no task has a number in reward; the fields are .*score_a"):
        read(tasks, margin_source=MarginSource(("reward",)))


def test_gold_items_that_contradict_each_other_are_refused() -> None:
    def gold(side: str, first: str, second: str) -> str:
        return json.dumps({"prompt": "q1", "response_a": first, "response_b": second, "gold": side})

    tasks = [pair(1, annotated(1, choice("left")))]
    for again in (gold("b", "x", "y"), gold("A", "y", "x")):
        lines = f"{gold('a', 'x', 'y')}\n{again}"
        with pytest.raises(
            InputError, match=r"the gold items 1 and 2 \('q1'\) are the same item and name different answers"
        ):
            read(tasks, gold=read_gold(lines, source="g"))
    same = read_gold(f"{gold('a', 'x', 'y')}\n{gold('b', 'y', 'x')}", source="g")
    table = read(tasks, gold=same)
    assert [known.preferred for known in table.gold.values()] == [1]
    assert "matches no task" not in notes(table)


def test_ground_truths_that_are_not_asked_for_are_named_and_used_ones_are_no_warning() -> None:
    tasks = [pair(1, annotated(1, choice("left"), ground_truth=True, completed_by=9), annotated(2, choice("right")))]
    assert "1 annotation that Label Studio calls ground truth, counted like others; --gold ground-truth" in notes(
        read(tasks)
    )
    asked = read(tasks, gold_of_ground_truth=True)
    assert [(known.preferred, known.author) for known in asked.gold.values()] == [(1, "9")]
    assert "warning" not in notes(asked)


def test_people_named_by_e_mail_alone_are_read_and_a_mixture_is_warned_of() -> None:
    mail = annotated(1, choice("left"), completed_by={"email": "x@y.org"})
    assert [j.annotator for j in read([pair(1, mail)]).judgments] == ["x@y.org"]
    both = notes(read([pair(1, mail, annotated(2, choice("left")))]))
    assert "some annotators are named by e-mail ('x@y.org') and others by id ('7')" in both


def test_truths_may_be_texts() -> None:
    tasks = [
        pair(1, annotated(1, choice("left"), was_cancelled="False"), annotated(2, choice("left"), was_cancelled="True"))
    ]
    assert preferences(read(tasks)) == [1]


def test_predictions_and_drafts_alone_are_refused() -> None:
    with pytest.raises(InputError, match=r"no task has an annotation \(predictions and drafts are none\)"):
        read([pair(1) | {"predictions": [{"id": 1, "result": [choice("left")]}]}])


def test_where_only_the_responses_are_left_they_name_the_item() -> None:
    sides = {"response_a": "x", "response_b": "y"}
    tasks = [task(n, {"row": n, **sides}, annotated(n, choice("left"))) for n in range(1, 5)]
    assert "pass --item-fields response_a,response_b" in notes(read(tasks))
    assert len({j.item for j in read(tasks, item_fields=("response_a", "response_b")).judgments}) == 1


def test_known_answers_that_nobody_gave_are_warned_of() -> None:
    tasks = [task(1, {"text": "t"}, annotated(1, choice("good", control="c")))]
    gold = read_gold(json.dumps({"text": "t", "answer": "Good"}), source="g")
    assert "the known answers 'Good' are answers that nobody gave" in notes(read(tasks, control="c", gold=gold))
