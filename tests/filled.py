"""A monitored project whose store is filled with simulated judgments at once, as if they had come by events."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import numpy as np
import sqlalchemy as sa

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.label_studio.tasks import read_showing
from ls_backend.measurement.judgments import Judgments
from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.services.context import Context
from ls_backend.services.scoring import rescore
from ls_backend.simulation.project import Design, SimulatedProject, simulate, steady
from ls_backend.store import projects
from ls_backend.store.records import GoldRecord, SeedState
from ls_backend.store.tables import gold, judgments, seeds, tasks
from ls_backend.types import Json
from tests import fakes
from tests.fakes import ADMIN

ROWS_AT_ONCE = 50_000
OVERLAP = 3
CREW = (
    *(steady(f"{11 + n}", 0.95) for n in range(5)),
    steady("16", 0.8),
    steady("17", 0.25),
    steady("18", 0.0, lam=1.0),
)
DESIGN = Design(labels=80, overlap=OVERLAP)


@dataclass(frozen=True)
class _Filling:
    """Simulated judgments as they stand in a store: of each item what a task shows, its name and whether that order is the
    canonical one mirrored; of each judgment (n,) its task, preference, sides and times."""

    shown: list[Json]
    names: list[str]
    slices: list[str]
    judged: Judgments
    task: Ints
    preference: Ints
    mirrored: Bools
    at: Floats
    lead_time: Floats
    is_seed: Bools

    @classmethod
    def of(cls, ctx: Context, project: int, simulated: SimulatedProject, slices: int) -> "_Filling":
        judged, record = simulated.judgments, projects.get(ctx.store, project)
        rng = np.random.default_rng(0)
        shown = [
            {
                "prompt": f"question {i}",
                "response_a": f"answer {i}",
                "response_b": f"reply {i}",
                "slice": f"s{i % slices}",
            }
            for i in range(len(judged.items))
        ]
        showings = [read_showing(data, record.mapping, record.fields) for data in shown]
        names = [showing.item for showing in showings if showing]
        flipped = np.array([showing.mirrored for showing in showings if showing])[judged.item]
        is_gold = np.array([name in simulated.gold for name in judged.items])[judged.item]
        is_seed = ~judged.first_showings | is_gold
        # a retest or a gold item is a task of its own; an ordinary item is a task for each order of its sides
        ordinary = 2 * judged.item + judged.mirrored + 1
        start, days = ctx.clock() - 30 * 86400, 28 * 86400
        span = max(1.0, float(np.ptp(judged.at)))
        return cls(
            shown=shown,
            names=names,
            slices=[str(data["slice"]) for data in shown],
            judged=judged,
            task=np.where(is_seed, 2 * len(names) + 1 + np.arange(len(judged)), ordinary),
            preference=np.where(flipped, -judged.preference, judged.preference),
            mirrored=judged.mirrored ^ flipped,
            at=start + (judged.at - judged.at.min()) * (days / span),
            lead_time=rng.lognormal(2.5, 0.5, len(judged)).round(1),
            is_seed=is_seed,
        )

    def data(self, row: int) -> Json:
        """What the task of a judgment shows."""
        data = self.shown[self.judged.item[row]]
        if not self.judged.mirrored[row]:
            return data
        return {**data, "response_a": data["response_b"], "response_b": data["response_a"]}

    def task_row(self, project: int, row: int) -> Json:
        item = self.judged.item[row]
        return {
            "project": project,
            "id": int(self.task[row]),
            "item": self.names[item],
            "mirrored": bool(self.mirrored[row]),
            "slice": self.slices[item],
            "overlap": 1 if self.is_seed[row] else OVERLAP,
            "data": self.data(row),
            "written_digest": None,
            "words": 6,
        }

    def judgment_row(self, project: int, row: int) -> Json:
        item, at, preference = self.judged.item[row], float(self.at[row]), int(self.preference[row])
        return {
            "project": project,
            "id": str(row + 1),
            "task": int(self.task[row]),
            "annotator": self.judged.annotators[self.judged.annotator[row]],
            "item": self.names[item],
            "mirrored": bool(self.mirrored[row]),
            "slice": self.slices[item],
            "at": at,
            "lead_time": float(self.lead_time[row]),
            "preference": preference,
            "updated": at,
            "latest": preference,
            "latest_updated": at,
            "source": "event",
            "revision": row,
        }

    def seed_row(self, project: int, row: int, kind: SeedKind) -> Json:
        return {
            "project": project,
            "kind": kind,
            "item": self.names[self.judged.item[row]],
            "annotator": self.judged.annotators[self.judged.annotator[row]],
            "task": int(self.task[row]),
            "state": SeedState.ANSWERED,
            "data": {},
            "planned_at": float(self.at[row]) - 60,
        }

    def annotation(self, row: int) -> Json:
        """As Label Studio has it."""
        annotator = int(self.judged.annotators[self.judged.annotator[row]])
        moment = datetime.fromtimestamp(float(self.at[row]), UTC).isoformat()
        left = (self.preference[row] > 0) != self.mirrored[row]
        return {
            "id": row + 1,
            "completed_by": annotator,
            "updated_by": annotator,
            "created_at": moment,
            "updated_at": moment,
            "lead_time": float(self.lead_time[row]),
            "was_cancelled": False,
            "result": fakes.result("left" if left else "right"),
        }


def fill(
    ctx: Context, project: int, simulated: SimulatedProject, *, slices: int = 2, in_label_studio: bool = False
) -> None:
    """Put a simulated project into the store: tasks, judgments with lead times, gold and seeds; then score. With
    ``in_label_studio`` the fake Label Studio has the tasks and annotations too; annotators must be called by numbers then."""
    filling = _Filling.of(ctx, project, simulated, slices)
    _, first_of_task = np.unique(filling.task, return_index=True)
    judged, number_of = filling.judged, {name: n for n, name in enumerate(simulated.judgments.items)}
    sign = dict.fromkeys(range(len(filling.names)), 1)
    for row in first_of_task.tolist():
        sign[int(judged.item[row])] = int(filling.preference[row] * judged.preference[row]) or 1
    seeded = np.flatnonzero(filling.is_seed)
    _, one_each = np.unique(judged.annotator[seeded] * len(filling.names) + judged.item[seeded], return_index=True)
    with ctx.store.transaction() as connection:
        gold_rows = [
            asdict(
                GoldRecord(
                    project,
                    filling.names[number_of[name]],
                    known.preferred * sign[number_of[name]],
                    f"because of {name}",
                    filling.slices[number_of[name]],
                    filling.shown[number_of[name]],
                    None,
                )
            )
            for name, known in simulated.gold.items()
        ]
        _insert(connection, gold, gold_rows)
        _insert(connection, tasks, [filling.task_row(project, row) for row in first_of_task.tolist()])
        _insert(connection, judgments, [filling.judgment_row(project, row) for row in range(len(judged))])
        rows = seeded[np.sort(one_each)].tolist()
        kinds = [SeedKind.GOLD if judged.items[judged.item[row]] in simulated.gold else SeedKind.RETEST for row in rows]
        _insert(
            connection, seeds, [filling.seed_row(project, row, kind) for row, kind in zip(rows, kinds, strict=True)]
        )
    if in_label_studio:
        _put_into_label_studio(ctx, project, filling)
    rescore(ctx, ADMIN, project)


def _put_into_label_studio(ctx: Context, project: int, filling: _Filling) -> None:
    by_task: dict[int, Json] = {}
    for row, number in enumerate(filling.task.tolist()):
        task = by_task.setdefault(
            number,
            {
                "id": number,
                "project": project,
                "data": filling.data(row),
                "overlap": 1 if filling.is_seed[row] else OVERLAP,
                "is_labeled": False,
                "annotations": [],
                "total_annotations": 0,
                "updated_at": datetime.fromtimestamp(ctx.clock(), UTC).isoformat(),
            },
        )
        task["annotations"].append(filling.annotation(row))
        task["total_annotations"] += 1
    fakes.gateway(ctx).put_tasks(by_task)


def _insert(connection: sa.Connection, table: sa.Table, rows: list[Json]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(sa.insert(table), rows[start : start + ROWS_AT_ONCE])


def filled_project(ctx: Context, *, seed: int = 1) -> int:
    """An attached project with eight annotators, of whom one is careless and one always takes the left side."""
    project = fakes.attach(ctx, tasks=0, gold=0)
    simulated = simulate(CREW, DESIGN, rng=np.random.default_rng(seed))
    members = tuple(annotator.name for annotator in CREW)  # ids of members of the fake Label Studio, in order
    simulated = replace(simulated, judgments=replace(simulated.judgments, annotators=members))
    fill(ctx, project, simulated, in_label_studio=True)
    return project
