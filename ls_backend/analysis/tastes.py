"""What overlap says of attentiveness when tastes differ: several shared tastes, and room for tastes of one's own.

Agreement with others measures taste as well as care, so it must not be read as care alone. The model: every annotator a has a
taste z_a, one of K shared ones or a taste of their own. Two annotators who answer the same item independently agree with
chance (1 + q eta_a eta_b rho(z_a, z_b)) / 2, where rho is how much two tastes have in common: 1 for the same, 0 where one of
them is a taste of one's own, and estimated from the data between shared ones. This is the paper's model (arXiv 2502.06387,
section 3) with the preference probabilities of different tastes correlated by rho. A retest compares an annotator with
themself, so it is the same formula on the diagonal. A careless annotator agrees a little less with everybody of a taste; a
minority agrees with its own as well as anybody; and an annotator with a taste of their own is judged by retests and gold alone.

It is fitted by mean-field iteration: each annotator's posterior over (taste, eta) on a grid, given the others' expected eta by
taste and what retests and gold say (:mod:`ls_backend.measurement.attentiveness`); then rho and the shares of the tastes. At
the start everybody has the first taste or their own; the second taste is looked for among those who then have their own, and
so on.

Limits: this is a composite likelihood, which takes pairs of answers as independent although two pairs may share an answer. So
each pair counts as :data:`PAIR_WEIGHT` of one (`steadyhand study coverage` shows what intervals then cover). It is not used for
pay, since it makes an annotator's figures depend on who else worked.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy

from ls_backend.analysis.first_answers import PairColumn, PairCounts
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import ETA, Attentiveness, quantiles
from ls_backend.measurement.estimate import INTERVAL_LEVEL

MOST_ROUNDS = 40
CONVERGED = 1e-4  # largest change of a share from one round to the next
PAIR_WEIGHT = 0.75  # at 1, intervals cover 85 to 88 % instead of 90 % in the study; at 0.5 they are too wide
PRIOR_SHARED = 0.8  # chance of a shared taste, before anything is known
START_FIRST_TASTE = 0.8  # share of the first taste, at the start of the iteration
START_TASTE, START_OWN, START_OTHERS = 0.9, 0.1, 0.05  # shares at the start, where another taste is looked for
MINORITIES_TRIED = (0.1, 0.2, 0.35)  # shares of the annotators who start with the new taste


@dataclass(frozen=True)
class Overlap:
    """Pairs of first answers on the same item: ``n`` (A, A) how many, ``agreed`` (A, A) how many of them were the same.
    Symmetric, diagonal 0."""

    n: Floats
    agreed: Floats

    @property
    def differed(self) -> Floats:
        return self.n - self.agreed

    def weighted(self, weight: float) -> "Overlap":
        return Overlap(weight * self.n, weight * self.agreed)


def overlap(pairs: PairCounts) -> Overlap:
    """Pairs over all items but gold, on which everybody agrees; ties agree with ties."""
    agreed = pairs.total(PairColumn.ORDINARY_SAME)
    n = agreed + pairs.total(PairColumn.ORDINARY_DIFFERED)
    return Overlap(pairs.matrix(n, n), pairs.matrix(agreed, agreed))


@dataclass(frozen=True)
class Tastes:
    """``attentiveness`` by retests, gold and overlap; ``share`` (A, K + 1) the chance of each taste by annotator, the last one
    being a taste of their own; ``rho`` (K + 1, K + 1) what two tastes have in common."""

    attentiveness: Attentiveness
    share: Floats
    rho: Floats


@dataclass(frozen=True)
class _Fit:
    """``objective`` is what the iteration maximises, ``posterior`` (A, K + 1, eta) that over taste and attentiveness."""

    objective: float
    posterior: Floats
    share: Floats
    rho: Floats


def tastes(base: Attentiveness, pairs: Overlap, *, shared: int = 2, level: float = INTERVAL_LEVEL) -> Tastes:
    """Add overlap to what retests and gold say. ``base`` is their posterior; ``shared`` how many tastes to look for."""
    pairs = pairs.weighted(PAIR_WEIGHT)
    people = base.mean.size
    best = _fit(base, pairs, np.tile([START_FIRST_TASTE, 1 - START_FIRST_TASTE], (people, 1)))
    for _ in range(shared - 1):
        # those who disagree with everybody else's taste more than their own retests and gold let expect
        odd_first = np.argsort(best.posterior.sum(axis=1) @ ETA - base.mean)
        starts = [
            _with_another_taste(best.share.shape[1], odd_first, max(2, round(part * people)))
            for part in MINORITIES_TRIED
        ]
        best = max([best, *(_fit(base, pairs, start) for start in starts)], key=lambda fit: fit.objective)
    posterior = best.posterior.sum(axis=1)
    tail = (1 - level) / 2
    low, high = quantiles(posterior, (tail, 1 - tail))
    attentiveness = replace(base, mean=posterior @ ETA, low=low, high=high, posterior=posterior)
    return Tastes(attentiveness, best.share, best.rho)


def _with_another_taste(columns: int, odd_first: Ints, minority: int) -> Floats:
    """Shares to start from, with one more column: the first so many of ``odd_first`` (A,) have the new taste."""
    share: Floats = np.zeros((odd_first.size, columns + 1))
    share[:, 0], share[:, -1] = START_TASTE, START_OWN
    share[odd_first[:minority]] = START_OTHERS
    share[odd_first[:minority], -2] = START_TASTE
    return share


def _fit(base: Attentiveness, pairs: Overlap, share: Floats) -> _Fit:
    """Mean-field iteration from a start (A, K + 1)."""
    k = share.shape[1] - 1
    log_base = np.log(np.maximum(base.posterior, 1e-300))
    log_prior = np.log(np.append(np.full(k, PRIOR_SHARED / k), 1 - PRIOR_SHARED))[None, :, None]
    without_overlap = log_base[:, None, :] + log_prior
    mean = base.mean[:, None] * share
    rho = np.eye(k + 1)
    rho[k, k] = 0.0
    for _ in range(MOST_ROUNDS):
        by_overlap = _log_likelihood(pairs, mean @ rho.T, base.q)
        log_posterior = without_overlap + by_overlap
        log_posterior -= scipy.special.logsumexp(log_posterior, axis=(1, 2), keepdims=True)
        posterior = np.exp(log_posterior)
        objective = float((posterior * (without_overlap + by_overlap / 2 - log_posterior)).sum())
        mean, new_share = posterior @ ETA, posterior.sum(axis=2)
        change = float(np.abs(new_share - share).max())
        share, rho = new_share, _rho(pairs, mean, base.q)
        if change < CONVERGED:
            break
    return _Fit(objective, posterior, share, rho)


def _log_likelihood(pairs: Overlap, in_common: Floats, q: float) -> Floats:
    """Of all pairs of an annotator by (taste, eta), (A, K + 1, eta); ``in_common`` (A, K + 1) is the other annotator's expected
    attentiveness, by what they have in common with each taste."""
    total = np.zeros((in_common.shape[0], in_common.shape[1], ETA.size))
    for k in range(in_common.shape[1] - 1):
        excess = np.clip(q * ETA[None, :] * in_common[:, k, None], -0.98, 0.98)  # (others, eta)
        total[:, k, :] += pairs.agreed @ np.log1p(excess) + pairs.differed @ np.log1p(-excess)
    return total


def _rho(pairs: Overlap, mean: Floats, q: float) -> Floats:
    """What two tastes have in common, by weighted least squares of agreement beyond chance."""
    k = mean.shape[1] - 1
    rho = np.zeros((k + 1, k + 1))
    beyond_chance = 2 * pairs.agreed - pairs.n
    for c in range(k):
        for d in range(c, k):
            expected = q * np.outer(mean[:, c], mean[:, d])
            ratio = float((beyond_chance * expected).sum() / max((pairs.n * expected**2).sum(), 1e-12))
            rho[c, d] = rho[d, c] = 1.0 if c == d else float(np.clip(ratio, -1.0, 1.0))
    return rho
