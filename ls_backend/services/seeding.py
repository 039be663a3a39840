"""Placing gold items and retests in Label Studio, by the plan.

A seed is first written down (``planned``). Aimed at one annotator it is then made and reserved in one step by the plugin
(``placed``); for a panel it is made as a task that nobody is served (``held``) and released when it is due. A run that
was cut short is taken up where it stopped; the table's unique key makes two runs seed once.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import sqlalchemy as sa

from ls_backend.label_studio.tasks import read_showing, swap_sides
from ls_backend.label_studio.timestamps import format_timestamp
from ls_backend.programme import seed_schedule
from ls_backend.services.context import Context, Track, mapping_of, silent
from ls_backend.services.scoring import counted, judgments_of
from ls_backend.store.engine import Row
from ls_backend.store.tables import gold, judgments, seeds, tasks
from ls_backend.types import Json

LOST = ("withdrawn", "astray")
AHEAD = 2  # reserved for an annotator at the same time, at most: more would come in a row


def policy_of(row: Row) -> seed_schedule.SeedPolicy:
    return seed_schedule.SeedPolicy(row["retest_rate"], row["gold_rate"], row["min_lag"], row["salt"])


def place(ctx: Context, project: int, annotators: Iterable[str] = (), *, track: Track[Any] = silent) -> int:
    """Place what is due: for the named annotators where seeds are aimed, for everybody on a panel. Returns how many."""
    row = ctx.store.project(project)
    if row["routing"] == "panel":
        return _plan_panel(ctx, row, track) + _release_panel(ctx, row)
    return sum(_aim(ctx, row, a) for a in sorted(set(annotators)))


def _given(ctx: Context, row: Row, annotator: str) -> list[Row]:
    return ctx.store.rows(
        sa.select(seeds).where(seeds.c.project == row["id"], seeds.c.annotator == annotator).order_by(seeds.c.id)
    )


def _gold_rows(ctx: Context, row: Row) -> dict[str, Row]:
    return {r["item"]: r for r in ctx.store.rows(sa.select(gold).where(gold.c.project == row["id"]))}


def _aim(ctx: Context, row: Row, annotator: str) -> int:
    given = [s for s in _given(ctx, row, annotator) if s["state"] not in LOST]
    open_seeds = [s for s in given if s["state"] != "answered"]
    while len(open_seeds) < AHEAD:
        fresh = _plan_next(ctx, row, annotator, given)
        if fresh is None:
            break
        given.append(fresh)
        open_seeds.append(fresh)
    waiting = [s for s in open_seeds if s["state"] == "planned"]
    for seed in waiting:
        key = f"{row['salt'][:8]}-{seed['id']}"
        task = ctx.gateway.create_seed(row["id"], seed["data"], annotator=annotator, key=key)
        _set(ctx, seed, state="placed", task=task)
    return len(waiting)


def _plan_next(ctx: Context, row: Row, annotator: str, given: list[Row]) -> Row | None:
    judged, made = (
        judgments_of(ctx, row["id"]),
        [seed_schedule.Seed(seed_schedule.SeedKind(s["kind"]), s["item"]) for s in given],
    )
    if not seed_schedule.kinds_owed(len(judged.rows_of(annotator)), made, annotator=annotator, policy=policy_of(row)):
        return None
    control = _gold_rows(ctx, row)
    seed = seed_schedule.next_seed(
        [seed_schedule.PastJudgment(item, section) for item, section in judged.history_of(annotator)],
        made,
        {item: r["slice"] for item, r in control.items()},
        annotator=annotator,
        policy=policy_of(row),
    )
    if seed is None:
        return None
    if seed.kind == "gold":
        data = control[seed.item]["data"]
        if seed_schedule.keyed_draw(row["salt"], "side", annotator, seed.item) < 0.5:
            data = swap_sides(data, mapping_of(row))
    else:
        data = swap_sides(_data_of(ctx, row, _shown_to(ctx, row, annotator, seed.item)), mapping_of(row))
    return _write_down(ctx, row, seed, annotator, data)


def _shown_to(ctx: Context, row: Row, annotator: str, item: str) -> int:
    """The task in which somebody met an item first."""
    own = counted(row["id"]), judgments.c.annotator == annotator, judgments.c.item == item
    found = ctx.store.rows(sa.select(judgments.c.task).where(*own).order_by(judgments.c.at, judgments.c.id).limit(1))
    return int(found[0]["task"])


def _data_of(ctx: Context, row: Row, task: int) -> Json:
    found = ctx.store.rows(sa.select(tasks.c.data).where(tasks.c.project == row["id"], tasks.c.id == task))
    return dict(found[0]["data"])


def _write_down(ctx: Context, row: Row, seed: seed_schedule.Seed, annotator: str, data: Json) -> Row | None:
    values = {
        "project": row["id"],
        "kind": seed.kind,
        "item": seed.item,
        "annotator": annotator,
        "state": "planned",
        "data": data,
        "planned_at": ctx.clock(),
    }
    if not ctx.store.insert_new(seeds, [values]):
        return None
    where = [seeds.c[k] == values[k] for k in ("project", "kind", "item", "annotator")]
    return ctx.store.rows(sa.select(seeds).where(*where))[0]


def _bring_out(ctx: Context, row: Row, seed: Row, *, overlap: int, release: bool = True) -> None:
    """Make the task of a panel's seed, which nobody is served yet, and release it."""
    if seed["state"] == "planned":
        task = _made_already(ctx, row, seed)
        if task is None:
            task = ctx.gateway.create_task(row["id"], seed["data"], overlap=overlap, is_labeled=True)
        seed = {**seed, "task": task}
        _set(ctx, seed, state="held", task=task)
    if release:
        ctx.gateway.update_task(seed["task"], is_labeled=False)
        _set(ctx, seed, state="placed")


