"""The pure entry: judgments, gold items and a contract in, one scorecard per annotator out.

A scorecard is a fold over the annotator's judgments, so edits, deletions, replays and catch-up need no special case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ls_backend.contracts.terms import Contract, Measured, Pay
from ls_backend.measurement import retests as retest
from ls_backend.measurement.attentiveness import GOLD, RETESTS, Anchor, Attentiveness, Likelihood, likelihood
from ls_backend.measurement.estimate import Estimate, proportions
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, gains, gather_evidence, measured, sum_checks
from ls_backend.measurement.judgments import Floats, GoldItem, Judgments
from ls_backend.measurement.reputation import Standing, moved_by, reputation, standings

LEVEL = 0.9
RESTS_ON = {
    Anchor.GOLD: "gold",
    Anchor.GIVEN: "the q that was given",
    Anchor.BEST: "the assumption that the best tenth are attentive",
    Anchor.NONE: "nothing: what stands here is a lower bound",
}
MOMENTS = (0.4, 0.6, 0.8)  # shares of an annotator's judgments at which the standing is looked at, before now


@dataclass(frozen=True, slots=True)
class MeasurementOptions:
    """How attentiveness is measured. ``q`` is how decided preferences are, if known (else it is estimated where gold anchors the
    scale); ``best`` takes the best to be attentive where neither is there; with a ``half_life``, in own judgments, older
    evidence weighs less. Pay knows q alone: it must not depend on who else works, nor fade."""

    q: float | None = None
    best: bool = False
    half_life: float | None = None


@dataclass(frozen=True)
class Scorecard:
    """How one annotator stands. Estimates carry 90 % intervals; ``reasons`` says why something is not known or paid;
    ``weighted_consistency`` gives credit for neighbours on a scale, ``kappa`` is that beyond chance; ``anchor`` is what the scale
    of attentiveness rests on; ``bonus_minor`` is what is not settled yet, ``settled_minor`` what is."""

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

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the keys of ``steadyhand score --json``."""
        return {
            "annotator": self.annotator,
            "judgments": self.judgments,
            "retests": self.retests,
            "self_consistency": self.self_consistency.as_dict(),
            "weighted_consistency": self.weighted_consistency.as_dict(),
            "kappa": self.kappa.as_dict(),
            "gold": self.gold.as_dict(),
            "position_bias": self.position_bias.as_dict(),
            "attentiveness": self.attentiveness.as_dict(),
            "anchor": self.anchor.value,
            "reputation": self.reputation.as_dict(),
            "standing": self.standing.value,
            "bonus_minor": self.bonus_minor,
            "settled_minor": self.settled_minor,
            "currency": self.currency,
            "reasons": list(self.reasons),
        }


def scorecards(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    contract: Contract,
    *,
    min_lag: int = 0,
    measurement: MeasurementOptions | None = None,
    level: float = LEVEL,
    since: float = -np.inf,
    settled: Mapping[str, int] | None = None,
    others: Mapping[str, Contract] | None = None,
) -> list[Scorecard]:
    """Score every annotator, in the order of ``judgments.annotators``.

    ``min_lag`` is the least number of own judgments between the showings of a retest for it to count. The bonus is that of
    the judgments from ``since`` on, for which nothing is settled yet; ``settled`` is what is, in minor units; ``others`` are
    contracts of single annotators, in a pilot.
    """
    how = measurement or MeasurementOptions()
    checks = find_checks(judgments, gold, min_lag=min_lag)
    everything = gather_evidence(judgments, gold, checks=checks)
    fading = (
        everything
        if how.half_life is None
        else gather_evidence(judgments, gold, checks=checks, half_life=how.half_life)
    )
    seen = fading.likelihood(q=how.q, best=how.best)
    model = seen.attentiveness(level=level, pooled=True)
    plain = seen if fading is everything and not how.best else everything.likelihood(q=how.q)
    flat = plain.attentiveness()
    paid = pay(
        judgments, gold, contract, min_lag=min_lag, start=since, q=how.q, others=others, checks=checks, flat=flat
    )
    before = [_at(judgments, checks, share, how).attentiveness(level=level, like=model) for share in MOMENTS]
    told = tuple(_only(fading, kept, model.q).attentiveness(like=model).mean for kept in (slice(None), GOLD, RETESTS))

    consistency = proportions(everything.same, everything.retests, level=level, reason="no retest answered yet")
    weighted, kappa = _on_scale(judgments, everything, min_lag=min_lag, level=level, plain=consistency)
    accuracy = proportions(everything.right, everything.shown, level=level, reason="no gold item answered yet")
    left, sided = judgments.left
    sides = "answers have no sides" if judgments.answers else "no answer but ties yet"
    bias = proportions(left, sided, level=level, reason=sides)

    low, n = (np.stack([getattr(m, name) for m in (*before, model)]) for name in ("low", "n"))
    standing = standings(100 * low, n, minimum=contract.minimum.monitored)

    cards = []
    for a, (name, done) in enumerate(zip(judgments.annotators, judgments.counts, strict=True)):
        attentive, bound = _attentiveness(model, a)
        rep = reputation(bound)
        notes = [
            f"{what}: {e.reason}"
            for what, e in (
                ("self_consistency", consistency[a]),
                ("gold", accuracy[a]),
                ("attentiveness", attentive),
                ("reputation", rep),
            )
            if e.reason
        ]
        cards.append(
            Scorecard(
                annotator=name,
                judgments=int(done),
                retests=int(everything.retests[a]),
                self_consistency=consistency[a],
                weighted_consistency=weighted[a],
                kappa=kappa[a],
                gold=accuracy[a],
                position_bias=bias[a].scaled(2.0, shift=-1.0),
                attentiveness=attentive,
                anchor=model.anchor,
                reputation=rep,
                standing=standing[a],
                bonus_minor=paid[name][1].bonus.minor,
                settled_minor=(settled or {}).get(name, 0),
                currency=contract.currency,
                reasons=(*notes, *_moved(told, everything, a), f"bonus: {paid[name][1].bonus.reason}"),
            )
        )
    return cards


