"""Pay: the contract in words, what is not settled yet, periods, the ledger, disputes. The same use cases as the commands'."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from flask import Response, request

from hooks.web.dashboard.cells import Moment, Money, Unit, total
from hooks.web.dashboard.columns import annotator_column, period_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, paged, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.formats.identities import read_identities
from ls_backend.formats.notes import counted
from ls_backend.services import disputes, settling, verifying
from ls_backend.services.payouts import PayoutForm, export_payouts
from ls_backend.services.queries.pay import (
    Export,
    LedgerRow,
    SettlementDetail,
    SettlementSummary,
    Unsettled,
    export_files,
    pay_overview,
    settlement_detail,
)
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.periods import period_name
from ls_backend.services.settling import SettledLine

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
                "unsettled": paged(
                    "Not settled yet",
                    _unsettled_columns(known, number),
                    record.unsettled,
                    request.args,
                    name="unsettled",
                ),
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
        known, name = people(ctx, by_name=viewer().sees_names), period_name(period)
        detail = settlement_detail(ctx, number, period)
        if detail is not None:
            tables: dict[str, Table[Any]] = {
                "lines": Table("Lines", _ledger_columns(known, number), detail.lines, request.args),
                "exports": whole(
                    "Files to pay with",
                    _export_columns(number, detail),
                    detail.exports,
                    nothing="No files were made yet.",
                ),
            }
            return Page(f"Pay: {name}", "settlement.html", detail.summary, tables, {}, number, "pay")
        try:
            figure = settling.kept_preview(ctx, viewer().actor, number, period)
        except settling.NothingDueError as error:
            empty = whole("Lines", _preview_columns(known, number, currency=""), [])
            return Page(f"Preview: {name}", "preview_nothing.html", error.plain, {"lines": empty}, {}, number, "pay")
        report = figure.value
        preview = Table(
            "Lines", _preview_columns(known, number, currency=report.currency), report.entries, request.args
        )
        return Page(f"Preview: {name}", "preview.html", figure, {"lines": preview}, {}, number, "pay")

    @pages.form("/projects/<int:number>/pay/<period>/settle", period)
    def settle(number: int, period: str) -> tuple[str, str]:
        there = address("projects", number, "pay", period)
        settled = settlement_detail(ctx, number, period)
        if settled is not None:  # a second click, or the back button
            by = f"by {settled.summary.settled_by}, {Moment(settled.summary.settled_at)}"
            return there, f"Settled already, {by}: {period_name(period)}."
        though_running = bool(request.form.get("though_running"))
        report = settling.settle(ctx, viewer().actor, number, period, though_running=though_running)
        what = f"{period_name(period)}, {len(report.entries)} lines, {Money(report.total_minor, report.currency)}"
        return there, f"Settled: {what}. Look through it, and approve it."

    @pages.form("/projects/<int:number>/pay/<period>/approve", period)
    def approve(number: int, period: str) -> tuple[str, str]:
        there = address("projects", number, "pay", period)
        settled = settlement_detail(ctx, number, period)
        if settled is not None and settled.summary.approved_at is not None:
            summary = settled.summary
            return there, f"It was approved by {summary.approved_by}, {Moment(summary.approved_at or 0.0)}."
        approval = settling.approve(ctx, viewer().actor, number, period)
        return there, f"It is approved by {approval.approved_by}. Make the files to pay with."

    @pages.form("/projects/<int:number>/pay/<period>/export", period)
    def export(number: int, period: str) -> tuple[str, str]:
        form = PAYOUT_FORMS.get(request.form.get("form", ""))
        if form is None:
            raise InputError(f"choose a form: {', '.join(PAYOUT_FORMS)}")
        made = settlement_detail(ctx, number, period)
        if made is not None and str(len(made.exports)) != request.form.get("made", "0"):
            raise InputError("files were made in the meantime; they stand in the list")
        if made is not None and made.exports and not request.form.get("again"):
            raise InputError("files were made already; say that you want others, and pay only one of them")
        people_given = request.form.get("people", "").strip()
        identities = read_identities(people_given, source="who is who") if people_given else None
        done = export_payouts(ctx, viewer().actor, number, period, form=form, people=identities)
        files = counted(len(done.files), "file")
        return (
            f"{address('projects', number, 'pay', period)}#exports",
            f"Export {done.number} is made: {files}, {Money(done.total_minor, done.currency)}. Save it from the list below. "
            f"{done.warning}".strip(),
        )

    @pages.file("/projects/<int:number>/pay/<period>/export/<int:export_number>", Permission.MANAGE)
    def export_file(number: int, period: str, export_number: int) -> Response:
        """The files of an export, as often as they are wanted."""
        return _as_download(export_files(ctx, number, period, export_number), period)

    @pages.page("/projects/<int:number>/pay/verification/", Permission.MANAGE)
    def verification(number: int) -> Page:
        result = verifying.verify(ctx, number)
        faults = whole("What does not hold", FAULT_COLUMNS, result.faults, nothing="Everything holds.")
        return Page("Verification of the ledger", "verification.html", result, {"faults": faults}, {}, number, "pay")

    @pages.form("/projects/<int:number>/pay/disputes", pay)
    def dispute(number: int) -> tuple[str, str]:
        entry = request.form.get("entry", "")
        if not entry.isdigit():
            raise InputError(f"{entry!r} is no line; write its number, as the first column of the ledger shows it")
        text = request.form.get("text", "")
        noted = disputes.dispute(ctx, viewer().actor, number, int(entry), text)
        return address("projects", number, "pay"), f"Dispute {noted} about line {entry} is noted."

    @pages.form("/projects/<int:number>/pay/disputes/<int:dispute_number>", pay)
    def resolve(number: int, dispute_number: int) -> tuple[str, str]:
        minor = _minor(request.form.get("amount", "0"))
        text = request.form.get("text", "")
        resolution = disputes.resolve(ctx, viewer().actor, number, dispute_number, minor=minor, text=text)
        if resolution.period is None:
            return address("projects", number, "pay"), f"Dispute {dispute_number} is resolved; nothing is paid for it."
        return (
            address("projects", number, "pay", resolution.period),
            f"Dispute {dispute_number} is resolved. It is paid as a settlement of its own: approve it here, and make its file.",
        )


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
        Column("line", "Line", lambda row: row.line.entry, unit=Unit.NUMBER),
        annotator_column(number, known, lambda row: row.annotator),
        period_column(number, lambda row: row.line.period, has_choices=True),
        Column("kind", "Kind", lambda row: row.line.kind, has_choices=True),
        Column("amount", "Amount", lambda row: Money(row.line.minor, row.line.currency), totals=total),
        Column("contract", "Contract", lambda row: row.line.contract_version),
        Column("at", "Written", lambda row: Moment(row.line.at)),
        Column("reasons", "Arithmetic", lambda row: "; ".join(row.line.reasons)),
    )


def _unsettled_columns(known: People, number: int) -> Sequence[Column[Unsettled]]:
    return (
        annotator_column(number, known, lambda row: row.annotator),
        Column("judgments", "Judgments", lambda row: row.judgments, hint="Since the last settlement", totals=total),
        Column("bonus", "Bonus so far", lambda row: Money(row.bonus_minor, row.currency), totals=total),
        Column("settled", "Settled before", lambda row: Money(row.settled_minor, row.currency), totals=total),
        Column("why", "Arithmetic", lambda row: row.why),
    )


def _settlement_columns(number: int) -> Sequence[Column[SettlementSummary]]:
    return (
        period_column(number, lambda s: s.name),
        Column("kind", "Kind", lambda s: s.kind),
        Column("lines", "Lines", lambda s: s.lines),
        Column("total", "Total", lambda s: Money(s.total_minor, s.currency), totals=total),
        Column("settled_at", "Settled", lambda s: Moment(s.settled_at)),
        Column("settled_by", "By", lambda s: s.settled_by),
        Column("approved_at", "Approved", lambda s: None if s.approved_at is None else Moment(s.approved_at)),
        Column("approved_by", "By", lambda s: s.approved_by),
        Column("exports", "Exports", lambda s: s.exports),
    )


def _export_columns(number: int, detail: SettlementDetail) -> Sequence[Column[Export]]:
    summary = detail.summary
    return (
        Column(
            "number",
            "Export",
            lambda export: f"Export {export.number}",
            link=lambda export: (
                f"{address('projects', number, 'pay', summary.name)}export/{export.number}"
                if export.number in detail.with_files
                else None
            ),
            hint="The link saves its files once more; without one they are not kept, since somebody was erased, say",
        ),
        Column("form", "For", lambda export: export.form),
        Column("total", "Total", lambda export: Money(export.total_minor, summary.currency)),
        Column("at", "Made", lambda export: Moment(export.at)),
        Column("by", "By", lambda export: export.by),
    )


def _preview_columns(known: People, number: int, *, currency: str) -> Sequence[Column[SettledLine]]:
    return (
        annotator_column(number, known, lambda line: line.annotator),
        period_column(None, lambda line: line.period),
        Column("kind", "Kind", lambda line: line.kind),
        Column("amount", "Amount", lambda line: Money(line.minor, currency), totals=total),
        Column("reasons", "Arithmetic", lambda line: "; ".join(line.reasons)),
    )
