"""From labels to a payout, against a real Label Studio: settle, approve, export, verify, and what the annotator is told."""

import json
import time
from pathlib import Path

import pytest

from ls_backend.errors import InputError
from ls_backend.services.payouts import export_payouts
from ls_backend.services.settling import approve, settle
from ls_backend.services.verifying import verify
from ls_backend.services.write_back import write_back
from ls_backend.store import projects
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.integration


def test_a_period_is_settled_approved_exported_and_verified(house: House, tmp_path: Path) -> None:
    project = house.project(tasks=14, retest_rate=0.2, gold_rate=0.2, overlap=2)
    person = house.member("pat", project)
    assert len(house.label(person, 13, pace=4)) == 13
    today = time.strftime("%Y-%m", time.gmtime())
    done = settle(house.ctx, ADMIN, project, today, though_running=True)
    (mine,) = done.entries
    assert mine.annotator == str(person.id)
    assert mine.measured["judgments"] == 13, "what was not delivered yet was read again"
    approve(house.ctx, ADMIN, project, today)
    people = {"pat@example.com": {"participant_id": "5f3c", "assignment_id": ""}}
    if mine.minor:  # which the servings decide
        export = export_payouts(house.ctx, ADMIN, project, today, form="prolific", people=people)
        assert "".join(export.files.values()) == f"5f3c,{mine.minor / 100:.2f}\n"
    else:
        with pytest.raises(InputError, match="nobody is to be paid"):
            export_payouts(house.ctx, ADMIN, project, today, form="prolific", people=people)
    assert verify(house.ctx, project).faults == ()
    write_back(house.ctx, ADMIN, project, wait=30)
    board = projects.get(house.ctx.store, project).scorecard_project
    (card,) = [t.data for t in house.ctx.gateway.tasks(board)]
    assert (card["bonus"], card["settled"]) == (0, mine.minor / 100)
    shown = person.http.get(f"{house.url}/steadyhand/panel", params={"project": project}, timeout=30).json()
    assert shown["settled"][0]["reasons"] == list(mine.reasons)
    assert str(house.admin.email) not in json.dumps(shown)
