"""From events to scorecards and seeds, in one go and by one process at a time."""

import json
from typing import Any, Literal

from ls_backend.services.context import Context, Track, silent
from ls_backend.services.ingest import Applied, drain, receive, reconcile
from ls_backend.services.pilot_arms import welcome
from ls_backend.services.scoring import rescore
from ls_backend.services.seeding import place
from ls_backend.types import Json

Pull = Literal["recent", "all"] | None


def move(ctx: Context, project: int, *, pull: Pull = None, wait: float = 0.0, track: Track[Any] = silent) -> Applied:
    """Apply the inbox, catch up by pulling if asked to, score, and place the seeds that fall due.

    Raises:
        BusyError: another process is at it, and still was after ``wait`` seconds.
    """
    with ctx.store.lease(f"move-{project}", wait=wait):
        done = drain(ctx, project)
        if pull is not None:
            done.add(reconcile(ctx, project, full=pull == "all", track=track))
        try:  # first, because somebody is about to go on
            welcome(ctx, project, sorted(done.annotators))
            done.counts["placed"] += place(ctx, project, done.annotators, track=track)
        finally:
            rescore(ctx, project)
        return done


def take_in(ctx: Context, body: Json) -> int:
    """What an ML backend's fit() is handed: an event, by the same way in as the webhook. Returns what was applied."""
    found, _ = receive(ctx, json.dumps(body).encode())
    return sum(move(ctx, found.project, wait=30.0).counts.values())
