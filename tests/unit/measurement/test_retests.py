import itertools

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import chance_agreement, find_retests, graded_agreement
from tests.unit.measurement.test_judgments import row


def test_later_showings_are_compared_with_the_first_and_the_lag_is_what_lies_between() -> None:
    found = Judgments.of([row("a", "x", 1), row("a", "y", 2), row("a", "z", 3), row("a", "x", 4, -1, mirrored=True)])
    pairs = find_retests(found)
    assert pairs.lag.tolist() == [2]
    assert pairs.agreement.tolist() == [0]
    assert pairs.swapped.tolist() == [True]


def test_pairs_closer_than_the_minimum_lag_measure_memory_and_are_left_out() -> None:
    found = Judgments.of([row("a", "x", 1), row("a", "y", 2), row("a", "x", 3)])
    assert find_retests(found, min_lag=1).lag.tolist() == [1]
    assert find_retests(found, min_lag=2).lag.tolist() == []


def test_strength_does_not_make_an_answer_another_one_but_a_tie_does() -> None:
    found = Judgments.of([row("a", "x", 1, 1), row("a", "x", 2, 3), row("a", "x", 3, 0)])
    assert find_retests(found).agreement.tolist() == [1, 0]


def test_always_left_is_consistent_in_the_same_order_and_never_when_swapped() -> None:
    left = [row("a", "x", 1), row("a", "x", 2), row("a", "y", 3), row("a", "y", 4, -1, mirrored=True)]
    balanced = [*left, *(row("a", name, at, -1) for at, name in enumerate("uvwz", 5))]
    for rows, same_order in ((left, 0), (balanced, 1)):  # of who takes one side alone it tells nothing
        counts = gather_evidence(Judgments.of(rows), {}).counts[0, :5].tolist()
        assert counts == [0, 1, 0, same_order, 0]  # swapped: both left; same order: same


def test_neighbours_on_a_scale_agree_nearly() -> None:
    found = Judgments.of([row("a", "x", 1, 3), row("a", "x", 2, 2), row("a", "y", 3, -3), row("a", "y", 4, 0)])
    pairs = find_retests(found)
    assert graded_agreement(found, pairs.first, pairs.again).tolist() == pytest.approx([5 / 6, 1 / 2])


def test_how_alike_own_answers_are_by_chance_is_what_all_pairs_of_them_show() -> None:
    rng = np.random.default_rng(4)
    values = rng.integers(-2, 3, 40)
    found = Judgments.of([row("a", f"{n}", n, int(v)) for n, v in enumerate(values)])
    every = [1 - abs(int(a) - int(b)) / np.ptp(values) for a, b in itertools.permutations(values, 2)]
    assert chance_agreement(found)[0] == pytest.approx(np.mean(every))


def test_weighted_kappa_of_two_showings_is_the_published_one_where_both_margins_are_alike() -> None:
    """Against statsmodels, linear weights, on a table whose margins are the same, so that both chances are."""
    first = np.repeat([-1, -1, 0, 0, 1, 1], [30, 6, 6, 20, 4, 34])
    again = np.repeat([-1, 0, -1, 0, 0, 1], [30, 6, 6, 20, 4, 34])
    first, again = np.concatenate([first, again]), np.concatenate([again, first])
    table = np.array([[((first == a) & (again == b)).sum() for b in (-1, 0, 1)] for a in (-1, 0, 1)])
    rows = [row("a", f"{n:03}", n, int(v)) for n, v in enumerate(first)]
    rows += [row("a", f"{n:03}", 1000 + n, int(v), mirrored=True) for n, v in enumerate(again)]
    found = Judgments.of(rows)
    pairs = find_retests(found)
    agreed, chance = graded_agreement(found, pairs.first, pairs.again).mean(), chance_agreement(found)[0]
    peer = cohens_kappa(table, wt="linear").kappa
    assert (agreed - chance) / (1 - chance) == pytest.approx(peer, abs=0.01)
