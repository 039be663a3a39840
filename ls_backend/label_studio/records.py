"""Label Studio's own records, as far as Steadyhand reads them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ls_backend.errors import InputError
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class StudioRecord:
    """Base of the records: each has the names that Label Studio gives its fields."""

    @classmethod
    def from_json(cls, payload: Json) -> Self:
        """The record in a JSON object of Label Studio. A field that is missing or null has its default."""
        names = [f.name for f in fields(cls)]
        return cls(**{name: payload[name] for name in names if payload.get(name) is not None})


@dataclass(frozen=True, slots=True)
class Member(StudioRecord):
    """A user of the organisation."""

    id: int
    email: str = ""


@dataclass(frozen=True, slots=True)
class StudioProject(StudioRecord):
    """A project. ``maximum_annotations`` is the overlap of its tasks; ``show_collab_predictions`` says that annotators see
    predictions while they label; ``model_version`` is the one whose predictions they see."""

    id: int
    title: str = ""
    label_config: str = "<View></View>"
    maximum_annotations: int = 1
    show_collab_predictions: bool = False
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class StudioTask(StudioRecord):
    """A task with its annotations, which :mod:`ls_backend.label_studio.annotations` reads, and its predictions, where the answer
    holds them. The times are ISO 8601."""

    id: int
    data: Json
    overlap: int = 1
    is_labeled: bool = False
    annotations: tuple[Json, ...] = ()
    predictions: tuple["Prediction", ...] = ()
    total_annotations: int = 0
    created_at: str | None = None
    updated_at: str | None = None

    @classmethod
    def from_json(cls, payload: Json) -> Self:
        """The task of an event, an export or the API.

        Raises:
            InputError: it has no usable id.
        """
        try:
            usable: dict[str, Any] = {"id": int(payload["id"]), "data": payload.get("data") or {}}
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"a task lacks a usable {error}; is this a full export?") from error
        overlap = payload.get("overlap")
        if overlap is not None and (type(overlap) is not int or not 0 <= overlap < 2**31):
            raise InputError(f"task {usable['id']} has overlap {overlap!r}, which is no number of annotations")
        if not isinstance(usable["data"], dict):
            raise InputError(f"task {usable['id']} has data that is no object; is this a full export?")
        annotations = tuple(payload.get("annotations") or ())
        usable |= {
            "annotations": annotations,
            "predictions": _whole_predictions(payload.get("predictions"), usable["id"]),
        }
        return super(StudioTask, cls).from_json({**payload, **usable})


def _whole_predictions(listed: object, task: int) -> tuple["Prediction", ...]:
    """The predictions of a task that are given whole, oldest first; in some answers they are mere ids."""
    whole = (
        [p for p in listed if isinstance(p, dict) and isinstance(p.get("id"), int)] if isinstance(listed, list) else []
    )
    return tuple(Prediction.from_json({**p, "task": task}) for p in sorted(whole, key=lambda p: int(p["id"])))


@dataclass(frozen=True, slots=True)
class Webhook(StudioRecord):
    """A webhook of a project. ``actions`` are what it is called for, unless ``send_for_all_actions``."""

    id: int
    url: str
    headers: Json = field(default_factory=dict)
    actions: Sequence[str] = ()
    is_active: bool = True
    send_payload: bool = True
    send_for_all_actions: bool = False


CONNECTED = "CO"  # Label Studio's word for an ML backend that answered


@dataclass(frozen=True, slots=True)
class MlBackend(StudioRecord):
    """An ML backend of a project, asked a moment ago by Label Studio itself; ``state`` is :data:`CONNECTED` where it answered."""

    id: int
    url: str
    state: str = ""
    error_message: str = ""


@dataclass(frozen=True, slots=True)
class NewPrediction:
    """A prediction to be imported. ``score`` lies in 0 to 1."""

    task: int
    result: list[Json]
    score: float
    model_version: str


@dataclass(frozen=True, slots=True)
class Prediction(StudioRecord):
    """A prediction on a task."""

    id: int
    task: int
    model_version: str = ""
    result: list[Json] = field(default_factory=list)
    score: float | None = None


@dataclass(frozen=True, slots=True)
class PluginStatus(StudioRecord):
    """What the plugin inside Label Studio says of itself; ``guard`` says that its roles are enforced, ``pauses`` that it knows
    how to pause somebody, ``training`` that it keeps newcomers in their training, ``guides`` that it knows guides that are to be read."""

    version: str = ""
    guard: bool = False
    pauses: bool = False
    training: bool = False
    guides: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings(StudioRecord):
    """What the plugin sees from inside Label Studio: where it looks for the service, what is wrong there (empty: nothing), whether Label
    Studio refuses private addresses, and its clock in seconds since the epoch."""

    service_url: str = ""
    service_fault: str = ""
    refuses_private_webhooks: bool = False
    refuses_private_ml_backends: bool = False
    now: float = 0.0
