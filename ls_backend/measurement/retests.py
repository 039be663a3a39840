"""Test-retest (intra-annotator) consistency: the same pair again, later, as a rule with its sides swapped.

Each later showing of an item to the same annotator is compared with the first. Two answers *agree* when they prefer the
same response (or are both ties); in other tasks than pairs, as far as they are alike
(:mod:`ls_backend.measurement.similarity`). The *lag* is the number of the annotator's own judgments in between; pairs closer than the minimum lag are left out, because
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

COMPARED_ANSWERS = (
    10  # each answer is compared with so many of the annotator's next ones: how alike are they by chance?
)
COMPARED_AT_MOST = 400  # such comparisons for one annotator, so that many regions cost no minutes


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


def find_retests(judgments: Judgments, *, min_lag: int = 0) -> Retests:
    """All retests with at least ``min_lag`` own judgments between the showings."""
    again = np.flatnonzero(~judgments.first_showings)
    first = judgments.first_row[again]
    lag = again - first - 1  # rows of one annotator follow each other in time
    enough = lag >= min_lag
    first, again, lag = first[enough], again[enough], lag[enough]
    return Retests(
        annotator=judgments.annotator[first],
        first=first,
        again=again,
        lag=lag,
        agreement=agreement_of(judgments, first, again),
        swapped=judgments.mirrored[first] != judgments.mirrored[again],
    )


def agreement_of(judgments: Judgments, one: Ints, other: Ints) -> Floats:
    """Agreement of the answers in two lists of rows, (m,) -> (m,)."""
    if judgments.answers:
        return similarities(judgments.answers, judgments.answer[one], judgments.answer[other])
    same = np.sign(judgments.preference[one]) == np.sign(judgments.preference[other])
    return np.asarray(same, dtype=np.float64)


def graded_agreement(judgments: Judgments, one: Ints, other: Ints) -> Floats:
    """Agreement with credit for neighbours on a strength scale, (m,) -> (m,)."""
    if judgments.answers:
        return agreement_of(judgments, one, other)
    value = judgments.preference
    span = max(judgments.values.size - 1.0, 1.0)
    return np.asarray(1 - np.abs(value[one] - value[other]) / span)


def chance_agreement(judgments: Judgments) -> Floats:
    """How alike two of an annotator's own answers to different items are, with credit for neighbours, (A,); 0 where there are
    not two."""
    people = len(judgments.annotators)
    if not judgments.answers:
        times, value = judgments.tally.sum(axis=2).astype(np.float64), judgments.values
        credit = 1 - np.abs(value[:, None] - value) / max(value.size - 1.0, 1.0)
        n, alike = times.sum(axis=1), np.zeros_like(times)
        for column, of_one in zip(
            times.T, credit, strict=True
        ):  # by hand, so that a part of the people gives the same bits
            alike += column[:, None] * of_one
        return np.asarray(((alike * times).sum(axis=1) - n) / np.maximum(n * (n - 1), 1))
    one, other = _compared_rows(judgments)
    n = np.bincount(judgments.annotator[one], minlength=people).astype(np.float64)
    total = np.bincount(judgments.annotator[one], agreement_of(judgments, one, other), minlength=people)
    return np.asarray(total / np.maximum(n, 1))


def _compared_rows(judgments: Judgments) -> tuple[Ints, Ints]:
    """Pairs of rows, two of (m,): an annotator's own answers to different items, each with some of the next ones."""
    rows = np.flatnonzero(judgments.first_showings)
    annotator = judgments.annotator[rows]
    counts = np.bincount(annotator, minlength=len(judgments.annotators))
    chosen = (
        ranks(annotator) % np.maximum(counts * COMPARED_ANSWERS // COMPARED_AT_MOST, 1)[annotator] == 0
    )  # of many answers only some are compared
    one, other = [], []
    for step in range(1, COMPARED_ANSWERS + 1):
        pairs = np.flatnonzero((annotator[step:] == annotator[:-step]) & chosen[:-step])
        one.append(rows[pairs])
        other.append(rows[pairs + step])
    return np.concatenate(one), np.concatenate(other)
