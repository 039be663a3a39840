"""The table of annotators, and one annotator's page: what they say, who sees it, and what its forms do."""

import csv
import io
from collections import defaultdict

import numpy as np
import pytest

from hooks.web.dashboard import cells
from hooks.web.dashboard.person import told
from hooks.web.dashboard.tables import Column, paged
from ls_backend.label_studio.records import PluginStatus
from ls_backend.measurement.settlement import EntryKind
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.services.events import apply_inbox
from ls_backend.services.pausing import pause
from ls_backend.services.pilots import PilotTerms, start_pilot
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.figures import BOOTSTRAP_SEED
from ls_backend.services.queries.inspection import inspect
from ls_backend.services.queries.standing import standing_of
from ls_backend.store import gold, judgments, pauses, scorecards
from ls_backend.store.tables import ledger as ledger_lines
from tests import fakes
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor

SCRIPT = "<script>alert(1)</script>"
CARELESS, LEFT_TAKER = "17", "18"


@pytest.fixture
def plugin(ctx: Context) -> None:
    fakes.gateway(ctx).plugin_status = PluginStatus("0.1.0", guard=True, pauses=True)


def table_path(project: int) -> str:
    return f"/steadyhand/projects/{project}/annotators"


def page_of(project: int, annotator: str) -> str:
    return f"{table_path(project)}/{annotator}/"


# --- the table --------------------------------------------------------------------------------------------------------


def test_the_table_says_what_score_and_inspect_say(admin: Visitor, ctx: Context, project: int) -> None:
    rows = {row["annotator"]: row for row in admin.json(f"{table_path(project)}.json")["tables"]["annotators"]}
    close_look = inspect(ctx, project, rng=np.random.default_rng(BOOTSTRAP_SEED))
    alarms = {concern.annotator for concern in close_look.annotators if concern.alarm}
    flags = defaultdict(list)
    for flag in close_look.flags:
        flags[flag.annotator].append(flag.flag.value)
    assert flags[LEFT_TAKER]
    cards = scorecards.of_project(ctx.store, project)
    assert len(rows) == len(cards) == 8
    for card in cards:
        row, written = rows[f"user{card.annotator}@example.com"], to_dict(card)
        for name in (
            "standing",
            "reputation",
            "self_consistency",
            "gold",
            "attentiveness",
            "position_bias",
            "judgments",
            "retests",
        ):
            assert row[name] == written[name], name
        assert row["bonus"] == {"minor": card.bonus_minor, "currency": "EUR"}
        assert row["settled"] == {"minor": card.settled_minor, "currency": "EUR"}
        assert row["alarm"] == (card.annotator in alarms)
        assert row["flags"] == (", ".join(flags[card.annotator]) or None)
        assert row["flagged"] == bool(flags[card.annotator])


def test_pace_and_skips_are_those_of_the_annotations(admin: Visitor, ctx: Context, project: int) -> None:
    fakes.gateway(ctx).import_tasks(project, [fakes.pair(n) for n in range(900, 903)])
    gateway = fakes.gateway(ctx)
    tasks = [t.id for t in gateway.tasks(project)][-3:]
    gateway.ids = iter(range(10_000, 20_000))  # type: ignore[assignment]  # ids of annotations that are not in the store yet
    for task, annotator, answer in ((tasks[0], 11, None), (tasks[1], 11, None), (tasks[2], 19, None)):
        gateway.clock.tick(60)
        fakes.deliver(ctx, gateway.annotate(task, annotator, answer))
    apply_inbox(ctx, ADMIN, project)
    rows = {row["annotator"]: row for row in admin.json(f"{table_path(project)}.json")["tables"]["annotators"]}
    assert {name: row["skipped"] for name, row in rows.items() if row["skipped"]} == {
        "user11@example.com": 2,
        "user19@example.com": 1,
    }
    assert rows["user19@example.com"]["judgments"] is None, "skips alone make no scorecard"
    assert rows["user11@example.com"]["last_active"] > rows["user12@example.com"]["last_active"]
    own = [j.lead_time for j in judgments.before(ctx.store, project, np.inf) if j.annotator == "12"]
    assert rows["user12@example.com"]["lead_time"] == pytest.approx(np.median([t for t in own if t is not None]))
    assert "a skip is not known any more once" in admin.get(f"{table_path(project)}/").text


