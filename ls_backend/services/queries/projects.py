"""Which projects are monitored."""

from ls_backend.services.context import Context
from ls_backend.store import projects
from ls_backend.store.records import ProjectRecord


def attached_projects(ctx: Context) -> list[int]:
    """Their ids."""
    return [record.id for record in projects.attached(ctx.store)]


def monitored_project(ctx: Context, project: int) -> ProjectRecord:
    """An attached project.

    Raises:
        NotAttachedError: we do not monitor it; says how to start.
    """
    return projects.get(ctx.store, project)
