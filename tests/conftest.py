"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_backend.service import Context
from tests import fakes
from tests.servers import House, build, tear_down


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


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """With the plugin and the guard."""
    made = build(tmp_path_factory.mktemp("guarded"), port=18100, plugin=True, made_up=True)
    yield made
    tear_down(made)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Without the plugin."""
    made = build(tmp_path_factory.mktemp("bare"), port=18200, plugin=False)
    yield made
    tear_down(made)
