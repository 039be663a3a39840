from ls_backend.core import retest
from ls_backend.core.judgments import Judgments
from tests.unit.core.test_judgments import row


def test_later_showings_are_compared_with_the_first_and_the_lag_is_what_lies_between() -> None:
    found = Judgments.of([row("a", "x", 1), row("a", "y", 2), row("a", "z", 3), row("a", "x", 4, -1, mirrored=True)])
    pairs = retest.retests(found)
    assert pairs.lag.tolist() == [2]
    assert pairs.same.tolist() == [False]
    assert pairs.swapped.tolist() == [True]


def test_pairs_closer_than_the_minimum_lag_measure_memory_and_are_left_out() -> None:
    found = Judgments.of([row("a", "x", 1), row("a", "y", 2), row("a", "x", 3)])
    assert retest.retests(found, min_lag=1).lag.tolist() == [1]
    assert retest.retests(found, min_lag=2).lag.tolist() == []


def test_strength_does_not_make_an_answer_another_one_but_a_tie_does() -> None:
    found = Judgments.of([row("a", "x", 1, 1), row("a", "x", 2, 3), row("a", "x", 3, 0)])
    assert retest.retests(found).same.tolist() == [True, False]


def test_always_left_is_consistent_in_the_same_order_and_never_when_swapped() -> None:
    left = [row("a", "x", 1), row("a", "x", 2), row("a", "y", 3), row("a", "y", 4, -1, mirrored=True)]
    found = Judgments.of(left)
    counts = retest.evidence(found, retest.retests(found))
    assert counts.tolist() == [[0, 1, 0, 1, 0]]  # swapped: both left; same order: same


def test_pairs_with_a_tie_tell_nothing_about_attentiveness() -> None:
    found = Judgments.of([row("a", "x", 1, 0), row("a", "x", 2, 0), row("a", "y", 3, 1), row("a", "y", 4, 0)])
    assert retest.evidence(found, retest.retests(found)).sum() == 0
