"""Items that annotators called unclear, as pages show them."""

from dataclasses import dataclass
from typing import TypeAlias

from ls_backend.services.context import Context
from ls_backend.services.queries.items import excerpt
from ls_backend.store import projects, tasks, unclear
from ls_backend.store.records import UnclearReason, UnclearRecord

Unclear: TypeAlias = UnclearRecord  # pages ask the queries, never the store
REASONS = {
    UnclearReason.UNDER_SPECIFIED: "It does not say enough",
    UnclearReason.BOTH_BAD: "Both are bad",
    UnclearReason.NEEDS_EXPERT: "It needs an expert",
    UnclearReason.OTHER: "Something else",
}
"""The reasons in the panel's words."""


def reason_in_words(reason: str) -> str:
    """A reason as it is stored, in words; anything else as it stands."""
    return REASONS[UnclearReason(reason)] if reason in set(UnclearReason) else reason


def in_words(record: Unclear) -> str:
    """The reason, and what was written to it."""
    return REASONS[record.reason] + (f": {record.text}" if record.text else "")


@dataclass(frozen=True, slots=True)
class UnclearRow:
    """An open question about an item, and how the item begins."""

    excerpt: str
    record: Unclear


def waiting_unclear(ctx: Context, project: int) -> list[UnclearRow]:
    """The items that wait for an answer, oldest first."""
    of_project, waiting = projects.get(ctx.store, project), unclear.waiting(ctx.store, project)
    shown = tasks.data_by_item(ctx.store, project) if waiting else {}
    return [UnclearRow(excerpt(shown.get(record.item, {}), of_project), record) for record in waiting]
