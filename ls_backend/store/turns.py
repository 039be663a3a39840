"""Turns of the threads that write to one SQLite database, first come first served.

SQLite itself lets whoever meets a writer sleep and try again, for longer each time. A thread that writes all the time, as the worker
does, would so hold up the events for seconds.
"""

import contextlib
from collections import deque
from collections.abc import Iterator
from threading import Lock, get_ident


class Turns:
    """Who has waited for ``patience`` seconds goes on without a turn, and hears from the database whether it is locked."""

    def __init__(self, *, patience: float) -> None:
        self._patience = patience
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False
        self._holder: int | None = None

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn; whoever has it may take it again."""
        if self._holder == get_ident() or not self._take():
            yield
            return
        self._holder = get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._hand_on()

    def _take(self) -> bool:
        """Wait for the turn; False where that took too long."""
        ours = Lock()
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            ours.acquire()
            self._waiting.append(ours)
        if ours.acquire(timeout=self._patience):
            return True
        with self._guard:
            if ours not in self._waiting:  # it came at the last moment
                return True
            self._waiting.remove(ours)
        return False

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
