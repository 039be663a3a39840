"""Times in which annotators are served nothing."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import PauseRecord
from ls_backend.store.tables import pauses


def now(store: Store, project: int) -> dict[str, PauseRecord]:
    """Who is paused, by annotator, in the order of pausing."""
    open_pauses = store.fetch(
        PauseRecord, pauses.c.project == project, pauses.c.resumed_at.is_(None), order_by=[pauses.c.id]
    )
    return {pause.annotator: pause for pause in open_pauses}


def of_annotator(store: Store, project: int, annotator: str) -> list[PauseRecord]:
    """All pauses of an annotator, newest first."""
    theirs = (pauses.c.project == project, pauses.c.annotator == annotator)
    return store.fetch(PauseRecord, *theirs, order_by=[pauses.c.id.desc()])


def begin(store: Store, project: int, annotator: str, reason: str, *, by: str, connection: sa.Connection) -> None:
    row = {"project": project, "annotator": annotator, "reason": reason, "paused_at": store.clock(), "paused_by": by}
    store.insert(pauses, row, connection=connection)


def change_reason(store: Store, pause: int, reason: str, connection: sa.Connection) -> None:
    store.execute(sa.update(pauses).where(pauses.c.id == pause).values(reason=reason), connection=connection)


def end(store: Store, pause: int, *, by: str, connection: sa.Connection) -> None:
    ended = {"resumed_at": store.clock(), "resumed_by": by}
    store.execute(sa.update(pauses).where(pauses.c.id == pause).values(**ended), connection=connection)
