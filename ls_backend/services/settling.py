"""From scores to money: settling a period, and approving it.

The ledger is append-only and chained: each line holds the hash of the one before, and each settlement the whole evidence
its lines follow from (:mod:`ls_backend.measurement.settlement`), so that a change to either shows. Corrections are new lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.analysis.warning_signs import WarningSign
from ls_backend.errors import InputError
from ls_backend.measurement.pay import MODEL_VERSION, MODEL_VERSIONS
from ls_backend.measurement.settlement import EarlierPeriod, Entry, EntryKind, Snapshot, entries
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.figure_cache import FIRST_PATIENCE_SECONDS, Figure
from ls_backend.services.ledger_lines import NewSettlement, write_settlement
from ls_backend.services.processing import process
from ls_backend.services.queries.periods import WHOLE, Period, day, part_after, period_name, to_be_settled
from ls_backend.services.queries.pilots import contracts_of
from ls_backend.services.queries.progress import ahead_in
from ls_backend.services.queries.warning_signs import warning_signs_of
from ls_backend.services.scoring import score_changes
from ls_backend.store import audit, gold, judgments, ledger, projects
from ls_backend.store.records import ProjectRecord, SettlementKind, SettlementRecord
from ls_backend.types import Json

PREVIEW_SECONDS = 60  # so long a preview is shown again without reading Label Studio


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line for people to read. ``measured`` and ``parts`` say what pay follows from; corrections have ``reasons`` alone."""

    annotator: str
    pseudonym: str
    period: str
    kind: EntryKind
    minor: int
    reasons: tuple[str, ...]
    measured: Json | None
    parts: Json | None


@dataclass(frozen=True, slots=True)
class SettlementReport:
    """What a settlement pays, or would pay in a ``preview``. ``faults`` says what could not be read and is therefore not paid; ``not_corrected`` are periods that another version of the model settled;
    ``unfinished`` says that the period is not over yet, ``still_running`` what is cut off when it is settled now."""

    project: int
    period: str
    start: float
    end: float
    entries: tuple[SettledLine, ...]
    total_minor: int
    currency: str
    warning_signs: tuple[WarningSign, ...]
    not_corrected: tuple[str, ...]
    unfinished: bool
    still_running: str
    preview: bool
    faults: tuple[str, ...] = ()
    settlement: int | None = None


class NothingDueError(InputError):
    """There is nothing to pay for a period."""


class StillRunningError(InputError):
    """A period that is not over is settled only where that is said."""


def settle(
    ctx: Context, actor: Actor, project: int, period: str, *, preview: bool = False, though_running: bool = False
) -> SettlementReport:
    """Close a period: one line of pay per annotator, and corrections of earlier ones.

    Annotations are read again from Label Studio first: an event is a hint, not evidence. A preview does that too, and brings judgments
    and scorecards in our store up to date; it writes no line, and nothing into Label Studio. ``though_running`` settles a period that is
    not over; the later work in it is paid by another one.

    Raises:
        InputError: the period is settled already, or overlaps one that is. NothingDueError: nobody worked in it. StillRunningError: it is not over, and
            nobody said that it is to be settled all the same.
    """
    record = projects.get(ctx.store, project, detached=True)
    to_be_settled(period, ledger.settled(ctx.store, project, SettlementKind.PERIOD), now=ctx.clock())  # refused at once
    faults: tuple[str, ...] = ()
    if record.is_attached:
        faults = tuple(process(ctx, actor, project, pull="all", place=not preview, wait=60.0).faults)
    with ctx.store.lease(leases.settling(project), wait=30.0):
        settled = ledger.settled(ctx.store, project, SettlementKind.PERIOD)
        wanted = to_be_settled(period, settled, now=_up_to_now(ctx, project))
        snapshot = _snapshot(ctx, record, wanted, settled)
        lines = entries(snapshot)
        if not lines:
            raise NothingDueError(_nothing_due(wanted, faults))
        still_running = _still_running(ctx, record, wanted)
        if still_running and not preview and not though_running:
            raise StillRunningError(
                f"{period} is not over. {still_running} Confirm that it is to be settled all the same",
                command="`--even-though-running` does",
            )
        signs = tuple(warning_signs_of(ctx, project))  # of what is settled now
        settlement = None if preview else _write(ctx, actor, record, wanted, snapshot, lines)
    report = SettlementReport(
        project=project,
        period=period,
        start=wanted.start,
        end=wanted.end,
        entries=tuple(_readable(ctx, line) for line in lines),
        total_minor=sum(line.minor for line in lines),
        currency=record.parsed_contract.currency,
        warning_signs=signs,
        not_corrected=tuple(e.period for e in snapshot.earlier if e.model not in MODEL_VERSIONS),
        unfinished=bool(still_running),
        still_running=still_running,
        preview=preview,
        faults=faults,
        settlement=settlement,
    )
    if record.is_attached and not preview:
        score_changes(ctx, project)
    return report


