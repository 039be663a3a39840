"""The annotator model: how attentive is somebody whose answers have no truth to be checked against?

Model (*How Humans Help LLMs*, arXiv 2502.06387, section 3; position bias and ties added): on a pair with preference
probability p, this annotator's own chance of preferring the first response, an annotator of attentiveness ``eta`` answers by
p with probability eta and guesses otherwise; a guess picks the left side with probability ``lam``.
With q = E[(2p - 1)^2], how decided the preferences are:

- swapped retest: both left    eta^2 (1-q)/4 + eta (1-eta) lam     + (1-eta)^2 lam^2
                  both right   eta^2 (1-q)/4 + eta (1-eta) (1-lam) + (1-eta)^2 (1-lam)^2
                  same         the rest; (1 + eta^2 q) / 2 where lam = 1/2
- same order:     same         eta^2 (1+q)/2 + eta (1-eta) + (1-eta)^2 (lam^2 + (1-lam)^2)
- gold:           chosen       eta (1+r)/2 + (1-eta) lam, or (1-lam) where it stood right;
                               (1 + eta r) / 2 where lam = 1/2

``r`` is how certain gold is: 1 where nobody attentive would answer otherwise.

*K options.* An attentive answer is option k with probability p_k of mean pi_k and second moment
E[p_j p_k] = pi_j pi_k (1 - q) + (pi_k q where j = k), the moments of a Dirichlet distribution; a guess is k with probability
pi_k. Then P(same) = C + (1 - C) eta^2 q with C = sum of pi_k^2: 1/K + (1 - 1/K) eta^2 q where the options are equally likely,
and (1 + eta^2 q) / 2 for two of them.

- *Ties* of pairs are a third option, with the annotator's own share t of ties as its pi: both answers are ties with probability
  t^2 + t (1-t) eta^2 q, one of them with 2 t (1-t) (1 - eta^2 q), and sides share the rest as above. Who always ties repeats
  everything and is known no better for it.
- *Other tasks* (:mod:`ls_backend.measurement.similarity`): a retest agrees to a degree s in [0, 1] with mean c + (1 - c) eta^2 q, where
  c is how alike the annotator's own answers to different items are; on gold the mean is g + (1 - g) eta r, g being how like the
  known answers the annotator's answers to other items are. The likelihood is that of s agreements and 1 - s disagreements,
  which is careful: no other variable in [0, 1] of that mean varies as much.

Identifiability: retests alone tell eta^2 q, so the scale of eta comes from gold, or from a given q, or from the assumption
that the best are attentive (the best tenth, by the pooled prior, at :data:`ATTENTIVE`). Without any of them, only the bound
eta >= sqrt(2A - 1), A the chance of the same answer, is known: it is what q = 1 gives.

The posterior is computed on a grid over (eta, lam) for each annotator and over q for the project, with a uniform prior on q
and a prior on lam that is three parts Beta(30, 30) (most people's guesses favour no side) and one part uniform. The prior on
eta is uniform, or ``pooled``: a Beta distribution fitted to the project, in that its parameters have a grid of their own, over
which the posterior is averaged by how well each explains everybody's evidence (empirical Bayes that does not pretend to know
the prior of a small project). On that grid lies the usual vague prior, (a + b)^(-5/2) by Beta(a, b) (Gelman et al., Bayesian
Data Analysis, 3rd edition, section 5.3): uniform in the mean, and (a + b)^(-1/2) by the logarithm of a + b. Pay uses the uniform one, so that nobody's pay depends on who else works; reputation the pooled
one. Limits: eta is taken as constant over the evidence given, and an annotator's two answers on an item as independent given p
(a minimum lag is there to make that so).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import betainc, logsumexp

from ls_backend.arrays import Floats, Ints

ETA: Floats = (np.arange(100) + 0.5) / 100
LAM_EDGES: Floats = np.array([0, 0.06, 0.18, 0.32, 0.45, 0.55, 0.68, 0.82, 0.94, 1])
LAM: Floats = (LAM_EDGES[1:] + LAM_EDGES[:-1]) / 2  # finest where guesses favour no side, or one
Q: Floats = np.arange(1, 11) / 10
TIE_STEPS = 20  # an annotator's share of ties is rounded up to one of them
ATTENTIVE = 0.95
BEST = 0.9
SAME, LEFT, RIGHT, SAME_ORDER, OTHER_ORDER, TIES, TIE, GOLD_LEFT, NOT_LEFT, GOLD_RIGHT, NOT_RIGHT = range(11)
COLUMNS = 11
GOLD = slice(GOLD_LEFT, COLUMNS)
RETESTS = slice(0, GOLD_LEFT)


def beta_cells(mean: float, weight: float, edges: Floats) -> Floats:
    """A Beta distribution on cells of [0, 1], by its mean and the sum of its parameters."""
    return np.asarray(np.maximum(np.diff(betainc(mean * weight, (1 - mean) * weight, edges)), 1e-12))


EDGES: Floats = np.arange(ETA.size + 1) / ETA.size
SHAPES = [(mean / 20, 0.75 * 1.6**step) for mean in range(4, 20) for step in range(8)]  # mean and a + b
POOLED: Floats = np.stack([beta_cells(mean, weight, EDGES) for mean, weight in SHAPES])
FLAT: Floats = np.full((1, ETA.size), 1 / ETA.size)
PRIOR_LAM: Floats = 0.75 * beta_cells(0.5, 60.0, LAM_EDGES) + 0.25 * (LAM_EDGES[1:] - LAM_EDGES[:-1])
PRIORS: Floats = np.vstack([FLAT, POOLED])
LOG_HYPER: Floats = np.array([0.0, *(-0.5 * np.log(weight) for _, weight in SHAPES)])
HOPELESS = 16.0
PROJECTION: Floats = np.random.default_rng(1).random(COLUMNS + 2)
CHUNK = 64  # annotators at a time: their grid stays in the processor's cache


class Anchor(StrEnum):
    """What fixes the scale of attentiveness."""

    GOLD = "gold"
    GIVEN = "given"
    BEST = "best"
    NONE = "none"


@dataclass(frozen=True)
class GuessRates:
    """What is known of everybody's guesses, (A,) each: the share of ``ties`` among answers on pairs; or, in other tasks, how often
    answers to different items are the ``same``, and how often one is ``right`` for another item's gold."""

    ties: Floats | None = None
    same: Floats | None = None
    right: Floats | None = None

    @property
    def chances(self) -> tuple[Floats, Floats]:
        """How often a guess agrees on a retest, and on gold, (A,) each."""
        if self.same is not None and self.right is not None:
            return self.same, self.right
        ties = np.zeros(1) if self.ties is None else self.ties
        return ties**2 + (1 - ties) ** 2 / 2, (1 - ties) / 2


