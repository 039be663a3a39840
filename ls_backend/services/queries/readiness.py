"""Whether a process can do its work now, with what it can't do."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ls_backend.services.context import Context
from ls_backend.services.queries.events import oldest_pending
from ls_backend.settings import Settings

LATE_SECONDS = 60.0  # an event that waits this long beyond the next catching up is not being worked on


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the service stands on; ``says`` what is wrong where it is not ``fine``."""

    name: str
    fine: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """``ready``: events can be taken, and pages shown. That needs the database alone: without the queue, or while no worker works, events
    wait there and nothing is lost."""

    ready: bool
    parts: tuple[Part, ...]


def readiness(ctx: Context, ask_queue: Callable[[], object]) -> Readiness:
    """``ask_queue`` raises whatever it likes where the queue can't be used."""
    database, worker = _database_and_worker(ctx)
    return Readiness(database.fine, (database, _queue(ask_queue), worker))


def lateness(oldest: float | None, settings: Settings, *, now: float) -> float:
    """For how many seconds the ``oldest`` event has waited, where that is longer than it ever should, else 0: it is applied by the next
    catching up at the latest."""
    waited = 0.0 if oldest is None else now - oldest
    return waited if waited > settings.reconcile_minutes * 60 + LATE_SECONDS else 0.0


def _database_and_worker(ctx: Context) -> tuple[Part, Part]:
    try:
        late = lateness(oldest_pending(ctx), ctx.settings, now=ctx.clock())
    except SQLAlchemyError as error:
        return (
            Part("database", False, f"can't be used ({type(error).__name__}); is it running, full or locked?"),
            Part("worker", False, "not known without the database"),
        )
    if late:
        return Part("database", True), Part(
            "worker", False, f"an event has waited for {late / 60:.0f} minutes; is a worker running?"
        )
    return Part("database", True), Part("worker", True)


def _queue(ask_queue: Callable[[], object]) -> Part:
    try:
        ask_queue()
    except Exception as error:  # noqa: BLE001  (whatever the queue's backend throws)
        return Part("queue", False, f"can't be used ({type(error).__name__}); events wait for the next catching up")
    return Part("queue", True)
