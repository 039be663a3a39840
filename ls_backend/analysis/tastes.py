"""What overlap says of attentiveness when tastes differ: several tastes, and room for tastes of one's own.

Agreement with others measures taste as well as care, so it must not be read as care alone. The model: every annotator a has a
taste z_a, one of K shared ones or a taste of their own. Two annotators who answer the same item independently agree with
chance (1 + q eta_a eta_b rho(z_a, z_b)) / 2, where rho is how much two tastes have in common: 1 for the same, 0 where one of
them is a taste of one's own, and estimated from the data between shared ones. This is the paper's model (arXiv 2502.06387,
section 3) with the preference probabilities of different tastes correlated by rho. A retest compares somebody with
themself, so it is the same formula on the diagonal. A careless annotator agrees a little less with everybody of a taste; a
minority agrees with its own as well as anybody, and one with a taste of their own is judged by retests and gold alone.

Fitted by mean-field iteration: each annotator's posterior over (taste, eta) on a grid, given the others' expected eta by
taste, together with what retests and gold say (:mod:`ls_backend.measurement.attentiveness`); then rho and the shares of the tastes. Start:
everybody of the first taste or of their own; the second taste from those who then are of their own, and so on.

Limits: a composite likelihood, which takes pairs of answers as independent, where two pairs may share an answer. So each pair
counts as :data:`DEPENDENT` of one (`steadyhand study coverage` shows what intervals then cover). Off for pay, since somebody's
figures then depend on who else worked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from ls_backend.analysis.agreement import pairs_of
from ls_backend.arrays import Floats
from ls_backend.measurement.attentiveness import ETA, Attentiveness, quantiles
from ls_backend.measurement.estimate import INTERVAL_LEVEL
from ls_backend.measurement.judgments import GoldItem, Judgments

ROUNDS = 40
DEPENDENT = 0.75  # at 1, intervals cover 85 to 88 % instead of 90 % in the study; at 0.5 they are too wide
Fit = tuple[float, Floats, Floats, Floats]
SHARED = 0.8  # chance of a shared taste, before anything is known
FIRST_TASTE = 0.8  # of the first one, at the start of the iteration


@dataclass(frozen=True)
class Overlap:
    """Pairs of first answers on the same item: ``n`` (A, A) how many, ``agreed`` (A, A) how many of them were the same.
    Symmetric, diagonal 0."""

    n: Floats
    agreed: Floats


def overlap(judgments: Judgments, gold: Mapping[str, GoldItem]) -> Overlap:
    """Count pairs over all items but gold, on which everybody agrees; ties agree with ties."""
    people = len(judgments.annotators)
    a, b, item, same = pairs_of(judgments)
    kept = np.array([name not in gold for name in judgments.items], dtype=np.bool_)[item]
    n, agreed = np.zeros((people, people)), np.zeros((people, people))
    np.add.at(n, (a[kept], b[kept]), 1.0)
    np.add.at(agreed, (a[kept], b[kept]), same[kept].astype(np.float64))
    return Overlap(n + n.T, agreed + agreed.T)


@dataclass(frozen=True)
class Tastes:
    """``attentiveness`` with overlap taken in, ``share`` (A, K + 1) the chance of each taste by annotator, the last one being a
    taste of one's own, and ``rho`` (K + 1, K + 1)."""

    attentiveness: Attentiveness
    share: Floats
    rho: Floats


def tastes(base: Attentiveness, pairs: Overlap, *, shared: int = 2, level: float = INTERVAL_LEVEL) -> Tastes:
    """Take overlap into what retests and gold say. ``base`` is their posterior; ``shared`` how many tastes to look for."""
    alone = np.log(np.maximum(base.posterior, 1e-300))
    pairs = Overlap(DEPENDENT * pairs.n, DEPENDENT * pairs.agreed)
    start: Floats = np.tile([FIRST_TASTE, 1 - FIRST_TASTE], (alone.shape[0], 1))
    best: Fit = _fit(alone, pairs, base, start)
    for _ in range(shared - 1):
        # those who disagree with everybody else's taste more than their own retests and gold let expect
        odd = np.argsort(best[1].sum(axis=1) @ ETA - base.mean)
        tried = []
        for part in (0.1, 0.2, 0.35):
            share: Floats = np.zeros((odd.size, best[2].shape[1] + 1))
            share[:, 0], share[:, -1] = 0.9, 0.1
            some = odd[: max(2, round(part * odd.size))]
            share[some] = 0.05
            share[some, -2] = 0.9
            tried.append(_fit(alone, pairs, base, share))
        best = max([best, *tried], key=lambda f: f[0])
    _, weight, found_share, rho = best
    posterior = weight.sum(axis=1)
    tail = (1 - level) / 2
    low, high = quantiles(posterior, (tail, 1 - tail))
    found = replace(
        base,
        mean=posterior @ ETA,
        low=low,
        high=high,
        posterior=posterior,
    )
    return Tastes(found, found_share, rho)


def _fit(alone: Floats, pairs: Overlap, base: Attentiveness, share: Floats) -> Fit:
    """Mean-field iteration from a start: objective, posterior (A, K + 1, eta), shares, rho."""
    k = share.shape[1] - 1
    differ = pairs.n - pairs.agreed
    prior = np.log(np.append(np.full(k, SHARED / k), 1 - SHARED))[None, :, None]
    mean = base.mean[:, None] * share
    rho = np.eye(k + 1)
    rho[k, k] = 0.0
    for _ in range(ROUNDS):
        own = alone[:, None, :] + prior
        seen = _agreement(pairs.agreed, differ, mean @ rho.T, base.q)
        joint = own + seen
        joint -= logsumexp(joint, axis=(1, 2), keepdims=True)
        weight = np.exp(joint)
        objective = float((weight * (own + seen / 2 - joint)).sum())
        mean, new = weight @ ETA, weight.sum(axis=2)
        moved = float(np.abs(new - share).max())
        share, rho = new, _common(pairs, mean, base.q)
        if moved < 1e-4:
            break
    return objective, weight, share, rho


def _agreement(agreed: Floats, differ: Floats, toward: Floats, q: float) -> Floats:
    """Log-likelihood of all pairs of an annotator by (taste, eta), (A, K + 1, eta); ``toward`` (A, K + 1) is what each other
    one has in common with each taste."""
    found = np.zeros((toward.shape[0], toward.shape[1], ETA.size))
    for k in range(toward.shape[1] - 1):
        excess = np.clip(q * ETA[None, :] * toward[:, k, None], -0.98, 0.98)  # (others, eta)
        found[:, k, :] += agreed @ np.log1p(excess) + differ @ np.log1p(-excess)
    return found


def _common(pairs: Overlap, mean: Floats, q: float) -> Floats:
    """rho by weighted least squares of agreement beyond chance."""
    k = mean.shape[1] - 1
    rho = np.zeros((k + 1, k + 1))
    beyond = 2 * pairs.agreed - pairs.n
    for c in range(k):
        for d in range(c, k):
            expected = q * np.outer(mean[:, c], mean[:, d])
            sign = float((beyond * expected).sum() / max((pairs.n * expected**2).sum(), 1e-12))
            rho[c, d] = rho[d, c] = 1.0 if c == d else float(np.clip(sign, -1.0, 1.0))
    return rho
