"""Events that wait, of all projects."""

from ls_backend.services.context import Context
from ls_backend.store import waiting
from ls_backend.store.records import EventState


def pending_events(ctx: Context) -> int:
    """How many wait to be applied."""
    return waiting.count(ctx.store, EventState.PENDING)


def unreadable_events(ctx: Context) -> int:
    """How many are kept aside because they can't be applied."""
    return waiting.count(ctx.store, EventState.UNREADABLE)


def oldest_pending(ctx: Context) -> float | None:
    """When the oldest that waits to be applied was received, in seconds since the epoch."""
    return waiting.oldest(ctx.store)
