"""The audit log: who did what, and when."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import AuditRecord
from ls_backend.store.tables import audit


def note(
    store: Store, project: int, what: str, *, actor: str, connection: sa.Connection | None = None, **detail: object
) -> None:
    row = {"project": project, "at": store.clock(), "what": what, "detail": detail, "actor": actor}
    store.insert(audit, row, connection=connection)


def records(store: Store, project: int) -> list[AuditRecord]:
    """Newest first."""
    return store.fetch(AuditRecord, audit.c.project == project, order_by=[audit.c.id.desc()])


def everywhere(store: Store) -> list[AuditRecord]:
    """Of all projects, newest first."""
    return store.fetch(AuditRecord, order_by=[audit.c.id.desc()])


def count(store: Store, project: int) -> int:
    return store.count(audit, audit.c.project == project)
