"""A store with many judgments (10 million by 10,000 annotators, or as many as BENCH_JUDGMENTS says), beside an empty one, in one run:
starting, one more event to its scorecard, the panel, `status`, memory. Nothing timed is asserted.

BENCH_STORE names a folder where the filled store is kept and found again.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from ls_backend.label_studio.records import PluginStatus
from ls_backend.services.context import Context
from ls_backend.services.events import receive_event
from ls_backend.services.processing import process
from ls_backend.services.queries.status import status
from ls_backend.services.scoring import rescore
from ls_backend.store import projects
from tests import fakes
from tests.fakes import ADMIN
from tests.service import FIRST_ID, Service

pytestmark = pytest.mark.bench
JUDGMENTS = int(os.environ.get("BENCH_JUDGMENTS", 10_000_000))
EACH = 1000  # judgments of an annotator, of which a tenth are retests and a tenth gold
GOLD = 2000
ROUNDS, EVENTS = 10, 10  # on either store in turn
STARTS = 5  # after one that compiles

NUMBERS = f"WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < {JUDGMENTS})"
JUDGED = """
c2 AS (SELECT n, n % :people AS a, n / :people AS k FROM c),
c3 AS (SELECT n, a, k, CASE WHEN k % 10 = 9 AND k > 40 THEN k - 31 ELSE k END AS first FROM c2),
c4 AS (SELECT n, a, k, first,
  CASE WHEN first % 10 = 4 THEN (a + first / 10) % :gold ELSE :gold + (a * 7919 + first * 104729) % :items END AS i,
  (first * :people + a) * 40503 / 64 % 2 AS side FROM c3),
c5 AS (SELECT *, CASE WHEN first < k THEN 1 - side ELSE side END AS mirrored,
  CASE WHEN (n * 2654435761 / 4096) % 100 < 50 + a % 50 THEN i * 31 / 7 % 2 ELSE (n * 69621 / 512) % 2 END AS answer FROM c4)
