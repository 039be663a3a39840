"""How the checks came out over time. Pure."""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions
from ls_backend.measurement.evidence import Checks
from ls_backend.measurement.judgments import Judgments

WEEK_SECONDS = 7 * 86400
MONDAY = 4 * 86400  # the epoch was a Thursday: from then to the first Monday
NO_RETEST, NO_GOLD = "no retest in this week that can tell", "no gold item in this week"


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its ``start``, a Monday at 0:00 UTC in seconds since the epoch."""

    start: float
    judgments: int
    self_consistency: Estimate
    gold: Estimate


def weeks(judgments: Judgments, checks: Checks, *, of: Bools | None = None) -> list[Week]:
    """Every week from the first judgment to the last, those without work too; ``of`` picks judgments, a mask (n,). Intervals are
    Jeffreys intervals at :data:`ls_backend.measurement.estimate.INTERVAL_LEVEL`."""
    picked = np.ones(len(judgments), dtype=np.bool_) if of is None else of
    if not picked.any():
        return []
    number = ((judgments.at - MONDAY) // WEEK_SECONDS).astype(np.int64)
    first, last = int(number[picked].min()), int(number[picked].max())
    count = last - first + 1
    done = np.bincount(number[picked] - first, minlength=count)
    own = picked[checks.row]
    tells = own & checks.is_retest & (checks.owed_to_side < 1)
    shares = []
    for chosen, reason in ((tells, NO_RETEST), (own & ~checks.is_retest, NO_GOLD)):
        week = number[checks.row[chosen]] - first
        n = np.bincount(week, minlength=count)
        hits = np.bincount(week, checks.agreed[chosen], minlength=count)
        shares.append(proportions(hits, n, level=INTERVAL_LEVEL, reason=reason))
    return [
        Week(float(MONDAY + (first + w) * WEEK_SECONDS), int(done[w]), shares[0][w], shares[1][w]) for w in range(count)
    ]
