"""Fixtures for the unit tests."""

from types import SimpleNamespace

import pytest

from ls_backend.services import attaching, figure_cache
from tests import fakes


@pytest.fixture(autouse=True)
def same_salt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects draw the same seeds in every run: what rests on a property of seeds that are drawn by chance would fail now and then.
    Not where projects share one Label Studio, in whose plugin the keys of their seeds must differ."""
    monkeypatch.setattr(attaching, "secrets", SimpleNamespace(token_hex=lambda size: fakes.SALT[: 2 * size]))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take long for the first figures: no test fails by that."""
    monkeypatch.setattr(figure_cache, "FIRST_PATIENCE_SECONDS", 120.0)
