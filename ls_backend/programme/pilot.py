"""Pilots of two contracts on real annotators: who is paid by which, and what difference it made. Pure.

Annotators are randomised, not judgments, so the annotator is the unit of the analysis. Assignment is stratified: annotators
are sorted by their score before the pilot, neighbours form pairs, and chance decides within each pair. The effect is that of
an analysis of covariance (outcome on arm and score before), with a t interval over annotators.

A pilot may be looked at while it runs: the k-th look uses alpha / (k (k + 1)). These errors sum to alpha over any number of
looks, so the chance that any look ever finds a difference that does not exist is at most alpha (a union bound).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy

from ls_backend.arrays import Bools, Floats


class Arm(StrEnum):
    """The two groups of a pilot; each is paid by a contract of its own."""

    A = "A"
    B = "B"

    @property
    def other(self) -> "Arm":
        return Arm.B if self is Arm.A else Arm.A


@dataclass(frozen=True, slots=True)
class Assignment:
    """An annotator's place in a pilot: the ``stratum`` is the number of the pair they were drawn in."""

    arm: Arm
    stratum: int


@dataclass(frozen=True, slots=True)
class Effect:
    """B less A: ``value`` with its interval ``low`` to ``high`` at ``level``; None while too few annotators are known."""

    value: float | None
    low: float | None
    high: float | None
    level: float
    annotators: int

    @property
    def decided(self) -> bool:
        """Whether the interval excludes a difference of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def assign_arms(scores: Mapping[str, float | None], draw: Callable[[str], float]) -> dict[str, Assignment]:
    """Every annotator's arm, by their score before the pilot.

    ``draw`` gives a number in [0, 1) for a text; it must be secret. Annotators without a score are paired with each other.
    """
    with_score = sorted((a for a in scores if scores[a] is not None), key=lambda a: (scores[a] or 0.0, a))
    without_score = sorted((a for a in scores if scores[a] is None), key=draw)
    ordered = with_score + without_score
    assignments: dict[str, Assignment] = {}
    for stratum, start in enumerate(range(0, len(ordered), 2)):
        pair = ordered[start : start + 2]
        arm = Arm.A if draw("|".join(pair)) < 0.5 else Arm.B
        for annotator in pair:
            assignments[annotator] = Assignment(arm, stratum)
            arm = arm.other
    return assignments


def arm_of_latecomer(arms: Sequence[Arm], draw: float) -> Arm:
    """The arm of an annotator who comes later: the smaller one, or by ``draw`` in [0, 1) where both are equal."""
    in_a = sum(arm == Arm.A for arm in arms)
    in_b = len(arms) - in_a
    if in_a == in_b:
        return Arm.B if draw < 0.5 else Arm.A
    return Arm.A if in_a < in_b else Arm.B


def error_at_look(alpha: float, look: int) -> float:
    """The error that the ``look``-th look may make, counted from 1, of an error ``alpha`` over all looks."""
    return alpha / (look * (look + 1))


def estimate_effect(
    outcomes: Sequence[float], arms: Sequence[Arm], scores_before: Sequence[float | None], *, alpha: float
) -> Effect:
    """The effect of B over A on an outcome, with an interval at error ``alpha``; the sequences hold a value per annotator."""
    outcome = np.array(outcomes, dtype=np.float64)
    in_b = np.array([arm == Arm.B for arm in arms], dtype=np.bool_)
    unknown = Effect(None, None, None, 1 - alpha, int(outcome.size))
    if min(in_b.sum(), (~in_b).sum()) < 2:
        return unknown
    x = _regressors(in_b, scores_before)
    rank = int(np.linalg.matrix_rank(x))
    if outcome.size <= rank + 1:
        return unknown
    inverse = np.linalg.pinv(x.T @ x)
    coefficients = inverse @ x.T @ outcome
    residuals = outcome - x @ coefficients
    degrees = outcome.size - rank
    error = float(np.sqrt(residuals @ residuals / degrees * inverse[1, 1]))
    margin = float(scipy.special.stdtrit(degrees, 1 - alpha / 2)) * error
    value = float(coefficients[1])
    return Effect(value, value - margin, value + margin, 1 - alpha, int(outcome.size))


def _regressors(in_b: Bools, scores_before: Sequence[float | None]) -> Floats:
    """Columns (n, k): the constant, arm B, the score before (its mean where it is missing), and whether it is missing."""
    columns = [np.ones(in_b.size), in_b.astype(np.float64)]
    if any(score is not None for score in scores_before):
        score = np.array([np.nan if s is None else s for s in scores_before], dtype=np.float64)
        missing = np.isnan(score)
        columns.append(np.where(missing, np.nanmean(score), score))
        if missing.any():
            columns.append(missing.astype(np.float64))
    return np.stack(columns, axis=1)
