"""The pure entry: judgments, gold items and a contract in, one scorecard per annotator out.

A scorecard is a fold over the annotator's judgments, so edits, deletions, replays and catch-up need no special case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ls_backend import records
from ls_backend.arrays import Floats, Ints
from ls_backend.contracts.terms import Contract
from ls_backend.measurement.attentiveness import (
    GOLD_COLUMNS,
    RETEST_COLUMNS,
    Anchor,
    Attentiveness,
    Likelihood,
    likelihood,
)
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions, rounded
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, gather_evidence, sum_checks
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.pay import AnnotatorPay, PayInput, period_pay
from ls_backend.measurement.reputation import Standing, explain_change, reputation, standings
from ls_backend.measurement.retests import chance_agreement, graded_agreement
from ls_backend.types import Json

ANCHOR_WORDS = {
    Anchor.GOLD: "gold",
    Anchor.GIVEN: "the q that was given",
    Anchor.BEST: "the assumption that the best tenth are attentive",
    Anchor.NONE: "nothing: what stands here is a lower bound",
}
STANDING_MOMENTS = (0.4, 0.6, 0.8)  # shares of an annotator's judgments at which the standing is looked at, before now


@dataclass(frozen=True, slots=True)
class MeasurementOptions:
    """How attentiveness is measured. ``q`` is how decided preferences are, if known (else it is estimated where gold anchors the
    scale); ``best`` takes the best annotators to be attentive where there is neither gold nor q; with a ``half_life``, in own
    judgments, older evidence weighs less. Pay takes q alone: it must not depend on who else works, nor fade."""

    q: float | None = None
    best: bool = False
    half_life: float | None = None


@dataclass(frozen=True)
class ScoringInput:
    """What scorecards follow from. ``min_lag`` is the least number of own judgments between the showings of a retest for it to
    count; ``level`` the mass of all intervals. The bonus is that of the judgments from ``paid_from`` on (seconds since the
    epoch), for which nothing is settled yet; ``settled`` is what is, in minor units by annotator; ``contracts`` are those of
    single annotators, in a pilot."""

    judgments: Judgments
    gold: Mapping[str, GoldItem]
    contract: Contract
    min_lag: int = 0
    measurement: MeasurementOptions = MeasurementOptions()
    level: float = INTERVAL_LEVEL
    paid_from: float = -np.inf
    settled: Mapping[str, int] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)


@dataclass(frozen=True)
class Scorecard:
    """How one annotator stands. Estimates carry 90 % intervals; ``reasons`` says why something is not known or paid;
    ``weighted_consistency`` gives credit for neighbours on a scale, ``kappa`` is that beyond chance; ``anchor`` is what the scale
    of attentiveness rests on; ``bonus_minor`` is what is not settled yet, ``settled_minor`` what is; ``retests_swapped`` is how many
    of the retests had their sides swapped, None where answers have no sides or the scorecard is older than the field;
    ``pay_score`` is the score that the bonus follows from, None where it is not known."""

    annotator: str
    judgments: int
    retests: int
    self_consistency: Estimate
    weighted_consistency: Estimate
    kappa: Estimate
    gold: Estimate
    position_bias: Estimate
    attentiveness: Estimate
    anchor: Anchor
    reputation: Estimate
    standing: Standing
    bonus_minor: int
    settled_minor: int
    currency: str
    reasons: tuple[str, ...]
    retests_swapped: int | None = None
    pay_score: float | None = None

    def to_dict(self) -> Json:
        """The fields as JSON, as in ``steadyhand score --json``; an estimate has ``value``, ``low``, ``high`` and ``n``."""
        return records.to_dict(self)

    @classmethod
    def from_dict(cls, card: Json) -> "Scorecard":
        """What :meth:`to_dict` wrote: figures are rounded, and estimates have lost their reason."""
        return records.from_dict(cls, card)


def scorecards(scoring: ScoringInput) -> list[Scorecard]:
    """Score every annotator, in the order of ``judgments.annotators``."""
    judgments, gold, options, level = scoring.judgments, scoring.gold, scoring.measurement, scoring.level
    checks = find_checks(judgments, gold, min_lag=scoring.min_lag)
    evidence = gather_evidence(judgments, gold, checks=checks)
    decayed_evidence = evidence
    if options.half_life is not None:
        decayed_evidence = gather_evidence(judgments, gold, checks=checks, half_life=options.half_life)
    decayed_likelihood = decayed_evidence.likelihood(q=options.q, best=options.best)
    pooled_posterior = decayed_likelihood.attentiveness(level=level, pooled=True)
    same_for_pay = decayed_evidence is evidence and not options.best
    pay_likelihood = decayed_likelihood if same_for_pay else evidence.likelihood(q=options.q)
    pay = _unsettled_pay(scoring, checks, pay_likelihood.attentiveness())
    standing = _standings(scoring, checks, pooled_posterior)
    means = _reputation_means(decayed_evidence, pooled_posterior)
    retests = _Retests.of(checks, len(judgments.annotators))
    consistency, weighted, kappa = _consistency(scoring, checks, evidence)
    gold_accuracy = proportions(evidence.gold_right, evidence.gold, level=level, reason="no gold item answered yet")
    position_bias = _position_bias(judgments, level)

    cards = []
    for a, (name, count) in enumerate(zip(judgments.annotators, judgments.counts.tolist(), strict=True)):
        attentiveness, bound = _attentiveness(pooled_posterior, a)
        figures = {
            "self_consistency": consistency[a],
            "gold": gold_accuracy[a],
            "attentiveness": attentiveness,
            "reputation": reputation(bound),
        }
        bonus = pay[name].pay.bonus
        cards.append(
            Scorecard(
                annotator=name,
                judgments=count,
                retests=int(retests.total[a]),
                **figures,
                weighted_consistency=weighted[a],
                kappa=kappa[a],
                position_bias=position_bias[a],
                anchor=pooled_posterior.anchor,
                standing=standing[a],
                bonus_minor=bonus.minor,
                settled_minor=scoring.settled.get(name, 0),
                currency=scoring.contract.currency,
                reasons=(
                    *(f"{figure}: {estimate.reason}" for figure, estimate in figures.items() if estimate.reason),
                    *_side_reasons(judgments, evidence, retests, a),
                    *_reputation_reasons(means, evidence, a),
                    f"bonus: {bonus.reason}",
                ),
                pay_score=rounded(getattr(pay[name].measured, scoring.contract.bonus_terms.measure)),
                retests_swapped=None if judgments.answers else int(retests.total[a] - retests.same_order[a]),
            )
        )
    return cards


def _unsettled_pay(scoring: ScoringInput, checks: Checks, flat_posterior: Attentiveness) -> dict[str, AnnotatorPay]:
    """What has been earned since the last settlement."""
    period = PayInput(
        scoring.judgments,
        scoring.gold,
        scoring.contract,
        min_lag=scoring.min_lag,
        start=scoring.paid_from,
        q=scoring.measurement.q,
        contracts=scoring.contracts,
    )
    return period_pay(period, checks=checks, flat_posterior=flat_posterior)


def _standings(scoring: ScoringInput, checks: Checks, pooled_posterior: Attentiveness) -> list[Standing]:
    """Everybody's standing, from the posteriors at :data:`STANDING_MOMENTS` and now."""
    half_life, level = scoring.measurement.half_life, scoring.level
    posteriors = [
        _evidence_then(scoring.judgments, checks, share, half_life).attentiveness(
            level=level, reference=pooled_posterior
        )
        for share in STANDING_MOMENTS
    ]
    posteriors.append(pooled_posterior)
    low, n = np.stack([p.low for p in posteriors]), np.stack([p.n for p in posteriors])
    return standings(100 * low, n, minimum=scoring.contract.minimum.monitored)


