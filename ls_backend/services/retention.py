"""What the store lets go of when it was kept for long enough."""

from ls_backend.services.context import Context
from ls_backend.store import inbox

DAY = 86400.0
BATCH = 500  # events at a time, so that nobody waits long for the database
MOST_AT_ONCE = 100_000  # the next time goes on


def empty_old_events(ctx: Context) -> int:
    """Take the bodies from applied events that were received more than `STEADYHAND_EVENT_DAYS` ago; returns from how many."""
    before, emptied = ctx.clock() - ctx.settings.event_days * DAY, 0
    while emptied < MOST_AT_ONCE:
        n = inbox.empty_bodies(ctx.store, before, limit=BATCH)
        emptied += n
        if n < BATCH:
            break
    return emptied