def test_money_is_for_admins(admin: Visitor, reviewer: Visitor, project: int) -> None:
    for suffix in (".json", ".csv", "/"):
        seen, hidden = admin.get(table_path(project) + suffix).text, reviewer.get(table_path(project) + suffix).text
        for word in ("Bonus so far", "Settled", "Pilot arm") if suffix == "/" else ("bonus", "settled"):
            assert word in seen
            assert word not in hidden
    assert "arm" not in reviewer.json(f"{table_path(project)}.json")["tables"]["annotators"][0]
    assert reviewer.get(f"{table_path(project)}/?columns=annotator,bonus").status_code == 400


def test_rows_are_filtered_and_totalled(admin: Visitor, ctx: Context, project: int, plugin: None) -> None:
    pause(ctx, ADMIN, project, "13", "until Friday")

    def names(query: str) -> set[str]:
        text = admin.get(f"{table_path(project)}.csv?{query}").text
        return {row["annotator"] for row in csv.DictReader(io.StringIO(text))}

    assert names("paused=yes") == {"user13@example.com"}
    assert names("flagged=yes") == {"user18@example.com"}
    assert names("flagged=yes&paused=yes") == set()
    assert names("q=user15") == {"user15@example.com"}
    page = admin.get(f"{table_path(project)}/?columns=annotator,judgments,paused").text
    totals = page.split("<tfoot>")[1].split("</tfoot>")[0]
    assert ">640<" in totals
    assert ">1<" in totals


def test_the_arm_of_the_running_pilot_is_shown(admin: Visitor, ctx: Context, project: int) -> None:
    assert all(row["arm"] is None for row in admin.json(f"{table_path(project)}.json")["tables"]["annotators"])
    texts = [fakes.CONTRACT.replace("test-1", version) for version in ("test-a", "test-b")]
    start_pilot(ctx, ADMIN, project, PilotTerms("trial", *texts))
    arms = [row["arm"] for row in admin.json(f"{table_path(project)}.json")["tables"]["annotators"]]
    assert sorted(arms) == ["A"] * 4 + ["B"] * 4


# --- one person -------------------------------------------------------------------------------------------------------


def test_the_evidence_is_every_retest_and_every_gold_answer(admin: Visitor, ctx: Context, project: int) -> None:
    tables = admin.json(f"{table_path(project)}/{CARELESS}.json")["tables"]
    card = scorecards.find(ctx.store, project, CARELESS).scorecard  # type: ignore[union-attr]
    assert len(tables["retests"]) == card.retests
    assert sum(row["same"] for row in tables["retests"]) == round(card.self_consistency.value * card.retests)  # type: ignore[operator]
    assert len(tables["gold"]) == card.gold.n
    assert sum(row["right"] for row in tables["gold"]) == round(card.gold.value * card.gold.n)  # type: ignore[operator]
    own = [j for j in judgments.before(ctx.store, project, np.inf) if j.annotator == CARELESS]
    position = {j.id: n for n, j in enumerate(own)}
    for row in tables["retests"]:
        first, again = [j for j in own if j.item == row["item"]]
        assert row["lag"] == position[again.id] - position[first.id] - 1
        assert row["swapped"] == (first.mirrored != again.mirrored)
        assert row["same"] == (first.preference == again.preference)
        for judgment, words in ((first, row["first_answer"]), (again, row["again_answer"])):
            response = "first" if judgment.preference > 0 else "second"
            side = "left" if (judgment.preference > 0) != judgment.mirrored else "right"
            assert words == f"{response} response, on the {side}"
    known = gold.known_answers(ctx.store, project)
    for row in tables["gold"]:
        expected = known[row["item"]]
        assert row["expected"] == ("first response" if expected.preferred > 0 else "second response")
        assert row["explanation"] == expected.explanation
    links = admin.get(page_of(project, CARELESS)).text
    assert f'href="/steadyhand/projects/{project}/items/{tables["retests"][0]["item"]}/"' in links


