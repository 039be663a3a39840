"""Has an annotator become worse? Monitoring that may be looked at after every check and keeps its false-alarm rate.

*Alarm.* The hypothesis is that each check agrees with at least its required chance p_t. For a bet lambda in
[0, 1 / (1 - p_t)], the product of 1 + lambda (p_t - x_t) is then a supermartingale (Waudby-Smith and Ramdas 2024, *Estimating
means of bounded random variables by betting*). So is the mixture over several bets, and over moments k at which things may have
changed, every fifth check, with weights 1 / (k (k + 1)). By Ville's inequality it ever reaches 1 / alpha with chance at most
alpha, however often one looks. The bets are those against given lower chances p', lambda = (p_t - p') / (p_t (1 - p_t)), which
make the factor a likelihood ratio: so more is bet on gold, which tells more, than on a retest. One more check costs the same
after ten as after a million earlier ones: the state is one number per bet.

*Trend.* The slope of agreement over an annotator's checks, by least squares, with a t interval.

*Difference.* Of the means of two groups of checks, with Welch's t interval.

*Elasticity.* The slope of the logarithm of time over that of length, by least squares, with a t interval.

*Forgetting.* Evidence loses half its weight every ``half_life`` own judgments
(:func:`ls_backend.measurement.evidence.gather_evidence`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate

CHECKS_BETWEEN_MOMENTS = 5  # more would find a change later, fewer would spread the bets thin
CHECKS_NEEDED = 8  # for a trend, and on each side of a difference
ANSWERS_NEEDED = 40  # for an elasticity
LEAST_SPREAD = 0.2  # of the logarithm of length


@dataclass(frozen=True, slots=True)
class Monitor:
    """The e-process of one annotator: ``wealth`` by bet after ``n`` checks, and the ``highest`` evidence so far."""

    wealth: tuple[float, ...] = ()
    n: int = 0
    highest: float = 0.0

    @property
    def evidence(self) -> float:
        """Evidence of 1 / alpha or more is an alarm at error alpha."""
        return float(np.mean(self.wealth or (0.0,))) + float(_not_yet_bet(np.array(self.n)))

    def alarm(self, alpha: float) -> bool:
        """Whether the evidence ever was high enough."""
        return self.highest >= 1 / alpha

    def step(self, agreed: float, required: float, lower: Sequence[float]) -> "Monitor":
        """One more check, which should have agreed with chance ``required`` in (0, 1) at least; ``lower`` are the chances that
        are bet on, as many each time."""
        before = np.array(self.wealth or [0.0] * len(lower))
        n = np.array(self.n)
        staked = before + _not_yet_bet(n) - _not_yet_bet(n + 1)
        wealth = staked * _factor(np.array(agreed), np.array(required), np.array(lower))
        after = Monitor(tuple(wealth.tolist()), self.n + 1)
        return Monitor(after.wealth, after.n, max(self.highest, after.evidence))


def evidence_over_time(agreed: Floats, required: Floats, lower: Floats) -> Floats:
    """The evidence after each of n checks, of many annotators at once: (A, n), (A, n) and (bets, A, n) -> (A, n). NaN in
    ``agreed`` marks a missing check."""
    people, length = agreed.shape
    wealth: Floats = np.zeros((lower.shape[0], people))
    n = np.zeros(people)
    evidence = np.empty((people, length))
    for t in range(length):
        checked = ~np.isnan(agreed[:, t])
        n += checked
        staked = wealth + _not_yet_bet(n - 1) - _not_yet_bet(n)
        wealth = np.where(checked, staked * _factor(agreed[:, t], required[:, t], lower[:, :, t]), wealth)
        evidence[:, t] = wealth.mean(axis=0) + _not_yet_bet(n)
    return evidence


def _not_yet_bet(n: Floats | Ints) -> Floats:
    """The wealth that is not bet on a change within the first n checks: the sum over later moments k of 1 / (k (k + 1))."""
    return np.asarray(1 / (np.ceil(n / CHECKS_BETWEEN_MOMENTS) + 1))


def _factor(agreed: Floats, required: Floats, lower: Floats) -> Floats:
    bet = np.maximum(required - lower, 0) / np.maximum(required * (1 - required), 1e-9)
    return np.asarray(1 + np.minimum(bet, 0.99 / np.maximum(1 - required, 1e-9)) * (required - agreed))


def trend(agreed: Floats, *, level: float = INTERVAL_LEVEL) -> Estimate:
    """Change of the chance of agreeing from the first to the last of n checks, (n,)."""
    n = agreed.size
    if n < CHECKS_NEEDED:
        return Estimate.unknown(f"{n} of {CHECKS_NEEDED} checks needed", n=n)
    return _slope(np.linspace(-0.5, 0.5, n, dtype=np.float64), agreed, level)


def least_squares(x: Floats, y: Floats) -> tuple[float, float]:
    """The slope of y over x, (n,) each, and its standard error; by sums that come out the same however many threads there are."""
    n, centred = x.size, x - x.mean()
    spread = (centred**2).sum()
    slope = float((centred * y).sum() / spread)
    residuals = y - y.mean() - slope * centred
    return slope, float(np.sqrt((residuals**2).sum() / (n - 2) / spread))


def _slope(x: Floats, y: Floats, level: float) -> Estimate:
    return _around(*least_squares(x, y), x.size - 2, x.size, level)


def _around(value: float, error: float, freedom: float, n: int, level: float) -> Estimate:
    margin = float(scipy.special.stdtrit(freedom, (1 + level) / 2)) * error
    return Estimate(value, value - margin, value + margin, n)


def difference(some: Floats, others: Floats, *, level: float = INTERVAL_LEVEL) -> Estimate:
    """The mean of ``some`` checks less that of ``others``; unknown where either are too few, or all are the same."""
    n = some.size + others.size
    if min(some.size, others.size) < CHECKS_NEEDED:
        return Estimate.unknown(f"{CHECKS_NEEDED} checks of each are needed", n=n)
    parts = [float(group.var(ddof=1)) / group.size for group in (some, others)]
    if not sum(parts):
        return Estimate.unknown("all checks came out the same", n=n)
    freedom = sum(parts) ** 2 / sum(p**2 / (g.size - 1) for p, g in zip(parts, (some, others), strict=True))
    return _around(float(some.mean() - others.mean()), float(np.sqrt(sum(parts))), freedom, n, level)


def elasticity(length: Floats, seconds: Floats, *, level: float = INTERVAL_LEVEL) -> Estimate:
    """How many times faster time grows than length, from n answers, (n,) each; what is not known, or 0, is left out."""
    known = (length > 0) & (seconds > 0)
    n = int(known.sum())
    if n < ANSWERS_NEEDED:
        return Estimate.unknown(f"{n} of {ANSWERS_NEEDED} timed answers needed", n=n)
    x = np.log(length[known])
    if x.std() < LEAST_SPREAD:
        return Estimate.unknown("all items are of nearly the same length", n=n)
    return _slope(x, np.log(seconds[known]), level)
