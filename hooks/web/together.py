"""Many threads, one commit (group commit): what comes while a write is under way is written by the next one, all of it at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition
from typing import Generic, TypeVar

Given = TypeVar("Given")
Outcome = TypeVar("Outcome")


class Together(Generic[Given, Outcome]):
    """Calls ``write`` with what several threads give at the same moment: one call at a time, by one of them. It returns an outcome for each
    in their order, or raises and has written nothing. No thread goes on before its own is written, and none waits for others to come.

    An error that ``is_everybodys`` is raised for each of them. After any other each is written alone, and it is raised for whom it concerns.
    """

    def __init__(
        self, write: Callable[[Sequence[Given]], Sequence[Outcome]], *, is_everybodys: Callable[[Exception], bool]
    ) -> None:
        self._write, self._is_everybodys = write, is_everybodys
        self._changed = Condition()
        self._waiting: list[tuple[Given, Future[Outcome]]] = []
        self._is_writing = False

    def __call__(self, given: Given) -> Outcome:
        future = Future[Outcome]()
        with self._changed:
            self._waiting.append((given, future))
            while self._is_writing and not future.done():
                self._changed.wait()
            if future.done():
                return future.result()
            batch, self._waiting, self._is_writing = self._waiting, [], True
        try:
            self._write_all(batch)
        finally:
            for _, waiting in batch:  # nobody is left waiting, whatever ended the thread that wrote
                waiting.cancel()
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
        return future.result()

    def _write_all(self, batch: Sequence[tuple[Given, Future[Outcome]]]) -> None:
        try:
            outcomes = self._write([given for given, _ in batch])
        except Exception as error:  # noqa: BLE001  (it is raised where it belongs)
            if len(batch) > 1 and not self._is_everybodys(error):
                for one in batch:
                    self._write_all([one])
                return
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                future.set_result(outcome)
