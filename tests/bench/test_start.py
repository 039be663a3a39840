"""How long commands and the service take to come up, from a warm disk, as medians. Nothing timed is asserted."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from ls_backend.services.context import Context
from tests import fakes
from tests.servers import any_port

pytestmark = pytest.mark.bench
TIMES = 7


def environment(folder: Path, port: int) -> dict[str, str]:
    """Packages are compiled, as `make install` leaves them, also where this process may not write beside them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "LABEL_STUDIO_URL": "http://127.0.0.1:9",
        "LABEL_STUDIO_API_KEY": "k" * 40,
        "STEADYHAND_SECRET": "s" * 32,
        "STEADYHAND_URL": f"http://127.0.0.1:{port}",
        "STEADYHAND_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}",
    }


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "hooks.cli", *words]


def seconds_of_command(variables: dict[str, str], *words: str) -> float:
    started = time.perf_counter()
    subprocess.run(command(*words), env=variables, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def seconds_until_ready(variables: dict[str, str]) -> float:
    started = time.perf_counter()
    service = subprocess.Popen(command("serve"), env=variables, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() < started + 60:
            try:
                if requests.get(variables["STEADYHAND_URL"] + "/health", timeout=1).ok:
                    return time.perf_counter() - started
            except requests.ConnectionError:
                time.sleep(0.01)
    finally:
        service.terminate()
        service.wait()
    raise AssertionError("the service did not come up")


def test_start(ctx: Context, tmp_path: Path) -> None:
    fakes.attach(ctx, gold=2, annotators=2)
    variables = environment(tmp_path, any_port())
    ways = {
        "--version": lambda: seconds_of_command(variables, "--version"),
        "--help": lambda: seconds_of_command(variables, "--help"),
        "status": lambda: seconds_of_command(variables, "status"),
        "serve, until it answers": lambda: seconds_until_ready(variables),
    }
    for name, way in ways.items():
        way()  # compiles
        times = [way() for _ in range(TIMES)]
        print(f"{name}: median {statistics.median(times):.2f} s, at most {max(times):.2f} s of {TIMES}")
