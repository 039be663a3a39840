"""The list of rights is of exactly the tables there are."""

import pytest

from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.store.rights import ADD, RIGHTS, grant
from ls_backend.store.tables import metadata


def test_every_table_has_its_rights() -> None:
    assert set(RIGHTS) == {*metadata.tables, "alembic_version"}


def test_what_is_booked_and_noted_is_only_added_to() -> None:
    assert {table for table, rights in RIGHTS.items() if rights == ADD} == {
        "ledger", "audit", "exports", "notes", "dashboard_links"
    }  # fmt: skip


def test_sqlite_has_no_roles(ctx: Context) -> None:
    with pytest.raises(InputError, match="SQLite has no roles"):
        grant(ctx.store, "somebody")
