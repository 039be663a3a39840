"""What every queue must do, in memory: a process alone has it."""

import pytest
from huey import Huey

from hooks.worker import make_queue
from tests import fakes
from tests.queue_suite import QueueSuite, attached

__all__ = ["attached"]


class TestQueueInMemory(QueueSuite):
    @pytest.fixture
    def queue(self) -> Huey:
        return make_queue(fakes.settings())

    @pytest.fixture
    def other(self, queue: Huey) -> Huey:
        return queue
