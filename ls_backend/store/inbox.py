"""Events that were received. An event is stored once, by its key."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import EventState, InboxRecord
from ls_backend.store.tables import inbox


def add(store: Store, key: str, project: int, body: bytes) -> bool:
    """Store an event; False where it is there already."""
    row = {
        "key": key,
        "project": project,
        "body": body.decode(),
        "received_at": store.clock(),
        "state": EventState.PENDING,
    }
    return bool(store.insert_new(inbox, [row]))


def pending(store: Store, project: int, *, limit: int) -> list[InboxRecord]:
    """Events that wait to be applied, oldest first."""
    waiting = (inbox.c.project == project, inbox.c.state == EventState.PENDING)
    return store.fetch(InboxRecord, *waiting, order_by=[inbox.c.id], limit=limit)


def mark(store: Store, event: int, state: EventState, error: str | None = None) -> None:
    store.execute(sa.update(inbox).where(inbox.c.id == event).values(state=state, error=error))


def retry_unreadable(store: Store, project: int) -> None:
    """Events that could not be read wait to be applied again."""
    unreadable = sa.and_(inbox.c.project == project, inbox.c.state == EventState.UNREADABLE)
    store.execute(sa.update(inbox).where(unreadable).values(state=EventState.PENDING))


def counts(store: Store, project: int) -> dict[EventState, int]:
    """How many events there are in each state."""
    counted = store.count_by(inbox.c.state, where=inbox.c.project == project)
    return {EventState(str(state)): n for (state,), n in counted.items()}


def first_error(store: Store, project: int) -> str | None:
    """Why the oldest unreadable event can't be read."""
    unreadable = (inbox.c.project == project, inbox.c.state == EventState.UNREADABLE)
    event = store.first(InboxRecord, *unreadable, order_by=[inbox.c.id])
    return event.error if event else None


def pending_everywhere(store: Store) -> int:
    return store.count(inbox, inbox.c.state == EventState.PENDING)
