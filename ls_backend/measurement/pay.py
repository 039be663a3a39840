"""What a period pays each annotator, from the judgments alone. Pure.

Attentiveness is that of the uniform prior, so that nobody's pay depends on who else works, and older evidence does not fade.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract, Measure, Measured, Pay
from ls_backend.measurement.attentiveness import Anchor, Attentiveness
from ls_backend.measurement.evidence import (
    Checks,
    Evidence,
    find_checks,
    gains,
    gather_evidence,
    measured_by_annotator,
    score_ranges,
)
from ls_backend.measurement.judgments import GoldItem, Judgments

SURE_MASS = 0.8
MODEL_VERSION = 3  # raised when the same evidence comes to other amounts than before
MODEL_VERSIONS = (1, 2, 3)
"""What can be computed. 1: whoever takes one side agrees with themself on same-order retests, and was paid for it. 2: pairs that are
taken for decided counted like all others."""


@dataclass(frozen=True)
class PayInput:
    """What the pay of a period follows from. ``judgments`` are all there are up to ``end``, for a retest's first showing may
    lie before ``start`` (included; ``end`` is not); both are in seconds since the epoch. ``best_before`` are annotators' best
    scores of earlier periods, for the improvement bonus; ``contracts`` are those of single annotators, in a pilot; ``model`` is the
    version of the annotator model, one of :data:`MODEL_VERSIONS`."""

    judgments: Judgments
    gold: Mapping[str, GoldItem]
    contract: Contract
    min_lag: int = 0
    start: float = -np.inf
    end: float = np.inf
    q: float | None = None
    best_before: Mapping[str, float] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    model: int = MODEL_VERSION


@dataclass(frozen=True, slots=True)
class AnnotatorPay:
    """What an annotator was measured by in a period, and what that pays. The rate is sure where the contract pays as much for each
    answer anywhere in the central :data:`SURE_MASS` of what the score may be."""

    measured: Measured
    pay: Pay
    is_rate_sure: bool


def period_pay(
    period: PayInput, *, checks: Checks | None = None, flat_posterior: Attentiveness | None = None
) -> dict[str, AnnotatorPay]:
    """The pay of each annotator with judgments, in the order of ``judgments.annotators``.

    ``checks`` of the judgments and their posterior by the uniform prior are worked out where they are not at hand.
    """
    judgments, gold = period.judgments, period.gold
    checks = checks or find_checks(
        judgments, gold, min_lag=period.min_lag, allow_for_side=period.model > 1, group_pairs=period.model > 2
    )
    evidence = gather_evidence(judgments, gold, checks=checks)
    flat_posterior = flat_posterior or evidence.attentiveness(q=period.q)
    q = flat_posterior.grouped_q if flat_posterior.anchor is Anchor.GOLD else period.q
    in_period = (judgments.at >= period.start) & (judgments.at < period.end)
    if not in_period.all():
        evidence = gather_evidence(judgments, gold, checks=checks, part=in_period)
    posterior = evidence.attentiveness(q=q)
    scores = measured_by_annotator(evidence, posterior)
    if period.best_before and _rewards_improvement(period):
        measure = period.contract.bonus_terms.measure
        gained = gains(judgments, gold, in_period, scores, period.best_before, measure=measure, checks=checks, q=q)
        scores = [replace(score, gain=gain) for score, gain in zip(scores, gained, strict=True)]
    return paid_by(judgments.annotators, scores, evidence, posterior, period.contract, period.contracts)


def paid_by(
    annotators: Sequence[str],
    scores: Sequence[Measured],
    evidence: Evidence,
    posterior: Attentiveness,
    contract: Contract,
    contracts: Mapping[str, Contract],
) -> dict[str, AnnotatorPay]:
    """What each annotator's ``scores`` pay by their own contract or the project's; ``evidence`` and ``posterior`` (A,) are what the scores
    follow from."""
    measures = {each.bonus_terms.measure for each in (contract, *contracts.values())}
    ranges = {measure: score_ranges(evidence, posterior, measure, level=SURE_MASS) for measure in measures}
    return {
        name: _annotator_pay(contracts.get(name, contract), score, ranges, a)
        for a, (name, score) in enumerate(zip(annotators, scores, strict=True))
    }


def _annotator_pay(
    contract: Contract, measured: Measured, ranges: Mapping[Measure, tuple[Floats, Floats]], annotator: int
) -> AnnotatorPay:
    low, high = (float(end[annotator]) for end in ranges[contract.bonus_terms.measure])
    is_rate_sure = contract.is_rate_sure(measured.monitored, low, high)
    return AnnotatorPay(measured, contract.pay(measured), is_rate_sure)


def _rewards_improvement(period: PayInput) -> bool:
    """Whether any contract does; the first version of the model looked at the project's alone."""
    contracts = [period.contract] if period.model == 1 else [period.contract, *period.contracts.values()]
    return any(contract.improvement for contract in contracts)
