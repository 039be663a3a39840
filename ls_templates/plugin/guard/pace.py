"""Response times must not tell seeds from ordinary tasks.

Label Studio finds a reserved task sooner than an ordinary one. It stores an answer that does not finish its task sooner
than one that does, and one that finishes a reserved task sooner than one that finishes an ordinary task with other answers.
So the quicker kinds are delayed to the times of the slowest kind, quantile by quantile, over the times measured last in
this process. The slowest kind is never delayed.
"""

import random
import time
from bisect import bisect_left
from collections import defaultdict, deque
from enum import Enum
from threading import Lock

WINDOW = 100  # times that are remembered of each kind
MIN_SLOWEST = 8  # times of the slowest kind without which nothing is delayed
TOP_QUANTILE = 0.95  # nobody waits as long as the slowest few of a hundred


class Step(Enum):
    """What Label Studio does in the measured time."""

    FINDING = "finding"  # the next task
    STORING = "storing"  # an answer


class AnswerKind(Enum):
    """The kinds of answers whose times must look alike."""

    SLOWEST = "slowest"  # on an ordinary task; when storing, one that finishes its task
    RESERVED = "reserved"  # on a task that was reserved for its annotator
    UNFINISHED = "unfinished"  # does not finish its task


class Pace:
    """The times of each kind of answer, in seconds."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.times: defaultdict[AnswerKind, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW))

    def delay_of(self, took: float, kind: AnswerKind) -> float:
        """Seconds to wait; 0 for the slowest kind, and while little is known of that kind."""
        with self.lock:
            same_kind, slowest = self.times[kind], self.times[AnswerKind.SLOWEST]
            same_kind.append(took)
            if kind is AnswerKind.SLOWEST or len(slowest) < MIN_SLOWEST:
                return 0.0
            rank = (bisect_left(sorted(same_kind), took) + random.random()) / len(same_kind)  # noqa: S311  (no secret)
            target = sorted(slowest)[int(min(rank, TOP_QUANTILE) * (len(slowest) - 1))]
        return max(0.0, target - took)


PACES: defaultdict[tuple[Step, int], Pace] = defaultdict(Pace)


def delay(step: Step, project: int, took: float, kind: AnswerKind) -> None:
    """Sleep as long as a quicker kind of answer needs to look like the slowest."""
    seconds = PACES[step, project].delay_of(took, kind)
    if seconds:
        time.sleep(seconds)
