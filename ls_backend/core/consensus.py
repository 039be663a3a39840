"""What the annotators together prefer on an item, weighted by how attentive each is.

The population's chance of preferring the first response gets a Beta(1, 1) prior; a judgment adds its annotator's
attentiveness to the side it chose, a tie adds half to both. So one answer moves it little, disagreement keeps it near
one half, and careless answers count for less. Unlike Dawid and Skene's model it assumes no single true answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.special import betaincinv


@dataclass(frozen=True, slots=True)
class Consensus:
    """``probability`` that the first response is preferred, with its interval; ``n`` answers."""

    probability: float
    low: float
    high: float
    n: int

    @property
    def preferred(self) -> int:
        """+1, -1, or 0 for a tie."""
        return (self.probability > 0.5) - (self.probability < 0.5)

    @property
    def score(self) -> float:
        """0 to 1: low where people disagree or few have answered. Sort by it to review where it pays."""
        return abs(2 * self.probability - 1)


def consensus(votes: Iterable[tuple[int, float]], *, level: float = 0.9) -> Consensus:
    """From ``(preference, weight)`` pairs, weight in [0, 1] being the annotator's attentiveness."""
    first = second = 1.0
    n = 0
    for preference, weight in votes:
        share = 0.5 if preference == 0 else float(preference > 0)
        first += weight * share
        second += weight * (1 - share)
        n += 1
    tail = (1 - level) / 2
    return Consensus(
        probability=first / (first + second),
        low=float(betaincinv(first, second, tail)),
        high=float(betaincinv(first, second, 1 - tail)),
        n=n,
    )
