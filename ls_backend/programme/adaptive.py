"""Spending checks where they decide: more for those in doubt, whose score may lie on either side of a threshold of their contract,
fewer for those who hardly can be paid wrongly, at the same total. Pure.

Everybody is checked by the square of their doubt (:class:`ls_backend.measurement.pay.AnnotatorPay`), but at :data:`FLOOR` of the rates at
least and at :data:`HIGHEST` times the rates at most, with a factor by which the mean of all is the rates. Nothing is saved up: a check
falls due by how long ago the last one of its kind was planned, so nobody gets many in a row because few were needed before, or few
because many were. Until the contract's minimum of checks in the period is reached, everybody is checked at the rates, so nobody misses it
by being checked less.

The posterior stays right: how many checks somebody gets depends on their answers, but the likelihood of the answers does not depend
on why they were asked for. Alarms are valid at any time (:mod:`ls_backend.analysis.alarms`), and a standing changes when it is
deserved twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.programme.seed_schedule import SeedKind, SeedPolicy, keyed_draw

FLOOR = 1 / 3
HIGHEST = 3.0
LEAST_DOUBT = 0.001  # smaller ones are taken for it: where nobody is in doubt, all are checked alike


def times_the_rate(doubt: float | None, factor: float) -> float:
    """How many times the rates somebody is checked; a doubt that is not known yet is that of the rates."""
    return 1.0 if doubt is None else min(max(factor * max(doubt, LEAST_DOUBT) ** 2, FLOOR), HIGHEST)


def doubt_factor(doubts: Collection[float | None]) -> float:
    """The factor with which :func:`times_the_rate` is 1 on average over all who have these doubts."""
    known = np.maximum([doubt for doubt in doubts if doubt is not None], LEAST_DOUBT) ** 2
    if not known.size:
        return 1.0
    low, high = FLOOR / float(known.max()), HIGHEST / float(known.min())
    for _ in range(60):
        factor = sqrt(low * high)
        if np.clip(factor * known, FLOOR, HIGHEST).mean() < 1:
            low = factor
        else:
            high = factor
    return low


@dataclass(frozen=True, slots=True)
class GivenSeed:
    """A seed that an annotator was given; ``is_open`` as long as they have not answered it."""

    kind: SeedKind
    planned_at: float
    is_open: bool


def kinds_due(
    judged_at: Floats, given: Sequence[GivenSeed], *, annotator: str, policy: SeedPolicy, times: float
) -> list[SeedKind]:
    """The kinds of which a check is due, the longest overdue first, at so many ``times`` the policy's rates, to an annotator whose
    judgments are of the times ``judged_at`` (n,); both times in seconds since the epoch.

    The distance from one planned check of a kind to the next, in judgments, is drawn between half and one and a half times the mean,
    so that none is foretold.
    """
    overdue = {}
    for kind in SeedKind:
        own = [seed for seed in given if seed.kind is kind]
        rate = times * policy.rate(kind)
        if not rate or any(seed.is_open for seed in own):
            continue
        last = max((seed.planned_at for seed in own), default=-inf)
        since = int((judged_at > last).sum())
        distance = (0.5 + keyed_draw(policy.salt, annotator, kind, len(own))) / rate
        if (late := since + 0.5 - distance) >= 0:
            overdue[kind] = late * rate
    return sorted(overdue, key=lambda kind: -overdue[kind])
