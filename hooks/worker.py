"""Drains the inbox and does the periodic work, on a huey queue: in memory within one process, or in Redis.

The queue only wakes people up. What is to be done stands in the database (pending events, unwritten scorecards), so a
lost queue loses nothing: the next tick finds the work.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from huey import Huey, MemoryHuey, RedisExpireHuey, crontab
from sqlalchemy.exc import SQLAlchemyError

from ls_backend import services
from ls_backend.errors import BusyError, NotAttachedError, SteadyhandError
from ls_backend.services import Context
from ls_backend.settings import Settings

log = logging.getLogger("steadyhand.worker")
MAX_PAUSE_SECONDS = 300.0
COPYING_PAUSES = 10  # times as long as writing the copies took: people at work come first


def make_queue(settings: Settings) -> Huey:
    """Redis where its URL is set, else in memory."""
    if settings.redis_url:
        return RedisExpireHuey("steadyhand", url=settings.redis_url, results=False, blocking=True)
    return MemoryHuey("steadyhand", results=False)


class Worker:
    """The tasks over a queue. ``wake`` is what the receiver calls."""

    def __init__(self, ctx: Context, queue: Huey) -> None:
        self.ctx, self.queue = ctx, queue
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._took: dict[int, float] = {}
        self._run = {
            "drain": queue.task(name="drain")(self._drain),
            "write back": queue.task(name="write_back")(self._write_back),
        }
        minutes = ctx.settings.reconcile_minutes
        queue.periodic_task(crontab(minute=f"*/{minutes}" if minutes > 1 else "*"), name="tick")(self.tick)

    def wake(self, project: int) -> None:
        """There is something in the project's inbox. Never raises: the event is safe already."""
        try:
            self._ask("drain", project, delay=self.ctx.settings.settle_seconds)
        except Exception as error:  # noqa: BLE001  (whatever the queue's backend throws: the tick will find the event)
            log.warning("the queue can't be used (%s); events wait for the next tick", type(error).__name__)

    def tick(self) -> None:
        """Periodic work: catch up, apply, place, write."""
        for row in self.ctx.store.attached():
            project = row["id"]
            self._careful("drain", project, lambda p=project: self._move(p, pull="recent"))  # type: ignore[misc]

    def _ask(self, what: str, project: int, *, delay: float = 0.0) -> None:
        """Queue a task unless it is queued already; a lost queue forgets that it was asked after a while."""
        if self.queue.put_if_empty(self._asked(what, project), "1", ttl=math.ceil(delay) + 60):
            task = self._run[what]
            if delay:
                task.schedule((project,), delay=delay)
            else:
                task(project)

    @staticmethod
    def _asked(what: str, project: int) -> str:
        return f"asked-{what}-{project}"

    def _drain(self, project: int) -> None:
        self.queue.delete(self._asked("drain", project))  # what comes from here on asks again
        self._careful("drain", project, lambda: self._move(project))

    def _move(self, project: int, pull: services.Pull = None) -> None:
        for fault in services.move(self.ctx, project, pull=pull).faults:
            log.warning("project %s: %s", project, fault)
        pause = max(self.ctx.settings.writeback_seconds, COPYING_PAUSES * self._took.get(project, 0.0))
        self._ask("write back", project, delay=pause)

    def _write_back(self, project: int) -> None:
        self.queue.delete(self._asked("write back", project))
        self._careful("write back", project, lambda: self._copy(project))

    def _copy(self, project: int) -> None:
        started = time.monotonic()
        services.write_back(self.ctx, project)
        self._took[project] = time.monotonic() - started

    def _careful(self, what: str, project: int, action: Callable[[], Any]) -> None:
        """What fails is tried again with growing pauses; what another process is doing, a little later."""
        key = f"{what}-{project}"
        if time.monotonic() < self._not_before.get(key, 0.0):
            return
        try:
            action()
            self._failures.pop(key, None)
        except BusyError:
            self._ask(what, project, delay=0.3)
        except NotAttachedError:
            self._failures.pop(key, None)  # it was detached meanwhile
        except (SteadyhandError, SQLAlchemyError) as error:
            n = self._failures[key] = self._failures.get(key, 0) + 1
            pause = min(2.0**n, MAX_PAUSE_SECONDS)
            self._not_before[key] = time.monotonic() + pause - 0.1
            log.warning("%s of project %s failed (%s times), again in %.0f s: %s", what, project, n, pause, error)
            self._ask(what, project, delay=pause)
