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
  t^2 + t (1-t) eta^2 q, one of them with 2 t (1-t) (1 - eta^2 q), and sides share the rest as above. Somebody who always
  ties repeats everything, and that tells nothing of their attentiveness.
- *One side in the same order.* Who always takes one side repeats every answer where the sides stand as before, whatever eta is.
  Independent answers with the share s on the left agree with chance s^2 + (1-s)^2 = (1 + b^2) / 2, b = 2s - 1. So a part v of the
  agreement is taken as owed to the side alone, and another response has (1 - v) times the chance above. For v = b^2 and lam = 1/2
  that is P(same) = C + (1 - C) eta^2 q with C = s^2 + (1-s)^2, as of two options with the annotator's own shares. It holds
  whether sides are random, or the better response stands left more often.
- *Other tasks* (:mod:`ls_backend.measurement.similarity`): a retest agrees to a degree s in [0, 1] with mean
  c + (1 - c) eta^2 q, where c is how alike the annotator's own answers to different items are; on gold the mean is
  g + (1 - g) eta r, where g is how like the known answers the annotator's answers to other items are. The likelihood is that of
  s agreements and 1 - s disagreements, which is cautious: no other variable in [0, 1] of that mean varies as much.

Identifiability: retests alone tell eta^2 q, so the scale of eta comes from gold, or from a given q, or from the assumption
that the best are attentive (the best tenth, by the pooled prior, at :data:`BEST_ETA`). Without any of them, only the bound
eta >= sqrt(2A - 1), A the chance of the same answer, is known: it is what q = 1 gives.

The posterior is computed on a grid over (eta, lam) for each annotator and over q for the project, with a uniform prior on q
and a prior on lam that is three parts Beta(30, 30) (most people's guesses favour no side) and one part uniform. The prior on
eta is uniform, or ``pooled``: a Beta distribution fitted to the project, in that its parameters have a grid of their own, over
which the posterior is averaged by how well each explains everybody's evidence (empirical Bayes that does not pretend to know
the prior of a small project). On that grid lies the usual vague prior, (a + b)^(-5/2) by Beta(a, b) (Gelman et al., Bayesian
Data Analysis, 3rd edition, section 5.3): uniform in the mean, and (a + b)^(-1/2) by the logarithm of a + b. Pay uses the
uniform prior, so that nobody's pay depends on who else works; reputation the pooled one. Limits: eta is taken as constant over
the evidence, and an annotator's two answers on an item as independent given p (which is why there is a minimum lag).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache

import numpy as np
import scipy

from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL

ETA: Floats = (np.arange(100) + 0.5) / 100
LAM_EDGES: Floats = np.array([0, 0.06, 0.18, 0.32, 0.45, 0.55, 0.68, 0.82, 0.94, 1])
LAM: Floats = (LAM_EDGES[1:] + LAM_EDGES[:-1]) / 2  # finest where guesses favour no side, or one
Q: Floats = np.arange(1, 11) / 10
STEPS = 20  # an annotator's share of ties, and what is owed to one side, are rounded up to one of them
BEST_QUANTILE = 0.9  # the best tenth
BEST_ETA = 0.95  # their attentiveness, where the best are taken to be attentive


class EvidenceColumn(IntEnum):
    """The columns of the counts that evidence consists of. Other tasks than pairs use four of them, with weights:
    ``SAME_ORDER_AGREED``, ``SAME_ORDER_DISAGREED``, ``GOLD_LEFT_CHOSEN`` and ``GOLD_LEFT_NOT_CHOSEN``."""

    SWAPPED_AGREED = 0  # retests with swapped sides: the same response
    SWAPPED_BOTH_LEFT = 1  # the left side both times, so another response
    SWAPPED_BOTH_RIGHT = 2
    SAME_ORDER_AGREED = 3  # retests whose sides stood as before: the same response
    SAME_ORDER_DISAGREED = 4
    BOTH_TIES = 5  # retests in either order
    ONE_TIE = 6
    GOLD_LEFT_CHOSEN = 7  # gold whose known response stood left
    GOLD_LEFT_NOT_CHOSEN = 8
    GOLD_RIGHT_CHOSEN = 9
    GOLD_RIGHT_NOT_CHOSEN = 10


RETEST_COLUMNS = slice(0, EvidenceColumn.GOLD_LEFT_CHOSEN)
SAME_ORDER_COLUMNS = slice(EvidenceColumn.SAME_ORDER_AGREED, EvidenceColumn.BOTH_TIES)
GOLD_COLUMNS = slice(EvidenceColumn.GOLD_LEFT_CHOSEN, len(EvidenceColumn))


def beta_cells(mean: float, weight: float, edges: Floats) -> Floats:
    """A Beta distribution on cells of [0, 1], by its mean and the sum of its parameters."""
    return np.asarray(np.maximum(np.diff(scipy.special.betainc(mean * weight, (1 - mean) * weight, edges)), 1e-12))


