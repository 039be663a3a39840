"""A monitored project whose store is filled with simulated judgments at once, as if they had come by events."""

from dataclasses import asdict, replace

import numpy as np
import sqlalchemy as sa

from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.services.context import Context
from ls_backend.services.scoring import rescore
from ls_backend.simulation.project import Design, SimulatedProject, simulate, steady
from ls_backend.store.records import GoldRecord, SeedState
from ls_backend.store.tables import gold, judgments, seeds, tasks
from tests import fakes
from tests.fakes import ADMIN

ROWS_AT_ONCE = 50_000
CREW = (
    *(steady(f"{11 + n}", 0.95) for n in range(5)),
    steady("16", 0.8),
    steady("17", 0.25),
    steady("18", 0.0, lam=1.0),
)
DESIGN = Design(labels=80, overlap=3)


def fill(ctx: Context, project: int, simulated: SimulatedProject, *, slices: int = 2, seed: int = 0) -> None:
    """Put a simulated project into the store: tasks, judgments with lead times, gold and seeds; then score."""
    judged = simulated.judgments
    rng = np.random.default_rng(seed)
    task = np.arange(1, len(judged) + 1)
    lead_time = rng.lognormal(2.5, 0.5, len(judged)).round(1)
    start = ctx.clock() - 30 * 86400
    at = start + (judged.at - judged.at.min()) * (28 * 86400 / max(1.0, float(np.ptp(judged.at))))
    part = [f"s{n % slices}" for n in range(len(judged.items))]
    first = judged.first_showings
    is_gold = np.array([name in simulated.gold for name in judged.items])
    # a retest or a gold item is a task of its own; an ordinary item is one task for all who answered it first
    one_task = np.where(first & ~is_gold[judged.item], judged.item + 1, len(judged.items) + task)
    seeded = np.flatnonzero(~first | is_gold[judged.item])
    _, one_each = np.unique(judged.annotator[seeded] * len(judged.items) + judged.item[seeded], return_index=True)
    number_of = {name: number for number, name in enumerate(judged.items)}
    texts = [
        {"prompt": f"question {i}", "response_a": f"answer {i}", "response_b": f"reply {i}"}
        for i in range(len(judged.items))
    ]
    with ctx.store.transaction() as connection:
        connection.execute(
            sa.insert(gold),
            [
                {
                    **asdict(GoldRecord(project, item, known.preferred, f"because of {item}", None, {}, None)),
                    "data": texts[number_of[item]],
                }
                for item, known in simulated.gold.items()
            ],
        )
        numbers, rows = np.unique(one_task, return_index=True)
        _insert(
            connection,
            tasks,
            [
                {
                    "project": project,
                    "id": int(number),
                    "item": judged.items[judged.item[row]],
                    "mirrored": bool(judged.mirrored[row]),
                    "slice": part[judged.item[row]],
                    "overlap": 3,
                    "data": texts[judged.item[row]],
                    "written_digest": None,
                    "words": 40,
                }
                for number, row in zip(numbers.tolist(), rows.tolist(), strict=True)
            ],
        )
        _insert(
            connection,
            judgments,
            [
                {
                    "project": project,
                    "id": str(row + 1),
                    "task": int(one_task[row]),
                    "annotator": judged.annotators[judged.annotator[row]],
                    "item": judged.items[judged.item[row]],
                    "mirrored": bool(judged.mirrored[row]),
                    "slice": part[judged.item[row]],
                    "at": float(at[row]),
                    "lead_time": float(lead_time[row]),
                    "preference": int(judged.preference[row]),
                    "updated": float(at[row]),
                    "latest": int(judged.preference[row]),
                    "latest_updated": float(at[row]),
                    "source": "event",
                    "revision": row,
                }
                for row in range(len(judged))
            ],
        )
        _insert(
            connection,
            seeds,
            [
                {
                    "project": project,
                    "kind": SeedKind.GOLD if is_gold[judged.item[row]] else SeedKind.RETEST,
                    "item": judged.items[judged.item[row]],
                    "annotator": judged.annotators[judged.annotator[row]],
                    "task": int(one_task[row]),
                    "state": SeedState.ANSWERED,
                    "data": {},
                    "planned_at": float(at[row]) - 60,
                }
                for row in seeded[np.sort(one_each)].tolist()
            ],
        )
    rescore(ctx, ADMIN, project)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(sa.insert(table), rows[start : start + ROWS_AT_ONCE])


def filled_project(ctx: Context, *, seed: int = 1) -> int:
    """An attached project with eight annotators, of whom one is careless and one always takes the left side."""
    project = fakes.attach(ctx, tasks=0, gold=0)
    simulated = simulate(CREW, DESIGN, rng=np.random.default_rng(seed))
    members = tuple(annotator.name for annotator in CREW)  # ids of members of the fake Label Studio, in order
    fill(ctx, project, replace(simulated, judgments=replace(simulated.judgments, annotators=members)))
    return project
