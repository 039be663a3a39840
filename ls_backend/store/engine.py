"""What we know, in a database: SQLite by default, PostgreSQL by its URL. SQLAlchemy Core; Alembic makes the tables.

The store is the truth; all that stands in Label Studio is a copy for people to look at. Rows of judgments are never
removed: a deletion, an edit or an interference is noted on the row.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite

from ls_backend.errors import BusyError, NotAttachedError, SettingsError
from ls_backend.settings import MIGRATIONS
from ls_backend.store.tables import audit, inbox, judgments, leases, projects

Row = dict[str, Any]
LEASE_SECONDS = 20.0  # a process that died holds others up no longer than this


class Store:
    """A database with our tables, at their newest version."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        try:
            self.engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise SettingsError(
                f"STEADYHAND_DATABASE_URL can't be used ({error}); write it as sqlite:///FILE or "
                "postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            ) from error
        self.clock = clock
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _sqlite_pragmas)
        self._migrate()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # several parts may start at the same moment
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(20250206387)"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        with self.engine.begin() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> list[Row]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def execute(self, statement: sa.Executable) -> int:
        with self.engine.begin() as connection:
            return int(getattr(connection.execute(statement), "rowcount", 0))

    def insert_new(self, table: sa.Table, rows: Sequence[Row], *, connection: sa.Connection | None = None) -> int:
        """Insert the rows whose key is not there yet; how many that were."""
        if not rows:
            return 0
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).on_conflict_do_nothing().returning(sa.literal(1))
        with contextlib.nullcontext(connection) if connection is not None else self.engine.begin() as open_one:
            return sum(len(open_one.execute(statement, row).all()) for row in rows)

    def upsert(self, table: sa.Table, row: Row, *, connection: sa.Connection) -> None:
        """Insert the row, or set its other columns where the primary key exists."""
        keys = [c.name for c in table.primary_key]
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        rest = {k: v for k, v in row.items() if k not in keys}
        connection.execute(dialect.insert(table).values(row).on_conflict_do_update(index_elements=keys, set_=rest))

    def project(self, project: int, *, detached: bool = False) -> Row:
        """The project's row.

        Raises:
            NotAttachedError: we do not monitor it; says how to start.
        """
        found = self.rows(sa.select(projects).where(projects.c.id == project))
        if not found or (found[0]["detached_at"] is not None and not detached):
            raise NotAttachedError(
                f"project {project} is not monitored; `steadyhand attach --project {project} --contract FILE` starts it"
            )
        return found[0]

    def attached(self) -> list[Row]:
        return self.rows(sa.select(projects).where(projects.c.detached_at.is_(None)).order_by(projects.c.id))

    def note(self, project: int, what: str, **detail: Any) -> None:
        """Write to the audit log."""
        self.execute(sa.insert(audit).values(project=project, at=self.clock(), what=what, detail=detail))

    def receive(self, key: str, project: int, body: bytes) -> bool:
        """Put an event into the inbox; False where it is there already."""
        row = {
            "key": key,
            "project": project,
            "body": body.decode(),
            "received_at": self.clock(),
            "state": "pending",
        }
        return bool(self.insert_new(inbox, [row]))

    @contextlib.contextmanager
    def lease(self, name: str, *, wait: float = 0.0) -> Iterator[None]:
        """Be the only one who does a thing, over all processes on this database.

        Raises:
            BusyError: somebody else is at it, and still was after ``wait`` seconds.
        """
        holder = uuid.uuid4().hex
        give_up = time.monotonic() + wait
        while not self._take(name, holder):
            if time.monotonic() >= give_up:
                raise BusyError(f"{name} is being done by another process; try again in a moment")
            time.sleep(0.1)
        ours = sa.and_(leases.c.name == name, leases.c.holder == holder)
        done = threading.Event()

        def renew() -> None:
            while not done.wait(LEASE_SECONDS / 4):
                self.execute(sa.update(leases).where(ours).values(until=self.clock() + LEASE_SECONDS))

        keeper = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()
            self.execute(sa.delete(leases).where(ours))

    def _take(self, name: str, holder: str) -> bool:
        now = self.clock()
        mine = {"holder": holder, "until": now + LEASE_SECONDS}
        if self.insert_new(leases, [{"name": name, **mine}]):
            return True
        return self.execute(sa.update(leases).where(leases.c.name == name, leases.c.until < now).values(**mine)) == 1

    def stamp(self, project: int, connection: sa.Connection | None = None) -> int:
        """A number for judgments that are written now, higher than all before: who remembers the highest seen reads but what is
        newer. Judgments of a project are written by one process at a time, under its lease."""
        highest = sa.select(sa.func.max(judgments.c.stamp)).where(judgments.c.project == project)
        with contextlib.nullcontext(connection) if connection is not None else self.engine.connect() as open_one:
            return int(open_one.execute(highest).scalar() or 0) + 1

    def count(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(self.rows(sa.select(sa.func.count().label("n")).select_from(table).where(*where))[0]["n"])


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def canonical(value: Any) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
