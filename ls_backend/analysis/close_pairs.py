"""Whether care on close pairs is what care on the others lets expect.

Somebody who considers the easy pairs and guesses the rest loses little by any score: on close pairs even careful people disagree.
But guesses agree with nobody beyond chance. So for each annotator the agreement on close pairs is set beside that on the
others, in two ways: with other annotators' answers on the same items, and with themself on retests. If care is the same everywhere,
close agreement is the other agreement times a ratio that is the project's, whatever the annotator's attentiveness or taste: both
factors drop out. The ratio is estimated from everybody; the test is one-sided, with the variance over items.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy

from ls_backend.analysis.additive import Amount, CellSums
from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import LEAST_Q, Attentiveness, GroupedQ
from ls_backend.measurement.decidedness import PairGroups
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Checks, Evidence, sum_checks
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import Retests

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
class GroupAgreement:
    """By annotator and whether pairs are close, (A, 2): how many observations ``n`` of agreement beyond chance, from -1 to 1, their
    ``total`` and the sum of their ``squares``."""

    n: Floats
    total: Floats
    squares: Floats

    @classmethod
    def with_self(cls, judgments: Judgments, retests: Retests, groups: PairGroups) -> Self:
        """An observation is a retest."""
        cell = retests.annotator * 2 + groups.is_close[retests.first]
        beyond_chance = 2 * retests.agreement - 1
        people = len(judgments.annotators)
        columns = (
            np.bincount(cell, weights, 2 * people).reshape(people, 2).astype(np.float64)
            for weights in (None, beyond_chance, beyond_chance**2)
        )
        return cls(*columns)

    @classmethod
    def with_others(cls, counts: CellSums, people: int) -> Self:
        """What :func:`agreement_with_others` counted, of all items."""
        cell, others = np.divmod(counts.cell, people + 1)
        n, same, same_squared = counts.sums.T
        total, squares = (
            (2 * same - others * n) / others,
            (4 * same_squared - 4 * others * same + others**2 * n) / others**2,
        )
        columns = (
            np.bincount(cell, values, 2 * people).reshape(people, 2).astype(np.float64)
            for values in (n, total, squares)
        )
        return cls(*columns)

    @property
    def mean(self) -> Floats:
        return np.asarray(self.total / np.maximum(self.n, 1))

    @property
    def variance(self) -> Floats:
        """Of the mean. A few observations that happen to agree tell of no certainty, so one of each outcome, 1 and -1, is added to the
        spread."""
        spread = self.squares / np.maximum(self.n, 1) - self.mean**2
        return np.asarray((self.n * spread + 2) / np.maximum(self.n + 2, 1) / np.maximum(self.n, 1))


def agreement_with_others(first: FirstAnswers, groups: PairGroups) -> CellSums:
    """An observation is an annotator's answer on an item: its mean agreement with the others' there, which follows from how many others
    there are and how many of them took the same side. By annotator, whether the pair is close, and number of others: how many
    observations there are, and the sums of those that took the same side and of their squares."""
    others = first.answers[first.item] - 1
    rows = (others > 0) & first.is_ordinary
    is_close, same = groups.is_close[first.row[rows]], first.same_side[rows]
    cells = (first.people + 1) * 2 * first.people
    cell = (first.annotator[rows] * 2 + is_close) * (first.people + 1) + others[rows]
    return CellSums.of(cell, [], [Amount(0), Amount(1, same), Amount(2, same**2)], width=3, cells=cells)


def care_on_close_pairs(with_others: GroupAgreement, with_self: GroupAgreement) -> CloseCare:
    """The test for every annotator."""
    people = with_others.n.shape[0]
    enough = (with_others.n >= LEAST_SHOWINGS).all(axis=1)
    scores, weights = np.zeros(people), np.zeros(people)
    for agreement in (with_others, with_self):
        known = (agreement.n > 0).all(axis=1)
        ratio, mean, variance_of_mean = _ratio(agreement), agreement.mean, agreement.variance
        shortfall = ratio * mean[:, 0] - mean[:, 1]
        variance = ratio**2 * variance_of_mean[:, 0] + variance_of_mean[:, 1]
        precision = np.where(known, mean[:, 0].clip(0.05) ** 2 / variance, 0.0)
        z = np.where(known, shortfall / np.sqrt(variance), 0.0)
        scores += np.sqrt(precision) * z  # the better known of the two weighs more
        weights += precision
    z = scores / np.sqrt(np.maximum(weights, 1e-12))
    mean, ratio = with_others.mean, _ratio(with_others)
    return CloseCare(
        close=mean[:, 1],
        others=mean[:, 0],
        expected=ratio * mean[:, 0],
        p=np.where(enough, scipy.stats.norm.sf(z), np.nan),
    )


@dataclass(frozen=True)
class CareByGroup:
    """Each annotator's attentiveness by the checks on decided pairs and gold, and by the retests of close pairs; ``close_q`` is how
    decided the latter are."""

    decided: tuple[Estimate, ...]
    close: tuple[Estimate, ...]
    close_q: float


@dataclass(frozen=True)
class GroupEvidence:
    """What each annotator's checks on decided pairs and on gold say, those on ``close`` pairs, and by how many more the latter agreed than
    did not (``beyond_chance``), of so many ``close_retests``, (A,) each."""

    decided: Evidence
    close: Evidence
    beyond_chance: Floats
    close_retests: Ints

    @classmethod
    def of(cls, judgments: Judgments, checks: Checks) -> Self:
        on_close = checks.is_retest & checks.pair_groups.is_close[judgments.first_row[checks.row]]
        people = len(judgments.annotators)
        beyond_chance = np.bincount(checks.annotator[on_close], 2 * checks.agreed[on_close] - 1, people)
        return cls(
            decided=sum_checks(checks, judgments.counts, counted=checks.is_decided | ~checks.is_retest),
            close=sum_checks(checks, judgments.counts, counted=on_close),
            beyond_chance=beyond_chance.astype(np.float64),
            close_retests=np.bincount(checks.annotator[on_close], minlength=people),
        )


def care_by_group(evidence: GroupEvidence, posterior: Attentiveness) -> CareByGroup:
    """By the uniform prior, and with the q of each group as given: on close pairs from what everybody agrees with themself, by the square
    of their attentiveness."""
    expected = (evidence.close_retests * posterior.mean**2).sum()
    close_q = float(np.clip(evidence.beyond_chance.sum() / max(expected, 1e-9), LEAST_Q, 1.0))

    def by_checks(part: Evidence, q: GroupedQ) -> tuple[Estimate, ...]:
        of_part = part.attentiveness(q=q)
        columns = (of_part.mean.tolist(), of_part.low.tolist(), of_part.high.tolist(), of_part.n.tolist())
        return tuple(_estimate(*figures) for figures in zip(*columns, strict=True))

    return CareByGroup(
        decided=by_checks(evidence.decided, posterior.grouped_q),
        close=by_checks(evidence.close, (close_q, posterior.grouped_q[1])),
        close_q=close_q,
    )


def _estimate(mean: float, low: float, high: float, n: int) -> Estimate:
    return Estimate(mean, low, high, n) if n else Estimate.unknown("no check on such pairs yet")


def _ratio(agreement: GroupAgreement) -> float:
    """Agreement on close pairs by that on the others, of everybody."""
    close, others = (float(agreement.total[:, k].sum() / max(agreement.n[:, k].sum(), 1)) for k in (1, 0))
    return float(np.clip(close / others, 0, 1)) if others > 0 else 0.0
