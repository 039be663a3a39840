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

The posterior is computed on a grid over (eta, lam) for each annotator and over q for the project, with uniform priors
on eta and q and a Beta(2, 2) prior on lam. Limits: eta is taken as constant over the judgments given, and an
annotator's two answers on a pair as independent given p (a minimum lag is there to make that so).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import logsumexp

from ls_backend.core.judgments import Floats, Ints

ETA: Floats = (np.arange(100) + 0.5) / 100
LAM: Floats = (np.arange(15) + 0.5) / 15
Q: Floats = np.arange(1, 11) / 10
CHUNK = 128  # annotators at a time: bounds the memory of a grid at about 15 MB


class Anchor(StrEnum):
    """What fixes the scale of attentiveness."""

    GOLD = "gold"
    GIVEN = "given"
    NONE = "none"


@dataclass(frozen=True)
class Attention:
    """Posterior of attentiveness over A annotators: ``mean``, ``low``, ``high`` and ``n`` (monitored answers), each of
    shape (A,), the project's ``q`` (posterior mean), what anchors the scale, and the ``posterior`` (A, cells of
    :data:`ETA`) itself. With ``Anchor.NONE`` the figures are lower bounds."""

    mean: Floats
    low: Floats
    high: Floats
    n: Ints
    q: float
    anchor: Anchor
    posterior: Floats


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


def attention(retests: Ints, gold: Ints, *, level: float = 0.9, q: float | None = None, r: float = 1.0) -> Attention:
    """Posterior of each annotator's attentiveness.

    ``retests`` (A, 5) and ``gold`` (A, 4) are the evidence counts; ``level`` is the mass of the credible interval,
    which has equal tails; ``q`` fixes how decided preferences are, where it is known.
    """
    counts = np.hstack([retests, gold]).astype(np.float64)
    anchor = Anchor.GOLD if gold.any() else Anchor.NONE if q is None else Anchor.GIVEN
    grid = np.array([q]) if q is not None else Q if anchor is Anchor.GOLD else np.array([1.0])
    table = log_probabilities(ETA, LAM, grid, r=r)
    shape = table.shape[1:]
    prior_lam = LAM * (1 - LAM)
    log_prior = np.log(prior_lam / prior_lam.sum())[None, None, :] - np.log(ETA.size)

    log_q = np.zeros(grid.size)
    by_eta = np.empty((counts.shape[0], grid.size, ETA.size))
    for start in range(0, counts.shape[0], CHUNK):
        part = counts[start : start + CHUNK]
        joint = (part @ table.reshape(counts.shape[1], -1)).reshape(-1, *shape) + log_prior
        marginal = logsumexp(joint, axis=3)
        evidence = logsumexp(marginal, axis=2)
        log_q += evidence.sum(axis=0)
        by_eta[start : start + CHUNK] = np.exp(marginal - evidence[:, :, None])
    weight = np.exp(log_q - logsumexp(log_q))
    posterior = np.einsum("aqe,q->ae", by_eta, weight)
    tail = (1 - level) / 2
    return Attention(
        mean=posterior @ ETA,
        low=quantile(posterior, tail),
        high=quantile(posterior, 1 - tail),
        n=counts.sum(axis=1).astype(np.int64),
        q=float(weight @ grid),
        anchor=anchor,
        posterior=posterior,
    )


def quantile(posterior: Floats, mass: float) -> Floats:
    """Quantile of histograms over the eta cells, linear within a cell. (A, eta) -> (A,)."""
    edges = np.concatenate([np.zeros((posterior.shape[0], 1)), np.cumsum(posterior, axis=1)], axis=1)
    cell = np.minimum((edges[:, 1:] < mass).sum(axis=1), ETA.size - 1)
    rows = np.arange(posterior.shape[0])
    inside = (mass - edges[rows, cell]) / np.maximum(posterior[rows, cell], 1e-300)
    return np.asarray((cell + np.clip(inside, 0, 1)) / ETA.size, dtype=np.float64)
