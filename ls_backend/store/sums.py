"""Sums by annotator, and what rests on everybody in a project.

Whoever changes a judgment marks its annotator in the same transaction, so that nothing is forgotten when a process dies.
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import sqlalchemy as sa

from ls_backend.arrays import Floats
from ls_backend.measurement.decidedness import GroupRule
from ls_backend.store import judgments as judgments_store
from ls_backend.store.engine import AT_ONCE, Store, in_parts
from ls_backend.store.judgments import JudgmentCounts
from ls_backend.store.records import ScaleRecord, SumsRecord
from ls_backend.store.tables import judgments, scales, sums, sums_are_stale

FOLDED_COLUMNS = ("folded", "judgments", "caught_up", "interfered", "numbers")
DUE = -1  # the revision of a scale that is to be taken anew


def mark(store: Store, project: int, annotators: Iterable[str | None], connection: sa.Connection) -> None:
    """Judgments of some annotators have changed."""
    names = sorted({name for name in annotators if name is not None})  # in order, so that no two wait for each other
    rows = [SumsRecord(project, name, 1, 0, 0, 0, 0, None) for name in names]
    store.upsert(rows, {"marked": sums.c.marked + 1}, connection=connection)


def mark_items(store: Store, project: int, items: Collection[str], connection: sa.Connection) -> None:
    """What is known of some items has changed: for whoever has judged them, and for the scale."""
    for some in in_parts(sorted(items), AT_ONCE):
        judged = sa.select(judgments.c.annotator).where(judgments.c.project == project, judgments.c.item.in_(some))
        concerned = sa.and_(sums.c.project == project, sums.c.annotator.in_(judged))
        store.execute(sa.update(sums).where(concerned).values(marked=sums.c.marked + 1), connection=connection)
    if items:
        scale_is_due(store, project, connection)


def mark_all(store: Store, project: int, connection: sa.Connection) -> None:
    """Everybody with a judgment is to be folded anew."""
    theirs = sa.and_(judgments.c.project == project, judgments.c.annotator.is_not(None))
    store.execute(
        sa.update(sums).where(sums.c.project == project).values(marked=sums.c.marked + 1), connection=connection
    )
    counted = sa.select(judgments.c.annotator, sa.func.count()).where(theirs).group_by(judgments.c.annotator)
    known = {
        row[0]
        for row in store.rows(sa.select(sums.c.annotator).where(sums.c.project == project), connection=connection)
    }
    for annotator, count in store.rows(counted, connection=connection):
        if annotator not in known:
            store.save(SumsRecord(project, annotator, 1, 0, count, 0, 0, None), connection=connection)


def annotators(store: Store, project: int) -> list[str]:
    """Everybody who has a judgment in the project, or had one."""
    query = sa.select(sums.c.annotator).where(sums.c.project == project).order_by(sums.c.annotator)
    return [str(row[0]) for row in store.rows(query)]


def stale(store: Store, project: int) -> list[tuple[str, int, int]]:
    """Who is to be folded anew: the annotator, the mark, and how many judgments they had at least."""
    query = sa.select(sums.c.annotator, sums.c.marked, sums.c.judgments).where(
        sums.c.project == project, sums_are_stale
    )
    return [(name, int(marked), int(n)) for name, marked, n in store.rows(query.order_by(sums.c.annotator))]


def mark_of(store: Store, project: int, annotator: str) -> int:
    """How often judgments of an annotator have changed, as far as they were marked."""
    marked = store.rows(sa.select(sums.c.marked).where(sums.c.project == project, sums.c.annotator == annotator))
    return int(marked[0][0]) if marked else 0


def save(store: Store, records: Sequence[SumsRecord], connection: sa.Connection) -> None:
    """Sums as they were taken; a mark that has come since stays."""
    store.save_all(records, connection=connection, only=FOLDED_COLUMNS)


def pack(numbers: Floats) -> bytes:
    """A row of numbers, as it is kept."""
    return numbers.astype("<f8").tobytes()


def rows(store: Store, project: int) -> tuple[list[str], Floats]:
    """Annotators with judgments, in order, and the numbers of each, (A, numbers)."""
    query = sa.select(sums.c.annotator, sums.c.numbers).where(sums.c.project == project, sums.c.numbers.is_not(None))
    found = sorted(map(tuple, store.rows(query)))
    return [name for name, _ in found], np.array([np.frombuffer(numbers, dtype="<f8") for _, numbers in found])


def tally(store: Store, project: int) -> JudgmentCounts:
    """Over all annotators: from their sums, and of those who are to be folded anew from their judgments."""
    if rule(store, project) is None:  # nothing was folded yet
        return judgments_store.tally(store, project)
    columns = (sums.c.judgments, sums.c.caught_up, sums.c.interfered)
    totals = (sa.func.coalesce(sa.func.sum(column), 0) for column in columns)
    fresh = store.rows(sa.select(*totals).where(sums.c.project == project, sa.not_(sums_are_stale)))[0]
    found = JudgmentCounts(*(int(n) for n in fresh))
    for some in in_parts([name for name, *_ in stale(store, project)], AT_ONCE):
        found += judgments_store.tally(store, project, some)
    return found


# --- the scale --------------------------------------------------------------------------------------------------------


def scale(store: Store, project: int) -> ScaleRecord | None:
    return store.first(ScaleRecord, scales.c.project == project)


def rule(store: Store, project: int) -> GroupRule | None:
    """What tells decided pairs; None where nothing was folded yet. It is read with each event, and the scale beside it is large."""
    found = store.rows(sa.select(scales.c.rule).where(scales.c.project == project))
    return found[0][0] if found else None


def scale_is_due(store: Store, project: int, connection: sa.Connection | None = None) -> None:
    """The scale is to be taken anew, however little has come since."""
    store.execute(sa.update(scales).where(scales.c.project == project).values(revision=DUE), connection=connection)
