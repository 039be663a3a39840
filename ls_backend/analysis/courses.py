"""How the checks came out over time. Pure."""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions
from ls_backend.measurement.evidence import Checks
from ls_backend.measurement.judgments import Judgments

DAY_SECONDS = 86400
WEEK_SECONDS = 7 * DAY_SECONDS
MONDAY = 4 * DAY_SECONDS  # the epoch was a Thursday: from then to the first Monday
NO_RETEST, NO_GOLD = "no retest in this week that can tell", "no gold item in this week"


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its ``start``, a Monday at 0:00 UTC in seconds since the epoch. ``lead_time`` is the median of the known lead
    times in seconds, None where there is none."""

    start: float
    judgments: int
    self_consistency: Estimate
    gold: Estimate
    lead_time: float | None


def weeks(judgments: Judgments, checks: Checks, *, of: Bools | None = None) -> list[Week]:
    """Every week from the first judgment to the last, those without work too; ``of`` picks judgments, a mask (n,). Intervals are
    Jeffreys intervals at :data:`ls_backend.measurement.estimate.INTERVAL_LEVEL`."""
    picked = np.ones(len(judgments), dtype=np.bool_) if of is None else of
    if not picked.any():
        return []
    worked = _week_of(judgments.at[picked])
    first, last = int(worked.min()), int(worked.max())
    count = last - first + 1
    done = np.bincount(worked - first, minlength=count)
    lead_times = _medians(judgments.lead_time[picked], worked - first, count)
    own = picked[checks.row]
    tells = own & checks.is_retest & (checks.owed_to_side < 1)
    shares = []
    for chosen, reason in ((tells, NO_RETEST), (own & ~checks.is_retest, NO_GOLD)):
        week = _week_of(judgments.at[checks.row[chosen]]) - first
        n = np.bincount(week, minlength=count)
        hits = np.bincount(week, checks.agreed[chosen], minlength=count)
        shares.append(proportions(hits, n, level=INTERVAL_LEVEL, reason=reason))
    return [
        Week(float(MONDAY + (first + w) * WEEK_SECONDS), int(done[w]), shares[0][w], shares[1][w], lead_times[w])
        for w in range(count)
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """A day with work, from its ``start`` at 0:00 UTC in seconds since the epoch; ``lead_time`` as in :class:`Week`."""

    start: float
    judgments: int
    lead_time: float | None


def days(judgments: Judgments, *, of: Bools) -> list[Day]:
    """Every day with judgments of those that ``of`` picks, a mask (n,), oldest first."""
    numbers, day = np.unique(judgments.at[of] // DAY_SECONDS, return_inverse=True)
    counts = np.bincount(day, minlength=numbers.size).tolist()
    lead_times = _medians(judgments.lead_time[of], day, numbers.size)
    starts = (numbers * DAY_SECONDS).tolist()
    return [Day(*row) for row in zip(starts, counts, lead_times, strict=True)]


def time_in_sitting(at: Floats, *, gap: float) -> Floats:
    """How long somebody has sat at each of their answers, in seconds (n,). ``at`` is in order; a pause longer than ``gap`` ends a sitting."""
    if not at.size:
        return at
    begins = np.concatenate([[True], np.diff(at) > gap])
    return np.asarray(at - at[begins][np.cumsum(begins) - 1])


def _week_of(at: Floats) -> Ints:
    return ((at - MONDAY) // WEEK_SECONDS).astype(np.int64)


def median_lead_times(judgments: Judgments) -> list[float | None]:
    """The median of each annotator's known lead times, in seconds; None where none is known. One for each of A."""
    return _medians(judgments.lead_time, judgments.annotator, len(judgments.annotators))


def _medians(values: Floats, groups: Ints, count: int) -> list[float | None]:
    """The median of the values that are known, by group (n,)."""
    known = np.isfinite(values)
    values, groups = values[known], groups[known]
    ordered = values[np.lexsort((values, groups))]
    sizes = np.bincount(groups, minlength=count)
    ends = np.cumsum(sizes)
    if not ordered.size:
        return [None] * count
    lower, upper = (np.clip(ends - sizes + middle, 0, ordered.size - 1) for middle in ((sizes - 1) // 2, sizes // 2))
    medians = (ordered[lower] + ordered[upper]) / 2
    return [m if n else None for m, n in zip(medians.tolist(), sizes.tolist(), strict=True)]


def hours_of_day(at: Floats) -> Ints:
    """How many of some moments, in seconds since the epoch, lie in each hour of the day in UTC, (24,)."""
    return np.bincount((at % DAY_SECONDS // 3600).astype(np.int64), minlength=24).astype(np.int64)
