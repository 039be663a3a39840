"""The pure entry: judgments, gold items and a contract in, one scorecard per annotator out.

A scorecard is a fold over the annotator's judgments, so edits, deletions, replays and catch-up need no special case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ls_backend.contracts.terms import Contract, Measured, Pay
from ls_backend.core import retest
from ls_backend.core.attention import Anchor, Attention, attention
from ls_backend.core.estimate import Estimate, proportions
from ls_backend.core.evidence import Evidence, collect, gains, measured
from ls_backend.core.judgments import Floats, GoldItem, Judgments
from ls_backend.core.reputation import Standing, moved_by, reputation, standing_over

LEVEL = 0.9
MOMENTS = (0.4, 0.6, 0.8)  # shares of an annotator's judgments at which the standing is looked at, before now


@dataclass(frozen=True)
class Scorecard:
    """How one annotator stands. Estimates carry 90 % intervals; ``reasons`` says why something is not known or paid;
    ``bonus_minor`` is what is not settled yet, ``settled_minor`` what is."""

    annotator: str
    judgments: int
    retests: int
    self_consistency: Estimate
    gold: Estimate
    position_bias: Estimate
    attentiveness: Estimate
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
            "gold": self.gold.as_dict(),
            "position_bias": self.position_bias.as_dict(),
            "attentiveness": self.attentiveness.as_dict(),
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
    q: float | None = None,
    level: float = LEVEL,
    since: float = -np.inf,
    settled: Mapping[str, int] | None = None,
    others: Mapping[str, Contract] | None = None,
) -> list[Scorecard]:
    """Score every annotator, in the order of ``judgments.annotators``.

    ``min_lag`` is the least number of own judgments between the showings of a retest for it to count; ``q`` is how
    decided preferences are, if known (else it is estimated where gold anchors the scale). The bonus is that of the
    judgments from ``since`` on, for which nothing is settled yet; ``settled`` is what is, in minor units;
    ``others`` are contracts of single annotators, in a pilot.
    """
    people = len(judgments.annotators)
    pairs = retest.retests(judgments, min_lag=min_lag)
    everything = collect(judgments, gold, pairs=pairs)
    model = everything.attention(level=level, q=q, pooled=True)
    paid = pay(judgments, gold, contract, min_lag=min_lag, start=since, q=q, others=others, whole=everything)
    earlier = [_until(judgments, gold, share, pairs) for share in MOMENTS]
    before = [attention(e.outcomes, e.gold, level=level, like=model) for e in earlier]
    without = (
        attention(np.zeros_like(everything.outcomes), everything.gold, like=model).mean,
        attention(everything.outcomes, np.zeros_like(everything.gold), like=model).mean,
    )

    consistency = proportions(everything.same, everything.retests, level=level, reason="no retest answered yet")
    accuracy = proportions(
        everything.right, everything.gold.sum(axis=1), level=level, reason="no gold item answered yet"
    )
    picks = judgments.picked_left
    left, shown = (
        np.bincount(judgments.annotator[mask], minlength=people).astype(np.int64) for mask in (picks > 0, picks != 0)
    )
    bias = proportions(left, shown, level=level, reason="no answer but ties yet")

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
                gold=accuracy[a],
                position_bias=bias[a].scaled(2.0, shift=-1.0),
                attentiveness=attentive,
                reputation=rep,
                standing=standing_over(
                    [reputation(_attentiveness(m, a)[1]) for m in before] + [rep],
                    minimum=contract.minimum.monitored,
                ),
                bonus_minor=paid[name][1].bonus.minor,
                settled_minor=(settled or {}).get(name, 0),
                currency=contract.currency,
                reasons=(*notes, *_moved(model, without, everything, a), f"bonus: {paid[name][1].bonus.reason}"),
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
    whole: Evidence | None = None,
    others: Mapping[str, Contract] | None = None,
) -> dict[str, tuple[Measured, Pay]]:
    """What each annotator earns from ``start`` (included) to ``end`` (not), and what it was measured by.

    ``judgments`` are all there are up to ``end``, for a retest's first showing may lie before ``start``; ``best`` are scores of
    earlier periods, for the improvement bonus; ``whole`` is the evidence of all judgments, where it is at hand.
    """
    everything = whole or collect(judgments, gold, min_lag=min_lag)
    flat = everything.attention(q=q)
    decided = flat.q if flat.anchor is Anchor.GOLD else q
    part = (judgments.at >= start) & (judgments.at < end)
    found = everything if part.all() else collect(judgments, gold, min_lag=min_lag, part=part)
    seen = measured(found, found.attention(q=decided))
    if contract.improvement and best:
        measure = contract.bonus_terms.measure
        gained = gains(judgments, gold, part, best, measure=measure, min_lag=min_lag, q=decided)
        seen = [replace(m, gain=g) for m, g in zip(seen, gained, strict=True)]
    own = others or {}
    return {name: (m, own.get(name, contract).pay(m)) for name, m in zip(judgments.annotators, seen, strict=True)}


def _until(judgments: Judgments, gold: Mapping[str, GoldItem], share: float, pairs: retest.Retests) -> Evidence:
    """Evidence of each annotator's first ``share`` of the judgments."""
    early = judgments.position < share * judgments.counts[judgments.annotator]
    return collect(judgments, gold, part=early, pairs=pairs)


def _moved(model: Attention, without: tuple[Floats, Floats], seen: Evidence, a: int) -> list[str]:
    """What each kind of evidence does to the reputation, beside the one without retests and that without gold."""
    without_retests, without_gold = (100 * float(mean[a]) for mean in without)
    full, found = 100 * float(model.mean[a]), []
    if seen.retests[a]:
        text = moved_by(
            full, without_retests, what="repeated pairs the same", hits=int(seen.same[a]), shown=int(seen.retests[a])
        )
        found.append(f"reputation: {text}")
    shown = int(seen.gold[a].sum())
    if shown:
        text = moved_by(full, without_gold, what="known answers chosen", hits=int(seen.right[a]), shown=shown)
        found.append(f"reputation: {text}")
    return found


def _attentiveness(model: Attention, a: int) -> tuple[Estimate, Estimate]:
    """The estimate, and what reputation and pay may rest on: the same, or its lower bound without an anchor."""
    n = int(model.n[a])
    if not n:
        nothing = Estimate.unknown("no monitored answer yet")
        return nothing, nothing
    known = Estimate(float(model.mean[a]), float(model.low[a]), float(model.high[a]), n)
    if model.anchor is not Anchor.NONE:
        return known, known
    unanchored = "no gold item and no q given, so its scale is not known; the reputation rests on a lower bound"
    return Estimate.unknown(unanchored, n=n), known
