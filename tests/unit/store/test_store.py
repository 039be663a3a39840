import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ls_backend.errors import BusyError, NotAttachedError, SettingsError
from ls_backend.services.context import Context
from ls_backend.store import engine, inbox, projects, tables
from ls_backend.store.engine import LEASE_SECONDS, Store
from ls_backend.store.tables import metadata
from tests.fakes import Clock


def test_the_migrations_make_exactly_the_tables_of_the_code(ctx: Context) -> None:
    with ctx.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_event_is_stored_once(ctx: Context) -> None:
    assert inbox.add(ctx.store, "k", 1, "{}", digest="d")
    assert not inbox.add(ctx.store, "k", 1, "{}", digest="d")
    assert ctx.store.count(tables.inbox) == 1


def test_an_unknown_project_says_how_to_start(ctx: Context) -> None:
    with pytest.raises(NotAttachedError, match="steadyhand attach --project 9"):
        projects.get(ctx.store, 9)


def test_a_lease_has_one_holder_and_is_given_back(ctx: Context) -> None:
    with ctx.store.lease("a"):
        with pytest.raises(BusyError), ctx.store.lease("a"):
            pass
        with ctx.store.lease("b"):
            pass
    with ctx.store.lease("a"):
        pass


def test_a_dead_holder_holds_nobody_up_for_long(tmp_path: Path) -> None:
    clock = Clock()
    store = Store(f"sqlite:///{tmp_path / 's'}", clock=clock)
    assert store._take_lease("a", "the dead")
    assert not store._take_lease("a", "the living")
    clock.tick(LEASE_SECONDS + 1)
    assert store._take_lease("a", "the living")
    store.close()


def test_a_lease_is_kept_where_the_database_could_not_be_written_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LEASE_SECONDS", 1.0)
    url = f"sqlite:///{tmp_path / 's'}"
    store, other = Store(url), Store(url)
    sa.event.listen(store.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=50"))
    with store.lease("a"):
        with other.engine.connect() as writer:
            writer.exec_driver_sql("BEGIN IMMEDIATE")
            time.sleep(1.2)  # longer than the lease
        until_before = _until(other)
        time.sleep(0.6)
        assert _until(other) > until_before
        with pytest.raises(BusyError), other.lease("a"):
            pass
    store.close()
    other.close()


def _until(store: Store) -> float:
    return float(store.rows(sa.select(tables.leases.c.until))[0][0])


def test_a_wrong_url_says_how_to_write_it() -> None:
    with pytest.raises(SettingsError, match="sqlite:///FILE or postgresql"):
        Store("nonsense")


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's'}"
    for _ in range(2):
        store = Store(url)
        assert "inbox" in sa.inspect(store.engine).get_table_names()
        store.close()
