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

*Decided pairs.* Where something is known of how decided a pair is (:mod:`ls_backend.measurement.decidedness`), its pairs fall
into two groups with a q each, and a retest is counted in its pair's group. Both are estimated together with everybody's
attentiveness, partially pooled: their difference has a normal prior around none, of standard deviation :data:`Q_DIFFERENCE`.
A q that is given is that of all pairs, so it leaves the two one degree of freedom. Without an anchor the greater of the two is
taken to be 1, which is what a lower bound needs.

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
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from functools import cache, lru_cache

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
    DECIDED_SWAPPED_AGREED = 11  # from here on, retests of pairs that were taken for decided: the seven columns again
    DECIDED_SWAPPED_BOTH_LEFT = 12
    DECIDED_SWAPPED_BOTH_RIGHT = 13
    DECIDED_SAME_ORDER_AGREED = 14
    DECIDED_SAME_ORDER_DISAGREED = 15
    DECIDED_BOTH_TIES = 16
    DECIDED_ONE_TIE = 17


GOLD_COLUMNS = slice(EvidenceColumn.GOLD_LEFT_CHOSEN, EvidenceColumn.DECIDED_SWAPPED_AGREED)
OTHER_RETEST_COLUMNS = slice(0, EvidenceColumn.GOLD_LEFT_CHOSEN)
DECIDED_RETEST_COLUMNS = slice(EvidenceColumn.DECIDED_SWAPPED_AGREED, len(EvidenceColumn))
SAME_ORDER_COLUMNS = [column for column in EvidenceColumn if "SAME_ORDER" in column.name]
GroupedQ = tuple[float, float]  # how decided preferences are on the other pairs, and on those taken for decided


def beta_cells(mean: float | Floats, weight: float | Floats, edges: Floats) -> Floats:
    """A Beta distribution on cells of [0, 1], by its mean and the sum of its parameters, or a row for each of them, (n, 1)."""
    return np.asarray(np.maximum(np.diff(scipy.special.betainc(mean * weight, (1 - mean) * weight, edges)), 1e-12))


