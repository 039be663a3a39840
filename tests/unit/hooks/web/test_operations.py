"""Health, metrics and the Grafana dashboard that shows them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from huey import MemoryHuey
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from hooks.app import create_app
from hooks.metrics import Metrics
from hooks.worker import Worker
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.store.engine import Store
from tests import fakes

DASHBOARD = Path(__file__).parents[4] / "docs" / "grafana-dashboard.json"


class Down(MemoryHuey):  # type: ignore[misc]
    def pending_count(self) -> int:
        raise ConnectionError("redis is away")


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, annotators=2)


def client(ctx: Context, queue: MemoryHuey | None = None) -> FlaskClient:
    return create_app(ctx.settings, ctx=ctx, queue=queue or MemoryHuey(immediate=True)).test_client()


def send(ctx: Context, to: FlaskClient, project: int, *, secret: str = "") -> int:
    gateway = fakes.gateway(ctx)
    event = gateway.annotate(next(iter(gateway.tasks(project))).id, 7, "left")
    header = {SECRET_HEADER: secret or ctx.settings.webhook_secret(project)}
    return to.post("/webhook", json=event, headers=header).status_code


def break_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(Store, "rows", down)


def samples(asked: FlaskClient) -> dict[tuple[str, ...], float]:
    """Values by name and labels' values, in the order of the labels' names."""
    answer = asked.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_it_is_ready_and_alive(ctx: Context, made: int) -> None:
    asked = client(ctx)
    assert asked.get("/health/live").json == {"status": "UP"}
    answer = asked.get("/health/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "ready": True,
            "parts": [{"name": name, "fine": True, "says": ""} for name in ("database", "queue", "worker")],
        },
    )


def test_without_the_database_it_is_alive_and_not_ready(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client(ctx)
    break_store(monkeypatch)
    answer = asked.get("/health/ready")
    assert (answer.status_code, answer.json and answer.json["ready"]) == (503, False)
    assert "is it running, full or locked?" in answer.text
    assert asked.get("/health/live").status_code == 200
    values = samples(asked)
    assert values["steadyhand_database_up",] == 0
    assert ("steadyhand_events_pending",) not in values, "unknown is not 0"


def test_a_queue_that_is_down_is_said_and_no_reason_to_take_nothing(ctx: Context, made: int) -> None:
    asked = client(ctx, Down())
    answer = asked.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json is not None
    assert [(part["name"], part["fine"]) for part in answer.json["parts"]] == [
        ("database", True), ("queue", False), ("worker", True)
    ]  # fmt: skip
    assert samples(asked)["steadyhand_queue_up",] == 0


def test_events_that_nobody_works_on_are_said(ctx: Context, made: int) -> None:
    asked = client(ctx, MemoryHuey())
    send(ctx, asked, made)
    assert samples(asked)["steadyhand_events_pending",] == 1
    assert isinstance(ctx.clock, fakes.Clock)
    ctx.clock.tick(600)
    assert samples(asked)["steadyhand_oldest_pending_seconds",] == 600
    answer = asked.get("/health/ready").json
    assert answer is not None
    assert answer["parts"][2] == {
        "name": "worker", "fine": False, "says": "an event has waited for 10 minutes; is a worker running?"
    }  # fmt: skip


def test_events_are_counted_from_receipt_to_score(ctx: Context, made: int) -> None:
    asked = client(ctx)
    assert send(ctx, asked, made, secret="wrong") == 403
    assert send(ctx, asked, made) == 200
    values = samples(asked)
    assert values["steadyhand_events_received_total", "stored"] == 1
    assert values["steadyhand_events_received_total", "refused"] == 1
    assert values["steadyhand_events_processed_total", "applied"] == 1
    assert values["steadyhand_event_lag_seconds_count",] == 1
    assert values["steadyhand_events_pending",] == 0
    assert values["steadyhand_job_seconds_count", "process", "done"] == 1
    assert values["steadyhand_request_seconds_count", "POST", "/webhook", "403"] == 1


def test_the_lag_is_from_the_receipt(ctx: Context, made: int) -> None:
    queue = MemoryHuey()
    app = create_app(ctx.settings, ctx=ctx, queue=queue)
    send(ctx, app.test_client(), made)
    assert isinstance(ctx.clock, fakes.Clock)
    ctx.clock.tick(4)
    worker: Worker = app.extensions["steadyhand"]
    worker._run_processing(made)
    assert samples(app.test_client())["steadyhand_event_lag_seconds_sum",] == 4


def test_write_back_and_failures_are_counted_by_kind(ctx: Context, made: int) -> None:
    asked = client(ctx)
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey())
    worker: Worker = app.extensions["steadyhand"]
    send(ctx, asked, made)
    worker._run_write_back(made)
    fakes.gateway(ctx).fail_on = {"tasks"}
    worker.tick()
    values = samples(app.test_client())
    assert values["steadyhand_copies_written_total", "scorecards"] == 1
    assert values["steadyhand_errors_total", "GatewayError", "catch up"] == 1
    assert values["steadyhand_job_seconds_count", "catch up", "failed"] == 1


def test_the_queue_is_counted(ctx: Context, made: int) -> None:
    slow = replace(ctx, settings=fakes.settings(debounce_seconds=5))
    asked = client(slow, MemoryHuey())
    send(slow, asked, made)
    assert samples(asked)["steadyhand_queue_length",] == 1


def exported(ctx: Context) -> dict[str, set[str]]:
    """Names of all series, with their labels."""
    metrics = Metrics(ctx, lambda: 0)
    series: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        labels = {name for sample in family.samples for name in sample.labels}
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}[family.type]
        series |= {family.name + suffix: labels for suffix in suffixes}
    for metric in vars(metrics).values():
        if (names := getattr(metric, "_labelnames", None)) is not None:
            base = metric._name
            for name in series:
                if name.startswith(base):
                    series[name] = series[name] | set(names) | ({"le"} if name.endswith("_bucket") else set())
    return series


def test_every_metric_is_explained(ctx: Context) -> None:
    text = (DASHBOARD.parent / "operation.md").read_text()
    explained = set(re.findall(r"steadyhand_\w+", text.partition("| metric |")[2].partition("Worth an alarm")[0]))
    assert explained == {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported(ctx)}


def queries() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def test_the_dashboard_asks_for_what_is_exported(ctx: Context) -> None:
    known = exported(ctx)
    asked = queries()
    assert asked
    named = set()
    for query in asked:
        names = re.findall(r"\bsteadyhand_\w+", query)
        assert names, query
        assert set(names) <= set(known), query
        named |= set(names)
        labels = {label for group in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r",\s*", group)}
        labels |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]", query))
        assert labels - {"instance", "job"} <= set().union(*(known[name] for name in names)), query
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in named}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in known} == shown, "a metric that no panel shows"
