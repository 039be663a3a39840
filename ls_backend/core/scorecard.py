"""The pure entry: judgments, gold items and a contract in, one scorecard per annotator out.

A scorecard is a fold over the annotator's judgments, so edits, deletions, replays and catch-up need no special case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ls_backend.contracts.terms import Contract, Measured
from ls_backend.core import gold as gold_items
from ls_backend.core import retest
from ls_backend.core.attention import Anchor, Attention, attention
from ls_backend.core.estimate import Estimate, proportions
from ls_backend.core.judgments import GoldItem, Judgments
from ls_backend.core.reputation import Standing, reputation, standing

LEVEL = 0.9


@dataclass(frozen=True)
class Scorecard:
    """How one annotator stands. Estimates carry 90 % intervals; ``reasons`` says why something is not known or paid."""

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
) -> list[Scorecard]:
    """Score every annotator, in the order of ``judgments.annotators``.

    ``min_lag`` is the least number of own judgments between the showings of a retest for it to count; ``q`` is how
    decided preferences are, if known (else it is estimated where gold anchors the scale).
    """
    people = len(judgments.annotators)
    pairs = retest.retests(judgments, min_lag=min_lag)
    shown_again = np.bincount(pairs.annotator, minlength=people).astype(np.int64)
    same = np.bincount(pairs.annotator[pairs.same], minlength=people).astype(np.int64)
    gold_counts = gold_items.evidence(judgments, gold)
    model = attention(retest.evidence(judgments, pairs), gold_counts, level=level, q=q)

    consistency = proportions(same, shown_again, level=level, reason="no retest answered yet")
    accuracy = proportions(
        gold_counts[:, 0] + gold_counts[:, 2], gold_counts.sum(axis=1), level=level, reason="no gold item answered yet"
    )
    left = np.bincount(judgments.annotator[judgments.picked_left > 0], minlength=people).astype(np.int64)
    right = np.bincount(judgments.annotator[judgments.picked_left < 0], minlength=people).astype(np.int64)
    bias = proportions(left, left + right, level=level, reason="no answer but ties yet")

    cards = []
    for a, (name, done) in enumerate(zip(judgments.annotators, judgments.counts, strict=True)):
        attentive, bound = _attentiveness(model, a)
        rep = reputation(bound)
        measured = Measured(
            judgments=int(done),
            monitored=int(model.n[a]),
            self_consistency=consistency[a].value,
            gold=accuracy[a].value,
            attentiveness=bound.value,
        )
        bonus = contract.bonus(measured)
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
                retests=int(shown_again[a]),
                self_consistency=consistency[a],
                gold=accuracy[a],
                position_bias=bias[a].scaled(2.0, shift=-1.0),
                attentiveness=attentive,
                reputation=rep,
                standing=standing(rep, minimum=contract.minimum.monitored),
                bonus_minor=bonus.minor,
                currency=contract.currency,
                reasons=(*notes, f"bonus: {bonus.reason}"),
            )
        )
    return cards


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
