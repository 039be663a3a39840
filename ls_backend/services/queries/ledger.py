"""What is in the ledger, for people to read."""

from dataclasses import dataclass

from ls_backend.measurement.settlement import EntryKind
from ls_backend.services.context import Context
from ls_backend.store import ledger
from ls_backend.store.records import DisputeRecord, LedgerLine


@dataclass(frozen=True, slots=True)
class PayLine:
    """A line of the ledger as its annotator reads it, with the arithmetic in words."""

    entry: int
    period: str
    kind: EntryKind
    minor: int
    currency: str
    contract_version: str
    at: float
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, line: LedgerLine) -> "PayLine":
        return cls(
            entry=line.id,
            period=line.period,
            kind=line.kind,
            minor=line.minor,
            currency=line.currency,
            contract_version=line.contract_version,
            at=line.at,
            reasons=tuple(line.detail["reasons"]),
        )


def pay_lines_of(ctx: Context, project: int, annotator: str) -> list[PayLine]:
    """An annotator's own lines, newest first."""
    return [PayLine.of(line) for line in ledger.lines_of(ctx.store, project, annotator)]


def open_disputes(ctx: Context, project: int) -> list[DisputeRecord]:
    """Disputes that nobody has resolved yet, oldest first."""
    return ledger.open_disputes(ctx.store, project)
