"""What several threads give at the same moment is written at once; each learns what came of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from flask import Flask
from huey import MemoryHuey
from sqlalchemy.exc import OperationalError

from hooks.app import create_app
from hooks.web import webhook
from hooks.web.together import Together
from ls_backend.errors import InputError
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.events import enqueue_events
from ls_backend.store.tables import inbox
from tests import fakes

PATIENCE = 20.0


@dataclass
class Disk:
    """Writes numbers and returns their doubles. The first write takes until all that is to come has come; ``fails`` raises for some."""

    fails: Callable[[Sequence[int]], None] = lambda numbers: None
    writes: list[list[int]] = field(default_factory=list)
    has_begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def write(self, numbers: Sequence[int]) -> list[int]:
        self.writes.append(list(numbers))
        if len(self.writes) == 1:
            self.has_begun.set()
            assert self.may_end.wait(PATIENCE)
        self.fails(numbers)
        return [2 * number for number in numbers]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def write_behind_the_first(
    disk: Disk, pool: ThreadPoolExecutor, numbers: Sequence[int], *, everybodys: type[Exception] = OSError
) -> tuple[Future[int], list[Future[int]]]:
    """Write 0, and while that takes its time the numbers, in their order."""
    together = Together[int, int](disk.write, is_everybodys=lambda error: isinstance(error, everybodys))
    first = pool.submit(together, 0)
    assert disk.has_begun.wait(PATIENCE)
    others = []
    for n, number in enumerate(numbers):
        others.append(pool.submit(together, number))
        while len(together._waiting) <= n:
            assert not others[-1].done()
    disk.may_end.set()
    return first, others


def test_what_waits_for_a_write_is_written_by_the_next_in_its_order(pool: ThreadPoolExecutor) -> None:
    disk = Disk()
    first, others = write_behind_the_first(disk, pool, [5, 3, 4])
    assert first.result(PATIENCE) == 0
    assert [other.result(PATIENCE) for other in others] == [10, 6, 8]
    assert disk.writes == [[0], [5, 3, 4]]


def test_nobody_waits_for_company() -> None:
    disk = Disk()
    disk.may_end.set()
    together = Together[int, int](disk.write, is_everybodys=lambda _: True)
    assert [together(number) for number in (1, 2, 3)] == [2, 4, 6]
    assert disk.writes == [[1], [2], [3]]


def test_the_refusal_of_one_is_nobody_elses(pool: ThreadPoolExecutor) -> None:
    def refuse_three(numbers: Sequence[int]) -> None:
        if 3 in numbers:
            raise InputError("no threes")

    disk = Disk(refuse_three)
    _, (five, three, four) = write_behind_the_first(disk, pool, [5, 3, 4])
    assert (five.result(PATIENCE), four.result(PATIENCE)) == (10, 8)
    with pytest.raises(InputError, match="no threes"):
        three.result(PATIENCE)
    assert disk.writes == [[0], [5, 3, 4], [5], [3], [4]]


def test_a_failed_commit_fails_for_all_who_waited_for_it_and_for_nobody_later(pool: ThreadPoolExecutor) -> None:
    def is_full(numbers: Sequence[int]) -> None:
        if numbers != [0] and len(disk.writes) == 2:
            raise OSError("the disk is full")

    disk = Disk(is_full)
    first, others = write_behind_the_first(disk, pool, [5, 3, 4])
    assert first.result(PATIENCE) == 0
    for other in others:
        with pytest.raises(OSError, match="full"):
            other.result(PATIENCE)
    assert disk.writes == [[0], [5, 3, 4]], "trying each alone would not help"


def test_each_of_many_threads_gets_its_own(pool: ThreadPoolExecutor) -> None:
    written: list[int] = []

    def write(numbers: Sequence[int]) -> list[int]:
        assert not writing.locked(), "one at a time"
        with writing:
            written.extend(numbers)
        return [2 * number for number in numbers]

    writing = threading.Lock()
    together = Together[int, int](write, is_everybodys=lambda _: True)
    assert list(pool.map(together, range(2000))) == [2 * number for number in range(2000)]
    assert sorted(written) == list(range(2000))


# -- the webhook over it ------------------------------------------------------------------------------------------


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=False))


def post_at_once(app: Flask, ctx: Context, pool: ThreadPoolExecutor, bodies: Sequence[fakes.Json]) -> list[object]:
    """What each was answered, its JSON or its status."""

    def post(body: fakes.Json) -> object:
        headers = {SECRET_HEADER: ctx.settings.webhook_secret(body["project"]["id"])}
        answer = app.test_client().post("/webhook", json=body, headers=headers)
        return answer.json["stored"] if answer.status_code == 200 else answer.status_code

    return list(pool.map(post, bodies))


def events_of(ctx: Context, project: int, count: int) -> list[fakes.Json]:
    gate, bodies = fakes.gateway(ctx), []
    tasks = [task.id for task in gate.tasks(project) if not task.is_labeled]
    for n in range(count):
        gate.clock.tick()
        bodies.append(gate.annotate(tasks[n % len(tasks)], 7, "left"))
    return bodies


def test_one_event_sent_many_times_at_once_is_stored_once_and_one_is_told_so(
    app: Flask, ctx: Context, pool: ThreadPoolExecutor
) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    answers = post_at_once(app, ctx, pool, events_of(ctx, project, 1) * 16)
    assert sorted(map(str, answers)) == ["False"] * 15 + ["True"]
    assert ctx.store.count(inbox) == 1


def test_an_event_of_a_project_that_is_not_monitored_is_refused_alone(
    app: Flask, ctx: Context, pool: ThreadPoolExecutor
) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    bodies = events_of(ctx, project, 8)
    strangers = [{**body, "project": {"id": 999}} for body in bodies]
    answers = post_at_once(app, ctx, pool, [body for pair in zip(bodies, strangers, strict=True) for body in pair])
    assert answers == [True, 404] * 8
    assert ctx.store.count(inbox) == 8


def test_none_is_acknowledged_where_the_commit_fails(
    ctx: Context, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[bool]:
        raise OperationalError("COMMIT", None, Exception("disk is full"))

    monkeypatch.setattr(webhook, "enqueue_events", fail)
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=False))
    project = fakes.attach(ctx, gold=0, annotators=2)
    bodies = events_of(ctx, project, 8)
    assert post_at_once(app, ctx, pool, bodies) == [503] * 8
    monkeypatch.setattr(webhook, "enqueue_events", enqueue_events)
    assert post_at_once(app, ctx, pool, bodies) == [True] * 8
    assert ctx.store.count(inbox) == 8
