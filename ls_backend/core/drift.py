"""Has somebody become worse? Monitoring that may be looked at after every answer and keeps its false-alarm rate.

*Alarm.* The hypothesis is that each monitored answer agrees with at least its required chance p_t. For a bet lambda in
[0, 1 / (1 - p_t)], the product of 1 + lambda (p_t - x_t) is then a supermartingale (Waudby-Smith and Ramdas 2024, *Estimating
means of bounded random variables by betting*); so is the mixture over several lambda, and over all moments k at which things
may have changed, with weights 1 / (k (k + 1)). By Ville's inequality it ever reaches 1 / alpha with chance at most alpha, however
often one looks. One more answer costs the same after ten as after a million earlier ones: the state is one number per lambda.

*Trend.* The slope of agreement over an annotator's monitored answers, by least squares, with a t interval.

*Forgetting.* Evidence loses half its weight every ``half_life`` own judgments: :func:`ls_backend.core.evidence.collect` takes it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ls_backend.core.estimate import Estimate
from ls_backend.core.judgments import Floats

BETS: Floats = np.array([0.1, 0.25, 0.5, 1.0, 1.5])


@dataclass(frozen=True, slots=True)
class Monitor:
    """The e-process by bet, and how many answers went in. ``evidence`` >= 1 / alpha is an alarm at alpha."""

    wealth: tuple[float, ...] = (0.0,) * BETS.size
    n: int = 0
    highest: float = 0.0

    @property
    def evidence(self) -> float:
        return float(np.mean(self.wealth)) + 1 / (self.n + 1)

    def alarm(self, alpha: float) -> bool:
        """Whether it ever was high enough."""
        return self.highest >= 1 / alpha

    def step(self, agreed: bool, required: float) -> "Monitor":
        """One more monitored answer, which should have agreed with chance ``required`` in (0, 1) at least."""
        n = self.n + 1
        bets = np.minimum(BETS, 0.99 / max(1 - required, 1e-9))
        factor = 1 + bets * (required - float(agreed))
        wealth = (np.array(self.wealth) + 1 / (n * (n + 1))) * factor
        # what is not bet on a change yet stays in hand: sum over k > n of 1 / (k (k + 1)) = 1 / (n + 1)
        now = Monitor(tuple(float(w) for w in wealth), n, self.highest)
        return Monitor(now.wealth, n, max(self.highest, now.evidence))


def run(agreed: Floats, required: Floats) -> Floats:
    """The e-process after each of n answers, many annotators at once: (A, n) and (A, n) -> (A, n). NaN marks no answer."""
    people, length = agreed.shape
    wealth: Floats = np.zeros((people, BETS.size))
    count = np.zeros(people)
    out = np.empty((people, length))
    for t in range(length):
        there = ~np.isnan(agreed[:, t])
        count += there
        bets = np.minimum(BETS, 0.99 / np.maximum(1 - required[:, t, None], 1e-9))
        factor = 1 + bets * (required[:, t] - agreed[:, t])[:, None]
        moved = (wealth + (1 / np.maximum(count * (count + 1), 1))[:, None]) * factor
        wealth = np.where(there[:, None], moved, wealth)
        out[:, t] = wealth.mean(axis=1) + 1 / (count + 1)
    return out


def trend(agreed: Floats, *, level: float = 0.9) -> Estimate:
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
