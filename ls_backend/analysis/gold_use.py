"""Whether a gold item still works: it is worth keeping while it tells careful annotators from careless ones.

``discrimination`` is the point-biserial correlation of being right on the item with attentiveness (the classical item-rest
correlation), ``difficulty`` the share of wrong answers weighted by attentiveness, ``exposure`` how many annotators have
answered it. Retire an item on which attentive annotators often disagree with the known answer, or which most annotators know
by now. Refresh one that everybody gets right: it tells nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.measurement.gold import gold_answers
from ls_backend.measurement.judgments import GoldItem, Judgments

ANSWERS_NEEDED = 8
TOO_DIFFICULT = 0.25  # share of wrong answers of attentive annotators
TOO_EASY = 0.02
DISCRIMINATES = 0.2  # correlation from which a difficult item is worth keeping
TOO_MANY_KNOW_IT = 0.8  # share of the annotators


class GoldAdvice(StrEnum):
    """What to do with a gold item, the most urgent first."""

    RETIRE = "retire"
    REFRESH = "refresh"
    KEEP = "keep"
    WAIT = "wait"


URGENCY = list(GoldAdvice)


@dataclass(frozen=True, slots=True)
class GoldUse:
    """How a gold item does. The advice is to wait while too few have answered it; ``why`` is the reason for the advice."""

    item: str
    exposure: int
    difficulty: float | None
    discrimination: float | None
    advice: GoldAdvice
    why: str

    @property
    def is_outdated(self) -> bool:
        return self.advice in (GoldAdvice.RETIRE, GoldAdvice.REFRESH)


def gold_use(judgments: Judgments, gold: Mapping[str, GoldItem], eta: Floats, *, people: int) -> list[GoldUse]:
    """Every gold item that was answered, in order; ``eta`` is attentiveness by annotator (A,), ``people`` how many annotators there are in
    all."""
    on_gold = gold_answers(judgments, gold)
    item = judgments.item[on_gold.row]
    order = np.argsort(item, kind="stable")  # by annotator on each item
    right, own = on_gold.agreement[order], eta[judgments.annotator[on_gold.row[order]]]
    items, start = np.unique(item[order], return_index=True)
    edges = [*start.tolist(), order.size]
    return [
        _use(judgments.items[i], right[begin:end], own[begin:end], max(people, 1))
        for i, (begin, end) in zip(items.tolist(), pairwise(edges), strict=True)
    ]


def most_urgent_first(uses: Iterable[GoldUse]) -> list[GoldUse]:
    """Those that need action first."""
    return sorted(uses, key=lambda use: (URGENCY.index(use.advice), use.item))


def _use(item: str, right: Floats, eta: Floats, people: int) -> GoldUse:
    """The use of one item, from how right its answers were and the attentiveness of who gave them, (m,) each."""
    n = right.size
    if n < ANSWERS_NEEDED or eta.sum() == 0:
        return GoldUse(item, n, None, None, GoldAdvice.WAIT, f"{n} of {ANSWERS_NEEDED} answers needed")
    difficulty = float((eta * (1 - right)).sum() / eta.sum())
    discrimination = _correlation(right, eta)
    advice, why = _advice(n, difficulty, discrimination, people)
    return GoldUse(item, n, difficulty, discrimination, advice, why)


def _correlation(right: Floats, eta: Floats) -> float | None:
    """None where all are equally right, or equally attentive."""
    spread = right.std() * eta.std()
    return float(((right - right.mean()) * (eta - eta.mean())).mean() / spread) if spread > 0 else None


def _advice(n: int, difficulty: float, discrimination: float | None, people: int) -> tuple[GoldAdvice, str]:
    discriminates = discrimination is not None and discrimination >= DISCRIMINATES
    if difficulty > TOO_DIFFICULT and not discriminates:
        return GoldAdvice.RETIRE, f"attentive annotators choose otherwise {difficulty:.0%} of the time"
    if n >= TOO_MANY_KNOW_IT * people and n >= 3 * ANSWERS_NEEDED:
        return GoldAdvice.RETIRE, f"{n} of {people} annotators have answered it"
    if discriminates:
        return GoldAdvice.KEEP, "it tells careful annotators from careless ones"
    if difficulty < TOO_EASY:
        return GoldAdvice.REFRESH, "everybody gets it right, careless or not"
    return GoldAdvice.KEEP, f"attentive annotators get it wrong {difficulty:.0%} of the time"