def test_the_course_adds_up_to_the_whole(admin: Visitor, ctx: Context, project: int) -> None:
    tables = admin.json(f"{table_path(project)}/11.json")["tables"]
    card = scorecards.find(ctx.store, project, "11").scorecard  # type: ignore[union-attr]
    assert sum(week["judgments"] for week in tables["weeks"]) == card.judgments
    assert sum(week["retests"] for week in tables["weeks"]) == card.retests
    assert sum(week["gold_items"] for week in tables["weeks"]) == card.gold.n
    assert sum(hour["judgments"] for hour in tables["hours"]) == card.judgments
    assert len(tables["hours"]) == 24


def test_flags_stand_with_their_evidence(admin: Visitor, project: int) -> None:
    tables = admin.json(f"{table_path(project)}/{LEFT_TAKER}.json")["tables"]
    assert "80 of 80 answers for the left side" in [row["evidence"] for row in tables["flags"]]
    assert "Nothing looks odd" in admin.get(page_of(project, "11")).text


def test_pay_lines_come_with_their_arithmetic_for_admins(
    admin: Visitor, reviewer: Visitor, ctx: Context, project: int
) -> None:
    reasons = ["80 judgments x 10 x 0.5 = 400 EUR minor units", SCRIPT]
    row = {"project": project, "settlement": 1, "annotator": "11", "period": "2026-05", "kind": EntryKind.PAY}
    row |= {"minor": 400, "currency": "EUR", "contract_version": "test-1", "evidence": "e", "at": ctx.clock()}
    ctx.store.insert(ledger_lines, {**row, "detail": {"reasons": reasons}, "previous": "p", "hash": "h"})
    (line,) = admin.json(f"{table_path(project)}/11.json")["tables"]["pay"]
    assert (line["period"], line["amount"]) == ("2026-05", {"minor": 400, "currency": "EUR"})
    assert line["reasons"] == "; ".join(reasons)
    assert SCRIPT not in admin.get(page_of(project, "11")).text
    assert "4.00 EUR" in admin.get(page_of(project, "11")).text
    page = reviewer.get(page_of(project, "11")).text
    tables = reviewer.json(f"{table_path(project)}/11.json")["tables"]
    assert not {"pay", "notes", "pauses"} & set(tables)
    assert "EUR" not in page + str(tables)
    assert "<form" not in page


def test_what_they_were_told_is_the_panels(admin: Visitor, ctx: Context, project: int, plugin: None) -> None:
    pause(ctx, ADMIN, project, "11", SCRIPT)
    shown = {row["label"]: row["value"] for row in admin.json(f"{table_path(project)}/11.json")["tables"]["told"]}
    standing = standing_of(ctx, project, "11")
    assert shown["Paused"] == SCRIPT
    assert shown["Standing"] == standing.standing
    assert shown["Answers"] == str(standing.judgments)
    assert shown["Consistency"] == cells.text(standing.self_consistency, cells.Unit.SHARE)
    newcomer = {row.label: row.value for row in told(standing_of(ctx, project, "19"), with_money=True)}
    assert newcomer["Reputation"] == "not known yet"
    assert newcomer["Standing"] == "new; 4 more checked answers until it is known"


def test_who_has_done_nothing_here_has_no_page(admin: Visitor, project: int) -> None:
    for name in ("19", "nobody", SCRIPT):
        answer = admin.get(page_of(project, name))
        assert answer.status_code == 404
        assert SCRIPT not in answer.text
    assert admin.get("/steadyhand/projects/99/annotators/11/").status_code == 404


def test_a_long_list_of_evidence_is_paged_and_keeps_the_rest_of_the_address(admin: Visitor, project: int) -> None:
    page = page_of(project, "11")
    assert admin.get(f"{page}?retests_page=1&names=hidden").status_code == 200
    assert admin.get(f"{page}?retests_page=0").status_code == 400
    column: Column[int] = Column("n", "N", lambda n: n)
    table = paged("N", [column], list(range(250)), {"retests_page": "2", "names": "hidden"}, name="retests")
    assert table.rows_on_page == list(range(100, 200))
    assert table.page_address(3) == "?retests_page=3&names=hidden"
    assert paged("N", [column], [3, 1], {"sort": "n", "q": "3", "page": "9"}, name="gold").rows_on_page == [3, 1]


# --- forms ------------------------------------------------------------------------------------------------------------


