"""Answer times must not tell seeds from ordinary tasks.

A reserved task is found sooner than an ordinary one, and an answer that does not finish its task is stored sooner than one
that does. So the fast kind is held back to the times of the slow kind, quantile by quantile, over what was measured
lately in this process. The slow kind is never held.
"""

import time
from bisect import bisect_left
from collections import deque

LATELY = 100
FEW = 8


class Pace:
    """Times of two kinds of answers; ``hold`` returns after sleeping as long as the fast kind needs to look slow."""

    def __init__(self) -> None:
        self.fast: deque[float] = deque(maxlen=LATELY)
        self.slow: deque[float] = deque(maxlen=LATELY)

    def lag(self, took: float, *, fast: bool) -> float:
        """Seconds to wait, 0 for the slow kind and while little is known."""
        (self.fast if fast else self.slow).append(took)
        if not fast or len(self.slow) < FEW:
            return 0.0
        rank = (bisect_left(sorted(self.fast), took) + 0.5) / len(self.fast)
        goal = sorted(self.slow)[min(int(rank * len(self.slow)), len(self.slow) - 1)]
        return max(0.0, goal - took)

    def hold(self, took: float, *, fast: bool) -> None:
        wait = self.lag(took, fast=fast)
        if wait:
            time.sleep(wait)
