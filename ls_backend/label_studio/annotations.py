"""Annotations of Label Studio, read into records and judgments. Pure."""

from dataclasses import dataclass

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.results import answer_of, strength_for_left, values_of
from ls_backend.label_studio.tasks import Showing, slice_of
from ls_backend.label_studio.timestamps import parse_timestamp
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_backend.measurement.similarity import canonical
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind

MOST_LEAD_TIME = 1e9  # seconds; more is a mistake
EDITED_AFTER_SECONDS = 1.0  # both times of a new annotation are set a moment apart


@dataclass(frozen=True, slots=True)
class AnnotationRecord:
    """An annotation as it stands now. ``preference`` is canonical. It is None for a skip or an empty answer, and 0 in other
    tasks than pairs, which have an ``answer`` (canonical JSON). Times are seconds since the epoch, ``lead_time`` is in seconds.
    ``edited`` says that the annotation was changed after it was created; ``changed_by`` is who wrote it last, None if its annotator did.
    ``ground_truth`` says that Label Studio calls its answer the known one.
    """

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
    answer: str = ""
    changed_by: str | None = None
    margin: float | None = None
    ground_truth: bool = False

    @property
    def by_owner(self) -> bool:
        """Whether its annotator wrote it last."""
        return self.changed_by is None

    def known_answer(self) -> GoldItem | None:
        """What it makes known of its item as a ground truth; None where it is none, or has no answer or a tie."""
        if not self.ground_truth or not (self.preference or self.answer):
            return None
        side = 0 if self.answer else 1 if (self.preference or 0) > 0 else -1
        return GoldItem(side, answer=self.answer, author=self.annotator)

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
            margin=self.margin,
        )


def read_annotation(
    annotation: Json,
    task: StudioTask,
    showing: Showing,
    mapping: AnswerMapping,
    *,
    slice_field: str | None = None,
    margin: float | None = None,
) -> AnnotationRecord:
    """Read one annotation of a task, which shows an item as ``showing`` says and has that ``margin``.

    Raises:
        MappingError: the answer has a value that the mapping does not know.
        InputError: a key that all annotations have is missing.
    """
    name = f"task {task.id}, annotation {annotation.get('id', '?')}"
    try:
        annotator, created = user_id(annotation["completed_by"]), parse_timestamp(annotation["created_at"])
        updated = parse_timestamp(annotation.get("updated_at") or annotation["created_at"])
        annotation_id = str(annotation["id"])
        editor = annotation.get("updated_by")
        changed_by = None if editor is None or user_id(editor) == annotator else user_id(editor)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name} lacks a usable {error}; is this a full export?") from error
    preference, answer = None, ""
    if not _is_true(annotation.get("was_cancelled")):
        values = values_of(annotation, mapping)
        try:
            if mapping.task is TaskKind.PAIR:
                strength = strength_for_left(values, mapping)
                preference = -strength if strength is not None and showing.mirrored else strength
            else:
                content = answer_of(values, mapping)
                answer = "" if content is None else canonical(content)
                preference = 0 if answer else None
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, InputError) as error:
            raise MappingError(f"{name}: the answer of the control {mapping.control} can't be read: {error}") from error
    return AnnotationRecord(
        id=annotation_id,
        task=task.id,
        annotator=annotator,
        item=showing.item,
        mirrored=showing.mirrored,
        preference=preference,
        at=created,
        updated=updated,
        lead_time=_lead_time(annotation.get("lead_time")),
        slice=slice_of(task.data, slice_field),
        edited=updated - created > EDITED_AFTER_SECONDS,
        answer=answer,
        changed_by=changed_by,
        margin=margin,
        ground_truth=_is_true(annotation.get("ground_truth")),
    )


def _is_true(value: object) -> bool:
    """Whether something holds, also where a program has written true and false as texts."""
    return bool(value) and str(value).casefold() not in ("false", "0")


def _lead_time(seconds: object) -> float | None:
    if not isinstance(seconds, int | float) or not 0 <= seconds < MOST_LEAD_TIME:
        return None
    return float(seconds)


def user_id(user: object) -> str:
    """The id of a ``completed_by``, which is an id in events and a record in exports, or the e-mail in one without an id. Raises KeyError
    without either."""
    number = (user.get("email") if user.get("id") is None else user["id"]) if isinstance(user, dict) else user
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int | str) or number == "":
        raise KeyError("completed_by")
    return str(number)
