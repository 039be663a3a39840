"""Has somebody become worse? Monitoring that may be looked at after every answer and keeps its false-alarm rate.

*Alarm.* The hypothesis is that each monitored answer agrees with at least its required chance p_t. For a bet lambda in
[0, 1 / (1 - p_t)], the product of 1 + lambda (p_t - x_t) is then a supermartingale (Waudby-Smith and Ramdas 2024, *Estimating
means of bounded random variables by betting*); so is the mixture over several bets, and over moments k at which things may
have changed, every fifth answer, with weights 1 / (k (k + 1)). By Ville's inequality it ever reaches 1 / alpha with chance at most alpha, however
often one looks. The bets are those against given worse chances p', lambda = (p_t - p') / (p_t (1 - p_t)), which make the factor a
likelihood ratio: so gold, which tells more, is bet more on than a retest. One more answer costs the same after ten as after a
million earlier ones: the state is one number per bet.

*Trend.* The slope of agreement over an annotator's monitored answers, by least squares, with a t interval.

*Forgetting.* Evidence loses half its weight every ``half_life`` own judgments: :func:`ls_backend.measurement.evidence.collect` takes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate

WORSE = (0.0, 0.4, 0.7)  # parts of what is required that are bet on
EVERY = 5  # answers from one moment to the next; more would find a change later, fewer would spread the bets thin


@dataclass(frozen=True, slots=True)
class Monitor:
    """The e-process by bet, and how many answers went in. ``evidence`` >= 1 / alpha is an alarm at alpha."""

    wealth: tuple[float, ...] = ()
    n: int = 0
    highest: float = 0.0

    @property
    def evidence(self) -> float:
        return float(np.mean(self.wealth or (0.0,))) + float(_in_hand(np.array(self.n)))

    def alarm(self, alpha: float) -> bool:
        """Whether it ever was high enough."""
        return self.highest >= 1 / alpha

    def step(self, agreed: float, required: float, worse: Sequence[float]) -> "Monitor":
        """One more monitored answer, which should have agreed with chance ``required`` in (0, 1) at least; ``worse`` are the
        chances that are bet on, as many each time."""
        n = self.n + 1
        before = np.array(self.wealth or [0.0] * len(worse))
        wealth = (before + _in_hand(np.array(self.n)) - _in_hand(np.array(n))) * _factor(
            np.array(agreed), np.array(required), np.array(worse)
        )
        now = Monitor(tuple(wealth.tolist()), n)
        return Monitor(now.wealth, n, max(self.highest, now.evidence))


def _in_hand(n: Floats | Ints) -> Floats:
    """What is not bet on a change within the first n answers: the sum over later moments k of 1 / (k (k + 1))."""
    return np.asarray(1 / (np.ceil(n / EVERY) + 1))


def _factor(agreed: Floats, required: Floats, worse: Floats) -> Floats:
    bet = np.maximum(required - worse, 0) / np.maximum(required * (1 - required), 1e-9)
    return np.asarray(1 + np.minimum(bet, 0.99 / np.maximum(1 - required, 1e-9)) * (required - agreed))


def run(agreed: Floats, required: Floats, worse: Floats) -> Floats:
    """The e-process after each of n answers, many annotators at once: (A, n), (A, n) and (bets, A, n) -> (A, n). NaN marks no
    answer."""
    people, length = agreed.shape
    wealth: Floats = np.zeros((worse.shape[0], people))
    count = np.zeros(people)
    out = np.empty((people, length))
    for t in range(length):
        there = ~np.isnan(agreed[:, t])
        count += there
        placed = wealth + _in_hand(count - 1) - _in_hand(count)
        wealth = np.where(there, placed * _factor(agreed[:, t], required[:, t], worse[:, :, t]), wealth)
        out[:, t] = wealth.mean(axis=0) + _in_hand(count)
    return out


def trend(agreed: Floats, *, level: float = INTERVAL_LEVEL) -> Estimate:
    """Change of the chance of agreeing from the first to the last of n monitored answers, (n,)."""
    n = agreed.size
    if n < 8:
        return Estimate.unknown(f"{n} of 8 monitored answers needed", n=n)
    x = np.linspace(-0.5, 0.5, n)
    slope = float(x @ agreed / (x @ x))
    left = agreed - agreed.mean() - slope * x
    error = float(np.sqrt(left @ left / (n - 2) / (x @ x)))
    reach = float(stdtrit(n - 2, (1 + level) / 2)) * error
    return Estimate(slope, slope - reach, slope + reach, n)
