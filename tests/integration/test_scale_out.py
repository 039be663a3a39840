"""The same code over PostgreSQL and Redis: stateless receivers, several workers, one truth."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hooks.app import create_app
from hooks.worker import make_queue
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.detaching import detach
from ls_backend.services.processing import process
from ls_backend.services.queries.status import status
from ls_backend.services.write_back import write_back
from ls_backend.store.engine import Store
from ls_backend.store.tables import inbox, judgments, scorecards
from tests import fakes
from tests.fakes import ADMIN
from tests.store_suite import empty

pytestmark = pytest.mark.integration


@pytest.fixture
def ctx(postgres_url: str, redis_url: str) -> Iterator[Context]:
    """A context on PostgreSQL, with Redis as its queue."""
    clock = fakes.Clock()
    store = Store(postgres_url, clock=clock)
    made = Context(
        store, fakes.FakeGateway(clock), fakes.settings(database_url=postgres_url, redis_url=redis_url), clock
    )
    yield made
    empty(store)
    store.close()


def test_two_receivers_and_two_workers_apply_each_event_once(ctx: Context) -> None:
    made = fakes.attach(ctx, tasks=40, gold=0, retest_rate=0.0, routing="everyone", annotators=3)
    gate = fakes.gateway(ctx)
    tasks = [t.id for t in gate.tasks(made)]
    bodies = []
    for task in tasks:
        gate.clock.tick(5)
        bodies.append(gate.annotate(task, 2 + task % 3, "left"))
    apps = [create_app(ctx.settings, ctx=ctx, queue=make_queue(ctx.settings)) for _ in range(2)]
    header = {SECRET_HEADER: ctx.settings.webhook_secret(made)}

    def deliver(n: int) -> bool:
        answer = apps[n % 2].test_client().post("/webhook", json=bodies[n // 2], headers=header)
        assert answer.status_code == 200, answer.text
        return bool(answer.json["stored"])

    with ThreadPoolExecutor(6) as pool:  # each event twice, to either receiver
        stored = list(pool.map(deliver, range(2 * len(bodies))))
    assert sum(stored) == len(bodies) == ctx.store.count(inbox)

    consumers = [app.extensions["steadyhand"].queue.create_consumer(workers=2, max_delay=0.1) for app in apps]
    for consumer in consumers:
        consumer._set_signal_handlers = lambda: None
        consumer.start()
    done = threading.Event()
    for _ in range(500):
        if ctx.store.count(inbox, inbox.c.state == "applied") == len(bodies) and ctx.store.count(scorecards) == 3:
            done.set()
            break
        threading.Event().wait(0.2)
    for consumer in consumers:
        consumer.stop(graceful=True)
    assert done.is_set()
    assert ctx.store.count(judgments) == len(bodies)


def test_the_whole_cycle_runs_on_postgresql(ctx: Context) -> None:
    made = fakes.attach(ctx, tasks=10, gold=3, annotators=2)
    gate = fakes.gateway(ctx)
    for task in list(gate.tasks(made)):
        for annotator in (2, 3):
            gate.clock.tick(5)
            fakes.deliver(ctx, gate.annotate(task.id, annotator, "left"))
    process(ctx, ADMIN, made, pull="all")
    assert write_back(ctx, ADMIN, made)["scorecards"] == 2
    assert status(ctx, made)[0].judgments == 2 * len(list(gate.tasks(made)))
    detach(ctx, ADMIN, made)
