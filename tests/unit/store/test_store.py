from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ls_backend.errors import BusyError, NotAttachedError, SettingsError
from ls_backend.services.context import Context
from ls_backend.store import inbox, projects
from ls_backend.store.engine import LEASE_SECONDS, Store
from ls_backend.store.records import NewEvent
from ls_backend.store.tables import leases, metadata
from tests.fakes import Clock


def test_the_migrations_make_exactly_the_tables_of_the_code(ctx: Context) -> None:
    with ctx.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_event_is_stored_once(ctx: Context) -> None:
    first, second = (NewEvent(key, 1, "{}", digest="d") for key in "ba")
    with ctx.store.transaction() as connection:
        assert inbox.add(ctx.store, [first], connection=connection) == [True]
        assert inbox.add(ctx.store, [first, second, second], connection=connection) == [False, True, False]
        assert inbox.add(ctx.store, [], connection=connection) == []
    assert [record.key for record in inbox.pending(ctx.store, 1, limit=9)] == ["b", "a"]


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
    store.insert_new(leases, [{"name": "a", "holder": "the dead", "until": clock() + LEASE_SECONDS}])
    with pytest.raises(BusyError), store.lease("a"):
        pass
    clock.tick(LEASE_SECONDS + 1)
    with store.lease("a"):
        pass
    store.close()


def test_several_leases_are_taken_in_order_and_all_are_given_back(ctx: Context) -> None:
    with ctx.store.lease("b"):
        with pytest.raises(BusyError, match="holds b;"), ctx.store.lease("a", "b", "c"):
            pass
        with ctx.store.lease("a", "c"), pytest.raises(BusyError), ctx.store.lease("c"):
            pass
    assert ctx.store.count(leases) == 0


def test_a_wrong_url_says_how_to_write_it() -> None:
    with pytest.raises(SettingsError, match="sqlite:///FILE or postgresql"):
        Store("nonsense")


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's'}"
    for _ in range(2):
        store = Store(url)
        assert "inbox" in sa.inspect(store.engine).get_table_names()
        store.close()
