"""Test-retest (intra-annotator) consistency: the same pair again, later, as a rule with its sides swapped.

Each later showing of an item to the same annotator is compared with the first. Two answers *agree* when they prefer the
same response (or are both ties); in other tasks than pairs, as far as they are alike (:mod:`ls_backend.measurement.similarity`). The
*lag* is the number of the annotator's own judgments in between; pairs closer than the minimum lag are left out, because
they measure memory.

Position matters: someone who always clicks left is perfectly consistent on same-order repeats and never consistent on
swapped ones, so the two kinds are told apart.

On a strength scale there are three figures: plain (the same side), weighted (1 - |x - y| / range, so that neighbours agree
nearly) and a kappa, (weighted - chance) / (1 - chance), where chance is how alike the annotator's own answers to different
items are (Cohen 1968 with linear weights, each annotator beside themself).
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments, ranks
from ls_backend.measurement.similarity import similarities

BESIDE = 10  # how many of their own next answers each answer is compared with, to see how alike they are by chance
AT_MOST = 400  # such comparisons for one annotator, so that many regions cost no minutes


@dataclass(frozen=True)
class Retests:
    """Columns over m retests: the annotator, the rows of both showings in the judgments, the lag, the agreement in [0, 1] and
    whether the sides were swapped."""

    annotator: Ints
    first: Ints
    again: Ints
    lag: Ints
    agreement: Floats
    swapped: Bools


def retests(judgments: Judgments, *, min_lag: int = 0) -> Retests:
    """All retests with at least ``min_lag`` own judgments between the showings."""
    again = np.flatnonzero(~judgments.first_showings)
    first = judgments.first_row[again]
    lag = again - first - 1  # rows of one annotator follow each other in time
    kept = lag >= min_lag
    first, again, lag = first[kept], again[kept], lag[kept]
    return Retests(
        annotator=judgments.annotator[first],
        first=first,
        again=again,
        lag=lag,
        agreement=alike(judgments, first, again),
        swapped=judgments.mirrored[first] != judgments.mirrored[again],
    )


def alike(judgments: Judgments, one: Ints, other: Ints) -> Floats:
    """Agreement of the answers in two lists of rows, (m,) -> (m,)."""
    if judgments.answers:
        return similarities(judgments.answers, judgments.answer[one], judgments.answer[other])
    same = np.sign(judgments.preference[one]) == np.sign(judgments.preference[other])
    return np.asarray(same, dtype=np.float64)


def near(judgments: Judgments, one: Ints, other: Ints) -> Floats:
    """The same with credit for neighbours on a strength scale."""
    if judgments.answers:
        return alike(judgments, one, other)
    value = judgments.preference
    span = max(judgments.values.size - 1.0, 1.0)
    return np.asarray(1 - np.abs(value[one] - value[other]) / span)


def chance_agreement(judgments: Judgments) -> Floats:
    """How alike two of an annotator's own answers to different items are, with credit for neighbours, (A,); 0 where nobody
    knows."""
    people = len(judgments.annotators)
    if not judgments.answers:
        times, value = judgments.tally.sum(axis=2).astype(np.float64), judgments.values
        credit = 1 - np.abs(value[:, None] - value) / max(value.size - 1.0, 1.0)
        n = times.sum(axis=1)
        return np.asarray((((times @ credit) * times).sum(axis=1) - n) / np.maximum(n * (n - 1), 1))
    one, other = _beside(judgments)
    n = np.bincount(judgments.annotator[one], minlength=people).astype(np.float64)
    total = np.bincount(judgments.annotator[one], alike(judgments, one, other), minlength=people)
    return np.asarray(total / np.maximum(n, 1))


def _beside(judgments: Judgments) -> tuple[Ints, Ints]:
    """Rows of pairs of an annotator's own answers to different items, each with some of the next ones, two of (m,)."""
    rows = np.flatnonzero(judgments.first_showings)
    who = judgments.annotator[rows]
    counts = np.bincount(who, minlength=len(judgments.annotators))
    chosen = ranks(who) % np.maximum(counts * BESIDE // AT_MOST, 1)[who] == 0  # of many answers only some are compared
    one, other = [], []
    for step in range(1, BESIDE + 1):
        left = np.flatnonzero((who[step:] == who[:-step]) & chosen[:-step])
        one.append(rows[left])
        other.append(rows[left + step])
    return np.concatenate(one), np.concatenate(other)
