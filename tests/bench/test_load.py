"""How many events a second are acknowledged, beside a receiver in the same server that only answers 200, and how long an event takes to
its scorecard. Medians and ratios of one run; nothing timed is asserted."""

import http.client
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.store import sums, tables
from ls_backend.store.records import EventState
from tests import fakes
from tests.crashes import bodies
from tests.service import Service

pytestmark = pytest.mark.bench
CLIENTS = 8
EVENTS = 1500
TERMS = {"tasks": 4, "gold": 2, "retest_rate": 0.0, "routing": "everyone", "annotators": 8, "min_lag": 1}


def send(
    services: Sequence[Service], project: int, events: Sequence[bytes], *, rate: float | None = None
) -> list[float]:
    """Send events over connections that stay, as fast as they are answered or at a rate; seconds of each."""
    headers = {"Content-Type": "application/json", SECRET_HEADER: services[0].settings.webhook_secret(project)}
    started = time.perf_counter()

    def one(client: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", services[client % len(services)].port, timeout=60)
        taken = []
        for n in range(client, len(events), CLIENTS):
            if rate is not None:
                time.sleep(max(0.0, started + n / rate - time.perf_counter()))
            begin = time.perf_counter()
            connection.request("POST", "/webhook", events[n], headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            taken.append(time.perf_counter() - begin)
        connection.close()
        return taken

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [seconds for part in pool.map(one, range(CLIENTS)) for seconds in part]


def rate_of(services: Sequence[Service], project: int, events: Sequence[bytes]) -> float:
    started = time.perf_counter()
    send(services, project, events)
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


def test_sqlite_beside_a_receiver_that_only_answers(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    ctx = fakes.context(database=database)
    project = fakes.attach(ctx, **TERMS)
    nothing, receiver = Service(database, only="nothing"), Service(database, only="receiver")
    up(nothing, receiver)
    rates: dict[str, list[float]] = {"answers only": [], "SQLite, durable": []}
    for round_ in range(3):  # in turn, so that what else runs on the machine meets both
        events = bodies(project, EVENTS * (round_ + 1))[EVENTS * round_ :]
        rates["answers only"].append(rate_of([nothing], project, events))
        rates["SQLite, durable"].append(rate_of([receiver], project, events))
    only, ours = (statistics.median(found) for found in rates.values())
    print(
        f"\nAcknowledged a second: {only:.0f} by a receiver that only answers, {ours:.0f} on SQLite, durable: x{ours / only:.2f}"
    )
    events = bodies(project, 5 * EVENTS)[3 * EVENTS :]
    for name, service in (("answers only", nothing), ("SQLite, durable", receiver)):
        taken = send([service], project, events[:2000], rate=200.0)
        print(
            f"  at 200 a second, {name}: p50 {1e3 * statistics.median(taken):.1f} ms, p99 {1e3 * np.quantile(taken, 0.99):.1f} ms"
        )
    down(nothing, receiver)
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
def test_postgresql_with_more_processes(postgres_url: str, redis_url: str) -> None:
    ctx = fakes.context(database=postgres_url)
    project = fakes.attach(ctx, **TERMS)
    parts = ("receiver", "worker")
    first = [Service(postgres_url, only=only, redis=redis_url) for only in parts]
    second = [Service(postgres_url, only=only, redis=redis_url) for only in parts]
    events = bodies(project, 4 * EVENTS)
    up(*first)
    one = rate_of(first[:1], project, events[:EVENTS])
    up(*second)
    two = rate_of([first[0], second[0]], project, events[EVENTS : 2 * EVENTS])
    down(*second)
    one_again = rate_of(first[:1], project, events[2 * EVENTS : 3 * EVENTS])
    down(*first)
    one = statistics.mean((one, one_again))
    print(f"\nPostgreSQL, acknowledged a second: {one:.0f} by 1 + 1 processes, {two:.0f} by 2 + 2: x{two / one:.2f}")
    ctx.store.close()
