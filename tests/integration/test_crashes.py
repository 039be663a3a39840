"""Processes are killed while events come: each acknowledged event is applied once, and scored. The same with more events and kills is in
tests/bench."""

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from ls_backend.store import tables
from ls_backend.store.engine import Store
from tests import fakes
from tests.conftest import restart_postgres
from tests.crashes import Crashes, bodies, check, survive
from tests.service import Service

pytestmark = pytest.mark.integration
EVENTS = int(os.environ.get("CRASH_EVENTS", 300))
PAUSE = float(os.environ.get("CRASH_PAUSE", 3))
KILLS = int(os.environ.get("CRASH_KILLS", 4))
PACE = {"STEADYHAND_DEBOUNCE_SECONDS": "0.2"}
TERMS = {"tasks": 4, "gold": 2, "retest_rate": 0.0, "routing": "everyone", "annotators": 8, "min_lag": 1}


def report(what: str, crashes: Crashes, taken: list[float], started: float) -> None:
    taken.sort()
    p50, p99 = (1e3 * taken[int(share * (len(taken) - 1))] for share in (0.5, 0.99))
    print(
        f"\n{what}: {len(taken):,} events in {time.monotonic() - started:.0f} s, {crashes.count} kills; each applied once, scores as "
        f"folded; acknowledged in {p50:.1f} ms, p99 {p99:.0f} ms"
    )


def test_killed_on_sqlite(tmp_path: Path) -> None:
    database, log = f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path / "log"
    ctx = fakes.context(database=database)
    project = fakes.attach(ctx, **TERMS)
    service = Service(database, log=log, more=PACE)
    crashes, events, started = Crashes([service], pause=PAUSE), bodies(project, EVENTS), time.monotonic()
    taken = survive(ctx, project, [service], events, crashes, kills=KILLS)
    check(ctx, project, events)
    report("SQLite, one process", crashes, taken, started)
    ctx.store.close()


def test_killed_on_postgresql_with_two_receivers_and_two_workers(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    ctx = fakes.context(database=postgres_url)
    project = fakes.attach(ctx, **TERMS)
    services = [
        Service(postgres_url, only=only, redis=redis_url, log=tmp_path / f"log{n}", more=PACE)
        for n, only in enumerate(("receiver", "receiver", "worker", "worker"))
    ]
    crashes = Crashes(services, restart_database=restart_postgres, pause=PAUSE)
    events, started = bodies(project, EVENTS), time.monotonic()
    taken = survive(ctx, project, services, events, crashes, kills=KILLS)
    ctx.store.close()
    again = Store(postgres_url, clock=ctx.clock)
    ctx.store.engine = again.engine
    check(ctx, project, events)
    report("PostgreSQL, two receivers and two workers", crashes, taken, started)
    with again.transaction() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    again.close()