def kept_preview(ctx: Context, actor: Actor, project: int, period: str) -> Figure[SettlementReport]:
    """A preview for a page, worked out again after :data:`PREVIEW_SECONDS`, or when the contract is another or something was settled: to
    sort a page must not read Label Studio once more.

    Raises:
        InputError: see :func:`settle`. NotReadyError: it takes long; it is there a little later.
    """
    contract = projects.get(ctx.store, project, detached=True).contract
    basis = (int(ctx.clock() / PREVIEW_SECONDS), contract, ledger.settled_until(ctx.store, project))
    return ctx.figures_cache.get(
        ("preview", project, period),
        basis,
        lambda: settle(ctx, actor, project, period, preview=True),
        clock=ctx.clock,
        patience=FIRST_PATIENCE_SECONDS,
    )


def _write(
    ctx: Context, actor: Actor, project: ProjectRecord, period: Period, snapshot: Snapshot, lines: list[Entry]
) -> int:
    """Write a closed period into the ledger; returns the settlement's number."""
    closed = NewSettlement(
        period.name, SettlementKind.PERIOD, period.start, period.end, snapshot.to_dict(), entries=lines
    )
    with ctx.store.transaction() as connection:
        number = write_settlement(ctx, actor, project, closed, connection)
        noted = {"period": period.name, "settlement": number}
        audit.note(ctx.store, project.id, "settled", actor=actor.name, connection=connection, **noted)
    return number


def _up_to_now(ctx: Context, project: int) -> float:
    """The moment after everything that has been answered so far; Label Studio's clock may be ahead of ours."""
    return max(ctx.clock(), float(np.nextafter(judgments.last_at(ctx.store, project) or 0.0, np.inf)))


def _nothing_due(period: Period, faults: Sequence[str]) -> str:
    unread = f". {len(faults)} answers can't be read: {faults[0]}" if faults else ""
    if period.is_part_of_whole and period.name != WHOLE:
        return f"{period_name(period.name)} has nothing to pay: the whole project comes to no more than what is booked{unread}"
    return f"nobody has judgments in {period.name}; give the period in which the work was done{unread}"


def _still_running(ctx: Context, record: ProjectRecord, period: Period) -> str:
    """What is cut off where a period is settled now; "" where it is over."""
    if not period.is_part_of_whole:
        if ctx.clock() >= period.end:
            return ""
        return (
            f"It runs up to {day(period.end)}: what is answered in it from now on is paid as a correction, when the next period "
            "is settled."
        )
    ahead = ahead_in(ctx, record.id)
    if not record.is_attached or not ahead:
        return ""
    return (
        f"{ahead.answers} answers that its tasks ask for and {ahead.checks} checks are still to come, and are left out now. What is "
        f"answered later is paid by {part_after(period.name)}: what the contract then pays for the whole project, less what was paid "
        "before. Nothing is taken back."
    )