def test_a_pause_by_the_form_says_what_it_did_and_a_second_click_changes_nothing(
    admin: Visitor, ctx: Context, project: int, plugin: None
) -> None:
    page = page_of(project, "11")
    assert "is paused: nothing is served to them" in admin.after(f"{page}pause/", reason=SCRIPT).text
    again = admin.after(f"{page}pause/", reason=SCRIPT).text
    assert "was paused already." in again
    assert "Paused since" in again
    assert SCRIPT not in again
    assert fakes.gateway(ctx).paused == {(project, "11"): SCRIPT}
    assert "user11@example.com is served tasks again" in admin.after(f"{page}resume/", reason="").text
    assert "was not paused." in admin.after(f"{page}resume/", reason="").text
    assert [entry.what for entry in audit_log(ctx, project)][:2] == ["resumed", "paused"]
    assert audit_log(ctx, project)[0].actor == "user1@example.com"
    assert admin.post(f"{page}pause/", reason=" ").status_code == 400


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (None, "Pausing needs the Steadyhand plugin"),
        (PluginStatus("0.0.9", guard=True), "is 0.0.9 and does not know pauses: update the plugin"),
        (PluginStatus("0.1.0", guard=False, pauses=True), "Pausing needs the guard"),
    ],
)
def test_where_nobody_can_be_paused_the_page_says_what_is_missing(
    admin: Visitor, ctx: Context, project: int, status: PluginStatus | None, says: str
) -> None:
    fakes.gateway(ctx).plugin_status = status
    page = admin.get(page_of(project, "11")).text
    assert says in page
    assert f"{page_of(project, '11')}pause/" not in page
    assert says in admin.post(f"{page_of(project, '11')}pause/", reason="until Friday").text
    assert pauses.now(ctx.store, project) == {}


def test_a_pause_that_may_not_hold_is_said_to(admin: Visitor, ctx: Context, project: int, plugin: None) -> None:
    pause(ctx, ADMIN, project, "11", "until Friday")
    fakes.gateway(ctx).plugin_status = None
    assert "The pause may not hold at the moment" in admin.get(page_of(project, "11")).text


def test_pages_stand_while_label_studio_is_down(admin: Visitor, ctx: Context, project: int) -> None:
    fakes.gateway(ctx).fail_on = {"plugin"}
    assert "switched off by the test" in admin.get(page_of(project, "11")).text


def test_a_note_is_kept_once_escaped_and_for_admins(
    admin: Visitor, reviewer: Visitor, ctx: Context, project: int
) -> None:
    page = page_of(project, "11")
    assert "The note is kept." in admin.after(f"{page}notes/", text=f" {SCRIPT} ").text
    again = admin.after(f"{page}notes/", text=SCRIPT).text
    assert "kept already" in again
    assert SCRIPT not in again
    assert again.count("&lt;script&gt;alert") == 1
    assert "alert(1)" not in reviewer.get(page).text
    assert [row["text"] for row in admin.json(page.rstrip("/") + ".json")["tables"]["notes"]] == [SCRIPT]
    assert [entry.what for entry in audit_log(ctx, project)].count("note written") == 1
    assert "alert" not in str(audit_log(ctx, project)[0].detail)
    for text in ("", " ", "x" * 4001):
        assert admin.post(f"{page}notes/", text=text).status_code == 400
    assert "The note is kept." in admin.after(f"{page}notes/", text="another one").text


def test_names_with_html_in_them_are_escaped(admin: Visitor, ctx: Context, project: int) -> None:
    members = fakes.gateway(ctx)._members
    members[:] = [type(m)(m.id, SCRIPT if m.id == 11 else m.email) for m in members]
    for path in (f"{table_path(project)}/", page_of(project, "11")):
        page = admin.get(path).text
        assert SCRIPT not in page
        assert "&lt;script&gt;alert" in page


def test_who_joined_since_the_members_were_asked_for_stands_by_name_at_once(
    admin: Visitor, ctx: Context, project: int
) -> None:
    members = fakes.gateway(ctx)._members
    newest = next(member for member in members if member.id == 11)
    members.remove(newest)
    there = f"/steadyhand/projects/{project}/annotators/"
    ctx.figures_cache.get(("members", ""), int(ctx.clock() / 60), lambda: {str(m.id): m.email for m in members})
    members.append(newest)
    assert newest.email in admin.get(there).text