@dataclass(frozen=True)
class Attentiveness:
    """Posterior of attentiveness over A annotators: ``mean``, ``low``, ``high`` and ``n`` (monitored answers), each of
    shape (A,), the project's ``q`` (posterior mean), what anchors the scale, the ``posterior`` (A, cells of
    :data:`ETA`) itself, and the ``prior`` (cells,), fitted where it was to be. With ``Anchor.NONE`` the figures are lower bounds."""

    mean: Floats
    low: Floats
    high: Floats
    n: Ints
    q: float
    anchor: Anchor
    posterior: Floats
    prior: Floats


@dataclass(frozen=True)
class Likelihood:
    """Of different rows of evidence by q and eta: ``scaled`` (rows, q, eta) times exp(``top``) (rows, q); ``which`` (A,) is each
    annotator's row, ``n`` (A,) the monitored answers, ``grid`` the values of q that are worth a look; ``explained``
    (q, priors) is the log probability of everything by the uniform and the pooled priors, where q is not known."""

    scaled: Floats
    top: Floats
    which: Ints
    n: Ints
    grid: Floats
    anchor: Anchor
    explained: Floats | None

    def attentiveness(
        self, *, level: float = 0.9, pooled: bool = False, like: Attentiveness | None = None
    ) -> Attentiveness:
        """The posterior, with equal tails of the credible interval of mass ``level``; by a uniform prior, a ``pooled`` one, or
        the prior of another posterior."""
        chosen = slice(1, None) if pooled else slice(1)
        priors = like.prior[None, :] if like is not None else PRIORS[chosen]
        times = np.bincount(self.which, minlength=self.top.shape[0]).astype(np.float64)
        parts = [slice(start, start + 8 * CHUNK) for start in range(0, max(times.size, 1), 8 * CHUNK)]
        if self.grid.size == priors.shape[0] == 1:
            log_weight: Floats = np.zeros((1, 1))
        elif like is None and self.explained is not None:
            log_weight = self.explained[:, chosen]
        else:
            each = [_explained(self.scaled[p], self.top[p], times[p], priors) for p in parts]
            log_weight = np.asarray(np.sum(each, axis=0))
        if like is None:
            log_weight = log_weight + LOG_HYPER[chosen]
        weight = np.exp(log_weight - logsumexp(log_weight))
        rows = np.empty((times.size, ETA.size))
        for part in parts:
            mixed = (weight / (self.scaled[part] @ priors.T)) @ priors
            rows[part] = (self.scaled[part] * mixed).sum(axis=1)
        tail = (1 - level) / 2
        low, high = quantiles(rows, (tail, 1 - tail))
        return Attentiveness(
            mean=(rows @ ETA)[self.which],
            low=low[self.which],
            high=high[self.which],
            n=self.n,
            q=float(weight.sum(axis=1) @ self.grid),
            anchor=like.anchor if like is not None else self.anchor,
            posterior=rows[self.which],
            prior=weight.sum(axis=0) @ priors,
        )


