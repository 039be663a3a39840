"""The model against its own simulator, and against the formulas of arXiv 2502.06387."""

import numpy as np
import pytest

from ls_backend.measurement.attentiveness import (
    ETA,
    GOLD_COLUMNS,
    LAM,
    LAM_EDGES,
    Anchor,
    Attentiveness,
    EvidenceColumn,
    GuessRates,
    likelihood,
    log_probabilities,
    prior_of_lam,
)
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.simulation.studies import StudyOptions, coverage


def attentiveness(
    retests: np.ndarray,
    gold: np.ndarray,
    guess_rates: GuessRates | None = None,
    *,
    q: float | None = None,
    pooled: bool = False,
    reference: Attentiveness | None = None,
    best: bool = False,
) -> Attentiveness:
    """From counts of retests (A, up to 7) and gold (A, 4)."""
    counts = np.zeros((len(retests), len(EvidenceColumn)))
    counts[:, : retests.shape[1]] = retests
    counts[:, GOLD_COLUMNS] = gold
    seen = likelihood(counts, guess_rates, q=q if reference is None else reference.q, best=best)
    return seen.attentiveness(pooled=pooled, reference=reference)


EMPTY = np.zeros((1, 5), dtype=np.int64)
NO_GOLD = np.zeros((1, 4), dtype=np.int64)


def at(eta: float, lam: float, q: float, r: float = 1.0) -> np.ndarray:
    return np.exp(log_probabilities(np.array([eta]), np.array([lam]), np.array([q]), r=r)[:, 0, 0, 0])


@pytest.mark.parametrize(("eta", "q"), [(0.0, 1.0), (0.4, 0.7), (0.9, 0.5), (1.0, 1.0)])
def test_without_position_bias_the_chances_are_the_papers(eta: float, q: float) -> None:
    chance = at(eta, 0.5, q, r=0.8)
    assert chance[0] == pytest.approx((1 + eta**2 * q) / 2)
    assert chance[3] == pytest.approx((1 + eta**2 * q) / 2)
    assert chance[7] == pytest.approx((1 + eta * 0.8) / 2)
    assert chance[9] == pytest.approx((1 + eta * 0.8) / 2)


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
    assert chance[[0, 1, 2, 3, 4, 7]] == pytest.approx(seen, abs=0.005)


@pytest.mark.parametrize(("ties", "eta", "q"), [(0.2, 0.7, 0.6), (0.5, 0.3, 0.4), (0.1, 1.0, 0.8)])
def test_ties_agree_with_a_simulation_of_a_third_option(ties: float, eta: float, q: float) -> None:
    """Preferences drawn from the Dirichlet distribution whose moments the model takes."""
    rng = np.random.default_rng(8)
    n, lam = 400_000, 0.7
    weight = 1 / q - 1
    p = rng.dirichlet(np.array([(1 - ties) / 2, ties, (1 - ties) / 2]) * weight, n)  # first, tie, second

    def answered(second_left: bool) -> np.ndarray:
        attentive = (rng.random((n, 1)) > np.cumsum(p, axis=1)).sum(axis=1)
        left = np.where(rng.random(n) < lam, 0, 2)
        guess = np.where(rng.random(n) < ties, 1, 2 - left if second_left else left)
        return np.where(rng.random(n) < eta, attentive, guess)

    first, swapped, again = answered(False), answered(True), answered(False)
    chance = np.exp(log_probabilities(np.array([eta]), np.array([lam]), np.array([q]), ties=ties)[:, 0, 0, 0])
    one_tie = ((first == 1) != (swapped == 1)).mean()
    seen = [
        ((first == swapped) & (first != 1)).mean(),
        ((first == 0) & (swapped == 2)).mean(),
        ((first == 2) & (swapped == 0)).mean(),
        ((first == again) & (first != 1)).mean(),
        ((first != again) & (first != 1) & (again != 1)).mean(),
        ((first == 1) & (swapped == 1)).mean(),
        one_tie,
    ]
    assert chance[:7] == pytest.approx(seen, abs=0.005)