def pay(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    contract: Contract,
    *,
    min_lag: int,
    start: float = -np.inf,
    end: float = np.inf,
    q: float | None = None,
    best: Mapping[str, float] | None = None,
    others: Mapping[str, Contract] | None = None,
    checks: Checks | None = None,
    flat: Attentiveness | None = None,
) -> dict[str, tuple[Measured, Pay]]:
    """What each annotator earns from ``start`` (included) to ``end`` (not), and what it was measured by.

    ``judgments`` are all there are up to ``end``, for a retest's first showing may lie before ``start``; ``best`` are scores of
    earlier periods, for the improvement bonus; ``checks`` are all checks, and ``flat`` their posterior by the uniform prior, where
    they are at hand.
    """
    checks = checks or find_checks(judgments, gold, min_lag=min_lag)
    everything = gather_evidence(judgments, gold, checks=checks)
    flat = flat or everything.attentiveness(q=q)
    decided = flat.q if flat.anchor is Anchor.GOLD else q
    part = (judgments.at >= start) & (judgments.at < end)
    within = everything if part.all() else gather_evidence(judgments, gold, checks=checks, part=part)
    seen = measured(within, within.attentiveness(q=decided))
    if contract.improvement and best:
        measure = contract.bonus_terms.measure
        gained = gains(judgments, gold, part, best, measure=measure, checks=checks, q=decided)
        seen = [replace(m, gain=g) for m, g in zip(seen, gained, strict=True)]
    own = others or {}
    return {name: (m, own.get(name, contract).pay(m)) for name, m in zip(judgments.annotators, seen, strict=True)}


def _at(judgments: Judgments, checks: Checks, share: float, how: MeasurementOptions) -> Evidence:
    """Evidence of each annotator's first ``share`` of the judgments, as it was then."""
    done = np.ceil(share * judgments.counts)
    position = checks.row - judgments.starts[checks.annotator]
    left = done[checks.annotator] - 1 - position
    weight = None if how.half_life is None else 0.5 ** (np.maximum(left, 0) / how.half_life)
    return sum_checks(checks, done, left >= 0, weight)


def _on_scale(
    judgments: Judgments, everything: Evidence, *, min_lag: int, level: float, plain: list[Estimate]
) -> tuple[list[Estimate], list[Estimate]]:
    """Self-consistency with credit for neighbours on the scale, and that beyond chance."""
    people = len(judgments.annotators)
    weighted = plain
    if not judgments.answers and judgments.values.size > 3:
        pairs = retest.retests(judgments, min_lag=min_lag)
        near = np.bincount(pairs.annotator, retest.near(judgments, pairs.first, pairs.again), minlength=people)
        weighted = proportions(near, everything.retests, level=level, reason="no retest answered yet")
    chance = retest.chance_agreement(judgments)
    kappa = [
        e.scaled(1 / (1 - c), shift=-c / (1 - c)) if c < 1 else Estimate.unknown("always the same answer", n=e.n)
        for e, c in zip(weighted, chance.tolist(), strict=True)
    ]
    return weighted, kappa


def _only(seen: Evidence, kept: slice, q: float) -> Likelihood:
    """Of a part of the evidence, as if the rest had not been asked for."""
    counts = np.zeros_like(seen.counts)
    counts[:, kept] = seen.counts[:, kept]
    return likelihood(counts, seen.guess_rates, q=q)


def _moved(told: tuple[Floats, ...], seen: Evidence, a: int) -> list[str]:
    """What each kind of evidence does to the reputation: by all of it, beside gold alone and retests alone."""
    full, without_retests, without_gold = (100 * float(mean[a]) for mean in told)
    found = []
    for before, what, hits, shown in (
        (without_retests, "repeated items the same", seen.same[a], seen.retests[a]),
        (without_gold, "known answers chosen", seen.right[a], seen.shown[a]),
    ):
        if shown:
            text = moved_by(full, before, what=what, hits=round(float(hits), 1), shown=int(shown))
            found.append(f"reputation: {text}")
    return found


def _attentiveness(model: Attentiveness, a: int) -> tuple[Estimate, Estimate]:
    """The estimate, and what reputation and pay may rest on: the same, or its lower bound without an anchor."""
    n = int(model.n[a])
    if not n:
        nothing = Estimate.unknown("no monitored answer yet")
        return nothing, nothing
    known = Estimate(float(model.mean[a]), float(model.low[a]), float(model.high[a]), n)
    if model.anchor is Anchor.GOLD:
        return known, known
    if model.anchor is not Anchor.NONE:
        return replace(known, reason=f"its scale rests on {RESTS_ON[model.anchor]}"), known
    unanchored = "no gold item and no q given, so its scale is not known; the reputation rests on a lower bound"
    return Estimate.unknown(unanchored, n=n), known
