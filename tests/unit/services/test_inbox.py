"""The inbox keeps what is read of an event and no more, loses nothing, and is held up by nothing."""

import hashlib
import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from huey import MemoryHuey

from hooks.app import create_app
from ls_backend.services import ingest
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.events import receive_event
from ls_backend.services.processing import process, replay
from ls_backend.services.queries.status import status
from ls_backend.services.retention import DAY, empty_old_events
from ls_backend.store.records import EventState, InboxRecord
from ls_backend.store.tables import inbox, judgments
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, retest_rate=0.0, annotators=2, routing="everyone")


def bodies(ctx: Context, made: int, count: int) -> list[Any]:
    gate = fakes.gateway(ctx)
    tasks = [task.id for task in gate.tasks(made) if not task.is_labeled]
    made_bodies = []
    for n in range(count):
        gate.clock.tick()
        made_bodies.append(gate.annotate(tasks[n % len(tasks)], 7, "left"))
    return made_bodies


def stored(ctx: Context) -> list[InboxRecord]:
    return ctx.store.fetch(InboxRecord, order_by=[inbox.c.id])


def test_tokens_addresses_and_a_known_label_config_never_enter_it(ctx: Context, made: int) -> None:
    (body,) = bodies(ctx, made, 1)
    body["project"] |= {"token": "very-secret", "created_by": {"id": 1, "email": "owner@example.com"}}
    body["annotation"]["completed_by"] = {"id": 7, "email": "annotator@example.com"}
    body["task"]["updated_by"] = [{"email": "annotator@example.com"}]
    receive_event(ctx, json.dumps(body).encode())
    (record,) = stored(ctx)
    for unwanted in ("very-secret", "example.com", "label_config"):
        assert unwanted not in record.body
    process(ctx, ADMIN, made)
    assert ctx.store.count(judgments, judgments.c.annotator == "7") == 1


def test_another_label_config_enters_it(ctx: Context, made: int) -> None:
    (body,) = bodies(ctx, made, 1)
    body["project"]["label_config"] = body["project"]["label_config"].replace(
        "<View>", "<View><Header value='new'/>", 1
    )
    receive_event(ctx, json.dumps(body).encode())
    process(ctx, ADMIN, made)
    assert "Header value='new'" in json.loads(stored(ctx)[0].body)["project"]["label_config"]


def test_old_applied_events_keep_a_digest_alone(ctx: Context, made: int) -> None:
    first, second = bodies(ctx, made, 2)
    received = json.dumps(first).encode()
    receive_event(ctx, received)
    process(ctx, ADMIN, made)
    fakes.gateway(ctx).clock.tick(8 * DAY)
    receive_event(ctx, json.dumps(second).encode())
    assert empty_old_events(ctx) == 1
    old, new = stored(ctx)
    assert (old.body, old.digest) == ("", hashlib.sha256(received).hexdigest())
    assert new.body
    assert not receive_event(ctx, received)[1], "it is still known"


def test_events_that_wait_keep_their_bodies(ctx: Context, made: int) -> None:
    (body,) = bodies(ctx, made, 1)
    receive_event(ctx, json.dumps(body).encode())
    fakes.gateway(ctx).clock.tick(30 * DAY)
    assert empty_old_events(ctx) == 0


def test_what_breaks_is_kept_aside_holds_up_nothing_and_is_replayed(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bodies(ctx, made, 2)
    for body in (first, second):
        receive_event(ctx, json.dumps(body).encode())
    reading, broken = ingest.read_annotation, first["annotation"]["id"]

    def breaks(annotation: Any, *more: Any, **named: Any) -> Any:
        if annotation["id"] == broken:
            raise ZeroDivisionError("a mistake of ours")
        return reading(annotation, *more, **named)

    with monkeypatch.context() as patched:
        patched.setattr(ingest, "read_annotation", breaks)
        process(ctx, ADMIN, made)
    assert [record.state for record in stored(ctx)] == [EventState.UNREADABLE, EventState.APPLIED]
    (report,) = status(ctx, made)
    assert any("ZeroDivisionError: a mistake of ours" in need and "replay" in need for need in report.attention)
    tried = replay(ctx, ADMIN, made)
    assert (tried.tried, tried.kept_aside) == (1, 0)
    assert ctx.store.count(judgments) == 2


@pytest.mark.parametrize("outage", [sa.exc.OperationalError("x", {}, Exception("database is locked")), OSError("full")])
def test_an_outage_keeps_no_event_aside(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch, outage: Exception
) -> None:
    (body,) = bodies(ctx, made, 1)
    receive_event(ctx, json.dumps(body).encode())

    def away(*_: object, **__: object) -> None:
        raise outage

    with monkeypatch.context() as patched:
        patched.setattr(ingest.judgments, "with_ids", away)
        with pytest.raises(type(outage)):
            process(ctx, ADMIN, made)
    assert stored(ctx)[0].state is EventState.PENDING


@pytest.fixture
def client(ctx: Context, made: int) -> FlaskClient:
    return create_app(ctx.settings, ctx=ctx, queue=MemoryHuey()).test_client()


def post(client: FlaskClient, ctx: Context, made: int, body: Any) -> Any:
    return client.post("/webhook", json=body, headers={SECRET_HEADER: ctx.settings.webhook_secret(made)})


def on_every_connection(ctx: Context, pragma: str) -> None:
    sa.event.listen(ctx.store.engine, "checkout", lambda connection, *_: connection.execute(pragma))


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_stored(
    ctx: Context, made: int, client: FlaskClient
) -> None:
    pages = ctx.store.rows(sa.text("PRAGMA page_count"))[0][0]
    on_every_connection(ctx, f"PRAGMA max_page_count={pages + 3}")
    answers = [post(client, ctx, made, body) for body in bodies(ctx, made, 120)]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert "is its disk full" in answers[-1].json["error"]
    assert ctx.store.count(inbox) == sum(answer.status_code == 200 for answer in answers)


def test_a_locked_database_is_answered_503(ctx: Context, made: int, client: FlaskClient) -> None:
    on_every_connection(ctx, "PRAGMA busy_timeout=50")
    (body,) = bodies(ctx, made, 1)
    with ctx.store.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        assert post(client, ctx, made, body).status_code == 503
    assert post(client, ctx, made, body).status_code == 200
    assert ctx.store.count(inbox) == 1


def test_a_commit_is_on_the_disk_when_it_returns_unless_it_can_be_replayed(ctx: Context) -> None:
    full, normal = 2, 1

    def synchronous(connection: sa.Connection) -> int:
        return int(ctx.store.rows(sa.text("PRAGMA synchronous"), connection=connection)[0][0])

    with ctx.store.transaction() as connection:
        assert synchronous(connection) == full
    with ctx.store.transaction(replayable=True) as connection:
        assert synchronous(connection) == normal
    with ctx.store.transaction() as connection:
        assert synchronous(connection) == full, "the connection comes back from the pool"
