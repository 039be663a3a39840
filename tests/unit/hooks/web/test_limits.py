"""No route takes more, or more often, than it says; and nothing that was refused is read."""

import itertools
import re

import pytest
from flask import Flask
from huey import MemoryHuey
from hypothesis import given
from hypothesis import strategies as st

from hooks.app import create_app
from hooks.web import limits
from hooks.web.limits import KB, LIMITS, Limit, Senders, limit_of
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.store.tables import inbox
from tests import fakes


@pytest.fixture
def app(ctx: Context) -> Flask:
    return create_app(ctx.settings, ctx=ctx, queue=MemoryHuey())


def test_every_route_has_a_limit(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 20
    for rule in rules:
        name, limit = limit_of(rule.endpoint)
        assert name in LIMITS
        assert 0 < limit.size <= limits.LARGEST
        assert 0 < limit.per_second <= limit.at_once


def test_too_large_is_refused_everywhere_before_who_asks_is_looked_at(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+:)?\w+>", "1", rule.rule)
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        _, limit = limit_of(rule.endpoint)
        answer = client.open(path, method=method, environ_overrides={"CONTENT_LENGTH": str(limit.size + 1)})
        assert answer.status_code == 413, rule
    answer = client.post("/setup", data=b" " * (LIMITS["ml_backend.setup"].size + 1), content_type="application/json")
    assert (answer.status_code, "The body is larger than" in answer.get_json()["error"]) == (413, True)
    larger = {"CONTENT_LENGTH": str(LIMITS["webhook"].size + 1)}
    assert client.post("/webhook", environ_overrides=larger).status_code == 413, "it is before all routes"


def test_too_often_is_refused_with_the_time_to_wait(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "operations", Limit(KB, 0.5, 3))
    client = app.test_client()
    assert [client.get("/health/live").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/health/ready")
    assert answer.status_code == 429, "routes with the same limit share it"
    assert answer.headers["Retry-After"] == "2"
    assert "Too many requests" in answer.get_json()["error"]
    assert client.get("/health/live", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    assert client.get("/health").status_code == 200, "others have their own"


def test_a_page_that_is_asked_for_too_often_is_a_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "dashboard", Limit(KB, 0.5, 1))
    client = app.test_client()
    client.get("/steadyhand/")
    answer = client.get("/steadyhand/")
    assert (answer.status_code, answer.mimetype) == (429, "text/html")


def test_nothing_of_a_refused_event_is_stored(ctx: Context, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "webhook", Limit(200, 1, 1))
    project = fakes.attach(ctx, gold=0, annotators=2)
    event = fakes.gateway(ctx).annotate(next(iter(fakes.gateway(ctx).tasks(project))).id, 7, "left")
    headers = {SECRET_HEADER: ctx.settings.webhook_secret(project)}
    client = app.test_client()
    assert client.post("/webhook", json=event, headers=headers).status_code == 413
    assert client.post("/webhook", json={}, headers=headers).status_code == 429
    assert ctx.store.count(inbox) == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200), st.floats(0.5, 50), st.integers(1, 20))
def test_no_sender_gets_more_than_the_limit(pauses: list[float], per_second: float, at_once: int) -> None:
    moments = list(itertools.accumulate(pauses))
    now = iter(moments)
    senders = Senders(lambda: next(now))
    allowed = [m for m in moments if not senders.seconds_to_wait("a", "x", Limit(KB, per_second, at_once))]
    for first, last in itertools.combinations_with_replacement(range(len(allowed)), 2):
        assert last - first + 1 <= at_once + (allowed[last] - allowed[first]) * per_second + 1e-6


@given(st.floats(0.5, 50), st.integers(1, 20))
def test_who_waits_as_long_as_told_is_served(per_second: float, at_once: int) -> None:
    now = [0.0]
    senders, limit = Senders(lambda: now[0]), Limit(KB, per_second, at_once)
    for _ in range(at_once):
        assert senders.seconds_to_wait("a", "x", limit) == 0
    wait = senders.seconds_to_wait("a", "x", limit)
    assert wait > 0
    now[0] += wait * 1.000001
    assert senders.seconds_to_wait("a", "x", limit) == 0


def test_what_is_remembered_of_senders_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SENDERS", 5)
    senders = Senders(lambda: 0.0)
    for n in range(50):
        senders.seconds_to_wait(str(n), "x", Limit(KB, 1, 1))
    assert len(senders._buckets) == 5
