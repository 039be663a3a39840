"""Annotations of Label Studio, read into records and judgments. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import read_showing
from ls_backend.label_studio.timestamps import parse_timestamp
from ls_backend.measurement.judgments import Judgment
from ls_backend.measurement.similarity import canonical
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind

EDITED_AFTER_SECONDS = 1.0  # both times of a new annotation are set a moment apart


@dataclass(frozen=True, slots=True)
class AnnotationRecord:
    """An annotation as it stands now. ``preference`` is canonical. It is None for a skip or an empty answer, and 0 in other
    tasks than pairs, which have an ``answer`` (canonical JSON). Times are seconds since the epoch, ``lead_time`` is in seconds.
    ``edited`` says that the annotation was changed after it was created, ``by_owner`` that its annotator wrote it last."""

    id: str
    task: int
    annotator: str
    item: str
    mirrored: bool
    preference: int | None
    at: float
    updated: float
    lead_time: float | None
    slice: str | None
    edited: bool
    by_owner: bool
    answer: str = ""

    def judgment(self) -> Judgment | None:
        """The judgment that scorecards are computed from; None for a skip."""
        if self.preference is None:
            return None
        return Judgment(
            annotator=self.annotator,
            item=self.item,
            preference=self.preference,
            mirrored=self.mirrored,
            at=self.at,
            id=self.id,
            lead_time=self.lead_time,
            slice=self.slice,
            answer=self.answer,
        )


def read_annotation(
    annotation: Json, task: StudioTask, mapping: AnswerMapping, fields: Iterable[str], *, slice_field: str | None = None
) -> AnnotationRecord | None:
    """Read one annotation of a task; None where the task does not show a pair. ``fields`` are those that annotators see.

    Raises:
        MappingError: the answer has a value that the mapping does not know.
        InputError: a key that all annotations have is missing.
    """
    showing = read_showing(task.data, mapping, fields)
    if showing is None:
        return None
    try:
        annotator, created = user_id(annotation["completed_by"]), parse_timestamp(annotation["created_at"])
        updated = parse_timestamp(annotation.get("updated_at") or annotation["created_at"])
        annotation_id = str(annotation["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"annotation {annotation.get('id', '?')} lacks a usable {error}; is this a full export?"
        ) from error
    preference, answer = None, ""
    if not annotation.get("was_cancelled"):
        values = [
            result.get("value") or {}
            for result in annotation.get("result") or []
            if result.get("from_name") == mapping.control
        ]
        if mapping.task is TaskKind.PAIR:
            strength = _strength_for_left(values, mapping, annotation_id)
            preference = -strength if strength is not None and showing.mirrored else strength
        else:
            answer = _canonical_answer(values, mapping, annotation_id)
            preference = 0 if answer else None
    editor, lead_time = annotation.get("updated_by"), annotation.get("lead_time")
    part = task.data.get(slice_field) if slice_field else None
    return AnnotationRecord(
        id=annotation_id,
        task=task.id,
        annotator=annotator,
        item=showing.item,
        mirrored=showing.mirrored,
        preference=preference,
        at=created,
        updated=updated,
        lead_time=float(lead_time) if isinstance(lead_time, int | float) else None,
        slice=None if part is None else str(part),
        edited=updated - created > EDITED_AFTER_SECONDS,
        by_owner=editor is None or user_id(editor) == annotator,
        answer=answer,
    )


def _strength_for_left(values: list[Json], mapping: AnswerMapping, annotation_id: str) -> int | None:
    """How strongly the left response is preferred; None where the control was left empty."""
    if not values:
        return None
    answer = values[0].get("choices") or values[0].get("selected") or values[0].get("rating")
    answer = str(answer[0] if isinstance(answer, list) else answer)
    if answer not in mapping.values:
        raise MappingError(
            f"annotation {annotation_id}: the control {mapping.control} holds {answer!r}, which the mapping gives no "
            "meaning; attach again with a mapping that names it"
        )
    return mapping.values[answer]


def _canonical_answer(values: list[Json], mapping: AnswerMapping, annotation_id: str) -> str:
    """The canonical answer of another task than pairs; "" where the control was left empty. No spans or boxes are an answer,
    too."""
    if not values and mapping.task not in (TaskKind.SPANS, TaskKind.BOXES):
        return ""
    try:
        return canonical(_answer(values, mapping))
    except (KeyError, IndexError, StopIteration, InputError) as error:
        raise MappingError(
            f"annotation {annotation_id}: the control {mapping.control} holds no {mapping.task} that can be read ({error}); "
            "attach again with --control"
        ) from error


def _answer(values: list[Json], mapping: AnswerMapping) -> Json:
    match mapping.task:
        case TaskKind.SPANS:
            return {"spans": [_span(value) for value in values]}
        case TaskKind.BOXES:
            return {"boxes": [_box(value) for value in values]}
        case TaskKind.RATING:
            return {"rating": values[0]["rating"], "of": mapping.top}
        case TaskKind.RANKING:
            ranking = values[0]["ranker"]
            return {"ranking": next(iter(ranking.values())) if isinstance(ranking, dict) else ranking}
        case TaskKind.CHOICES:
            return {"choices": values[0]["choices"]}
        case _:
            return {"choice": values[0]["choices"][0]}


def _span(value: Json) -> list[Any]:
    offsets = value.get("globalOffsets") or value
    return [int(offsets["start"]), int(offsets["end"]), _label(value, "labels", "hypertextlabels")]


def _box(value: Json) -> list[Any]:
    return [*(value[side] for side in ("x", "y", "width", "height")), _label(value, "rectanglelabels")]


def _label(value: Json, *keys: str) -> str:
    labels: list[Any] = next((value[key] for key in keys if value.get(key)), [])
    return ", ".join(map(str, sorted(labels)))


def user_id(user: object) -> str:
    """The id of a ``completed_by``, which is an id in events and a record in exports. Raises KeyError without one."""
    number = user.get("id") if isinstance(user, dict) else user
    if number is None:
        raise KeyError("completed_by")
    return str(number)
