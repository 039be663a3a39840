"""Reputation: attentiveness on a scale of 0 to 100, and the standing that follows from its lower end.

A different taste does not enter: agreement with others moves nothing here. The standing uses the lower end of the
interval, so that luck on a few items promotes nobody, and moves slowly both ways (hysteresis).
"""

from collections.abc import Sequence
from enum import StrEnum

from ls_backend.core.estimate import Estimate


class Standing(StrEnum):
    NEW = "new"
    LEARNING = "learning"
    QUALIFIED = "qualified"
    TRUSTED = "trusted"
    EXPERT = "expert"


STEPS = ((85.0, Standing.EXPERT), (70.0, Standing.TRUSTED), (45.0, Standing.QUALIFIED))
SLACK = 7.0  # a standing is lost only when this much below what it takes to reach it
SUSTAINED = 2  # moments in a row at which a standing must be deserved before it is given
RANK = {Standing.NEW: 0, Standing.LEARNING: 1, Standing.QUALIFIED: 2, Standing.TRUSTED: 3, Standing.EXPERT: 4}


def reputation(attentiveness: Estimate) -> Estimate:
    """100 times the attentiveness, with its interval."""
    return attentiveness.scaled(100.0)


def standing(value: Estimate, *, minimum: int, slack: float = 0.0) -> Standing:
    """``new`` under ``minimum`` monitored answers, then by the lower end of the reputation's interval (plus ``slack``)."""
    if value.low is None or value.n < minimum:
        return Standing.NEW
    return next((name for least, name in STEPS if value.low + slack >= least), Standing.LEARNING)


def standing_over(history: Sequence[Estimate], *, minimum: int) -> Standing:
    """The standing after a history of reputations, oldest first: a step up must be deserved at :data:`SUSTAINED` moments in
    a row, and a step is kept until the lower end falls :data:`SLACK` below it. One good or bad day changes nothing."""
    now = Standing.NEW
    deserved: list[Standing] = []
    for value in history:
        deserved.append(standing(value, minimum=minimum))
        recent = min(deserved[-SUSTAINED:], key=RANK.__getitem__)
        if deserved[-1] is not Standing.NEW and now is Standing.NEW:
            now = Standing.LEARNING
        if len(deserved) >= SUSTAINED and RANK[recent] > RANK[now]:
            now = recent
        kept = standing(value, minimum=minimum, slack=SLACK)
        if RANK[kept] < RANK[now]:
            now = kept
    return now


def moved_by(full: float, without: float, *, what: str, hits: int, shown: int) -> str:
    """One piece of evidence and what it does to the reputation, in words a person accepts."""
    change = round(full - without)
    word = (
        f"raises your reputation by {change}"
        if change > 0
        else f"lowers it by {-change}"
        if change < 0
        else "leaves it as it is"
    )
    return f"{hits} of {shown} {what}: {word}"
