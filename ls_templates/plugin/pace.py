"""Answer times must not tell seeds from ordinary tasks.

A reserved task is found sooner than an ordinary one, and an answer that does not finish its task is stored sooner than one
that does. So the fast kind is held back to the times of the slow kind, quantile by quantile, over what was measured
lately in this process. The slow kind is never held.
"""

import time
from bisect import bisect_left
from collections import defaultdict, deque
from threading import Lock

LATELY = 100
FEW = 8


class Pace:
    """Times of two kinds of answers."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.fast: deque[float] = deque(maxlen=LATELY)
        self.slow: deque[float] = deque(maxlen=LATELY)

    def lag(self, took: float, *, fast: bool) -> float:
        """Seconds to wait, 0 for the slow kind and while little is known."""
        with self.lock:
            (self.fast if fast else self.slow).append(took)
            if not fast or len(self.slow) < FEW:
                return 0.0
            rank = (bisect_left(sorted(self.fast), took) + 0.5) / len(self.fast)
            goal = sorted(self.slow)[min(int(rank * len(self.slow)), len(self.slow) - 1)]
        return max(0.0, goal - took)


PACES: defaultdict[tuple[str, int], Pace] = defaultdict(Pace)


def hold(what: tuple[str, int], took: float, *, fast: bool) -> None:
    """Sleep as long as the fast kind of an answer needs to look slow; ``what`` is the step and the project."""
    wait = PACES[what].lag(took, fast=fast)
    if wait:
        time.sleep(wait)
