"""Reputation: attentiveness on a scale of 0 to 100, and the standing that follows from its lower end.

A different taste does not enter: agreement with others moves nothing here. The standing uses the lower end of the
interval, so that luck on a few items promotes nobody, and moves slowly both ways (hysteresis).
"""

from enum import StrEnum

import numpy as np

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import Estimate


class Standing(StrEnum):
    NEW = "new"
    LEARNING = "learning"
    QUALIFIED = "qualified"
    TRUSTED = "trusted"
    EXPERT = "expert"


STANDINGS = tuple(Standing)  # from the lowest to the highest
REQUIRED = (45.0, 70.0, 85.0)  # what the lower end must reach for the last three
SLACK = 7.0  # a standing is lost only when this much below what it takes to reach it


def reputation(attentiveness: Estimate) -> Estimate:
    """100 times the attentiveness, with its interval."""
    return attentiveness.scaled(100.0)


def standings(low: Floats, n: Ints, *, minimum: int) -> list[Standing]:
    """Each annotator's standing after a history: the lower ends of the reputation's interval and the numbers of checks at some
    moments, oldest first, (moments, A) each.

    ``new`` under ``minimum`` checks, then by the lower end. A step up must be deserved at two moments in a row, and
    a step is kept until the lower end falls :data:`SLACK` below it: one good or bad day changes nothing.
    """
    now = np.zeros(low.shape[1], dtype=np.int64)
    before = now
    for lower_end, checks in zip(low, n, strict=True):
        enough = (checks >= minimum) & (checks > 0)
        deserved, highest = (
            enough * (1 + np.searchsorted(REQUIRED, lower_end + slack, side="right")) for slack in (0.0, SLACK)
        )
        now = np.maximum(now, np.minimum(deserved, np.maximum(before, 1)))
        now, before = np.minimum(now, highest), deserved
    return [STANDINGS[rank] for rank in now]


def explain_change(full: float, without: float, *, what: str, agreed: float, checks: int) -> str:
    """One kind of evidence and what it does to the reputation, in words: ``full`` and ``without`` are the reputations with it and
    without it, ``agreed`` of its ``checks`` agreed."""
    change = round(full - without)
    effect = "leaves it as it is"
    if change:
        effect = f"raises it by {change}" if change > 0 else f"lowers it by {-change}"
    return f"{agreed:g} of {checks} {what}: {effect}"
