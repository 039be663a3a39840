"""What the annotators together prefer on an item, weighted by how attentive each is.

The annotator model (:mod:`ls_backend.measurement.attentiveness`) the other way round: the population's chance p of preferring the first
response gets a Beta(a, a) prior with q = E[(2p - 1)^2] = 1 / (2a + 1), uniform where q is not known (q = 1/3); an annotator of
attentiveness eta answers the first with chance eta p + (1 - eta) / 2; a tie tells half of each. The posterior is computed on a
grid over p. So one answer moves it little, disagreement keeps it near one half, and careless answers count for less. Unlike Dawid
and Skene's model it assumes no single true answer (`steadyhand study consensus` has both).
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import beta_cells, quantiles
from ls_backend.measurement.estimate import INTERVAL_LEVEL
from ls_backend.measurement.judgments import Judgments

CELLS = 40
EDGES: Floats = np.sin(np.arange(CELLS + 1) / CELLS * np.pi / 2) ** 2  # finest near 0 and 1, where decided items are
P: Floats = np.sin((np.arange(CELLS) + 0.5) / CELLS * np.pi / 2) ** 2
UNIFORM = 1 / 3
ITEMS = 1 << 14  # at a time: bounds the memory of the grid


@dataclass(frozen=True)
class Preferences:
    """By item, (I,): the chance that the first response is preferred, its interval, and the number of answers."""

    probability: Floats
    low: Floats
    high: Floats
    n: Ints

    def one_by_one(self) -> list["Consensus"]:
        columns = zip(*(c.tolist() for c in (self.probability, self.low, self.high, self.n)), strict=True)
        return [Consensus(*row) for row in columns]


def preferences(
    item: Ints, preference: Ints, eta: Floats, size: int, *, q: float = UNIFORM, level: float = INTERVAL_LEVEL
) -> Preferences:
    """Of ``size`` items from n answers: item, signed preference and the annotator's attentiveness, (n,) each."""
    order = np.argsort(item, kind="stable")
    item, side, eta = item[order], np.sign(preference[order]), eta[order]
    mean, low, high = (np.empty(size) for _ in range(3))
    a = max((1 / max(q, 0.01) - 1) / 2, 0.02)
    prior = np.log(beta_cells(0.5, 2 * a, EDGES))
    tail = (1 - level) / 2
    for start in range(0, size, ITEMS):
        end = min(start + ITEMS, size)
        rows = slice(*np.searchsorted(item, [start, end]))
        chance = eta[rows, None] * P + (1 - eta[rows, None]) / 2
        told = (1 + side[rows, None]) / 2 * np.log(chance) + (1 - side[rows, None]) / 2 * np.log(1 - chance)
        joint = np.tile(prior, (end - start, 1))
        answered, first = np.unique(item[rows] - start, return_index=True)
        if first.size:
            joint[answered] += np.add.reduceat(told, first, axis=0)
        joint = np.exp(joint - joint.max(axis=1, keepdims=True))
        joint /= joint.sum(axis=1, keepdims=True)
        mean[start:end] = joint @ P
        for end_of, turn in zip((low, high), quantiles(joint, (tail, 1 - tail)), strict=True):
            end_of[start:end] = np.sin(turn * np.pi / 2) ** 2
    return Preferences(mean, low, high, np.bincount(item, minlength=size).astype(np.int64))


@dataclass(frozen=True, slots=True)
class Consensus:
    """``probability`` that the first response is preferred, with its interval; ``n`` answers."""

    probability: float
    low: float
    high: float
    n: int

    @property
    def preferred(self) -> int:
        """+1, -1, or 0 for a tie."""
        beyond = self.probability - 0.5
        return 0 if abs(beyond) < 1e-9 else 1 if beyond > 0 else -1

    @property
    def score(self) -> float:
        """0 to 1: low where people disagree or few have answered. Sort by it to review where it pays."""
        return abs(2 * self.probability - 1)


def agreed(judgments: Judgments, eta: Floats, rows: Ints) -> dict[int, Consensus]:
    """By item (index into ``items``), from the judgments in some rows (m,): each annotator votes once, by the first of them. Only
    pairs have a consensus: answers of other tasks are compared, not merged into one."""
    if judgments.answers:
        return {}
    _, first = np.unique(judgments.annotator[rows] * len(judgments.items) + judgments.item[rows], return_index=True)
    rows = rows[first]
    shown, number = np.unique(judgments.item[rows], return_inverse=True)
    own = eta[judgments.annotator[rows]]
    found = preferences(number, judgments.preference[rows], own, shown.size)
    return dict(zip(shown.tolist(), found.one_by_one(), strict=True))
