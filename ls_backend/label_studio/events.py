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
    if not isinstance(project, dict) or not isinstance(project.get("id"), int):
        raise InputError("project.id is missing; is `send payload` switched off on the webhook?")
    annotations = _annotations(body)
    if action.startswith("ANNOTATION") and not annotations:
        raise InputError("an annotation event without annotation; is `send payload` switched off on the webhook?")
    if any("id" not in annotation for annotation in annotations):
        raise InputError("annotation.id is missing")
    task = body.get("task")
    task_ids = [t["id"] for t in body.get("tasks") or [] if isinstance(t, dict) and isinstance(t.get("id"), int)]
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


def _annotations(body: Json) -> list[Json]:
    """One event carries one annotation or a list of them, under either name."""
    payload = body.get("annotation") if "annotation" in body else body.get("annotations")
    return [entry for entry in (payload if isinstance(payload, list) else [payload]) if isinstance(entry, dict)]
