"""The receiver: who may speak, what is refused, and that nothing is lost on the way."""

import base64
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from huey import MemoryHuey

from hooks.app import create_app
from hooks.web import webhook
from ls_backend.services.asking import choose_figures
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.guides import note_read, publish_guide
from ls_backend.services.queries.unclear import waiting_unclear
from ls_backend.store.tables import inbox, judgments
from ls_templates.plugin import protocol
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=2, annotators=2)


@pytest.fixture
def client(ctx: Context, made: int) -> FlaskClient:
    """Huey in immediate mode: a task runs when it is asked for."""
    return create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=True)).test_client()


def post(client: FlaskClient, ctx: Context, body: Any, *, secret: str | None = None) -> Any:
    project = body.get("project", {}).get("id", 0) if isinstance(body, dict) else 0
    header = {SECRET_HEADER: ctx.settings.webhook_secret(project) if secret is None else secret}
    return client.post("/webhook", json=body, headers=header)


def event(ctx: Context, made: int) -> dict[str, Any]:
    gate = fakes.gateway(ctx)
    return gate.annotate(next(t.id for t in gate.tasks(made) if not t.is_labeled), 7, "left")


def test_an_event_is_stored_and_applied(ctx: Context, client: FlaskClient, made: int) -> None:
    answer = post(client, ctx, event(ctx, made))
    assert (answer.status_code, answer.json) == (200, {"stored": True})
    assert ctx.store.count(judgments) == 1
    assert ctx.store.count(inbox, inbox.c.state == "applied") == 1


def test_the_same_event_twice_is_stored_once(ctx: Context, client: FlaskClient, made: int) -> None:
    found = event(ctx, made)
    post(client, ctx, found)
    assert post(client, ctx, found).json == {"stored": False}
    assert ctx.store.count(judgments) == 1


@pytest.mark.parametrize("secret", ["", "wrong", "0" * 64])
def test_a_wrong_secret_is_refused(ctx: Context, client: FlaskClient, made: int, secret: str) -> None:
    answer = post(client, ctx, event(ctx, made), secret=secret)
    assert answer.status_code == 403
    assert "secret header is missing or wrong" in answer.json["error"]
    assert ctx.store.count(inbox) == 0


def test_the_secret_of_one_project_does_not_open_another(ctx: Context, client: FlaskClient, made: int) -> None:
    found = event(ctx, made)
    assert post(client, ctx, found, secret=ctx.settings.webhook_secret(made + 1)).status_code == 403


def test_malformed_bodies_get_a_clear_answer(ctx: Context, client: FlaskClient, made: int) -> None:
    answer = client.post(
        "/webhook", data=b"{broken", content_type="application/json", headers={SECRET_HEADER: "not read yet"}
    )
    assert (answer.status_code, "not a JSON object" in answer.json["error"]) == (400, True)
    assert post(client, ctx, []).status_code == 400
    assert post(client, ctx, {"action": "X", "project": {"id": made}}).status_code == 400
    assert "Traceback" not in answer.text


