"""What words, columns and entries mean is said where they stand: without a script, a mouse or a look into the code."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hooks.web.dashboard.prose import blocks
from ls_backend.contracts.explain import explain
from ls_backend.contracts.terms import Contract
from ls_backend.services.context import Context
from ls_backend.services.disputes import dispute
from ls_backend.services.queries import annotators, attention, person
from ls_backend.services.queries.figures import inspection_of
from ls_backend.services.queries.items import excerpts_of
from ls_backend.services.queries.periods import period_name
from ls_backend.services.rates import change_rates
from ls_backend.services.scoring import rescore
from ls_backend.services.settling import settle
from ls_backend.store import audit, gold, ledger, projects
from ls_backend.store.tables import seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor


def test_every_page_leads_to_what_the_words_mean_which_names_the_thresholds(
    admin: Visitor, annotator: Visitor, project: int
) -> None:
    assert 'href="/steadyhand/words/"' in admin.get(f"/steadyhand/projects/{project}/pay/").text
    page = annotator.get("/steadyhand/words/").text
    for said in (
        "reaches 45, 70 and 85",
        "at two looks in a row",
        "attentiveness of 0.60",
        "at 20 to 1",
        "score for pay",
    ):
        assert said in page, said


def test_what_columns_mean_stands_below_the_table(admin: Visitor, project: int) -> None:
    page = admin.get(f"/steadyhand/projects/{project}/annotators/").text
    below = page.partition("What the columns mean")[2].partition("</details>")[0]
    assert "<dt>Standing</dt>" in below
    assert "45, 70 and 85" in below
    assert "<dt>Judgments</dt>" not in below, "what needs no word gets none"


def test_who_is_new_is_ranked_by_no_reputation(admin: Visitor, ctx: Context, project: int) -> None:
    contract = fakes.CONTRACT.replace("monitored = 4", "monitored = 1000")
    projects.change(ctx.store, project, contract=contract)
    rescore(ctx, ADMIN, project)
    for path in ("", "/annotators"):
        rows = admin.json(f"/steadyhand/projects/{project}{path}.json")["tables"]["annotators"]
        assert {row["standing"] for row in rows} == {"new"}
        assert {row["reputation"]["value"] for row in rows} == {None}
    page = admin.get(f"/steadyhand/projects/{project}/").text
    assert "next to no bonus" not in page, "who is new is no sign of a contract that is too hard"


def test_a_reviewer_is_led_nowhere_they_may_not_go(reviewer: Visitor, ctx: Context, project: int) -> None:
    settle(ctx, ADMIN, project, "all", though_running=True)
    page = reviewer.get(f"/steadyhand/projects/{project}/")
    assert "A settlement waits for approval" in page.text
    dispute(ctx, ADMIN, project, ledger.lines(ctx.store, project=project)[0].id, "Only 3.20 EUR for 80 answers?")
    for shown in (reviewer.get(f"/steadyhand/projects/{project}/"), reviewer.get("/steadyhand/projects.json")):
        assert "An admin deals with it." in shown.text
        assert "3.20 EUR" not in shown.text, "pay is for admins"
    links = {part.partition('"')[0] for part in page.text.split('href="')[1:]}
    own = sorted(link for link in links if link.startswith("/steadyhand/") and "/assets/" not in link)
    assert {link: status for link in own if (status := reviewer.get(link).status_code) != 200} == {}


def test_an_alarm_says_below_what_and_by_how_much(
    admin: Visitor, ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = inspection_of(ctx, project)
    alarmed = [replace(concern, alarm=concern.annotator == "17", evidence=57.42) for concern in figure.value.annotators]
    close_look = replace(figure, value=replace(figure.value, annotators=tuple(alarmed)))
    for module in (attention, annotators, person):
        monkeypatch.setattr(module, "inspection_of", lambda *_: close_look)
    needs = admin.json(f"/steadyhand/projects/{project}.json")["tables"]["needs"]
    (why,) = [need["why"] for need in needs if need["what"] == "Below what is required"]
    page = admin.get(f"/steadyhand/projects/{project}/annotators/17/").text
    for text in (why, " ".join(page.split())):
        assert "attentiveness is below 0.60, which is required" in text
        assert "by odds of 57 to 1" in text


def test_evidence_names_items_by_what_they_show_and_files_by_their_id(
    admin: Visitor, ctx: Context, project: int
) -> None:
    page = f"/steadyhand/projects/{project}/annotators/11"
    row = admin.json(f"{page}.json")["tables"]["gold"][0]
    assert row["item"] in gold.known_answers(ctx.store, project)
    shown = excerpts_of(ctx, project)[row["item"]]
    assert f">{shown}</a>" in admin.get(f"{page}/").text


def test_the_audit_log_speaks_as_the_pages_do(admin: Visitor, ctx: Context, project: int) -> None:
    (item, *_) = gold.known_answers(ctx.store, project)
    change_rates(ctx, ADMIN, project, retest_rate=0.205, gold_rate=0.05, min_lag=8)
    audit.note(ctx.store, project, "paused", actor="a@example.com", annotator="15", reason="tired")
    audit.note(ctx.store, project, "gold retired", actor="a@example.com", item=item)
    audit.note(ctx.store, project, "dispute resolved", actor="a@example.com", dispute=1, minor=150, period="all")
    audit.note(ctx.store, project, "item unclear", actor="user 15", unclear=1, item=item, reason="both_bad")
    rows = admin.json("/steadyhand/audit.json")["tables"]["audit"]
    by_what = {row["what"]: row for row in rows}
    assert "retest rate: 20.5 %" in by_what["rates changed"]["detail"]
    assert "annotator: user15@example.com" in by_what["paused"]["detail"]
    assert by_what["paused"]["about"] == "15"
    assert f"“{excerpts_of(ctx, project)[item]}”" in by_what["gold retired"]["detail"]
    assert "amount: 1.50 EUR" in by_what["dispute resolved"]["detail"]
    assert "period: whole project" in by_what["dispute resolved"]["detail"]
    assert by_what["item unclear"]["actor"] == "user15@example.com"
    assert "reason: Both are bad" in by_what["item unclear"]["detail"]
    page = admin.get("/steadyhand/audit/?names=hidden").text
    assert "user15@example.com" not in page
    assert f'href="/steadyhand/projects/{project}/items/{item}/?names=hidden"' in page


def test_monitoring_says_what_is_set_what_came_and_what_was_set_before(
    admin: Visitor, ctx: Context, project: int
) -> None:
    change_rates(ctx, ADMIN, project, retest_rate=0.2, gold_rate=0.25, min_lag=8)
    tables = admin.json(f"/steadyhand/projects/{project}/monitoring.json")["tables"]
    answered = {"retests": "retest", "gold": "gold"}
    judgments = admin.json("/steadyhand/projects.json")["tables"]["projects"][0]["judgments"]
    for row, rate in zip(tables["set"], (0.2, 0.25), strict=True):
        kind = answered[row["kind"]]
        n = len(ctx.store.rows(sa.select(seeds.c.id).where(seeds.c.kind == kind, seeds.c.state == "answered")))
        assert (row["rate"], row["answered"]) == (rate, n)
        assert row["share"] == n / judgments
    (before,) = tables["changes"]
    assert (before["retest_rate"], before["by"]) == (0.1, ADMIN.name)
    refused = admin.post(
        f"/steadyhand/projects/{project}/monitoring/rates", retest_rate="80", gold_rate="5", min_lag="7"
    ).text
    assert "retests: 80 % can&#39;t be; give 0 to 50 per cent of the judgments" in refused


def test_periods_have_names_that_are_not_taken_for_everything() -> None:
    named = {name: period_name(name) for name in ("all", "all-2", "all-2-dispute-7", "2026-11", "2026-11-dispute-3")}
    assert named == {
        "all": "whole project",
        "all-2": "whole project, part 2",
        "all-2-dispute-7": "whole project, part 2, dispute 7",
        "2026-11": "2026-11",
        "2026-11-dispute-3": "2026-11, dispute 3",
    }


def test_a_contract_in_words_becomes_paragraphs_and_lists_that_lose_nothing() -> None:
    text = explain(Contract.parse(fakes.CONTRACT))
    found = blocks(text)
    assert [block.is_list for block in found].count(True) >= 2
    assert " ".join(entry for block in found for entry in block.entries).split() == [
        word for line in text.splitlines() for word in line.removeprefix("- ").split()
    ]
