"""What an admin reads about pay: the contract in words, what is not settled yet, settlements, the ledger, disputes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from ls_backend.analysis.warning_signs import WarningSign
from ls_backend.contracts.explain import explain
from ls_backend.errors import MissingError
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import scorecards_of, unsettled_figure
from ls_backend.services.queries.ledger import PayLine
from ls_backend.services.queries.periods import WHOLE, next_part
from ls_backend.services.queries.unsettled import UnsettledWork, unsettled_work
from ls_backend.services.queries.warning_signs import warning_signs_figure
from ls_backend.store import ledger, projects
from ls_backend.store.records import DisputeRecord, LedgerLine, PayoutExportRecord, SettlementKind, SettlementRecord

Export: TypeAlias = PayoutExportRecord  # pages ask the queries, never the store


@dataclass(frozen=True, slots=True)
class SettlementSummary:
    """A closed period, or what a dispute was paid. ``exports`` is how often files to pay it were made."""

    name: str
    kind: SettlementKind
    settled_at: float
    settled_by: str
    approved_at: float | None
    approved_by: str | None
    total_minor: int
    currency: str
    lines: int
    exports: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line of the ledger, and whose it is."""

    annotator: str
    line: PayLine


@dataclass(frozen=True, slots=True)
class DisputedLine:
    """An open dispute with the line it is about, None where it is about a figure."""

    dispute: DisputeRecord
    line: PayLine | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """The bonus of an annotator for which nothing is settled yet, with its arithmetic; ``judgments`` are those since the last settlement."""

    annotator: str
    judgments: int
    bonus_minor: int
    settled_minor: int
    currency: str
    why: str


@dataclass(frozen=True, slots=True)
class PayOverview:
    """``current_period`` is the name of the one that is running, by the contract."""

    contract: str
    version: str
    currency: str
    current_period: str
    unsettled: list[Unsettled]
    settlements: list[SettlementSummary]
    ledger: list[LedgerRow]
    disputes: list[DisputedLine]
    warning_signs: list[WarningSign]

    @property
    def unsettled_minor(self) -> int:
        return sum(row.bonus_minor for row in self.unsettled)


def pay_overview(ctx: Context, project: int) -> PayOverview:
    """Pay of a project, newest first.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    record = projects.get(ctx.store, project)
    contract, lines = record.parsed_contract, ledger.lines(ctx.store, project=project)
    cards, work = scorecards_of(ctx, project).value, _unsettled_work(ctx, project)
    by_entry = {line.id: PayLine.of(line) for line in lines}
    lines_of = defaultdict[int, list[LedgerLine]](list)
    for line in lines:
        lines_of[line.settlement].append(line)
    exports = Counter(export.settlement for export in ledger.exports_of(ctx.store, project=project))
    return PayOverview(
        contract=explain(contract),
        version=contract.version,
        currency=contract.currency,
        current_period=_current_period(ctx, project, contract.period),
        unsettled=[
            Unsettled(
                card.annotator,
                work[card.annotator].judgments if card.annotator in work else 0,
                card.bonus_minor,
                card.settled_minor,
                card.currency,
                next((reason for reason in card.reasons if reason.startswith("bonus: ")), ""),
            )
            for card in cards
        ],
        settlements=[
            _summary(settlement, lines_of[settlement.id], contract.currency, exports[settlement.id])
            for settlement in reversed(ledger.settled(ctx.store, project))
        ],
        ledger=[LedgerRow(line.annotator, PayLine.of(line)) for line in reversed(lines)],
        disputes=[
            DisputedLine(dispute, None if dispute.entry is None else by_entry[dispute.entry])
            for dispute in ledger.open_disputes(ctx.store, project)
        ],
        warning_signs=warning_signs_figure(ctx, project),
    )


def _unsettled_work(ctx: Context, project: int) -> dict[str, UnsettledWork]:
    return unsettled_figure(ctx, project, "unsettled work", lambda: unsettled_work(ctx, project))


@dataclass(frozen=True, slots=True)
class SettlementDetail:
    """A settlement with its lines and exports; ``with_files`` are the numbers of the exports whose files are kept."""

    summary: SettlementSummary
    lines: list[LedgerRow]
    exports: list[Export]
    with_files: set[int]


def settlement_detail(ctx: Context, project: int, name: str) -> SettlementDetail | None:
    """A settlement by its name; None where there is none."""
    record = projects.get(ctx.store, project)
    settlement = ledger.settlement_named(ctx.store, project, name)
    if settlement is None:
        return None
    lines = ledger.lines(ctx.store, settlement=settlement.id)
    exports = ledger.exports_of(ctx.store, settlement=settlement.id)
    return SettlementDetail(
        _summary(settlement, lines, record.parsed_contract.currency, len(exports)),
        [LedgerRow(line.annotator, PayLine.of(line)) for line in lines],
        exports,
        ledger.exports_with_files(ctx.store, settlement.id),
    )


def export_files(ctx: Context, project: int, name: str, number: int) -> dict[str, str]:
    """The files of an export, by name.

    Raises:
        MissingError: there is no such export, or its files are not kept.
    """
    settlement = ledger.settlement_named(ctx.store, project, name)
    files = ledger.export_files(ctx.store, settlement.id, number) if settlement else {}
    if not files:
        raise MissingError(
            f"the files of export {number} of {name} are not kept; make them again if they were not paid"
        )
    return files


def _summary(
    settlement: SettlementRecord, lines: Sequence[LedgerLine], currency: str, exports: int
) -> SettlementSummary:
    return SettlementSummary(
        name=settlement.name,
        kind=settlement.kind,
        settled_at=settlement.settled_at,
        settled_by=settlement.settled_by,
        approved_at=settlement.approved_at,
        approved_by=settlement.approved_by,
        total_minor=sum(line.minor for line in lines),
        currency=lines[0].currency if lines else currency,
        lines=len(lines),
        exports=exports,
    )


def _current_period(ctx: Context, project: int, length: str) -> str:
    """As `settle --period` takes it; a project that was settled as a whole goes on so."""
    following, moment = next_part(ledger.settled(ctx.store, project)), datetime.fromtimestamp(ctx.clock(), UTC)
    if length == "project" or following != WHOLE:
        return following
    return f"{moment:%G-W%V}" if length == "week" else f"{moment:%Y-%m}"
