"""Connecting attached projects anew: after the secret or an address has changed, or somebody has changed a webhook."""

from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.connections import connect_events
from ls_backend.services.context import Context
from ls_backend.services.guides import tell_plugin_again
from ls_backend.store import audit, projects
from ls_backend.store.records import ProjectRecord


def reconnect(ctx: Context, actor: Actor, project: int | None = None) -> list[ProjectRecord]:
    """Set webhook and ML backend of the attached projects, or of one, as they should be now, and tell the plugin once more which guides are
    to be read; returns the projects.

    Raises:
        NotAttachedError: this one is not attached. GatewayError: Label Studio refuses; projects before it are connected.
    """
    records = projects.attached(ctx.store) if project is None else [projects.get(ctx.store, project)]
    return [_reconnect(ctx, actor, record.id) for record in records]


def _reconnect(ctx: Context, actor: Actor, project: int) -> ProjectRecord:
    with ctx.store.lease(leases.writing_back(project), wait=60.0):  # as attaching and detaching
        record = connect_events(ctx, projects.get(ctx.store, project))
        tell_plugin_again(ctx, project)
    audit.note(ctx.store, project, "reconnected", actor=actor.name)
    return record
