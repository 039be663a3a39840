"""Drains the inbox and does the periodic work, on a huey queue: in memory within one process, or in Redis.

The queue only wakes people up. What is to be done stands in the database (pending events, unwritten scorecards), so a
lost queue loses nothing: the next tick finds the work.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from huey import Huey, MemoryHuey, RedisHuey, crontab
from huey.exceptions import TaskLockedException

from ls_backend import service
from ls_backend.errors import SteadyhandError
from ls_backend.service import Context
from ls_backend.settings import Settings

log = logging.getLogger("steadyhand.worker")
MAX_PAUSE_SECONDS = 300.0


def make_queue(settings: Settings) -> Huey:
    """Redis where its URL is set, else in memory."""
    if settings.redis_url:
        return RedisHuey("steadyhand", url=settings.redis_url, results=False, blocking=True)
    return MemoryHuey("steadyhand", results=False)


class Worker:
    """The tasks over a queue. ``wake`` is what the receiver calls."""

    def __init__(self, ctx: Context, queue: Huey) -> None:
        self.ctx, self.queue = ctx, queue
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._drain = queue.task(name="drain")(self._drain_now)
        self._write = queue.task(name="write_back")(self._write_now)
        minutes = ctx.settings.reconcile_minutes
        queue.periodic_task(crontab(minute=f"*/{minutes}" if minutes > 1 else "*"), name="tick")(self.tick)

    def wake(self, project: int) -> None:
        """There is something in the project's inbox. Never raises: the event is safe already."""
        try:
            self._drain(project)
        except Exception:  # noqa: BLE001  (whatever the queue's backend throws: the tick will find the event)
            log.warning("the queue can't be reached; events wait for the next tick")

    def tick(self) -> None:
        """Periodic work: catch up, apply, place, write."""
        for row in self.ctx.store.attached():
            self._careful("reconcile", row["id"], lambda p=row["id"]: self._catch_up(p))  # type: ignore[misc]

    def _catch_up(self, project: int) -> None:
        found = service.reconcile(self.ctx, project)
        self._score_and_place(project, found)

    def _drain_now(self, project: int) -> None:
        self._careful("drain", project, lambda: self._score_and_place(project, service.Applied()))

    def _score_and_place(self, project: int, found: service.Applied) -> None:
        found.add(service.drain(self.ctx, project))
        for fault in found.faults:
            log.warning("project %s: %s", project, fault)
        if service.rescore(self.ctx, project) or found.annotators:
            service.place(self.ctx, project, found.annotators)
        if self.queue.put_if_empty(f"write-back-{project}", "due"):
            self._write.schedule((project,), delay=self.ctx.settings.writeback_seconds)

    def _write_now(self, project: int) -> None:
        self.queue.get(f"write-back-{project}")  # what changes from here on asks again
        self._careful("write back", project, lambda: service.write_back(self.ctx, project))

    def _careful(self, what: str, project: int, action: Callable[[], Any]) -> None:
        """One at a time per project over all workers; after a failure, again with growing pauses."""
        key = f"{what}-{project}"
        if time.monotonic() < self._not_before.get(key, 0.0):
            return
        try:
            with self.queue.lock_task(f"project-{project}"):
                action()
            self._failures.pop(key, None)
        except TaskLockedException:
            self._again(what, project, delay=0.3)
        except SteadyhandError as error:
            n = self._failures[key] = self._failures.get(key, 0) + 1
            pause = min(2.0**n, MAX_PAUSE_SECONDS)
            self._not_before[key] = time.monotonic() + pause - 0.1
            log.warning("%s of project %s failed (%s times), again in %.0f s: %s", what, project, n, pause, error)
            self._again(what, project, delay=pause)

    def _again(self, what: str, project: int, *, delay: float) -> None:
        task = self._write if what == "write back" else self._drain
        task.schedule((project,), delay=delay)
