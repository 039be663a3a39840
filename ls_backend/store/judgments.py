"""Judgments as annotators made them. Rows are never removed.

Judgments of a project are written in one transaction at a time (:func:`writing`); each has a revision higher than all before, so
whoever remembers the highest one reads only what is newer.
"""

import contextlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sqlalchemy as sa

from ls_backend.arrays import Floats
from ls_backend.measurement.judgments import Judgment
from ls_backend.store.engine import AT_ONCE, Store, in_parts
from ls_backend.store.records import JudgmentChange, JudgmentRecord, Source
from ls_backend.store.tables import judgments, projects

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
    names = (*JUDGMENT_FIELDS, "answer", "margin", "deleted_at", "revision")
    newer = sa.and_(judgments.c.project == project, judgments.c.revision > revision)
    changes = []
    for *facts, answer, margin, deleted_at, written in store.rows(
        sa.select(*(judgments.c[n] for n in names)).where(newer)
    ):
        identity, preference = facts[JUDGMENT_FIELDS.index("id")], facts[JUDGMENT_FIELDS.index("preference")]
        judgment = _judgment(facts, answer, margin) if counts(preference, deleted_at) else None
        changes.append(JudgmentChange(identity, written, judgment))
    return changes


@dataclass(frozen=True, slots=True)
class OwnRows:
    """All that is stored of some annotators: the ``judgments`` that count, and by annotator how many of these were ``caught_up``, and with
    how many annotations somebody ``interfered``."""

    judgments: list[Judgment]
    caught_up: Mapping[str, int]
    interfered: Mapping[str, int]


def of_annotators(store: Store, project: int, annotators: Collection[str]) -> OwnRows:
    """Everything of some annotators."""
    names = (*JUDGMENT_FIELDS, "answer", "margin")
    is_caught_up, is_interfered = judgments.c.source == Source.CATCH_UP, judgments.c.interference.is_not(None)
    query = sa.select(*(judgments.c[n] for n in names), counting(project), is_caught_up, is_interfered)
    theirs = sa.and_(judgments.c.project == project, judgments.c.annotator.in_(annotators))
    found, caught_up, interfered = [], Counter[str](), Counter[str]()
    for *facts, answer, margin, is_counting, late, touched in store.rows(query.where(theirs)):
        if is_counting:
            found.append(_judgment(facts, answer, margin))
            caught_up[facts[0]] += bool(late)
        interfered[facts[0]] += bool(touched)
    return OwnRows(found, caught_up, interfered)


def on_items(store: Store, project: int, items: Collection[str]) -> list[Judgment]:
    """The judgments that count on some items."""
    found = []
    for some in in_parts(list(items), AT_ONCE):
        query = sa.select(*(judgments.c[n] for n in (*JUDGMENT_FIELDS, "answer", "margin")))
        on_these = sa.and_(counting(project), judgments.c.item.in_(some))
        found += [_judgment(facts, answer, margin) for *facts, answer, margin in store.rows(query.where(on_these))]
    return found


def margins(store: Store, project: int, known: sa.Select[tuple[str]]) -> Floats:
    """The sizes of the margins of the items that were judged and are none of the ``known`` ones."""
    of_items = sa.and_(counting(project), judgments.c.margin.is_not(None), judgments.c.item.not_in(known))
    query = sa.select(sa.func.max(sa.func.abs(judgments.c.margin))).where(of_items).group_by(judgments.c.item)
    return np.array([row[0] for row in store.rows(query)], dtype=np.float64)


def latest_annotators(store: Store, project: int, window: int) -> set[str]:
    """Annotators of so many of the judgments that were written last and count."""
    query = sa.select(judgments.c.annotator).where(counting(project))
    latest = query.order_by(judgments.c.revision.desc()).limit(window)
    return {str(row[0]) for row in store.rows(latest)}


def count_since(store: Store, project: int, judgment: Judgment) -> int:
    """How many judgments that count an annotator has made since one of theirs."""
    at, identity = judgments.c.at, judgments.c.id
    later = sa.or_(at > judgment.at, sa.and_(at == judgment.at, identity > judgment.id))
    return store.count(judgments, counting(project), judgments.c.annotator == judgment.annotator, later)


