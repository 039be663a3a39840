"""What the answers say of the items: how people prefer on each, how decided a project is, whether gold still works.

An item's preference probability is that of the weighted consensus (:mod:`ls_backend.analysis.consensus`). The
decidedness q = E[(2p - 1)^2] of a slice follows from pairs of answers of different annotators on an item, which agree with
chance (1 + eta_a eta_b (2p - 1)^2) / 2: the mean of 2 agree - 1, divided by that of eta_a eta_b (annotators of one taste;
different tastes make it a lower bound).

A gold item is worth keeping while it tells careful people from careless ones. ``discrimination`` is the point-biserial
correlation of being right on it with attentiveness (the classical item-rest correlation), ``difficulty`` the share of wrong
answers weighted by attentiveness, ``exposure`` how many have seen it. Retire: who is attentive often disagrees, or it is known
to most. Refresh: everybody gets it right, so it tells nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.analysis import consensus
from ls_backend.analysis.agreement import pairs_of
from ls_backend.analysis.consensus import UNIFORM, Preferences
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate
from ls_backend.measurement.gold import gold_answers
from ls_backend.measurement.judgments import GoldItem, Judgments

ENOUGH = 8
WRONG_TO_THE_ATTENTIVE = 0.25
EASY = 0.02
KNOWN_TO = 0.8


def preferences(judgments: Judgments, eta: Floats, *, q: float = UNIFORM, level: float = INTERVAL_LEVEL) -> Preferences:
    """Weighted consensus of all items at once; ``eta`` in [0, 1] by annotator (A,). First answers count."""
    kept = judgments.first_showings
    own = eta[judgments.annotator[kept]]
    return consensus.preferences(
        judgments.item[kept], judgments.preference[kept], own, len(judgments.items), q=q, level=level
    )


def decidedness(
    judgments: Judgments,
    eta: Floats,
    gold: Mapping[str, GoldItem],
    *,
    rng: np.random.Generator,
    level: float = INTERVAL_LEVEL,
) -> dict[str, Estimate]:
    """q of the project (``""``) and of each slice, with bootstrap intervals over items; ``eta`` (A,) by annotator."""
    a, b, item, same = pairs_of(judgments)
    ordinary = np.array([name not in gold for name in judgments.items], dtype=np.bool_)
    kept = ordinary[item]
    a, b, item, same = a[kept], b[kept], item[kept], same[kept]
    part = np.full(len(judgments.items), -1)
    part[judgments.item] = judgments.slice
    found = {}
    for name, mask in [("", np.ones(item.size, dtype=np.bool_))] + [
        (s, part[item] == k) for k, s in enumerate(judgments.slices) if (judgments.slice == k).any()
    ]:
        found[name] = _ratio(item[mask], 2.0 * same[mask] - 1, (eta[a] * eta[b])[mask], rng, level)
    return found


def _ratio(item: Ints, beyond: Floats, expected: Floats, rng: np.random.Generator, level: float) -> Estimate:
    names, code = np.unique(item, return_inverse=True)
    if names.size < 2 or expected.sum() <= 0:
        return Estimate.unknown("fewer than two items with two answers", n=int(names.size))
    top, bottom = np.bincount(code, beyond), np.bincount(code, expected)
    picked = rng.integers(0, names.size, (200, names.size))
    again = top[picked].sum(axis=1) / bottom[picked].sum(axis=1)
    tail = (1 - level) / 2
    value = float(np.clip(top.sum() / bottom.sum(), 0, 1))
    low, high = (float(np.clip(np.quantile(again, x), 0, 1)) for x in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value), int(names.size))


@dataclass(frozen=True, slots=True)
class GoldUse:
    """How a gold item does. ``advice`` is keep, refresh, retire or wait (too few have seen it), ``why`` the reason."""

    item: str
    exposure: int
    difficulty: float | None
    discrimination: float | None
    advice: str
    why: str


def gold_use(judgments: Judgments, gold: Mapping[str, GoldItem], eta: Floats) -> list[GoldUse]:
    """Every gold item that was shown, the ones to do something about first."""
    people = max(len(judgments.annotators), 1)
    found = []
    known = gold_answers(judgments, gold)
    item = judgments.item[known.row]
    for i in np.unique(item).tolist():
        mine = item == i
        care = eta[judgments.annotator[known.row[mine]]]
        found.append(_use(judgments.items[i], known.agreement[mine], care, people))
    rank = {"retire": 0, "refresh": 1, "keep": 2, "wait": 3}
    return sorted(found, key=lambda u: (rank[u.advice], u.item))


def _use(name: str, right: Floats, care: Floats, people: int) -> GoldUse:
    n = right.size
    if n < ENOUGH or care.sum() == 0:
        return GoldUse(name, n, None, None, "wait", f"{n} of {ENOUGH} answers needed")
    difficulty = float((care * (1 - right)).sum() / care.sum())
    spread = right.std() * care.std()
    together = float(np.cov(right, care, bias=True)[0, 1] / spread) if spread > 0 else None
    if difficulty > WRONG_TO_THE_ATTENTIVE and (together is None or together < 0.2):
        return GoldUse(
            name, n, difficulty, together, "retire", f"the attentive choose otherwise {difficulty:.0%} of the time"
        )
    if n >= KNOWN_TO * people and n >= 3 * ENOUGH:
        return GoldUse(name, n, difficulty, together, "retire", f"{n} of {people} annotators have seen it")
    if difficulty < EASY:
        return GoldUse(name, n, difficulty, together, "refresh", "everybody gets it right, careless or not")
    return GoldUse(name, n, difficulty, together, "keep", "it tells the careful from the careless")
