"""Settling, approving, exporting, verifying, answering: what is in the ledger is what is paid, and can be worked out again."""

import copy
import csv
import gzip
import io
import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hooks.report.layout import plain_text
from hooks.report.ledger import settlement as settlement_report
from ls_backend.errors import BusyError, InputError
from ls_backend.label_studio.tasks import MarginSource
from ls_backend.measurement import pay, settlement
from ls_backend.measurement.decidedness import DecidednessSource
from ls_backend.programme.seed_schedule import Routing
from ls_backend.services import disputes, leases, payouts, settling
from ls_backend.services.actor import Actor
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.disputes import dispute, resolve
from ls_backend.services.gold_items import add, withdraw
from ls_backend.services.payouts import PayoutForm, export_payouts
from ls_backend.services.pilots import PilotTerms, look_at_pilot, start_pilot, stop_pilot
from ls_backend.services.processing import process
from ls_backend.services.queries import periods
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.ledger import open_disputes, pay_lines_of
from ls_backend.services.queries.periods import parse_period
from ls_backend.services.queries.pilots import contracts_of
from ls_backend.services.queries.standing import standing_of
from ls_backend.services.queries.status import status
from ls_backend.services.queries.unsettled import unsettled_work
from ls_backend.services.seeding import seed_project
from ls_backend.services.settling import SettlementReport, StillRunningError, approve
from ls_backend.services.verifying import verify
from ls_backend.store import gold, projects
from ls_backend.store import ledger as stored_ledger
from ls_backend.store import scorecards as stored
from ls_backend.store.records import LedgerLine
from ls_backend.store.tables import judgments, ledger, seeds, settlements
from ls_backend.types import Json
from tests import fakes
from tests.fakes import ADMIN

NOVEMBER, DECEMBER = "2023-11", "2023-12"
CONTRACT = fakes.CONTRACT + "\n[base]\nper_judgment_minor = 5\n"


def settle(ctx: Context, actor: Actor, project: int, period: str, *, preview: bool = False) -> SettlementReport:
    """Settle a period, running or not."""
    return settling.settle(ctx, actor, project, period, preview=preview, though_running=True)


@pytest.fixture
def worked(ctx: Context) -> int:
    """A project in which two annotators have done a fortnight's work in November 2023."""
    ctx.clock.now = 1_699_500_000.0  # type: ignore[attr-defined]  # 9 November 2023
    made = fakes.attach(ctx, tasks=16, gold=6, routing="everyone", annotators=2, retest_rate=0.3, contract=CONTRACT)
    label(ctx, made, {7: "left", 8: "right"})
    return made


CAREFUL = "careful"  # who prefers the same response on either side
CAREFUL_WHERE_DECIDED = "careful where decided"  # and takes the left one where the margin is small


def careful_side(data: Json) -> str:
    return "left" if str(data["response_a"]) > str(data["response_b"]) else "right"


def side_of(habit: str, data: Json) -> str:
    if habit == CAREFUL or (habit == CAREFUL_WHERE_DECIDED and data["margin"] > 1):
        return careful_side(data)
    return "left" if habit == CAREFUL_WHERE_DECIDED else habit


def label(ctx: Context, made: int, people: dict[int, str]) -> None:
    gate = fakes.gateway(ctx)
    for _ in range(2):  # retests come out once their originals are answered
        for task in list(gate.tasks(made)):
            for who, side in people.items():
                if not task.is_labeled and who not in {a["completed_by"] for a in task.annotations}:
                    ctx.clock.now += 60  # type: ignore[attr-defined]
                    fakes.deliver(ctx, gate.annotate(task.id, who, side_of(side, task.data)))
        process(ctx, ADMIN, made)


def remove_one(ctx: Context, made: int, who: int) -> None:
    gate = fakes.gateway(ctx)
    task = next(t for t in gate.tasks(made) if any(a["completed_by"] == who for a in t.annotations))
    gone = next(a["id"] for a in task.annotations if a["completed_by"] == who)
    fakes.deliver(ctx, gate.remove(task.id, gone))


def next_month(ctx: Context, made: int) -> None:
    ctx.clock.now += 30 * 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(made, [fakes.pair(100 + n) for n in range(8)])
    label(ctx, made, {7: "left", 8: "right"})


def lines(ctx: Context) -> list[LedgerLine]:
    return stored_ledger.lines(ctx.store)


