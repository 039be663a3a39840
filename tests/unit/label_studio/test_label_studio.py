import json
from typing import Any

import pytest

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio import annotations, board, config, events, predictions, tasks
from ls_backend.label_studio.records import StudioTask
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping
from tests.fakes import pair, result

MAPPING = CATALOG["pairwise"].mapping
FIELDS = ("prompt", "response_a", "response_b")
OWN = '<View><Text name="t" value="$q"/><Choices name="best" toName="t"><Choice value="1st"/><Choice value="2nd"/></Choices><Text name="x" value="$one"/><Text name="y" value="$two"/></View>'
PAIRWISE_TAG = '<View><Pairwise name="p" toName="l,r"/><Text name="l" value="$left_text"/><Text name="r" value="$right_text"/></View>'


def annotation(answer: str | None = "left", **more: Any) -> dict[str, Any]:
    made = "2026-11-21T08:00:00.500000Z"
    base = {"id": 5, "completed_by": 7, "updated_by": 7, "created_at": made, "updated_at": made, "lead_time": 4.5}
    return base | {"result": result(answer), "was_cancelled": answer is None} | more


def read(answer: str | None = "left", data: dict[str, Any] | None = None, **more: Any) -> annotations.Answer:
    found = annotations.answer(annotation(answer, **more), StudioTask(3, data or pair(1)), MAPPING, FIELDS)
    assert found is not None
    return found


# --- label configs


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_catalogues_templates_are_recognised_by_themselves(name: str) -> None:
    template = CATALOG[name]
    assert config.find_mapping(template.config) == template.mapping
    config.check_mapping(template.mapping, template.config)
    assert config.layout(template.config).fields == template.fields


def test_a_pairwise_tag_over_two_fields_is_enough() -> None:
    found = config.find_mapping(PAIRWISE_TAG)
    assert (found.control, found.left, found.right) == ("p", "left_text", "right_text")


def test_an_unknown_config_names_its_controls_and_the_way_out() -> None:
    with pytest.raises(MappingError, match=r"controls found: best \(Choices\).*--mapping FILE"):
        config.find_mapping(OWN)
    with pytest.raises(MappingError, match="controls found: none"):
        config.find_mapping("<View/>")
    with pytest.raises(MappingError, match="not valid XML"):
        config.find_mapping("<View>")


def test_a_mapping_file_reads_users_own_configs() -> None:
    text = 'control = "best"\nleft = "one"\nright = "two"\n[values]\n"1st" = "left"\n"2nd" = "right:2"'
    mapping = config.parse_mapping(text, source="m.toml")
    config.check_mapping(mapping, OWN)
    assert mapping.values == {"1st": 1, "2nd": -2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('left = "a"\nright = "b"', "control is missing"),
        ('control = "c"\nleft = "a"\nright = "a"', "the same field"),
        ('control = "c"\nleft = "a"\nright = "b"\n[values]\nx = "middle"', "'middle' is not an answer"),
        ("control = ", "not valid TOML"),
    ],
)
def test_a_bad_mapping_file_says_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        config.parse_mapping(text, source="m.toml")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (AnswerMapping("other", "one", "two", {}), "no control named 'other'"),
        (AnswerMapping("best", "one", "three", {}), "does not show the field 'three'"),
        (AnswerMapping("best", "one", "two", {"1st": 1}), "no meaning is given to 2nd"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: AnswerMapping, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        config.check_mapping(mapping, OWN)


# --- items


def test_the_same_pair_swapped_is_the_same_item_mirrored() -> None:
    one = tasks.showing(pair(1), MAPPING, FIELDS)
    other = tasks.showing(tasks.swap(pair(1), MAPPING), MAPPING, FIELDS)
    assert one is not None
    assert other is not None
    assert one.item == other.item
    assert one.mirrored != other.mirrored


def test_the_prompt_belongs_to_the_item_and_what_is_not_shown_does_not() -> None:
    plain = tasks.showing(pair(1), MAPPING, FIELDS)
    assert tasks.showing(pair(1, source="web"), MAPPING, FIELDS) == plain
    assert tasks.showing(pair(1) | {"prompt": "another"}, MAPPING, FIELDS) != plain
    assert tasks.showing({"prompt": "x"}, MAPPING, FIELDS) is None


def test_a_swap_keeps_fields_and_their_order() -> None:
    data = pair(1, slice="maths")
    swapped = tasks.swap(data, MAPPING)
    assert list(swapped) == list(data)
    assert tasks.swap(swapped, MAPPING) == data
    assert swapped["response_a"] == data["response_b"]


# --- annotations


@pytest.mark.parametrize(("answer", "first"), [("left", 1), ("right", -1), ("tie", 0)])
def test_preferences_are_canonical_however_the_pair_was_shown(answer: str, first: int) -> None:
    plain = read(answer)
    flipped = {"left": "right", "right": "left", "tie": "tie"}[answer]
    assert read(flipped, tasks.swap(pair(1), MAPPING)).preference == plain.preference
    assert plain.preference == (-first if plain.mirrored else first)


def test_skips_and_empty_answers_are_no_judgments() -> None:
    assert read(None).judgment() is None
    assert read("left", result=[]).preference is None
    assert read("left").judgment() is not None


def test_authorship_and_edits_are_told() -> None:
    assert read().by_owner
    assert not read().edited
    assert not read(updated_by=8).by_owner
    assert read(updated_by={"id": 7}).by_owner
    assert read(updated_at="2026-11-21T08:05:00Z").edited


def test_an_unknown_value_or_a_missing_key_is_named() -> None:
    with pytest.raises(MappingError, match="holds 'middle'"):
        read("middle")
    broken = annotation()
    del broken["completed_by"]
    with pytest.raises(InputError, match="completed_by"):
        annotations.answer(broken, StudioTask(3, pair(1)), MAPPING, FIELDS)


# --- events


def body(**more: Any) -> dict[str, Any]:
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": annotation(),
        "task": {"id": 3, "data": pair(1)},
        "project": {"id": 1, "label_config": "<View/>"},
    } | more