ETA_EDGES: Floats = np.arange(ETA.size + 1) / ETA.size
BETA_SHAPES = [(mean / 20, 0.75 * 1.6**step) for mean in range(4, 20) for step in range(8)]  # mean and a + b
PRIORS = {False: slice(1), True: slice(1, None)}  # the uniform one, and the pooled ones, among priors_of_eta()
FLAT_PRIOR: Floats = np.full((1, ETA.size), 1 / ETA.size)
LOG_HYPERPRIOR: Floats = np.array([0.0, *(-0.5 * np.log(weight) for _, weight in BETA_SHAPES)])
NEGLIGIBLE = 16.0  # a q is left out where all evidence is e^16 times less probable than with another
NEGLIGIBLE_OF_TWO = 8.0  # the same where two groups have a q each, of which there are many more
Q_DIFFERENCE = 0.5  # standard deviation of the difference of the two groups' q
LEAST_Q = 0.02
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
    shape (A,), the project's ``q`` (posterior mean) over all its pairs and by group (``grouped_q``), what anchors the scale, the
    ``posterior`` (A, cells of :data:`ETA`) itself, and its ``prior`` (cells,). With ``Anchor.NONE`` the figures are lower
    bounds."""

    mean: Floats
    low: Floats
    high: Floats
    n: Ints
    q: float
    grouped_q: GroupedQ
    anchor: Anchor
    posterior: Floats
    prior: Floats


@dataclass(frozen=True)
class Mixture:
    """What everybody's evidence together says of q and of the prior, by which one annotator's posterior follows from their own evidence:
    the ``weight`` (q, priors) of each pair of a q, by group (``q_grid``, (q, 2)), and a prior, the uniform one or the ``pooled`` ones."""

    q_grid: Floats
    weight: Floats
    pooled: bool
    decided_share: float
    anchor: Anchor

    @property
    def priors(self) -> Floats:
        """(priors, cells)."""
        return priors_of_eta()[PRIORS[self.pooled]]

    @property
    def prior(self) -> Floats:
        """Their mean, (cells,)."""
        return np.asarray(self.weight.sum(axis=0) @ self.priors)

    @property
    def grouped_q(self) -> GroupedQ:
        of_other, of_decided = (self.weight.sum(axis=1) @ self.q_grid).tolist()
        return of_other, of_decided

    @property
    def q(self) -> float:
        of_other, of_decided = self.grouped_q
        return of_other + self.decided_share * (of_decided - of_other)


@dataclass(frozen=True)
class Likelihood:
    """Of the different rows of evidence by q and eta: ``scaled`` (rows, q, eta) times exp(``log_scale``) (rows, q). ``row`` (A,) is
    each annotator's row, ``n`` (A,) the number of checks; ``q_grid`` (q, 2) are the values of q, by group, that are not negligible,
    ``log_prior`` (q,) their prior, and ``decided_share`` the share of pairs in the second group; ``log_probability`` (q, priors)
    is that of all evidence by the uniform and the pooled priors, where q is not known."""

    scaled: Floats
    log_scale: Floats
    row: Ints
    n: Ints
    q_grid: Floats
    log_prior: Floats
    decided_share: float
    anchor: Anchor
    log_probability: Floats | None

    def mixture(self, *, pooled: bool) -> Mixture:
        """What the evidence says of q and of the prior, the uniform or the ``pooled`` one."""
        columns = PRIORS[pooled]
        known = None if self.log_probability is None else self.log_probability[:, columns]
        weight = self._weight(priors_of_eta()[columns], known, LOG_HYPERPRIOR[columns])
        return Mixture(self.q_grid, weight, pooled, self.decided_share, self.anchor)

    def _weight(self, priors: Floats, log_probability: Floats | None, log_hyperprior: Floats) -> Floats:
        """Of each q and prior, (q, priors)."""
        if self.q_grid.shape[0] == priors.shape[0] == 1:
            return np.ones((1, 1))
        if log_probability is None:
            row_sizes = self._row_sizes()
            sums = [_log_probability(self.scaled[c], self.log_scale[c], row_sizes[c], priors) for c in self._chunks()]
            log_probability = np.asarray(np.sum(sums, axis=0))
        log_weight = log_probability + self.log_prior[:, None] + log_hyperprior
        return np.asarray(np.exp(log_weight - scipy.special.logsumexp(log_weight)))

    def _row_sizes(self) -> Floats:
        return np.bincount(self.row, minlength=self.log_scale.shape[0]).astype(np.float64)

    def _chunks(self) -> list[slice]:
        rows = max(self.log_scale.shape[0], 1)
        return [slice(start, start + 8 * CHUNK) for start in range(0, rows, 8 * CHUNK)]

    def attentiveness(
        self,
        *,
        level: float = INTERVAL_LEVEL,
        pooled: bool = False,
        reference: Attentiveness | None = None,
        mixture: Mixture | None = None,
    ) -> Attentiveness:
        """The posterior, with equal tails of the credible interval of mass ``level``; by the uniform prior, a ``pooled`` one, the
        prior of a ``reference``, or a ``mixture`` on whose q the likelihood is."""
        if reference is not None:
            priors = reference.prior[None, :]
            weight = self._weight(priors, None, np.zeros(1))
        else:
            mixture = mixture or self.mixture(pooled=pooled)
            priors, weight = mixture.priors, mixture.weight
        posterior = np.empty((self.log_scale.shape[0], ETA.size))
        for chunk in self._chunks():
            mixed = (weight / (self.scaled[chunk] @ priors.T)) @ priors
            posterior[chunk] = (self.scaled[chunk] * mixed).sum(axis=1)
        tail = (1 - level) / 2
        low, high = quantiles(posterior, (tail, 1 - tail))
        of_other, of_decided = (weight.sum(axis=1) @ self.q_grid).tolist()
        return Attentiveness(
            mean=(posterior @ ETA)[self.row],
            low=low[self.row],
            high=high[self.row],
            n=self.n,
            q=of_other + self.decided_share * (of_decided - of_other),
            grouped_q=(of_other, of_decided),
            anchor=reference.anchor if reference is not None else self.anchor,
            posterior=posterior[self.row],
            prior=weight.sum(axis=0) @ priors,
        )


def _log_probability(scaled: Floats, log_scale: Floats, row_sizes: Floats, priors: Floats) -> Floats:
    """Of all evidence by q and prior, (q, priors); ``row_sizes`` (rows,) are how many annotators have each row."""
    by_row = np.log(scaled @ priors.T) + log_scale[:, :, None]
    return np.asarray(np.tensordot(row_sizes, by_row, axes=1), dtype=np.float64)


@dataclass(frozen=True)
class _QGrid:
    """Values of q by group, ``q`` (n, 2), with their ``log_prior`` (n,) and the ``neighbours`` of each."""

    q: Floats
    log_prior: Floats
    neighbours: Sequence[Sequence[int]]

    @classmethod
    def chain(cls, q: Floats) -> "_QGrid":
        """Values (n, 2) in a row."""
        n = q.shape[0]
        log_prior = -0.5 * ((q[:, 1] - q[:, 0]) / Q_DIFFERENCE) ** 2
        return cls(q, log_prior, [[at for at in (k + 1, k - 1) if 0 <= at < n] for k in range(n)])

    @classmethod
    def of_one_group(cls) -> "_QGrid":
        return cls.chain(np.column_stack([Q, Q]))

    @classmethod
    def of_two_groups(cls) -> "_QGrid":
        n = Q.size
        q = np.array([(other, decided) for other in Q for decided in Q])
        neighbours = [
            [a * n + b for a, b in ((i + 1, j), (i, j + 1), (i - 1, j), (i, j - 1)) if 0 <= a < n and 0 <= b < n]
            for i in range(n)
            for j in range(n)
        ]
        return replace(cls.chain(q), neighbours=neighbours)

    @classmethod
    def of_mean(cls, q: float, decided_share: float) -> "_QGrid":
        """Two groups whose mean is known."""
        other = (q - decided_share * Q) / (1 - decided_share)
        possible = (other >= LEAST_Q) & (other <= 1)
        if not possible.any():
            return cls.chain(np.array([[q, q]]))
        return cls.chain(np.column_stack([other, Q])[possible])

    @classmethod
    def of_greatest(cls, q: float) -> "_QGrid":
        """Two groups of which the greater is known."""
        rising = np.column_stack([Q, np.ones(Q.size)])
        return cls.chain(q * np.vstack([rising, rising[-2::-1, ::-1]]))

    def nearest(self, q: GroupedQ) -> int:
        return int(((self.q - np.array(q)) ** 2).sum(axis=1).argmin())


def likelihood(
    counts: Floats,
    guess_rates: GuessRates | None = None,
    *,
    q: float | GroupedQ | None = None,
    r: float = 1.0,
    best: bool = False,
    decided_share: float = 0.0,
    mixture: Mixture | None = None,
) -> Likelihood:
    """How likely each annotator's evidence is, by attentiveness.

    ``counts`` (A, columns) are the evidence by :class:`EvidenceColumn`. ``q`` fixes how decided preferences are, where it is
    known, over all pairs or by group; ``decided_share`` is the share of pairs that are taken for decided; ``best`` assumes,
    where there is neither gold nor q, that the best are attentive. With a ``mixture`` it is that on its values of q, and everything
    else is as there.
    """
    guess_rates = guess_rates or GuessRates()
    if guess_rates.retest is not None and guess_rates.gold is not None:
        guesses, of_rows = np.column_stack([guess_rates.retest, guess_rates.gold]), _likelihood_of_degrees
    else:
        ties, side = (_steps(share, counts.shape[0]) for share in (guess_rates.ties, guess_rates.side))
        side = side * counts[:, SAME_ORDER_COLUMNS].any(axis=1)  # it matters to nothing else
        guesses, of_rows = (side * (STEPS + 1) + ties)[:, None], _likelihood_of_pairs
    rows, row = _distinct_rows(np.hstack([counts, guesses]))  # many annotators have the same
    n = np.rint(counts.sum(axis=1)).astype(np.int64)
    if mixture is not None:
        scaled, log_scale = zip(
            *(of_rows(rows, (other, decided), r) for other, decided in mixture.q_grid.tolist()), strict=True
        )
        return Likelihood(
            scaled=np.stack(scaled, axis=1),
            log_scale=np.stack(log_scale, axis=1),
            row=row,
            n=n,
            q_grid=mixture.q_grid,
            log_prior=np.zeros(len(scaled)),
            decided_share=mixture.decided_share,
            anchor=mixture.anchor,
            log_probability=None,
        )
    anchor = Anchor.GOLD if counts[:, GOLD_COLUMNS].any() else Anchor.NONE if q is None else Anchor.GIVEN
    greatest_q = 1.0
    if anchor is Anchor.NONE and best:
        bound = likelihood(counts, guess_rates, decided_share=decided_share).attentiveness(pooled=True)
        anchor, greatest_q = Anchor.BEST, _best_q(bound)
    grouped = bool(counts[:, DECIDED_RETEST_COLUMNS].any())
    grid = _q_grid(q, anchor, greatest_q, grouped=grouped, decided_share=decided_share)
    row_sizes = np.bincount(row, minlength=rows.shape[0]).astype(np.float64)
    log_probability = None
    if grid.q.shape[0] == 1:
        by_q = {0: of_rows(rows, (float(grid.q[0, 0]), float(grid.q[0, 1])), r)}
    else:
        by_q, log_probability = _likelihood_over_q(
            lambda value: of_rows(rows, value, r),
            row_sizes,
            grid,
            start=grid.nearest(_rough_q(counts)) if grouped else Q.size // 2,
        )
    kept = sorted(by_q)
    return Likelihood(
        scaled=np.stack([by_q[k][0] for k in kept], axis=1),
        log_scale=np.stack([by_q[k][1] for k in kept], axis=1),
        row=row,
        n=n,
        q_grid=grid.q[kept],
        log_prior=grid.log_prior[kept],
        decided_share=decided_share,
        anchor=anchor,
        log_probability=log_probability,
    )


def _q_grid(
    q: float | GroupedQ | None, anchor: Anchor, greatest_q: float, *, grouped: bool, decided_share: float
) -> _QGrid:
    """The values of q that come into question."""
    if isinstance(q, tuple):
        return _QGrid.chain(np.array([q]))
    if not grouped:
        if q is None and anchor is Anchor.GOLD:
            return _QGrid.of_one_group()
        return _QGrid.chain(np.full((1, 2), greatest_q if q is None else q))
    if q is not None:
        return _QGrid.of_mean(q, decided_share)
    return _QGrid.of_two_groups() if anchor is Anchor.GOLD else _QGrid.of_greatest(greatest_q)


def _rough_q(counts: Floats) -> GroupedQ:
    """A first guess of q by group, where the search begins: what retests agree beyond chance, by the square of what gold does."""
    column = EvidenceColumn
    totals = counts.sum(axis=0)
    gold = totals[GOLD_COLUMNS]
    care = 2 * (gold[0] + gold[2]) / gold.sum() - 1 if gold.sum() else 0.8
    by_group = []
    for first in (column.SWAPPED_AGREED, column.DECIDED_SWAPPED_AGREED):
        agreed, n = (
            totals[first] + totals[first + column.SAME_ORDER_AGREED],
            totals[first : first + column.BOTH_TIES].sum(),
        )
        by_group.append(float(np.clip((2 * agreed / n - 1) / max(care, 0.3) ** 2, 0, 1)) if n else 0.5)
    return by_group[0], by_group[1]


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
    likelihood_at: Callable[[GroupedQ], tuple[Floats, Floats]], row_sizes: Floats, grid: _QGrid, *, start: int
) -> tuple[dict[int, tuple[Floats, Floats]], Floats]:
    """The likelihood at the values of q (by index) from ``start`` outwards, until one makes all evidence negligible beside another
    and less probable than the one before, by the uniform prior and by the best pooled one; and the log probability of all evidence
    by each, (q, priors)."""
    negligible = NEGLIGIBLE if (grid.q[:, 0] == grid.q[:, 1]).all() else NEGLIGIBLE_OF_TWO
    by_q: dict[int, tuple[Floats, Floats]] = {}
    log_probability: dict[int, Floats] = {}
    highest: dict[int, Floats] = {}
    ahead = [(start, start)]
    while ahead:
        k, before = ahead.pop()
        if k in by_q:
            continue
        scaled, log_scale = by_q[k] = likelihood_at((float(grid.q[k, 0]), float(grid.q[k, 1])))
        log_probability[k] = _log_probability(scaled[:, None], log_scale[:, None], row_sizes, priors_of_eta())[0]
        highest[k] = grid.log_prior[k] + np.array([log_probability[k][0], log_probability[k][1:].max()])
        overall = np.max(list(highest.values()), axis=0)
        if not (highest[k] < np.minimum(overall - negligible, highest[before])).all():
            ahead += [(neighbour, k) for neighbour in reversed(grid.neighbours[k])]
    return by_q, np.stack([log_probability[k] for k in sorted(by_q)])


def _best_q(bound: Attentiveness) -> float:
    """The q with which the best tenth are attentive: what q = 1 takes for eta is eta sqrt(q)."""
    edges = np.append(0.0, np.cumsum(bound.prior))
    return float(np.clip((np.interp(BEST_QUANTILE, edges, np.linspace(0, 1, edges.size)) / BEST_ETA) ** 2, 0.01, 1.0))


def _likelihood_of_pairs(rows: Floats, q: GroupedQ, r: float) -> tuple[Floats, Floats]:
    """Of rows of counts with the steps of side and ties last, in one number, scaled and the log scale; lam is summed out."""
    scaled, log_scale = np.empty((rows.shape[0], ETA.size)), np.empty(rows.shape[0])
    for step in np.unique(rows[:, -1]):
        side, ties = divmod(step, STEPS + 1)
        other, decided = (_log_probabilities_at(of_group, r, ties / STEPS, side / STEPS) for of_group in q)
        table = np.concatenate([other, decided[OTHER_RETEST_COLUMNS]]).reshape(len(EvidenceColumn), -1)
        of_step = np.flatnonzero(rows[:, -1] == step)
        for start in range(0, of_step.size, CHUNK):
            chunk = of_step[start : start + CHUNK]
            joint = rows[chunk, :-1] @ table
            log_scale[chunk] = joint.max(axis=1)
            joint -= log_scale[chunk, None]
            np.exp(joint, out=joint)
            scaled[chunk] = (joint.reshape(-1, LAM.size) @ prior_of_lam()).reshape(chunk.size, ETA.size)
    return scaled, log_scale


@lru_cache(maxsize=64)
def _log_probabilities_at(q: float, r: float, ties: float, side: float) -> Floats:
    """Those of one q, (11, 1, eta, lam), for reading only; everybody's evidence takes the same few."""
    return log_probabilities(ETA, LAM, np.array([q]), r=r, ties=ties, side=side)


def _likelihood_of_degrees(rows: Floats, q: GroupedQ, r: float) -> tuple[Floats, Floats]:
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
    c, g, repeats = rows[:, -2, None], rows[:, -1, None], q[0] * ETA**2
    retests = same * _log(c + (1 - c) * repeats) + other * _log((1 - c) * (1 - repeats))
    joint = retests + right * _log(g + (1 - g) * r * ETA) + wrong * _log((1 - g) * (1 - r * ETA))
    log_scale = joint.max(axis=1)
    return np.exp(joint - log_scale[:, None]), log_scale


def _log(chance: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(chance, 1e-12)))


def log_probabilities(
    eta: Floats, lam: Floats, q: Floats, *, r: float = 1.0, ties: float = 0.0, side: float = 0.0
) -> Floats:
    """Log probability of each :class:`EvidenceColumn` on pairs of one group, on the grid: (11, q, eta, lam). ``ties`` is the annotator's share
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
