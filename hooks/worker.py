"""Processes events and does the periodic work, on a huey queue: in memory within one process, or in Redis.

The queue only wakes the worker. What is to be done stands in the database (pending events, unwritten scorecards), so a
lost queue loses nothing: the next tick finds the work.
"""

import logging
import math
import time
from collections.abc import Callable

from huey import Huey, MemoryHuey, RedisExpireHuey, crontab
from sqlalchemy.exc import SQLAlchemyError

from hooks.logs import new_id, working_on
from hooks.metrics import Metrics
from ls_backend.errors import BusyError, NotAttachedError, SteadyhandError
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ingest import Applied
from ls_backend.services.processing import prepare, pull_in, take_in
from ls_backend.services.queries.judgments import OwnRead
from ls_backend.services.queries.projects import attached_projects
from ls_backend.services.retention import empty_old_events
from ls_backend.services.scoring import score_changes
from ls_backend.services.write_back import write_back
from ls_backend.settings import Settings

log = logging.getLogger("steadyhand.worker")
MAX_PAUSE_SECONDS = 300.0
BUSY_PAUSE_SECONDS = 0.3
APPLIED_AT_ONCE = 1000  # events
REDIS_SECONDS = 5.0  # for which an answer is waited for: the receiver's requests do
WRITE_BACK_PAUSES = 10  # times as long as writing the copies took: people at work come first


def make_queue(settings: Settings) -> Huey:
    """Redis where its URL is set, else in memory."""
    if settings.redis_url:
        from redis import ConnectionPool

        patient = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
        pool = ConnectionPool.from_url(settings.redis_url, **patient)
        return RedisExpireHuey("steadyhand", connection_pool=pool, results=False, blocking=True)
    return MemoryHuey("steadyhand", results=False)


