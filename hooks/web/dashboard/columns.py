"""Columns that several pages have."""

from collections.abc import Callable
from typing import TypeVar

from hooks.web.dashboard.cells import Named
from hooks.web.dashboard.pages import address
from hooks.web.dashboard.tables import Column
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.queries.people import People
from ls_backend.services.queries.periods import period_name

Record = TypeVar("Record")


def period_column(number: int | None, period: Callable[[Record], str], *, has_choices: bool = False) -> Column[Record]:
    """What a row pays for; with the link to its page in project ``number``."""
    return Column(
        "period",
        "Period",
        lambda row: Named(period(row), period_name(period(row))),
        has_choices=has_choices,
        link=None if number is None else lambda row: address("projects", number, "pay", period(row)),
    )


def known_reputation(card: Scorecard) -> Estimate:
    """The reputation; of who is new it is not known yet, as they are told themselves."""
    if card.standing is Standing.NEW:
        return Estimate.unknown("too few checks yet", n=card.reputation.n)
    return card.reputation


def annotator_column(
    number: int,
    known: People,
    annotator: Callable[[Record], str],
    *,
    name: str = "annotator",
    title: str = "Annotator",
) -> Column[Record]:
    """Whom a row is about, by the name the viewer may see, with the link to their page in project ``number``."""
    return Column(
        name,
        title,
        lambda row: known.name(annotator(row)),
        link=lambda row: address("projects", number, "annotators", annotator(row)),
    )