def test_a_preview_writes_nothing_and_settling_writes_one_line_each(ctx: Context, worked: int) -> None:
    preview = settle(ctx, ADMIN, worked, NOVEMBER, preview=True)
    assert lines(ctx) == []
    done = settle(ctx, ADMIN, worked, NOVEMBER)
    assert [(e.annotator, e.minor) for e in done.entries] == [(e.annotator, e.minor) for e in preview.entries]
    assert [x.annotator for x in lines(ctx)] == ["7", "8"]
    assert all(x.minor >= 5 * 20 for x in done.entries), "base pay at least"
    assert "base pay: " in done.entries[0].reasons[0]
    assert verify(ctx).faults == ()


@pytest.mark.parametrize("routing", ["everyone", "aimed"])
def test_a_preview_writes_nothing_into_label_studio(plugged: Context, routing: str) -> None:
    plugged.clock.now = 1_699_500_000.0  # type: ignore[attr-defined]  # 9 November 2023
    project = fakes.attach(plugged, tasks=16, routing=routing, annotators=2, retest_rate=0.3, gold_rate=0.3)
    gateway = fakes.gateway(plugged)
    gateway.import_tasks(project, [fakes.pair(200 + n) for n in range(10)])
    for task in list(gateway.tasks(project))[:14]:
        plugged.clock.now += 60  # type: ignore[attr-defined]
        gateway.annotate(task.id, 7, "left")
    before = copy.deepcopy(gateway._tasks)
    preview = settle(plugged, ADMIN, project, NOVEMBER, preview=True)
    assert gateway._tasks == before
    assert standing_of(plugged, project, "7").judgments == 14
    assert settle(plugged, ADMIN, project, NOVEMBER).entries == preview.entries
    seed_project(plugged, ADMIN, project)
    assert len(gateway._tasks) > len(before), "the seeds that are due follow"


def test_a_settlement_pays_by_the_score_that_was_shown_where_margins_are_evidence(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=0)
    fakes.gateway(ctx).import_tasks(made, [fakes.pair(n, margin=9.0 if n % 2 else 0.1) for n in range(24)])
    gold_pairs = [replace(pair, slice=None, extra={"margin": 5.0}) for pair in fakes.gold_pairs(6)]
    terms = MonitoringTerms(contract=CONTRACT, gold=gold_pairs, routing=Routing.EVERYONE, annotators=2, retest_rate=0.3)
    attach(ctx, ADMIN, made, replace(terms, min_lag=2, margin_source=MarginSource(("margin",))))
    label(ctx, made, {7: CAREFUL, 8: CAREFUL_WHERE_DECIDED, 9: "left"})
    report = settle(ctx, ADMIN, made, "all", preview=True)
    cards = stored.of_project(ctx.store, made)
    assert {line.annotator: line.measured["attentiveness"] for line in report.entries if line.measured} == {
        card.annotator: card.pay_score for card in cards
    }
    assert {card.decided_by for card in cards} == {DecidednessSource.MARGIN}


def test_what_cannot_be_read_and_is_not_paid_is_said(ctx: Context, worked: int) -> None:
    gateway = fakes.gateway(ctx)
    gateway.import_tasks(worked, [fakes.pair(300)])
    task = max(t.id for t in gateway.tasks(worked))
    ctx.clock.now += 60  # type: ignore[attr-defined]
    fakes.deliver(ctx, gateway.annotate(task, 7, "neither of them"))
    settled = settle(ctx, ADMIN, worked, NOVEMBER)
    (fault,) = settled.faults
    assert f"task {task}" in fault
    assert f"Not read, so not paid: {fault}" in " ".join(plain_text(settlement_report(settled)).split())


