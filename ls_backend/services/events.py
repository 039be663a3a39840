"""Webhook events: into the inbox in milliseconds, and from there into the judgments."""

import json

from ls_backend.errors import InputError, MappingError, NotAttachedError
from ls_backend.label_studio.events import Event, read_event
from ls_backend.label_studio.records import StudioTask
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ingest import Applied, adopt_label_config, forget_annotations, forget_tasks, ingest
from ls_backend.store import inbox, projects
from ls_backend.store.records import EventState, Source

BATCH = 200


def receive_event(ctx: Context, body: bytes) -> tuple[Event, bool]:
    """Check an event and put it into the inbox. Returns the event, and False if it was there already.

    Raises:
        InputError: not an event. NotAttachedError: the project is not monitored.
    """
    try:
        event = read_event(json.loads(body))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the body is not JSON ({error}); Label Studio's webhooks send JSON") from error
    return event, enqueue_event(ctx, event, body)


def enqueue_event(ctx: Context, event: Event, body: bytes) -> bool:
    """Put an event that was read already into the inbox; False if it was there.

    Raises:
        NotAttachedError: the project is not monitored.
    """
    projects.get(ctx.store, event.project)
    return inbox.add(ctx.store, event.key, event.project, body)


def apply_inbox(ctx: Context, actor: Actor, project: int) -> Applied:
    """Apply what waits in a project's inbox. An event that can't be read stays there, with the reason, and is tried
    again when the mapping changes."""
    applied = Applied()
    while True:
        batch = inbox.pending(ctx.store, project, limit=BATCH)
        for record in batch:
            state, error = EventState.APPLIED, None
            try:
                applied.add(_apply(ctx, actor, read_event(json.loads(record.body))))
            except (MappingError, InputError) as problem:
                state, error = EventState.UNREADABLE, str(problem)
                applied.faults.append(error)
            except NotAttachedError as problem:
                state, error = EventState.DROPPED, str(problem)
            inbox.mark(ctx.store, record.id, state, error)
        if len(batch) < BATCH:
            return applied


def _apply(ctx: Context, actor: Actor, event: Event) -> Applied:
    project = projects.get(ctx.store, event.project)
    if event.label_config and event.label_config != project.label_config:
        project = adopt_label_config(ctx, actor, project, event.label_config)
    if event.deleted_tasks:
        return forget_tasks(ctx, project.id, event.deleted_tasks)
    if event.deleted_annotations:
        return forget_annotations(ctx, project.id, event.deleted_annotations)
    if event.task is None:
        raise InputError(f"{event.action} without its task; is `send payload` switched off on the webhook?")
    return ingest(ctx, project, StudioTask.from_json(event.task), event.annotations, source=Source.EVENT)
