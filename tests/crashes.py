"""Events from several senders while processes are killed: what was acknowledged must be there once, and be scored."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ls_backend.services.context import Context
from ls_backend.services.scoring import score_changes, scored_by
from ls_backend.store import gold, inbox, scorecards, sums, tables
from ls_backend.store.records import EventState
from tests import fakes
from tests.service import FIRST_ID, Service

SENDERS = 4
PEOPLE = 8
PATIENCE = 240.0  # seconds without progress


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


@dataclass
class Crashes:
    """Kills one of some services at a time until it is stopped, and now and then the database."""

    services: Sequence[Service]
    seed: int = 1
    restart_database: Callable[[], None] | None = None
    pause: float = 1.0
    count: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        rng = random.Random(self.seed)
        while not self.stopped.wait(self.pause * rng.uniform(0.5, 1.5)):
            if self.restart_database is not None and self.count % 5 == 4:
                self.restart_database()
            else:
                service = rng.choice(self.services)
                service.kill()
                service.start()
                if service.only != "worker":
                    service.wait()
            self.count += 1


def send(receivers: Sequence[Service], project: int, events: Sequence[bytes], *, seed: int) -> list[float]:
    """Each event until it is acknowledged, to any of the receivers; the seconds of each acknowledged request."""
    rng, taken = random.Random(seed), []
    for body in events:
        while True:
            started = time.perf_counter()
            if rng.choice(receivers).post(project, body) == 200:
                taken.append(time.perf_counter() - started)
                break
            time.sleep(0.1)
    return taken


def survive(
    ctx: Context, project: int, services: Sequence[Service], events: Sequence[bytes], crashes: Crashes, *, kills: int
) -> list[float]:
    """Send the events while processes are killed, at least so many times, and wait until all are applied."""
    ctx.store.clock = time.time  # leases end by the clock of the services
    receivers = [service for service in services if service.only != "worker"]
    for service in services:
        service.start()
    for service in receivers:
        service.wait()
    killer = threading.Thread(target=crashes.run)
    killer.start()
    try:
        with ThreadPoolExecutor(SENDERS) as pool:
            parts = [events[n::SENDERS] for n in range(SENDERS)]
            sent = pool.map(lambda n: send(receivers, project, parts[n], seed=n), range(SENDERS))
            taken = [seconds for part in sent for seconds in part]
        while crashes.count < kills:
            time.sleep(0.2)
    finally:
        crashes.stopped.set()
        killer.join()
    try:
        _wait_until_applied(ctx, project, len(events))
    finally:
        for service in services:
            service.stop()
    return taken


def _wait_until_applied(ctx: Context, project: int, count: int) -> None:
    applied, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE:
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


def check(ctx: Context, project: int, events: Sequence[bytes]) -> None:
    """Each event once, and scorecards as a fold over what was sent."""
    assert ctx.store.count(tables.inbox) == len(events)
    assert ctx.store.count(tables.judgments, tables.judgments.c.preference.is_not(None)) == len(events)
    sent = {str(json.loads(body)["annotation"]["id"]) for body in events}
    assert {
        row[0] for row in ctx.store.rows(tables.judgments.select().with_only_columns(tables.judgments.c.id))
    } == sent
    with ctx.store.transaction() as connection:
        sums.scale_is_due(ctx.store, project, connection)
    score_changes(ctx, project)
    reference = {
        card.annotator: card.to_dict() for card in scored_by(ctx, project, gold.known_answers(ctx.store, project))
    }
    assert {card.annotator: card.to_dict() for card in scorecards.of_project(ctx.store, project)} == reference
    assert len(reference) == PEOPLE
