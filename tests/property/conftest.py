"""Fixtures of the property tests."""

from collections.abc import Iterator

import pytest

from ls_backend.services.large_tables import Run
from ls_backend.services.workers import workers


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Run]:
    pytest.importorskip("distributed")
    with workers("2") as run:
        yield run
