"""A backup holds everything of one moment, and serves on when it is brought back."""

import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from ls_backend.errors import InputError
from ls_backend.services.backup import back_up
from ls_backend.services.context import Context
from ls_backend.services.queries.status import status
from ls_backend.services.settling import settle
from ls_backend.services.verifying import verify
from ls_backend.store import Store, audit, tables
from tests import fakes
from tests.conftest import need
from tests.fakes import ADMIN
from tests.filled import filled_project


def restored_sqlite(ctx: Context, file: Path) -> Store:
    """As `steadyhand backup` says."""
    database = Path(str(ctx.store.engine.url.database))
    ctx.store.close()
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    shutil.copy(file, database)
    return Store(f"sqlite:///{database}", clock=ctx.clock)


def test_what_is_brought_back_is_what_was_there(ctx: Context, tmp_path: Path) -> None:
    project = filled_project(ctx)
    settle(ctx, ADMIN, project, "all", though_running=True)
    before = status(ctx, project)
    made = back_up(ctx, tmp_path / "copy.sqlite3")
    assert made.size > 100_000
    assert "copy.sqlite3" in made.restore
    ctx.store.execute(tables.judgments.delete())
    again = Context(restored_sqlite(ctx, Path(made.file)), ctx.gateway, ctx.settings, ctx.clock)
    assert status(again, project) == before
    assert verify(again).faults == ()
    again.store.close()


def test_a_backup_is_of_one_moment_while_events_come(ctx: Context, tmp_path: Path) -> None:
    made = fakes.attach(ctx, gold=0, retest_rate=0.0, annotators=2, routing="everyone")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with ctx.store.transaction() as connection:  # two rows, or none
                for who in ("one", "two"):
                    audit.note(ctx.store, made, "pair", actor=who, connection=connection)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [back_up(ctx, tmp_path / f"{n}.sqlite3") for n in range(5)]
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        store = Store(f"sqlite:///{copy.file}")
        pairs = store.count(tables.audit, tables.audit.c.what == "pair")
        assert pairs % 2 == 0
        store.close()


def test_no_earlier_backup_is_overwritten_and_a_missing_folder_named(ctx: Context, tmp_path: Path) -> None:
    back_up(ctx, tmp_path / "copy.sqlite3")
    with pytest.raises(InputError, match="exists; give another name"):
        back_up(ctx, tmp_path / "copy.sqlite3")
    with pytest.raises(InputError, match="is no folder; make it first"):
        back_up(ctx, tmp_path / "nowhere" / "copy.sqlite3")
    assert sorted(path.name for path in tmp_path.glob("*.partial")) == []


@pytest.mark.integration
def test_postgresql_is_dumped_and_brought_back(postgres_url: str, tmp_path: Path) -> None:
    need(shutil.which("pg_dump"), "pg_dump")
    ctx = fakes.context(database=postgres_url)
    made = fakes.attach(ctx, gold=2, annotators=2)
    before = status(ctx, made)
    dump = back_up(ctx, tmp_path / "copy.dump")
    ctx.store.execute(tables.projects.delete())
    ctx.store.close()
    command = dump.restore.partition("run ")[2].split()
    subprocess.run(command, check=True)
    again = Context(Store(postgres_url, clock=ctx.clock), ctx.gateway, ctx.settings, ctx.clock)
    assert status(again, made) == before
    for table in reversed(tables.metadata.sorted_tables):
        again.store.execute(table.delete())
    again.store.close()
