"""Somebody's own page: their figures, their requests, and nobody else's."""

import json
from dataclasses import replace

import pytest

from ls_backend.services.context import Context
from ls_backend.services.disputes import resolve
from ls_backend.services.settling import settle
from ls_backend.store import gold, ledger, scorecards
from ls_templates.plugin.identity import Identity, Role
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor


@pytest.fixture
def ann(annotator: Visitor) -> Visitor:
    """One of those who labelled."""
    return replace(annotator, identity=Identity("12", "user12@example.com", Role.ANNOTATOR, "0.1.0"))


def test_my_page_has_my_figures_and_names_no_check(ann: Visitor, ctx: Context, project: int) -> None:
    page = ann.get("/steadyhand/me/").text
    record = scorecards.find(ctx.store, project, "12")
    assert record is not None
    consistency = record.scorecard.self_consistency
    assert f"{100 * (consistency.value or 0):.0f} % ({100 * (consistency.low or 0):.0f} to" in page
    assert "would add" in page
    for item in gold.known_answers(ctx.store, project):
        assert item not in page
    days = ann.json("/steadyhand/me.json")["tables"]["days"]
    assert sum(day["judgments"] for day in days) == record.scorecard.judgments


def test_nobody_sees_anybody_elses_whatever_the_address(ann: Visitor, annotator: Visitor, project: int) -> None:
    theirs = ann.get("/steadyhand/me/").text
    for query in ("?user=13", "?annotator=13", "?names=", f"?project={project}"):
        assert ann.get(f"/steadyhand/me/{query}").text.count("user13") == 0
    assert "no answers yet that count" in annotator.get("/steadyhand/me/").text  # user 2 has labelled nothing
    assert ann.get("/steadyhand/me/?project=99").status_code == 400
    assert "Reputation" in theirs


def test_i_disagree_and_the_answer_comes_back(ann: Visitor, ctx: Context, project: int) -> None:
    settle(ctx, ADMIN, project, "all")
    (line,) = ledger.lines_of(ctx.store, project, "12")
    (other,) = ledger.lines_of(ctx.store, project, "13")
    there = "/steadyhand/me/disputes"
    assert ann.post(there, project=str(project), entry=str(other.id), text="theirs").status_code == 400
    for _ in range(2):  # a double click
        answer = ann.after(there, project=str(project), entry=str(line.id), text="<script>too little</script>")
    assert "<script>too" not in answer.text
    (dispute,) = ledger.open_disputes(ctx.store, project)
    assert (dispute.annotator, dispute.entry) == ("12", line.id)
    resolve(ctx, ADMIN, project, dispute.id, minor=120, text="You are right.")
    page = ann.get("/steadyhand/me/").text
    assert "You are right." in page
    assert "1.20 EUR" in page


def test_my_data_is_mine_and_names_no_check(ann: Visitor, ctx: Context, project: int) -> None:
    text = ann.get("/steadyhand/me/data.json").text
    stored = json.loads(text)
    (own,) = stored["projects"]
    record = scorecards.find(ctx.store, project, "12")
    assert record is not None
    assert len(own["answers"]) == record.scorecard.judgments
    assert "gold" not in json.dumps(own["answers"])
    assert not [item for item in gold.known_answers(ctx.store, project) if item in text]
    assert "user13" not in text
