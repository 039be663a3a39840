"""Monitored projects."""

import sqlalchemy as sa

from ls_backend.errors import NotAttachedError
from ls_backend.store.engine import Store
from ls_backend.store.records import ProjectRecord
from ls_backend.store.tables import projects

LABEL_CONFIG = sa.select(projects.c.label_config).where(
    projects.c.id == sa.bindparam("project"), projects.c.detached_at.is_(None)
)


def find(store: Store, project: int) -> ProjectRecord | None:
    """A project that is or was monitored."""
    return store.first(ProjectRecord, projects.c.id == project)


def get(store: Store, project: int, *, detached: bool = False) -> ProjectRecord:
    """An attached project; also a detached one where ``detached`` is set.

    Raises:
        NotAttachedError: we do not monitor it; says how to start.
    """
    record = find(store, project)
    if record is None or not (record.is_attached or detached):
        raise _not_attached(project)
    return record


def label_config(project: int, connection: sa.Connection) -> str:
    """Of an attached project, and nothing else of it: every event asks for it.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    known: str | None = connection.execute(LABEL_CONFIG, {"project": project}).scalar()
    if known is None:
        raise _not_attached(project)
    return known


def _not_attached(project: int) -> NotAttachedError:
    return NotAttachedError(
        f"project {project} is not monitored",
        command=f"`steadyhand attach --project {project} --contract FILE` starts it",
    )


def attached(store: Store) -> list[ProjectRecord]:
    return store.fetch(ProjectRecord, projects.c.detached_at.is_(None), order_by=[projects.c.id])


def move_cursor(store: Store, project: int, cursor: str | None, *, label_config: str) -> None:
    """Up to where a project was pulled, unless its ``label_config`` is another than it was pulled by."""
    pulled = sa.and_(projects.c.id == project, projects.c.label_config == label_config)
    store.execute(sa.update(projects).where(pulled).values(cursor=cursor))


def adopt(store: Store, project: ProjectRecord, **columns: object) -> bool:
    """Put another label config, and what follows from it, into the place of the one that a project had when it was read; False where it has
    another one by now."""
    unchanged = sa.and_(projects.c.id == project.id, projects.c.label_config == project.label_config)
    return store.execute(sa.update(projects).where(unchanged).values(config_fault=None, **columns)) == 1


def change(store: Store, project: int, **columns: object) -> None:
    store.execute(sa.update(projects).where(projects.c.id == project).values(**columns))
