"""Pilots of two contracts, and who is in which arm."""

from collections.abc import Collection

import sqlalchemy as sa

from ls_backend.store.engine import Store, columns_of
from ls_backend.store.records import ArmRecord, PilotRecord
from ls_backend.store.tables import arms, pilots


def running(store: Store, project: int) -> PilotRecord | None:
    return store.first(PilotRecord, pilots.c.project == project, pilots.c.stopped_at.is_(None))


def named(store: Store, project: int, name: str) -> PilotRecord | None:
    return store.first(PilotRecord, pilots.c.project == project, pilots.c.name == name)


def ran_between(store: Store, project: int, start: float, end: float) -> list[PilotRecord]:
    """Pilots that ran at some moment from ``start`` to ``end``, oldest first."""
    ran = (
        pilots.c.project == project,
        pilots.c.started_at < end,
        sa.or_(pilots.c.stopped_at.is_(None), pilots.c.stopped_at > start),
    )
    return store.fetch(PilotRecord, *ran, order_by=[pilots.c.started_at])


def of_project(store: Store, project: int) -> list[PilotRecord]:
    """Newest first."""
    return store.fetch(PilotRecord, pilots.c.project == project, order_by=[pilots.c.started_at.desc()])


def add(store: Store, row: dict[str, object], connection: sa.Connection) -> int:
    return store.insert(pilots, row, connection=connection)


def change(store: Store, pilot: int, connection: sa.Connection | None = None, **columns: object) -> None:
    store.execute(sa.update(pilots).where(pilots.c.id == pilot).values(**columns), connection=connection)


def add_newcomer(store: Store, member: ArmRecord) -> None:
    """Put somebody into a pilot, unless another process has."""
    store.insert_new(arms, [columns_of(member)])


def members(store: Store, pilot: int, annotators: Collection[str] | None = None) -> list[ArmRecord]:
    """All of them, or those of some annotators."""
    some = [] if annotators is None else [arms.c.annotator.in_(annotators)]
    return store.fetch(ArmRecord, arms.c.pilot == pilot, *some, order_by=[arms.c.annotator])
