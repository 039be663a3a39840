"""Webhook events of Label Studio. Pure."""

import hashlib
import json
from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.types import Json

WEBHOOK_ACTIONS = (
    "ANNOTATION_CREATED",
    "ANNOTATIONS_CREATED",
    "ANNOTATION_UPDATED",
    "ANNOTATIONS_DELETED",
    "TASKS_DELETED",
)
TASK_FIELDS = ("id", "data", "overlap", "created_at")  # what is read of a task in an event, and below of an annotation
ANNOTATION_FIELDS = (
    "id",
    "completed_by",
    "updated_by",
    "created_at",
    "updated_at",
    "was_cancelled",
    "result",
    "lead_time",
)
GREATEST_ID = 2**31 - 1  # of Label Studio's own columns


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook event. ``key`` is the same for two deliveries of one event. ``task`` is None where Label Studio sends ids only.
    ``annotations`` were created or changed; of deleted annotations and tasks Label Studio sends the ids."""

    key: str
    action: str
    project: int
    task: Json | None
    annotations: tuple[Json, ...]
    deleted_annotations: tuple[str, ...]
    deleted_tasks: tuple[int, ...]
    label_config: str | None


def read_event(body: object) -> Event:
    """Read a webhook's body.

    Raises:
        InputError: it is not an event of Label Studio; says what is missing.
    """
    if not isinstance(body, dict):
        raise InputError("the body must be a JSON object, as Label Studio's webhooks send it")
    action, project = body.get("action"), body.get("project")
    if action not in WEBHOOK_ACTIONS:
        raise InputError(f"action {action!r} is not one Steadyhand listens to ({', '.join(WEBHOOK_ACTIONS)})")
    if not isinstance(project, dict) or not _is_id(project.get("id")):
        raise InputError("project.id is missing or no id; is `send payload` switched off on the webhook?")
    annotations = _annotations(body)
    if action.startswith("ANNOTATION") and not annotations:
        raise InputError("an annotation event without annotation; is `send payload` switched off on the webhook?")
    if any("id" not in annotation for annotation in annotations):
        raise InputError("annotation.id is missing")
    task = body.get("task")
    tasks = body.get("tasks")
    task_ids = [
        t["id"] for t in (tasks if isinstance(tasks, list) else []) if isinstance(t, dict) and _is_id(t.get("id"))
    ]
    is_deletion = action == "ANNOTATIONS_DELETED"
    identity = [action, project["id"], sorted((str(a["id"]), str(a.get("updated_at"))) for a in annotations)]
    if action == "TASKS_DELETED":
        identity.append(sorted(task_ids))
    return Event(
        key=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
        action=action,
        project=project["id"],
        task=task if isinstance(task, dict) else None,
        annotations=() if is_deletion else tuple(annotations),
        deleted_annotations=tuple(str(a["id"]) for a in annotations) if is_deletion else (),
        deleted_tasks=tuple(task_ids) if action == "TASKS_DELETED" else (),
        label_config=project.get("label_config"),
    )


def kept_of(body: Json, event: Event, *, label_config: str) -> Json:
    """What of an event's body is read when it is applied, and nothing else: no token, no e-mail address. Its label config is left out
    where it is the known one."""
    kept: Json = {"action": event.action, "project": {"id": event.project}}
    if event.label_config and event.label_config != label_config:
        kept["project"]["label_config"] = event.label_config
    if event.task is not None:
        kept["task"] = {name: event.task[name] for name in TASK_FIELDS if name in event.task}
    if event.deleted_tasks:
        kept["tasks"] = [{"id": number} for number in event.deleted_tasks]
    annotations = _annotations(body)
    if annotations:
        kept["annotations"] = [_kept_of_annotation(annotation) for annotation in annotations]
    return kept


def _kept_of_annotation(annotation: Json) -> Json:
    kept = {name: annotation[name] for name in ANNOTATION_FIELDS if name in annotation}
    for name in ("completed_by", "updated_by"):
        if isinstance(kept.get(name), dict):
            kept[name] = {"id": kept[name].get("id")}
    return kept


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= GREATEST_ID


def _annotations(body: Json) -> list[Json]:
    """One event carries one annotation or a list of them, under either name."""
    payload = body.get("annotation") if "annotation" in body else body.get("annotations")
    return [entry for entry in (payload if isinstance(payload, list) else [payload]) if isinstance(entry, dict)]