"""
FILL = {
    "judgments": f"""INSERT INTO judgments (project, id, task, annotator, item, mirrored, at, lead_time, preference, updated, latest,
  latest_updated, source, revision) {NUMBERS}, {JUDGED}
  SELECT :project, CAST(n + 1 AS TEXT), i + 1, 'a' || printf('%05d', a), printf('%020d', i), mirrored, :start + n * 0.2, 9.0,
  2 * answer - 1, :start + n * 0.2, 2 * answer - 1, :start + n * 0.2, 'event', n + 1 FROM c5""",
    "tasks": f"""INSERT INTO tasks (project, id, item, mirrored, slice, overlap, data, words) {NUMBERS}
  SELECT :project, n + 1, printf('%020d', n), 0, NULL, 3,
  '{{"prompt": "question ' || n || '", "response_a": "answer ' || n || '", "response_b": "reply ' || n || '"}}', 6
  FROM c WHERE n < :gold + :items""",
    "inbox": f"""INSERT INTO inbox (id, key, project, body, received_at, state, digest) {NUMBERS}
  SELECT n + 1, printf('%064d', n), :project, '', :start, 'applied', printf('%064d', n) FROM c""",
    "event_counts": f"INSERT INTO event_counts (project, state, events) VALUES (:project, 'applied', {JUDGMENTS})",
    "seeds": f"""INSERT INTO seeds (id, project, kind, item, annotator, task, state, data, planned_at) {NUMBERS}, {JUDGED}
  SELECT n + 1, :project, CASE WHEN first < k THEN 'retest' ELSE 'gold' END, printf('%020d', i), 'a' || printf('%05d', a), i + 1,
  'answered', '{{}}', :start FROM c5 WHERE first < k OR k % 10 = 4
  GROUP BY a, i, first < k""",
    "gold": f"""INSERT INTO gold (project, item, preferred, explanation, data) {NUMBERS}
  SELECT :project, printf('%020d', n), 2 * (n * 31 / 7 % 2) - 1, '', '{{"prompt": "p' || n || '", "response_a": "a", "response_b": "b"}}'
  FROM c WHERE n < :gold""",
}


def context(path: Path) -> Context:
    gate_status = PluginStatus("0.1.0", guard=True, pauses=True)
    return fakes.context(database=f"sqlite:///{path}", plugin_status=gate_status)


def attached(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=40, gold=0, retest_rate=0.1, gold_rate=0.1, min_lag=10)


def fill(ctx: Context, project: int) -> None:
    """By the database's own means; indexes are made afterwards."""
    people = max(JUDGMENTS // EACH, 8)
    values = {"project": project, "people": people, "gold": GOLD, "items": JUDGMENTS // 3, "start": 1.7e9}
    with ctx.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=OFF")
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.exec_driver_sql("PRAGMA cache_size=-400000")
        names = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('judgments', 'tasks', 'inbox', 'seeds')"
        indexes = connection.exec_driver_sql(names).all()
        for name, _ in indexes:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql(f"DELETE FROM tasks WHERE project = {project}")
        connection.exec_driver_sql(f"DELETE FROM gold WHERE project = {project}")
        for statement in FILL.values():
            connection.execute(sa.text(statement), values)
        for _, sql in indexes:
            connection.exec_driver_sql(sql)
        connection.commit()
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def milliseconds_of_an_event(ctx: Context, project: int, annotator: int, numbers: range) -> list[float]:
    """From the body of an event to its scorecard and the next seed, without the pause before it; on tasks of these numbers."""
    gate, taken = fakes.gateway(ctx), []
    for number in numbers:
        data = fakes.pair(number)
        gate.put_tasks(
            {
                number: {
                    "id": number,
                    "project": project,
                    "data": data,
                    "overlap": 1,
                    "annotations": [],
                    "total_annotations": 0,
                    "updated_at": gate.clock.iso,
                }
            }
        )
        gate.clock.tick()
        body = gate.annotate(number, annotator, "left")
        body["annotation"]["completed_by"] = body["annotation"]["updated_by"] = f"a{annotator:05}"
        received = json.dumps(body).encode()
        started = time.perf_counter()
        _, is_new = receive_event(ctx, received)
        process(ctx, ADMIN, project)
        taken.append(1e3 * (time.perf_counter() - started))
        assert is_new
    return taken


def compiled_in(folder: Path) -> dict[str, str]:
    """Packages are compiled, as `make install` leaves them, also where a process may not write beside them."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder)}


def p95(values: list[float]) -> float:
    return float(np.quantile(values, 0.95))


def test_a_large_store_beside_an_empty_one(tmp_path: Path) -> None:
    folder = Path(os.environ.get("BENCH_STORE", tmp_path))
    folder.mkdir(exist_ok=True)
    path = folder / f"{JUDGMENTS}.sqlite3"
    is_new = not path.exists()
    large, empty = context(path), context(tmp_path / "empty.sqlite3")
    made = attached(empty)
    if is_new:
        project = attached(large)
        started = time.perf_counter()
        fill(large, project)
        print(
            f"\n{JUDGMENTS:,} judgments filled in {time.perf_counter() - started:.0f} s, {path.stat().st_size / 1e9:.1f} GB"
        )
        before, started = peak_mb(), time.perf_counter()
        rescore(large, ADMIN, project, wait=600)
        print(
            f"  rescore {time.perf_counter() - started:.0f} s, memory {before:.0f} MB before, {peak_mb():.0f} MB at most"
        )
    (record,) = projects.attached(large.store)
    project = record.id
    fakes.gateway(large).put_project(project, record.label_config)
    assert project == made

    few: list[float] = []
    many: list[float] = []
    start = FIRST_ID + int(time.time()) % 1_000_000 * 1000  # not those of an earlier run on the same store
    for n in range(2, 2 + ROUNDS):  # in turn, so that what else runs on the machine meets both
        numbers = range(start + n * EVENTS, start + (n + 1) * EVENTS)
        few += milliseconds_of_an_event(empty, made, n, numbers)
        many += milliseconds_of_an_event(large, project, n, numbers)
    early, late = statistics.median(few), statistics.median(many)
    print(
        f"\nOne more event to its scorecard: {early:.1f} ms on an empty store, {late:.1f} ms on the large one, x{late / early:.2f}"
    )
    print(f"  p95 {p95(few):.1f} ms and {p95(many):.1f} ms")

    started = time.perf_counter()
    (report,) = status(large, project)
    print(
        f"status {time.perf_counter() - started:.2f} s in a process that runs: {report.judgments:,} judgments, {report.annotators:,} annotators"
    )
    command = "from tests.bench.test_large_store import context; from ls_backend.services.queries.status import status; import sys; from pathlib import Path; print(len(status(context(Path(sys.argv[1])))))"
    compiled = compiled_in(tmp_path / "compiled")
    alone = []
    for _ in range(1 + STARTS):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", command, str(path)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={**os.environ, **compiled},
        )
        alone.append(time.perf_counter() - started)
    print(f"status {statistics.median(alone[1:]):.2f} s as a process of its own, imports of this bench included")
    large.store.close()

    pace = {"STEADYHAND_DEBOUNCE_SECONDS": "0", "STEADYHAND_WRITEBACK_SECONDS": "1"}
    service = Service(f"sqlite:///{path}", more={**pace, **compiled})
    starts = []
    for n in range(1 + STARTS):
        service.start()
        starts.append(service.wait())
        if n < STARTS:
            service.stop()
    try:
        print(f"serve answers after {statistics.median(starts[1:]):.2f} s")
        taken = []
        for n in range(300):
            started = time.perf_counter()
            service.panel(project, f"a{n % 100:05}")
            taken.append(1e3 * (time.perf_counter() - started))
        print(f"panel {statistics.median(taken):.1f} ms, p95 {p95(taken):.1f} ms")
        lags = []
        for n in range(40):
            annotator = f"a{n:05}"
            before_it = service.panel(project, annotator)["judgments"]
            annotation = {
                "id": 5 * FIRST_ID + time.time_ns() % FIRST_ID,
                "completed_by": annotator,
                "created_at": "2026-11-01T00:00:00Z",
                "result": fakes.result("left"),
            }
            task = {"id": FIRST_ID - 1 - n, "data": fakes.pair(-n), "overlap": 1}
            started = time.perf_counter()
            assert (
                service.post(
                    project,
                    json.dumps(
                        {
                            "action": "ANNOTATION_CREATED",
                            "annotation": annotation,
                            "task": task,
                            "project": {"id": project},
                        }
                    ).encode(),
                )
                == 200
            )
            while service.panel(project, annotator)["judgments"] == before_it:
                time.sleep(0.002)
            lags.append(1e3 * (time.perf_counter() - started))
        print(f"from the webhook to the panel {statistics.median(lags):.0f} ms, p95 {p95(lags):.0f} ms")
        time.sleep(20)
        print(f"memory of the service, at most so far {service.memory_mb():.0f} MB")
    finally:
        service.stop()
