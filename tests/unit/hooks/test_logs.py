"""What the service logs: who asked and what failed can be followed, and nobody can be recognised."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from huey import MemoryHuey
from hypothesis import given
from hypothesis import strategies as st

from hooks import logs
from hooks.app import create_app
from hooks.worker import Worker
from ls_backend.errors import GatewayError
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_templates.plugin import protocol
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, Role
from tests import fakes

PERSON = {"first_name": "Ingrid", "last_name": "Lindqvist", "email": "ingrid.lindqvist@example.com"}
TOKEN = "0123456789abcdef0123456789abcdef01234567"
ANSWER = "what Ingrid typed in"
PERSONAL = (*PERSON.values(), TOKEN, ANSWER, fakes.SECRET, "hunter2")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the logs of the test go, as JSON."""
    stream, root = io.StringIO(), logging.getLogger()
    before = (list(root.handlers), root.level)
    logs.configure("json", stream)
    yield stream
    root.handlers[:], root.level = before


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def live(ctx: Context, project: int) -> None:
    """Everything that may bring personal data along: events, pages, panels, failures, and what can't be read."""
    app = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey(immediate=True))
    asked, gateway = app.test_client(), fakes.gateway(ctx)
    header = {SECRET_HEADER: ctx.settings.webhook_secret(project)}
    tasks = [task.id for task in gateway.tasks(project)]
    event = gateway.annotate(tasks[0], 7, "left") | {"initiator": PERSON, "token": TOKEN}
    event["annotation"] |= {"created_username": f"Ingrid Lindqvist {PERSON['email']}", "completed_by": 7}
    assert asked.post("/webhook", json=event, headers=header).status_code == 200
    unreadable = gateway.annotate(tasks[1], 7, ANSWER)
    assert asked.post("/webhook", json=unreadable, headers=header).status_code == 200
    assert asked.post("/webhook", json=event, headers={SECRET_HEADER: TOKEN}).status_code == 403
    word = Identity("7", PERSON["email"], Role.ADMIN, "0").signed(ctx.settings.derive(KEY_PURPOSE), now=time.time())
    for path in (
        "",
        f"projects/{project}/",
        f"projects/{project}/annotators/7/",
        "nowhere/ingrid.lindqvist@example.com",
    ):
        asked.get(f"/steadyhand/{path}", headers={"Authorization": f"{SCHEME} {word}"})
    panel = protocol.authorization(ctx.settings.plugin_keys[0])
    assert asked.get(f"/panel?project={project}&user=7", headers=panel).status_code == 200
    worker: Worker = app.extensions["steadyhand"]

    def fail() -> None:
        raise GatewayError(f"user {PERSON['email']}: Token {TOKEN} refused at postgresql://steadyhand:hunter2@db/x")

    worker._with_pauses("process", project, fail)


def test_nobody_and_no_secret_can_be_read_in_the_logs(ctx: Context, written: io.StringIO) -> None:
    live(ctx, fakes.attach(ctx, gold=0, annotators=2))
    text = written.getvalue()
    assert text
    assert not [known for known in PERSONAL if known.lower() in text.lower()], text
    assert "/steadyhand/projects/<int:number>/annotators/" in text, "routes are named, not paths"
    assert "user [e-mail]: Token [token] refused at postgresql://[password]@db/x" in text
    assert "1 kinds of fault" in text


def test_each_line_says_to_which_request_or_job_it_belongs(ctx: Context, written: io.StringIO) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    asked = create_app(ctx.settings, ctx=ctx, queue=MemoryHuey()).test_client()
    panel = protocol.authorization(ctx.settings.plugin_keys[0])
    path = f"/panel?project={project}&user=7"
    answers = [
        asked.get(path, headers=panel | {"X-Request-ID": given})
        for given in ("of-the-proxy-1", "", "a b <c>", "x" * 99)
    ]
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert ids[0] == "of-the-proxy-1"
    assert len({*ids}) == 4
    assert all(logs.USABLE_ID.fullmatch(made) for made in ids)
    found = [line for line in lines(written) if line["logger"] == "steadyhand.web"]
    assert [line["id"] for line in found] == ids
    assert {key: found[0][key] for key in ("method", "route", "status", "level")} == {
        "method": "GET", "route": "/panel", "status": 200, "level": "INFO"
    }  # fmt: skip


def test_a_failing_job_has_an_id_of_its_own(ctx: Context, written: io.StringIO) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    worker = Worker(ctx, MemoryHuey())
    fakes.gateway(ctx).fail_on = {"tasks"}
    worker.tick()
    (line,) = [line for line in lines(written) if line["logger"] == "steadyhand.worker"]
    assert logs.USABLE_ID.fullmatch(line["id"])
    assert f"catch up of project {project} failed" in line["message"]
    assert logs.work_id.get() == logs.NOBODY


def test_an_exception_is_one_line_and_clean(written: io.StringIO) -> None:
    try:
        raise ValueError(f"{PERSON['email']} has {TOKEN}")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = lines(written)
    assert "ValueError: [e-mail] has [token]" in line["exception"]


def test_text_is_a_line_a_person_can_read() -> None:
    stream = io.StringIO()
    before = list(logging.getLogger().handlers)
    logs.configure("text", stream)
    with logs.working_on("some-job-1"):
        logging.getLogger("steadyhand").info("for %s", PERSON["email"])
    logging.getLogger().handlers[:] = before
    assert stream.getvalue().endswith("INFO steadyhand [some-job-1]: for [e-mail]\n")


ADDRESSES = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}@[a-z0-9-]{1,10}(\.[a-z]{2,5}){1,2}", fullmatch=True)


@given(ADDRESSES, st.text(max_size=30), st.text(max_size=30))
def test_no_address_gets_through(address: str, before: str, after: str) -> None:
    assert address not in logs.without_personal_data(f"{before}{address} {after}")
