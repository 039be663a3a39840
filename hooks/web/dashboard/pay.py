"""Pay: the contract in words, what is not settled yet, periods, the ledger, disputes. The same use cases as the commands'."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import get_args

from flask import Response, request

from hooks.web.dashboard.cells import Moment, Money, total
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.formats.identities import read_identities
from ls_backend.services import disputes, settling, verifying
from ls_backend.services.payouts import PayoutForm, export_payouts
from ls_backend.services.queries.pay import (
    LedgerRow,
    SettlementSummary,
    Unsettled,
    pay_overview,
    settlement_detail,
)
from ls_backend.services.queries.people import People, people
from ls_backend.services.settling import SettledLine, SettlementReport

PAYOUT_FORMS: Mapping[str, PayoutForm] = {form: form for form in get_args(PayoutForm)}


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/pay/", Permission.MANAGE)
    def pay(number: int) -> Page:
        record = pay_overview(ctx, number)
        known = people(ctx, by_name=viewer().sees_names)
        return Page(
            title="Pay",
            template="pay.html",
            record=record,
            tables={
                "ledger": Table(
                    "The ledger",
                    _ledger_columns(known, number),
                    record.ledger,
                    request.args,
                    nothing="Nothing was settled yet.",
                ),
                "unsettled": whole("Not settled yet", _unsettled_columns(known, number), record.unsettled),
                "settlements": whole(
                    "Settlements", _settlement_columns(number), record.settlements, nothing="No period is closed yet."
                ),
            },
            project=number,
            tab="pay",
        )

    @pages.page("/projects/<int:number>/pay/<period>/", Permission.MANAGE)
    def period(number: int, period: str) -> Page:
        """A settled period to look through, or a preview of one that is not settled."""
        known = people(ctx, by_name=viewer().sees_names)
        detail = settlement_detail(ctx, number, period)
        if detail is not None:
            lines = Table("Lines", _ledger_columns(known, number), detail.lines, request.args)
            return Page(f"Pay of {period}", "settlement.html", detail.summary, {"lines": lines}, {}, number, "pay")
        report = settling.settle(ctx, viewer().actor, number, period, preview=True)
        preview = Table("Lines", _preview_columns(known, number, report), report.entries, request.args)
        return Page(f"Preview of {period}", "preview.html", report, {"lines": preview}, {}, number, "pay")

    @pages.form("/projects/<int:number>/pay/<period>/settle")
    def settle(number: int, period: str) -> tuple[str, str]:
        there = address("projects", number, "pay", period)
        settled = settlement_detail(ctx, number, period)
        if settled is not None:  # a second click, or the back button
            return there, f"{period} is settled: by {settled.summary.settled_by}, {Moment(settled.summary.settled_at)}."
        report = settling.settle(ctx, viewer().actor, number, period)
        amount = Money(report.total_minor, report.currency)
        return there, f"{period} is settled: {len(report.entries)} lines, {amount}. Look through it, and approve it."

    @pages.form("/projects/<int:number>/pay/<period>/approve")
    def approve(number: int, period: str) -> tuple[str, str]:
        there = address("projects", number, "pay", period)
        settled = settlement_detail(ctx, number, period)
        if settled is not None and settled.summary.approved_at is not None:
            return (
                there,
                f"{period} was approved by {settled.summary.approved_by}, {Moment(settled.summary.approved_at)}.",
            )
        approval = settling.approve(ctx, viewer().actor, number, period)
        return there, f"{period} is approved by {approval.approved_by}. Export it to pay."

    @pages.download("/projects/<int:number>/pay/<period>/export")
    def export(number: int, period: str) -> Response:
        form = PAYOUT_FORMS.get(request.form.get("form", ""))
        if form is None:
            raise InputError(f"choose a form: {', '.join(PAYOUT_FORMS)}")
        people_given = request.form.get("people", "").strip()
        identities = read_identities(people_given, source="who is who") if people_given else None
        return _as_download(
            export_payouts(ctx, viewer().actor, number, period, form=form, people=identities).files, period
        )

    @pages.page("/projects/<int:number>/pay/verification/", Permission.MANAGE)
    def verification(number: int) -> Page:
        result = verifying.verify(ctx, number)
        faults = whole("What does not hold", FAULT_COLUMNS, result.faults, nothing="Everything holds.")
        return Page("Verification of the ledger", "verification.html", result, {"faults": faults}, {}, number, "pay")

    @pages.form("/projects/<int:number>/pay/disputes")
    def dispute(number: int) -> tuple[str, str]:
        entry = request.form.get("entry", "")
        if not entry.isdigit():
            raise InputError(f"line {entry!r} is no number; the ledger lists the lines")
        text = request.form.get("text", "")
        noted = disputes.dispute(ctx, viewer().actor, number, int(entry), text)
        return address("projects", number, "pay"), f"Dispute {noted} about line {entry} is noted."

    @pages.form("/projects/<int:number>/pay/disputes/<int:dispute_number>")
    def resolve(number: int, dispute_number: int) -> tuple[str, str]:
        minor = _minor(request.form.get("amount", "0"))
        text = request.form.get("text", "")
        resolution = disputes.resolve(ctx, viewer().actor, number, dispute_number, minor=minor, text=text)
        paid = f" It is paid as {resolution.period}, once that is approved." if resolution.period else ""
        return address("projects", number, "pay"), f"Dispute {dispute_number} is resolved.{paid}"


FAULT_COLUMNS: Sequence[Column[str]] = (Column("fault", "Fault", str),)


def _minor(text: str) -> int:
    """An amount as people write it, in minor units."""
    try:
        minor = Decimal(text.strip() or "0") * 100
    except InvalidOperation:
        minor = Decimal("NaN")
    if not minor.is_finite() or minor != int(minor):
        raise InputError(f"the amount {text!r} can't be read; write it as 12.50")
    return int(minor)


def _as_download(files: Mapping[str, str], period: str) -> Response:
    """One file as it is, several in a zip archive."""
    if len(files) == 1:
        ((name, content),) = files.items()
        body: str | bytes = content
    else:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for file_name, content in files.items():
                packed.writestr(file_name, content)
        name, body = f"payouts-{period}.zip", archive.getvalue()
    response = Response(body, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _ledger_columns(known: People, number: int) -> Sequence[Column[LedgerRow]]:
    return (
        Column("line", "Line", lambda row: row.line.entry),
        annotator_column(number, known, lambda row: row.annotator),
        Column(
            "period",
            "Period",
            lambda row: row.line.period,
            has_choices=True,
            link=lambda row: address("projects", number, "pay", row.line.period),
        ),
        Column("kind", "Kind", lambda row: row.line.kind, has_choices=True),
        Column("amount", "Amount", lambda row: Money(row.line.minor, row.line.currency), totals=total),
        Column("contract", "Contract", lambda row: row.line.contract_version),
        Column("at", "Written", lambda row: Moment(row.line.at)),
        Column("reasons", "Arithmetic", lambda row: "; ".join(row.line.reasons)),
    )


def _unsettled_columns(known: People, number: int) -> Sequence[Column[Unsettled]]:
    return (
        annotator_column(number, known, lambda row: row.annotator),
        Column("judgments", "Judgments", lambda row: row.judgments, totals=total),
        Column("bonus", "Bonus so far", lambda row: Money(row.bonus_minor, row.currency), totals=total),
        Column("settled", "Settled before", lambda row: Money(row.settled_minor, row.currency), totals=total),
        Column("why", "Arithmetic", lambda row: row.why),
    )


def _settlement_columns(number: int) -> Sequence[Column[SettlementSummary]]:
    return (
        Column("period", "Period", lambda s: s.name, link=lambda s: address("projects", number, "pay", s.name)),
        Column("kind", "Kind", lambda s: s.kind),
        Column("lines", "Lines", lambda s: s.lines),
        Column("total", "Total", lambda s: Money(s.total_minor, s.currency), totals=total),
        Column("settled_at", "Settled", lambda s: Moment(s.settled_at)),
        Column("settled_by", "By", lambda s: s.settled_by),
        Column("approved_at", "Approved", lambda s: None if s.approved_at is None else Moment(s.approved_at)),
        Column("approved_by", "By", lambda s: s.approved_by),
        Column("exports", "Exports", lambda s: s.exports),
    )


def _preview_columns(known: People, number: int, report: SettlementReport) -> Sequence[Column[SettledLine]]:
    return (
        annotator_column(number, known, lambda line: line.annotator),
        Column("period", "Period", lambda line: line.period),
        Column("kind", "Kind", lambda line: line.kind),
        Column("amount", "Amount", lambda line: Money(line.minor, report.currency), totals=total),
        Column("reasons", "Arithmetic", lambda line: "; ".join(line.reasons)),
    )
