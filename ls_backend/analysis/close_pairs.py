"""Whether care on close pairs is what care on the others lets expect.

Somebody who considers the easy pairs and guesses the rest loses little by any score: on close pairs even careful people disagree.
But guesses agree with nobody beyond chance. So for each annotator the agreement on close pairs is set beside that on the
others, in two ways: with other annotators' answers on the same items, and with themself on retests. If care is the same everywhere,
close agreement is the other agreement times a ratio that is the project's, whatever the annotator's attentiveness or taste: both
factors drop out. The ratio is estimated from everybody; the test is one-sided, with the variance over items.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.analysis.agreement import rows_of_pairs
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.attentiveness import LEAST_Q, Attentiveness, GroupedQ
from ls_backend.measurement.decidedness import DecidednessSource, PairGroups
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Checks, sum_checks
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of, find_retests

LEAST_SHOWINGS = 20  # on close pairs and on the others


@dataclass(frozen=True)
class CloseCare:
    """By annotator, (A,): agreement beyond chance, from -1 to 1, on ``close`` pairs and on the ``others``; what was ``expected`` on
    close ones; and ``p``, the chance of so little by somebody with the same care everywhere, NaN where there is too little."""

    close: Floats
    others: Floats
    expected: Floats
    p: Floats


@dataclass(frozen=True)
class _Agreement:
    """By annotator and whether pairs are close, (A, 2): how many observations, and the mean and variance of the mean of their
    agreement."""

    n: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, annotator: Ints, close: Bools, agreement: Floats, people: int) -> "_Agreement":
        cell = annotator * 2 + close
        n, total, squares = (
            np.bincount(cell, weights, 2 * people).reshape(people, 2).astype(np.float64)
            for weights in (None, agreement, agreement**2)
        )
        mean = total / np.maximum(n, 1)
        spread = squares / np.maximum(n, 1) - mean**2
        # a few observations that happen to agree tell of no certainty, so one of each outcome, 1 and -1, is added to the spread
        variance = (n * spread + 2) / np.maximum(n + 2, 1) / np.maximum(n, 1)
        return cls(n, mean, variance)


def care_on_close_pairs(judgments: Judgments, groups: PairGroups) -> CloseCare:
    """The test for every annotator; ``groups`` say which judgments are on close pairs."""
    people = len(judgments.annotators)
    with_others = _agreement_with_others(judgments, groups)
    with_self = _agreement_with_self(judgments, groups)
    enough = (with_others.n >= LEAST_SHOWINGS).all(axis=1)
    scores, weights = np.zeros(people), np.zeros(people)
    for agreement in (with_others, with_self):
        known = (agreement.n > 0).all(axis=1)
        ratio = _ratio(agreement)
        shortfall = ratio * agreement.mean[:, 0] - agreement.mean[:, 1]
        variance = ratio**2 * agreement.variance[:, 0] + agreement.variance[:, 1]
        precision = np.where(known, agreement.mean[:, 0].clip(0.05) ** 2 / variance, 0.0)
        z = np.where(known, shortfall / np.sqrt(variance), 0.0)
        scores += np.sqrt(precision) * z  # the better known of the two weighs more
        weights += precision
    z = scores / np.sqrt(np.maximum(weights, 1e-12))
    ratio = _ratio(with_others)
    return CloseCare(
        close=with_others.mean[:, 1],
        others=with_others.mean[:, 0],
        expected=ratio * with_others.mean[:, 0],
        p=np.where(enough, scipy.stats.norm.sf(z), np.nan),
    )


@dataclass(frozen=True)
class CareByGroup:
    """Each annotator's attentiveness by the checks on decided pairs and gold, and by the retests of close pairs; ``close_q`` is how
    decided the latter are."""

    decided: tuple[Estimate, ...]
    close: tuple[Estimate, ...]
    close_q: float


def care_by_group(judgments: Judgments, checks: Checks, posterior: Attentiveness) -> CareByGroup | None:
    """None where nothing tells which pairs are decided. By the uniform prior, and with the q of each group as given: on close pairs
    from what everybody agrees with themself, by the square of their attentiveness."""
    groups = checks.pair_groups
    if groups.source is DecidednessSource.NONE:
        return None
    on_close = checks.is_retest & groups.is_close[judgments.first_row[checks.row]]
    eta = posterior.mean[checks.annotator[on_close]]
    close_q = float(np.clip((2 * checks.agreed[on_close] - 1).sum() / max((eta**2).sum(), 1e-9), LEAST_Q, 1.0))

    def by_checks(counted: Bools, q: GroupedQ) -> tuple[Estimate, ...]:
        part = sum_checks(checks, judgments.counts, counted=counted).attentiveness(q=q)
        columns = (part.mean.tolist(), part.low.tolist(), part.high.tolist(), part.n.tolist())
        return tuple(_estimate(*figures) for figures in zip(*columns, strict=True))

    return CareByGroup(
        decided=by_checks(checks.is_decided | ~checks.is_retest, posterior.grouped_q),
        close=by_checks(on_close, (close_q, posterior.grouped_q[1])),
        close_q=close_q,
    )


def _estimate(mean: float, low: float, high: float, n: int) -> Estimate:
    return Estimate(mean, low, high, n) if n else Estimate.unknown("no check on such pairs yet")


def _ratio(agreement: _Agreement) -> float:
    """Agreement on close pairs by that on the others, of everybody."""
    close, others = (
        float((agreement.n[:, k] * agreement.mean[:, k]).sum() / max(agreement.n[:, k].sum(), 1)) for k in (1, 0)
    )
    return float(np.clip(close / others, 0, 1)) if others > 0 else 0.0


def _agreement_with_others(judgments: Judgments, groups: PairGroups) -> _Agreement:
    """An observation is an annotator's answer on an item: its mean agreement with the others' there."""
    one, other = rows_of_pairs(judgments)
    same = 2 * agreement_of(judgments, one, other) - 1
    n = np.bincount(one, minlength=len(judgments)) + np.bincount(other, minlength=len(judgments))
    total = np.bincount(one, same, len(judgments)) + np.bincount(other, same, len(judgments))
    rows = np.flatnonzero((n > 0) & groups.is_ordinary)
    return _Agreement.of(
        judgments.annotator[rows], groups.is_close[rows], total[rows] / n[rows], len(judgments.annotators)
    )


def _agreement_with_self(judgments: Judgments, groups: PairGroups) -> _Agreement:
    retests = find_retests(judgments)
    return _Agreement.of(
        retests.annotator, groups.is_close[retests.first], 2 * retests.agreement - 1, len(judgments.annotators)
    )
