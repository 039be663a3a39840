"""The model against its own simulator, and against the formulas of arXiv 2502.06387."""

import numpy as np
import pytest

from ls_backend.core import retest
from ls_backend.core.attention import ETA, LAM, Anchor, attention, log_probabilities
from ls_backend.core.judgments import Judgment, Judgments
from ls_backend.trials import studies

EMPTY = np.zeros((1, 5), dtype=np.int64)
NO_GOLD = np.zeros((1, 4), dtype=np.int64)


def at(eta: float, lam: float, q: float, r: float = 1.0) -> np.ndarray:
    return np.exp(log_probabilities(np.array([eta]), np.array([lam]), np.array([q]), r=r)[:, 0, 0, 0])


@pytest.mark.parametrize(("eta", "q"), [(0.0, 1.0), (0.4, 0.7), (0.9, 0.5), (1.0, 1.0)])
def test_without_position_bias_the_chances_are_the_papers(eta: float, q: float) -> None:
    chance = at(eta, 0.5, q, r=0.8)
    assert chance[0] == pytest.approx((1 + eta**2 * q) / 2)
    assert chance[3] == pytest.approx((1 + eta**2 * q) / 2)
    assert chance[5] == pytest.approx((1 + eta * 0.8) / 2)
    assert chance[7] == pytest.approx((1 + eta * 0.8) / 2)


def test_all_chances_agree_with_a_simulation_that_knows_only_the_story() -> None:
    rng = np.random.default_rng(5)
    n, eta, lam = 400_000, 0.6, 0.8
    p = rng.choice([0.95, 0.05, 0.7, 0.3], n)
    q = float(((2 * p - 1) ** 2).mean())

    def left(p_left: np.ndarray) -> np.ndarray:
        return rng.random(n) < np.where(rng.random(n) < eta, p_left, lam)

    first, swapped, again = left(p), left(1 - p), left(p)
    chance = at(eta, lam, q)
    seen = [
        (first != swapped).mean(),
        (first & swapped).mean(),
        (~first & ~swapped).mean(),
        (first == again).mean(),
        (first != again).mean(),
        left(np.ones(n)).mean(),
    ]
    assert chance[:6] == pytest.approx(seen, abs=0.005)


def test_the_true_attentiveness_is_recovered_and_q_with_it() -> None:
    rng = np.random.default_rng(1)
    eta, q = rng.uniform(0.1, 0.98, 60), 0.7
    table = np.exp(log_probabilities(eta, np.array([0.5]), np.array([q]))[:, 0, :, 0])
    retests = np.array([[*rng.multinomial(300, table[:3, a]), 0, 0] for a in range(60)])
    right = np.array([rng.binomial(200, table[5, a]) for a in range(60)])
    gold = np.stack([right, 200 - right, 0 * right, 0 * right], axis=1)
    found = attention(retests, gold)
    assert np.abs(found.mean - eta).mean() < 0.04
    assert found.q == pytest.approx(q, abs=0.06)
    covered = (found.low <= eta) & (eta <= found.high)
    assert 0.8 <= covered.mean() <= 1.0


def test_somebody_who_always_clicks_left_is_not_attentive_however_consistent() -> None:
    rows = [Judgment("a", f"{n}", 1, False, at=n) for n in range(30)]
    rows += [Judgment("a", f"{n}", -1, True, at=100 + n) for n in range(30)]
    found = Judgments.of(rows)
    model = attention(retest.evidence(found, retest.retests(found)), np.array([[8, 0, 0, 8]]))
    assert model.high[0] < 0.2


def test_without_an_anchor_the_figures_are_the_bound_that_q_equal_to_one_gives() -> None:
    counts = np.array([[900, 50, 50, 0, 0]])
    found = attention(counts, NO_GOLD)
    assert found.anchor is Anchor.NONE
    assert found.mean[0] == pytest.approx(np.sqrt(2 * 0.9 - 1), abs=0.02)
    assert attention(counts, NO_GOLD, q=0.9).anchor is Anchor.GIVEN
    assert attention(counts, NO_GOLD, q=0.9).mean[0] > found.mean[0]


def test_nothing_monitored_leaves_the_prior() -> None:
    found = attention(EMPTY, NO_GOLD)
    assert found.n.tolist() == [0]
    assert found.mean[0] == pytest.approx(0.5)
    assert (found.low[0], found.high[0]) == pytest.approx((0.05, 0.95))


def test_more_right_answers_never_lower_it() -> None:
    gold = np.array([[k, 20 - k, 0, 0] for k in range(21)])
    mean = attention(np.zeros((21, 5), dtype=np.int64), gold, q=0.8).mean
    assert (np.diff(mean) > 0).all()


def test_the_result_for_one_does_not_depend_on_how_many_are_computed_at_once() -> None:
    gold = np.tile(np.array([[9, 1, 8, 2]]), (300, 1))
    found = attention(np.zeros((300, 5), dtype=np.int64), gold, q=0.8)
    assert np.ptp(found.mean) < 1e-12


def test_grids_hold_the_middles_of_their_cells() -> None:
    assert ETA.mean() == pytest.approx(0.5)
    assert LAM.mean() == pytest.approx(0.5)


def test_intervals_cover_what_they_say() -> None:
    found = studies.coverage(seeds=12)
    held = [row["coverage"] for row in found if row["tastes"] == "one"]
    assert 0.88 <= np.mean(held) <= 0.92
    assert min(row["coverage"] for row in found) > 0.80
    assert min(row["with_overlap"] for row in found) > 0.80


def test_what_if_evidence_is_judged_by_the_projects_prior() -> None:
    rng = np.random.default_rng(0)
    outcomes, gold = rng.integers(0, 9, (6, 5)), rng.integers(0, 9, (6, 4))
    model = attention(outcomes, gold, pooled=True)
    again = attention(outcomes, gold, like=model)
    assert (again.q, again.anchor) == (model.q, model.anchor)
    np.testing.assert_allclose(again.mean, model.mean, atol=0.03)
    nothing = attention(np.zeros_like(outcomes), np.zeros_like(gold), like=model)
    np.testing.assert_allclose(nothing.mean, model.prior @ ETA, rtol=1e-9)
