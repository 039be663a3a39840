"""What a period pays each annotator, from the judgments alone. Pure.

Attentiveness is that of the uniform prior, so that nobody's pay depends on who else works, and older evidence does not fade.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract, Measured, Pay
from ls_backend.measurement.attentiveness import ETA, Anchor, Attentiveness
from ls_backend.measurement.evidence import (
    Checks,
    Evidence,
    find_checks,
    gains,
    gather_evidence,
    measured_by_annotator,
    score_posteriors,
)
from ls_backend.measurement.judgments import GoldItem, Judgments

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
    """What an annotator was measured by in a period, and what that pays. The ``doubt`` is how far the bonus for each answer is expected
    to be from what the true score earns, as a share of the highest (where there is one threshold, the chance to be on the wrong side
    of it); None where it may not lead to fewer checks (:meth:`Contract.may_check_less`)."""

    measured: Measured
    pay: Pay
    doubt: float | None


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
    beliefs = {measure: score_posteriors(evidence, posterior, measure) for measure in measures}
    pays = {}
    for a, (name, score) in enumerate(zip(annotators, scores, strict=True)):
        own = contracts.get(name, contract)
        pays[name] = AnnotatorPay(score, own.pay(score), doubt(own, score, beliefs[own.bonus_terms.measure][a]))
    return pays


def doubt(contract: Contract, measured: Measured, belief: Floats) -> float | None:
    """How far the bonus for each answer is expected to be from what the true score earns, by what is believed of that (cells of
    :data:`ETA`); None where it may not lead to fewer checks."""
    score = measured.score(contract.bonus_terms.measure)
    if score is None or not contract.may_check_less(measured.monitored):
        return None
    return float(belief @ np.abs(_rate_shares(contract) - contract.rate_share(score)))


@lru_cache
def _rate_shares(contract: Contract) -> Floats:
    """What is paid for each answer, as a share of the highest, at the scores of :data:`ETA`."""
    return np.array([contract.rate_share(score) for score in ETA.tolist()])


def _rewards_improvement(period: PayInput) -> bool:
    """Whether any contract does; the first version of the model looked at the project's alone."""
    contracts = [period.contract] if period.model == 1 else [period.contract, *period.contracts.values()]
    return any(contract.improvement for contract in contracts)
