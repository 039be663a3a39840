from typing import Any

import pytest

from ls_backend.errors import InputError
from ls_backend.label_studio.results import answer_of, strength_for_left, values_of
from ls_backend.measurement.similarity import canonical
from ls_backend.types import Json
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping, TaskKind

PAIR = CATALOG["pairwise"].mapping


def answer(task: TaskKind, *values: Json, top: int = 5) -> str | None:
    mapping = AnswerMapping("c", task=task, top=top)
    annotation = {"result": [{"from_name": "c", "value": value} for value in values]}
    content = answer_of(values_of(annotation, mapping), mapping)
    return None if content is None else canonical(content)


@pytest.mark.parametrize(
    ("task", "value"),
    [
        (TaskKind.CHOICE, {"choices": []}),
        (TaskKind.CHOICES, {}),
        (TaskKind.RATING, {}),
        (TaskKind.RATING, {"rating": None}),
        (TaskKind.RATING, {"rating": 0}),
        (TaskKind.RANKING, {"ranker": {"_": [], "good": []}}),
    ],
)
def test_an_answer_that_was_taken_back_is_none(task: TaskKind, value: Json) -> None:
    assert answer(task, value) is None


def test_a_preference_is_one_answer() -> None:
    assert strength_for_left([{"choices": ["left"]}, {"choices": ["left"]}], PAIR) == 1
    assert strength_for_left([{"choices": []}], PAIR) is None
    with pytest.raises(ValueError, match="several answers, 'left', 'right'"):
        strength_for_left([{"choices": ["left"]}, {"choices": ["right"]}], PAIR)
    ratings = AnswerMapping("c", "a", "b", {"4": 1})
    assert strength_for_left([{"rating": 4.0}], ratings) == 1


def test_spans_keep_their_fractions_and_their_channel() -> None:
    span = {"start": 0.05, "end": 1.95, "labels": ["speech"]}
    assert answer(TaskKind.SPANS, span) == '{"spans":[[0.05,1.95,"speech"]]}'
    assert answer(TaskKind.SPANS, span | {"channel": 1}) == '{"spans":[[0.05,1.95,"speech (channel 1)"]]}'


def test_spans_in_html_need_global_offsets() -> None:
    span = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 3, "hypertextlabels": ["x"]}
    with pytest.raises(ValueError, match=r"has no globalOffsets.*save the annotation again"):
        answer(TaskKind.SPANS, span)
    assert answer(TaskKind.SPANS, span | {"globalOffsets": {"start": 3, "end": 5}}) == '{"spans":[[3.0,5.0,"x"]]}'


def test_choices_of_regions_are_compared_region_by_region() -> None:
    values = [{"start": 0, "end": 4, "choices": ["neg"]}, {"start": 5, "end": 9, "choices": ["pos"]}]
    assert answer(TaskKind.CHOICE, *values) == '{"spans":[[0.0,4.0,"neg"],[5.0,9.0,"pos"]]}'
    box = {"x": 1, "y": 2, "width": 3, "height": 4, "choices": ["car"]}
    assert answer(TaskKind.CHOICES, box) == '{"boxes":[[1.0,2.0,3.0,4.0,"car"]]}'


@pytest.mark.parametrize(
    ("task", "values", "message"),
    [
        (TaskKind.CHOICE, [{"choices": ["a"]}, {"choices": ["b"]}], "2 results that are not the same"),
        (TaskKind.CHOICE, [{"choices": ["a", "b"]}], "2 choices where one is asked for"),
        (
            TaskKind.RATING,
            [{"start": 0, "end": 1, "rating": 2}, {"start": 2, "end": 3, "rating": 3}],
            "for each region",
        ),
        (TaskKind.BOXES, [{"points": [[1, 2]], "polygonlabels": ["car"]}], "polygons are not compared"),
        (TaskKind.SPANS, [{"start": 1, "end": 2}, {"x": 1, "y": 1, "width": 1, "height": 1}], "some of its regions"),
    ],
)
def test_results_that_can_not_be_compared_are_refused(task: TaskKind, values: list[Json], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answer(task, *values)


def test_rankings_in_several_buckets_keep_them_all() -> None:
    ranking: Any = {"_": ["d", "a"], "good": ["c", "b"], "bad": []}
    assert answer(TaskKind.RANKING, {"ranker": ranking}) == '{"buckets":{"_":["a","d"],"good":["c","b"]}}'
    assert answer(TaskKind.RANKING, {"ranker": {"good": ["b", "a"]}}) == '{"buckets":{"good":["b","a"]}}'
    for in_order in ({"c": ["b", "a"]}, {"rank": ["b", "a"]}, ["b", "a"]):
        assert answer(TaskKind.RANKING, {"ranker": in_order}) == '{"ranking":["b","a"]}'


def test_results_of_another_form_are_refused() -> None:
    for results in (3, [3], [{"value": [1]}]):
        with pytest.raises(InputError, match="not as Label Studio writes them"):
            values_of({"id": 1, "result": results}, PAIR)
