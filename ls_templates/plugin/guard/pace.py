"""Answer times must not tell seeds from ordinary tasks.

A reserved task is found sooner than an ordinary one; an answer that does not finish its task is stored sooner than one
that does, and one that finishes a reserved task sooner than one that finishes an ordinary task with other answers. So the
quicker kinds are held back to the times of the slowest, quantile by quantile, over what was measured lately in this
process. The slowest kind is never held.
"""

import random
import time
from bisect import bisect_left
from collections import defaultdict, deque
from threading import Lock

LATELY = 100
FEW = 8
REACH = 0.95  # nobody is made to wait as long as the slowest few of a hundred
SLOWEST = "slowest"


class Pace:
    """Times of several kinds of answers."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LATELY))

    def lag(self, took: float, kind: str) -> float:
        """Seconds to wait; 0 for the slowest kind, and while little is known of it."""
        with self.lock:
            own, slowest = self.times[kind], self.times[SLOWEST]
            own.append(took)
            if kind == SLOWEST or len(slowest) < FEW:
                return 0.0
            rank = (bisect_left(sorted(own), took) + random.random()) / len(own)  # noqa: S311  (no secret)
            goal = sorted(slowest)[int(min(rank, REACH) * (len(slowest) - 1))]
        return max(0.0, goal - took)


PACES: defaultdict[tuple[str, int], Pace] = defaultdict(Pace)


def hold(what: tuple[str, int], took: float, kind: str) -> None:
    """Sleep as long as a quicker kind of answer needs to look slow; ``what`` is the step and the project."""
    wait = PACES[what].lag(took, kind)
    if wait:
        time.sleep(wait)
