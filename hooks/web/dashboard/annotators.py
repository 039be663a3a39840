"""Annotators: everybody in a table."""

from collections.abc import Callable, Sequence

from flask import request

from hooks.web.dashboard.cells import Moment, Money, Unit, Value, total
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages
from hooks.web.dashboard.tables import Column, Table
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.queries.annotators import AnnotatorRow, annotators_of
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
            nothing="Nobody whom the filters leave. Annotators appear here with their first answer.",
        )
        return Page("Annotators", "annotators.html", rows, {"annotators": table}, project=number, tab="annotators")


def of_card(value: Callable[[Scorecard], Value]) -> Callable[[AnnotatorRow], Value]:
    """A value of the scorecard; None for who has none."""
    return lambda row: value(row.card) if row.card else None


def annotator_columns(number: int, known: People, *, with_money: bool) -> Sequence[Column[AnnotatorRow]]:
    """All columns; those ``with_money`` are for admins."""
    return (
        annotator_column(number, known, lambda row: row.annotator),
        Column("standing", "Standing", of_card(lambda card: card.standing), has_choices=True),
        Column(
            "alarm",
            "Alarm",
            lambda row: row.alarm,
            hint="The checks say that attentiveness is below what is required",
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
        Column("reputation", "Reputation", of_card(lambda card: card.reputation), unit=Unit.SCORE, is_optional=True),
        Column("self_consistency", "Self-consistency", of_card(lambda card: card.self_consistency), unit=Unit.SHARE),
        Column("gold", "Gold", of_card(lambda card: card.gold), unit=Unit.SHARE),
        Column("attentiveness", "Attentiveness", of_card(lambda card: card.attentiveness)),
        Column(
            "position_bias",
            "Left bias",
            of_card(lambda card: card.position_bias),
            hint="Above 0: more answers for the left side than for the right one; sides are drawn by chance",
        ),
        Column("judgments", "Judgments", of_card(lambda card: card.judgments), totals=total),
        Column("skipped", "Skipped", lambda row: row.skipped, hint=SKIPPED_HINT, totals=total),
        Column(
            "retests", "Retests", of_card(lambda card: card.retests), hint="Answered, and able to tell", totals=total
        ),
        Column(
            "lead_time",
            "Median lead time",
            lambda row: row.lead_time,
            unit=Unit.SECONDS,
            hint="From being shown to being submitted; not known where Label Studio was not told",
        ),
        Column("last_active", "Last active", lambda row: Moment(row.last_active) if row.last_active else None),
        *(MONEY_COLUMNS if with_money else ()),
    )


MONEY_COLUMNS: Sequence[Column[AnnotatorRow]] = (
    Column(
        "bonus",
        "Bonus so far",
        of_card(lambda card: Money(card.bonus_minor, card.currency)),
        hint="For what is not settled yet",
        totals=total,
    ),
    Column("settled", "Settled", of_card(lambda card: Money(card.settled_minor, card.currency)), totals=total),
    Column("arm", "Pilot arm", lambda row: row.arm, hint="Of the pilot that runs now", has_choices=True),
)
