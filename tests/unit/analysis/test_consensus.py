import numpy as np
import pytest

from ls_backend.analysis.consensus import Votes, consensus_of_items, consensus_of_votes
from ls_backend.simulation.project import Design, simulate, steady
from tests.fakes import consensus


def test_agreement_of_many_scores_above_one_answer_and_above_disagreement() -> None:
    many = consensus([(1, 0.9)] * 4)
    one = consensus([(1, 0.9)])
    split = consensus([(1, 0.9), (-1, 0.9)])
    assert many.score > one.score > split.score
    assert split.score == pytest.approx(0)
    assert (many.preferred, split.preferred) == (1, 0)


def test_the_careless_weigh_less() -> None:
    found = consensus([(1, 0.9), (-1, 0.2), (-1, 0.2)])
    assert found.preferred == 1


def test_ties_pull_to_the_middle_and_nobody_is_the_prior() -> None:
    assert consensus([(1, 1.0), (0, 1.0)]).probability < consensus([(1, 1.0)]).probability
    empty = consensus([])
    assert (empty.probability, empty.score) == pytest.approx((0.5, 0.0))
    assert (empty.n, empty.preferred) == (0, 0)


def test_a_single_attentive_answer_is_laplaces_rule_and_a_guess_tells_nothing() -> None:
    assert consensus([(1, 1.0)]).probability == pytest.approx(2 / 3, abs=1e-3)
    assert consensus([(1, 1.0)] * 3).probability == pytest.approx(4 / 5, abs=1e-3)
    assert consensus([(1, 0.0)] * 5).probability == pytest.approx(0.5)


def test_intervals_hold_the_truth_where_the_model_does() -> None:
    rng = np.random.default_rng(1)
    items, q = 1500, 0.5
    p = rng.beta(0.5, 0.5, items)
    item = np.repeat(np.arange(items), 6)
    eta = rng.uniform(0.2, 1.0, item.size)
    first = np.where(rng.random(item.size) < eta, rng.random(item.size) < p[item], rng.random(item.size) < 0.5)
    found = consensus_of_votes(Votes(item, np.where(first, 1, -1), eta), items, q=q)
    assert 0.87 < ((found.low <= p) & (p <= found.high)).mean() < 0.93
    plain = (np.bincount(item, first) + 1) / 8
    assert ((found.probability - p) ** 2).mean() < ((plain - p) ** 2).mean()


def test_mirroring_the_answers_mirrors_the_consensus() -> None:
    a, b = consensus([(1, 0.7), (2, 0.4)]), consensus([(-1, 0.7), (-2, 0.4)])
    assert a.probability == pytest.approx(1 - b.probability)
    assert a.low == pytest.approx(1 - b.high)


def test_columns_are_the_consensus_of_each_item() -> None:
    project = simulate([steady("s", e) for e in (0.9, 0.5, 0.7)], Design(labels=60), np.random.default_rng(2))
    judgments, eta = project.judgments, np.array([0.9, 0.5, 0.7])
    columns = consensus_of_items(judgments, eta)
    first = judgments.first_showings
    for i in (0, 5, 30):
        rows = np.flatnonzero(first & (judgments.item == i))
        one = consensus([(int(judgments.preference[n]), float(eta[judgments.annotator[n]])) for n in rows])
        assert columns.probability[i] == pytest.approx(one.probability)
        assert (columns.low[i], columns.high[i]) == pytest.approx((one.low, one.high))