def test_an_unknown_project_gets_a_clear_answer(ctx: Context, client: FlaskClient) -> None:
    answer = post(client, ctx, {"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "project": {"id": 99}})
    assert answer.status_code == 404
    assert "project 99 is not monitored" in answer.json["error"]


def test_a_queue_that_is_down_loses_nothing(ctx: Context, made: int) -> None:
    class Down(MemoryHuey):  # type: ignore[misc]
        def put_if_empty(self, *_: Any, **__: Any) -> bool:
            raise ConnectionError("redis is away")

    client = create_app(ctx.settings, ctx=ctx, queue=Down()).test_client()
    assert post(client, ctx, event(ctx, made)).json == {"stored": True}
    assert ctx.store.count(inbox, inbox.c.state == "pending") == 1


def ml(ctx: Context, made: int, password: str | None = None) -> dict[str, str]:
    word = ctx.settings.ml_password(made) if password is None else password
    return {"Authorization": "Basic " + base64.b64encode(f"project-{made}:{word}".encode()).decode()}


def test_the_ml_backend_answers_health_setup_and_predict(ctx: Context, client: FlaskClient, made: int) -> None:
    assert client.get("/health").json == {"status": "UP", "model_class": "ConsensusBackend"}
    body = {"project": f"{made}.1763711", "schema": "<View/>", "access_token": "not to be kept"}
    assert client.post("/setup", json=body, headers=ml(ctx, made)).json == {"model_version": "steadyhand"}
    found = event(ctx, made)
    post(client, ctx, found)
    gate = fakes.gateway(ctx)
    tasks = [gate.task_json(found["task"]["id"]), {"id": 10**6, "data": fakes.pair(999)}]
    answer = client.post("/predict", json={"project": f"{made}.1", "tasks": tasks}, headers=ml(ctx, made)).json
    assert answer is not None
    known, unknown = answer["results"]
    assert known["result"][0]["value"] == {"choices": ["left"]}
    assert known["score"] > unknown["score"] == 0.0
    assert unknown["result"] == []


def test_the_ml_backend_wants_its_password(ctx: Context, client: FlaskClient, made: int) -> None:
    body = {"project": f"{made}.1", "tasks": []}
    assert client.post("/predict", json=body).status_code == 403
    assert client.post("/predict", json=body, headers=ml(ctx, made, "x")).status_code == 403
    assert client.post("/setup", json={}).status_code == 403
    for no_object in (5, "text", [1], None):
        assert client.post("/predict", json=no_object).status_code == 400


def test_start_training_catches_up(ctx: Context, client: FlaskClient, made: int) -> None:
    event(ctx, made)  # lost
    body = {"action": "START_TRAINING", "project": {"id": made}}
    assert client.post("/webhook", json=body, headers=ml(ctx, made)).status_code == 200
    assert ctx.store.count(judgments, judgments.c.source == "catch-up") == 1


def test_start_training_is_answered_at_once_and_concerns_one_project(ctx: Context, made: int) -> None:
    fakes.attach(ctx, gold=0, annotators=2)
    queue, gateway = MemoryHuey(), fakes.gateway(ctx)
    client = create_app(ctx.settings, ctx=ctx, queue=queue).test_client()
    event(ctx, made)  # lost
    gateway.calls.clear()
    body = {"action": "START_TRAINING", "project": {"id": made}}
    for _ in range(3):
        assert client.post("/webhook", json=body, headers=ml(ctx, made)).json == {"stored": False}
    assert gateway.calls == [], "Label Studio waits for the answer"
    assert [(task.name, task.args) for task in queue.pending()] == [("catch_up", (made,))]


def test_the_panel_is_for_the_plugin_only(ctx: Context, client: FlaskClient, made: int) -> None:
    post(client, ctx, event(ctx, made))
    path = f"/panel?project={made}&user=7"
    assert client.get(path).status_code == 403
    assert client.get(path, headers=protocol.authorization(fakes.SECRET)).status_code == 403
    good = protocol.authorization(ctx.settings.plugin_keys[0])
    assert client.get(path, headers=good).json["judgments"] == 1  # type: ignore[index]
    assert client.get("/panel", headers=good).status_code == 400


def test_who_hides_their_figures_is_sent_none_and_an_older_script_nothing(
    ctx: Context, client: FlaskClient, made: int
) -> None:
    good = protocol.authorization(ctx.settings.plugin_keys[0])
    choose_figures(ctx, "7", hidden=True)
    assert client.get(f"/panel?project={made}&user=7", headers=good).status_code == 404
    answer = client.get(f"/panel?project={made}&user=7&links=1", headers=good).json
    assert answer is not None
    assert answer["hidden"] is True
    assert "other" in answer["unclear_reasons"]
    assert not {"reputation", "bonus_minor", "judgments", "standing"} & set(answer)


def test_what_is_unclear_is_taken_from_the_plugin_alone(ctx: Context, client: FlaskClient, made: int) -> None:
    task = next(iter(ctx.gateway.tasks(made)))
    asked = protocol.UnclearRequest(made, 7, task.id, task.data, "both_bad", "").to_json()
    good = protocol.authorization(ctx.settings.plugin_keys[0])
    assert client.post("/unclear", json=asked).status_code == 403
    assert client.post("/unclear", json={**asked, "user": "7"}, headers=good).status_code == 400
    assert client.post("/unclear", json=[], headers=good).status_code == 400
    assert client.post("/unclear", json=asked, headers=good).json == {"added": True}
    (row,) = waiting_unclear(ctx, made)
    assert row.record.task == task.id


def test_the_plugin_alone_is_told_what_somebody_has_yet_to_read(ctx: Context, client: FlaskClient, made: int) -> None:
    at, good = f"/to-read?project={made}&user=7", protocol.authorization(ctx.settings.plugin_keys[0])
    assert client.get(at).status_code == 403
    assert client.get(at, headers=good).json == {"to_read": None}
    publish_guide(ctx, ADMIN, made, "text", required=True)
    assert client.get(at, headers=good).json == {"to_read": 1}
    note_read(ctx, "7", made, 1)
    assert client.get(at, headers=good).json == {"to_read": None}
    assert client.get(f"/to-read?project={made}", headers=good).status_code == 400
    assert client.get(f"/to-read?project={made + 90}&user=7", headers=good).status_code == 404


def test_newcomers_are_heard_of_from_the_plugin_alone(ctx: Context, client: FlaskClient, made: int) -> None:
    asked = protocol.OnboardingRequest(made, 7, []).to_json()
    good = protocol.authorization(ctx.settings.plugin_keys[0])
    assert client.post("/onboarding", json=asked).status_code == 403
    assert client.post("/onboarding", json={"project": made}, headers=good).status_code == 400
    answer = client.post("/onboarding", json=asked, headers=good)
    assert (answer.status_code, "has no onboarding" in answer.text) == (400, True)


def test_metrics_count_and_errors_tell_no_secrets(ctx: Context, client: FlaskClient, made: int) -> None:
    post(client, ctx, event(ctx, made))
    text = client.get("/metrics").text
    assert 'steadyhand_events_received_total{outcome="stored"} 1.0' in text
    assert "steadyhand_events_pending 0.0" in text
    assert client.get("/nowhere").json == {"error": "Not Found"}
    everything = json.dumps([client.get("/nowhere").text, text])
    assert fakes.SECRET not in everything


def test_the_webhook_takes_posts_alone(client: FlaskClient) -> None:
    answer = client.get("/webhook", headers={"X-Request-ID": "asked-by-us"})
    assert (answer.status_code, answer.json, answer.headers["X-Request-ID"]) == (
        405,
        {"error": "Method Not Allowed"},
        "asked-by-us",
    )
    assert client.post("/webhook/").status_code == 404, "nothing is below it"


def test_what_nobody_expected_is_said_without_a_traceback_and_logged_with_one(
    ctx: Context, client: FlaskClient, made: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(webhook, "read_event", break_down)
    answer = post(client, ctx, event(ctx, made))
    assert (answer.status_code, answer.json) == (500, {"error": "Internal Server Error"})
    assert "of all things" in caplog.text
    assert 'steadyhand_errors_total{kind="Unexpected",where="/webhook"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize("path", ["/webhook", "/health", "/nowhere"])
def test_methods_that_somebody_invents_are_counted_as_one(client: FlaskClient, path: str) -> None:
    for method in ("BREW", "PROPFIND", "WHEN"):
        assert client.open(path, method=method).status_code in (404, 405)
    counted = [line for line in client.get("/metrics").text.splitlines() if "request_seconds_count" in line]
    assert [line.rpartition(" ")[2] for line in counted if 'method="other"' in line] == ["3.0"]
    assert not any(method in line for line in counted for method in ("BREW", "PROPFIND", "WHEN"))
