"""Pay, pilots, monitoring and the audit log: the figures and the audit trail of the use cases beneath, once whatever is clicked."""

import pytest
import sqlalchemy as sa

from ls_backend.errors import InputError
from ls_backend.services import settling
from ls_backend.services.context import Context
from ls_backend.services.erasing import erase
from ls_backend.services.figure_cache import FigureCache
from ls_backend.services.settling import settle
from ls_backend.store import audit, ledger, pilots, projects
from ls_backend.store.tables import pilots as pilots_table
from ls_backend.store.tables import scorecards, settlements
from tests.fakes import ADMIN, CONTRACT
from tests.unit.hooks.web.dashboard.conftest import Visitor

PERIOD = "all"


def page(project: int, *parts: str) -> str:
    return "/".join(["/steadyhand/projects", str(project), *parts])


def test_a_preview_says_what_settle_says_and_settles_nothing(admin: Visitor, ctx: Context, project: int) -> None:
    shown = admin.json(page(project, "pay", f"{PERIOD}.json"))["tables"]["lines"]
    lines = settle(ctx, ADMIN, project, PERIOD, preview=True).entries
    assert [(row["annotator"], row["amount"]["minor"], row["reasons"]) for row in shown] == [
        (f"user{line.annotator}@example.com", line.minor, "; ".join(line.reasons)) for line in lines
    ]
    assert sum(line.minor for line in lines) > 0
    assert ctx.store.count(settlements) == 0


def test_a_link_to_a_preview_of_nothing_leads_to_a_page_that_says_so(admin: Visitor, project: int) -> None:
    there = page(project, "pay", PERIOD)
    admin.after(f"{there}/settle", though_running="yes")
    assert f'href="{there}-2/"' in admin.get(page(project, "pay/")).text
    preview = admin.get(f"{there}-2/")
    assert preview.status_code == 200
    assert "Whole project, part 2 has nothing to pay:" in preview.text
    assert f'href="{page(project, "pay/")}"' in preview.text.partition("<h1>")[2]


