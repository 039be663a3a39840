"""Spending checks where they decide: more for those in doubt, whose score may lie on either side of a threshold of their contract,
fewer for those whose rate of bonus is sure, at about the same total. Pure.

Whoever is sure is checked at :data:`FLOOR` of the rates; what that leaves goes to those in doubt, to all of them alike, up to
:data:`HIGHEST` times the rates. Nothing is saved up: a check falls due by how long ago the last one of its kind was planned, so nobody gets
many in a row because few were needed before, or few because many were. Nobody is sure before the contract's minimum of checks in the
period is reached (:meth:`ls_backend.contracts.terms.Contract.is_rate_sure`), so nobody misses it by being checked less.

The posterior stays right: how many checks somebody gets depends on their answers, but the likelihood of the answers does not depend
on why they were asked for. Alarms are valid at any time (:mod:`ls_backend.analysis.alarms`), and a standing changes when it is
deserved twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from ls_backend.arrays import Floats
from ls_backend.programme.seed_schedule import SeedKind, SeedPolicy, keyed_draw

FLOOR = 1 / 3
HIGHEST = 3.0


def times_the_rate(in_doubt: int, sure: int) -> float:
    """How many times the rate those in doubt are checked, where so many are in doubt and so many are sure."""
    return min(1 + (1 - FLOOR) * sure / in_doubt, HIGHEST) if in_doubt else HIGHEST


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
