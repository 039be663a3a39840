"""From events to scorecards and seeds, in one go and by one process at a time."""

import json
from typing import Literal

from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.catch_up import catch_up
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.events import apply_inbox, receive_event
from ls_backend.services.ingest import Applied
from ls_backend.services.pilots import assign_newcomers
from ls_backend.services.scoring import score_project
from ls_backend.services.seeding import place_seeds
from ls_backend.types import Json

Pull = Literal["recent", "all"] | None


def process(
    ctx: Context,
    actor: Actor,
    project: int,
    *,
    pull: Pull = None,
    place: bool = True,
    wait: float = 0.0,
    track: Track = silent,
) -> Applied:
    """Apply the inbox, catch up by pulling if asked to, score, and place the seeds that fall due. Without ``place`` nothing is written
    into Label Studio; seeds that fall due are placed by a later run.

    Raises:
        BusyError: another process works on the project, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(leases.processing(project), wait=wait):
        applied = apply_inbox(ctx, actor, project)
        if pull is not None:
            applied.add(catch_up(ctx, actor, project, full=pull == "all", track=track))
        try:  # before scoring, because somebody is about to go on
            assign_newcomers(ctx, project, sorted(applied.annotators))
            if place:
                applied.counts["placed"] += place_seeds(ctx, project, applied.annotators, track=track)
        finally:
            score_project(ctx, project)
        return applied


def apply_event(ctx: Context, actor: Actor, body: Json) -> int:
    """What an ML backend's fit() is handed: an event, by the same way in as the webhook. Returns how many annotations were
    new, changed or deleted."""
    event, _ = receive_event(ctx, json.dumps(body).encode())
    return process(ctx, actor, event.project, wait=30.0).annotations
