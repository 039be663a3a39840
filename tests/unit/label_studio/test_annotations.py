from typing import Any

import pytest

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import read_showing, swap_sides
from ls_backend.types import Json
from tests.fakes import PAIRWISE, annotation, pair

MAPPING, FIELDS = PAIRWISE.mapping, PAIRWISE.fields


def read(answer: str | None = "left", data: dict[str, Any] | None = None, **more: Any) -> AnnotationRecord:
    return read_json(annotation(answer, **more), data or pair(1))


def read_json(content: Json, data: Json) -> AnnotationRecord:
    showing = read_showing(data, MAPPING, FIELDS)
    assert showing is not None
    return read_annotation(content, StudioTask(3, data), showing, MAPPING)


@pytest.mark.parametrize(("answer", "first"), [("left", 1), ("right", -1), ("tie", 0)])
def test_preferences_are_canonical_however_the_pair_was_shown(answer: str, first: int) -> None:
    plain = read(answer)
    other_side = {"left": "right", "right": "left", "tie": "tie"}[answer]
    assert read(other_side, swap_sides(pair(1), MAPPING)).preference == plain.preference
    assert plain.preference == (-first if plain.mirrored else first)


def test_skips_and_empty_answers_are_no_judgments() -> None:
    assert read(None).judgment() is None
    assert read("left", result=[]).preference is None
    assert read("left").judgment() is not None


def test_authorship_and_edits_are_recorded() -> None:
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
        read_json(broken, pair(1))
