"""How decided the preferences of a project are, from overlap: q = E[(2p - 1)^2].

Two annotators of one taste who answer the same item agree with chance (1 + eta_a eta_b (2p - 1)^2) / 2. So q is the mean of
2 agree - 1 over all pairs of answers of different annotators, divided by the mean of eta_a eta_b. Where tastes differ it is a
lower bound.
"""

from collections.abc import Mapping

import numpy as np

from ls_backend.analysis.agreement import answer_pairs
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate
from ls_backend.measurement.judgments import GoldItem, Judgments

RESAMPLES = 200


def decidedness(
    judgments: Judgments,
    eta: Floats,
    gold: Mapping[str, GoldItem],
    *,
    rng: np.random.Generator,
    level: float = INTERVAL_LEVEL,
) -> dict[str, Estimate]:
    """q of the project (``""``) and of each slice, with bootstrap intervals over items; ``eta`` (A,) by annotator."""
    pairs = answer_pairs(judgments, gold)
    item = pairs.item
    beyond_chance = np.where(pairs.same, 1.0, -1.0)
    expected = eta[pairs.annotator] * eta[pairs.other]
    slice_of_item = np.full(len(judgments.items), -1)
    slice_of_item[judgments.item] = judgments.slice
    estimates = {"": _ratio(item, beyond_chance, expected, rng, level)}
    for k, name in enumerate(judgments.slices):
        if (judgments.slice == k).any():
            rows = slice_of_item[item] == k
            estimates[name] = _ratio(item[rows], beyond_chance[rows], expected[rows], rng, level)
    return estimates


def _ratio(item: Ints, beyond_chance: Floats, expected: Floats, rng: np.random.Generator, level: float) -> Estimate:
    """The ratio of two sums over pairs (m,), with a percentile interval from resampled items."""
    names, code = np.unique(item, return_inverse=True)
    if names.size < 2 or expected.sum() <= 0:
        return Estimate.unknown("fewer than two items with two answers", n=int(names.size))
    numerator, denominator = np.bincount(code, beyond_chance), np.bincount(code, expected)
    drawn = rng.integers(0, names.size, (RESAMPLES, names.size))
    resampled = numerator[drawn].sum(axis=1) / denominator[drawn].sum(axis=1)
    tail = (1 - level) / 2
    value = float(np.clip(numerator.sum() / denominator.sum(), 0, 1))
    low, high = (float(np.clip(np.quantile(resampled, x), 0, 1)) for x in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value), int(names.size))