def highest_revision(store: Store, project: int) -> int:
    """That of the judgments written last; 0 without any."""
    highest = sa.select(sa.func.max(judgments.c.revision)).where(judgments.c.project == project)
    return int(store.rows(highest)[0][0] or 0)


def last_at(store: Store, project: int) -> float | None:
    """When the latest judgment that counts was made."""
    latest = store.rows(sa.select(sa.func.max(judgments.c.at)).where(counting(project)))[0][0]
    return None if latest is None else float(latest)


def _judgment(facts: Sequence[Any], answer: str | None, margin: float | None) -> Judgment:
    """From the columns of :data:`JUDGMENT_FIELDS` and two more."""
    annotator, item, preference, mirrored, at, identity, lead_time, section = facts
    return Judgment(annotator, item, preference, mirrored, at, identity, lead_time, section, answer or "", margin)


def save_all(store: Store, project: int, records: Sequence[JudgmentRecord], connection: sa.Connection) -> None:
    """Some judgments as they are now, each with a revision of its own: these count what has changed."""
    first = next_revision(store, project, connection)
    numbered = [replace(record, revision=revision) for revision, record in enumerate(records, first)]
    store.save_all(numbered, connection=connection)


@contextlib.contextmanager
def writing(store: Store, project: int, *, replayable: bool = True) -> Iterator[sa.Connection]:
    """A transaction in which alone judgments of a project are written, and whatever they are scored by. What is ``replayable`` follows from
    what is stored, or from Label Studio."""
    with store.transaction(replayable=replayable) as connection:
        store.be_only_writer(sa.select(projects.c.id).where(projects.c.id == project), connection)
        yield connection


def next_revision(store: Store, project: int, connection: sa.Connection | None = None) -> int:
    """A number for judgments that are written now, higher than all before."""
    highest = sa.select(sa.func.max(judgments.c.revision)).where(judgments.c.project == project)
    return int(store.rows(highest, connection=connection)[0][0] or 0) + 1


def with_ids(store: Store, project: int, ids: Collection[str], connection: sa.Connection) -> dict[str, JudgmentRecord]:
    """What is known of some annotations, by id."""
    which = (judgments.c.project == project, judgments.c.id.in_(ids))
    return {record.id: record for record in store.fetch(JudgmentRecord, *which, connection=connection)}


def on_tasks(store: Store, project: int, tasks: Collection[int], connection: sa.Connection) -> list[JudgmentRecord]:
    """What is known of the annotations of some tasks, but for deleted ones."""
    alive = (judgments.c.project == project, judgments.c.task.in_(tasks), judgments.c.deleted_at.is_(None))
    return store.fetch(JudgmentRecord, *alive, connection=connection)


def mark_deleted(
    store: Store,
    project: int,
    connection: sa.Connection,
    *,
    ids: Collection[str] | None = None,
    tasks: Collection[int] | None = None,
) -> list[tuple[str | None, str | None]]:
    """Note that judgments, by their ids or their tasks, are gone in Label Studio; returns the annotator and the item of each."""
    which = judgments.c.id.in_(ids) if ids is not None else judgments.c.task.in_(tasks or ())
    alive = sa.and_(judgments.c.project == project, judgments.c.deleted_at.is_(None), which)
    deleted = {"deleted_at": store.clock(), "revision": next_revision(store, project, connection)}
    update = sa.update(judgments).where(alive).values(**deleted).returning(judgments.c.annotator, judgments.c.item)
    return [(annotator, item) for annotator, item in store.rows(update, connection=connection)]


def add_tombstones(store: Store, project: int, ids: Sequence[str], connection: sa.Connection) -> None:
    """Remember deletions of annotations that we have not heard of yet."""
    common = {
        "project": project,
        "deleted_at": store.clock(),
        "source": Source.EVENT,
        "revision": next_revision(store, project, connection),
    }
    store.insert_new(judgments, [{**common, "id": identity} for identity in ids], connection=connection)


