"""Pausing an annotator: the guard serves them nothing in the project, and they read why.

The plugin is told first, so that nobody is called paused who is served tasks. Doing it again repairs what was cut short.
"""

from dataclasses import dataclass

from ls_backend.errors import GatewayError, InputError
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.pauses import what_pausing_lacks
from ls_backend.store import audit, pauses, projects

MAX_WAIT_SECONDS = 30.0
MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class PauseReport:
    """Whether an annotator is paused now, for which reason, and whether that ``changed`` anything."""

    project: int
    annotator: str
    reason: str | None
    changed: bool


def pause(ctx: Context, actor: Actor, project: int, annotator: str, reason: str) -> PauseReport:
    """Serve an annotator nothing. Whoever is paused already is paused still, for the reason given now.

    Raises:
        InputError: no reason or a long one, or no such annotator. GatewayError: the plugin can't do it; says what is missing.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_CHARACTERS:
        raise InputError(f"say why in 1 to {MOST_CHARACTERS} characters; the annotator reads it")
    _check(annotator)
    projects.get(ctx.store, project)
    if lacks := what_pausing_lacks(ctx.gateway.plugin()):
        raise GatewayError(lacks)
    with ctx.store.lease(leases.pausing(project), wait=MAX_WAIT_SECONDS):
        ctx.gateway.set_pause(project, annotator=annotator, reason=reason)
        before = pauses.now(ctx.store, project).get(annotator)
        if before is not None and before.reason == reason:
            return PauseReport(project, annotator, reason, changed=False)
        with ctx.store.transaction() as connection:
            if before is None:
                pauses.begin(ctx.store, project, annotator, reason, by=actor.name, connection=connection)
            else:
                pauses.change_reason(ctx.store, before.id, reason, connection)
            noted = {"annotator": annotator, "reason": reason}
            audit.note(ctx.store, project, "paused", actor=actor.name, connection=connection, **noted)
    return PauseReport(project, annotator, reason, changed=True)


def resume(ctx: Context, actor: Actor, project: int, annotator: str, reason: str = "") -> PauseReport:
    """Serve an annotator again; the ``reason`` goes into the audit log.

    Raises:
        InputError: no such annotator. GatewayError: the plugin does not answer.
    """
    _check(annotator)
    projects.get(ctx.store, project)
    with ctx.store.lease(leases.pausing(project), wait=MAX_WAIT_SECONDS):
        return _resume(ctx, actor, project, annotator, reason.strip())


def resume_all(ctx: Context, actor: Actor, project: int) -> int:
    """Serve everybody again; returns how many were paused."""
    with ctx.store.lease(leases.pausing(project), wait=MAX_WAIT_SECONDS):
        paused = list(pauses.now(ctx.store, project))
        for annotator in paused:
            _resume(ctx, actor, project, annotator, "")
    return len(paused)


def _resume(ctx: Context, actor: Actor, project: int, annotator: str, reason: str) -> PauseReport:
    plugin = ctx.gateway.plugin()
    if plugin is not None and plugin.pauses:  # without it nobody is kept from tasks
        ctx.gateway.set_pause(project, annotator=annotator, reason=None)
    before = pauses.now(ctx.store, project).get(annotator)
    if before is not None:
        with ctx.store.transaction() as connection:
            pauses.end(ctx.store, before.id, by=actor.name, connection=connection)
            noted = {"annotator": annotator} | ({"reason": reason} if reason else {})
            audit.note(ctx.store, project, "resumed", actor=actor.name, connection=connection, **noted)
    return PauseReport(project, annotator, None, changed=before is not None)


def _check(annotator: str) -> None:
    if not annotator.isdecimal():
        raise InputError(f"{annotator!r} is no user of Label Studio; give the number of one")
