"""Pay, pilots, monitoring and the audit log: the figures and the audit trail of the use cases beneath, once whatever is clicked."""

import sqlalchemy as sa

from ls_backend.services.context import Context
from ls_backend.services.settling import settle
from ls_backend.store import audit, ledger, pilots, projects
from ls_backend.store.tables import settlements
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


def test_a_period_is_settled_once_however_often_it_is_clicked(admin: Visitor, ctx: Context, project: int) -> None:
    there = page(project, "pay", PERIOD)
    assert "is settled: 8 lines" in admin.after(f"{there}/settle").text
    again = admin.after(f"{there}/settle")
    assert f"{PERIOD} is settled: by user1@example.com" in again.text
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
    admin.after(f"{there}/settle")
    assert admin.post(f"{there}/export", form="csv").status_code == 400  # not approved yet
    admin.after(f"{there}/approve")
    assert admin.post(f"{there}/export", form="nonsense").status_code == 400
    answer = admin.post(f"{there}/export", form="csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="csv-{project}-{PERIOD}-export1.csv"'
    assert answer.text.splitlines()[0] == "annotator,amount,minor,currency,period"
    assert "Files were made 1 times already" in admin.get(f"{there}/").text
    assert admin.post(f"{there}/export", form="prolific").status_code == 400
    people = "annotator,participant_id\n" + "\n".join(f"{a},p{a}" for a in range(11, 19))
    assert "p11," in admin.post(f"{there}/export", form="prolific", people=people).text


def test_the_ledger_is_searched_and_verified_and_disputes_are_resolved(
    admin: Visitor, ctx: Context, project: int
) -> None:
    admin.after(page(project, "pay", PERIOD, "settle"))
    rows = admin.json(page(project, "pay.json") + "?q=user11")["tables"]["ledger"]
    assert [row["annotator"] for row in rows] == ["user11@example.com"]
    assert "follow from their evidence" in admin.get(page(project, "pay", "verification/")).text
    text = "<script>alert(1)</script> too little"
    noted = admin.after(page(project, "pay", "disputes"), entry=str(rows[0]["line"]), text=text)
    assert "<script>alert" not in noted.text
    assert "&lt;script&gt;alert" in noted.text
    (dispute,) = ledger.open_disputes(ctx.store, project)
    assert admin.post(page(project, "pay", "disputes", str(dispute.id)), amount="1,x", text="no").status_code == 400
    resolved = admin.after(page(project, "pay", "disputes", str(dispute.id)), amount="2.50", text="a slip")
    assert "is resolved. It is paid as" in resolved.text
    assert ledger.lines(ctx.store, project=project)[-1].minor == 250
    assert not ledger.open_disputes(ctx.store, project)


def test_four_eyes_ask_for_another_person(admin: Visitor, ctx: Context, project: int) -> None:
    object.__setattr__(ctx.settings, "four_eyes", True)
    admin.after(page(project, "pay", PERIOD, "settle"))
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
    for _ in range(2):  # the same click twice
        admin.after(f"{there}/look", looks="0")
    (pilot,) = pilots.of_project(ctx.store, project)
    assert pilot.looks == 1
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
