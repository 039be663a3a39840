import pytest

from ls_backend.core.consensus import consensus


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
    assert (empty.probability, empty.n, empty.score) == (0.5, 0, 0.0)


def test_mirroring_the_answers_mirrors_the_consensus() -> None:
    a, b = consensus([(1, 0.7), (2, 0.4)]), consensus([(-1, 0.7), (-2, 0.4)])
    assert a.probability == pytest.approx(1 - b.probability)
    assert a.low == pytest.approx(1 - b.high)
