"""Events that were received and wait, over all projects: what metrics and checks of the service's health ask."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import EventState
from ls_backend.store.tables import inbox


def count(store: Store, state: EventState) -> int:
    """How many events are in a state, such as pending or unreadable."""
    return store.count(inbox, inbox.c.state == state)


def oldest(store: Store) -> float | None:
    """When the oldest event that is not applied yet was received."""
    (row,) = store.rows(sa.select(sa.func.min(inbox.c.received_at)).where(inbox.c.state == EventState.PENDING))
    return None if row[0] is None else float(row[0])
