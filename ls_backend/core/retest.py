"""Test-retest (intra-annotator) consistency: the same pair again, later, as a rule with its sides swapped.

Each later showing of an item to the same annotator is compared with the first. Two answers are *the same* when they
prefer the same response (or are both ties). The *lag* is the number of the annotator's own judgments in between; pairs
closer than the minimum lag are left out, because they measure memory.

Position matters: someone who always clicks left is perfectly consistent on same-order repeats and never consistent on
swapped ones, so the two kinds are counted apart. A tie tells nothing about attentiveness under the two-option model
of :mod:`ls_backend.core.attention`, so pairs with one count for self-consistency but not there.
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.core.judgments import Bools, Ints, Judgments


@dataclass(frozen=True)
class Retests:
    """Columns over m retests: the annotator, the rows of both showings in the judgments, what came of them."""

    annotator: Ints
    first: Ints
    again: Ints
    lag: Ints
    same: Bools
    swapped: Bools


def retests(judgments: Judgments, *, min_lag: int = 0) -> Retests:
    """All retests with at least ``min_lag`` own judgments between the showings."""
    order, begins = judgments.showings
    first = order[np.maximum.accumulate(np.where(begins, np.arange(order.size), 0))]
    first, again = first[~begins], order[~begins]
    lag = judgments.position[again] - judgments.position[first] - 1
    kept = lag >= min_lag
    first, again, lag = first[kept], again[kept], lag[kept]
    return Retests(
        annotator=judgments.annotator[first],
        first=first,
        again=again,
        lag=lag,
        same=np.sign(judgments.preference[first]) == np.sign(judgments.preference[again]),
        swapped=judgments.mirrored[first] != judgments.mirrored[again],
    )


def within(pairs: Retests, part: Bools) -> Retests:
    """Those retests whose later showing lies in a part of the judgments, a mask of shape (n,)."""
    kept = part[pairs.again]
    return Retests(*(getattr(pairs, name)[kept] for name in Retests.__dataclass_fields__))


def evidence(judgments: Judgments, pairs: Retests) -> Ints:
    """What retests say to the annotator model, as counts of shape (annotators, 5).

    Columns: swapped and same; swapped and both left; swapped and both right; same order and same; same order and
    different. Pairs with a tie are left out.
    """
    left_first, left_again = judgments.picked_left[pairs.first], judgments.picked_left[pairs.again]
    decided = (left_first != 0) & (left_again != 0)
    outcome = np.where(
        pairs.swapped,
        np.where(pairs.same, 0, np.where(left_again > 0, 1, 2)),
        np.where(pairs.same, 3, 4),
    )
    cell = pairs.annotator[decided] * 5 + outcome[decided]
    return np.bincount(cell, minlength=5 * len(judgments.annotators)).reshape(-1, 5).astype(np.int64)