def _explained(scaled: Floats, top: Floats, times: Floats, priors: Floats) -> Floats:
    """Log probability of all evidence by q and prior, (q, priors)."""
    return np.asarray(np.tensordot(times, np.log(scaled @ priors.T) + top[:, :, None], axes=1), dtype=np.float64)


def likelihood(
    counts: Floats, guess_rates: GuessRates | None = None, *, q: float | None = None, r: float = 1.0, best: bool = False
) -> Likelihood:
    """How likely each annotator's evidence is, by attentiveness.

    ``counts`` (A, 11) are the evidence by column: swapped retests with the same answer, both left, both right; in the same
    order with the same answer, another; both ties, one tie; gold that stood left chosen, not chosen; right chosen, not
    chosen. In other tasks than pairs only four are used, with weights: SAME_ORDER, OTHER_ORDER, GOLD_LEFT and NOT_LEFT.
    ``q`` fixes how decided preferences are, where it is known; ``best`` assumes, where there is neither gold nor q, that the
    best are attentive.
    """
    guess_rates = guess_rates or GuessRates()
    anchor = Anchor.GOLD if counts[:, GOLD].any() else Anchor.NONE if q is None else Anchor.GIVEN
    if anchor is Anchor.NONE and best:
        anchor, q = Anchor.BEST, _best_q(likelihood(counts, guess_rates).attentiveness(pooled=True))
    grid = np.array([q]) if q is not None else Q if anchor is Anchor.GOLD else np.array([1.0])
    if guess_rates.same is not None and guess_rates.right is not None:
        known, of = np.column_stack([guess_rates.same, guess_rates.right]), _of_degrees
    else:
        share = np.zeros(counts.shape[0]) if guess_rates.ties is None else guess_rates.ties
        step = np.where(share < 1, np.minimum(np.ceil(share * TIE_STEPS), TIE_STEPS - 1), TIE_STEPS)
        known, of = step[:, None], _of_pairs
    rows, which = _distinct(np.hstack([counts, known]))  # many annotators have the same
    times = np.bincount(which, minlength=rows.shape[0]).astype(np.float64)
    if grid.size == 1:
        found, explained = {0: of(rows, float(grid[0]), r)}, None
    else:
        found, explained = _worth_a_look(lambda value: of(rows, value, r), times, grid)
    kept = sorted(found)
    return Likelihood(
        scaled=np.stack([found[k][0] for k in kept], axis=1),
        top=np.stack([found[k][1] for k in kept], axis=1),
        which=which,
        n=np.rint(counts.sum(axis=1)).astype(np.int64),
        grid=grid[kept],
        anchor=anchor,
        explained=explained,
    )


def _distinct(rows: Floats) -> tuple[Floats, Ints]:
    """Different rows, and which of them each one is; told apart by a random projection, as that is far quicker to sort."""
    _, first, which = np.unique(rows @ PROJECTION[: rows.shape[1]], return_index=True, return_inverse=True)
    if (rows[first][which] == rows).all():
        return rows[first], which
    return rows, np.arange(rows.shape[0])


def _worth_a_look(
    at: Callable[[float], tuple[Floats, Floats]], times: Floats, grid: Floats
) -> tuple[dict[int, tuple[Floats, Floats]], Floats]:
    """The likelihood at the values of q (by index) from the middle of the grid outwards, until one explains everything e^-16
    times as well as another and worse than the one before, by the uniform prior and by the best pooled one; and how well each
    explains everything, (q, priors)."""
    middle = grid.size // 2
    found: dict[int, tuple[Floats, Floats]] = {}
    explained: dict[int, Floats] = {}
    best: dict[int, Floats] = {}
    for side in (range(middle, grid.size), range(middle - 1, -1, -1)):
        before = middle
        for k in side:
            scaled, top = found[k] = at(float(grid[k]))
            explained[k] = _explained(scaled[:, None], top[:, None], times, PRIORS)[0]
            best[k] = np.array([explained[k][0], explained[k][1:].max()])
            most = np.max(list(best.values()), axis=0)
            if (best[k] < np.minimum(most - HOPELESS, best[before])).all():
                break
            before = k
    return found, np.stack([explained[k] for k in sorted(found)])


