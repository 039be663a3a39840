"""A project's overview: who stands where, how consistency and agreement go, what is seeded, what monitoring takes."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard import charts
from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.columns import annotator_column, known_reputation
from hooks.web.dashboard.home import needs_table
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from hooks.web.dashboard.words import REPUTATION_IN_WORDS, STANDINGS_IN_WORDS
from ls_backend.analysis.courses import Week
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.queries.overview import SeedCount
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.project_overview import SliceAgreement, overview_of

BARS = 40  # as many fit a page; the table beside the chart has them all


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/", Permission.READ)
    def overview(number: int) -> Page:
        record = overview_of(ctx, number)
        known = people(ctx, by_name=viewer().sees_names)
        standing = Table(
            "Reputation", _standing_columns(number, known), record.scorecards, request.args, order="-reputation"
        )
        weeks = whole("Weeks", WEEK_COLUMNS, record.weeks)
        return Page(
            title=record.summary.title or f"Project {number}",
            template="project.html",
            record=record,
            tables={
                "annotators": standing,
                "needs": needs_table(list(record.summary.needs), known),
                "weeks": weeks,
                "agreement": whole("Agreement", AGREEMENT_COLUMNS, record.agreement),
                "seeds": whole("Seeds", SEED_COLUMNS, record.summary.seeds, nothing="No seed was placed yet."),
            },
            charts={
                "reputation": charts.interval_bars(
                    "Reputation of each annotator with its interval; the same figures stand in the table below",
                    [
                        charts.Bar(
                            known.name(card.annotator),
                            known_reputation(card),
                            address("projects", number, "annotators", card.annotator),
                        )
                        for card in standing.rows[:BARS]
                        if known_reputation(card).value is not None
                    ],
                ),
                "weeks": charts.courses(
                    "Self-consistency and gold by week, in per cent; the same figures stand in the table below",
                    [str(Moment(week.start))[:10] for week in record.weeks],
                    [
                        charts.Line("Self-consistency", [week.self_consistency for week in record.weeks]),
                        charts.Line("Gold", [week.gold for week in record.weeks]),
                    ],
                ),
            },
            project=number,
            tab="overview",
        )


def _standing_columns(number: int, known: People) -> list[Column[Scorecard]]:
    return [
        annotator_column(number, known, lambda card: card.annotator),
        Column("standing", "Standing", lambda card: card.standing, has_choices=True, hint=STANDINGS_IN_WORDS),
        Column("reputation", "Reputation", known_reputation, unit=Unit.SCORE, hint=REPUTATION_IN_WORDS),
        Column("self_consistency", "Self-consistency", lambda card: card.self_consistency, unit=Unit.SHARE),
        Column("gold", "Gold", lambda card: card.gold, unit=Unit.SHARE),
        Column("judgments", "Judgments", lambda card: card.judgments),
    ]


WEEK_COLUMNS: Sequence[Column[Week]] = (
    Column("week", "Week from", lambda week: str(Moment(week.start))[:10]),
    Column("judgments", "Judgments", lambda week: week.judgments),
    Column("self_consistency", "Self-consistency", lambda week: week.self_consistency, unit=Unit.SHARE),
    Column("gold", "Gold", lambda week: week.gold, unit=Unit.SHARE),
    Column("lead_time", "Median lead time", lambda week: week.lead_time, unit=Unit.SECONDS),
)
AGREEMENT_COLUMNS: Sequence[Column[SliceAgreement]] = (
    Column("slice", "Slice", lambda row: row.name),
    Column(
        "alpha",
        "Krippendorff's alpha",
        lambda row: row.alpha,
        hint="Agreement less what chance would give: 1 is full agreement, 0 what guessing gives, below 0 less than that",
    ),
    Column(
        "items", "Items with two or more answers", lambda row: row.alpha.n, hint="From a few items, alpha says little"
    ),
)
SEED_COLUMNS: Sequence[Column[SeedCount]] = (
    Column("kind", "Kind", lambda row: row.kind),
    Column(
        "state",
        "State",
        lambda row: row.state,
        hint="Planned, then hidden (made, served to nobody yet), placed (waits for its annotator), and then answered, misrouted "
        "(answered by somebody else) or withdrawn",
    ),
    Column("seeds", "Seeds", lambda row: row.seeds),
)
