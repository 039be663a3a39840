"""Somebody's own page: their course, what to do better, their work, their pay, their requests. Nobody else's, whatever the address."""

import json
from collections.abc import Sequence

from flask import Response, request

from hooks.web.dashboard import charts
from hooks.web.dashboard.cells import Moment, Money, Unit
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.courses import Day, Week
from ls_backend.errors import InputError
from ls_backend.services.disputes import dispute
from ls_backend.services.queries.ledger import PayLine
from ls_backend.services.queries.own import own_data, own_page


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/me/", Permission.OWN)
    def me() -> Page:
        asked = request.args.get("project", "")
        record = own_page(ctx, viewer().user, int(asked) if asked.isdigit() else None)
        if record is None:
            nothing = whole("My work by day", DAY_COLUMNS, [])
            return Page("My page", "me_empty.html", None, {"days": nothing}, tab="me")
        return Page(
            title="My page",
            template="me.html",
            record=record,
            tables={
                "days": Table("My work by day", DAY_COLUMNS, record.days, request.args, nothing="No day yet."),
                "weeks": whole("Week by week", WEEK_COLUMNS, record.weeks),
                "pay": whole("Statements", PAY_COLUMNS, record.standing.settled, nothing="No period is closed yet."),
            },
            charts={
                "weeks": charts.courses(
                    "How often I gave the same answer again, and found the known one, by week in per cent; the same figures "
                    "stand in the table below",
                    [str(Moment(week.start))[:10] for week in record.weeks],
                    [
                        charts.Line("The same answer again", [week.self_consistency for week in record.weeks]),
                        charts.Line("Known answer chosen", [week.gold for week in record.weeks]),
                    ],
                )
            },
            tab="me",
        )

    @pages.form("/me/disputes", Permission.OWN)
    def disagree() -> tuple[str, str]:
        project, entry = request.form.get("project", ""), request.form.get("entry", "")
        own = own_page(ctx, viewer().user, int(project) if project.isdigit() else None)
        lines = {line.entry: line for line in own.standing.settled} if own else {}
        if own is None or not entry.isdigit() or int(entry) not in lines:
            raise InputError(f"line {entry!r} is not one of yours")
        text = request.form.get("text", "").strip()
        if any(other.is_open and other.entry == int(entry) and other.text == text for other in own.disputes):
            return address("me", project=project), "An admin has your objection already."
        dispute(ctx, viewer().actor, own.project.id, int(entry), text)
        return address("me", project=project), "Your objection reaches the admin. The answer comes here."

    @pages.file("/me/data.json", Permission.OWN)
    def data() -> Response:
        response = Response(json.dumps(own_data(ctx, viewer().user), indent=2), content_type="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return response


DAY_COLUMNS: Sequence[Column[Day]] = (
    Column("day", "Day", lambda day: str(Moment(day.start))[:10]),
    Column("judgments", "Answers", lambda day: day.judgments),
    Column("seconds", "One took, as a rule", lambda day: day.lead_time, unit=Unit.SECONDS),
)
WEEK_COLUMNS: Sequence[Column[Week]] = (
    Column("week", "Week from", lambda week: str(Moment(week.start))[:10]),
    Column("judgments", "Answers", lambda week: week.judgments),
    Column("same", "The same answer again", lambda week: week.self_consistency, unit=Unit.SHARE),
    Column("known", "Known answer chosen", lambda week: week.gold, unit=Unit.SHARE),
)
PAY_COLUMNS: Sequence[Column[PayLine]] = (
    Column("line", "Line", lambda line: line.entry),
    Column("period", "Period", lambda line: line.period),
    Column("kind", "Kind", lambda line: line.kind),
    Column("amount", "Amount", lambda line: Money(line.minor, line.currency)),
    Column("reasons", "How it comes about", lambda line: "; ".join(line.reasons)),
)
