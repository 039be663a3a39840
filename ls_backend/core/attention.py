"""The annotator model: how attentive is somebody whose answers have no truth to be checked against?

Model (*How Humans Help LLMs*, arXiv 2502.06387, section 3; position bias added): on a pair with preference probability
p, this annotator's own chance of preferring the first response, an annotator of attentiveness ``eta`` answers by p
with probability eta and guesses otherwise; a guess picks the left side with probability ``lam``.
With q = E[(2p - 1)^2], how decided the preferences are:

- swapped retest: both left    eta^2 (1-q)/4 + eta (1-eta) lam     + (1-eta)^2 lam^2
                  both right   eta^2 (1-q)/4 + eta (1-eta) (1-lam) + (1-eta)^2 (1-lam)^2
                  same         the rest; (1 + eta^2 q) / 2 where lam = 1/2
- same order:     same         eta^2 (1+q)/2 + eta (1-eta) + (1-eta)^2 (lam^2 + (1-lam)^2)
- gold:           chosen       eta (1+r)/2 + (1-eta) lam, or (1-lam) where it stood right;
                               (1 + eta r) / 2 where lam = 1/2

``r`` is how certain gold is: 1 where nobody attentive would answer otherwise.

Identifiability: retests alone tell eta^2 q, so the scale of eta comes from gold, or from a given q. Without either,
only the bound eta >= sqrt(2A - 1), A the chance of the same answer, is known: it is what q = 1 gives.

The posterior is computed on a grid over (eta, lam) for each annotator and over q for the project, with a uniform prior on q
and a prior on lam that is three parts Beta(30, 30) (most people's guesses favour no side) and one part uniform. The prior on eta is uniform, or ``pooled``: a Beta distribution fitted to the project, in that its
parameters have a grid of their own, over which the posterior is averaged by how well each explains everybody's evidence
(empirical Bayes that does not pretend to know the prior of a small project). Pay uses the uniform one, so that nobody's pay
depends on who else works; reputation the pooled one. Limits: eta is taken as constant over the judgments given, and an
annotator's two answers on a pair as independent given p (a minimum lag is there to make that so).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import betainc, logsumexp

from ls_backend.core.judgments import Floats, Ints

ETA: Floats = (np.arange(100) + 0.5) / 100
LAM: Floats = (np.arange(15) + 0.5) / 15
Q: Floats = np.arange(1, 11) / 10


def _beta(mean: float, weight: float, cells: int) -> Floats:
    """A Beta distribution on equal cells of [0, 1], by its mean and the sum of its parameters."""
    edges = betainc(mean * weight, (1 - mean) * weight, np.linspace(0, 1, cells + 1))
    return np.asarray(np.maximum(np.diff(edges), 1e-12))


POOLED: Floats = np.stack([_beta(m / 20, w, ETA.size) for m in range(4, 20) for w in (1.0, 1.5, 2.0, 3.0, 5.0, 8.0)])
PRIOR_LAM: Floats = 0.75 * _beta(0.5, 60.0, LAM.size) + 0.25 / LAM.size
CHUNK = 128  # annotators at a time: bounds the memory of a grid at about 15 MB


class Anchor(StrEnum):
    """What fixes the scale of attentiveness."""

    GOLD = "gold"
    GIVEN = "given"
    NONE = "none"


@dataclass(frozen=True)
class Attention:
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


def log_probabilities(eta: Floats, lam: Floats, q: Floats, *, r: float = 1.0) -> Floats:
    """Log probability of each kind of evidence on the grid.

    Returns shape (9, q, eta, lam): the five columns of :func:`ls_backend.core.retest.evidence`, then the four of
    :func:`ls_backend.core.gold.evidence`.
    """
    qq, e, b = np.meshgrid(q, eta, lam, indexing="ij")
    both_left = e**2 * (1 - qq) / 4 + e * (1 - e) * b + (1 - e) ** 2 * b**2
    both_right = e**2 * (1 - qq) / 4 + e * (1 - e) * (1 - b) + (1 - e) ** 2 * (1 - b) ** 2
    same_order = e**2 * (1 + qq) / 2 + e * (1 - e) + (1 - e) ** 2 * (b**2 + (1 - b) ** 2)
    gold_left = e * (1 + r) / 2 + (1 - e) * b
    gold_right = e * (1 + r) / 2 + (1 - e) * (1 - b)
    chances = np.stack(
        [
            1 - both_left - both_right,
            both_left,
            both_right,
            same_order,
            1 - same_order,
            gold_left,
            1 - gold_left,
            gold_right,
            1 - gold_right,
        ]
    )
    return np.asarray(np.log(np.maximum(chances, 1e-12)), dtype=np.float64)


def attention(
    retests: Ints,
    gold: Ints,
    *,
    level: float = 0.9,
    q: float | None = None,
    r: float = 1.0,
    pooled: bool = False,
    like: "Attention | None" = None,
) -> Attention:
    """Posterior of each annotator's attentiveness.

    ``retests`` (A, 5) and ``gold`` (A, 4) are the evidence counts; ``level`` is the mass of the credible interval,
    which has equal tails; ``q`` fixes how decided preferences are, where it is known; ``pooled`` fits the prior.
    What-if evidence is judged ``like`` that of a project: by its prior, its q and its anchor.
    """
    counts = np.hstack([retests, gold]).astype(np.float64)
    anchor = Anchor.GOLD if gold.any() else Anchor.NONE if q is None else Anchor.GIVEN
    if like is not None:
        anchor, q = like.anchor, like.q
    grid = np.array([q]) if q is not None else Q if anchor is Anchor.GOLD else np.array([1.0])
    table = log_probabilities(ETA, LAM, grid, r=r)
    shape = table.shape[1:]
    priors = like.prior[None, :] if like is not None else POOLED if pooled else np.full((1, ETA.size), 1 / ETA.size)

    rows, which = np.unique(counts, axis=0, return_inverse=True)  # many annotators have the same counts
    times = np.bincount(which.ravel())
    log_weight = np.zeros((grid.size, priors.shape[0]))
    scaled = np.empty((rows.shape[0], grid.size, ETA.size))
    for start in range(0, rows.shape[0], CHUNK):
        part = slice(start, start + CHUNK)
        joint = (rows[part] @ table.reshape(counts.shape[1], -1)).reshape(-1, *shape)
        top = joint.max(axis=(2, 3))[:, :, None]
        scaled[part] = np.exp(joint - top[..., None]) @ PRIOR_LAM
        log_weight += np.einsum("a,aqh->qh", times[part], np.log(scaled[part] @ priors.T) + top)
    weight = np.exp(log_weight - logsumexp(log_weight))
    evidence = scaled @ priors.T  # (rows, q, priors)
    mixed = np.einsum("qh,aqh,he->aqe", weight, 1 / evidence, priors)
    posterior = (scaled * mixed).sum(axis=1)[which.ravel()]
    tail = (1 - level) / 2
    return Attention(
        mean=posterior @ ETA,
        low=quantile(posterior, tail),
        high=quantile(posterior, 1 - tail),
        n=counts.sum(axis=1).astype(np.int64),
        q=float(weight.sum(axis=1) @ grid),
        anchor=anchor,
        posterior=posterior,
        prior=weight.sum(axis=0) @ priors,
    )


def quantile(posterior: Floats, mass: float) -> Floats:
    """Quantile of histograms over the eta cells, linear within a cell. (A, eta) -> (A,)."""
    edges = np.concatenate([np.zeros((posterior.shape[0], 1)), np.cumsum(posterior, axis=1)], axis=1)
    cell = np.minimum((edges[:, 1:] < mass).sum(axis=1), ETA.size - 1)
    rows = np.arange(posterior.shape[0])
    inside = (mass - edges[rows, cell]) / np.maximum(posterior[rows, cell], 1e-300)
    return np.asarray((cell + np.clip(inside, 0, 1)) / ETA.size, dtype=np.float64)
