"""The audit log."""

from typing import TypeAlias

from ls_backend.services.context import Context
from ls_backend.store import audit, projects
from ls_backend.store.records import AuditRecord

Deed: TypeAlias = AuditRecord  # pages ask the queries, never the store


def whole_audit_log(ctx: Context) -> list[Deed]:
    """Who did what in any project, newest first."""
    return audit.everywhere(ctx.store)


def audit_log(ctx: Context, project: int) -> list[AuditRecord]:
    """Who did what in a project, newest first; also in one that was detached.

    Raises:
        NotAttachedError: we never monitored it.
    """
    projects.get(ctx.store, project, detached=True)
    return audit.records(ctx.store, project)
