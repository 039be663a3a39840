"""Somebody's own page: their figures, their requests, and nobody else's."""

import json
from dataclasses import replace

import pytest

from ls_backend.errors import InputError, TooLargeError
from ls_backend.measurement.reputation import Standing
from ls_backend.programme.telling import TOLD_EVERY
from ls_backend.services.asking import call_unclear
from ls_backend.services.context import Context
from ls_backend.services.disputes import resolve
from ls_backend.services.figure_cache import FigureCache
from ls_backend.services.queries.own import own_page
from ls_backend.services.queries.panel import panel_of
from ls_backend.services.queries.unclear import waiting_unclear
from ls_backend.services.settling import approve, settle
from ls_backend.store import choices, gold, ledger, scorecards
from ls_templates.plugin.identity import Identity, Role
from ls_templates.plugin.protocol import UnclearRequest
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
    settle(ctx, ADMIN, project, "all", though_running=True)
    (line,) = ledger.lines_of(ctx.store, project, "12")
    (other,) = ledger.lines_of(ctx.store, project, "13")
    there = "/steadyhand/me/disputes"
    refused = ann.post(there, project=str(project), about=str(other.id), text="theirs")
    assert refused.status_code == 400
    assert "theirs</textarea>" in refused.text, "what was typed is kept"
    assert "user13" not in refused.text
    for _ in range(2):  # a double click
        answer = ann.after(there, project=str(project), about=str(line.id), text="<script>too little</script>")
    assert "<script>too" not in answer.text
    (dispute,) = ledger.open_disputes(ctx.store, project)
    assert (dispute.annotator, dispute.entry) == ("12", line.id)
    resolve(ctx, ADMIN, project, dispute.id, minor=120, text="You are right.")
    page = ann.get("/steadyhand/me/").text
    assert "You are right." in page
    assert "1.20 EUR; it is paid once an admin has approved it" in page
    approve(ctx, ADMIN, project, "all-dispute-1")
    assert "1.20 EUR, approved to be paid" in ann.get("/steadyhand/me/").text


def test_i_disagree_with_a_figure_and_the_answer_comes_back(
    ann: Visitor, admin: Visitor, ctx: Context, project: int
) -> None:
    there = "/steadyhand/me/disputes"
    assert ann.post(there, project=str(project), about="colour", text="wrong").status_code == 400
    for _ in range(2):  # a double click
        assert ann.after(there, project=str(project), about="reputation", text="<b>I was ill.</b>").status_code == 200
    (dispute,) = ledger.open_disputes(ctx.store, project)
    assert (dispute.annotator, dispute.entry, dispute.figure) == ("12", None, "reputation")
    pay = admin.get(f"/steadyhand/projects/{project}/pay/").text
    assert "about the reputation" in pay
    assert "<b>I was ill" not in pay
    with pytest.raises(InputError, match="pay 0"):
        resolve(ctx, ADMIN, project, dispute.id, minor=120, text="You are right.")
    form = f"/steadyhand/projects/{project}/pay/disputes/{dispute.id}"
    assert admin.post(form, amount="0", text="It rises by itself.").status_code == 303
    assert "It rises by itself." in ann.get("/steadyhand/me/").text
    (answer,) = panel_of(ctx, project, "12").links.answers
    assert answer.answer == "It rises by itself."
    assert panel_of(ctx, project, "13").links.answers == ()
    (own,) = json.loads(ann.get("/steadyhand/me/data.json").text)["projects"]
    assert own["disputes"][0]["about"] == "the reputation"


def test_what_counted_is_said_in_words_and_the_contract_has_my_figures(
    ann: Visitor, ctx: Context, project: int
) -> None:
    (own, *_) = [record for record in scorecards.records(ctx.store, project) if record.annotator == "12"]
    rows = {row["what"]: row["came_out"] for row in ann.json("/steadyhand/me.json")["tables"]["counted"]}
    card = own.scorecard
    assert rows["The same answer again"].startswith(f"{100 * (card.self_consistency.value or 0):.0f} %")
    assert rows["The left answer chosen"].startswith(f"{50 + 50 * (card.position_bias.value or 0):.0f} %")
    assert f"Examples, for {card.judgments} answers" in ann.get("/steadyhand/me/").text
    assert "your score now" in ann.get("/steadyhand/me/").text


