"""How many checks it takes to tell a careful annotator from a careless one.

*How Humans Help LLMs* (arXiv 2502.06387), section 3: on a retest P(same answer) = (1 + eta^2 q) / 2, on an expert's (gold)
item P(agree) = (1 + eta r) / 2. An annotator passes who agrees at least ``threshold`` times of ``n``. The test is exact: n is the
smallest number for which some threshold keeps both errors, of passing an annotator of eta0 (at most alpha) and of failing one of
eta1 (at most beta).

Fisher information of one check about eta: 4 eta^2 q^2 / (1 - eta^4 q^2) for a retest and r^2 / (1 - eta^2 r^2) for gold.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.arrays import Ints
from ls_backend.errors import InputError
from ls_backend.measurement.decidedness import DECIDED_SHARE

MOST_CHECKS = 200_000
TRIED_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Pass with at least ``threshold`` agreements of ``n``."""

    n: int
    threshold: int


def retest_agreement(eta: float, q: float) -> float:
    """Chance that a retest agrees."""
    return (1 + eta**2 * q) / 2


def gold_agreement(eta: float, r: float) -> float:
    """Chance of the known answer on a gold item, or of an expert's."""
    return (1 + eta * r) / 2


def retest_information(eta: float, q: float) -> float:
    """Fisher information of a retest about eta; infinite where eta^2 q = 1."""
    denominator = 1 - eta**4 * q**2
    return 4 * eta**2 * q**2 / denominator if denominator > 0 else np.inf


def gold_information(eta: float, r: float) -> float:
    """Fisher information of a gold item about eta; infinite where eta r = 1."""
    denominator = 1 - eta**2 * r**2
    return r**2 / denominator if denominator > 0 else np.inf


def q_of_retests(q: float, q_decided: float, focus: float) -> float:
    """How decided the repeated pairs are where a share ``focus`` of them is taken for decided, and those are so by ``q_decided``, while
    all pairs are by ``q``.

    Raises:
        InputError: the decided pairs would be less decided than all, or more so than ``q`` leaves room for.
    """
    of_others = (q - DECIDED_SHARE * q_decided) / (1 - DECIDED_SHARE)
    if q_decided < q or of_others < 0:
        raise InputError(
            f"q of decided pairs is {q_decided}, that of all pairs {q}: give a q of decided pairs from {q} to "
            f"{min(1, q / DECIDED_SHARE):.2f}, for they are a tenth of all"
        )
    return focus * q_decided + (1 - focus) * of_others


def sample_size(low: float, high: float, *, alpha: float, beta: float) -> SampleSize:
    """The smallest n, and its least threshold, that tells chance ``low`` from chance ``high`` of agreeing.

    Raises:
        InputError: the chances are not in order, the errors not in (0, 1), or more than 200,000 checks are needed.
    """
    if not 0 <= low < high <= 1:
        raise InputError(
            f"the careful ({high:.4f}) must agree more often than the careless ({low:.4f}); give eta1 above eta0"
        )
    for name, error in (("alpha", alpha), ("beta", beta)):
        if not 0 < error < 1:
            raise InputError(f"{name} is {error}; give a chance between 0 and 1, such as 0.05")
    for start in range(1, MOST_CHECKS, TRIED_AT_ONCE):
        n = np.arange(start, start + TRIED_AT_ONCE)
        threshold = _threshold(n, low, alpha)
        enough = (threshold <= n) & (scipy.special.bdtr(threshold - 1.0, n, high) <= beta)
        if enough.any():
            first = int(np.argmax(enough))
            return SampleSize(int(n[first]), int(threshold[first]))
    raise InputError(f"more than {MOST_CHECKS} checks would be needed; choose eta0 and eta1 further apart")


def _threshold(n: Ints, low: float, alpha: float) -> Ints:
    """The least k with P(X >= k) <= alpha at chance ``low``, by bisection; n + 1 where none is."""
    at_least: Ints = np.zeros(n.size, dtype=np.int64)
    at_most: Ints = n + 1
    while (at_least < at_most).any():
        middle = (at_least + at_most) // 2
        tail = np.where(
            middle == 0, 1.0, np.where(middle > n, 0.0, scipy.special.bdtrc(np.maximum(middle - 1.0, 0), n, low))
        )
        good = tail <= alpha
        at_most = np.where(good, middle, at_most)
        at_least = np.where(good, at_least, middle + 1)
    return at_most


def smallest_error(n: int, chance_low: float, chance_high: float) -> float:
    """The smaller of the two equal errors that n checks allow: the least over thresholds of the larger one."""
    k = np.arange(n + 2)
    passed = np.where(k == 0, 1.0, scipy.special.bdtrc(np.maximum(k - 1.0, 0), n, chance_low) * (k <= n))
    failed = np.where(k == 0, 0.0, np.where(k > n, 1.0, scipy.special.bdtr(np.maximum(k - 1.0, 0), n, chance_high)))
    return float(np.maximum(passed, failed).min())
