"""Scoring large projects beside crowd-kit, in one run: seconds, ratios, memory. Nothing timed is asserted."""

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from crowdkit.aggregation import DawidSkene, Wawa

from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.dawid_skene import dawid_skene
from ls_backend.analysis.drift import Monitor
from ls_backend.contracts.terms import Contract
from ls_backend.label_studio.records import PluginStatus
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.services.events import receive_event
from ls_backend.services.processing import process
from ls_backend.store.tables import judgments, tasks
from tests import fakes
from tests.fakes import ADMIN, CONTRACT

pytestmark = pytest.mark.bench


def columns(n: int, people: int) -> Judgments:
    """Judgments by the annotator model, sides and items by chance; the first 5,000 items are gold for the first response."""
    rng = np.random.default_rng(1)
    annotator = np.sort(rng.integers(0, people, n))
    counts = np.bincount(annotator, minlength=people)
    position = np.arange(n) - (np.cumsum(counts) - counts)[annotator]
    items = n // 3
    item, mirrored = rng.integers(0, items, n), rng.random(n) < 0.5
    p, eta = rng.beta(0.5, 0.5, items), rng.beta(6, 2, people)
    p[:5000] = 1.0
    first = np.where(rng.random(n) < eta[annotator], rng.random(n) < p[item], rng.random(n) < 0.5)
    return Judgments(
        annotators=tuple(f"a{k:05}" for k in range(people)),
        items=tuple(f"i{k:08}" for k in range(items)),
        annotator=annotator,
        item=item,
        preference=np.where(first, 1, -1),
        mirrored=mirrored,
        at=position * 30.0,
        lead_time=np.full(n, np.nan),
        margin=np.full(n, np.nan),
        slices=(),
        slice=np.full(n, -1),
    )


def frame(judged: Judgments) -> pd.DataFrame:
    kept = judged.first_showings
    return pd.DataFrame({"task": judged.item[kept], "worker": judged.annotator[kept], "label": judged.preference[kept]})


def seconds(action: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def size_of(judged: Judgments) -> int:
    return sum(v.nbytes for v in vars(judged).values() if isinstance(v, np.ndarray))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("n", "people"), [(1_000_000, 100), (1_000_000, 500), (10_000_000, 500), (10_000_000, 2000)])
def test_a_full_rescore_beside_wawa_and_accuracy_by_worker(n: int, people: int) -> None:
    judged = columns(n, people)
    gold = {i: GoldItem(1) for i in judged.items[:5000]}
    terms, table, known = Contract.parse(CONTRACT), frame(judged), 5000

    def theirs() -> None:
        Wawa().fit(table)
        on_gold = table[table["task"] < known]
        (on_gold["label"] == 1).groupby(on_gold["worker"]).mean()

    times = 7 if n <= 1_000_000 else 1

    def own() -> None:
        scorecards(ScoringInput(replace(judged), gold, terms, min_lag=3))  # a copy, that nothing is remembered of

    ours, peer = seconds(own, times), seconds(theirs, times)
    print(
        f"\nRescore of {n:,} judgments by {people} annotators: ours {ours:.2f} s, Wawa + accuracy {peer:.2f} s, x{peer / ours:.1f}"
    )
    tracemalloc.start()
    own()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"  peak memory beyond the input {peak / 1e6:.0f} MB, x{peak / size_of(judged):.1f} of the input's {size_of(judged) / 1e6:.0f} MB"
    )


@pytest.mark.filterwarnings("ignore")
def test_consensus_beside_dawid_skene() -> None:
    judged = columns(1_000_000, 500)
    table = frame(judged)
    ours = seconds(lambda: dawid_skene(judged, iterations=10), 1)
    peer = seconds(lambda: DawidSkene(n_iter=10, tol=-np.inf).fit(table), 1)
    print(
        f"\nDawid-Skene, 10 iterations on 1,000,000 judgments: ours {ours:.2f} s, crowd-kit {peer:.2f} s, x{peer / ours:.1f}"
    )
    weight = np.full(500, 0.9)
    print(f"  weighted consensus with intervals {seconds(lambda: consensus_of_items(judged, weight)):.2f} s")


@pytest.mark.parametrize("people", [5, 50])
@pytest.mark.parametrize("routing", ["aimed", "everyone"])
def test_one_more_answer_in_a_project_that_is_monitored(tmp_path: Path, people: int, routing: str) -> None:
    """From the webhook's body to all scorecards and the next seed, after few and after many earlier judgments, on SQLite."""
    taken = {}
    for n in (1_000, 100_000):
        plugin_status = PluginStatus("0.1.0", guard=True) if routing == "aimed" else None
        ctx = fakes.context(database=f"sqlite:///{tmp_path / str(n)}", plugin_status=plugin_status)
        project = fakes.attach(ctx, tasks=40, gold=100)
        rng = np.random.default_rng(1)
        rows = [
            {
                "project": project,
                "id": f"old{k}",
                "task": 10_000 + k,
                "annotator": str(100 + k % people),
                "item": f"{rng.integers(0, n // 3):020}",
                "mirrored": bool(k % 2),
                "at": 1e9 + k,
                "preference": int(rng.choice([-1, 1])),
                "updated": 1e9 + k,
                "source": "event",
            }
            for k in range(n)
        ]
        with ctx.store.transaction() as connection:
            connection.execute(sa.insert(judgments), rows)
            shown = {"overlap": 1, "data": fakes.pair(0)}
            kept = ("project", "item", "mirrored")
            connection.execute(sa.insert(tasks), [{"id": r["task"], **{k: r[k] for k in kept}, **shown} for r in rows])
        process(ctx, ADMIN, project)
        each = []
        for task in list(fakes.gateway(ctx).tasks(project))[:15]:
            fakes.gateway(ctx).clock.tick()
            body = fakes.gateway(ctx).annotate(task.id, 100, "left")
            receive_event(ctx, json.dumps(body).encode())
            started = time.perf_counter()
            process(ctx, ADMIN, project)
            each.append(time.perf_counter() - started)
        taken[n] = 1e3 * statistics.median(each)
        ctx.store.close()
    early, late = taken.values()
    print(
        f"\nOne more answer with {people} annotators ({routing}), to all scorecards and the next seed: {early:.1f} ms after 1,000, "
        f"{late:.1f} ms after 100,000, x{late / early:.2f}"
    )


def test_one_more_answer_in_the_monitor_costs_the_same_late_as_early() -> None:
    monitor, marks = Monitor(), {}
    for n in range(1, 100_011):
        started = time.perf_counter()
        monitor = monitor.step(float(n % 3 > 0), 0.6, (0.5, 0.4, 0.3))
        if n in (10, 11, 12, 13, 14) or n > 100_005:
            marks.setdefault("early" if n < 20 else "late", []).append(time.perf_counter() - started)
    early, late = (1e6 * statistics.median(marks[k]) for k in ("early", "late"))
    print(f"\nOne more monitored answer: {early:.0f} us after 10, {late:.0f} us after 100,000, x{late / early:.2f}")