def test_before_the_first_step_nothing_is_told(ann: Visitor, ctx: Context, project: int) -> None:
    record = scorecards.find(ctx.store, project, "12")
    assert record is not None
    ctx.store.save(replace(record, told=None))
    page = ann.get("/steadyhand/me/").text
    assert f"Your first figures come after {TOLD_EVERY} answers" in page
    tables = ann.json("/steadyhand/me.json")["tables"]
    assert (tables["counted"], tables["weeks"]) == ([], [])
    assert sum(day["judgments"] for day in tables["days"]) == record.scorecard.judgments
    assert json.loads(ann.get("/steadyhand/me/data.json").text)["projects"][0]["scorecard"] is None


def test_a_standing_that_is_reached_but_does_not_count_yet_is_said_to(ann: Visitor, ctx: Context, project: int) -> None:
    record = scorecards.find(ctx.store, project, "12")
    assert record is not None
    card = record.scorecard
    reached = replace(card, standing=Standing.LEARNING, reputation=replace(card.reputation, low=47.0))
    ctx.store.save(replace(record, told=reached))
    page = ann.get("/steadyhand/me/").text
    assert "must reach 45, and is at 47. It is reached, and counts once it has held for a while" in page
    ctx.store.save(replace(record, told=replace(reached, reputation=replace(card.reputation, low=44.0))))
    page = ann.get("/steadyhand/me/").text
    assert "It is reached" not in page
    assert "must reach 45, and is at 44. More careful answers move it" in page


def test_my_data_is_mine_and_names_no_check(ann: Visitor, ctx: Context, project: int) -> None:
    text = ann.get("/steadyhand/me/data.json").text
    stored = json.loads(text)
    (own,) = stored["projects"]
    record = scorecards.find(ctx.store, project, "12")
    assert record is not None
    assert len(own["answers"]) == record.scorecard.judgments
    assert "gold" not in json.dumps(own["answers"])
    assert all("task" not in answer and isinstance(answer["seconds"], int | None) for answer in own["answers"])
    days = ann.json("/steadyhand/me.json")["tables"]["days"]
    assert all(day["seconds"] is None or day["seconds"] == int(day["seconds"]) for day in days)
    assert not [item for item in gold.known_answers(ctx.store, project) if item in text]
    assert "user13" not in text


def test_what_was_unclear_to_me_and_its_answer_stand_on_my_page(
    ann: Visitor, admin: Visitor, reviewer: Visitor, ctx: Context, project: int
) -> None:
    task = next(iter(ctx.gateway.tasks(project)))
    call_unclear(ctx, UnclearRequest(project, 12, task.id, task.data, "other", "<b>which country?</b>"))
    page = ann.get("/steadyhand/me/").text
    assert "Something else: &lt;b&gt;which country?" in page
    (row,) = waiting_unclear(ctx, project)
    items = f"/steadyhand/projects/{project}/items/"
    for visitor in (admin, reviewer):
        assert "which country?" in visitor.get(items).text
        assert "which country?" in visitor.get(f"{items}{row.record.item}/").text
    assert "user12@" not in reviewer.get(f"{items}{row.record.item}/").text
    there = f"{items}{row.record.item}/unclear/{row.record.id}"
    assert reviewer.post(there, text="Any.").status_code == 403
    assert "own page" in admin.after(there, text="Any country.").text
    assert admin.post(there, text="Any country.").status_code == 400
    assert "Any country." in ann.get("/steadyhand/me/").text
    assert "which country?" not in admin.get(items).text
    (own,) = json.loads(ann.get("/steadyhand/me/data.json").text)["projects"]
    assert own["questions"][0]["answer"] == "Any country."


def test_i_choose_whether_figures_are_shown_while_i_label(ann: Visitor, ctx: Context) -> None:
    assert "No figures are shown while you label." in ann.after("/steadyhand/me/figures", shown="no").text
    assert choices.hides_figures(ctx.store, "12")
    assert not choices.hides_figures(ctx.store, "13")
    assert "Show my figures" in ann.get("/steadyhand/me/").text
    assert ann.after("/steadyhand/me/figures", shown="yes").status_code == 200
    assert not choices.hides_figures(ctx.store, "12")
    assert ann.post("/steadyhand/me/figures", shown="perhaps").status_code == 400


def test_in_a_very_large_project_the_panel_stands_without_a_tip(ctx: Context, project: int) -> None:
    assert panel_of(ctx, project, "12").standing is not None
    settings = ctx.settings.model_copy(update={"pages_up_to": 1})
    large = replace(ctx, settings=settings, figures_cache=FigureCache(), judgments_cache={})
    with pytest.raises(TooLargeError, match="STEADYHAND_PAGES_UP_TO"):
        own_page(large, "12")
    view = panel_of(large, project, "12")
    assert view.standing is not None
    assert view.standing.told > 0
    assert view.tip is None