def test_two_deliveries_of_one_event_have_one_key_and_an_edit_has_another() -> None:
    key = events.event(body()).key
    assert events.event(json.loads(json.dumps(body()))).key == key
    assert events.event(body(annotation=annotation(updated_at="2026-11-21T09:00:00Z"))).key != key
    assert events.event(body(action="ANNOTATION_UPDATED")).key != key


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "must be a JSON object"),
        ({}, "action None"),
        (body(project={}), "project.id is missing"),
        (body(annotation=None), "without annotation"),
        (body(annotation={"result": []}), "annotation.id is missing"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(bad: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        events.event(bad)


def test_deletions_carry_ids_only() -> None:
    gone = events.event({"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 4}], "project": {"id": 1}})
    assert gone.deleted_annotations == ("4",)
    assert gone.annotations == ()
    tasks = events.event({"action": "TASKS_DELETED", "tasks": [{"id": 9}], "project": {"id": 1}})
    assert tasks.deleted_tasks == (9,)


def test_lists_of_annotations_come_as_lists() -> None:
    several = body(action="ANNOTATIONS_CREATED", annotation=[annotation(), annotation(id=6)])
    assert [a["id"] for a in events.event(several).annotations] == [5, 6]


# --- what we write


def test_a_prediction_shows_the_mildest_value_of_the_preferred_side_as_the_task_shows_it() -> None:
    scale = CATALOG["pairwise_scale"]
    made = predictions.prediction(1, scale.mapping, mirrored=True, label_config=scale.config)
    assert made[0]["value"] == {"choices": ["right:1"]}
    assert made[0]["to_name"] == "prompt"
    tie = predictions.prediction(0, scale.mapping, mirrored=False, label_config=scale.config)
    assert tie[0]["value"] == {"choices": ["tie"]}
    no_tie = AnswerMapping("p", "left_text", "right_text", {"left": 1, "right": -1})
    assert predictions.prediction(0, no_tie, mirrored=False, label_config=PAIRWISE_TAG) == []


def test_numbers_on_scorecards_sort_as_numbers_though_they_are_strings() -> None:
    def data(reputation: float | None, judgments: int, bonus: int) -> dict[str, str]:
        e = {"value": reputation, "low": reputation, "high": reputation, "n": 1}
        card = {"standing": "new", "reputation": e, "self_consistency": e | {"value": 0.5}, "gold": e | {"value": None}}
        card |= {"judgments": judgments, "retests": 0, "bonus_minor": bonus, "currency": "EUR"}
        return board.scorecard_data("annotator-1", card, updated="2026-11-21 08:00")

    low, high, unknown = data(9.5, 99, 500), data(100.0, 1000, 10_000), data(None, 0, 0)
    for field in ("reputation", "judgments", "bonus"):
        assert unknown[field] < low[field] < high[field]
    assert set(low) == set(board.SCORECARD_FIELDS)
    assert low["gold_accuracy"] == "-"


def test_times_are_written_as_label_studios_filters_take_them() -> None:
    assert annotations.moment(annotations.timestamp("2026-11-21T09:00:00.25+01:00")) == "2026-11-21T08:00:00.250000Z"
    with pytest.raises(ValueError, match="no time zone"):
        annotations.timestamp("2026-11-21T08:00:00")


def test_words_are_those_that_are_shown() -> None:
    assert tasks.words_of({"prompt": "one two", "hidden": "not this", "n": 3}, ("prompt", "n", "missing")) == 3
