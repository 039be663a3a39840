"""What the annotators together prefer on an item, weighted by how attentive each is.

The annotator model (:mod:`ls_backend.measurement.attentiveness`) the other way round: the population's chance p of preferring
the first response has a Beta(a, a) prior with q = E[(2p - 1)^2] = 1 / (2a + 1), uniform where q is not known (q = 1/3). An
annotator of attentiveness eta answers the first with chance eta p + (1 - eta) / 2; a tie counts half for each. The posterior is
computed on a grid over p. So one answer moves it little, disagreement keeps it near one half, and careless answers count for
less. Unlike Dawid and Skene's model it assumes no single true answer (`steadyhand study consensus` compares both).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import beta_cells, quantiles
from ls_backend.measurement.estimate import INTERVAL_LEVEL
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import Scorecard

GRID = 40
EDGES: Floats = np.sin(np.arange(GRID + 1) / GRID * np.pi / 2) ** 2  # finest near 0 and 1, where decided items are
P: Floats = np.sin((np.arange(GRID) + 0.5) / GRID * np.pi / 2) ** 2
Q_OF_UNIFORM = 1 / 3
ITEMS_AT_A_TIME = 1 << 14  # bounds the memory of the grid


PRIOR_WEIGHT = 0.5  # of a vote whose annotator's reputation is not known yet


def weights_of(cards: Iterable[Scorecard], annotators: Sequence[str]) -> Floats:
    """How much each annotator's vote counts, (A,): the reputation as a share, where it is known."""
    reputation = {card.annotator: card.reputation.value for card in cards}
    values = (reputation.get(annotator) for annotator in annotators)
    return np.array([PRIOR_WEIGHT if value is None else value / 100 for value in values])


@dataclass(frozen=True, slots=True)
class Consensus:
    """On one item: the ``probability`` that the first response is preferred, with its interval, from ``n`` answers."""

    probability: float
    low: float
    high: float
    n: int

    @property
    def preferred(self) -> int:
        """+1, -1, or 0 for a tie."""
        beyond_half = self.probability - 0.5
        return 0 if abs(beyond_half) < 1e-9 else 1 if beyond_half > 0 else -1

    @property
    def score(self) -> float:
        """0 to 1: low where people disagree or few have answered. Sort by it to review where it pays."""
        return abs(2 * self.probability - 1)


@dataclass(frozen=True)
class ConsensusColumns:
    """The consensus on many items, as columns (I,). ``first_better`` is how sure it is that more than half prefer the first
    response; ``decidedness`` is what is to be expected of (2p - 1)^2."""

    probability: Floats
    low: Floats
    high: Floats
    n: Ints
    first_better: Floats
    decidedness: Floats

    def rows(self) -> list[Consensus]:
        columns = zip(*(c.tolist() for c in (self.probability, self.low, self.high, self.n)), strict=True)
        return [Consensus(*row) for row in columns]


@dataclass(frozen=True)
class Votes:
    """Answers on pairs as columns (n,): the ``item`` from 0, the signed ``preference``, and the annotator's attentiveness
    ``eta`` in [0, 1]."""

    item: Ints
    preference: Ints
    eta: Floats


def consensus_of_votes(
    votes: Votes, items: int, *, q: float = Q_OF_UNIFORM, level: float = INTERVAL_LEVEL
) -> ConsensusColumns:
    """The consensus on so many ``items``; an item without votes has that of the prior."""
    order = np.argsort(votes.item, kind="stable")
    item, side, eta = votes.item[order], np.sign(votes.preference[order]), votes.eta[order]
    mean, low, high, first_better, decidedness = (np.empty(items) for _ in range(5))
    a = max((1 / max(q, 0.01) - 1) / 2, 0.02)
    log_prior = np.log(beta_cells(0.5, 2 * a, EDGES))
    tail = (1 - level) / 2
    for start in range(0, items, ITEMS_AT_A_TIME):
        end = min(start + ITEMS_AT_A_TIME, items)
        rows = slice(*np.searchsorted(item, [start, end]))
        posterior = _posterior(item[rows] - start, side[rows], eta[rows], end - start, log_prior)
        mean[start:end] = (posterior * P).sum(axis=1)  # by hand, so that a part of the items gives the same bits
        first_better[start:end] = posterior[:, GRID // 2 :].sum(axis=1)
        decidedness[start:end] = (posterior * (2 * P - 1) ** 2).sum(axis=1)
        for bound, place in zip((low, high), quantiles(posterior, (tail, 1 - tail)), strict=True):
            bound[start:end] = np.sin(place * np.pi / 2) ** 2
    n = np.bincount(item, minlength=items).astype(np.int64)
    return ConsensusColumns(mean, low, high, n, first_better, decidedness)


def _posterior(item: Ints, side: Ints, eta: Floats, items: int, log_prior: Floats) -> Floats:
    """The posterior over :data:`P` of each item, (items, cells), from votes (n,) sorted by item."""
    chance = eta[:, None] * P + (1 - eta[:, None]) / 2
    for_first = (1 + side[:, None]) / 2
    log_likelihood = for_first * np.log(chance) + (1 - for_first) * np.log(1 - chance)
    log_posterior = np.tile(log_prior, (items, 1))
    answered, first = np.unique(item, return_index=True)
    if first.size:
        log_posterior[answered] += np.add.reduceat(log_likelihood, first, axis=0)
    posterior = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    return np.asarray(posterior / posterior.sum(axis=1, keepdims=True))


def consensus_of_items(
    judgments: Judgments, eta: Floats, *, q: float = Q_OF_UNIFORM, level: float = INTERVAL_LEVEL
) -> ConsensusColumns:
    """The consensus on all items, from first answers; ``eta`` in [0, 1] by annotator (A,)."""
    first = judgments.first_showings
    votes = Votes(judgments.item[first], judgments.preference[first], eta[judgments.annotator[first]])
    return consensus_of_votes(votes, len(judgments.items), q=q, level=level)


def consensus_by_item(judgments: Judgments, eta: Floats, rows: Ints) -> dict[int, Consensus]:
    """By item (index into ``items``), from the judgments in some rows (m,): each annotator votes once, by the first of them.

    Only pairs have a consensus: answers of other tasks are compared, not merged into one.
    """
    if judgments.answers:
        return {}
    _, first = np.unique(judgments.annotator[rows] * len(judgments.items) + judgments.item[rows], return_index=True)
    rows = rows[first]
    items, code = np.unique(judgments.item[rows], return_inverse=True)
    votes = Votes(code, judgments.preference[rows], eta[judgments.annotator[rows]])
    return dict(zip(items.tolist(), consensus_of_votes(votes, items.size).rows(), strict=True))