def _best_q(bound: Attentiveness) -> float:
    """The q with which the best tenth are attentive: what q = 1 takes for eta is eta sqrt(q)."""
    edges = np.append(0.0, np.cumsum(bound.prior))
    return float(np.clip((np.interp(BEST, edges, np.linspace(0, 1, edges.size)) / ATTENTIVE) ** 2, 0.01, 1.0))


def _of_pairs(rows: Floats, q: float, r: float) -> tuple[Floats, Floats]:
    """Rows of counts with the step of ties last; lam is summed out."""
    scaled, top = np.empty((rows.shape[0], ETA.size)), np.empty(rows.shape[0])
    for step in np.unique(rows[:, -1]):
        table = log_probabilities(ETA, LAM, np.array([q]), r=r, ties=step / TIE_STEPS).reshape(COLUMNS, -1)
        mine = np.flatnonzero(rows[:, -1] == step)
        for start in range(0, mine.size, CHUNK):
            part = mine[start : start + CHUNK]
            joint = rows[part, :-1] @ table
            top[part] = joint.max(axis=1)
            joint -= top[part, None]
            np.exp(joint, out=joint)
            scaled[part] = (joint.reshape(-1, LAM.size) @ PRIOR_LAM).reshape(part.size, ETA.size)
    return scaled, top


def _of_degrees(rows: Floats, q: float, r: float) -> tuple[Floats, Floats]:
    """Rows of counts with the two chances last."""
    same, other, right, wrong = (rows[:, k, None] for k in (SAME_ORDER, OTHER_ORDER, GOLD_LEFT, NOT_LEFT))
    c, g, kept = rows[:, -2, None], rows[:, -1, None], q * ETA**2
    retests = same * _log(c + (1 - c) * kept) + other * _log((1 - c) * (1 - kept))
    joint = retests + right * _log(g + (1 - g) * r * ETA) + wrong * _log((1 - g) * (1 - r * ETA))
    top = joint.max(axis=1)
    return np.exp(joint - top[:, None]), top


def _log(chance: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(chance, 1e-12)))


def log_probabilities(eta: Floats, lam: Floats, q: Floats, *, r: float = 1.0, ties: float = 0.0) -> Floats:
    """Log probability of each kind of evidence on pairs, on the grid: (11, q, eta, lam), in the order of the columns of
    :func:`likelihood`. ``ties`` is the annotator's share of ties."""
    qq, e, b = np.meshgrid(q, eta, lam, indexing="ij")
    side = (1 - ties) / 2  # how often an attentive answer is a given side
    left, right = (1 - ties) * b, (1 - ties) * (1 - b)  # how often a guess is
    kept = e**2 * qq
    both_ties, one_tie = ties**2 + ties * (1 - ties) * kept, 2 * ties * (1 - ties) * (1 - kept)
    crossed = e**2 * side**2 * (1 - qq)
    both_left = crossed + 2 * e * (1 - e) * side * left + (1 - e) ** 2 * left**2
    both_right = crossed + 2 * e * (1 - e) * side * right + (1 - e) ** 2 * right**2
    other = 2 * crossed + 2 * e * (1 - e) * side * (left + right) + 2 * (1 - e) ** 2 * left * right
    gold_left, gold_right = (e * (1 + r) / 2 + (1 - e) * guess for guess in (left, right))
    sides = 1 - both_ties - one_tie
    return _log(
        np.stack(
            [
                sides - both_left - both_right,
                both_left,
                both_right,
                sides - other,
                other,
                both_ties,
                one_tie,
                gold_left,
                1 - gold_left,
                gold_right,
                1 - gold_right,
            ]
        )
    )


def quantiles(posterior: Floats, masses: Sequence[float]) -> list[Floats]:
    """Quantiles of histograms over equal cells of [0, 1], linear within a cell. (A, cells) -> (A,) for each mass."""
    people, cells = posterior.shape
    edges = np.zeros((people, cells + 1))
    np.cumsum(posterior, axis=1, out=edges[:, 1:])
    rows = np.arange(people)
    found = []
    for mass in masses:
        cell = np.minimum((edges[:, 1:] < mass).sum(axis=1), cells - 1)
        inside = (mass - edges[rows, cell]) / np.maximum(posterior[rows, cell], 1e-300)
        found.append((cell + np.clip(inside, 0, 1)) / cells)
    return found
