"""The service never opens a connection because of what an event or a request says."""

import base64
import json
import socket
from typing import Any

import pytest
from huey import MemoryHuey

from hooks.app import create_app
from hooks.worker import Worker
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.store.tables import judgments
from tests import fakes

BAIT = "http://169.254.169.254/latest/meta-data"


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address that something tried to find or to reach."""
    found: list[object] = []

    def refuse(*given: object, **_: object) -> None:
        found.append(given)
        raise OSError("no network in this test")

    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return found


def baited(value: Any, name: str = "") -> Any:
    """The same with an address in every text but those by which an event is recognised."""
    if isinstance(value, dict):
        return {key: baited(entry, key) for key, entry in value.items()} | {
            "url": BAIT,
            "callback": BAIT,
            "hostname": BAIT,
        }
    if isinstance(value, list):
        return [baited(entry, name) for entry in value]
    kept = ("action", "created_at", "updated_at", "label_config", "from_name", "to_name", "type", "choices")
    return f"{BAIT}?{value}" if isinstance(value, str) and name not in kept else value


def test_no_address_in_an_event_is_asked(ctx: Context, tried: list[object]) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    gateway = fakes.gateway(ctx)
    event = baited(gateway.annotate(next(iter(gateway.tasks(project))).id, 7, "left"))
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=True))
    client = app.test_client()
    answer = client.post("/webhook", json=event, headers={SECRET_HEADER: ctx.settings.webhook_secret(project)})
    assert (answer.status_code, ctx.store.count(judgments)) == (200, 1)
    worker: Worker = app.extensions["steadyhand"]
    worker.tick()
    worker._run_write_back(project)
    word = base64.b64encode(f"project-{project}:{ctx.settings.ml_password(project)}".encode()).decode()
    as_studio = {"Authorization": f"Basic {word}"}
    setup = {
        "project": f"{project}.1",
        "schema": f'<View><Image value="{BAIT}"/></View>',
        "hostname": BAIT,
        "access_token": "t",
    }
    assert client.post("/setup", json=setup, headers=as_studio).status_code == 200
    predict = {"project": f"{project}.1", "tasks": [event["task"]], "params": {"context": BAIT}}
    assert client.post("/predict", json=predict, headers=as_studio).status_code == 200
    assert tried == []
    assert BAIT in json.dumps(event)


def test_the_test_would_notice(tried: list[object]) -> None:
    import requests

    with pytest.raises(requests.RequestException):
        requests.get(BAIT, timeout=1)
    assert tried