def test_twice_and_overlapping_periods_are_refused(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    with pytest.raises(InputError, match="2023-11 is settled already"):
        settle(ctx, ADMIN, worked, NOVEMBER)
    with pytest.raises(InputError, match="overlaps 2023-11"):
        settle(ctx, ADMIN, worked, "2023-11-20..2023-12-03")
    with pytest.raises(InputError, match="nobody has judgments in 2023-12"):
        settle(ctx, ADMIN, worked, DECEMBER)


def test_what_changes_later_is_corrected_in_the_next_period(ctx: Context, worked: int) -> None:
    first = settle(ctx, ADMIN, worked, NOVEMBER)
    remove_one(ctx, worked, 7)
    next_month(ctx, worked)
    second = settle(ctx, ADMIN, worked, DECEMBER)
    corrections = [e for e in second.entries if e.kind == "correction" and e.annotator == "7"]
    assert [(e.period, e.minor < 0) for e in corrections] == [(NOVEMBER, True)]
    assert "comes to" in corrections[0].reasons[0]
    assert verify(ctx).faults == ()
    total = sum(e.minor for s in (first, second) for e in s.entries)
    assert total == sum(stored_ledger.totals(ctx.store, worked).values())


def test_a_correction_takes_away_no_more_than_the_batch_pays(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    ctx.store.execute(sa.update(judgments).where(judgments.c.annotator == "7").values(deleted_at=1.0))
    ctx.clock.now += 30 * 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(200)])
    task = max(t.id for t in fakes.gateway(ctx).tasks(worked))
    fakes.deliver(ctx, fakes.gateway(ctx).annotate(task, 7, "left"))
    settle(ctx, ADMIN, worked, DECEMBER)
    batch = ctx.store.rows(sa.select(settlements.c.id).where(settlements.c.name == DECEMBER))[0].id
    assert min(stored_ledger.payouts(ctx.store, batch).values()) >= 0
    assert verify(ctx).faults == ()