def test_sorting_a_preview_reads_label_studio_no_second_time_and_another_contract_makes_it_anew(
    admin: Visitor, ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = page(project, "pay", f"{PERIOD}.json")
    shown = admin.json(there)["tables"]["lines"]

    def refuse(*_: object, **__: object) -> None:
        raise InputError("read again")

    monkeypatch.setattr(settling, "process", refuse)
    assert sorted(map(str, admin.json(f"{there}?lines.sort=amount")["tables"]["lines"])) == sorted(map(str, shown))
    projects.change(ctx.store, project, contract=CONTRACT.replace("test-1", "test-2"))
    assert "Read again." in admin.get(there).text


def test_a_period_is_settled_once_however_often_it_is_clicked(admin: Visitor, ctx: Context, project: int) -> None:
    there = page(project, "pay", PERIOD)
    assert "Settled: whole project, 8 lines" in admin.after(f"{there}/settle", though_running="yes").text
    again = admin.after(f"{there}/settle", though_running="yes")
    assert "Settled already, by user1@example.com" in again.text
    assert ctx.store.count(settlements) == 1
    for _ in range(2):
        assert "approved by user1@example.com" in admin.after(f"{there}/approve").text
    log = [(record.what, record.actor) for record in audit.records(ctx.store, project)]
    assert log.count(("settled", "user1@example.com")) == 1
    assert log.count(("settlement approved", "user1@example.com")) == 1


def test_files_to_pay_with_are_those_of_the_command_and_the_second_ones_are_warned_of(
    admin: Visitor, ctx: Context, project: int
) -> None:
    there = page(project, "pay", PERIOD)
    admin.after(f"{there}/settle", though_running="yes")
    assert admin.post(f"{there}/export", form="csv").status_code == 400  # not approved yet
    admin.after(f"{there}/approve")
    assert admin.post(f"{there}/export", form="nonsense").status_code == 400
    made = admin.after(f"{there}/export", form="csv")
    assert "Export 1 is made: 1 file" in made.text
    for _ in range(2):  # as often as it is wanted
        answer = admin.get(f"{there}/export/1")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="csv-{project}-{PERIOD}-export1.csv"'
        head, first, *_ = answer.text.splitlines()
        assert head == "annotator,email,amount,minor,currency,period"
        assert first.startswith("11,user11@example.com,")
    assert "Pay one of these exports only" in made.text
    assert [row["form"] for row in admin.json(f"{there}.json")["tables"]["exports"]] == ["csv"]
    people = "annotator,participant_id\n" + "\n".join(f"{a},p{a}" for a in range(11, 19))
    unasked = admin.post(f"{there}/export", form="prolific", people=people, made="1")
    assert unasked.status_code == 400
    assert "files were made already" in unasked.text
    assert "p11" in unasked.text, "what was typed is kept"
    twice = admin.post(f"{there}/export", form="csv", made="0", again="yes")
    assert twice.status_code == 400, "the same click twice makes the files once"
    incomplete = admin.post(f"{there}/export", form="prolific", made="1", again="yes")
    assert incomplete.status_code == 400
    assert "--people" not in incomplete.text
    admin.after(f"{there}/export", form="prolific", people=people, made="1", again="yes")
    assert "p11," in admin.get(f"{there}/export/2").text
    assert admin.get(f"{there}/export/3").status_code == 404
    assert f"{there}/export/1" in admin.get(f"{there}/").text
    erase(ctx, ADMIN, "11")
    assert f"{there}/export/1" not in admin.get(f"{there}/").text, (
        "its files went with the person, so nothing leads to them"
    )


def test_the_ledger_is_searched_and_verified_and_disputes_are_resolved(
    admin: Visitor, ctx: Context, project: int
) -> None:
    admin.after(page(project, "pay", PERIOD, "settle"), though_running="yes")
    rows = admin.json(page(project, "pay.json") + "?q=user11")["tables"]["ledger"]
    assert [row["annotator"] for row in rows] == ["user11@example.com"]
    assert "follow from their evidence" in admin.get(page(project, "pay", "verification/")).text
    text = "<script>alert(1)</script> too little"
    noted = admin.after(page(project, "pay", "disputes"), entry=str(rows[0]["line"]), text=text)
    assert "<script>alert" not in noted.text
    assert "&lt;script&gt;alert" in noted.text
    (dispute,) = ledger.open_disputes(ctx.store, project)
    card = admin.get(page(project, "pay/")).text.partition("No. 1: ")[2].partition("</article>")[0]
    assert "user11@example.com" in card
    assert rows[0]["reasons"] in card
    refused = admin.post(page(project, "pay", "disputes", str(dispute.id)), amount="1,x", text="no such line")
    assert refused.status_code == 400
    assert "no such line" in refused.text
    assert 'value="1,x"' in refused.text
    resolved = admin.after(page(project, "pay", "disputes", str(dispute.id)), amount="2.50", text="a slip")
    assert "is resolved. It is paid as" in resolved.text
    waiting = [need["why"] for need in admin.json(page(project) + ".json")["tables"]["needs"]]
    assert any("whole project, dispute 1. Look through it" in why for why in waiting), "it has to be approved, too"
    assert ledger.lines(ctx.store, project=project)[-1].minor == 250
    assert not ledger.open_disputes(ctx.store, project)


def test_four_eyes_ask_for_another_person(admin: Visitor, ctx: Context, project: int) -> None:
    object.__setattr__(ctx.settings, "four_eyes", True)
    admin.after(page(project, "pay", PERIOD, "settle"), though_running="yes")
    answer = admin.post(page(project, "pay", PERIOD, "approve"))
    assert answer.status_code == 400
    assert "asks for another person" in answer.text
    ctx.store.execute(sa.update(settlements).values(settled_by="somebody@example.com"))
    assert "approved by user1@example.com" in admin.after(page(project, "pay", PERIOD, "approve")).text


def test_rates_are_changed_for_what_comes_and_said(admin: Visitor, ctx: Context, project: int) -> None:
    there = page(project, "monitoring", "rates")
    fields = {"retest_rate": "15", "gold_rate": "2,5", "min_lag": "20"}
    for _ in range(2):
        assert "From now on 15 % of the judgments are retests and 2.5 % gold" in admin.after(there, **fields).text
    record = projects.get(ctx.store, project)
    assert (record.retest_rate, record.gold_rate, record.min_lag) == (0.15, 0.025, 20)
    (noted,) = [entry for entry in audit.records(ctx.store, project) if entry.what == "rates changed"]
    assert noted.actor == "user1@example.com"
    assert noted.detail["after"] == {"retest_rate": 0.15, "gold_rate": 0.025, "min_lag": 20}
    for wrong in ({"retest_rate": "many"}, {"gold_rate": "90"}, {"min_lag": "0"}):
        assert admin.post(there, **fields | wrong).status_code == 400
    assert projects.get(ctx.store, project) == record


def test_a_pilot_is_started_looked_at_and_stopped_once(admin: Visitor, ctx: Context, project: int) -> None:
    there = page(project, "pilots")
    texts = {"contract_a": CONTRACT, "contract_b": CONTRACT.replace("test-1", "test-2"), "name": "first"}
    assert "is running: 4 annotators in A, 4 in B" in admin.after(f"{there}/start", **texts).text
    assert "Pilot first is running" in admin.after(f"{there}/start", **texts).text
    for _ in range(3):  # reading is no look
        assert admin.get(f"{there}/").status_code == 200
    assert "<button disabled>Take look 1" in admin.get(f"{there}/").text
    assert admin.post(f"{there}/look", looks="0").status_code == 400, "nobody was measured yet: the look is not spent"
    ctx.store.execute(sa.update(pilots_table).values(started_at=0.0))
    object.__setattr__(ctx, "figures_cache", FigureCache())
    for _ in range(2):  # the same click twice
        said = admin.after(f"{there}/look", looks="0").text
    (pilot,) = pilots.of_project(ctx.store, project)
    assert pilot.looks == 1
    (look,) = admin.json(f"{there}.json")["tables"]["looks"]
    assert (look["look"], look["by"]) == (1, "user1@example.com")
    assert look["quality"].startswith("B less A "), "what it said is kept"
    assert "Look 1 was taken already" in said
    for _ in range(2):
        admin.after(f"{there}/stop")
    (pilot,) = pilots.of_project(ctx.store, project)
    assert pilot.stopped_at is not None


def test_the_audit_log_says_who_did_what_with_texts_escaped(admin: Visitor, ctx: Context, project: int) -> None:
    audit.note(ctx.store, project, "tried", actor="<b>x</b>", detail_text="<script>1</script>")
    text = admin.get("/steadyhand/audit/").text
    assert "<b>x</b>" not in text
    assert "<script>1" not in text
    rows = admin.json("/steadyhand/audit.json?what=attached")["tables"]["audit"]
    assert {(row["what"], row["project"]) for row in rows} == {("attached", project)}


def test_a_project_that_goes_on_is_settled_when_that_is_confirmed_and_the_rest_is_paid_later(
    admin: Visitor, ctx: Context, project: int
) -> None:
    there = page(project, "pay", PERIOD)
    preview = admin.get(f"{there}/").text
    assert "answers that its tasks ask for" in preview
    assert 'name="though_running" value="yes" required' in preview
    refused = admin.post(f"{there}/settle")
    assert refused.status_code == 400
    assert "Confirm that it is to be settled all the same." in refused.text
    assert "--even-though-running" not in refused.text
    assert ctx.store.count(settlements) == 0
    admin.after(f"{there}/settle", though_running="yes")
    assert f"{page(project)}/pay/all-2/" in admin.get(page(project, "pay/")).text
    assert all(row["judgments"] == 0 for row in admin.json(page(project, "pay.json"))["tables"]["unsettled"])
    assert [need["what"] for need in admin.json(page(project) + ".json")["tables"]["needs"]].count(
        "Think over before paying"
    ) == 0, "that nothing is due is no sign of a contract that is too hard"


def test_a_form_that_is_refused_comes_back_on_its_page_with_what_was_typed(admin: Visitor, project: int) -> None:
    answer = admin.post(page(project, "monitoring", "rates"), retest_rate="80", gold_rate="5", min_lag="7")
    assert answer.status_code == 400
    assert "<h1>Monitoring</h1>" in answer.text
    assert 'role="alert"' in answer.text
    assert 'name="retest_rate"' in answer.text
    assert 'value="80"' in answer.text
    links = [part.partition('"')[0] for part in answer.text.split('href="')[1:]]
    assert not [link for link in links if link.startswith("?")], "they would lead to where forms are sent"
    assert all(admin.get(link).status_code == 200 for link in links if link.startswith(page(project, "monitoring")))
    pilot = admin.post(page(project, "pilots", "start"), name="spring", contract_a="x", contract_b="y = 1\nz = 2")
    assert "y = 1\nz = 2" in pilot.text


def test_pay_of_many_annotators_comes_in_pages_and_its_file_has_everybody(
    admin: Visitor, ctx: Context, project: int
) -> None:
    card = dict(ctx.store.rows(sa.select(scorecards).where(scorecards.c.project == project))[0]._mapping)
    ctx.store.insert_new(scorecards, [{**card, "annotator": f"x{n}"} for n in range(142)])
    shown = admin.get(page(project, "pay/")).text
    assert "Page 1 of 2, 150 rows" in shown
    assert "unsettled_page=2" in shown
    assert "Page 2 of 2, 150 rows" in admin.get(page(project, "pay/?unsettled_page=2")).text
    assert len(admin.json(page(project, "pay.json"))["tables"]["unsettled"]) == 150