def _evidence_then(judgments: Judgments, checks: Checks, share: float, half_life: float | None) -> Evidence:
    """Evidence of each annotator's first ``share`` of the judgments, as it was then."""
    count = np.ceil(share * judgments.counts)
    position = checks.row - judgments.starts[checks.annotator]
    age = count[checks.annotator] - 1 - position
    weight = None if half_life is None else 0.5 ** (np.maximum(age, 0) / half_life)
    return sum_checks(checks, count, counted=age >= 0, weight=weight)


@dataclass(frozen=True)
class _Retests:
    """How many retests each annotator answered, those that can't tell too, and in how many the sides stood as before, (A,)."""

    total: Ints
    same_order: Ints

    @classmethod
    def of(cls, checks: Checks, people: int) -> "_Retests":
        total, swapped = (
            np.bincount(checks.annotator[kind], minlength=people) for kind in (checks.is_retest, checks.swapped)
        )
        return cls(total, total - swapped)


def _consistency(
    scoring: ScoringInput, checks: Checks, evidence: Evidence
) -> tuple[list[Estimate], list[Estimate], list[Estimate]]:
    """Self-consistency: plain, with credit for neighbours on the scale, and the latter beyond chance (kappa). What is owed to
    taking one side is taken off the first two; kappa has a chance of its own, but is not known either where nothing can tell."""
    judgments, people = scoring.judgments, len(scoring.judgments.annotators)

    def share(agreement: Floats | Ints, n: Ints) -> list[Estimate]:
        return proportions(agreement, n, level=scoring.level, reason="no retest answered yet that can tell")

    plain = weighted = share(evidence.retests_agreed, evidence.retests)
    if not judgments.answers and judgments.values.size > 3:
        graded, again = checks.agreed.copy(), checks.row[checks.is_retest]
        graded[checks.is_retest] = graded_agreement(judgments, judgments.first_row[again], again)
        checks = replace(checks, agreed=graded)
        weighted = share(sum_checks(checks, judgments.counts).retests_agreed, evidence.retests)
    beside_chance, owed = weighted, checks.owed_to_side
    if owed.any():
        tells = checks.is_retest & (owed < 1)
        n = np.bincount(checks.annotator[tells], minlength=people)
        beside_chance = share(np.bincount(checks.annotator[tells], checks.agreed[tells], minlength=people), n)
    kappa = [
        e.scaled(1 / (1 - c), shift=-c / (1 - c)) if c < 1 else Estimate.unknown("always the same answer", n=e.n)
        for e, c in zip(beside_chance, chance_agreement(judgments).tolist(), strict=True)
    ]
    return plain, weighted, kappa


