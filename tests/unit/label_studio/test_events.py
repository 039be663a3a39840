import json
from typing import Any

import pytest

from ls_backend.errors import InputError
from ls_backend.label_studio.events import read_event
from tests.fakes import annotation, pair


def body(**more: Any) -> dict[str, Any]:
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": annotation(),
        "task": {"id": 3, "data": pair(1)},
        "project": {"id": 1, "label_config": "<View/>"},
    } | more


def test_two_deliveries_of_one_event_have_one_key_and_an_edit_has_another() -> None:
    key = read_event(body()).key
    assert read_event(json.loads(json.dumps(body()))).key == key
    assert read_event(body(annotation=annotation(updated_at="2026-11-21T09:00:00Z"))).key != key
    assert read_event(body(action="ANNOTATION_UPDATED")).key != key


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([], "must be a JSON object"),
        ({}, "action None"),
        (body(project={}), "project.id is missing"),
        (body(annotation=None), "without annotation"),
        (body(annotation={"result": []}), "annotation.id is missing"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(bad: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_event(bad)


def test_deletions_carry_ids_only() -> None:
    deletion = read_event({"action": "ANNOTATIONS_DELETED", "annotations": [{"id": 4}], "project": {"id": 1}})
    assert deletion.deleted_annotations == ("4",)
    assert deletion.annotations == ()
    tasks = read_event({"action": "TASKS_DELETED", "tasks": [{"id": 9}], "project": {"id": 1}})
    assert tasks.deleted_tasks == (9,)


def test_lists_of_annotations_come_as_lists() -> None:
    several = body(action="ANNOTATIONS_CREATED", annotation=[annotation(), annotation(id=6)])
    assert [a["id"] for a in read_event(several).annotations] == [5, 6]
