"""Many threads, one commit (group commit): what comes while a write is under way is written by the next one, all of it at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

Given = TypeVar("Given")
Outcome = TypeVar("Outcome")


def _taken_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Entry(Generic[Given, Outcome]):
    """What a thread gives, and what came of it: an outcome or an error. The thread sleeps until ``wake`` is released, and then either it is
    settled, or it is the one to write."""

    given: Given
    wake: Lock = field(default_factory=_taken_lock)
    outcomes: tuple[Outcome, ...] = ()
    error: BaseException | None = None

    @property
    def is_settled(self) -> bool:
        return bool(self.outcomes) or self.error is not None

    def result(self) -> Outcome:
        if self.error is not None:
            raise self.error
        return self.outcomes[0]


class Together(Generic[Given, Outcome]):
    """Calls ``write`` with what several threads give at the same moment: one call at a time, by one of them. It returns an outcome for each
    in their order, or raises and has written nothing. No thread goes on before its own is written, and none waits for others to come.

    An error that ``is_everybodys`` is raised for each of them. After any other each is written alone, and it is raised for whom it concerns.
    """

    def __init__(
        self, write: Callable[[Sequence[Given]], Sequence[Outcome]], *, is_everybodys: Callable[[Exception], bool]
    ) -> None:
        self._write, self._is_everybodys = write, is_everybodys
        self._guard = Lock()
        self._waiting: list[_Entry[Given, Outcome]] = []
        self._is_writing = False

    def __call__(self, given: Given) -> Outcome:
        own = _Entry[Given, Outcome](given)
        with self._guard:
            self._waiting.append(own)
            is_first, self._is_writing = not self._is_writing, True
        if not is_first:
            own.wake.acquire()
        if not own.is_settled:
            self._write_what_waits()
        return own.result()

    def _write_what_waits(self) -> None:
        """Write all that has come so far, wake those whose it is, and then the first of those who came meanwhile."""
        with self._guard:
            batch, self._waiting = self._waiting, []
        try:
            self._write_all(batch)
        finally:
            for entry in batch:
                if not entry.is_settled:  # nobody sleeps for ever, whatever ended the thread that wrote
                    entry.error = RuntimeError("the thread that wrote has ended")
                entry.wake.release()
            with self._guard:
                self._is_writing = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].wake.release()

    def _write_all(self, batch: Sequence[_Entry[Given, Outcome]]) -> None:
        try:
            outcomes = self._write([entry.given for entry in batch])
        except Exception as error:  # noqa: BLE001  (it is raised where it belongs)
            if len(batch) > 1 and not self._is_everybodys(error):
                for one in batch:
                    self._write_all([one])
                return
            for entry in batch:
                entry.error = error
        else:
            for entry, outcome in zip(batch, outcomes, strict=True):
                entry.outcomes = (outcome,)
