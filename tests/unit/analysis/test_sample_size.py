import numpy as np
import pytest
from scipy.stats import binom

from ls_backend.analysis.sample_size import (
    gold_agreement,
    gold_information,
    q_of_retests,
    retest_agreement,
    retest_information,
    sample_size,
    smallest_error,
)
from ls_backend.errors import InputError


def plainly(low: float, high: float, alpha: float, beta: float) -> tuple[int, int]:
    for n in range(1, 3000):
        for k in range(n + 1):
            if binom.sf(k - 1, n, low) <= alpha:
                if binom.cdf(k - 1, n, high) <= beta:
                    return n, k
                break
    raise AssertionError


@pytest.mark.parametrize("eta0", [0.2, 0.5])
@pytest.mark.parametrize("eta1", [0.8, 1.0])
@pytest.mark.parametrize("q", [0.5, 0.9])
@pytest.mark.parametrize("errors", [(0.05, 0.05), (0.01, 0.2)])
def test_the_size_is_the_smallest_of_an_exact_test(
    eta0: float, eta1: float, q: float, errors: tuple[float, float]
) -> None:
    alpha, beta = errors
    for chance in (lambda e: retest_agreement(e, q), lambda e: gold_agreement(e, 0.95)):
        found = sample_size(chance(eta0), chance(eta1), alpha=alpha, beta=beta)
        assert (found.n, found.threshold) == plainly(chance(eta0), chance(eta1), alpha, beta)


def test_information_is_the_curvature_of_the_likelihood() -> None:
    for eta, q in ((0.5, 0.5), (0.9, 0.8)):
        h = 1e-4
        for chance, information in ((retest_agreement, retest_information), (gold_agreement, gold_information)):
            slope = (chance(eta + h, q) - chance(eta - h, q)) / (2 * h)
            p = chance(eta, q)
            assert information(eta, q) == pytest.approx(slope**2 / (p * (1 - p)), rel=1e-6)
    assert retest_information(1.0, 1.0) == np.inf


def test_more_answers_make_the_error_smaller() -> None:
    few, some, many = (smallest_error(n, retest_agreement(0.4, 0.5), retest_agreement(0.9, 0.5)) for n in (5, 40, 160))
    assert 0.5 > few > some > many
    found = sample_size(retest_agreement(0.4, 0.5), retest_agreement(0.9, 0.5), alpha=0.05, beta=0.05)
    assert (
        smallest_error(found.n, retest_agreement(0.4, 0.5), retest_agreement(0.9, 0.5))
        <= 0.05
        < smallest_error(found.n - 4, retest_agreement(0.4, 0.5), retest_agreement(0.9, 0.5))
    )


def test_what_cannot_be_told_apart_is_an_error_with_a_cure() -> None:
    with pytest.raises(InputError, match="give eta1 above eta0"):
        sample_size(0.7, 0.7, alpha=0.05, beta=0.05)
    with pytest.raises(InputError, match="alpha is 0"):
        sample_size(0.6, 0.7, alpha=0, beta=0.05)
    with pytest.raises(InputError, match="choose eta0 and eta1 further apart"):
        sample_size(0.6, 0.60001, alpha=0.05, beta=0.05)


def test_the_q_of_repeated_pairs_is_that_of_the_mixture() -> None:
    assert q_of_retests(0.5, 0.5, 0.7) == pytest.approx(0.5)
    others = (0.5 - 0.1 * 0.92) / 0.9
    assert q_of_retests(0.5, 0.92, 0.7) == pytest.approx(0.7 * 0.92 + 0.3 * others)
    assert q_of_retests(0.5, 0.92, 0.1) == pytest.approx(0.5), "by chance, the mixture is that of all pairs"
    with pytest.raises(InputError, match=r"from 0\.05 to 0\.50"):
        q_of_retests(0.05, 0.9, 0.7)