def test_who_always_ties_repeats_everything_and_is_known_no_better_for_it() -> None:
    rows = [Judgment("a", f"{n % 30}", 0, n >= 30, at=n) for n in range(60)]
    found = gather_evidence(Judgments.of(rows), {})
    assert found.counts[0, EvidenceColumn.BOTH_TIES] == 30
    model = found.attentiveness()
    assert model.mean[0] == pytest.approx(0.5)
    wrong = gather_evidence(Judgments.of(rows), {f"{n}": GoldItem(1) for n in range(12)}).attentiveness()
    assert wrong.high[0] < 0.3, "gold tells"


def test_going_back_and_forth_between_a_tie_and_a_side_lowers_it() -> None:
    steady, moving = np.zeros((2, 1, 7))
    steady[0, [0, EvidenceColumn.BOTH_TIES]] = 20, 4
    moving[0, [0, EvidenceColumn.ONE_TIE]] = 16, 8
    ties = GuessRates(ties=np.array([0.2]))
    assert attentiveness(steady, NO_GOLD, ties, q=0.8).low[0] > attentiveness(moving, NO_GOLD, ties, q=0.8).mean[0]


@pytest.mark.parametrize("options", [2, 3, 5, 10])
def test_k_options_agree_as_the_formula_says_and_are_recovered(options: int) -> None:
    """P(same) = 1/K + (1 - 1/K) eta^2 q and P(right) = eta + (1 - eta) / K, options equally likely."""
    rng = np.random.default_rng(options)
    eta, q, n = rng.uniform(0.2, 0.95, 40), 0.7, 400
    p = rng.dirichlet(np.full(options, (1 / q - 1) / options), (40, n))
    counts = np.zeros((40, len(EvidenceColumn)))

    def answered(chance: np.ndarray) -> np.ndarray:
        attentive = (rng.random((40, n, 1)) > np.cumsum(chance, axis=2)).sum(axis=2)
        return np.where(rng.random((40, n)) < eta[:, None], attentive, rng.integers(0, options, (40, n)))

    same = (answered(p) == answered(p)).mean(axis=1)
    assert same.mean() == pytest.approx((1 / options + (1 - 1 / options) * eta**2 * q).mean(), abs=0.01)
    known = np.zeros((40, n, options))
    known[:, :, 0] = 1
    right = (answered(known) == 0).mean(axis=1)
    counts[:, EvidenceColumn.SAME_ORDER_AGREED], counts[:, EvidenceColumn.SAME_ORDER_DISAGREED] = (
        n * same,
        n * (1 - same),
    )
    counts[:, EvidenceColumn.GOLD_LEFT_CHOSEN], counts[:, EvidenceColumn.GOLD_LEFT_NOT_CHOSEN] = (
        n * right,
        n * (1 - right),
    )
    chance = np.full(40, 1 / options)
    model = likelihood(counts, GuessRates(retest=chance, gold=chance)).attentiveness()
    assert np.abs(model.mean - eta).mean() < 0.03
    assert model.q == pytest.approx(q, abs=0.06)


