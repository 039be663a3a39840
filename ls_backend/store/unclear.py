"""Items that annotators called unclear."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import UnclearReason, UnclearRecord
from ls_backend.store.tables import unclear


def waiting(store: Store, project: int) -> list[UnclearRecord]:
    """Those that nobody has answered, oldest first."""
    return store.fetch(
        UnclearRecord, unclear.c.project == project, unclear.c.answered_at.is_(None), order_by=[unclear.c.id]
    )


def of_item(store: Store, project: int, item: str) -> list[UnclearRecord]:
    """Oldest first."""
    return store.fetch(UnclearRecord, unclear.c.project == project, unclear.c.item == item, order_by=[unclear.c.id])


def of_annotator(store: Store, project: int, annotator: str) -> list[UnclearRecord]:
    """Newest first."""
    theirs = (unclear.c.project == project, unclear.c.annotator == annotator)
    return store.fetch(UnclearRecord, *theirs, order_by=[unclear.c.id.desc()])


def find(store: Store, project: int, number: int) -> UnclearRecord | None:
    return store.first(UnclearRecord, unclear.c.project == project, unclear.c.id == number)


def add(
    store: Store,
    project: int,
    annotator: str,
    reason: UnclearReason,
    text: str,
    *,
    task: int,
    item: str,
    connection: sa.Connection,
) -> int:
    row = {
        "project": project,
        "task": task,
        "item": item,
        "annotator": annotator,
        "reason": reason,
        "text": text,
        "at": store.clock(),
    }
    return store.insert(unclear, row, connection=connection)


def answer(store: Store, number: int, text: str, *, by: str, connection: sa.Connection) -> None:
    answered = {"answer": text, "answered_by": by, "answered_at": store.clock()}
    store.execute(sa.update(unclear).where(unclear.c.id == number).values(**answered), connection=connection)
