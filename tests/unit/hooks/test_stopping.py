"""SIGTERM: what has begun is finished, and then the process ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hooks.app import WORKER_NICENESS
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.store.tables import inbox, judgments
from tests import fakes
from tests.servers import any_port

SLOW_SERVICE = """
import sys, time
from pathlib import Path
from hooks import app, worker
from hooks.web import webhook
from ls_backend.settings import Settings

{module}.{function}, before = (lambda *given, **more: slow(*given, **more)), {module}.{function}

def slow(*given, **more):
    Path({begun!r}).touch()
    time.sleep(1.0)
    return before(*given, **more)

app.serve(Settings.read(), host="127.0.0.1", port={port}, only={only!r})
"""


def begin(
    ctx: Context, tmp_path: Path, port: int, slow: str, only: str | None
) -> "tuple[subprocess.Popen[bytes], Path]":
    """A service on the context's store in which one function takes a second; the file is there when it has begun."""
    begun = tmp_path / "begun"
    module, _, function = slow.partition(".")
    code = SLOW_SERVICE.format(module=module, function=function, begun=str(begun), port=port, only=only)
    variables = {
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "k" * 40,
        "STEADYHAND_SECRET": fakes.SECRET,
        "STEADYHAND_URL": f"http://127.0.0.1:{port}",
        "STEADYHAND_DATABASE_URL": str(ctx.store.engine.url),
    }
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **variables}), begun


def wait_for(what: Iterator[bool]) -> None:
    until = time.monotonic() + 30
    for happened in what:
        if happened:
            return
        assert time.monotonic() < until
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("only", ["receiver", None])
def test_a_request_in_flight_is_answered(ctx: Context, tmp_path: Path, only: str | None) -> None:
    project, port = fakes.attach(ctx, gold=0, annotators=2), any_port()
    event = fakes.gateway(ctx).annotate(next(iter(fakes.gateway(ctx).tasks(project))).id, 7, "left")
    service, begun = begin(ctx, tmp_path, port, "webhook.enqueue_events", only)
    heard = []

    def send() -> None:
        headers = {SECRET_HEADER: ctx.settings.webhook_secret(project)}
        heard.append(requests.post(f"http://127.0.0.1:{port}/webhook", json=event, headers=headers, timeout=20).json())

    try:
        wait_for(iter(lambda: answers(port), None))
        sender = threading.Thread(target=send)
        sender.start()
        wait_for(iter(begun.exists, None))
        service.send_signal(signal.SIGTERM)
        sender.join()
        assert heard == [{"stored": True}]
        assert service.wait(timeout=20) == 0
    finally:
        service.kill()
    assert ctx.store.count(inbox) == 1


@pytest.mark.slow
def test_a_job_in_flight_is_finished(ctx: Context, tmp_path: Path) -> None:
    project = fakes.attach(ctx, gold=0, annotators=2)
    fakes.deliver(ctx, fakes.gateway(ctx).annotate(next(iter(fakes.gateway(ctx).tasks(project))).id, 7, "left"))
    service, begun = begin(ctx, tmp_path, any_port(), "worker.take_in", "worker")
    try:
        wait_for(iter(begun.exists, None))
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, service.pid) == min(own + WORKER_NICENESS, 19), "receivers come first"
        service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=20) == 0
    finally:
        service.kill()
    assert ctx.store.count(judgments) == 1
