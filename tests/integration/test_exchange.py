"""Exchanging the secret as docs/operation.md says, while an annotator goes on: each answer arrives, and no page has to be opened again."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ls_backend.store.tables import inbox
from tests import fakes
from tests.servers import SECRET, House, build, tear_down

pytestmark = pytest.mark.integration
NEW = "the secret that comes after the first"


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[House]:
    made = build(tmp_path, plugin=True)
    yield made
    tear_down(made)


def restart(house: House, part: str, **secrets: str) -> None:
    server = house.studio if part == "studio" else house.service
    server.stop()
    kept = {name: value for name, value in server.environment.items() if "SECRET" not in name}
    server.environment = {**kept, **secrets}
    server.start()


def doctor(house: House) -> list[str]:
    """What is not fine, by `steadyhand doctor` with the service's environment."""
    done = subprocess.run(
        [sys.executable, "-m", "hooks.cli", "doctor"],
        env={**os.environ, **house.service.environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if re.match(r"(fault|warning|unknown)\b", line)]


def answers(house: House, project: int) -> int:
    """How many events of the project the service has stored."""
    return house.ctx.store.count(inbox, inbox.c.project == project)


def test_nothing_is_lost_while_the_secret_is_exchanged(mine: House) -> None:
    project = mine.project(tasks=12, gold=(), retest_rate=0.0)
    person = mine.member("ann", project)
    both = {"STEADYHAND_SECRET": NEW, "STEADYHAND_PREVIOUS_SECRET": SECRET}
    mine.label(person, 1)
    assert answers(mine, project) == 1

    restart(mine, "service", **both)
    mine.label(person, 1)
    assert answers(mine, project) == 2, "the webhook still carries the old secret, and so does the plugin"
    faults = doctor(mine)
    assert len(faults) == 1, faults
    assert "carries the secret before this one" in faults[0]
    assert panel(mine, person.http, project).status_code == 200

    open_page = person.next_task()
    assert open_page is not None
    restart(mine, "studio", **both)
    person.submit(open_page["id"], fakes.result("left"), 3.0)
    assert answers(mine, project) == 3, "an id that was sealed with the old secret is still understood"
    assert panel(mine, person.http, project).status_code == 200

    reconnected = subprocess.run(
        [sys.executable, "-m", "hooks.cli", "reconnect"],
        env={**os.environ, **mine.service.environment}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert reconnected.returncode == 0, reconnected.stderr
    assert doctor(mine) == []

    restart(mine, "service", STEADYHAND_SECRET=NEW)
    restart(mine, "studio", STEADYHAND_SECRET=NEW)
    mine.label(person, 1)
    assert answers(mine, project) == 4
    assert doctor(mine) == []


def panel(house: House, http: requests.Session, project: int) -> requests.Response:
    return http.get(f"{house.url}/steadyhand/panel", params={"project": project}, timeout=30)