@dataclass(frozen=True, slots=True)
class JudgmentCounts:
    """How many judgments count, how many of these were heard of by pulling first, and how many annotations somebody else
    interfered with, whether they count or not."""

    counting: int
    caught_up: int
    interfered: int

    def __add__(self, other: "JudgmentCounts") -> "JudgmentCounts":
        return JudgmentCounts(
            self.counting + other.counting, self.caught_up + other.caught_up, self.interfered + other.interfered
        )


def tally(store: Store, project: int, annotators: Collection[str] | None = None) -> JudgmentCounts:
    """In one reading of the table; of all, or of some annotators."""

    def number(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    query = sa.select(
        number(counting(project)),
        number(counting(project), judgments.c.source == Source.CATCH_UP),
        number(judgments.c.interference.is_not(None)),
    ).where(judgments.c.project == project)
    if annotators is not None:
        query = query.where(judgments.c.annotator.in_(annotators))
    return JudgmentCounts(*(int(n) for n in store.rows(query)[0]))


def annotators(store: Store, project: int, *, since: float | None = None) -> list[str]:
    """Annotators with judgments that count, or with some ``since`` a moment (seconds since the epoch)."""
    query = sa.select(judgments.c.annotator).where(counting(project)).distinct()
    if since is not None:
        query = query.where(judgments.c.at >= since)
    return sorted(str(row[0]) for row in store.rows(query))


def of_annotator(store: Store, project: int, annotator: str) -> list[JudgmentRecord]:
    """Those of an annotator that count, oldest first."""
    return _oldest_first(store.fetch(JudgmentRecord, counting(project), judgments.c.annotator == annotator))


def of_item(store: Store, project: int, item: str) -> list[JudgmentRecord]:
    """Those on an item that count, oldest first."""
    return _oldest_first(store.fetch(JudgmentRecord, counting(project), judgments.c.item == item))


def _oldest_first(records: list[JudgmentRecord]) -> list[JudgmentRecord]:
    return sorted(records, key=lambda record: (record.at or 0.0, record.id))


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


def first_annotator(store: Store, project: int, task: int, connection: sa.Connection) -> str | None:
    """Who answered a task first, or skipped it."""
    theirs = (judgments.c.project == project, judgments.c.task == task, judgments.c.annotator.is_not(None))
    query = sa.select(judgments.c.at, judgments.c.id, judgments.c.annotator).where(*theirs)
    return min(
        ((at, identity, name) for at, identity, name in store.rows(query, connection=connection)), default=(0, "", None)
    )[2]


def first_task(store: Store, project: int, annotator: str, item: str) -> int:
    """The task in which an annotator judged an item first."""
    theirs = (counting(project), judgments.c.annotator == annotator, judgments.c.item == item)
    rows = store.rows(sa.select(judgments.c.at, judgments.c.id, judgments.c.task).where(*theirs))
    return int(min((at, identity, task) for at, identity, task in rows)[2])  # a few; a limit would search all by time


def answered_items(store: Store, project: int) -> dict[str, float]:
    """When each item was answered first (also skipped, or answered in another's name): seconds since the epoch."""
    answers = (judgments.c.project == project, judgments.c.item.is_not(None))
    query = sa.select(judgments.c.item, sa.func.min(judgments.c.at)).where(*answers).group_by(judgments.c.item)
    return dict(map(tuple, store.rows(query)))


def ids_by_item(store: Store, project: int) -> dict[str, list[str]]:
    """The annotations that count on each item, oldest first."""
    ids: dict[str, list[str]] = {}
    query = sa.select(judgments.c.item, judgments.c.id).where(counting(project))
    for item, annotation in store.rows(query.order_by(judgments.c.at, judgments.c.id)):
        ids.setdefault(item, []).append(annotation)
    return ids


def before(store: Store, project: int, end: float) -> list[Judgment]:
    """The judgments that count before a moment, by annotator and time."""
    query = (
        sa.select(*(judgments.c[name] for name in (*JUDGMENT_FIELDS, "answer", "margin")))
        .where(counting(project), judgments.c.at < end)
        .order_by(judgments.c.annotator, judgments.c.at, judgments.c.id)
    )
    return [_judgment(facts, answer, margin) for *facts, answer, margin in store.rows(query)]