def test_a_changed_line_a_removed_one_and_changed_evidence_show(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    ctx.store.execute(sa.update(ledger).where(ledger.c.id == 1).values(minor=ledger.c.minor + 1))
    faults = " ".join(verify(ctx).faults)
    assert "line 1" in faults
    assert "was changed after it was written" in faults
    assert "the evidence says otherwise" in faults
    ctx.store.execute(sa.delete(ledger).where(ledger.c.id == 1))
    assert "a line was removed" in " ".join(verify(ctx).faults)
    kept = ctx.store.rows(sa.select(settlements))[0]
    snapshot = json.loads(gzip.decompress(kept.evidence))
    snapshot["judgments"] = snapshot["judgments"][1:]
    ctx.store.execute(sa.update(settlements).values(evidence=gzip.compress(json.dumps(snapshot).encode())))
    assert "the evidence is not what" in " ".join(verify(ctx).faults)


@pytest.mark.parametrize("damage", ["cut off", "no gzip", "bits changed", "no object"])
def test_damaged_evidence_is_a_fault_and_settling_says_so(ctx: Context, worked: int, damage: str) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    (evidence,) = ctx.store.rows(sa.select(settlements.c.evidence))[0]
    damaged = {
        "cut off": evidence[:-20],
        "no gzip": b"no gzip",
        "bits changed": evidence[:10] + bytes(byte ^ 0xFF for byte in evidence[10:40]) + evidence[40:],
        "no object": gzip.compress(b"[1, 2]"),
    }
    ctx.store.execute(sa.update(settlements).values(evidence=damaged[damage]))
    (fault,) = verify(ctx).faults
    assert "2023-11: the evidence can't be read" in fault
    with pytest.raises(InputError, match="the evidence can't be read"):
        settle(ctx, ADMIN, worked, DECEMBER)


def test_what_another_version_of_the_model_settled_stays_as_it_was_paid(
    ctx: Context, worked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    newer = pay.MODEL_VERSION + 1
    for module in (settlement, settling):
        monkeypatch.setattr(module, "MODEL_VERSION", newer)
        monkeypatch.setattr(module, "MODEL_VERSIONS", (newer,))
    assert verify(ctx).faults == (
        f"2023-11 was settled by version {newer - 1} of the model, this Steadyhand has {newer}; work it out again with the "
        "Steadyhand that settled it",
    )
    remove_one(ctx, worked, 7)
    next_month(ctx, worked)
    found = settle(ctx, ADMIN, worked, DECEMBER)
    assert {e.kind for e in found.entries} == {"pay"}
    assert found.not_corrected == (NOVEMBER,)
    assert "2023-11 is not corrected" in plain_text(settlement_report(found))


def test_only_what_is_approved_is_exported_numbered_and_to_the_cent(ctx: Context, worked: int) -> None:
    done = settle(ctx, ADMIN, worked, NOVEMBER)
    people = {
        "7": {"participant_id": "p7", "assignment_id": "x7"},
        "8": {"participant_id": "p8", "assignment_id": "x8"},
    }
    with pytest.raises(InputError, match="is not approved"):
        export_payouts(ctx, ADMIN, worked, NOVEMBER, form="prolific", people=people)
    assert "@" in approve(ctx, ADMIN, worked, NOVEMBER).approved_by
    with pytest.raises(InputError, match="was approved by"):
        approve(ctx, ADMIN, worked, NOVEMBER)
    with pytest.raises(InputError, match=r"no participant_id for: 8"):
        export_payouts(ctx, ADMIN, worked, NOVEMBER, form="prolific", people={"7": {"participant_id": "p7"}})
    first = export_payouts(ctx, ADMIN, worked, NOVEMBER, form="prolific", people=people)
    (text,) = first.files.values()
    paid = dict(line.split(",") for line in text.splitlines())
    assert set(paid) == {"p7", "p8"}
    assert round(100 * sum(map(float, paid.values()))) == done.total_minor
    assert first.warning == ""
    again = export_payouts(ctx, ADMIN, worked, NOVEMBER, form="mturk", people=people)
    assert again.number == 2
    assert "This is export no. 2 of 2023-11; no. 1 (prolific)" in again.warning
    (text,) = again.files.values()
    assert {json.loads(line)["AssignmentId"] for line in text.splitlines()} == {"x7", "x8"}
    assert verify(ctx).faults == ()


def test_prolific_files_hold_at_most_200_lines() -> None:
    due = {str(n): 100 + n for n in range(450)}
    names = {a: {"participant_id": f"p{a}"} for a in due}
    files = payouts._files(payouts.PayoutBatch("prolific", "x", "p", "EUR", "t"), due, names)
    assert [len(t.splitlines()) for t in files.values()] == [200, 200, 50]
    assert next(iter(files.values())).splitlines()[50] == "p50,1.50"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_csv_and_json_payouts_have_the_same_columns(form: PayoutForm) -> None:
    batch = payouts.PayoutBatch(form, "x", NOVEMBER, "EUR", "t")
    (text,) = payouts._files(batch, {"7": 150}, {"7": {"email": "a@example.com"}}).values()
    (row,) = csv.DictReader(io.StringIO(text)) if form == "csv" else json.loads(text)
    assert {name: str(value) for name, value in row.items()} == {
        "annotator": "7",
        "email": "a@example.com",
        "amount": "1.50",
        "minor": "150",
        "currency": "EUR",
        "period": NOVEMBER,
    }


def test_where_nobody_is_to_be_paid_there_is_no_file_to_pay_with(
    ctx: Context, worked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    approve(ctx, ADMIN, worked, NOVEMBER)
    monkeypatch.setattr(stored_ledger, "payouts", lambda *_: {"7": 0, "8": 0})
    with pytest.raises(InputError, match="nobody is to be paid anything for 2023-11"):
        export_payouts(ctx, ADMIN, worked, NOVEMBER, form="prolific", people={})


def test_a_dispute_is_resolved_by_a_line_of_its_own(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    number = dispute(ctx, ADMIN, worked, 1, "a pair came twice")
    assert [d.text for d in open_disputes(ctx, worked)] == ["a pair came twice"]
    waiting = " ".join(status(ctx, worked)[0].attention)
    assert f"1 dispute is open; `steadyhand ledger disputes --project {worked}`" in waiting
    assert f"`steadyhand ledger approve --project {worked} --period {NOVEMBER}`" in waiting
    with pytest.raises(InputError, match="takes nothing away"):
        resolve(ctx, ADMIN, worked, number, minor=-5, text="no")
    done = resolve(ctx, ADMIN, worked, number, minor=50, text="you are right")
    assert open_disputes(ctx, worked) == []
    approve(ctx, ADMIN, worked, done.period)
    assert export_payouts(ctx, ADMIN, worked, done.period, form="csv").total_minor == 50
    assert pay_lines_of(ctx, worked, "7")[0].reasons == ("dispute 1: you are right = 0.50 EUR",)
    assert verify(ctx).faults == ()
    with pytest.raises(InputError, match="no open dispute"):
        resolve(ctx, ADMIN, worked, number, minor=0, text="again")


def test_resolving_a_dispute_that_failed_halfway_is_done_by_the_next_try(
    ctx: Context, worked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    number = dispute(ctx, ADMIN, worked, 1, "a pair came twice")
    with monkeypatch.context() as broken:
        broken.setattr(stored_ledger, "resolve_dispute", fail)
        with pytest.raises(RuntimeError, match="switched off"):
            resolve(ctx, ADMIN, worked, number, minor=50, text="you are right")
    assert len(lines(ctx)) == 2, "nothing is paid without closing the dispute"
    resolve(ctx, ADMIN, worked, number, minor=50, text="you are right")
    assert [x.minor for x in lines(ctx)][2:] == [50]
    assert verify(ctx).faults == ()


def test_nobody_resolves_a_dispute_while_another_process_settles(
    ctx: Context, worked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    number = dispute(ctx, ADMIN, worked, 1, "a pair came twice")
    monkeypatch.setattr(disputes, "MAX_WAIT_SECONDS", 0.0)
    with ctx.store.lease(leases.settling(worked)), pytest.raises(BusyError, match="another process holds"):
        resolve(ctx, ADMIN, worked, number, minor=50, text="you are right")


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("switched off by the test")


def test_after_settling_the_card_starts_anew_and_tells_the_total(ctx: Context, worked: int) -> None:
    done = settle(ctx, ADMIN, worked, NOVEMBER)
    shown = standing_of(ctx, worked, "7")
    assert shown.bonus_minor == 0
    assert shown.settled_minor == next(e.minor for e in done.entries if e.annotator == "7")
    assert [x.period for x in shown.settled] == [NOVEMBER]
    assert shown.settled[0].reasons


def test_who_was_promised_a_contract_is_paid_by_it_when_the_pilot_is_over(ctx: Context, worked: int) -> None:
    generous = CONTRACT.replace("test-1", "b-1").replace("per_judgment_minor = 5", "per_judgment_minor = 9")
    start_pilot(ctx, ADMIN, worked, PilotTerms("p", CONTRACT, generous))
    arms = contracts_of(ctx, worked, start=ctx.clock())
    ctx.clock.now += 3600  # type: ignore[attr-defined]
    stop_pilot(ctx, ADMIN, worked)
    done = settle(ctx, ADMIN, worked, NOVEMBER)
    base = {e.annotator: e.parts["base"] // e.measured["judgments"] for e in done.entries}
    assert base == {a: 9 if text == generous else 5 for a, text in arms.items()}


def test_periods_may_be_settled_in_any_order(ctx: Context, worked: int) -> None:
    ctx.clock.now += 30 * 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(600 + n) for n in range(6)])
    label(ctx, worked, {7: "left", 8: "right"})
    later = settle(ctx, ADMIN, worked, DECEMBER)
    assert later.total_minor > 0
    earlier = settle(ctx, ADMIN, worked, NOVEMBER)
    assert [e.kind for e in earlier.entries] == ["pay", "pay"], "December stays as it is"
    assert verify(ctx).faults == ()


def test_what_looks_wrong_is_said_before_anybody_is_paid(ctx: Context, worked: int) -> None:
    found = settle(ctx, ADMIN, worked, NOVEMBER, preview=True)
    assert {s.name for s in found.warning_signs} >= {"unclear_guidelines", "contract_too_hard"}, (
        "two who always click one side"
    )


def test_work_after_settling_early_shows_at_once_and_is_paid_as_a_correction(ctx: Context, worked: int) -> None:
    first = settle(ctx, ADMIN, worked, NOVEMBER)
    assert first.unfinished
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(400 + n) for n in range(6)])
    label(ctx, worked, {7: "left", 8: "right"})
    assert standing_of(ctx, worked, "7").judgments > first.entries[0].measured["judgments"]
    ctx.clock.now += 30 * 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(500)])
    label(ctx, worked, {7: "left", 8: "right"})
    later = settle(ctx, ADMIN, worked, DECEMBER)
    late = {e.annotator: e.minor for e in later.entries if e.kind == "correction"}
    assert late["7"] >= 5 * 6, "base pay of six answers at least"
    assert verify(ctx).faults == ()


def more_work(ctx: Context, made: int, first: int, pairs: int, *, of_7: str = "left") -> None:
    fakes.gateway(ctx).import_tasks(made, [fakes.pair(first + n) for n in range(pairs)])
    label(ctx, made, {7: of_7, 8: "right"})


def test_a_project_whose_tasks_are_open_is_settled_only_when_that_is_said(ctx: Context, worked: int) -> None:
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(900 + n) for n in range(3)])
    preview = settling.settle(ctx, ADMIN, worked, "all", preview=True)
    assert preview.unfinished
    assert "answers that its tasks ask for" in preview.still_running
    assert "all-2" in preview.still_running
    assert "Nothing is taken back." in preview.still_running
    with pytest.raises(StillRunningError, match="all is not over") as refused:
        settling.settle(ctx, ADMIN, worked, "all")
    assert "--even-though-running" in str(refused.value)
    assert "--even-though-running" not in refused.value.plain
    with pytest.raises(StillRunningError, match="runs up to 2023-12-01"):
        settling.settle(ctx, ADMIN, worked, NOVEMBER)
    assert lines(ctx) == []
    label(ctx, worked, {7: "left", 8: "right"})
    ctx.store.execute(sa.update(seeds).values(state="answered"))
    assert settling.settle(ctx, ADMIN, worked, "all").unfinished is False, "nothing is open any more"


