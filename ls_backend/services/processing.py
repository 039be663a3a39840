"""From events to scorecards and seeds. Any number of processes may do this at once: each step has leases of its own
(:mod:`ls_backend.services.leases`), so that one applies events while another scores those that were applied before.
"""

import json
from typing import Literal

from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.catch_up import catch_up
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.events import Replay, apply_inbox, put_back, receive_event, replayed
from ls_backend.services.ingest import Applied
from ls_backend.services.pilots import assign_newcomers
from ls_backend.services.queries.judgments import OwnRead
from ls_backend.services.scoring import score_changes
from ls_backend.services.seeding import place_seeds
from ls_backend.store import projects
from ls_backend.types import Json

Pull = Literal["recent", "all"] | None
PLACING_SECONDS = 10.0  # in which another process has placed its seeds; whoever has answered is not forgotten meanwhile


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
        BusyError: another process is at one of these steps, and still is after ``wait`` seconds.
    """
    read: OwnRead = {}
    try:
        applied = take_in(ctx, actor, project, wait=wait)
        prepare(ctx, project, applied, read, place=place, wait=wait, track=track)
        if pull is not None:
            pulled = pull_in(ctx, actor, project, full=pull == "all", wait=wait, track=track)
            prepare(ctx, project, pulled, read, place=place, wait=wait, track=track)
            applied.add(pulled)
    finally:
        score_changes(ctx, project, wait=wait, read=read)
    return applied


def take_in(ctx: Context, actor: Actor, project: int, *, wait: float = 0.0, most: int | None = None) -> Applied:
    """Apply the inbox, or about the first ``most`` events of it.

    Raises:
        BusyError: another process does, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(leases.applying(project), wait=wait):
        return apply_inbox(ctx, actor, project, most=most)


def pull_in(
    ctx: Context, actor: Actor, project: int, *, full: bool = False, wait: float = 0.0, track: Track = silent
) -> Applied:
    """Catch up by pulling, everything if ``full``.

    Raises:
        BusyError: another process does, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(leases.pulling(project), wait=wait):
        return catch_up(ctx, actor, project, full=full, track=track)


def prepare(
    ctx: Context,
    project: int,
    applied: Applied,
    read: OwnRead,
    *,
    place: bool = True,
    wait: float = 0.0,
    track: Track = silent,
) -> None:
    """Prepare what is next for whoever has answered: a pilot's arm, and the seeds that fall due. It comes before scoring, because somebody
    is about to go on; what is ``read`` of annotators is noted for that.

    Raises:
        BusyError: another process places seeds, and still does after a while.
    """
    assign_newcomers(ctx, project, sorted(applied.annotators))
    if place:
        with ctx.store.lease(leases.placing(project), wait=max(wait, PLACING_SECONDS)):
            applied.counts["placed"] += place_seeds(ctx, project, applied.annotators, read=read, track=track)


def replay(ctx: Context, actor: Actor, project: int, *, wait: float = 60.0) -> Replay:
    """Try the events again that were kept aside.

    Raises:
        NotAttachedError: the project is not monitored. BusyError: another process works on it, and still does after ``wait`` seconds.
    """
    projects.get(ctx.store, project)
    tried = put_back(ctx, project)
    process(ctx, actor, project, wait=wait)
    return replayed(ctx, project, tried)


def apply_event(ctx: Context, actor: Actor, body: Json) -> int:
    """What an ML backend's fit() is handed: an event, by the same way in as the webhook. Returns how many annotations were
    new, changed or deleted."""
    event, _ = receive_event(ctx, json.dumps(body).encode())
    return process(ctx, actor, event.project, wait=30.0).annotations