def test_the_best_may_be_taken_to_be_attentive_and_the_output_says_so() -> None:
    rng = np.random.default_rng(2)
    eta, q = np.repeat([0.95, 0.7, 0.4], 20), 0.5
    same = rng.binomial(600, (1 + eta**2 * q) / 2)
    retests = np.stack([same, 300 - same // 2, 300 - same + same // 2], axis=1)
    bound = attentiveness(retests, np.zeros((60, 4)), pooled=True)
    found = attentiveness(retests, np.zeros((60, 4)), pooled=True, best=True)
    assert (bound.anchor, found.anchor) == (Anchor.NONE, Anchor.BEST)
    assert found.q == pytest.approx(q, abs=0.1)
    assert np.abs(found.mean - eta).mean() < 0.08
    assert attentiveness(retests, np.ones((60, 4)), best=True).anchor is Anchor.GOLD, "gold says it better"


def test_the_true_attentiveness_is_recovered_and_q_with_it() -> None:
    rng = np.random.default_rng(1)
    eta, q = rng.uniform(0.1, 0.98, 60), 0.7
    table = np.exp(log_probabilities(eta, np.array([0.5]), np.array([q]))[:, 0, :, 0])
    retests = np.array([[*rng.multinomial(300, table[:3, a]), 0, 0] for a in range(60)])
    right = np.array([rng.binomial(200, table[EvidenceColumn.GOLD_LEFT_CHOSEN, a]) for a in range(60)])
    gold = np.stack([right, 200 - right, 0 * right, 0 * right], axis=1)
    found = attentiveness(retests, gold)
    assert np.abs(found.mean - eta).mean() < 0.04
    assert found.q == pytest.approx(q, abs=0.06)
    covered = (found.low <= eta) & (eta <= found.high)
    assert 0.8 <= covered.mean() <= 1.0


def test_somebody_who_always_clicks_left_is_not_attentive_however_consistent() -> None:
    rows = [Judgment("a", f"{n}", 1, False, at=n) for n in range(30)]
    rows += [Judgment("a", f"{n}", -1, True, at=100 + n) for n in range(30)]
    found = Judgments.of(rows)
    model = attentiveness(gather_evidence(found, {}).counts[:, :7], np.array([[8, 0, 0, 8]]))
    assert model.high[0] < 0.2


def test_without_an_anchor_the_figures_are_the_bound_that_q_equal_to_one_gives() -> None:
    counts = np.array([[900, 50, 50, 0, 0]])
    found = attentiveness(counts, NO_GOLD)
    assert found.anchor is Anchor.NONE
    assert found.mean[0] == pytest.approx(np.sqrt(2 * 0.9 - 1), abs=0.02)
    assert attentiveness(counts, NO_GOLD, q=0.9).anchor is Anchor.GIVEN
    assert attentiveness(counts, NO_GOLD, q=0.9).mean[0] > found.mean[0]


def test_nothing_monitored_leaves_the_prior() -> None:
    found = attentiveness(EMPTY, NO_GOLD)
    assert found.n.tolist() == [0]
    assert found.mean[0] == pytest.approx(0.5)
    assert (found.low[0], found.high[0]) == pytest.approx((0.05, 0.95))


def test_more_right_answers_never_lower_it() -> None:
    gold = np.array([[k, 20 - k, 0, 0] for k in range(21)])
    mean = attentiveness(np.zeros((21, 5), dtype=np.int64), gold, q=0.8).mean
    assert (np.diff(mean) > 0).all()


def test_the_result_for_one_does_not_depend_on_how_many_are_computed_at_once() -> None:
    gold = np.tile(np.array([[9, 1, 8, 2]]), (300, 1))
    found = attentiveness(np.zeros((300, 5), dtype=np.int64), gold, q=0.8)
    assert np.ptp(found.mean) < 1e-12


def test_grids_hold_the_middles_of_their_cells() -> None:
    assert ETA.mean() == pytest.approx(0.5)
    assert pytest.approx(0.5) == LAM @ np.diff(LAM_EDGES)
    assert prior_of_lam().sum() == pytest.approx(1)


@pytest.mark.slow
def test_intervals_cover_what_they_say() -> None:
    rows = coverage.run(StudyOptions(seeds=12))
    assert 0.88 <= np.mean([row.coverage for row in rows if row.tastes == "one"]) <= 0.92
    assert min(row.coverage for row in rows) > 0.80
    assert min(row.with_overlap for row in rows if row.with_overlap is not None) > 0.80


def test_what_if_evidence_is_judged_by_the_projects_prior() -> None:
    rng = np.random.default_rng(0)
    outcomes, gold = rng.integers(0, 9, (6, 5)), rng.integers(0, 9, (6, 4))
    model = attentiveness(outcomes, gold, pooled=True)
    again = attentiveness(outcomes, gold, reference=model)
    assert (again.q, again.anchor) == (model.q, model.anchor)
    np.testing.assert_allclose(again.mean, model.mean, atol=0.03)
    nothing = attentiveness(np.zeros_like(outcomes), np.zeros_like(gold), reference=model)
    np.testing.assert_allclose(nothing.mean, model.prior @ ETA, rtol=1e-9)