ETA_EDGES: Floats = np.arange(ETA.size + 1) / ETA.size
BETA_SHAPES = [(mean / 20, 0.75 * 1.6**step) for mean in range(4, 20) for step in range(8)]  # mean and a + b
FLAT_PRIOR: Floats = np.full((1, ETA.size), 1 / ETA.size)
LOG_HYPERPRIOR: Floats = np.array([0.0, *(-0.5 * np.log(weight) for _, weight in BETA_SHAPES)])
NEGLIGIBLE = 16.0  # a q is left out where all evidence is e^16 times less probable than with another
PROJECTION: Floats = np.random.default_rng(1).random(len(EvidenceColumn) + 2)
CHUNK = 64  # annotators at a time: their grid stays in the processor's cache


@cache
def priors_of_eta() -> Floats:
    """Priors of attentiveness, a row each: the flat one, and one for each of :data:`BETA_SHAPES`."""
    return np.vstack([FLAT_PRIOR, *(beta_cells(mean, weight, ETA_EDGES) for mean, weight in BETA_SHAPES)])


@cache
def prior_of_lam() -> Floats:
    """The prior of the bias of guesses, over :data:`LAM`."""
    return 0.75 * beta_cells(0.5, 60.0, LAM_EDGES) + 0.25 * (LAM_EDGES[1:] - LAM_EDGES[:-1])


class Anchor(StrEnum):
    """What fixes the scale of attentiveness."""

    GOLD = "gold"
    GIVEN = "given"
    BEST = "best"
    NONE = "none"


@dataclass(frozen=True)
class GuessRates:
    """How often a guess would agree by chance, (A,) each: on pairs it follows from the share of ``ties`` among the answers; in
    other tasks it is how alike an annotator's answers to different items are (``retest``), and how like the known answer of a
    ``gold`` item those to other items are. ``side`` is the part of the agreement on same-order retests of pairs that is owed to
    taking one side; where it is 1, they tell nothing."""

    ties: Floats | None = None
    retest: Floats | None = None
    gold: Floats | None = None
    side: Floats | None = None

    @property
    def chances(self) -> tuple[Floats, Floats]:
        """How often a guess agrees on a retest, and on gold, (A,) each."""
        if self.retest is not None and self.gold is not None:
            return self.retest, self.gold
        ties = np.zeros(1) if self.ties is None else self.ties
        return ties**2 + (1 - ties) ** 2 / 2, (1 - ties) / 2


@dataclass(frozen=True)
class Attentiveness:
    """Posterior of attentiveness over A annotators: ``mean``, ``low``, ``high`` and ``n`` (checks), each of
    shape (A,), the project's ``q`` (posterior mean), what anchors the scale, the ``posterior`` (A, cells of
    :data:`ETA`) itself, and its ``prior`` (cells,). With ``Anchor.NONE`` the figures are lower bounds."""

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
    """Of the different rows of evidence by q and eta: ``scaled`` (rows, q, eta) times exp(``log_scale``) (rows, q). ``row`` (A,) is
    each annotator's row, ``n`` (A,) the number of checks, ``q_grid`` the values of q that are not negligible;
    ``log_probability`` (q, priors) is that of all evidence by the uniform and the pooled priors, where q is not known."""

    scaled: Floats
    log_scale: Floats
    row: Ints
    n: Ints
    q_grid: Floats
    anchor: Anchor
    log_probability: Floats | None

    def attentiveness(
        self, *, level: float = INTERVAL_LEVEL, pooled: bool = False, reference: Attentiveness | None = None
    ) -> Attentiveness:
        """The posterior, with equal tails of the credible interval of mass ``level``; by the uniform prior, a ``pooled`` one, or
        the prior of a ``reference``."""
        columns = slice(1, None) if pooled else slice(1)
        priors = reference.prior[None, :] if reference is not None else priors_of_eta()[columns]
        row_sizes = np.bincount(self.row, minlength=self.log_scale.shape[0]).astype(np.float64)
        chunks = [slice(start, start + 8 * CHUNK) for start in range(0, max(row_sizes.size, 1), 8 * CHUNK)]
        if self.q_grid.size == priors.shape[0] == 1:
            log_weight: Floats = np.zeros((1, 1))
        elif reference is None and self.log_probability is not None:
            log_weight = self.log_probability[:, columns]
        else:
            sums = [_log_probability(self.scaled[c], self.log_scale[c], row_sizes[c], priors) for c in chunks]
            log_weight = np.asarray(np.sum(sums, axis=0))
        if reference is None:
            log_weight = log_weight + LOG_HYPERPRIOR[columns]
        weight = np.exp(log_weight - scipy.special.logsumexp(log_weight))
        posterior = np.empty((row_sizes.size, ETA.size))
        for chunk in chunks:
            mixed = (weight / (self.scaled[chunk] @ priors.T)) @ priors
            posterior[chunk] = (self.scaled[chunk] * mixed).sum(axis=1)
        tail = (1 - level) / 2
        low, high = quantiles(posterior, (tail, 1 - tail))
        return Attentiveness(
            mean=(posterior @ ETA)[self.row],
            low=low[self.row],
            high=high[self.row],
            n=self.n,
            q=float(weight.sum(axis=1) @ self.q_grid),
            anchor=reference.anchor if reference is not None else self.anchor,
            posterior=posterior[self.row],
            prior=weight.sum(axis=0) @ priors,
        )


