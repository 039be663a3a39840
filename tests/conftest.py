"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_backend.service import Context
from tests import fakes


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """A context on a database of its own and a fake Label Studio without the plugin."""
    made = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}")
    yield made
    made.store.close()


@pytest.fixture
def plugged(tmp_path: Path) -> Iterator[Context]:
    """The same, with the plugin and the guard."""
    made = fakes.context(
        database=f"sqlite:///{tmp_path / 'store.sqlite3'}", plugged={"version": "0.1.0", "guard": True}
    )
    yield made
    made.store.close()
