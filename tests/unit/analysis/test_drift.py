"""The alarm keeps its promise however often one looks; trends are recovered."""

import numpy as np
import pytest

from ls_backend.analysis import drift
from ls_backend.arrays import Floats


def against(required: Floats) -> Floats:
    """Bets on chances below what is required."""
    return np.stack([required * part for part in (0.6, 0.8, 0.9)])


def test_false_alarms_over_a_thousand_looks_stay_under_alpha() -> None:
    rng, alpha = np.random.default_rng(1), 0.05
    for chance in (0.6, 0.75, 0.95):
        agreed = (rng.random((1500, 1000)) < chance).astype(np.float64)
        required = np.full_like(agreed, chance)
        ever = (drift.evidence_over_time(agreed, required, against(required)) >= 1 / alpha).any(axis=1)
        assert ever.mean() <= alpha


def test_degrees_of_agreement_keep_the_promise_too() -> None:
    rng = np.random.default_rng(5)
    agreed = rng.beta(3, 1, (1500, 1000))
    required = np.full_like(agreed, 0.75)
    assert (drift.evidence_over_time(agreed, required, against(required)) >= 20).any(axis=1).mean() <= 0.05


def test_a_drop_is_found_within_some_dozens_of_answers() -> None:
    rng = np.random.default_rng(2)
    agreed = (rng.random((200, 400)) < np.where(np.arange(400) < 100, 0.8, 0.5)).astype(np.float64)
    required = np.full_like(agreed, 0.8)
    found = drift.evidence_over_time(agreed, required, against(required)) >= 20
    assert np.median(found.argmax(axis=1)) < 180


def test_one_answer_at_a_time_is_the_same_as_all_at_once() -> None:
    rng = np.random.default_rng(3)
    agreed = (rng.random(60) < 0.6).astype(np.float64)
    required = rng.uniform(0.5, 0.95, 60)
    monitor, seen = drift.Monitor(), []
    for x, p in zip(agreed, required, strict=True):
        monitor = monitor.step(float(x), float(p), against(p))
        seen.append(monitor.evidence)
    np.testing.assert_allclose(
        seen, drift.evidence_over_time(agreed[None, :], required[None, :], against(required[None, :]))[0], rtol=1e-12
    )
    assert monitor.highest == pytest.approx(max(seen))


def test_a_gap_in_the_answers_changes_nothing() -> None:
    agreed = np.array([[1.0, np.nan, 0.0, np.nan, 0.0], [1.0, 0.0, 0.0, np.nan, np.nan]])
    required = np.full_like(agreed, 0.7)
    found = drift.evidence_over_time(agreed, required, against(required))
    assert found[0, -1] == pytest.approx(found[1, -1])


def test_a_trend_is_recovered_and_little_is_unknown() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(200):
        chance = np.linspace(0.9, 0.5, 80)
        found = drift.trend((rng.random(80) < chance).astype(np.float64))
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= -0.4 <= found.high)
    assert 0.84 < np.mean(covered) < 0.96
    assert drift.trend(np.ones(3)).value is None
