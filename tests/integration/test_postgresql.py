"""What every store must do, on PostgreSQL."""

from collections.abc import Iterator

import pytest

from ls_backend.store import Store
from tests import fakes
from tests.store_suite import StoreSuite, empty

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def two_processes(postgres_url: str) -> Iterator[tuple[Store, Store]]:
    both = (Store(postgres_url), Store(postgres_url))
    yield both
    for store in both:
        store.close()


class TestPostgresql(StoreSuite):
    @pytest.fixture
    def store(self, two_processes: tuple[Store, Store]) -> Iterator[Store]:
        store, other = two_processes
        store.clock = other.clock = fakes.Clock()
        yield store
        empty(store)

    @pytest.fixture
    def other(self, two_processes: tuple[Store, Store]) -> Store:
        return two_processes[1]
