"""Events from several senders while processes are killed: what was acknowledged must be there once, and be scored."""

import hashlib
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from ls_backend.label_studio.annotations import read_annotation
from ls_backend.label_studio.events import read_event
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import read_showing
from ls_backend.measurement.judgments import Judgment
from ls_backend.services.context import Context
from ls_backend.services.scoring import score_changes, scored_by
from ls_backend.store import gold, inbox, judgments, projects, scorecards, sums, tables
from ls_backend.store.engine import Store
from ls_backend.store.records import EventState
from tests import fakes
from tests.conftest import restart_postgres
from tests.service import FIRST_ID, Service
from tests.store_suite import empty

SENDERS = 4
PEOPLE = 8
PATIENCE = 240.0  # seconds without progress
DATABASE_EVERY = 5  # kills, where the database can be killed
DATABASE = "database"
ALL_IN_ONE = "the only process"
PACE = {"STEADYHAND_DEBOUNCE_SECONDS": "0.2"}
TERMS = {"tasks": 4, "gold": 2, "retest_rate": 0.0, "routing": "everyone", "annotators": 8, "min_lag": 1}


def bodies(project: int, count: int, *, seed: int = 1, people: int = PEOPLE) -> list[bytes]:
    """Events as Label Studio sends them, of annotators who meet some pairs again."""
    rng, made = random.Random(seed), []
    for n in range(count):
        item = rng.randrange(max(count // 4, 1))
        moment = f"2026-11-{1 + n * 27 // count:02}T{n // 60 % 24:02}:{n % 60:02}:00.{n % 1000:03}Z"
        annotation = {
            "id": n + 1,
            "completed_by": 1 + n % people,
            "created_at": moment,
            "updated_at": moment,
            "lead_time": 5.0,
            "result": fakes.result(rng.choice(["left", "right"])),
        }
        task = {"id": FIRST_ID + item, "data": fakes.pair(item), "overlap": people}
        body = {"action": "ANNOTATION_CREATED", "annotation": annotation, "task": task, "project": {"id": project}}
        made.append(json.dumps(body).encode())
    return made


class Sending:
    """How far events were sent. Senders stop at a limit, which the kills move on: so events still come when the last process is killed."""

    def __init__(self, limit: int) -> None:
        self._limit, self._begun, self._acknowledged = limit, 0, 0
        self._changed = threading.Condition()

    @property
    def acknowledged(self) -> int:
        return self._acknowledged

    def begin(self) -> int:
        """The number of the event that is to be sent next, from 0."""
        with self._changed:
            self._changed.wait_for(lambda: self._begun < self._limit)
            self._begun += 1
            return self._begun - 1

    def acknowledge(self) -> None:
        with self._changed:
            self._acknowledged += 1
            self._changed.notify_all()

    def move_limit(self, limit: int) -> None:
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def wait_until(self, acknowledged: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._acknowledged >= acknowledged)


@dataclass(frozen=True, slots=True)
class Kill:
    """What was killed, and how many events were acknowledged until then."""

    what: str
    acknowledged: int


@dataclass
class Crashes:
    """So many kills, one each time another share of the events is acknowledged: of a service, and now and then of the database."""

    services: Sequence[Service]
    count: int
    restart_database: Callable[[], None] | None = None
    seed: int = 1
    kills: list[Kill] = field(default_factory=list)
    started_again: int = 0

    def limits(self, events: int) -> list[int]:
        """After how many acknowledged events each kill comes, and the number of all."""
        return [events * n // (self.count + 1) for n in range(1, self.count + 2)]

    def run(self, sending: Sending, limits: Sequence[int]) -> None:
        rng = random.Random(self.seed)
        for limit, next_limit in itertools.pairwise(limits):
            sending.move_limit(next_limit)
            sending.wait_until(limit)
            self.start_again()
            if self.restart_database is not None and len(self.kills) % DATABASE_EVERY == DATABASE_EVERY - 1:
                self.kills.append(Kill(DATABASE, sending.acknowledged))
                self.restart_database()
                continue
            service = rng.choice(self.services)
            self.kills.append(Kill(service.only or ALL_IN_ONE, sending.acknowledged))
            service.kill()
            service.start()
            if service.only != "worker":
                service.wait()

    def start_again(self) -> None:
        """What has ended by itself, as whatever supervises services does."""
        for service in self.services:
            if service.has_ended():
                service.start()
                self.started_again += 1


def send(
    receivers: Sequence[Service], project: int, events: Sequence[bytes], sending: Sending, *, seed: int
) -> list[float]:
    """Events that nobody else sends, each until it is acknowledged, to any of the receivers; the seconds of each acknowledged request."""
    rng, taken = random.Random(seed), []
    while (number := sending.begin()) < len(events):
        while True:
            started = time.perf_counter()
            if rng.choice(receivers).post(project, events[number]) == 200:
                taken.append(time.perf_counter() - started)
                break
            time.sleep(0.1)
        sending.acknowledge()
    return taken


def survive(
    ctx: Context, project: int, services: Sequence[Service], events: Sequence[bytes], crashes: Crashes
) -> list[float]:
    """Send the events while processes are killed, and wait until all are applied; the seconds of each acknowledged request."""
    ctx.store.clock = time.time  # leases end by the clock of the services
    receivers = [service for service in services if service.only != "worker"]
    for service in services:
        service.start()
    for service in receivers:
        service.wait()
    limits = crashes.limits(len(events))
    sending = Sending(limits[0])
    try:
        with ThreadPoolExecutor(SENDERS + 1) as pool:
            killing = pool.submit(crashes.run, sending, limits)
            sent = [pool.submit(send, receivers, project, events, sending, seed=n) for n in range(SENDERS)]
            killing.result()
            sending.move_limit(len(events) + SENDERS)  # past the last one each sender ends
            taken = [seconds for part in sent for seconds in part.result()]
        _wait_until_applied(ctx, project, len(events), crashes)
    finally:
        for service in services:
            service.stop()
    return taken


def _wait_until_applied(ctx: Context, project: int, count: int, crashes: Crashes) -> None:
    applied, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE:
        crashes.start_again()
        counts = inbox.counts(ctx.store, project)
        now = counts.get(EventState.APPLIED, 0)
        if now == count and not sums.stale(ctx.store, project):
            return
        if now != applied:
            applied, since = now, time.monotonic()
        time.sleep(0.5)
    raise AssertionError(
        f"{applied} of {count} events are applied, and no more come: {inbox.counts(ctx.store, project)}"
    )


def judged(ctx: Context, project: int, body: bytes) -> Judgment:
    """What an event says, read without the store's help."""
    record, event = projects.get(ctx.store, project), read_event(json.loads(body))
    assert event.task is not None
    task = StudioTask.from_json(event.task)
    showing = read_showing(task.data, record.mapping, record.fields)
    assert showing is not None
    judgment = read_annotation(event.annotations[0], task, showing, record.mapping).judgment()
    assert judgment is not None
    return judgment


def check(ctx: Context, project: int, events: Sequence[bytes]) -> None:
    """Each event once, judgments as they were sent, and scorecards as a fold over these."""
    digests = [row[0] for row in ctx.store.rows(sa.select(tables.inbox.c.digest))]
    assert sorted(digests) == sorted(hashlib.sha256(body).hexdigest() for body in events)
    stored = {judgment.id: judgment for judgment in judgments.before(ctx.store, project, float("inf"))}
    assert ctx.store.count(tables.judgments) == len(stored)
    assert stored == {judgment.id: judgment for judgment in (judged(ctx, project, body) for body in events)}
    with ctx.store.transaction() as connection:
        sums.scale_is_due(ctx.store, project, connection)
    score_changes(ctx, project)
    reference = {
        card.annotator: card.to_dict() for card in scored_by(ctx, project, gold.known_answers(ctx.store, project))
    }
    assert {card.annotator: card.to_dict() for card in scorecards.of_project(ctx.store, project)} == reference
    assert len(reference) == PEOPLE


def _report(what: str, crashes: Crashes, taken: list[float], started: float) -> None:
    taken.sort()
    p50, p99 = (1e3 * taken[int(share * (len(taken) - 1))] for share in (0.5, 0.99))
    by_what = ", ".join(f"{killed} {n}" for killed, n in sorted(Counter(kill.what for kill in crashes.kills).items()))
    print(
        f"\n{what}: {len(taken):,} events in {time.monotonic() - started:.0f} s, {len(crashes.kills)} kills ({by_what}), the last when "
        f"{crashes.kills[-1].acknowledged:,} were acknowledged, {crashes.started_again} started again after they ended by themselves; each applied once, scores as folded; acknowledged in {p50:.1f} ms, p99 {p99:.0f} ms"
    )


def killed_on_sqlite(folder: Path, *, count: int, kills: int) -> None:
    """One process, which is killed now and then."""
    database, started = f"sqlite:///{folder / 'store.sqlite3'}", time.monotonic()
    ctx = fakes.context(database=database)
    project = fakes.attach(ctx, **TERMS)
    service, events = Service(database, log=folder / "log", more=PACE), bodies(project, count)
    crashes = Crashes([service], kills)
    taken = survive(ctx, project, [service], events, crashes)
    check(ctx, project, events)
    ctx.store.close()
    assert crashes.kills[-1].acknowledged < count
    _report("SQLite, one process", crashes, taken, started)


def killed_on_postgresql(postgres_url: str, redis_url: str, folder: Path, *, count: int, kills: int) -> None:
    """Two receivers, two workers and the database, of which one is killed at a time."""
    started, ctx = time.monotonic(), fakes.context(database=postgres_url)
    project = fakes.attach(ctx, **TERMS)
    services = [
        Service(postgres_url, only=only, redis=redis_url, log=folder / f"log{n}", more=PACE)
        for n, only in enumerate(("receiver", "receiver", "worker", "worker"))
    ]
    crashes, events = Crashes(services, kills, restart_database=restart_postgres), bodies(project, count)
    taken = survive(ctx, project, services, events, crashes)
    ctx.store.close()
    again = Store(postgres_url, clock=ctx.clock)
    ctx.store.engine = again.engine
    check(ctx, project, events)
    assert crashes.kills[-1].acknowledged < count
    _report("PostgreSQL, two receivers and two workers", crashes, taken, started)
    empty(again)
    again.close()
