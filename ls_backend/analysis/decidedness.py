"""How decided the preferences of a project are, from overlap: q = E[(2p - 1)^2].

Two annotators of one taste who answer the same item agree with chance (1 + eta_a eta_b (2p - 1)^2) / 2. So q is the mean of
2 agree - 1 over all pairs of answers of different annotators, divided by the mean of eta_a eta_b. Where tastes differ it is a
lower bound. Items are the sample: the interval is that of a ratio of two sums over items, by its linearised variance (Cochran, *Sampling
Techniques*, 3rd edition, section 6.3) with a t quantile.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import scipy

from ls_backend.analysis.additive import exact_sum, rounded_once
from ls_backend.analysis.first_answers import SIDES, FirstAnswers
from ls_backend.arrays import Floats
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate


@dataclass(frozen=True, slots=True)
class OverlapSums:
    """Over so many ``items`` with two answers or more, but gold: the exact sums of how many pairs of answers agree less how many don't
    (``beyond_chance``); of how many that would be if all preferences were entirely decided, the sum of eta_a eta_b (``expected``); of the
    squares of both, and of their products."""

    items: int = 0
    beyond_chance: int = 0
    expected: int = 0
    beyond_chance_squared: int = 0
    expected_squared: int = 0
    products: int = 0

    @classmethod
    def of(cls, first: FirstAnswers, eta: Floats, *, slice_: int | None = None) -> Self:
        """Of all answers on pairs, or of those of a slice; ``eta`` (A,) by annotator."""
        chosen = first.is_ordinary
        if slice_ is not None:
            chosen = chosen & (first.judgments.slice[first.row] == slice_)
        item, own = first.item[chosen], eta[first.annotator[chosen]]
        items = len(first.judgments.items)
        sides = np.bincount(item * SIDES + first.side[chosen], minlength=items * SIDES).reshape(items, SIDES)
        answers = sides.sum(axis=1)
        shared = answers > 1
        agreeing, pairs = (sides * (sides - 1) // 2).sum(axis=1), answers * (answers - 1) // 2
        beyond_chance = (2 * agreeing - pairs)[shared].astype(np.float64)
        total, squares = (np.bincount(item, weights, items)[shared] for weights in (own, own**2))
        expected = (total**2 - squares) / 2
        products = (beyond_chance, expected, beyond_chance**2, expected**2, beyond_chance * expected)
        return cls(int(shared.sum()), *map(exact_sum, products))

    def __add__(self, other: "OverlapSums") -> "OverlapSums":
        return OverlapSums(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def decidedness(self, *, level: float = INTERVAL_LEVEL) -> Estimate:
        """q, with its interval; unknown from fewer than two items."""
        n, expected = self.items, rounded_once(self.expected)
        if n < 2 or expected <= 0:
            return Estimate.unknown("fewer than two items with two answers", n=n)
        ratio = rounded_once(self.beyond_chance) / expected
        squares = (rounded_once(self.beyond_chance_squared), rounded_once(self.expected_squared))
        residual = squares[0] - 2 * ratio * rounded_once(self.products) + ratio**2 * squares[1]
        error = np.sqrt(max(residual, 0.0) * n / (n - 1)) / expected
        margin = float(scipy.special.stdtrit(n - 1, (1 + level) / 2) * error)
        value, low, high = (float(np.clip(x, 0, 1)) for x in (ratio, ratio - margin, ratio + margin))
        return Estimate(value, low, high, n)