def _position_bias(judgments: Judgments, level: float) -> list[Estimate]:
    """-1 where all answers chose the right side, 1 where all chose the left one."""
    left, sided = judgments.side_counts
    reason = "answers have no sides" if judgments.answers else "no answer but ties yet"
    return [share.scaled(2.0, shift=-1.0) for share in proportions(left, sided, level=level, reason=reason)]


@dataclass(frozen=True)
class _ReputationMeans:
    """The mean attentiveness by all of the evidence, by gold alone and by retests alone, (A,) each."""

    full: Floats
    gold_alone: Floats
    retests_alone: Floats


def _reputation_means(evidence: Evidence, pooled_posterior: Attentiveness) -> _ReputationMeans:
    def mean_by(columns: slice) -> Floats:
        only = _likelihood_of_columns(evidence, columns, pooled_posterior.q)
        return only.attentiveness(reference=pooled_posterior).mean

    return _ReputationMeans(mean_by(slice(None)), mean_by(GOLD_COLUMNS), mean_by(RETEST_COLUMNS))


def _likelihood_of_columns(evidence: Evidence, columns: slice, q: float) -> Likelihood:
    """The likelihood of a part of the evidence, as if the rest had not been asked for."""
    counts = np.zeros_like(evidence.counts)
    counts[:, columns] = evidence.counts[:, columns]
    return likelihood(counts, evidence.guess_rates, q=q)


def _side_reasons(judgments: Judgments, evidence: Evidence, retests: _Retests, a: int) -> list[str]:
    """Why retests in the same order tell less than others, or nothing."""
    owed = 0.0 if evidence.guess_rates.side is None else evidence.guess_rates.side[a]
    if not owed or not retests.same_order[a]:
        return []
    left, sided = judgments.side_counts[:, a].tolist()
    side, share = ("left", left / sided) if 2 * left > sided else ("right", 1 - left / sided)
    shown = f"{retests.same_order[a]} of {retests.total[a]} repeats showed the sides in the same order"
    chosen = f"{100 * share:.0f} % of all answers chose the {side} side"
    effect = "such a repeat tells nothing of care, one with its sides swapped would"
    if owed < 1:
        effect = f"what that gives anyway is taken off, so that all repeats together count as {evidence.retests[a]}"
    return [f"retests: {shown}, and {chosen}: {effect}"]


def _reputation_reasons(means: _ReputationMeans, evidence: Evidence, a: int) -> list[str]:
    """What each kind of evidence does to the reputation: by all of it, beside gold alone and retests alone."""
    full = 100 * float(means.full[a])
    reasons = []
    for without, what, agreed, checked in (
        (means.gold_alone, "repeated items the same", evidence.retests_agreed[a], evidence.retests[a]),
        (means.retests_alone, "known answers chosen", evidence.gold_right[a], evidence.gold[a]),
    ):
        if checked:
            change = explain_change(
                full, 100 * float(without[a]), what=what, agreed=round(float(agreed), 1), checks=int(checked)
            )
            reasons.append(f"reputation: {change}")
    return reasons


def _attentiveness(posterior: Attentiveness, a: int) -> tuple[Estimate, Estimate]:
    """The estimate, and what reputation and pay may rest on: the same, or its lower bound without an anchor."""
    n = int(posterior.n[a])
    if not n:
        unknown = Estimate.unknown("no monitored answer yet that can tell")
        return unknown, unknown
    estimate = Estimate(float(posterior.mean[a]), float(posterior.low[a]), float(posterior.high[a]), n)
    if posterior.anchor is Anchor.GOLD:
        return estimate, estimate
    if posterior.anchor is not Anchor.NONE:
        return replace(estimate, reason=f"its scale rests on {ANCHOR_WORDS[posterior.anchor]}"), estimate
    unanchored = "no gold item and no q given, so its scale is not known; the reputation rests on a lower bound"
    return Estimate.unknown(unanchored, n=n), estimate
