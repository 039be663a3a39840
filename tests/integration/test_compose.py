"""What the compose file starts, started here without containers: each service's own command with its own environment, over PostgreSQL and Redis,
beside a Label Studio that has the variables it gives. Host names become addresses on this machine; nothing else is changed."""

import contextlib
import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from hooks.demo import local
from hooks.demo.local import Account, Member, Server
from ls_templates.catalog import CATALOG
from tests import fakes
from tests.servers import any_port
from tests.unit.test_compose import COMPOSE, OURS, ROOT, SERVICES

pytestmark = pytest.mark.integration


class Stack:
    """The services, and how to run a command as one of them."""

    def __init__(self, folder: Path, postgres_url: str, redis_url: str) -> None:
        self.folder, self.postgres = folder, sa.make_url(postgres_url)
        self.redis = redis_url
        self.ports = {name: any_port() for name in ("label-studio", *OURS)}
        self.given = {
            "STEADYHAND_SECRET": secrets.token_urlsafe(24),
            "POSTGRES_PASSWORD": secrets.token_hex(8),
            "LABEL_STUDIO_PASSWORD": secrets.token_urlsafe(9),
            "LABEL_STUDIO_API_KEY": secrets.token_hex(20),
        }

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    def here(self, text: str) -> str:
        """A value of the compose file as it is on this machine."""
        for name, value in self.given.items():
            text = text.replace(f"${{{name}:?}}", value)
        for name in ("STEADYHAND_PREVIOUS_SECRET", "STEADYHAND_PSEUDONYM_SECRET"):
            text = text.replace(f"${{{name}:-}}", "")
        for service in self.ports:
            text = text.replace(f"http://{service}:8090", self.url(service)).replace(
                f"http://{service}:8080", self.url(service)
            )
        text = text.replace("redis://redis:6379/0", self.redis)
        text = text.replace("@postgres/", f"@127.0.0.1:{self.postgres.port}/")
        return text

    def environment(self, service: str) -> dict[str, str]:
        return {name: self.here(str(value)) for name, value in SERVICES[service]["environment"].items()}

    def command(self, service: str) -> list[str]:
        program, *words = shlex.split(OURS[service]["command"])
        assert program == "steadyhand"
        return [
            sys.executable,
            "-m",
            "hooks.cli",
            *(str(self.ports[service]) if word == "8090" else word for word in words),
        ]

    def server(self, service: str) -> Server:
        return Server(
            self.command(service), self.url(service), "/health/ready", self.folder / f"{service}.log",
            self.environment(service), self.folder,
        )  # fmt: skip

    def label_studio(self) -> Server:
        inside = self.environment("label-studio")
        admin = Account(
            inside["LABEL_STUDIO_USERNAME"], inside["LABEL_STUDIO_PASSWORD"], inside["LABEL_STUDIO_USER_TOKEN"]
        )
        made = local.label_studio(
            self.folder / "studio", port=self.ports["label-studio"], admin=admin,
            command=os.environ.get("STEADYHAND_LABEL_STUDIO"), plugin={},
        )  # fmt: skip
        (mount,) = (volume for volume in SERVICES["label-studio"]["volumes"] if volume.startswith("."))
        source, target, _ = mount.split(":")
        assert target == f"{inside['PYTHONPATH']}/ls_templates"
        path = self.folder / "mounted"
        path.mkdir()
        (path / "ls_templates").symlink_to(ROOT / source, target_is_directory=True)
        ours = {"PYTHONPATH": str(path), "POSTGRE_HOST": "127.0.0.1", "POSTGRE_PORT": str(self.postgres.port)}
        kept = {
            name: made.environment[name]
            for name in ("COLLECT_ANALYTICS", "SENTRY_DSN", "FRONTEND_SENTRY_DSN", "LOG_LEVEL")
        }
        made.environment = {**kept, **inside, **ours}
        return made

    def make_databases(self) -> None:
        """What the image of PostgreSQL makes, and what the file adds."""
        server = sa.create_engine(self.postgres, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            user = SERVICES["postgres"]["environment"]["POSTGRES_USER"]
            for statement in (f"CREATE DATABASE {user}", COMPOSE["configs"]["databases"]["content"]):
                connection.execute(sa.text(statement))
        server.dispose()

    def steadyhand(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hooks.cli", *words],
            env={**os.environ, **self.environment("receiver")}, cwd=self.folder, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def stack(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Stack]:
    made = Stack(tmp_path, postgres_url, redis_url)
    made.make_databases()
    with contextlib.ExitStack() as closing:
        for server in (made.label_studio(), *(made.server(name) for name in OURS)):
            closing.callback(server.stop)
            server.start()
        yield made


def wait_until(happened: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := happened():
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen")


def test_it_runs_from_attaching_to_a_score(stack: Stack) -> None:
    url, admin = stack.url("label-studio"), {"Authorization": f"Token {stack.given['LABEL_STUDIO_API_KEY']}"}
    fields = {"title": "Pairs", "label_config": CATALOG["pairwise"].label_config}
    project = requests.post(f"{url}/api/projects/", json=fields, headers=admin, timeout=60).json()["id"]
    tasks = [fakes.pair(n) for n in range(6)]
    requests.post(f"{url}/api/projects/{project}/import", json=tasks, headers=admin, timeout=60).raise_for_status()
    contract = stack.folder / "contract.toml"
    contract.write_text(fakes.CONTRACT)
    stack.steadyhand("attach", "--project", str(project), "--contract", str(contract))
    stack.steadyhand("doctor")
    owner = Account("admin@example.com", stack.given["LABEL_STUDIO_PASSWORD"], stack.given["LABEL_STUDIO_API_KEY"])
    person = Member(url, project, local.sign_up(url, owner, "ann@example.com", "a password of hers"))
    task = person.next_task()
    assert task is not None
    person.submit(task["id"], fakes.result("left"), 3.0)
    person.http.close()
    metrics = wait_until(lambda: _scored(stack))
    assert "steadyhand_events_pending 0.0" in metrics
    for service in OURS:
        check = OURS[service]["healthcheck"]["test"]
        assert check[:2] == ["CMD", "python"]
        probe = [sys.executable, *(word.replace("8090", str(stack.ports[service])) for word in check[2:])]
        subprocess.run(probe, check=True, timeout=30)
        log = (stack.folder / f"{service}.log").read_text()
        assert "Traceback" not in log
        assert log.startswith("{"), "as JSON"


def _scored(stack: Stack) -> str:
    """The worker's metrics, once it has scored an event that the receiver stored."""
    text = requests.get(stack.url("worker") + "/metrics", timeout=10).text
    return text if "steadyhand_event_lag_seconds_count 1.0" in text else ""
