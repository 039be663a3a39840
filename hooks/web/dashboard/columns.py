"""Columns that several pages have."""

from collections.abc import Callable
from typing import TypeVar

from hooks.web.dashboard.pages import address
from hooks.web.dashboard.tables import Column
from ls_backend.services.queries.people import People

Record = TypeVar("Record")


def annotator_column(number: int, known: People, annotator: Callable[[Record], str]) -> Column[Record]:
    """Whom a row is about, by the name the viewer may see, with the link to their page in project ``number``."""
    return Column(
        "annotator",
        "Annotator",
        lambda row: known.name(annotator(row)),
        link=lambda row: address("projects", number, "annotators", annotator(row)),
    )
