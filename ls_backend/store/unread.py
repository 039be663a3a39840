"""Tasks of which something was kept aside when they were pulled. What can be read of them is stored as ever."""

from collections.abc import Collection

import sqlalchemy as sa

from ls_backend.store.engine import AT_ONCE, Store, in_parts
from ls_backend.store.records import UnreadTaskRecord
from ls_backend.store.tables import unread_tasks


def ids(store: Store, project: int) -> set[int]:
    return {int(row[0]) for row in store.rows(sa.select(unread_tasks.c.task).where(unread_tasks.c.project == project))}


def count(store: Store, project: int) -> int:
    return store.count(unread_tasks, unread_tasks.c.project == project)


def first(store: Store, project: int, *, limit: int) -> list[UnreadTaskRecord]:
    return store.fetch(UnreadTaskRecord, unread_tasks.c.project == project, order_by=[unread_tasks.c.task], limit=limit)


def forget(store: Store, project: int, tasks: Collection[int], connection: sa.Connection | None = None) -> None:
    """Nothing of these tasks is kept aside any more."""
    for some in in_parts(sorted(tasks), AT_ONCE):
        theirs = sa.and_(unread_tasks.c.project == project, unread_tasks.c.task.in_(some))
        store.execute(sa.delete(unread_tasks).where(theirs), connection=connection)


def forget_all(store: Store, project: int, connection: sa.Connection) -> None:
    store.execute(sa.delete(unread_tasks).where(unread_tasks.c.project == project), connection=connection)