def _log_probability(scaled: Floats, log_scale: Floats, row_sizes: Floats, priors: Floats) -> Floats:
    """Of all evidence by q and prior, (q, priors); ``row_sizes`` (rows,) are how many annotators have each row."""
    by_row = np.log(scaled @ priors.T) + log_scale[:, :, None]
    return np.asarray(np.tensordot(row_sizes, by_row, axes=1), dtype=np.float64)


def likelihood(
    counts: Floats, guess_rates: GuessRates | None = None, *, q: float | None = None, r: float = 1.0, best: bool = False
) -> Likelihood:
    """How likely each annotator's evidence is, by attentiveness.

    ``counts`` (A, 11) are the evidence by :class:`EvidenceColumn`. ``q`` fixes how decided preferences are, where it is known;
    ``best`` assumes, where there is neither gold nor q, that the best are attentive.
    """
    guess_rates = guess_rates or GuessRates()
    anchor = Anchor.GOLD if counts[:, GOLD_COLUMNS].any() else Anchor.NONE if q is None else Anchor.GIVEN
    if anchor is Anchor.NONE and best:
        anchor, q = Anchor.BEST, _best_q(likelihood(counts, guess_rates).attentiveness(pooled=True))
    q_grid = np.array([q]) if q is not None else Q if anchor is Anchor.GOLD else np.array([1.0])
    if guess_rates.retest is not None and guess_rates.gold is not None:
        guesses, of_rows = np.column_stack([guess_rates.retest, guess_rates.gold]), _likelihood_of_degrees
    else:
        ties, side = (_steps(share, counts.shape[0]) for share in (guess_rates.ties, guess_rates.side))
        side = side * counts[:, SAME_ORDER_COLUMNS].any(axis=1)  # it matters to nothing else
        guesses, of_rows = (side * (STEPS + 1) + ties)[:, None], _likelihood_of_pairs
    rows, row = _distinct_rows(np.hstack([counts, guesses]))  # many annotators have the same
    row_sizes = np.bincount(row, minlength=rows.shape[0]).astype(np.float64)
    log_probability = None
    if q_grid.size == 1:
        by_q = {0: of_rows(rows, float(q_grid[0]), r)}
    else:
        by_q, log_probability = _likelihood_over_q(lambda value: of_rows(rows, value, r), row_sizes, q_grid)
    return Likelihood(
        scaled=np.stack([by_q[k][0] for k in sorted(by_q)], axis=1),
        log_scale=np.stack([by_q[k][1] for k in sorted(by_q)], axis=1),
        row=row,
        n=np.rint(counts.sum(axis=1)).astype(np.int64),
        q_grid=q_grid[sorted(by_q)],
        anchor=anchor,
        log_probability=log_probability,
    )


def _steps(share: Floats | None, people: int) -> Floats:
    """Shares (A,) in steps from 0 to :data:`STEPS`, rounded up, to the last one only where they are 1."""
    share = np.zeros(people) if share is None else share
    return np.where(share < 1, np.minimum(np.ceil(share * STEPS), STEPS - 1), STEPS)


def _distinct_rows(rows: Floats) -> tuple[Floats, Ints]:
    """The different rows, and which of them each one is. A random projection tells them apart, as it is far quicker to sort."""
    _, first, row = np.unique(rows @ PROJECTION[: rows.shape[1]], return_index=True, return_inverse=True)
    if (rows[first][row] == rows).all():
        return rows[first], row
    return rows, np.arange(rows.shape[0])


