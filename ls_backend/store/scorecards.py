"""Scorecards as they were computed last. One that is no more stays as a row until its copy in Label Studio is deleted, too."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import sqlalchemy as sa

from ls_backend.measurement.scorecard import Scorecard
from ls_backend.store.engine import Store
from ls_backend.store.records import ScorecardRecord
from ls_backend.store.tables import scorecards, scorecards_are_unwritten

GONE = ""  # the digest of a scorecard that is no more


def _present(project: int) -> sa.ColumnElement[bool]:
    return sa.and_(scorecards.c.project == project, scorecards.c.digest != GONE)


def _of(project: int, annotator: str) -> sa.ColumnElement[bool]:
    return sa.and_(scorecards.c.project == project, scorecards.c.annotator == annotator)


def records(store: Store, project: int, annotators: Collection[str] | None = None) -> list[ScorecardRecord]:
    """All of a project, or those of some annotators."""
    which = [_present(project)] + ([] if annotators is None else [scorecards.c.annotator.in_(annotators)])
    return store.fetch(ScorecardRecord, *which)


def last_change(store: Store, project: int) -> float | None:
    """When a scorecard of the project changed last."""
    rows = store.rows(sa.select(sa.func.max(scorecards.c.changed_at)).where(scorecards.c.project == project))
    return None if rows[0][0] is None else float(rows[0][0])


def gone(store: Store, project: int) -> list[str]:
    """Annotators whose scorecard is no more, and has a copy in Label Studio."""
    query = sa.select(scorecards.c.annotator).where(scorecards.c.project == project, scorecards.c.digest == GONE)
    return [str(row[0]) for row in store.rows(query)]


def of_project(store: Store, project: int) -> list[Scorecard]:
    return [record.scorecard for record in records(store, project)]


def find(store: Store, project: int, annotator: str) -> ScorecardRecord | None:
    return store.first(ScorecardRecord, _present(project), scorecards.c.annotator == annotator)


def of_annotators(store: Store, project: int, annotators: Collection[str]) -> list[Scorecard]:
    """Those of some annotators."""
    return [record.scorecard for record in records(store, project, annotators)]


def unwritten(store: Store, project: int, *, at_once: int) -> Iterator[list[ScorecardRecord]]:
    """Those whose copy in Label Studio is another, or missing, a few at a time in the order of their annotators."""
    after = ""
    while some := store.fetch(
        ScorecardRecord,
        _present(project),
        scorecards_are_unwritten,
        scorecards.c.annotator > after,
        order_by=[scorecards.c.annotator],
        limit=at_once,
    ):
        yield some
        after = some[-1].annotator


def save_all(store: Store, records: Sequence[ScorecardRecord], connection: sa.Connection) -> None:
    """Scorecards as they are now; which ones were copied into Label Studio stays."""
    store.save_all(records, connection=connection, only=("scorecard", "digest", "changed_at", "told"))


def withdraw(store: Store, project: int, annotator: str, connection: sa.Connection) -> None:
    """A scorecard is no more. Where it was copied into Label Studio, the copy is to be deleted."""
    store.execute(
        sa.delete(scorecards).where(_of(project, annotator), scorecards.c.written_digest.is_(None)),
        connection=connection,
    )
    store.execute(sa.update(scorecards).where(_of(project, annotator)).values(digest=GONE), connection=connection)


def forget_gone(store: Store, project: int, annotators: Collection[str]) -> None:
    """Copies of scorecards that are no more were deleted."""
    which = (scorecards.c.project == project, scorecards.c.annotator.in_(annotators), scorecards.c.digest == GONE)
    store.execute(sa.delete(scorecards).where(*which))


def count(store: Store, project: int) -> int:
    return store.count(scorecards, _present(project))


def mark_written(store: Store, records: Iterable[ScorecardRecord]) -> None:
    """Note that scorecards were copied into Label Studio."""
    with store.transaction() as connection:
        for record in records:
            theirs = _of(record.project, record.annotator)
            written = sa.update(scorecards).where(theirs).values(written_digest=record.digest)
            store.execute(written, connection=connection)


def forget_written(store: Store, project: int, connection: sa.Connection) -> None:
    mine = scorecards.c.project == project
    store.execute(sa.update(scorecards).where(mine).values(written_digest=None), connection=connection)
