"""What every queue must do, in Redis."""

import time
from collections.abc import Iterator

import pytest
from huey import Huey

from hooks.worker import make_queue
from tests import fakes
from tests.queue_suite import QueueSuite, attached

__all__ = ["attached"]
pytestmark = pytest.mark.integration


class TestRedis(QueueSuite):
    @pytest.fixture
    def queue(self, redis_url: str) -> Iterator[Huey]:
        made = make_queue(fakes.settings(redis_url=redis_url))
        yield made
        made.storage.conn.flushdb()

    @pytest.fixture
    def other(self, queue: Huey, redis_url: str) -> Huey:
        return make_queue(fakes.settings(redis_url=redis_url))

    def test_a_marker_that_nobody_deletes_ends_by_itself(self, queue: Huey, other: Huey) -> None:
        """Its process has died; in memory the marker dies with it."""
        assert queue.put_if_empty("marker", "1", ttl=1)
        assert not other.put_if_empty("marker", "1", ttl=1)
        time.sleep(1.2)
        assert other.put_if_empty("marker", "1", ttl=1)
