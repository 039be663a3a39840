"""The service in a process of its own, over a fake Label Studio: ``python -m tests.service [receiver|worker]``, settings from the
environment. And how to start, ask and kill one."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ls_backend.services.connections import SECRET_HEADER
from ls_backend.settings import Settings
from ls_templates.plugin import protocol
from tests import fakes
from tests.servers import any_port

FIRST_ID = 100_000_000  # of what the fake Label Studio makes: beyond all that a bench puts into the store


@dataclass
class Service:
    """A process. ``errors`` takes what it logs."""

    database: str
    only: str | None = None
    redis: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=any_port)
    log: Path = Path(os.devnull)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        return fakes.settings(database_url=self.database)

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.service", *([self.only] if self.only else [])]
        environment = {
            **os.environ,
            "LABEL_STUDIO_URL": fakes.FakeGateway.url,
            "LABEL_STUDIO_API_KEY": "t" * 40,
            "STEADYHAND_SECRET": fakes.SECRET,
            "STEADYHAND_URL": self.url,
            "STEADYHAND_DATABASE_URL": self.database,
            "STEADYHAND_RECONCILE_MINUTES": "1",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **({"STEADYHAND_REDIS_URL": self.redis} if self.redis else {}),
            **self.more,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """At once, as power loss does to a process."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait(self, seconds: float = 60.0) -> float:
        """Until it answers; returns how long that took."""
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            try:
                urllib.request.urlopen(self.url + "/health/live", timeout=2).read()
                return time.perf_counter() - started
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"nothing answers at {self.url}")

    def post(self, project: int, body: bytes, *, timeout: float = 15.0) -> int:
        """Deliver an event; the status, 0 where nobody answers."""
        headers = {"Content-Type": "application/json", SECRET_HEADER: self.settings.webhook_secret(project)}
        request = urllib.request.Request(self.url + "/webhook", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def panel(self, project: int, user: str) -> fakes.Json:
        request = urllib.request.Request(
            f"{self.url}/panel?project={project}&user={user}",
            headers=protocol.authorization(self.settings.plugin_keys[0]),
        )
        return dict(json.loads(urllib.request.urlopen(request, timeout=15).read()))

    def cpu_seconds(self) -> float:
        """What it has used of a processor so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """The most that it has held so far."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def run(only: str | None) -> None:
    """Serve, with a fake Label Studio that has the projects which are attached in the store."""
    from hooks import app
    from ls_backend.label_studio.records import PluginStatus
    from ls_backend.services.context import Context
    from ls_backend.store import Store, engine, projects

    def from_settings(settings: Settings) -> Context:
        store = Store(settings.database_url)
        gate = fakes.FakeGateway(fakes.Clock(time.time()), plugin_status=PluginStatus("0", guard=True, pauses=True))
        for project in projects.attached(store):
            gate.put_project(project.id, project.label_config)
        gate.put_tasks({FIRST_ID: {"id": FIRST_ID, "project": 0}})
        return Context(store, gate, settings)

    engine.LEASE_SECONDS = 2.0  # so that whoever is killed often gets to work in between
    Context.from_settings = from_settings  # type: ignore[method-assign, assignment]
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings.read()
    host, port = app.default_bind(settings)
    app.serve(settings, host=host, port=port, only=only)


def answer_only() -> None:
    """In the same server, a receiver that reads events and answers 200, nothing else."""
    import waitress
    from flask import Flask, jsonify, request

    from hooks import app

    silent = Flask("silent")

    @silent.post("/webhook")
    def webhook() -> fakes.Any:
        request.get_data()
        return jsonify(stored=True)

    @silent.get("/health/live")
    def health() -> fakes.Any:
        return jsonify(status="UP")

    host, port = app.default_bind(Settings.read())
    waitress.create_server(silent, host=host, port=port, threads=app.THREADS, clear_untrusted_proxy_headers=True).run()


if __name__ == "__main__":
    part = sys.argv[1] if len(sys.argv) > 1 else None
    if part == "nothing":
        answer_only()
    else:
        run(part)
