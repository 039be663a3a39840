import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from ls_backend.measurement.estimate import Estimate, proportion_interval, proportions


def test_the_interval_is_statsmodels_jeffreys_inside() -> None:
    hits, n = np.array([1, 5, 9, 40]), np.array([10, 10, 10, 80])
    low, high = proportion_interval(hits, n, level=0.9)
    expected = proportion_confint(hits, n, alpha=0.1, method="jeffreys")
    assert low == pytest.approx(expected[0], abs=1e-9)
    assert high == pytest.approx(expected[1], abs=1e-9)


def test_it_is_closed_where_all_or_none_hit() -> None:
    low, high = proportion_interval(np.array([0, 10]), np.array([10, 10]), level=0.9)
    assert low[0] == 0.0
    assert high[1] == 1.0


def test_without_observations_there_is_a_reason_and_no_number() -> None:
    (none,) = proportions(np.array([0]), np.array([0]), level=0.9, reason="nothing yet")
    assert none == Estimate(None, None, None, 0, "nothing yet")
    assert none.to_dict() == {"value": None, "low": None, "high": None, "n": 0}
    assert none.scaled(100) is none