def booked(ctx: Context, project: int) -> dict[str, int]:
    return stored_ledger.totals(ctx.store, project)


def whole_project_at_once(ctx: Context, project: int) -> dict[str, int]:
    """What one settlement at the end would pay."""
    snapshot = settling._snapshot(
        ctx, projects.get(ctx.store, project), periods.Period("all", 0.0, stored_ledger.FOREVER), settled=[]
    )
    return {line.annotator: line.minor for line in settlement.entries(snapshot)}


@pytest.mark.parametrize("minimum", [4, 12])
def test_what_comes_after_the_whole_project_was_settled_is_paid_as_if_it_had_been_settled_at_the_end(
    ctx: Context, minimum: int
) -> None:
    ctx.clock.now = 1_699_500_000.0  # type: ignore[attr-defined]
    worked = fakes.attach(ctx, tasks=16, gold=6, routing="everyone", annotators=2, retest_rate=0.3, contract=CONTRACT)
    label(ctx, worked, {7: CAREFUL, 8: "right"})
    contract = CONTRACT.replace('kind = "linear"', 'kind = "linear"\nmeasure = "self_consistency"')
    projects.change(ctx.store, worked, contract=contract.replace("monitored = 4", f"monitored = {minimum}"))
    early = settle(ctx, ADMIN, worked, "all")
    assert (early.entries[0].parts["bonus"] > 0) == (minimum == 4)
    assert booked(ctx, worked) == whole_project_at_once(ctx, worked)
    for period, why in (
        ("all", "what came since is paid by all-2"),
        ("all-3", "settle all-2"),
        (DECEMBER, "settle all-2, which pays what came since"),
    ):
        with pytest.raises(InputError, match=why):
            settle(ctx, ADMIN, worked, period)
    with pytest.raises(InputError, match="whole project, part 2 has nothing to pay"):
        settle(ctx, ADMIN, worked, "all-2")
    for part, first in (("all-2", 700), ("all-3", 800)):
        more_work(ctx, worked, first, 6, of_7=CAREFUL)
        ordinary = judged_items(ctx, worked) - set(gold.known_answers(ctx.store, worked))
        add(ctx, ADMIN, worked, min(ordinary), preferred=1, explanation="one check more")  # then there are 12
        shown = {card.annotator: card.bonus_minor for card in stored.of_project(ctx.store, worked)}
        since = unsettled_work(ctx, worked)
        report = settle(ctx, ADMIN, worked, part)
        assert {(line.kind, line.period) for line in report.entries} == {("correction", "all")}
        assert booked(ctx, worked) == whole_project_at_once(ctx, worked)
        bonus = {line.annotator: line.minor - 5 * since[line.annotator].judgments for line in report.entries}
        assert bonus == shown, "as their scorecards said"
    assert booked(ctx, worked)["7"] == standing_of(ctx, worked, "7").judgments * (5 + 10), "in full, in the end"
    assert all(standing_of(ctx, worked, who).bonus_minor == 0 for who in ("7", "8"))
    assert verify(ctx).faults == ()


