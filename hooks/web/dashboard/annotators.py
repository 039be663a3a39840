"""Annotators: everybody in a table."""

from collections.abc import Callable, Sequence

from flask import request

from hooks.web.dashboard.cells import Moment, Money, Unit, Value, total
from hooks.web.dashboard.columns import annotator_column, known_reputation
from hooks.web.dashboard.pages import Page, Pages
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from hooks.web.dashboard.words import REPUTATION_IN_WORDS, STANDINGS_IN_WORDS
from ls_backend.analysis.inspection import DEFAULT_OPTIONS
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.queries.annotators import AnnotatorRow, annotators_of
from ls_backend.services.queries.newcomers import Newcomer, newcomers_of
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.projects import monitored_project

SKIPPED_HINT = (
    "Tasks skipped or sent without an answer, as far as Label Studio kept them. Where it serves a skipped task again, the skip is "
    "gone once it is answered; what was skipped and deleted, or before Steadyhand was attached and answered since, is not known."
)


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/annotators/", Permission.READ)
    def annotators(number: int) -> Page:
        monitored_project(ctx, number)
        rows = annotators_of(ctx, number)
        table = Table(
            "Annotators",
            annotator_columns(number, people(ctx, by_name=viewer().sees_names), with_money=viewer().is_admin),
            rows,
            request.args,
            order="annotator",
            nothing="Nobody yet. Annotators appear here with their first answer.",
        )
        newcomers = whole(
            "Newcomers", _newcomer_columns(people(ctx, by_name=viewer().sees_names)), newcomers_of(ctx, number)
        )
        return Page(
            title="Annotators",
            template="annotators.html",
            record=rows,
            tables={"annotators": table, "newcomers": newcomers},
            project=number,
            tab="annotators",
        )


def _newcomer_columns(known: People) -> Sequence[Column[Newcomer]]:
    return (
        Column("newcomer", "Newcomer", lambda row: known.name(row.annotator)),
        Column("stage", "Stage", lambda row: row.stage),
        Column("done", "Answered in it", lambda row: f"{row.done} of {row.of}"),
        Column("tries", "Calibrations", lambda row: row.tries),
        Column("score", "Right in the last one", lambda row: row.score, unit=Unit.SHARE),
        Column("at", "Heard of", lambda row: Moment(row.at)),
    )


def of_card(value: Callable[[Scorecard], Value]) -> Callable[[AnnotatorRow], Value]:
    """A value of the scorecard; None for who has none."""
    return lambda row: value(row.card) if row.card else None


def shown_reputation(row: AnnotatorRow) -> Value:
    """Not known where there are too few checks, as on the annotator's own page."""
    return known_reputation(row.card) if row.card else None


def annotator_columns(number: int, known: People, *, with_money: bool) -> Sequence[Column[AnnotatorRow]]:
    """All columns; those ``with_money`` are for admins."""
    return (
        annotator_column(number, known, lambda row: row.annotator),
        Column("standing", "Standing", of_card(lambda card: card.standing), has_choices=True, hint=STANDINGS_IN_WORDS),
        Column("reputation", "Reputation", shown_reputation, unit=Unit.SCORE, hint=REPUTATION_IN_WORDS),
        Column(
            "alarm",
            "Alarm",
            lambda row: row.alarm,
            hint=f"The checks say that attentiveness is below {DEFAULT_OPTIONS.required:.2f}, which is required",
            has_choices=True,
            totals=total,
        ),
        Column("flags", "Flags", lambda row: ", ".join(flag.flag for flag in row.flags) or None),
        Column(
            "flagged",
            "Flagged",
            lambda row: bool(row.flags),
            hint="Work that looks odd; it moves neither reputation nor pay",
            has_choices=True,
            totals=total,
            is_optional=True,
        ),
        Column("paused", "Paused", lambda row: row.pause is not None, has_choices=True, totals=total),
        Column(
            "self_consistency",
            "Self-consistency",
            of_card(lambda card: card.self_consistency),
            unit=Unit.SHARE,
            hint="How often the same answer is given when an item comes again",
        ),
        Column(
            "gold",
            "Gold",
            of_card(lambda card: card.gold),
            unit=Unit.SHARE,
            hint="How often the known answer of a gold item is chosen",
        ),
        Column(
            "attentiveness",
            "Attentiveness",
            of_card(lambda card: card.attentiveness),
            hint="The share of answers that were considered and not guessed, from retests and gold together",
            is_optional=True,
        ),
        Column(
            "position_bias",
            "Left bias",
            of_card(lambda card: card.position_bias),
            hint="Above 0: more answers for the left side than for the right one; sides are drawn by chance",
            is_optional=True,
        ),
        Column("judgments", "Judgments", of_card(lambda card: card.judgments), totals=total),
        Column("skipped", "Skipped", lambda row: row.skipped, hint=SKIPPED_HINT, totals=total, is_optional=True),
        Column(
            "retests",
            "Retests",
            of_card(lambda card: card.retests),
            hint="Answered, and able to tell",
            totals=total,
            is_optional=True,
        ),
        Column(
            "lead_time",
            "Median lead time",
            lambda row: row.lead_time,
            unit=Unit.SECONDS,
            hint="From being shown to being submitted; not known where Label Studio was not told",
            is_optional=True,
        ),
        Column("last_active", "Last active", lambda row: Moment(row.last_active) if row.last_active else None),
        *(MONEY_COLUMNS if with_money else ()),
    )


PAY_SCORE_IN_WORDS = (
    "What the bonus follows from, by this person's own answers in the period alone; so it differs from reputation and "
    "attentiveness, which also look at what is usual in the project"
)
MONEY_COLUMNS: Sequence[Column[AnnotatorRow]] = (
    Column(
        "bonus",
        "Bonus so far",
        of_card(lambda card: Money(card.bonus_minor, card.currency)),
        hint="For what is not settled yet",
        totals=total,
    ),
    Column(
        "settled",
        "Settled",
        of_card(lambda card: Money(card.settled_minor, card.currency)),
        totals=total,
        is_optional=True,
    ),
    Column(
        "pay_score",
        "Score for pay",
        of_card(lambda card: card.pay_score),
        hint=PAY_SCORE_IN_WORDS,
        is_optional=True,
    ),
    Column(
        "arm", "Pilot arm", lambda row: row.arm, hint="Of the pilot that runs now", has_choices=True, is_optional=True
    ),
)
