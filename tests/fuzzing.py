"""Inputs that nobody sends by intention: mutated events, and requests to every route."""

import json
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from hypothesis import strategies as st

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.store import inbox
from ls_backend.store.records import EventState
from ls_backend.store.tables import inbox as events
from ls_templates.plugin import protocol
from tests import fakes

Json = Any
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["", "\x00", "\ud800", "left:\ud800", "0", "-1", "9" * 400, "a" * 5000, "1970-01-01T00:00:00Z", "<View></View>"]
    ),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(["id", "data", "result", "value", "x"]), st.none() | st.integers(0, 9), max_size=3),
)


def paths(value: Json, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a JSON value."""
    found = [at] if at else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*at, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found += paths(inner, (*at, n))
    return found


def changed(value: Json, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> None:
    """Do something to what holds the last step of a path."""
    for step in path[:-1]:
        value = value[step]
    change(value, path[-1])


@st.composite
def mutated(draw: st.DrawFn, originals: list[Json]) -> Json:
    """A real event with a few things taken out, put in another place, or replaced."""
    body = json.loads(json.dumps(draw(st.sampled_from(originals))))
    for _ in range(draw(st.integers(1, 3))):
        everywhere = paths(body)
        if not everywhere:
            break
        path = draw(st.sampled_from(everywhere))
        kind = draw(st.sampled_from(["replace", "replace", "remove", "nest", "double"]))
        new = draw(ODD_VALUES)

        def change(holder: Any, key: Any, kind: str = kind, new: Any = new) -> None:
            if kind == "remove":
                del holder[key]
            elif kind == "nest":
                holder[key] = {"x": [holder[key]]}
            elif kind == "double" and isinstance(holder, list):
                holder.append(holder[key])
            else:
                holder[key] = new

        changed(body, path, change)
    return body


def originals(ctx: Context, project: int) -> list[Json]:
    """Events of each kind, as they come."""
    gate = fakes.gateway(ctx)
    task = next(t.id for t in gate.tasks(project) if not t.is_labeled)
    created = gate.annotate(task, 7, "left")
    edited = gate.edit(task, created["annotation"]["id"], "right", by=7)
    deleted = gate.remove(task, created["annotation"]["id"])
    several = {**created, "action": "ANNOTATIONS_CREATED", "annotations": [created["annotation"]]}
    several.pop("annotation")
    gone = {"action": "TASKS_DELETED", "tasks": [{"id": task}], "project": {"id": project}}
    training = {"action": "START_TRAINING", "project": {"id": project}}
    return [created, edited, deleted, several, gone, training]


def deliver(client: FlaskClient, ctx: Context, project: int, body: Json) -> None:
    """An event comes: it is stored or refused, and nothing of a refused one stays."""
    before = ctx.store.count(events)
    sent = json.dumps(body)
    number = body.get("project") if isinstance(body, dict) else None
    named = number.get("id") if isinstance(number, dict) else None
    secret = ctx.settings.webhook_secret(named if type(named) is int else project)
    answer = client.post("/webhook", data=sent, content_type="application/json", headers={SECRET_HEADER: secret})
    assert answer.status_code < 500, (answer.status_code, sent)
    assert "Traceback" not in answer.text
    stored = answer.status_code == 200 and answer.json["stored"]
    assert ctx.store.count(events) == before + bool(stored), sent


def is_settled(ctx: Context, project: int) -> bool:
    """Whether no event waits."""
    return not inbox.counts(ctx.store, project).get(EventState.PENDING, 0)


ROUTES = st.sampled_from(
    [
        "/webhook",
        "/panel",
        "/health",
        "/setup",
        "/predict",
        "/versions",
        "/metrics",
        "/dashboard",
        "/dashboard/1",
        "/nothing",
    ]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
QUERY = st.dictionaries(
    st.sampled_from(["project", "user", "page", "x"]),
    st.text(max_size=6) | st.sampled_from(["1", "2", "7"]),
    max_size=3,
)
BODIES = st.one_of(
    st.binary(max_size=60),
    ODD_VALUES.map(lambda v: json.dumps(v).encode()),
    st.just(b"[" * 5000),
    st.just(b'{"tasks": [{"data": 5}], "project": "1.5"}'),
)


def ask(
    client: FlaskClient, ctx: Context, method: str, path: str, query: dict[str, str], body: bytes, who: str
) -> None:
    """Any request to any route, by nobody, the plugin, or Label Studio's ML client."""
    before = ctx.store.count(events)
    headers = {}
    if who == "plugin":
        headers = protocol.authorization(ctx.settings.plugin_keys[0])
    elif who == "webhook":
        headers = {SECRET_HEADER: ctx.settings.webhook_secret(1)}
    auth = ("project-1", ctx.settings.ml_password(1)) if who == "ml" else None
    answer = client.open(
        path, method=method, query_string=query, data=body, content_type="application/json", headers=headers, auth=auth
    )
    assert answer.status_code < 500, (method, path, query, body, who, answer.status_code)
    assert "Traceback" not in answer.get_data(as_text=True)
    if answer.status_code >= 300:
        assert ctx.store.count(events) == before