def _made_already(ctx: Context, row: Row, seed: Row) -> int | None:
    """The task of a planned seed, where an earlier run made it and was cut short before noting its id."""
    if ctx.clock() - seed["planned_at"] < 5.0:
        return None  # written down just now
    shown = read_showing(seed["data"], mapping_of(row), row["fields"])
    assert shown is not None  # noqa: S101  (seeds are made from tasks that show a pair)
    taken = {r["task"] for r in ctx.store.rows(sa.select(seeds.c.task).where(seeds.c.project == row["id"]))}
    known = {r["id"] for r in ctx.store.rows(sa.select(tasks.c.id).where(tasks.c.project == row["id"]))}
    for task in ctx.gateway.tasks(row["id"], since=format_timestamp(seed["planned_at"] - 5.0)):
        if task.id not in taken | known and task.data == seed["data"] and task.is_labeled:
            return task.id
    return None


def _set(ctx: Context, seed: Row, **values: Any) -> None:
    ctx.store.execute(sa.update(seeds).where(seeds.c.id == seed["id"]).values(**values))


# --- panel: everybody answers ----------------------------------------------------------------------------------------


def sample_of(row: Row, items: dict[str, str | None]) -> list[str]:
    """The items whose retests a panel gets."""
    return seed_schedule.sample_for_everyone(items, policy_of(row))


def _plan_panel(ctx: Context, row: Row, track: Track[Any]) -> int:
    """Write down what the panel gets, once, and make the tasks; gold is released at once, retests when they are due."""
    on_panel = sa.and_(seeds.c.project == row["id"], seeds.c.annotator == "")
    if not ctx.store.count(seeds, on_panel):
        control = _gold_rows(ctx, row)
        seeded = {"retest": sample_of(row, _ordinary(ctx, row, control)), "gold": list(control)}
        every = [
            seed_schedule.Seed(kind, item)
            for kind in (seed_schedule.SeedKind.RETEST, seed_schedule.SeedKind.GOLD)
            for item in seeded[kind]
        ]
        for seed in sorted(every, key=lambda s: seed_schedule.keyed_draw(row["salt"], "order", s.item)):
            if seed.kind == "gold":
                data = control[seed.item]["data"]
                if seed_schedule.keyed_draw(row["salt"], "side", seed.item) < 0.5:
                    data = swap_sides(data, mapping_of(row))
            else:
                data = swap_sides(_data_of(ctx, row, _first_task(ctx, row, seed.item)), mapping_of(row))
            _write_down(ctx, row, seed, "", data)
    made = 0
    waiting = ctx.store.rows(sa.select(seeds).where(on_panel, seeds.c.state == "planned").order_by(seeds.c.id))
    for seed in track(waiting, "seeding"):
        if seed["kind"] == "retest":
            ctx.gateway.update_task(_first_task(ctx, row, seed["item"]), overlap=row["annotators"])
        _bring_out(ctx, row, seed, overlap=row["annotators"], release=seed["kind"] == "gold")
        made += 1
    return made


def _ordinary(ctx: Context, row: Row, control: dict[str, Row]) -> dict[str, str | None]:
    """Items of the project's own tasks that nobody has answered yet."""
    answered = sa.select(judgments.c.task).where(judgments.c.project == row["id"], judgments.c.task.is_not(None))
    rows = ctx.store.rows(sa.select(tasks).where(tasks.c.project == row["id"], tasks.c.id.not_in(answered)))
    return {r["item"]: r["slice"] for r in rows if r["item"] not in control}


def _first_task(ctx: Context, row: Row, item: str) -> int:
    seeded = sa.select(seeds.c.task).where(seeds.c.project == row["id"], seeds.c.task.is_not(None))
    found = ctx.store.rows(
        sa.select(sa.func.min(tasks.c.id).label("id")).where(
            tasks.c.project == row["id"], tasks.c.item == item, tasks.c.id.not_in(seeded)
        )
    )
    return int(found[0]["id"])


def _release_panel(ctx: Context, row: Row) -> int:
    """Show retests whose first showing everybody now at work has answered long enough ago."""
    held = ctx.store.rows(
        sa.select(seeds.c.id, seeds.c.item, seeds.c.task, seeds.c.state)
        .where(seeds.c.project == row["id"], seeds.c.annotator == "", seeds.c.kind == "retest", seeds.c.state == "held")
        .order_by(seeds.c.id)
    )
    judged = judgments_of(ctx, row["id"])
    if not held or not judged:
        return 0
    window = min(4 * row["min_lag"] * max(row["annotators"], 1), len(judged))
    latest = np.argpartition(judged.at, len(judged) - window)[len(judged) - window :]
    names = judged.annotators
    active = {names[a] for a in np.unique(judged.annotator[latest]).tolist()}
    counts = dict(zip(names, judged.counts.tolist(), strict=True))
    last: dict[str, dict[str, int]] = {}
    rows = judged.rows_on(s["item"] for s in held)
    for a, item, position in zip(
        *(c[rows].tolist() for c in (judged.annotator, judged.item, judged.position)), strict=True
    ):
        last.setdefault(judged.items[item], {})[names[a]] = position
    out = 0
    for seed in held:
        if seed_schedule.is_released(last.get(seed["item"], {}), active, counts, min_lag=row["min_lag"]):
            _bring_out(ctx, row, seed, overlap=row["annotators"])
            out += 1
    return out
