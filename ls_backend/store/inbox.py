"""Events that were received. An event is stored once, by its key."""

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa

from ls_backend.store.engine import Store, columns_of
from ls_backend.store.records import EventState, InboxRecord, NewEvent
from ls_backend.store.tables import inbox, inbox_bodies


def add(store: Store, events: Sequence[NewEvent], *, connection: sa.Connection | None = None) -> list[bool]:
    """Store what is read of some events. False for those that are there already, and for the second of two that are the same."""
    common = {"received_at": store.clock(), "state": EventState.PENDING}
    in_order = sorted(events, key=lambda event: event.key)  # so that no two processes wait for each other
    rows = [columns_of(event) | common for event in in_order]
    new = set(store.insert_new_returning(inbox, rows, inbox.c.key, connection=connection))
    is_stored = []
    for event in events:
        is_stored.append(event.key in new)
        new.discard(event.key)
    return is_stored


def pending(store: Store, project: int, *, limit: int) -> list[InboxRecord]:
    """Events that wait to be applied, oldest first."""
    waiting = (inbox.c.project == project, inbox.c.state == EventState.PENDING)
    return store.fetch(InboxRecord, *waiting, order_by=[inbox.c.id], limit=limit)


def mark(store: Store, events: Sequence[int], state: EventState, error: str | None = None) -> None:
    """What came of some events, by one commit, after that of what they say."""
    with store.transaction(replayable=True) as connection:
        marked = sa.update(inbox).where(inbox.c.id.in_(events)).values(state=state, error=error)
        store.execute(marked, connection=connection)


def retry_unreadable(store: Store, project: int) -> int:
    """Events that were kept aside wait to be applied again; returns how many."""
    unreadable = sa.and_(inbox.c.project == project, inbox.c.state == EventState.UNREADABLE)
    return store.execute(sa.update(inbox).where(unreadable).values(state=EventState.PENDING))


def empty_bodies(store: Store, received_before: float, *, limit: int) -> int:
    """Take the bodies from some events that are done with and were received before a moment; a digest stays. Returns from how many."""
    done = inbox.c.state.in_((EventState.APPLIED, EventState.DROPPED))
    query = sa.select(inbox.c.id, inbox.c.body, inbox.c.digest).where(
        inbox_bodies, inbox.c.received_at < received_before, done
    )
    with store.transaction() as connection:
        events = store.rows(query.order_by(inbox.c.received_at).limit(limit), connection=connection)
        for number, body, digest in events:
            kept = digest or hashlib.sha256(body.encode()).hexdigest()
            emptied = sa.update(inbox).where(inbox.c.id == number).values(body="", digest=kept)
            store.execute(emptied, connection=connection)
    return len(events)


def counts(store: Store, project: int) -> dict[EventState, int]:
    """How many events there are in each state."""
    counted = store.count_by(inbox.c.state, where=inbox.c.project == project)
    return {EventState(str(state)): n for (state,), n in counted.items()}


def first_error(store: Store, project: int) -> str | None:
    """Why the oldest event that was kept aside can't be applied."""
    unreadable = (inbox.c.project == project, inbox.c.state == EventState.UNREADABLE)
    event = store.first(InboxRecord, *unreadable, order_by=[inbox.c.id])
    return event.error if event else None
