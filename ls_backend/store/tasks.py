"""What tasks show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import SeedState, TaskRecord
from ls_backend.store.tables import judgments, seeds, tasks, tasks_are_due
from ls_backend.types import Json

MARKED_AT_ONCE = 20_000
LATER = sa.func.coalesce(tasks.c.due, 0) + 1
WRITTEN_COLUMNS = ("item", "mirrored", "slice", "overlap", "data", "words", "margin")


def save_all(store: Store, records: Sequence[TaskRecord], connection: sa.Connection) -> None:
    """What some tasks show now; what was copied to them stays."""
    store.save_all(records, connection=connection, only=WRITTEN_COLUMNS)


def ids(store: Store, project: int) -> set[int]:
    return {int(row[0]) for row in store.rows(sa.select(tasks.c.id).where(tasks.c.project == project))}


def data_of(store: Store, project: int, task: int) -> Json:
    query = sa.select(tasks.c.data).where(tasks.c.project == project, tasks.c.id == task)
    return dict(store.rows(query)[0][0])


def one_of_item(store: Store, project: int, item: str) -> TaskRecord | None:
    """A task that shows an item; an ordinary one where there is one, and in canonical order where there is one."""
    order = (_ordinary(project).desc(), tasks.c.mirrored, tasks.c.id)
    return store.first(TaskRecord, tasks.c.project == project, tasks.c.item == item, order_by=order)


def data_by_item(store: Store, project: int) -> dict[str, Json]:
    """What a task that shows an item shows, by item."""
    first = sa.select(sa.func.min(tasks.c.id)).where(tasks.c.project == project).group_by(tasks.c.item)
    query = sa.select(tasks.c.item, tasks.c.data).where(tasks.c.project == project, tasks.c.id.in_(first))
    return {item: dict(data) for item, data in store.rows(query)}


def words_by_item(store: Store, project: int) -> dict[str, int]:
    """How many words an item shows, where it is known."""
    counted = sa.and_(tasks.c.project == project, tasks.c.words.is_not(None))
    return dict(map(tuple, store.rows(sa.select(tasks.c.item, tasks.c.words).where(counted))))


def delete(store: Store, project: int, ids: Collection[int], connection: sa.Connection) -> None:
    store.execute(sa.delete(tasks).where(tasks.c.project == project, tasks.c.id.in_(ids)), connection=connection)


def of_items(store: Store, project: int, items: Collection[str]) -> list[int]:
    """Tasks that show one of some items."""
    query = sa.select(tasks.c.id).where(tasks.c.project == project, tasks.c.item.in_(items))
    return [int(row[0]) for row in store.rows(query)]


def _ordinary(project: int) -> sa.ColumnElement[bool]:
    """Tasks that are not seeds."""
    seeded = sa.select(seeds.c.task).where(seeds.c.project == project, seeds.c.task.is_not(None))
    return sa.and_(tasks.c.project == project, tasks.c.id.not_in(seeded))


def count_ordinary(store: Store, project: int) -> int:
    return store.count(tasks, _ordinary(project))


def asked(store: Store, project: int) -> int:
    """How many judgments the ordinary tasks ask for."""
    query = sa.select(sa.func.coalesce(sa.func.sum(tasks.c.overlap), 0)).where(_ordinary(project))
    return int(store.rows(query)[0][0])


def ordinary_items(store: Store, project: int) -> dict[str, str | None]:
    """Items of ordinary tasks, with their slices."""
    return dict(map(tuple, store.rows(sa.select(tasks.c.item, tasks.c.slice).where(_ordinary(project)))))


def margins_of_items(store: Store, project: int, items: Collection[str]) -> dict[str, float]:
    """The margin of a task that shows the item, of those items of which one is known."""
    which = sa.and_(tasks.c.project == project, tasks.c.item.in_(items), tasks.c.margin.is_not(None))
    last_first = sa.select(tasks.c.item, tasks.c.margin).where(which).order_by(tasks.c.id.desc())
    return {str(item): float(margin) for item, margin in store.rows(last_first)}


def ordinary_margins(store: Store, project: int) -> dict[str, float]:
    """The margins of items of ordinary tasks, where they are known."""
    known = sa.and_(_ordinary(project), tasks.c.margin.is_not(None))
    return dict(map(tuple, store.rows(sa.select(tasks.c.item, tasks.c.margin).where(known))))


def first_ordinary(store: Store, project: int, item: str) -> int:
    """The first task with an item that is not a seed."""
    query = sa.select(sa.func.min(tasks.c.id)).where(_ordinary(project), tasks.c.item == item)
    return int(store.rows(query)[0][0])


def count_changed_overlaps(store: Store, project: int, overlap: int) -> int:
    """Placed seeds whose overlap is not what we set."""
    placed = sa.select(seeds.c.task).where(seeds.c.project == project, seeds.c.state == SeedState.PLACED)
    return store.count(tasks, tasks.c.project == project, tasks.c.id.in_(placed), tasks.c.overlap != overlap)


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """A task with as many answers as it asks for, one of them a preference at least."""

    id: int
    item: str
    mirrored: bool
    written_digest: str | None


def mark_due(store: Store, project: int, items: Collection[str], connection: sa.Connection) -> None:
    """The consensus of some items may be another."""
    of_items = sa.and_(tasks.c.project == project, tasks.c.item.in_(items))
    store.execute(sa.update(tasks).where(of_items).values(due=LATER), connection=connection)


def mark_all_due(store: Store, project: int) -> None:
    """That of all items may be; a part of the tasks at a time, so that nobody waits long for the database."""
    last = store.rows(sa.select(sa.func.max(tasks.c.id)).where(tasks.c.project == project))[0][0] or 0
    first = store.rows(sa.select(sa.func.min(tasks.c.id)).where(tasks.c.project == project))[0][0] or 0
    for start in range(first, last + 1, MARKED_AT_ONCE):
        part = sa.and_(tasks.c.project == project, tasks.c.id.between(start, start + MARKED_AT_ONCE - 1))
        store.execute(sa.update(tasks).where(part).values(due=LATER))


def due(store: Store, project: int, *, limit: int) -> dict[int, int]:
    """Some tasks whose consensus may be another, and by which number that is known."""
    query = sa.select(tasks.c.id, tasks.c.due).where(tasks.c.project == project, tasks_are_due)
    return {int(task): int(number) for task, number in store.rows(query.order_by(tasks.c.id).limit(limit))}


def no_longer_due(store: Store, project: int, numbers: Mapping[int, int]) -> None:
    """What was due of some tasks is written; what has come since stays due."""
    with store.transaction() as connection:
        for task, number in numbers.items():
            same = sa.and_(tasks.c.project == project, tasks.c.id == task, tasks.c.due == number)
            store.execute(sa.update(tasks).where(same).values(due=None), connection=connection)


def finished(store: Store, project: int, ids: Collection[int]) -> list[FinishedTask]:
    """Those of some tasks that are finished."""
    answers = (
        sa.select(judgments.c.task, sa.func.count().label("n"), sa.func.count(judgments.c.preference).label("decided"))
        .where(judgments.c.project == project, judgments.c.deleted_at.is_(None), judgments.c.task.in_(ids))
        .group_by(judgments.c.task)
        .subquery()
    )
    query = (
        sa.select(tasks.c.id, tasks.c.item, tasks.c.mirrored, tasks.c.written_digest)
        .join(answers, answers.c.task == tasks.c.id)
        .where(tasks.c.project == project, tasks.c.id.in_(ids), answers.c.n >= tasks.c.overlap, answers.c.decided > 0)
    )
    return [FinishedTask(*row) for row in store.rows(query)]


def mark_written(store: Store, project: int, digests: Mapping[int, str]) -> None:
    """Note which consensus was copied to each task."""
    with store.transaction() as connection:
        for task, digest in digests.items():
            one = sa.and_(tasks.c.project == project, tasks.c.id == task)
            store.execute(sa.update(tasks).where(one).values(written_digest=digest), connection=connection)


def forget_written(store: Store, project: int, connection: sa.Connection) -> None:
    forgotten = {"written_digest": None, "due": 1}
    store.execute(sa.update(tasks).where(tasks.c.project == project).values(**forgotten), connection=connection)
