"""Events that wait, applied and scored by one worker and by two, on PostgreSQL: events a second, and the ratio. Nothing timed is asserted."""

import statistics
import time

import pytest

from ls_backend.services import leases
from ls_backend.services.context import Context
from ls_backend.services.events import receive_event
from ls_backend.store import inbox, sums
from ls_backend.store.records import EventState
from tests import fakes
from tests.crashes import bodies
from tests.service import Service

pytestmark = pytest.mark.bench
EVENTS, PEOPLE, ROUNDS = 4000, 200, 2
TERMS = {"tasks": 4, "gold": 2, "retest_rate": 0.0, "routing": "everyone", "annotators": PEOPLE, "min_lag": 1}
PACE = {"STEADYHAND_DEBOUNCE_SECONDS": "0"}


def seconds_of(ctx: Context, project: int, workers: list[Service]) -> float:
    """Until all that waits is applied and scored, by workers that are up and held back until then."""
    with ctx.store.lease(leases.applying(project), wait=30.0):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait()
    started = time.perf_counter()
    while inbox.counts(ctx.store, project).get(EventState.PENDING) or sums.stale(ctx.store, project):
        time.sleep(0.05)
    taken = time.perf_counter() - started
    for worker in workers:
        worker.stop()
    return taken


def test_two_workers_beside_one(postgres_url: str, redis_url: str) -> None:
    ctx = fakes.context(database=postgres_url)
    project = fakes.attach(ctx, **TERMS)
    ctx.store.clock = time.time  # that of the workers
    events = bodies(project, 2 * ROUNDS * EVENTS, people=PEOPLE)
    rates: dict[int, list[float]] = {1: [], 2: []}
    for round_ in range(2 * ROUNDS):
        for body in events[round_ * EVENTS : (round_ + 1) * EVENTS]:
            receive_event(ctx, body)
        count = 1 + round_ % 2  # in turn, so that what else runs on the machine, and more judgments, meet both
        workers = [Service(postgres_url, only="worker", redis=redis_url, more=PACE) for _ in range(count)]
        rates[count].append(EVENTS / seconds_of(ctx, project, workers))
    one, two = (statistics.median(rate) for rate in rates.values())
    print(f"\nApplied and scored a second: {one:.0f} by one worker, {two:.0f} by two: x{two / one:.2f}")
    ctx.store.close()
