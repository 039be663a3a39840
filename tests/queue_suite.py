"""What a queue must do for the worker, whichever it is: tests/unit runs it in memory, tests/integration over Redis. A subclass has the
fixtures ``queue``, which is empty, and ``other``, the same queue as another process has it."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from huey import Huey

from hooks.worker import Worker
from ls_backend.services.context import Context
from ls_backend.store.tables import inbox, judgments
from tests import fakes

SOON = 60.0  # seconds that a busy machine may take


@pytest.fixture
def attached(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, retest_rate=0.0, annotators=2, routing="everyone")


def deliver_event(ctx: Context, project: int) -> None:
    gate = fakes.gateway(ctx)
    fakes.deliver(ctx, gate.annotate(next(iter(gate.tasks(project))).id, 7, "left"))


def workers_of(ctx: Context, queue: Huey, other: Huey) -> tuple[Worker, Worker]:
    """The worker of each process; a queue in memory has one."""
    first = Worker(ctx, queue)
    return first, first if other is queue else Worker(ctx, other)


class QueueSuite:
    def test_a_marker_is_put_once_until_it_is_deleted(self, queue: Huey, other: Huey) -> None:
        assert queue.put_if_empty("marker", "1", ttl=60)
        assert not other.put_if_empty("marker", "1", ttl=60)
        assert other.put_if_empty("another", "1", ttl=60)
        other.delete("marker")
        assert queue.put_if_empty("marker", "1", ttl=60)

    def test_of_many_who_put_a_marker_at_once_one_does(self, queue: Huey, other: Huey) -> None:
        put: list[bool] = []
        both = threading.Barrier(8)

        def try_to(n: int) -> None:
            both.wait()
            put.append((queue, other)[n % 2].put_if_empty("marker", "1", ttl=60))

        threads = [threading.Thread(target=try_to, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(put) == {True: 1, False: 7}

    def test_many_wakes_of_several_processes_queue_one_job(self, ctx: Context, queue: Huey, other: Huey) -> None:
        workers = workers_of(ctx, queue, other)
        for n in range(20):
            workers[n % 2].wake(1)
        assert [worker.queue_length() for worker in workers] == [1, 1]
        workers[0].wake(2)
        assert workers[1].queue_length() == 2

    def test_a_delayed_job_waits_for_its_time_and_is_counted(self, queue: Huey, other: Huey) -> None:
        ran: list[float] = []
        job = queue.task(name="job")(lambda: ran.append(time.monotonic()))
        begun = time.monotonic()
        job.schedule(delay=1.0)
        job()
        assert (queue.pending_count(), other.pending_count()) == (2, 2)
        self._work(queue, until=lambda: len(ran) == 2)
        early, late = ran
        assert early - begun < late - begun
        assert late - begun >= 1.0

    def test_two_consumers_lose_no_job_and_do_none_twice(self, queue: Huey, other: Huey) -> None:
        ran: list[int] = []
        for one in {id(queue): queue, id(other): other}.values():
            job = one.task(name="job")(ran.append)
        for n in range(200):
            job(n)
        self._work(queue, other, until=lambda: len(ran) >= 200)
        assert sorted(ran) == list(range(200))
        assert queue.pending_count() == 0

    def test_the_job_of_a_consumer_that_died_is_found_again_by_the_tick(
        self, ctx: Context, attached: int, queue: Huey, other: Huey
    ) -> None:
        deliver_event(ctx, attached)
        dead, heir = workers_of(ctx, queue, other)
        dead.wake(attached)
        assert queue.dequeue() is not None, "it died with this job in its hands"
        heir.wake(attached)
        assert heir.queue_length() == 0, "the job's marker is still there"
        heir.tick()
        assert ctx.store.count(inbox, inbox.c.state == "applied") == ctx.store.count(judgments) == 1

    def test_a_queue_that_was_lost_loses_no_event(self, ctx: Context, attached: int, queue: Huey) -> None:
        deliver_event(ctx, attached)
        worker = Worker(ctx, queue)
        worker.wake(attached)
        queue.flush()
        worker.tick()
        assert ctx.store.count(judgments) == 1

    @staticmethod
    def _work(*queues: Huey, until: Callable[[], bool]) -> None:
        """A consumer for each queue, until something has happened."""
        consumers = [one.create_consumer(workers=2, periodic=False, max_delay=0.05) for one in queues]
        for consumer in consumers:
            consumer._set_signal_handlers = lambda: None
            consumer.start()
        deadline = time.monotonic() + SOON
        while not until() and time.monotonic() < deadline:
            time.sleep(0.02)
        for consumer in consumers:
            consumer.stop(graceful=True)
        assert until()
