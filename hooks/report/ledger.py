"""Reports about settlements and the ledger."""

from dataclasses import dataclass

from hooks.report.layout import Note, Notes, Report, Table, Warnings, rows_of
from ls_backend.contracts.terms import money
from ls_backend.formats.notes import counted
from ls_backend.records import to_dict
from ls_backend.services.disputes import Resolution
from ls_backend.services.payouts import PayoutExport
from ls_backend.services.queries.ledger import PayLine
from ls_backend.services.settling import Approval, SettlementReport
from ls_backend.services.verifying import Verification
from ls_backend.store.records import DisputeRecord
from ls_backend.types import Json


def settlement(result: SettlementReport) -> Report:
    lines, currency = result.entries, result.currency
    warnings = [f"Not read, so not paid: {fault}" for fault in result.faults]
    warnings += [f"{sign.name}: {sign.says}" for sign in result.warning_signs]
    warnings += [
        f"{period} is not corrected: another version of the model settled it." for period in result.not_corrected
    ]
    return [
        Table(
            ("annotator", "kind", "period", "amount"),
            rows_of([x.annotator, x.kind, x.period, money(x.minor, currency)] for x in lines),
            "lines",
        ),
        "",
        Notes([Note(x.annotator, reason) for x in lines for reason in x.reasons], "reasons"),
        "",
        f"Total {money(result.total_minor, currency)}.",
        "",
        Warnings(warnings),
        "",
        f"The period is not over. {result.still_running}" if result.unfinished else "",
        _next_step(result),
    ]


def _next_step(result: SettlementReport) -> str:
    if result.preview:
        return "Preview: nothing was settled, and nothing was written into Label Studio."
    return f"Settled. `steadyhand ledger approve --project {result.project} --period {result.period}` is next."


def approved(result: Approval) -> Report:
    return [f"{result.period} approved by {result.approved_by}."]


@dataclass(frozen=True, slots=True)
class PayoutFiles:
    """An export, and the ``paths`` that its files were written to."""

    export: PayoutExport
    paths: list[str]

    def to_dict(self) -> Json:
        return {**to_dict(self.export), "files": self.paths}


def exported(result: PayoutFiles) -> Report:
    export = result.export
    return [
        f"Export {export.number} of {export.period}: {money(export.total_minor, export.currency)}",
        *(f"  {path}" for path in result.paths or ["nothing to pay"]),
    ]


def verified(result: Verification) -> Report:
    if result.faults:
        return [Warnings(result.faults)]
    settlements = counted(result.settlements, "settlement")
    return [f"{result.lines} lines of {settlements} hold; they come to {result.total_minor} minor units (cents)."]


def lines_of_annotator(lines: list[PayLine]) -> Report:
    if not lines:
        return ["Nothing is settled for this annotator yet."]
    report: list[str | Notes] = []
    for x in lines:
        amount = money(x.minor, x.currency)
        report.append(f"{x.entry}: {x.kind} for {x.period}, {amount} (contract {x.contract_version})")
        report.append(Notes([Note("", reason) for reason in x.reasons], indent=2))
    return report


@dataclass(frozen=True, slots=True)
class NotedDispute:
    """``dispute`` is its number."""

    dispute: int


def disputed(result: NotedDispute) -> Report:
    return [f"Dispute {result.dispute} noted."]


def open_disputes(disputes: list[DisputeRecord]) -> Report:
    if not disputes:
        return ["No dispute is open."]
    return [Notes([Note(str(d.id), f"{d.about}, annotator {d.annotator}: {d.text}") for d in disputes])]


def resolved(result: Resolution) -> Report:
    payment = f", to be paid as {result.period}" if result.period else ""
    return [f"Dispute {result.dispute} resolved: {money(result.minor, result.currency)}{payment}."]
