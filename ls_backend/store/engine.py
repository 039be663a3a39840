"""The database: SQLite by default, PostgreSQL by its URL. SQLAlchemy Core; Alembic makes the tables.

The store is the truth; all that stands in Label Studio is a copy for people to look at. Rows of judgments are never
removed: a deletion, an edit or an interference is noted on the row. The queries stand by subject in the modules beside this one.
"""

import contextlib
import functools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from ls_backend.errors import BusyError, SettingsError
from ls_backend.store.tables import TABLE_OF, leases
from ls_backend.store.turns import Turns

MIGRATIONS = Path(__file__).parent / "migrations"
LEASE_SECONDS = 20.0  # a process that died holds others up no longer than this
SCHEMA_LOCK = 20250206387  # of PostgreSQL: several parts may start at the same moment
BUSY_SECONDS = 10  # for which a writer waits for the others
AT_ONCE = 500  # values in one statement
WITHOUT_WAITING = sa.text("SET LOCAL synchronous_commit TO OFF")  # for the disk; of PostgreSQL, for one transaction
ONE = sa.literal(1)
R = TypeVar("R")
Columns = Mapping[str, object]


class Store:
    """A database with our tables, at their newest version."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        try:
            self.engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise SettingsError(
                f"STEADYHAND_DATABASE_URL can't be used ({error}); write it as sqlite:///FILE or "
                "postgresql+psycopg://USER:PASSWORD@HOST/NAME"
            ) from error
        self.clock = clock
        self._turns = Turns(patience=BUSY_SECONDS) if self.engine.dialect.name == "sqlite" else None
        if self._turns is not None:
            sa.event.listen(self.engine, "connect", _set_sqlite_pragmas)
        try:
            if self._schema_version() != newest_schema_version():
                self._migrate()
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            self.close()
            raise SettingsError(_unusable(error)) from error

    def _schema_version(self) -> str | None:
        """The version of the tables in the database, None for an empty one."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            return version

    def _migrate(self) -> None:
        from alembic import command  # takes long to import, and is seldom needed
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()

    @contextlib.contextmanager
    def transaction(self, *, replayable: bool = False) -> Iterator[sa.Connection]:
        """One commit, which is on the disk when it returns. What is ``replayable``, because it follows from what is stored already, need not
        be: databases lose commits from the end only, so what is lost is done again by what is left."""
        with self._turn(), self.engine.connect() as connection:
            raw = connection.connection.driver_connection if self.engine.dialect.name == "sqlite" else None
            if replayable and raw is not None:
                raw.execute("PRAGMA synchronous=NORMAL")
            try:
                with connection.begin():
                    if replayable and raw is None:
                        connection.execute(WITHOUT_WAITING)
                    yield connection
            finally:
                if replayable and raw is not None:
                    raw.execute("PRAGMA synchronous=FULL")

    def be_only_writer(self, of: sa.Select, connection: sa.Connection) -> None:  # type: ignore[type-arg]
        """Let nobody else write what hangs on a row, the one that ``of`` selects, until the commit, if all who do ask for it; on SQLite
        nobody writes at all. It comes first in a transaction."""
        if self.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(of.with_for_update(key_share=True))

    # -- reading --------------------------------------------------------------------------------------------------

    def fetch(
        self,
        record: type[R],
        *where: sa.ColumnElement[bool],
        order_by: Sequence[sa.ColumnElement[Any]] = (),
        limit: int | None = None,
        connection: sa.Connection | None = None,
    ) -> list[R]:
        """The rows of a record's table that fit, as records."""
        query = select(record).where(*where).order_by(*order_by).limit(limit)
        return [record(*row) for row in self.rows(query, connection=connection)]

    def first(
        self, record: type[R], *where: sa.ColumnElement[bool], order_by: Sequence[sa.ColumnElement[Any]] = ()
    ) -> R | None:
        return next(iter(self.fetch(record, *where, order_by=order_by, limit=1)), None)

    def rows(self, query: sa.Executable, *, connection: sa.Connection | None = None) -> Sequence[sa.Row]:  # type: ignore[type-arg]
        """The rows of any query, where no record fits: sums, counts, single columns."""
        with self._reading(connection) as reader:
            return reader.execute(query).all()

    def count(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(self.rows(sa.select(sa.func.count()).select_from(table).where(*where))[0][0])

    def count_by(
        self, *columns: sa.ColumnElement[object], where: sa.ColumnElement[bool]
    ) -> dict[tuple[object, ...], int]:
        """How many rows there are by the values of some columns."""
        rows = self.rows(sa.select(*columns, sa.func.count()).where(where).group_by(*columns).order_by(*columns))
        return {tuple(row[:-1]): int(row[-1]) for row in rows}

    def _reading(self, connection: sa.Connection | None) -> contextlib.AbstractContextManager[sa.Connection]:
        return self.engine.connect() if connection is None else contextlib.nullcontext(connection)

    # -- writing --------------------------------------------------------------------------------------------------

    def execute(self, statement: sa.Executable, *, connection: sa.Connection | None = None) -> int:
        """How many rows a statement touched."""
        with self._writing(connection) as writer:
            return int(getattr(writer.execute(statement), "rowcount", 0))

    def insert(self, table: sa.Table, row: Columns, *, connection: sa.Connection | None = None) -> int:
        """Insert a row; returns the id that the database gave it."""
        with self._writing(connection) as writer:
            return int(writer.execute(sa.insert(table).values(row).returning(table.c.id)).scalar_one())

    def insert_new(self, table: sa.Table, rows: Sequence[Columns], *, connection: sa.Connection | None = None) -> int:
        """Insert the rows whose key is not there yet; how many that were."""
        return len(self.insert_new_returning(table, rows, ONE, connection=connection))

    def insert_new_returning(
        self,
        table: sa.Table,
        rows: Sequence[Columns],
        column: sa.ColumnElement[R],
        *,
        connection: sa.Connection | None = None,
    ) -> list[R]:
        """Insert the rows whose key is not there yet, by one statement; a column of those that were."""
        if not rows:
            return []
        statement = _insertion_of_new(self._dialect, table, column)
        with self._writing(connection) as writer:
            return list(writer.execute(statement, [dict(row) for row in rows]).scalars())

    def save(self, record: object, *, connection: sa.Connection | None = None, only: Sequence[str] = ()) -> None:
        """Insert a record, or where its primary key exists set its other columns (``only`` some of them)."""
        self.save_all([record], connection=connection, only=only)

    def save_all(
        self, records: Sequence[object], *, connection: sa.Connection | None = None, only: Sequence[str] = ()
    ) -> None:
        """The same with some records of one table, by one statement."""
        if records:
            table = TABLE_OF[type(records[0])]
            written = self._dialect.insert(table).excluded
            keys = {c.name for c in table.primary_key}
            names = [name for name in columns_of(records[0]) if name not in keys and (not only or name in only)]
            self.upsert(records, {name: written[name] for name in names}, connection=connection)

    def upsert(self, records: Sequence[object], changes: Columns, *, connection: sa.Connection | None = None) -> None:
        """Insert some records of one table, or where a primary key exists make some changes to the row."""
        if not records:
            return
        table = TABLE_OF[type(records[0])]
        keys = [c.name for c in table.primary_key]
        statement = self._dialect.insert(table).on_conflict_do_update(index_elements=keys, set_=dict(changes))
        with self._writing(connection) as writer:
            writer.execute(statement, [columns_of(record) for record in records])

    @property
    def _dialect(self):  # type: ignore[no-untyped-def]  # a module of SQLAlchemy
        if self.engine.dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql  # with all of its drivers, which SQLite does without

            return postgresql
        return sqlite

    def _writing(self, connection: sa.Connection | None) -> contextlib.AbstractContextManager[sa.Connection]:
        return self.transaction() if connection is None else contextlib.nullcontext(connection)

    def _turn(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._turns is None else self._turns.taken()

    # -- leases ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, *names: str, wait: float = 0.0) -> Iterator[None]:
        """Be the only one who does some things, over all processes on this database. They are taken in the order given: whoever takes
        several gives the same order everywhere, so that no two wait for each other.

        Raises:
            BusyError: another process holds one, and still does after ``wait`` seconds.
        """
        holder = uuid.uuid4().hex
        ours, finished = leases.c.holder == holder, threading.Event()

        def renew() -> None:
            pause = LEASE_SECONDS / 4
            while not finished.wait(pause):
                try:
                    with self.transaction(replayable=True) as connection:
                        until = self.clock() + LEASE_SECONDS
                        self.execute(sa.update(leases).where(ours).values(until=until), connection=connection)
                    pause = LEASE_SECONDS / 4
                except sa.exc.SQLAlchemyError:  # locked for long, or restarted
                    pause = LEASE_SECONDS / 40

        renewer = threading.Thread(target=renew, name=f"lease {names[0]}", daemon=True)
        renewer.start()
        try:
            self._take_leases(names, holder, time.monotonic() + wait)
            yield
        finally:
            finished.set()
            renewer.join()
            with self.transaction(replayable=True) as connection:
                self.execute(sa.delete(leases).where(ours), connection=connection)

    def _take_leases(self, names: Sequence[str], holder: str, deadline: float) -> None:
        taken = 0
        while True:
            with self.transaction(replayable=True) as connection:
                while taken < len(names) and self._take_lease(names[taken], holder, connection):
                    taken += 1
            if taken == len(names):
                return
            if time.monotonic() >= deadline:
                raise BusyError(f"another process holds {names[taken]}; try again in a moment")
            time.sleep(0.1)

    def _take_lease(self, name: str, holder: str, connection: sa.Connection) -> bool:
        now = self.clock()
        lease = {"holder": holder, "until": now + LEASE_SECONDS}
        if self.insert_new(leases, [{"name": name, **lease}], connection=connection):
            return True
        expired = sa.and_(leases.c.name == name, leases.c.until < now)
        return self.execute(sa.update(leases).where(expired).values(**lease), connection=connection) == 1


def _unusable(error: sa.exc.DBAPIError) -> str:
    """Why a database can't be used, and what to do."""
    reason = str(error.orig).partition("\n")[0]
    if isinstance(error, sa.exc.ProgrammingError):
        return (
            f"the database's tables must be brought to version {newest_schema_version()}, which this role may not ({reason}); run "
            "`steadyhand migrate` once as their owner"
        )
    return f"the database can't be used ({reason}); is it running, and is STEADYHAND_DATABASE_URL its address?"


@functools.cache
def _insertion_of_new(dialect: Any, table: sa.Table, column: sa.ColumnElement[R]) -> sa.Executable:
    """Each event needs it, and making it takes as long as running it."""
    insertion: sa.Executable = dialect.insert(table).on_conflict_do_nothing().returning(column)
    return insertion


def select(record: type[R]) -> sa.Select:  # type: ignore[type-arg]
    """The columns of a record's table, in the order of its fields."""
    table = TABLE_OF[record]
    return sa.select(*(table.c[f.name] for f in fields(record)))  # type: ignore[arg-type]


def in_parts(things: Sequence[R], size: int) -> Iterator[Sequence[R]]:
    """A few at a time."""
    return (things[start : start + size] for start in range(0, len(things), size))


def columns_of(record: object) -> dict[str, object]:
    """A record's values by column. JSON columns are converted by their types."""
    return {f.name: getattr(record, f.name) for f in fields(record)}  # type: ignore[arg-type]


def newest_schema_version() -> str:
    """The newest migration there is: the files are called ``v0001_first.py`` and so on."""
    return max(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v*.py"))


def is_fault_of_values(error: sa.exc.SQLAlchemyError) -> bool:
    """Whether a database refused what was to be written, so that trying again is of no use; else it can't be reached, is locked or full."""
    return (
        isinstance(error, sa.exc.DataError | sa.exc.IntegrityError | sa.exc.ProgrammingError)
        or type(error) is sa.exc.StatementError
    )


def _set_sqlite_pragmas(connection: DBAPIConnection, _record: object) -> None:
    """A commit is on the disk when it returns: an event is acknowledged, and money booked, by one."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={1000 * BUSY_SECONDS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def canonical(value: object) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