def _snapshot(ctx: Context, project: ProjectRecord, period: Period, settled: Sequence[SettlementRecord]) -> Snapshot:
    """Everything that the amounts follow from; ``settled`` are the periods settled before."""
    until = max([period.end, *(s.end for s in settled)])  # periods may be settled in any order
    return Snapshot(
        model=MODEL_VERSION,
        period=period.name,
        start=period.start,
        end=period.end,
        contract=project.contract,
        contracts=contracts_of(ctx, project.id, start=0.0 if period.is_part_of_whole else period.start, end=period.end),
        min_lag=project.min_lag,
        q=project.measured_by.q,
        best=_best_before(ctx, project, period.start),
        judgments=judgments.before(ctx.store, project.id, until),
        gold=gold.known_answers(ctx.store, project.id),
        earlier=[_earlier(ctx, project, settlement, period) for settlement in settled],
    )


def _earlier(ctx: Context, project: ProjectRecord, settlement: SettlementRecord, period: Period) -> EarlierPeriod:
    """An earlier period's own terms, and what has been booked for it so far. The whole project goes on: it is worked out up to the end of
    its next part, by the terms of then."""
    evidence = ledger.evidence_of(ctx.store, settlement.id)
    earlier = EarlierPeriod.from_dict(evidence, booked=ledger.booked(ctx.store, settlement.project, settlement.name))
    if settlement.name != WHOLE:
        return earlier
    return replace(
        earlier,
        end=period.end,
        contract=project.contract,
        contracts=contracts_of(ctx, project.id, start=0.0, end=period.end),
        min_lag=project.min_lag,
        q=project.measured_by.q,
    )


def _best_before(ctx: Context, project: ProjectRecord, start: float) -> dict[str, float]:
    """Each annotator's best score of the periods settled before ``start``, where it was known."""
    measure = project.parsed_contract.bonus_terms.measure
    best: dict[str, float] = {}
    for annotator, detail in ledger.pay_details_before(ctx.store, project.id, start):
        score = detail["measured"][measure]
        if score is not None:
            best[annotator] = max(score, best.get(annotator, 0.0))
    return best


def _readable(ctx: Context, line: Entry) -> SettledLine:
    return SettledLine(
        annotator=line.annotator,
        pseudonym=ctx.settings.pseudonym(line.annotator),
        period=line.period,
        kind=line.kind,
        minor=line.minor,
        reasons=tuple(line.detail["reasons"]),
        measured=line.detail.get("measured"),
        parts=line.detail.get("parts"),
    )


@dataclass(frozen=True, slots=True)
class Approval:
    project: int
    period: str
    approved_by: str
    total_minor: int


def approve(ctx: Context, actor: Actor, project: int, period: str) -> Approval:
    """Approve a settlement.

    Raises:
        InputError: there is no such settlement, or it is approved already, or whoever settled it may not approve it too.
    """
    settlement = settlement_named(ctx, project, period)
    if settlement.approved_at is not None:
        raise InputError(f"{period} was approved by {settlement.approved_by} on {day(settlement.approved_at)}")
    if ctx.settings.four_eyes and settlement.settled_by == actor.name:
        raise InputError(
            f"{period} was settled by {actor.name}; STEADYHAND_FOUR_EYES asks for another person to approve it"
        )
    ledger.approve(ctx.store, settlement.id, by=actor.name)
    audit.note(
        ctx.store, project, "settlement approved", actor=actor.name, settlement=settlement.id, period=settlement.name
    )
    return Approval(project, period, actor.name, sum(ledger.payouts(ctx.store, settlement.id).values()))


def settlement_named(ctx: Context, project: int, name: str) -> SettlementRecord:
    """A settlement by the name of its period.

    Raises:
        InputError: there is none; says how to settle.
    """
    settlement = ledger.settlement_named(ctx.store, project, name)
    if settlement is None:
        raise InputError(
            f"{name} of project {project} is not settled",
            command=f"`steadyhand settle --project {project} --period {name}`",
        )
    return settlement
