"""Seeds: gold items and retests that were added to a project."""

from collections.abc import Collection, Mapping
from dataclasses import fields

import sqlalchemy as sa

from ls_backend.programme.seed_schedule import Seed, SeedKind
from ls_backend.store.engine import Store
from ls_backend.store.records import SeedRecord, SeedState
from ls_backend.store.tables import seeds
from ls_backend.types import Json

FOR_EVERYONE = ""
LOST = (SeedState.WITHDRAWN, SeedState.MISROUTED)


def of_annotator(store: Store, project: int, annotator: str) -> list[SeedRecord]:
    """Seeds made for one annotator (or for everyone), in the order of planning; of those that are made, without the data."""
    data = sa.case((seeds.c.state == SeedState.PLANNED, seeds.c.data))
    columns = [data.label(f.name) if f.name == "data" else seeds.c[f.name] for f in fields(SeedRecord)]
    theirs = (seeds.c.project == project, seeds.c.annotator == annotator)
    return [SeedRecord(*row) for row in store.rows(sa.select(*columns).where(*theirs).order_by(seeds.c.id))]


def in_state(
    store: Store, project: int, annotator: str, state: SeedState, *, kind: SeedKind | None = None
) -> list[SeedRecord]:
    which = [seeds.c.project == project, seeds.c.annotator == annotator, seeds.c.state == state]
    if kind is not None:
        which.append(seeds.c.kind == kind)
    return store.fetch(SeedRecord, *which, order_by=[seeds.c.id])


def state_by_item(store: Store, project: int, annotator: str, kind: SeedKind) -> dict[str, SeedState]:
    """Items of seeds of a kind, and their states."""
    which = (seeds.c.project == project, seeds.c.annotator == annotator, seeds.c.kind == kind)
    return dict(map(tuple, store.rows(sa.select(seeds.c.item, seeds.c.state).where(*which))))


def with_tasks(store: Store, project: int) -> list[SeedRecord]:
    """Seeds whose tasks were made."""
    return store.fetch(SeedRecord, seeds.c.project == project, seeds.c.task.is_not(None))


def tasks_of(store: Store, project: int) -> set[int]:
    query = sa.select(seeds.c.task).where(seeds.c.project == project, seeds.c.task.is_not(None))
    return {int(row[0]) for row in store.rows(query)}


def open_tasks(store: Store, project: int) -> set[int]:
    """Tasks of seeds that wait for their answer."""
    is_open = sa.and_(seeds.c.project == project, seeds.c.state.in_((SeedState.HIDDEN, SeedState.PLACED)))
    return {int(row[0]) for row in store.rows(sa.select(seeds.c.task).where(is_open, seeds.c.task.is_not(None)))}


def plan(store: Store, project: int, seed: Seed, annotator: str, data: Json) -> SeedRecord | None:
    """Write a seed down; None where it is there already, so that two runs seed once."""
    key = {"project": project, "kind": seed.kind, "item": seed.item, "annotator": annotator}
    row = {**key, "state": SeedState.PLANNED, "data": data, "planned_at": store.clock()}
    if not store.insert_new(seeds, [row]):
        return None
    return store.first(SeedRecord, *(seeds.c[name] == value for name, value in key.items()))


def set_state(
    store: Store, seed: int, state: SeedState, *, task: int | None = None, connection: sa.Connection | None = None
) -> None:
    columns: dict[str, object] = {"state": state} if task is None else {"state": state, "task": task}
    store.execute(sa.update(seeds).where(seeds.c.id == seed).values(**columns), connection=connection)


def mark_answered(store: Store, project: int, answered: Mapping[int, str], connection: sa.Connection) -> None:
    """Of some tasks who ``answered`` first. A seed aimed at one annotator was answered: by that one, or it was misrouted."""
    open_seeds = sa.and_(
        seeds.c.project == project,
        seeds.c.task.in_(list(answered)),
        seeds.c.annotator != FOR_EVERYONE,
        seeds.c.state.in_((SeedState.HIDDEN, SeedState.PLACED)),
    )
    aimed = sa.select(seeds.c.id, seeds.c.task, seeds.c.annotator).where(open_seeds)
    for seed, task, annotator in store.rows(aimed, connection=connection):
        state = SeedState.ANSWERED if answered[task] == annotator else SeedState.MISROUTED
        store.execute(sa.update(seeds).where(seeds.c.id == seed).values(state=state), connection=connection)


def withdraw(store: Store, project: int, tasks: Collection[int], connection: sa.Connection) -> None:
    """The tasks of seeds that were not answered are gone."""
    open_seeds = sa.and_(seeds.c.project == project, seeds.c.task.in_(tasks), seeds.c.state != SeedState.ANSWERED)
    store.execute(sa.update(seeds).where(open_seeds).values(state=SeedState.WITHDRAWN), connection=connection)


def delete_all(store: Store, project: int, connection: sa.Connection) -> None:
    store.execute(sa.delete(seeds).where(seeds.c.project == project), connection=connection)


def counts(store: Store, project: int) -> dict[tuple[SeedKind, SeedState], int]:
    """How many seeds there are of each kind in each state."""
    counted = store.count_by(seeds.c.kind, seeds.c.state, where=seeds.c.project == project)
    return {(SeedKind(str(kind)), SeedState(str(state))): n for (kind, state), n in counted.items()}
