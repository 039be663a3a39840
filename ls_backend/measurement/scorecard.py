"""The pure entry: judgments, gold items and a contract in, one scorecard per annotator out.

A scorecard is a fold over the annotator's judgments, so edits, deletions, replays and catch-up need no special case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ls_backend import records
from ls_backend.arrays import Floats, Ints
from ls_backend.contracts.terms import Contract
from ls_backend.measurement.attentiveness import (
    DECIDED_RETEST_COLUMNS,
    GOLD_COLUMNS,
    OTHER_RETEST_COLUMNS,
    Anchor,
    Attentiveness,
    GroupedQ,
    Likelihood,
    likelihood,
)
from ls_backend.measurement.decidedness import DecidednessSource
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions, rounded
from ls_backend.measurement.evidence import Evidence, find_checks, measured_by_annotator
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.pay import paid_by
from ls_backend.measurement.reputation import Standing, explain_change, reputation, standings
from ls_backend.measurement.scale import MeasurementOptions, Posteriors, Scale
from ls_backend.measurement.sums import FoldTerms, Sums
from ls_backend.types import Json

ANCHOR_WORDS = {
    Anchor.GOLD: "gold",
    Anchor.GIVEN: "the q that was given",
    Anchor.BEST: "the assumption that the best tenth are attentive",
    Anchor.NONE: "nothing: what stands here is a lower bound",
}


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
    measurement: MeasurementOptions = field(default_factory=MeasurementOptions)
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
    ``pay_score`` is the score that the bonus follows from, None where it is not known; ``retests_decided`` is how many of the
    retests were of pairs taken for decided, and ``decided_by`` what tells those; ``doubt`` is how far the
    bonus for each answer is expected to be from what the true score earns, as a share of the highest
    (:class:`ls_backend.measurement.pay.AnnotatorPay`)."""

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
    retests_decided: int | None = None
    decided_by: DecidednessSource = DecidednessSource.NONE
    doubt: float | None = None

    def to_dict(self) -> Json:
        """The fields as JSON, as in ``steadyhand score --json``; an estimate has ``value``, ``low``, ``high`` and ``n``."""
        return records.to_dict(self)

    @classmethod
    def from_dict(cls, card: Json) -> "Scorecard":
        """What :meth:`to_dict` wrote: figures are rounded, and estimates have lost their reason."""
        return records.from_dict(cls, card)


@dataclass(frozen=True)
class CardTerms:
    """What scorecards follow from beside sums and scale: the ``contract``, those of single annotators in a pilot, what is settled for
    whom (minor units), and the mass of all intervals."""

    contract: Contract
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    settled: Mapping[str, int] = field(default_factory=dict)
    level: float = INTERVAL_LEVEL


def scorecards(scoring: ScoringInput) -> list[Scorecard]:
    """Score every annotator, in the order of ``judgments.annotators``."""
    judgments, options = scoring.judgments, scoring.measurement
    checks = find_checks(judgments, scoring.gold, min_lag=scoring.min_lag)
    fold = FoldTerms(scoring.min_lag, options.half_life, scoring.paid_from)
    sums = Sums.of(judgments, scoring.gold, fold, checks)
    _, posteriors = Scale.of(sums, options, level=scoring.level)
    terms = CardTerms(scoring.contract, scoring.contracts, scoring.settled, scoring.level)
    return cards_of(sums, posteriors, checks.pair_groups.source, terms)


def cards_of(sums: Sums, posteriors: Posteriors, decided_by: DecidednessSource, terms: CardTerms) -> list[Scorecard]:
    """The scorecards of some annotators, from their sums and posteriors; ``decided_by`` tells decided pairs in their project."""
    evidence, counts, pooled_posterior = sums.evidence, sums.counts, posteriors.pooled
    scores = measured_by_annotator(sums.unsettled, posteriors.unsettled)
    pay = paid_by(sums.annotators, scores, sums.unsettled, posteriors.unsettled, terms.contract, terms.contracts)
    standing = _standings(sums, pooled_posterior, terms)
    means = _reputation_means(sums.decayed, pooled_posterior)
    consistency, weighted, kappa = _consistency(sums, terms.level)
    gold_accuracy = proportions(
        evidence.gold_right, evidence.gold, level=terms.level, reason="no gold item answered yet"
    )
    position_bias = _position_bias(sums, terms.level)
    retests_are_grouped = decided_by is not DecidednessSource.NONE

    cards = []
    for a, (name, count) in enumerate(zip(sums.annotators, evidence.judgments.tolist(), strict=True)):
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
                retests=int(counts.retests[a]),
                **figures,
                weighted_consistency=weighted[a],
                kappa=kappa[a],
                position_bias=position_bias[a],
                anchor=pooled_posterior.anchor,
                standing=standing[a],
                bonus_minor=bonus.minor,
                settled_minor=terms.settled.get(name, 0),
                currency=terms.contract.currency,
                reasons=(
                    *(f"{figure}: {estimate.reason}" for figure, estimate in figures.items() if estimate.reason),
                    *_side_reasons(sums, a),
                    *_reputation_reasons(means, evidence, a),
                    f"bonus: {bonus.reason}",
                ),
                pay_score=rounded(pay[name].measured.score(terms.contract.bonus_terms.measure)),
                retests_swapped=int(counts.retests[a] - counts.same_order[a]) if sums.has_sides else None,
                retests_decided=int(counts.decided_retests[a]) if retests_are_grouped else None,
                decided_by=decided_by,
                doubt=rounded(pay[name].doubt),
            )
        )
    return cards


