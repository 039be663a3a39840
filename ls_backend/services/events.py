"""Webhook events: into the inbox in milliseconds, and from there into the judgments."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from ls_backend.errors import InputError, MappingError, NotAttachedError
from ls_backend.label_studio.events import Event, kept_of, read_event
from ls_backend.label_studio.records import StudioTask
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ingest import Applied, adopt_label_config, forget_annotations, forget_tasks, ingest
from ls_backend.store import inbox, projects
from ls_backend.store.engine import in_parts, is_fault_of_values
from ls_backend.store.records import EventState, InboxRecord, NewEvent, Source
from ls_backend.types import Json

BATCH = 200
TOGETHER = 25  # events in one transaction: annotators who submit wait for it on SQLite


def receive_event(ctx: Context, body: bytes) -> tuple[Event, bool]:
    """Check an event and put it into the inbox. Returns the event, and False if it was there already.

    Raises:
        InputError: not an event. NotAttachedError: the project is not monitored.
    """
    try:
        parsed = json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the body is not JSON ({error}); Label Studio's webhooks send JSON") from error
    arrival = Arrival(read_event(parsed), parsed, body)
    return arrival.event, enqueue_events(ctx, [arrival])[0]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it was read, the ``body`` it was read from, and all that was ``received``."""

    event: Event
    body: Json
    received: bytes


def enqueue_events(ctx: Context, arrivals: Sequence[Arrival]) -> list[bool]:
    """Put events into the inbox, all by one commit. False for those that were there already.

    Raises:
        NotAttachedError: the project of one is not monitored; none was stored.
    """
    with ctx.store.transaction() as connection:
        label_configs = {
            number: projects.label_config(number, connection)
            for number in {arrival.event.project for arrival in arrivals}
        }
        events = [_new_event(arrival, label_configs[arrival.event.project]) for arrival in arrivals]
        return inbox.add(ctx.store, events, connection=connection)


def _new_event(arrival: Arrival, label_config: str) -> NewEvent:
    """What will be read of an event, and a digest of all that was received."""
    kept = json.dumps(kept_of(arrival.body, arrival.event, label_config=label_config), separators=(",", ":"))
    return NewEvent(arrival.event.key, arrival.event.project, kept, hashlib.sha256(arrival.received).hexdigest())


def apply_inbox(ctx: Context, actor: Actor, project: int, *, most: int | None = None) -> Applied:
    """Apply what waits in a project's inbox, or the first ``most`` events of it. An event that can't be applied is kept aside, with the
    reason, and holds up no other; it is tried again when the mapping changes, and by `steadyhand replay`."""
    applied = Applied()
    while True:
        batch = inbox.pending(ctx.store, project, limit=BATCH)
        for some in in_parts(batch, TOGETHER):
            _apply_or_keep_aside(ctx, actor, some, applied)
        if len(batch) < BATCH or (most is not None and len(applied.events) >= most):
            return applied


def _apply_or_keep_aside(ctx: Context, actor: Actor, records: Sequence[InboxRecord], applied: Applied) -> None:
    """Apply some events of a project together; where one can't be, each alone. What was applied and not marked, because something broke
    in between, is applied again, which changes nothing."""
    state, error = EventState.APPLIED, None
    try:
        _apply(ctx, actor, [read_event(json.loads(record.body)) for record in records], applied)
    except NotAttachedError as problem:
        state, error = EventState.DROPPED, str(problem)
    except Exception as problem:
        if is_outage(problem):
            raise
        if len(records) > 1:
            for record in records:
                _apply_or_keep_aside(ctx, actor, [record], applied)
            return
        state, error = EventState.UNREADABLE, reason_of(problem)
        applied.faults.append(error)
    inbox.mark(ctx.store, [record.id for record in records], state, error)
    applied.events += ((state, record.received_at) for record in records)


def is_outage(problem: Exception) -> bool:
    """Whether applying an event, or reading a task, failed for a reason that lies outside of it, and will pass."""
    if isinstance(problem, SQLAlchemyError):
        return not is_fault_of_values(problem)
    return isinstance(problem, MemoryError | OSError)


def reason_of(problem: Exception) -> str:
    """Why an event can't be applied, or a task not be read, for people to read."""
    if isinstance(problem, MappingError | InputError):
        return str(problem)
    return f"it is not as Label Studio sends it ({type(problem).__name__}: {str(problem).splitlines()[0] if str(problem) else ''})"


@dataclass(frozen=True, slots=True)
class Replay:
    """How many events that were kept aside were tried again, how many of these still can't be applied, and why the first of them."""

    project: int
    tried: int
    kept_aside: int
    why: str | None


def put_back(ctx: Context, project: int) -> int:
    """Events that were kept aside wait to be applied again; returns how many."""
    return inbox.retry_unreadable(ctx.store, project)


def replayed(ctx: Context, project: int, tried: int) -> Replay:
    """What came of trying events again."""
    left = inbox.counts(ctx.store, project).get(EventState.UNREADABLE, 0)
    return Replay(project, tried, left, inbox.first_error(ctx.store, project))


def _apply(ctx: Context, actor: Actor, events: Sequence[Event], applied: Applied) -> None:
    """Apply events of one project in their order, and note what came of them; annotations that come after each other are taken in
    together."""
    project = projects.get(ctx.store, events[0].project)
    work: list[StudioTask] = []

    def ingest_waiting() -> None:
        if work:
            applied.add(ingest(ctx, project, work, source=Source.EVENT))
            work.clear()

    for event in events:
        if event.label_config and event.label_config != project.label_config:
            ingest_waiting()
            project = adopt_label_config(ctx, actor, project, event.label_config)
        if event.deleted_tasks:
            ingest_waiting()
            applied.add(forget_tasks(ctx, project.id, event.deleted_tasks))
        elif event.deleted_annotations:
            ingest_waiting()
            applied.add(forget_annotations(ctx, project.id, event.deleted_annotations))
        elif event.task is None:
            raise InputError(f"{event.action} without its task; is `send payload` switched off on the webhook?")
        else:
            work.append(replace(StudioTask.from_json(event.task), annotations=event.annotations))
    ingest_waiting()