def _likelihood_over_q(
    likelihood_at: Callable[[float], tuple[Floats, Floats]], row_sizes: Floats, q_grid: Floats
) -> tuple[dict[int, tuple[Floats, Floats]], Floats]:
    """The likelihood at the values of q (by index) from the middle of the grid outwards, until one makes all evidence
    :data:`NEGLIGIBLE` beside another and less probable than the one before, by the uniform prior and by the best pooled one; and
    the log probability of all evidence by each, (q, priors)."""
    middle = q_grid.size // 2
    by_q: dict[int, tuple[Floats, Floats]] = {}
    log_probability: dict[int, Floats] = {}
    highest: dict[int, Floats] = {}
    for side in (range(middle, q_grid.size), range(middle - 1, -1, -1)):
        before = middle
        for k in side:
            scaled, log_scale = by_q[k] = likelihood_at(float(q_grid[k]))
            log_probability[k] = _log_probability(scaled[:, None], log_scale[:, None], row_sizes, priors_of_eta())[0]
            highest[k] = np.array([log_probability[k][0], log_probability[k][1:].max()])
            overall = np.max(list(highest.values()), axis=0)
            if (highest[k] < np.minimum(overall - NEGLIGIBLE, highest[before])).all():
                break
            before = k
    return by_q, np.stack([log_probability[k] for k in sorted(by_q)])


def _best_q(bound: Attentiveness) -> float:
    """The q with which the best tenth are attentive: what q = 1 takes for eta is eta sqrt(q)."""
    edges = np.append(0.0, np.cumsum(bound.prior))
    return float(np.clip((np.interp(BEST_QUANTILE, edges, np.linspace(0, 1, edges.size)) / BEST_ETA) ** 2, 0.01, 1.0))


def _likelihood_of_pairs(rows: Floats, q: float, r: float) -> tuple[Floats, Floats]:
    """Of rows of counts with the steps of side and ties last, in one number, scaled and the log scale; lam is summed out."""
    scaled, log_scale = np.empty((rows.shape[0], ETA.size)), np.empty(rows.shape[0])
    for step in np.unique(rows[:, -1]):
        side, ties = divmod(step, STEPS + 1)
        log_chance = log_probabilities(ETA, LAM, np.array([q]), r=r, ties=ties / STEPS, side=side / STEPS)
        table = log_chance.reshape(len(EvidenceColumn), -1)
        of_step = np.flatnonzero(rows[:, -1] == step)
        for start in range(0, of_step.size, CHUNK):
            chunk = of_step[start : start + CHUNK]
            joint = rows[chunk, :-1] @ table
            log_scale[chunk] = joint.max(axis=1)
            joint -= log_scale[chunk, None]
            np.exp(joint, out=joint)
            scaled[chunk] = (joint.reshape(-1, LAM.size) @ prior_of_lam()).reshape(chunk.size, ETA.size)
    return scaled, log_scale


def _likelihood_of_degrees(rows: Floats, q: float, r: float) -> tuple[Floats, Floats]:
    """Of rows of counts with the two guess rates last, scaled and the log scale."""
    column = EvidenceColumn
    same, other, right, wrong = (
        rows[:, k, None]
        for k in (
            column.SAME_ORDER_AGREED,
            column.SAME_ORDER_DISAGREED,
            column.GOLD_LEFT_CHOSEN,
            column.GOLD_LEFT_NOT_CHOSEN,
        )
    )
    c, g, repeats = rows[:, -2, None], rows[:, -1, None], q * ETA**2
    retests = same * _log(c + (1 - c) * repeats) + other * _log((1 - c) * (1 - repeats))
    joint = retests + right * _log(g + (1 - g) * r * ETA) + wrong * _log((1 - g) * (1 - r * ETA))
    log_scale = joint.max(axis=1)
    return np.exp(joint - log_scale[:, None]), log_scale


def _log(chance: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(chance, 1e-12)))


def log_probabilities(
    eta: Floats, lam: Floats, q: Floats, *, r: float = 1.0, ties: float = 0.0, side: float = 0.0
) -> Floats:
    """Log probability of each :class:`EvidenceColumn` on pairs, on the grid: (11, q, eta, lam). ``ties`` is the annotator's share
    of ties, ``side`` the part of the agreement in the same order that is owed to taking one side."""
    qq, e, b = np.meshgrid(q, eta, lam, indexing="ij")
    either = (1 - ties) / 2  # how often an attentive answer is a given side
    left, right = (1 - ties) * b, (1 - ties) * (1 - b)  # how often a guess is
    repeats = e**2 * qq
    both_ties, one_tie = ties**2 + ties * (1 - ties) * repeats, 2 * ties * (1 - ties) * (1 - repeats)
    crossed = e**2 * either**2 * (1 - qq)
    both_left = crossed + 2 * e * (1 - e) * either * left + (1 - e) ** 2 * left**2
    both_right = crossed + 2 * e * (1 - e) * either * right + (1 - e) ** 2 * right**2
    other = 2 * crossed + 2 * e * (1 - e) * either * (left + right) + 2 * (1 - e) ** 2 * left * right
    other *= 1 - side
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
    values = []
    for mass in masses:
        cell = np.minimum((edges[:, 1:] < mass).sum(axis=1), cells - 1)
        inside = (mass - edges[rows, cell]) / np.maximum(posterior[rows, cell], 1e-300)
        values.append((cell + np.clip(inside, 0, 1)) / cells)
    return values
