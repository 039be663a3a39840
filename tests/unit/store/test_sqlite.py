"""What every store must do, on SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_backend.services.context import Context
from ls_backend.store import Store
from tests.store_suite import StoreSuite


class TestSqlite(StoreSuite):
    @pytest.fixture
    def store(self, ctx: Context) -> Store:
        return ctx.store

    @pytest.fixture
    def other(self, ctx: Context, tmp_path: Path) -> Iterator[Store]:
        opened = Store(f"sqlite:///{tmp_path / 'store.sqlite3'}", clock=ctx.store.clock)
        yield opened
        opened.close()
