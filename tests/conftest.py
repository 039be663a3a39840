"""Fixtures for all tests."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_backend.label_studio.records import PluginStatus
from ls_backend.services.context import Context

pytest.register_assert_rewrite("tests.store_suite", "tests.queue_suite", "tests.crashes")  # what is not equal is shown

from tests import fakes  # noqa: E402
from tests.servers import House, any_port, build, tear_down  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for real servers and a real browser is tried a second time, since a busy machine may keep it waiting
    for too long. The report names what was (RERUN); a test that needs it often has a fault. Nothing else is tried twice.
    """
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("integration"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def need(found: object, what: str) -> None:
    """Skip aloud where the system lacks something; in CI that is a failure."""
    if found:
        return
    message = f"{what} is not installed; `make system` installs it where it may"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """A context on a database of its own and a fake Label Studio without the plugin."""
    made = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}")
    yield made
    made.store.close()


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Context]:
    """The same, with the plugin and the guard."""
    made = fakes.context(
        database=f"sqlite:///{tmp_path / 'store.sqlite3'}",
        plugin_status=PluginStatus("0.1.0", guard=True, pauses=True, guides=True),
    )
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Label Studio with the plugin and the guard, and the service."""
    made = build(tmp_path_factory.mktemp("guarded"), plugin=True, made_up=True)
    yield made
    tear_down(made)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Label Studio without the plugin, and the service."""
    made = build(tmp_path_factory.mktemp("bare"), plugin=False)
    yield made
    tear_down(made)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    need(found, "chromium")
    return str(found)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int) -> None:
    for _ in range(150):
        if _answers(port):
            return
        time.sleep(0.2)
    raise AssertionError(f"nothing answers at {port}")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of our own."""
    command = shutil.which("redis-server")
    need(command, "redis-server")
    port = any_port()
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [str(command), "--port", str(port), "--dir", str(folder), "--save", ""], stdout=subprocess.DEVNULL
    )
    _wait_for(port)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


POSTGRES_CONTROL: list[str] = []  # the command that starts and stops it, where it runs


def restart_postgres() -> None:
    """As after a crash: nothing is written down before it ends."""
    command = [*POSTGRES_CONTROL, "-m", "immediate", "restart"]
    subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of our own; it refuses to run as root, so root hands it to its own user."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    need(found, "postgresql")
    folder = Path(f"/tmp/steadyhand-postgres-{os.getpid()}")  # noqa: S108  (its user can't enter pytest's folders)
    folder.mkdir()
    port = any_port()
    prefix = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]
    run = {"check": True, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = str(folder / "data")
    subprocess.run([*prefix, str(found[-1] / "initdb"), "-D", data, "-U", "steadyhand", "--auth=trust"], **run)  # type: ignore[call-overload]
    control = [*prefix, str(found[-1] / "pg_ctl"), "-D", data]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    subprocess.run([*control, "-o", options, "-w", "start"], **run)  # type: ignore[call-overload]
    POSTGRES_CONTROL[:] = [*control, "-o", options, "-w"]
    yield f"postgresql+psycopg://steadyhand@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
    shutil.rmtree(folder, ignore_errors=True)
