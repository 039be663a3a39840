"""Reputation: attentiveness on a scale of 0 to 100, and the standing that follows from its lower end.

A different taste does not enter: agreement with others moves nothing here. The standing uses the lower end of the
interval, so that luck on a few items promotes nobody.
"""

from enum import StrEnum

from ls_backend.core.estimate import Estimate


class Standing(StrEnum):
    NEW = "new"
    LEARNING = "learning"
    QUALIFIED = "qualified"
    TRUSTED = "trusted"
    EXPERT = "expert"


STEPS = ((85.0, Standing.EXPERT), (70.0, Standing.TRUSTED), (45.0, Standing.QUALIFIED))


def reputation(attentiveness: Estimate) -> Estimate:
    """100 times the attentiveness, with its interval."""
    return attentiveness.scaled(100.0)


def standing(value: Estimate, *, minimum: int) -> Standing:
    """``new`` under ``minimum`` monitored answers, then by the lower end of the reputation's interval."""
    if value.low is None or value.n < minimum:
        return Standing.NEW
    return next((name for least, name in STEPS if value.low >= least), Standing.LEARNING)
