"""The dashboard's pages over a large store: time to answer and size of every page. Nothing timed is asserted."""

import os
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from huey import MemoryHuey

from hooks.app import create_app
from hooks.web.dashboard import OPEN_TO_ALL
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.simulation.project import SimulatedProject
from ls_backend.store.gold import known_answers
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, Role
from tests import fakes
from tests.filled import fill

pytestmark = pytest.mark.bench
JUDGMENTS = int(os.environ.get("STEADYHAND_BENCH_JUDGMENTS", "1000000"))
ANNOTATORS = JUDGMENTS // 500
ITEMS = JUDGMENTS // 33
GOLD = 200
TIMES = 20


def large() -> SimulatedProject:
    """Judgments by the annotator model, one answer each on most items, a tenth of them retests, gold among them."""
    rng = np.random.default_rng(1)
    each = JUDGMENTS // ANNOTATORS
    annotator = np.repeat(np.arange(ANNOTATORS), each)
    item = rng.integers(0, ITEMS, annotator.size)
    again = np.flatnonzero((rng.random(annotator.size) < 0.1) & (np.arange(annotator.size) % each > 60))
    item[again] = item[again - 50]
    mirrored = rng.random(annotator.size) < 0.5
    mirrored[again] = ~mirrored[again - 50]
    p, eta = rng.beta(0.5, 0.5, ITEMS), rng.beta(6, 2, ANNOTATORS)
    p[:GOLD] = 1.0
    first = np.where(
        rng.random(item.size) < eta[annotator], rng.random(item.size) < p[item], rng.random(item.size) < 0.5
    )
    position = np.arange(annotator.size) % each
    items = tuple(f"i{n:08}" for n in range(ITEMS))
    judged = Judgments(
        annotators=tuple(f"a{n:05}" for n in range(ANNOTATORS)),
        items=items,
        annotator=annotator,
        item=item,
        preference=np.where(first, 1, -1),
        mirrored=mirrored,
        at=position * 3600.0,
        lead_time=np.full(item.size, np.nan),
        margin=np.full(item.size, np.nan),
        slices=(),
        slice=np.full(item.size, -1),
    )
    return SimulatedProject(replace(judged), {name: GoldItem(1) for name in items[:GOLD]}, eta, p)


def test_every_page_over_a_large_store(tmp_path: Path) -> None:
    ctx = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}")
    project = fakes.attach(ctx, tasks=0, gold=0)
    started = time.perf_counter()
    fill(ctx, project, large(), slices=4)
    print(
        f"\n{JUDGMENTS:,} judgments, {ANNOTATORS:,} annotators, {ITEMS:,} items; filled and scored in {time.perf_counter() - started:.0f} s"
    )
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=True))
    client, key = app.test_client(), ctx.settings.derive(KEY_PURPOSE)
    item = next(iter(known_answers(ctx.store, project)))
    examples = {"number": str(project), "annotator": "a00007", "item": item}
    for rule in app.url_map.iter_rules():
        if (
            not rule.endpoint.startswith("dashboard.")
            or rule.endpoint in OPEN_TO_ALL
            or "GET" not in (rule.methods or ())
        ):
            continue
        if rule.endpoint.endswith(("_csv", "_json")) or not set(rule.arguments) <= set(examples):
            continue
        built = rule.build({name: examples[name] for name in rule.arguments})
        assert built is not None
        taken, size, asked = list[float](), 0, time.perf_counter()
        while len(taken) <= TIMES:
            token = Identity("1", "user1@example.com", Role.ADMIN, "0.1.0").signed(key, now=time.time())
            started = time.perf_counter()
            answer = client.get(built[1], headers={"Authorization": f"{SCHEME} {token}"})
            taken.append(time.perf_counter() - started)
            size = len(answer.data)
            if answer.status_code == 503:  # figures are computed for the first time
                taken = [time.perf_counter() - asked]
            elif answer.status_code != 200:
                break
        print(
            f"  {built[1]:44} {answer.status_code} first {taken[0]:6.2f} s, then median "
            f"{1000 * statistics.median(taken[1:] or taken):5.0f} ms, p95 {1000 * sorted(taken[1:] or taken)[int(0.95 * TIMES) - 1 if len(taken) > TIMES else -1]:5.0f} ms, {size / 1000:5.0f} kB"
        )
    ctx.store.close()
