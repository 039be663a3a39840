"""Events that wait."""

from ls_backend.services.context import Context
from ls_backend.store import inbox


def pending_events(ctx: Context) -> int:
    """How many events of all projects wait to be applied."""
    return inbox.pending_everywhere(ctx.store)