def test_a_whole_project_that_0_1_0_settled_for_ever_is_paid_on_and_nothing_twice(
    ctx: Context, worked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(settling, "_up_to_now", lambda *_: stored_ledger.FOREVER)
        settle(ctx, ADMIN, worked, "all")
    more_work(ctx, worked, 700, 6)
    settle(ctx, ADMIN, worked, "all-2")
    assert booked(ctx, worked) == whole_project_at_once(ctx, worked)
    assert verify(ctx).faults == ()


def test_a_later_part_takes_nothing_back_and_pays_what_is_owed_first(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, "all")
    before = booked(ctx, worked)
    remove_one(ctx, worked, 7)
    process(ctx, ADMIN, worked)
    with pytest.raises(InputError, match="whole project, part 2 has nothing to pay"):
        settle(ctx, ADMIN, worked, "all-2")
    assert booked(ctx, worked) == before
    more_work(ctx, worked, 700, 6)
    settle(ctx, ADMIN, worked, "all-2")
    assert booked(ctx, worked) == whole_project_at_once(ctx, worked)
    assert all(booked(ctx, worked)[who] >= before[who] for who in before)
    assert verify(ctx).faults == ()


def test_gold_that_is_withdrawn_is_corrected_by_the_next_settlement(ctx: Context, worked: int) -> None:
    settle(ctx, ADMIN, worked, NOVEMBER)
    before = [(line.annotator, line.minor) for line in lines(ctx)]
    known = gold.known_answers(ctx.store, worked)
    answered = [item for item in known if item in judged_items(ctx, worked)]
    for item in answered[1:]:
        withdraw(ctx, ADMIN, worked, item, reason="open to dispute")
    assert verify(ctx).faults == (), "what is settled follows from the gold of its time"
    assert [(line.annotator, line.minor) for line in lines(ctx)] == before
    next_month(ctx, worked)
    second = settle(ctx, ADMIN, worked, DECEMBER)
    assert all(
        line.reasons[0].startswith("correction: 2023-11") for line in second.entries if line.kind == "correction"
    )
    assert verify(ctx).faults == ()
    snapshot = stored_ledger.evidence_of(ctx.store, second.settlement or 0)
    assert set(snapshot["gold"]) == set(known) - set(answered[1:])


def judged_items(ctx: Context, project: int) -> set[str]:
    return set(judgments_of(ctx, project).items)


def test_a_pilot_pays_each_arm_by_its_contract(ctx: Context, worked: int) -> None:
    generous = CONTRACT.replace("test-1", "b-1").replace("per_judgment_minor = 5", "per_judgment_minor = 9")
    with pytest.raises(InputError, match="both contracts are version"):
        start_pilot(ctx, ADMIN, worked, PilotTerms("p", CONTRACT, CONTRACT))
    start_pilot(ctx, ADMIN, worked, PilotTerms("p", CONTRACT, generous))
    arms = contracts_of(ctx, worked, start=ctx.clock())
    assert sorted(arms.values()) == sorted([CONTRACT, generous])
    ctx.clock.now += 30 * 86400  # type: ignore[attr-defined]
    fakes.gateway(ctx).import_tasks(worked, [fakes.pair(300 + n) for n in range(6)])
    label(ctx, worked, {7: "left", 8: "right"})
    done = settle(ctx, ADMIN, worked, DECEMBER)
    base = {e.annotator: e.parts["base"] // e.measured["judgments"] for e in done.entries if e.kind == "pay"}
    assert base == {a: 9 if text == generous else 5 for a, text in arms.items()}
    assert {x.contract_version for x in lines(ctx)} == {"test-1", "b-1"}
    assert verify(ctx).faults == ()
    seen = look_at_pilot(ctx, ADMIN, worked)
    assert seen.look == 1
    assert look_at_pilot(ctx, ADMIN, worked).level > seen.level
    stop_pilot(ctx, ADMIN, worked)
    assert contracts_of(ctx, worked, start=ctx.clock()) == {}


@pytest.mark.parametrize("period", ["november", "2023-13", "2023-W60", "2023-11-05..2023-11-01", ""])
def test_a_period_that_is_none_says_how_to_write_one(period: str) -> None:
    with pytest.raises(InputError, match="write a month as 2026-11"):
        parse_period(period)


def test_periods_are_in_utc_and_end_where_the_next_begins() -> None:
    assert parse_period("2023-11").end == parse_period("2023-12").start == 1701388800.0
    assert parse_period("2023-W01").end == parse_period("2023-W02").start
    days, month = parse_period("2023-11-01..2023-11-30"), parse_period("2023-11")
    assert (days.start, days.end) == (month.start, month.end)
