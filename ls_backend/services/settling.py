"""From scores to money: settling a period, and approving it.

The ledger is append-only and chained: each line holds the hash of the one before, and each settlement the whole evidence
its lines follow from (:mod:`ls_backend.measurement.settlement`), so that a change to either shows. Corrections are new lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ls_backend.analysis.warning_signs import WarningSign
from ls_backend.errors import InputError
from ls_backend.measurement.pay import MODEL_VERSION, MODEL_VERSIONS
from ls_backend.measurement.settlement import EarlierPeriod, Entry, EntryKind, Snapshot, entries
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ledger_lines import NewSettlement, write_settlement
from ls_backend.services.processing import process
from ls_backend.services.queries.pilots import contracts_of
from ls_backend.services.queries.warning_signs import warning_signs_of
from ls_backend.services.scoring import rescore
from ls_backend.store import audit, gold, judgments, ledger, projects
from ls_backend.store.records import ProjectRecord, SettlementKind, SettlementRecord
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class Period:
    """The time that one settlement pays for: from ``start`` (included) to ``end`` (not), in seconds since the epoch, UTC."""

    name: str
    start: float
    end: float

    @property
    def is_everything(self) -> bool:
        return self.name == "all"


def parse_period(text: str) -> Period:
    """Read a period.

    Raises:
        InputError: it is none of ``2026-11``, ``2026-W47``, ``2026-11-01..2026-11-15`` (both days included) and ``all``.
    """
    if text == "all":
        return Period(text, 0.0, datetime(9999, 1, 1, tzinfo=UTC).timestamp())
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
            year, month = int(match[1]), int(match[2])
            first = datetime(year, month, 1, tzinfo=UTC)
            last = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        elif match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
            first = datetime.fromisocalendar(int(match[1]), int(match[2]), 1).replace(tzinfo=UTC)
            last = first + timedelta(days=7)
        elif match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text):
            first, last = (datetime.fromisoformat(match[n]).replace(tzinfo=UTC) for n in (1, 2))
            last += timedelta(days=1)
        else:
            raise ValueError("no such form")
        if last <= first:
            raise ValueError("it ends before it begins")
    except ValueError as error:
        raise InputError(
            f"period {text!r} can't be read ({error}); write a month as 2026-11, a week as 2026-W47, days as "
            "2026-11-01..2026-11-15, or all"
        ) from error
    return Period(text, first.timestamp(), last.timestamp())


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
    ``unfinished`` says that the period is not over yet."""

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
    preview: bool
    faults: tuple[str, ...] = ()
    settlement: int | None = None


def settle(ctx: Context, actor: Actor, project: int, period: str, *, preview: bool = False) -> SettlementReport:
    """Close a period: one line of pay per annotator, and corrections of earlier ones.

    Annotations are read again from Label Studio first: an event is a hint, not evidence. A preview does that too, and brings judgments
    and scorecards in our store up to date; it writes no line, and nothing into Label Studio.

    Raises:
        InputError: the period is settled already, or overlaps one that is, or nobody worked in it.
    """
    wanted = parse_period(period)
    record = projects.get(ctx.store, project, detached=True)
    faults: tuple[str, ...] = ()
    if record.is_attached:
        faults = tuple(process(ctx, actor, project, pull="all", place=not preview, wait=60.0).faults)
    with ctx.store.lease(leases.settling(project), wait=30.0):
        settled = ledger.settled(ctx.store, project, SettlementKind.PERIOD)
        _refuse_overlap(settled, wanted)
        snapshot = _snapshot(ctx, record, wanted, settled)
        lines = entries(snapshot)
        if not lines:
            raise InputError(f"nobody has judgments in {period}; give the period in which the work was done")
        settlement = None if preview else _write(ctx, actor, record, wanted, snapshot, lines)
    report = SettlementReport(
        project=project,
        period=period,
        start=wanted.start,
        end=wanted.end,
        entries=tuple(_readable(ctx, line) for line in lines),
        total_minor=sum(line.minor for line in lines),
        currency=record.parsed_contract.currency,
        warning_signs=tuple(warning_signs_of(ctx, project)),
        not_corrected=tuple(e.period for e in snapshot.earlier if e.model not in MODEL_VERSIONS),
        unfinished=ctx.clock() < wanted.end and not wanted.is_everything,
        preview=preview,
        faults=faults,
        settlement=settlement,
    )
    if record.is_attached and not preview:
        rescore(ctx, actor, project)
    return report


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


def _refuse_overlap(settled: Sequence[SettlementRecord], period: Period) -> None:
    for other in settled:
        if other.name == period.name:
            raise InputError(
                f"{period.name} is settled already (no. {other.id}, {day(other.settled_at)}); what has changed since is "
                "corrected when the next period is settled"
            )
        if other.start < period.end and period.start < other.end:
            raise InputError(f"{period.name} overlaps {other.name}, which is settled; judgments would be paid twice")


def day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _snapshot(ctx: Context, project: ProjectRecord, period: Period, settled: Sequence[SettlementRecord]) -> Snapshot:
    """Everything that the amounts follow from; ``settled`` are the periods settled before."""
    until = max([period.end, *(s.end for s in settled)])  # periods may be settled in any order
    return Snapshot(
        model=MODEL_VERSION,
        period=period.name,
        start=period.start,
        end=period.end,
        contract=project.contract,
        contracts=contracts_of(ctx, project.id, start=period.start, end=period.end),
        min_lag=project.min_lag,
        q=project.measured_by.q,
        best=_best_before(ctx, project, period.start),
        judgments=judgments.before(ctx.store, project.id, until),
        gold=gold.known_answers(ctx.store, project.id),
        earlier=[_earlier(ctx, settlement) for settlement in settled],
    )


def _earlier(ctx: Context, settlement: SettlementRecord) -> EarlierPeriod:
    """An earlier period's own terms, and what has been booked for it so far."""
    evidence = ledger.evidence_of(ctx.store, settlement.id)
    return EarlierPeriod.from_dict(evidence, booked=ledger.booked(ctx.store, settlement.project, settlement.name))


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
    audit.note(ctx.store, project, "settlement approved", actor=actor.name, settlement=settlement.id)
    return Approval(project, period, actor.name, sum(ledger.payouts(ctx.store, settlement.id).values()))


def settlement_named(ctx: Context, project: int, name: str) -> SettlementRecord:
    """A settlement by the name of its period.

    Raises:
        InputError: there is none; says how to settle.
    """
    settlement = ledger.settlement_named(ctx.store, project, name)
    if settlement is None:
        raise InputError(
            f"{name} of project {project} is not settled; `steadyhand settle --project {project} --period {name}`"
        )
    return settlement
