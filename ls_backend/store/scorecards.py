"""Scorecards as they were computed last."""

import sqlalchemy as sa

from ls_backend.measurement.scorecard import Scorecard
from ls_backend.store.engine import Store
from ls_backend.store.records import ScorecardRecord
from ls_backend.store.tables import scorecards


def records(store: Store, project: int) -> list[ScorecardRecord]:
    return store.fetch(ScorecardRecord, scorecards.c.project == project)


def of_project(store: Store, project: int) -> list[Scorecard]:
    return [record.scorecard for record in records(store, project)]


def find(store: Store, project: int, annotator: str) -> ScorecardRecord | None:
    return store.first(ScorecardRecord, scorecards.c.project == project, scorecards.c.annotator == annotator)


def digests(store: Store, project: int) -> dict[str, str]:
    """By annotator."""
    query = sa.select(scorecards.c.annotator, scorecards.c.digest).where(scorecards.c.project == project)
    return dict(map(tuple, store.rows(query)))


def save(store: Store, record: ScorecardRecord, connection: sa.Connection) -> None:
    """A scorecard as it is now; which one was copied into Label Studio stays."""
    store.save(record, connection=connection, only=("scorecard", "digest", "changed_at"))


def delete(store: Store, project: int, annotator: str, connection: sa.Connection) -> None:
    one = sa.and_(scorecards.c.project == project, scorecards.c.annotator == annotator)
    store.execute(sa.delete(scorecards).where(one), connection=connection)


def count(store: Store, project: int) -> int:
    return store.count(scorecards, scorecards.c.project == project)


def mark_written(store: Store, record: ScorecardRecord) -> None:
    """Note that a scorecard was copied into Label Studio."""
    one = sa.and_(scorecards.c.project == record.project, scorecards.c.annotator == record.annotator)
    store.execute(sa.update(scorecards).where(one).values(written_digest=record.digest))


def forget_written(store: Store, project: int, connection: sa.Connection) -> None:
    mine = scorecards.c.project == project
    store.execute(sa.update(scorecards).where(mine).values(written_digest=None), connection=connection)
