"""How many events a second are acknowledged, beside a receiver in the same server that only answers 200, and how long an event takes to
its scorecard. Medians and ratios of one run; nothing timed is asserted."""

import re
import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import sqlalchemy as sa

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.store import sums, tables
from ls_backend.store.records import EventState
from tests import fakes
from tests.crashes import bodies
from tests.service import Service

pytestmark = pytest.mark.bench
CONNECTIONS = (8, 32)  # requests at the same moment: as many as Label Studio has workers
EVENTS = 1500
TERMS = {"tasks": 4, "gold": 2, "retest_rate": 0.0, "routing": "everyone", "annotators": 8, "min_lag": 1}


@dataclass
class Line:
    """A connection that stays, with one request on its way at a time."""

    socket: socket.socket
    asked_at: float = 0.0
    answer: bytes = b""

    def ask(self, request: bytes, at: float) -> None:
        self.asked_at, self.answer = at, b""
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Read what has come; whether that is all of the answer."""
        self.answer += self.socket.recv(65536)
        head, _, content = self.answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        if length is None or len(content) < int(length[1]):
            return False
        assert head.startswith(b"HTTP/1.1 200 "), self.answer
        return True


def send(
    services: Sequence[Service],
    project: int,
    events: Sequence[bytes],
    *,
    connections: int = CONNECTIONS[0],
    rate: float | None = None,
) -> list[float]:
    """Send events over connections that stay, as fast as they are answered or at a rate; seconds of each, from the moment when it was due.
    One thread and requests made beforehand, as sender and services share the cores."""
    secret = services[0].settings.webhook_secret(project)
    head = (
        f"POST /webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{SECRET_HEADER}: {secret}\r\n"
    )
    requests = [f"{head}Content-Length: {len(event)}\r\n\r\n".encode() + event for event in events]
    taken: list[float] = []
    with ExitStack() as stack:
        poll = stack.enter_context(selectors.DefaultSelector())
        free = [
            Line(stack.enter_context(socket.create_connection(("127.0.0.1", services[n % len(services)].port), 60)))
            for n in range(connections)
        ]
        for line in free:
            poll.register(line.socket, selectors.EVENT_READ, line)
        started, sent = time.perf_counter(), 0
        while len(taken) < len(events):
            now = time.perf_counter()
            due = started + sent / rate if rate is not None else now
            while sent < len(events) and free and due <= now:
                free.pop(0).ask(requests[sent], due)
                sent += 1
                due = started + sent / rate if rate is not None else now
            for key, _ in poll.select(max(due - now, 0.0) if sent < len(events) and free else None):
                line = key.data
                if line.is_answered():
                    taken.append(time.perf_counter() - line.asked_at)
                    free.append(line)
    return taken


def rate_of(
    services: Sequence[Service], project: int, events: Sequence[bytes], *, connections: int = CONNECTIONS[0]
) -> float:
    started = time.perf_counter()
    send(services, project, events, connections=connections)
    return len(events) / (time.perf_counter() - started)


def up(*services: Service) -> None:
    for service in services:
        service.start()
    for service in services:
        if service.only != "worker":
            service.wait()


def down(*services: Service) -> None:
    for service in services:
        service.kill()


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_sqlite_beside_a_receiver_that_only_answers(tmp_path: Path, connections: int) -> None:
    database = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    ctx = fakes.context(database=database)
    project = fakes.attach(ctx, **TERMS)
    services = nothing, receiver = Service(database, only="nothing"), Service(database, only="receiver")
    up(*services)
    events = bodies(project, 6 * EVENTS)
    rates, work = np.zeros((6, 2)), np.zeros((6, 2))
    for turn in range(6):  # in turn, so that what else runs on the machine meets both
        part = events[EVENTS * turn : EVENTS * (turn + 1)]
        for which, service in enumerate(services):
            before = service.cpu_seconds()
            rates[turn, which] = rate_of([service], project, part, connections=connections)
            work[turn, which] = (service.cpu_seconds() - before) / EVENTS
    (only, ours), (work_only, work_ours) = np.median(rates[1:], axis=0), 1e6 * np.median(work[1:], axis=0)
    print(
        f"\nAcknowledged a second on {connections} connections: {only:.0f} by a receiver that only answers, {ours:.0f} on SQLite, durable: "
        f"x{ours / only:.2f}; of a processor {work_only:.0f} beside {work_ours:.0f} microseconds an event: x{work_only / work_ours:.2f}"
    )
    down(nothing, receiver)
    ctx.store.close()


def test_latency_at_200_a_second(tmp_path: Path) -> None:
    databases = [f"sqlite:///{tmp_path / name}" for name in ("nothing", "receiver", "all")]
    contexts = [fakes.context(database=database) for database in databases]
    (project,) = {fakes.attach(ctx, **TERMS) for ctx in contexts}
    services = {
        "answers only": Service(databases[0], only="nothing"),
        "SQLite, durable": Service(databases[1], only="receiver"),
        "the same, with the worker in the process": Service(databases[2]),
    }
    up(*services.values())
    events = bodies(project, 3000)
    print()
    for name, service in services.items():
        taken = 1e3 * np.array([send([service], project, events[n : n + 1000], rate=200.0) for n in (0, 1000, 2000)])
        p50, p99 = np.median(np.quantile(taken, [0.5, 0.99], axis=1), axis=1)
        print(f"At 200 a second, {name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms (medians of three)")
    down(*services.values())
    for ctx in contexts:
        ctx.store.close()


def test_lag_from_received_to_scored(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    ctx = fakes.context(database=database)
    project = fakes.attach(ctx, **TERMS)
    service = Service(database)
    up(service)
    events, applied_at = bodies(project, EVENTS), dict[int, float]()
    sender = Thread(target=send, args=([service], project, events), kwargs={"rate": 100.0})
    sender.start()
    applied, last = tables.inbox.c.state == EventState.APPLIED, 0
    while len(applied_at) < EVENTS:
        is_scored = not sums.stale(ctx.store, project)
        query = tables.inbox.select().with_only_columns(tables.inbox.c.id).where(applied, tables.inbox.c.id > last)
        found = [int(row[0]) for row in ctx.store.rows(query)] if is_scored else []
        for number in found:
            applied_at[number] = time.time()
        last = max([last, *found])
        time.sleep(0.02)
    sender.join()
    received = {
        r[0]: r[1]
        for r in ctx.store.rows(tables.inbox.select().with_only_columns(tables.inbox.c.id, tables.inbox.c.received_at))
    }
    lags = [applied_at[number] - received[number] for number in applied_at]
    print(
        f"\nFrom received to scored at 100 a second, the pause of 1 s included: p50 {statistics.median(lags):.2f} s, p95 {np.quantile(lags, 0.95):.2f} s"
    )
    down(service)
    ctx.store.close()


@pytest.mark.integration
@pytest.mark.parametrize("connections", CONNECTIONS)
def test_postgresql_with_more_processes(postgres_url: str, redis_url: str, connections: int) -> None:
    ctx = fakes.context(database=postgres_url)
    project = fakes.attach(ctx, **TERMS)
    first, second = [
        [Service(postgres_url, only=only, redis=redis_url) for only in ("receiver", "worker")] for _ in range(2)
    ]
    events = iter(np.array_split(np.array(bodies(project, 5 * EVENTS), dtype=object), 5))
    rates: dict[int, list[float]] = {1: [], 2: []}
    up(*first)
    for pairs in (1, 2, 1, 2, 1):  # in turn, so that what else runs on the machine meets both
        if pairs == 2:
            up(*second)
        receivers = [first[0], second[0]][:pairs]
        rates[pairs].append(rate_of(receivers, project, list(next(events)), connections=connections))
        if pairs == 2:
            down(*second)
    down(*first)
    one, two = (statistics.median(rates[pairs]) for pairs in (1, 2))
    print(
        f"\nPostgreSQL, acknowledged a second on {connections} connections: {one:.0f} by 1 + 1 processes, {two:.0f} by 2 + 2: x{two / one:.2f}"
    )
    with ctx.store.transaction() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    ctx.store.close()
