"""Judgments as annotators made them. Rows are never removed.

Judgments of a project are written by one process at a time, under its lease; each write has a revision higher than all before, so
whoever remembers the highest one reads only what is newer.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ls_backend.measurement.judgments import Judgment
from ls_backend.store.engine import Store
from ls_backend.store.records import JudgmentChange, JudgmentRecord, Source
from ls_backend.store.tables import judgments

JUDGMENT_FIELDS = ("annotator", "item", "preference", "mirrored", "at", "id", "lead_time", "slice")


def counting(project: int) -> sa.ColumnElement[bool]:
    """Which rows count: answered, in one's own name, not deleted. The same in Python is :func:`counts`."""
    return sa.and_(
        judgments.c.project == project, judgments.c.preference.is_not(None), judgments.c.deleted_at.is_(None)
    )


def counts(preference: int | None, deleted_at: float | None) -> bool:
    """Whether a row counts, by two of its columns. The same in SQL is :func:`counting`."""
    return preference is not None and deleted_at is None


def changes_since(store: Store, project: int, revision: int) -> list[JudgmentChange]:
    """Rows written after a revision, -1 for all."""
    names = (*JUDGMENT_FIELDS, "answer", "deleted_at", "revision")
    newer = sa.and_(judgments.c.project == project, judgments.c.revision > revision)
    changes = []
    for *facts, answer, deleted_at, written in store.rows(sa.select(*(judgments.c[n] for n in names)).where(newer)):
        annotator, item, preference, mirrored, at, identity, lead_time, section = facts
        judgment = (
            Judgment(annotator, item, preference, mirrored, at, identity, lead_time, section, answer or "")
            if counts(preference, deleted_at)
            else None
        )
        changes.append(JudgmentChange(identity, written, judgment))
    return changes


def next_revision(store: Store, project: int, connection: sa.Connection | None = None) -> int:
    """A number for judgments that are written now, higher than all before."""
    highest = sa.select(sa.func.max(judgments.c.revision)).where(judgments.c.project == project)
    return int(store.rows(highest, connection=connection)[0][0] or 0) + 1


def of_task_or_ids(
    store: Store, project: int, task: int, ids: Collection[str], connection: sa.Connection
) -> dict[str, JudgmentRecord]:
    """All that is known of a task's annotations, and of those with some ids, by id."""
    known: dict[str, JudgmentRecord] = {}
    for which in (judgments.c.task == task, judgments.c.id.in_(ids)):  # by an index each; `or` would use none
        found = store.fetch(JudgmentRecord, judgments.c.project == project, which, connection=connection)
        known |= {record.id: record for record in found}
    return known


def mark_deleted(
    store: Store,
    project: int,
    connection: sa.Connection,
    *,
    ids: Collection[str] | None = None,
    tasks: Collection[int] | None = None,
) -> list[str]:
    """Note that judgments, by their ids or their tasks, are gone in Label Studio; returns their annotators, one for each."""
    which = judgments.c.id.in_(ids) if ids is not None else judgments.c.task.in_(tasks or ())
    alive = sa.and_(judgments.c.project == project, judgments.c.deleted_at.is_(None), which)
    annotators = [row[0] for row in store.rows(sa.select(judgments.c.annotator).where(alive), connection=connection)]
    revision = next_revision(store, project, connection)
    store.execute(
        sa.update(judgments).where(alive).values(deleted_at=store.clock(), revision=revision), connection=connection
    )
    return annotators


def add_tombstones(store: Store, project: int, ids: Sequence[str]) -> None:
    """Remember deletions of annotations that we have not heard of yet."""
    common = {
        "project": project,
        "deleted_at": store.clock(),
        "source": Source.EVENT,
        "revision": next_revision(store, project),
    }
    store.insert_new(judgments, [{**common, "id": identity} for identity in ids])


@dataclass(frozen=True, slots=True)
class JudgmentCounts:
    """How many judgments count, how many of these were heard of by pulling first, and how many annotations somebody else
    interfered with, whether they count or not."""

    counting: int
    caught_up: int
    interfered: int


def tally(store: Store, project: int) -> JudgmentCounts:
    """In one reading of the table."""

    def number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    query = sa.select(
        number(counting(project)),
        number(counting(project), judgments.c.source == Source.CATCH_UP),
        number(judgments.c.interference.is_not(None)),
    ).where(judgments.c.project == project)
    return JudgmentCounts(*(int(n) for n in store.rows(query)[0]))


def annotators(store: Store, project: int) -> list[str]:
    """Annotators with judgments that count."""
    return sorted(
        str(row[0]) for row in store.rows(sa.select(judgments.c.annotator).where(counting(project)).distinct())
    )


def of_annotator(store: Store, project: int, annotator: str) -> list[JudgmentRecord]:
    """Those of an annotator that count, oldest first."""
    return store.fetch(
        JudgmentRecord, counting(project), judgments.c.annotator == annotator, order_by=[judgments.c.at, judgments.c.id]
    )


def of_item(store: Store, project: int, item: str) -> list[JudgmentRecord]:
    """Those on an item that count, oldest first."""
    return store.fetch(
        JudgmentRecord, counting(project), judgments.c.item == item, order_by=[judgments.c.at, judgments.c.id]
    )


@dataclass(frozen=True, slots=True)
class Activity:
    """How many tasks an annotator ``skipped`` or sent without an answer, and when they were ``last_active``, in seconds since the
    epoch."""

    skipped: int
    last_active: float


def activity(store: Store, project: int) -> dict[str, Activity]:
    """By annotator, over their own annotations that are not deleted. A skip that was answered later counts as its answer."""
    own = sa.and_(
        judgments.c.project == project,
        judgments.c.annotator.is_not(None),
        judgments.c.interference.is_(None),
        judgments.c.deleted_at.is_(None),
    )
    skipped = sa.func.count() - sa.func.count(judgments.c.preference)
    query = sa.select(judgments.c.annotator, skipped, sa.func.max(judgments.c.at)).where(own)
    return {
        annotator: Activity(int(skips), float(at or 0.0))
        for annotator, skips, at in store.rows(query.group_by(judgments.c.annotator))
    }


def first_task(store: Store, project: int, annotator: str, item: str) -> int:
    """The task in which an annotator judged an item first."""
    theirs = (counting(project), judgments.c.annotator == annotator, judgments.c.item == item)
    query = sa.select(judgments.c.task).where(*theirs).order_by(judgments.c.at, judgments.c.id).limit(1)
    return int(store.rows(query)[0][0])


def answered_items(store: Store, project: int) -> dict[str, float]:
    """When each item was answered first (also skipped, or answered in another's name): seconds since the epoch."""
    answers = (judgments.c.project == project, judgments.c.item.is_not(None))
    query = sa.select(judgments.c.item, sa.func.min(judgments.c.at)).where(*answers).group_by(judgments.c.item)
    return dict(map(tuple, store.rows(query)))


def before(store: Store, project: int, end: float) -> list[Judgment]:
    """The judgments that count before a moment, by annotator and time."""
    query = (
        sa.select(*(judgments.c[name] for name in (*JUDGMENT_FIELDS, "answer")))
        .where(counting(project), judgments.c.at < end)
        .order_by(judgments.c.annotator, judgments.c.at, judgments.c.id)
    )
    return [
        Judgment(**dict(zip(JUDGMENT_FIELDS, fields, strict=True)), answer=answer or "")
        for *fields, answer in store.rows(query)
    ]
