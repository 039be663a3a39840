"""Pilots of two contracts on real annotators: who gets which, and what difference it made. Pure.

Annotators are randomised, not judgments, so the annotator is the unit of the analysis. Assignment is stratified: sorted by
their score before, neighbours form pairs, and chance decides within each. The effect is that of an analysis of covariance
(outcome on arm and score before), with a t interval over annotators.

Peeking: the k-th look uses alpha / (k (k + 1)), which sums to alpha over any number of looks (a union bound), so that the
chance that any look ever calls a difference that is not there is at most alpha.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

ARMS = ("A", "B")


@dataclass(frozen=True, slots=True)
class Effect:
    """B less A: ``value`` with its interval ``low`` to ``high`` at ``level``; None while too few annotators are known."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    annotators: int

    @property
    def decided(self) -> bool:
        """The interval leaves out no difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def assign(scores: Mapping[str, float | None], chance: Callable[[str], float]) -> dict[str, tuple[str, int]]:
    """Arm and stratum (the pair's number) of each annotator; ``chance`` is a number in [0, 1) for each, drawn in secret.
    Who has no score yet is paired with others who have none."""
    known = sorted((a for a in scores if scores[a] is not None), key=lambda a: (scores[a] or 0.0, a))
    fresh = sorted((a for a in scores if scores[a] is None), key=chance)
    found: dict[str, tuple[str, int]] = {}
    for pair, start in enumerate(range(0, len(scores), 2)):
        two = (known + fresh)[start : start + 2]
        first = 0 if chance("|".join(two)) < 0.5 else 1
        for n, annotator in enumerate(two):
            found[annotator] = (ARMS[(first + n) % 2], pair)
    return found


def join(arms: Sequence[str], chance: float) -> str:
    """The arm of somebody who comes later: the smaller one, or by ``chance`` in [0, 1) where they are equal."""
    first = sum(a == ARMS[0] for a in arms)
    if 2 * first == len(arms):
        return ARMS[int(chance < 0.5)]
    return ARMS[0] if 2 * first < len(arms) else ARMS[1]


def look_level(alpha: float, look: int) -> float:
    """The error allowed at the ``look``-th look, from 1."""
    return alpha / (look * (look + 1))


def effect(outcome: Sequence[float], arm: Sequence[str], before: Sequence[float | None], *, alpha: float) -> Effect:
    """The effect of B over A on an outcome by annotator, at error ``alpha``."""
    y, in_b = np.array(outcome, dtype=np.float64), np.array([a == ARMS[1] for a in arm], dtype=np.bool_)
    columns = [np.ones(y.size), in_b.astype(np.float64)]
    if any(b is not None for b in before):
        known = np.array([np.nan if b is None else b for b in before], dtype=np.float64)
        columns += [np.where(np.isnan(known), np.nanmean(known), known)]
        if np.isnan(known).any():
            columns += [np.isnan(known).astype(np.float64)]
    x = np.stack(columns, axis=1)
    if min(in_b.sum(), (~in_b).sum()) < 2 or y.size <= np.linalg.matrix_rank(x) + 1:
        return Effect(None, None, None, 1 - alpha, int(y.size))
    inverse = np.linalg.pinv(x.T @ x)
    weights = inverse @ x.T @ y
    left = y - x @ weights
    free = y.size - int(np.linalg.matrix_rank(x))
    error = float(np.sqrt(left @ left / free * inverse[1, 1]))
    reach = float(stdtrit(free, 1 - alpha / 2)) * error
    value = float(weights[1])
    return Effect(value, value - reach, value + reach, 1 - alpha, int(y.size))