class Worker:
    """The jobs over a queue. ``wake`` and ``catch_up`` are what the receiver calls."""

    def __init__(self, ctx: Context, queue: Huey) -> None:
        self.ctx, self.queue = ctx, queue
        self.metrics = Metrics(ctx, self.queue_length)
        self.actor = Actor.service()
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._write_back_took: dict[int, float] = {}
        self._jobs = {
            "process": queue.task(name="process")(self._run_processing),
            "catch up": queue.task(name="catch_up")(self._run_catch_up),
            "write back": queue.task(name="write_back")(self._run_write_back),
        }
        minutes = ctx.settings.reconcile_minutes
        every = crontab(minute=f"*/{minutes}" if minutes > 1 else "*")
        self.tick_soon = queue.periodic_task(every, name="tick")(self.tick)

    def queue_length(self) -> int:
        """How many jobs wait, now or for their time. Raises whatever the queue's backend throws where it can't be used."""
        return int(self.queue.pending_count()) + int(self.queue.scheduled_count())

    def wake(self, project: int) -> None:
        """There is something in the project's inbox. Never raises: the event is safe already."""
        self._request("process", project, delay=self.ctx.settings.debounce_seconds)

    def catch_up(self, project: int) -> None:
        """Somebody asks to pull what the project's webhooks lost. Never raises: the tick pulls, too."""
        self._request("catch up", project)

    def _request(self, job: str, project: int, *, delay: float = 0.0) -> None:
        try:
            self._enqueue(job, project, delay=delay)
        except Exception as error:  # noqa: BLE001  (whatever the queue's backend throws: the tick will find the work)
            log.warning("the queue can't be used (%s); work waits for the next tick", type(error).__name__)

    def tick(self) -> None:
        """Periodic work: catch up, apply, place, write; take the bodies from old events."""
        empty_old_events(self.ctx)
        for project in attached_projects(self.ctx):
            self._with_pauses("catch up", project, lambda p=project: self._process(p, pull=True))  # type: ignore[misc]

    def _enqueue(self, job: str, project: int, *, delay: float = 0.0) -> None:
        """Queue a job unless it is queued already; a lost queue forgets after a while that it was."""
        if self.queue.put_if_empty(self._marker(job, project), "1", ttl=math.ceil(delay) + 60):
            task = self._jobs[job]
            if delay:
                task.schedule((project,), delay=delay)
            else:
                task(project)

    @staticmethod
    def _marker(job: str, project: int) -> str:
        """The queue's key that says that a job is queued."""
        return f"queued-{job}-{project}"

    def _run_processing(self, project: int) -> None:
        self.queue.delete(self._marker("process", project))  # what comes from here on is queued again
        self._with_pauses("process", project, lambda: self._process(project))

    def _run_catch_up(self, project: int) -> None:
        self.queue.delete(self._marker("catch up", project))
        self._with_pauses("catch up", project, lambda: self._process(project, pull=True))

    def _process(self, project: int, *, pull: bool = False) -> None:
        applied, read = Applied(), OwnRead()
        try:
            applied = take_in(self.ctx, self.actor, project, most=APPLIED_AT_ONCE)
            if len(applied.events) >= APPLIED_AT_ONCE:
                self._enqueue("process", project)  # another worker may go on while this one scores
            prepare(self.ctx, project, applied, read)
            if pull:
                pulled = pull_in(self.ctx, self.actor, project)
                prepare(self.ctx, project, pulled, read)
                applied.add(pulled)
        finally:
            self._score(project, read)
            self.metrics.processed(applied, now=self.ctx.clock())
        if applied.faults:  # their words may be those of an annotator
            log.warning("project %s: %s kinds of fault; `steadyhand status` says which", project, len(applied.faults))
        pause = max(self.ctx.settings.writeback_seconds, WRITE_BACK_PAUSES * self._write_back_took.get(project, 0.0))
        self._enqueue("write back", project, delay=pause)

    def _score(self, project: int, read: OwnRead) -> None:
        try:
            score_changes(self.ctx, project, wait=0.0, read=read)
        except BusyError:  # what was applied since the other process began is left
            self._enqueue("process", project, delay=BUSY_PAUSE_SECONDS)

    def _run_write_back(self, project: int) -> None:
        self.queue.delete(self._marker("write back", project))
        self._with_pauses("write back", project, lambda: self._write_back(project))

    def _write_back(self, project: int) -> None:
        started = time.monotonic()
        for copies, count in write_back(self.ctx, self.actor, project).items():
            self.metrics.written.labels(copies).inc(count)
        self._write_back_took[project] = time.monotonic() - started

    def _with_pauses(self, job: str, project: int, action: Callable[[], None]) -> None:
        """What fails is tried again with growing pauses; what another process is doing, a little later."""
        key = f"{job}-{project}"
        started, outcome = time.monotonic(), "failed"
        if started < (not_before := self._not_before.get(key, 0.0)):
            self._enqueue(job, project, delay=not_before - started)
            return
        with working_on(new_id()):
            try:
                action()
                outcome = "done"
                self._failures.pop(key, None)
            except BusyError:
                outcome = "busy"
                self._enqueue(job, project, delay=BUSY_PAUSE_SECONDS)
            except NotAttachedError:
                outcome = "detached"
                self._failures.pop(key, None)  # it was detached meanwhile
            except (SteadyhandError, SQLAlchemyError) as error:
                n = self._failures[key] = self._failures.get(key, 0) + 1
                pause = min(2.0**n, MAX_PAUSE_SECONDS)
                self._not_before[key] = time.monotonic() + pause - 0.1
                self.metrics.errors.labels(job, type(error).__name__).inc()
                log.warning("%s of project %s failed (%s times), again in %.0f s: %s", job, project, n, pause, error)
                self._enqueue(job, project, delay=pause)
            except Exception as error:
                self.metrics.errors.labels(job, type(error).__name__).inc()
                raise  # the queue logs it
            finally:
                self.metrics.jobs.labels(job, outcome).observe(time.monotonic() - started)
