"""Somebody's own page: their course, what to do better, their work, their pay, their requests. Nobody else's, whatever the address."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from hooks.web.dashboard import charts
from hooks.web.dashboard.cells import Moment, Money, Unit, text
from hooks.web.dashboard.columns import period_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.courses import Day, Week
from ls_backend.errors import InputError
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.settlement import EntryKind
from ls_backend.programme.tips import Profile
from ls_backend.services.asking import choose_figures
from ls_backend.services.disputes import dispute, dispute_figure
from ls_backend.services.queries.ledger import PayLine
from ls_backend.services.queries.own import DisputedFigure, own_data, own_page


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/me/", Permission.OWN)
    def me() -> Page:
        asked = request.values.get("project", "")  # of a refused form, too
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
                "counted": whole("What counted for and against me", COUNTED_COLUMNS, counted(record.course.profile)),
                "weeks": whole("Week by week", WEEK_COLUMNS, record.course.weeks),
                "pay": whole("Statements", PAY_COLUMNS, record.standing.settled, nothing="No period is closed yet."),
            },
            charts={
                "weeks": charts.courses(
                    "How often I gave the same answer again, and found the known one, by week in per cent; the same figures "
                    "stand in the table below",
                    [str(Moment(week.start))[:10] for week in record.course.weeks],
                    [
                        charts.Line("The same answer again", [week.self_consistency for week in record.course.weeks]),
                        charts.Line("Known answer chosen", [week.gold for week in record.course.weeks]),
                    ],
                )
            },
            tab="me",
        )

    @pages.form("/me/disputes", me, Permission.OWN)
    def disagree() -> tuple[str, str]:
        project, about = request.form.get("project", ""), request.form.get("about", "")
        own = own_page(ctx, viewer().user, int(project) if project.isdigit() else None)
        entries = {str(line.entry) for line in own.standing.settled} if own else set()
        if own is None or about not in {*DisputedFigure, *entries}:
            raise InputError(f"{about!r} is no figure or line of yours; choose what you disagree with")
        said = request.form.get("text", "").strip()
        if any(
            other.is_open and about in (other.figure, str(other.entry)) and other.text == said for other in own.disputes
        ):
            return address("me", project=project), "An admin has your objection already."
        if about in entries:
            dispute(ctx, viewer().actor, own.project.id, int(about), said)
        else:
            dispute_figure(ctx, viewer().actor, own.project.id, viewer().user, DisputedFigure(about), said)
        return address(
            "me", project=project
        ), "Your objection reaches the admin. The answer comes here and into the panel."

    @pages.form("/me/figures", me, Permission.OWN)
    def choose() -> tuple[str, str]:
        shown = request.form.get("shown", "")
        if shown not in ("yes", "no"):
            raise InputError("choose whether your figures are shown")
        choose_figures(ctx, viewer().user, hidden=shown == "no")
        said = "Your figures are shown while you label." if shown == "yes" else "No figures are shown while you label."
        return address("me", **({"project": request.form["project"]} if request.form.get("project") else {})), said

    @pages.file("/me/data.json", Permission.OWN)
    def data() -> Response:
        response = Response(json.dumps(own_data(ctx, viewer().user), indent=2), content_type="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return response


@dataclass(frozen=True, slots=True)
class Counted:
    """A part of how somebody works: ``what`` it is, how it ``came out``, and what that does."""

    what: str
    came_out: str
    does: str


def counted(profile: Profile | None) -> list[Counted]:
    """What is known of how somebody works, in words; nothing of single items."""
    if profile is None:
        return []
    known = [
        Counted(
            "The same answer again",
            text(profile.self_consistency, Unit.SHARE),
            "Counts for you: of items that came again, with their sides swapped where they have sides",
        ),
        Counted(
            "The known answer chosen",
            text(profile.gold, Unit.SHARE),
            "Counts for you: of items whose answer is beyond dispute",
        ),
        Counted(
            "The left answer chosen",
            text(profile.left_bias.scaled(0.5, shift=0.5), Unit.SHARE),
            "Moves nothing by itself. Sides are drawn by chance, so a share far from half says that answers are not read to the end",
        ),
        Counted("Ties", text(profile.ties, Unit.SHARE), "Moves nothing by itself"),
        Counted(
            "After the first hour of a sitting",
            _points(profile.late),
            "Checks beside those before it; answers that hold less well count against you at any time",
        ),
        Counted(
            "Time on long items",
            _times_the_time(profile.pace),
            "Moves nothing by itself. Long answers differ in places that are easily skipped",
        ),
    ]
    slices = [
        Counted(f"“{name}”", _points(estimate), "Checks beside those elsewhere, and beside everybody's there")
        for name, estimate in sorted(profile.by_slice.items())
    ]
    return [row for row in (*known, *slices) if row.came_out]


def _points(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return ""
    side = "better" if estimate.low > 0 else "less well" if estimate.high < 0 else "about the same"
    return f"{side} ({100 * estimate.low:+.0f} to {100 * estimate.high:+.0f} points)"


def _times_the_time(pace: Estimate) -> str:
    """What an elasticity means for an item twice as long."""
    if pace.value is None or pace.low is None or pace.high is None:
        return ""
    least, most = 2**pace.low, 2**pace.high
    return f"{2**pace.value:.1f} times the time for twice the text ({least:.1f} to {most:.1f})"


COUNTED_COLUMNS: Sequence[Column[Counted]] = (
    Column("what", "What", lambda row: row.what),
    Column("came_out", "How it came out", lambda row: row.came_out),
    Column("does", "What it does", lambda row: row.does),
)
DAY_COLUMNS: Sequence[Column[Day]] = (
    Column("day", "Day", lambda day: str(Moment(day.start))[:10]),
    Column("judgments", "Answers", lambda day: day.judgments),
    Column(
        "seconds",
        "Time for one, as a rule",
        lambda day: None if day.lead_time is None else round(day.lead_time),
        unit=Unit.SECONDS,
    ),
)
WEEK_COLUMNS: Sequence[Column[Week]] = (
    Column("week", "Week from", lambda week: str(Moment(week.start))[:10]),
    Column("judgments", "Answers", lambda week: week.judgments),
    Column("same", "The same answer again", lambda week: week.self_consistency, unit=Unit.SHARE),
    Column("known", "Known answer chosen", lambda week: week.gold, unit=Unit.SHARE),
)
KIND_WORDS = {
    EntryKind.PAY: "what I answered",
    EntryKind.CORRECTION: "the period by all my answers, less what was paid before",
    EntryKind.DISPUTE: "what I objected to",
}
PAY_COLUMNS: Sequence[Column[PayLine]] = (
    Column("line", "Line", lambda line: line.entry, unit=Unit.NUMBER),
    period_column(None, lambda line: line.period),
    Column("kind", "What for", lambda line: KIND_WORDS[line.kind]),
    Column("amount", "Amount", lambda line: Money(line.minor, line.currency)),
    Column("reasons", "How it comes about", lambda line: "; ".join(line.reasons)),
)
