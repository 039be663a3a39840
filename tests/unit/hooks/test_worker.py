"""The worker: what fails is tried again, and nothing depends on the queue's memory."""

from collections import Counter
from typing import Any

import pytest
from huey import MemoryHuey

from hooks.worker import Worker, make_queue
from ls_backend.services import leases
from ls_backend.services.context import Context
from ls_backend.services.detaching import detach
from ls_backend.store.tables import inbox, judgments, scorecards
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, retest_rate=0.0, annotators=2, routing="everyone")


def event(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    fakes.deliver(ctx, gate.annotate(next(iter(gate.tasks(made))).id, 7, "left"))


def test_waking_applies_and_scores(ctx: Context, made: int) -> None:
    event(ctx, made)
    Worker(ctx, MemoryHuey(immediate=True)).wake(made)
    assert ctx.store.count(judgments) == ctx.store.count(scorecards) == 1


def test_the_tick_finds_what_nobody_woke_us_for(ctx: Context, made: int) -> None:
    event(ctx, made)
    Worker(ctx, MemoryHuey(immediate=True)).tick()
    assert ctx.store.count(inbox, inbox.c.state == "applied") == 1


def test_many_wakes_queue_one_task(ctx: Context, made: int) -> None:
    queue = MemoryHuey()
    worker = Worker(ctx, queue)
    for _ in range(20):
        worker.wake(made)
    assert queue.pending_count() == 1


def test_a_failure_is_tried_again_later_and_not_at_once(
    ctx: Context, made: int, caplog: pytest.LogCaptureFixture
) -> None:
    queue = MemoryHuey()
    worker = Worker(ctx, queue)
    fakes.gateway(ctx).fail_on = {"tasks"}
    worker.tick()
    worker.tick()
    assert queue.pending_count() == 1
    assert caplog.text.count("failed (1 times), again in 2 s") == 1


def test_copies_that_take_long_are_written_less_often(ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, asked = Worker(ctx, MemoryHuey()), []
    monkeypatch.setattr(worker, "_enqueue", lambda what, project, delay=0.0: asked.append(round(delay)))
    worker._run_processing(made)
    clock = iter((100.0, 100.0, 103.0))  # nothing to wait for, started, done
    monkeypatch.setattr("hooks.worker.time.monotonic", lambda: next(clock, 200.0))
    monkeypatch.setattr("hooks.worker.write_back", lambda *_: Counter[str]())
    worker._run_write_back(made)
    worker._run_processing(made)
    assert asked == [10, 30]


def test_catching_up_that_another_process_holds_up_follows_later(ctx: Context, made: int) -> None:
    queue = MemoryHuey()
    event(ctx, made)
    with ctx.store.lease(leases.applying(made)):
        Worker(ctx, queue)._run_catch_up(made)
    assert queue.pending_count() == 1
    Worker(ctx, MemoryHuey(immediate=True)).catch_up(made)
    assert ctx.store.count(judgments) == 1


def test_what_another_process_is_doing_is_left_to_it(ctx: Context, made: int) -> None:
    queue = MemoryHuey()
    event(ctx, made)
    with ctx.store.lease(leases.applying(made)):
        Worker(ctx, queue)._run_processing(made)
        assert ctx.store.count(inbox, inbox.c.state == "pending") == 1
    assert queue.pending_count() == 1


def test_what_was_detached_meanwhile_is_left_alone(ctx: Context, made: int, caplog: pytest.LogCaptureFixture) -> None:
    queue = MemoryHuey()
    detach(ctx, ADMIN, made)
    worker = Worker(ctx, queue)
    worker._run_processing(made)
    worker._run_write_back(made)
    assert queue.pending_count() == 0
    assert not caplog.records


def test_the_queue_is_in_memory_or_in_redis() -> None:
    assert isinstance(make_queue(fakes.settings()), MemoryHuey)
    other: Any = make_queue(fakes.settings(redis_url="redis://127.0.0.1:1/0"))
    assert type(other).__name__ == "RedisExpireHuey"
