"""Annotations of Label Studio, read into answers and judgments. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import showing
from ls_backend.measurement.judgments import Judgment
from ls_backend.measurement.similarity import canonical
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


@dataclass(frozen=True, slots=True)
class Answer:
    """An annotation as it stands now. ``preference`` is canonical, None for a skip or an empty answer, 0 in other tasks than
    pairs, which have an ``answer``; ``edited`` says that it was changed after it was made, ``by_owner`` that its author wrote it
    last."""

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
        """The fact the scorecards are folded from; None for a skip."""
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


def answer(
    annotation: Json, task: StudioTask, mapping: AnswerMapping, fields: Iterable[str], *, slice_field: str | None = None
) -> Answer | None:
    """Read one annotation of a task; None where the task does not show a pair.

    Raises:
        MappingError: the answer has a value that the mapping does not know.
        InputError: a key that every annotation has is missing.
    """
    shown = showing(task.data, mapping, fields)
    if shown is None:
        return None
    try:
        author, at = user_id(annotation["completed_by"]), timestamp(annotation["created_at"])
        updated = timestamp(annotation.get("updated_at") or annotation["created_at"])
        identity = str(annotation["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"annotation {annotation.get('id', '?')} lacks a usable {error}; is this a full export?"
        ) from error
    editor = annotation.get("updated_by")
    result = [r for r in annotation.get("result") or [] if r.get("from_name") == mapping.control]
    skipped = bool(annotation.get("was_cancelled"))
    left = None if skipped or mapping.task != "pair" else _side(result, mapping, identity)
    said = "" if skipped or mapping.task == "pair" else _said(result, mapping, identity)
    preference = 0 if said else None if left is None else -left if shown.mirrored else left
    lead = annotation.get("lead_time")
    section = task.data.get(slice_field) if slice_field else None
    return Answer(
        id=identity,
        task=task.id,
        annotator=author,
        item=shown.item,
        mirrored=shown.mirrored,
        preference=preference,
        at=at,
        updated=updated,
        lead_time=float(lead) if isinstance(lead, int | float) else None,
        slice=None if section is None else str(section),
        edited=updated - at > 1.0,
        by_owner=editor is None or user_id(editor) == author,
        answer=said,
    )


def _side(result: list[Json], mapping: AnswerMapping, identity: str) -> int | None:
    """Signed strength for the left side; None where the control was left empty."""
    for region in result:
        value = region.get("value") or {}
        given = value.get("choices") or value.get("selected") or value.get("rating")
        given = str(given[0] if isinstance(given, list) else given)
        if given not in mapping.values:
            raise MappingError(
                f"annotation {identity}: the control {mapping.control} holds {given!r}, which the mapping gives no "
                "meaning; attach again with a mapping that names it"
            )
        return mapping.values[given]
    return None


def _said(result: list[Json], mapping: AnswerMapping, identity: str) -> str:
    """The canonical answer of another task than pairs; "" where the control was left empty. No regions are an answer, too."""
    values = [r.get("value") or {} for r in result]
    try:
        if mapping.task == "spans":
            return canonical({"spans": [_span(v) for v in values]})
        if mapping.task == "boxes":
            sides = ("x", "y", "width", "height")
            return canonical({"boxes": [[*(v[k] for k in sides), _label(v, "rectanglelabels")] for v in values]})
        if not values:
            return ""
        if mapping.task == "rating":
            return canonical({"rating": values[0]["rating"], "of": mapping.top})
        if mapping.task == "ranking":
            ranked = values[0]["ranker"]
            return canonical({"ranking": next(iter(ranked.values())) if isinstance(ranked, dict) else ranked})
        chosen = values[0]["choices"]
        return canonical({"choices": chosen} if mapping.task == "choices" else {"choice": chosen[0]})
    except (KeyError, IndexError, StopIteration, InputError) as error:
        raise MappingError(
            f"annotation {identity}: the control {mapping.control} holds no {mapping.task} that can be read ({error}); "
            "attach again with --control"
        ) from error


def _span(value: Json) -> list[Any]:
    place = value.get("globalOffsets") or value
    return [int(place["start"]), int(place["end"]), _label(value, "labels", "hypertextlabels")]


def _label(value: Json, *keys: str) -> str:
    found: list[Any] = next((value[k] for k in keys if value.get(k)), [])
    return ", ".join(map(str, sorted(found)))


def user_id(user: object) -> str:
    """``completed_by`` is an id in events and a record in exports."""
    found = user.get("id") if isinstance(user, dict) else user
    if found is None:
        raise KeyError("completed_by")
    return str(found)


def timestamp(text: str) -> float:
    """ISO 8601 with a zone -> seconds since the epoch."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.timestamp()


def moment(seconds: float) -> str:
    """Seconds since the epoch -> the one form in which Label Studio's filters take a time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
