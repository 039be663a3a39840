"""The doctor beside a real Label Studio: no fault where all is well, and what somebody changed there is found and set right."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import requests

from tests.servers import House

pytestmark = pytest.mark.integration


def run(house: House, *words: str, **variables: str) -> tuple[int, Any]:
    environment = {**os.environ, **house.service.environment, **variables}
    done = subprocess.run(
        [sys.executable, "-m", "hooks.cli", *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def of_project(findings: list[dict[str, Any]], project: int) -> dict[str, tuple[str, str]]:
    return {f["what"]: (f["verdict"], f["says"]) for f in findings if f["project"] in (project, None)}


def test_no_fault_is_found_where_there_is_none(house: House) -> None:
    project = house.project(tasks=4)
    code, findings = run(house, "doctor")
    mine = of_project(findings, project)
    assert {verdict for verdict, _ in mine.values()} == {"fine"}, mine
    assert {
        "Label Studio",
        "plugin",
        "from Label Studio",
        "private addresses",
        "clock",
        "webhook",
        "ML backend",
    } <= set(mine)
    assert code == 0


def test_what_a_member_changed_is_found_and_set_right(house: House) -> None:
    project = house.project(tasks=4)
    (hook,) = house.ctx.gateway.webhooks(project)
    as_admin = {"Authorization": f"Token {house.admin.token}"}
    changed = {"url": hook.url, "headers": {}, "is_active": False, "actions": ["TASKS_DELETED"]}
    requests.patch(
        f"{house.url}/api/webhooks/{hook.id}/", json=changed, headers=as_admin, timeout=30
    ).raise_for_status()
    (backend,) = house.ctx.gateway.ml_backends(project)
    requests.delete(f"{house.url}/api/ml/{backend.id}", headers=as_admin, timeout=30).raise_for_status()
    code, findings = run(house, "doctor")
    mine = of_project(findings, project)
    assert (code, mine["webhook"]) == (1, ("fault", "it is switched off"))
    assert mine["ML backend"] == ("fault", "is not connected any more")
    assert run(house, "reconnect", "--project", str(project)) == (0, [project])
    code, findings = run(house, "doctor")
    assert {verdict for verdict, _ in of_project(findings, project).values()} == {"fine"}, findings


def test_another_secret_here_is_told_from_one_there(house: House) -> None:
    code, findings = run(house, "doctor", STEADYHAND_SECRET="not the secret of this installation")
    mine = of_project(findings, 0)
    assert code == 1
    assert mine["Label Studio"][0] == "fine"
    assert mine["plugin"][0] == mine["service"][0] == "fault"
    assert "another STEADYHAND_SECRET" in mine["plugin"][1]


def test_without_the_plugin_it_says_what_it_cannot_see(bare: House) -> None:
    project = bare.project(tasks=4)
    _, findings = run(bare, "doctor")
    mine = of_project(findings, project)
    assert mine["plugin"][0] == "warning"
    assert mine["clock"][0] == mine["private addresses"][0] == "unknown"
    assert mine["webhook"][0] == mine["ML backend"][0] == "fine"
