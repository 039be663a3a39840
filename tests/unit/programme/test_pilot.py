"""Pilots: assignment is balanced, effects are recovered, and peeking does not call what is not there."""

import numpy as np

from ls_backend.programme.pilot import assign, effect, join, look_level
from ls_backend.programme.seed_schedule import keyed_draw


def test_arms_are_balanced_within_pairs_of_about_the_same_score() -> None:
    scores = {f"a{n}": n / 20 for n in range(20)} | {"new1": None, "new2": None}
    given = assign(scores, lambda a: keyed_draw("salt", a))
    assert sorted(arm for arm, _ in given.values()) == ["A"] * 11 + ["B"] * 11
    for pair in range(10):
        two = [a for a, (_, p) in given.items() if p == pair]
        assert {given[a][0] for a in two} == {"A", "B"}
        assert abs((scores[two[0]] or 0) - (scores[two[1]] or 0)) < 0.06
    assert join(["A", "A", "B"], 0.1) == "B"
    assert {join(["A", "B"], 0.1), join(["A", "B"], 0.9)} == {"A", "B"}


def test_an_effect_is_recovered_and_scores_before_make_it_sharper() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(0.8, 0.1, 200)
    arm = ["A", "B"] * 100
    after = before + 0.05 * (np.array(arm) == "B") + rng.normal(0, 0.02, 200)
    found = effect(after, arm, list(before), alpha=0.1)
    plain = effect(after, arm, [None] * 200, alpha=0.1)
    assert found.low is not None
    assert found.high is not None
    assert plain.low is not None
    assert plain.high is not None
    assert found.low < 0.05 < found.high
    assert found.decided
    assert found.high - found.low < (plain.high - plain.low) / 3


def test_many_looks_call_a_difference_that_is_not_there_seldom_enough() -> None:
    rng, calls = np.random.default_rng(5), 0
    for _ in range(300):
        arm = rng.permutation(["A", "B"] * 10)
        total = np.zeros(20)
        for look in range(1, 21):  # outcomes come in, and somebody looks each time
            total += rng.normal(0.8, 0.1, 20)
            if effect(total / look, list(arm), [None] * 20, alpha=look_level(0.1, look)).decided:
                calls += 1
                break
    assert calls / 300 <= 0.1


def test_too_few_annotators_are_no_effect() -> None:
    assert effect([0.5, 0.6, 0.7], ["A", "B", "B"], [None] * 3, alpha=0.05).value is None
    assert not effect([], [], [], alpha=0.05).decided