def _standings(sums: Sums, pooled_posterior: Attentiveness, terms: CardTerms) -> list[Standing]:
    """Everybody's standing, from the posteriors at some moments and now."""
    then = [evidence.attentiveness(level=terms.level, reference=pooled_posterior) for evidence in sums.moments]
    posteriors = [*then, pooled_posterior]
    low, n = np.stack([p.low for p in posteriors]), np.stack([p.n for p in posteriors])
    return standings(100 * low, n, minimum=terms.contract.minimum.monitored)


def _consistency(sums: Sums, level: float) -> tuple[list[Estimate], list[Estimate], list[Estimate]]:
    """Self-consistency: plain, with credit for neighbours on the scale, and the latter beyond chance (kappa). What is owed to
    taking one side is taken off the first two; kappa has a chance of its own, but is not known either where nothing can tell."""
    evidence, counts = sums.evidence, sums.counts

    def share(agreement: Floats | Ints, n: Ints) -> list[Estimate]:
        return proportions(agreement, n, level=level, reason="no retest answered yet that can tell")

    plain, weighted = share(evidence.retests_agreed, evidence.retests), share(counts.graded, evidence.retests)
    beside_chance = share(counts.telling_agreed, counts.telling)
    kappa = [
        e.scaled(1 / (1 - c), shift=-c / (1 - c)) if c < 1 else Estimate.unknown("always the same answer", n=e.n)
        for e, c in zip(beside_chance, counts.chance.tolist(), strict=True)
    ]
    return plain, weighted, kappa


def _position_bias(sums: Sums, level: float) -> list[Estimate]:
    """-1 where all answers chose the right side, 1 where all chose the left one."""
    left, sided = sums.counts.left, sums.counts.sided
    reason = "no answer but ties yet" if sums.has_sides else "answers have no sides"
    return [share.scaled(2.0, shift=-1.0) for share in proportions(left, sided, level=level, reason=reason)]


@dataclass(frozen=True)
class _ReputationMeans:
    """The mean attentiveness by all of the evidence, by gold alone and by retests alone, (A,) each."""

    full: Floats
    gold_alone: Floats
    retests_alone: Floats


def _reputation_means(evidence: Evidence, pooled_posterior: Attentiveness) -> _ReputationMeans:
    def mean_by(*columns: slice) -> Floats:
        only = _likelihood_of_columns(evidence, columns, pooled_posterior.grouped_q)
        return only.attentiveness(reference=pooled_posterior).mean

    return _ReputationMeans(
        full=mean_by(slice(None)),
        gold_alone=mean_by(GOLD_COLUMNS),
        retests_alone=mean_by(OTHER_RETEST_COLUMNS, DECIDED_RETEST_COLUMNS),
    )


def _likelihood_of_columns(evidence: Evidence, columns: Sequence[slice], q: GroupedQ) -> Likelihood:
    """The likelihood of a part of the evidence, as if the rest had not been asked for."""
    counts = np.zeros_like(evidence.counts)
    for part in columns:
        counts[:, part] = evidence.counts[:, part]
    return likelihood(counts, evidence.guess_rates, q=q, decided_share=evidence.decided_share)


def _side_reasons(sums: Sums, a: int) -> list[str]:
    """Why retests in the same order tell less than others, or nothing."""
    evidence, same_order, total = sums.evidence, sums.counts.same_order[a], sums.counts.retests[a]
    owed = 0.0 if evidence.guess_rates.side is None else evidence.guess_rates.side[a]
    if not owed or not same_order:
        return []
    left, sided = int(sums.counts.left[a]), int(sums.counts.sided[a])
    side, share = ("left", left / sided) if 2 * left > sided else ("right", 1 - left / sided)
    shown = f"{same_order} of {total} repeats showed the sides in the same order"
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
