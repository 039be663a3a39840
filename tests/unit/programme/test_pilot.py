"""Pilots: assignment is balanced, effects are recovered, and peeking does not call what is not there."""

import numpy as np

from ls_backend.programme.pilot import Arm, arm_of_latecomer, assign_arms, error_at_look, estimate_effect
from ls_backend.programme.seed_schedule import keyed_draw


def test_arms_are_balanced_within_pairs_of_about_the_same_score() -> None:
    scores = {f"a{n}": n / 20 for n in range(20)} | {"new1": None, "new2": None}
    assignments = assign_arms(scores, lambda a: keyed_draw("salt", a))
    assert sorted(assignment.arm for assignment in assignments.values()) == ["A"] * 11 + ["B"] * 11
    for stratum in range(10):
        pair = [a for a, assignment in assignments.items() if assignment.stratum == stratum]
        assert {assignments[a].arm for a in pair} == {"A", "B"}
        assert abs((scores[pair[0]] or 0) - (scores[pair[1]] or 0)) < 0.06
    assert arm_of_latecomer([Arm.A, Arm.A, Arm.B], 0.1) == "B"
    assert {arm_of_latecomer([Arm.A, Arm.B], draw) for draw in (0.1, 0.9)} == {"A", "B"}


def test_an_effect_is_recovered_and_scores_before_make_it_sharper() -> None:
    rng = np.random.default_rng(3)
    before = rng.normal(0.8, 0.1, 200)
    arms = [Arm.A, Arm.B] * 100
    after = before + 0.05 * (np.array(arms) == "B") + rng.normal(0, 0.02, 200)
    adjusted = estimate_effect(after, arms, list(before), alpha=0.1)
    plain = estimate_effect(after, arms, [None] * 200, alpha=0.1)
    assert adjusted.low is not None
    assert adjusted.high is not None
    assert plain.low is not None
    assert plain.high is not None
    assert adjusted.low < 0.05 < adjusted.high
    assert adjusted.decided
    assert adjusted.high - adjusted.low < (plain.high - plain.low) / 3


def test_many_looks_call_a_difference_that_is_not_there_seldom_enough() -> None:
    rng, calls = np.random.default_rng(5), 0
    for _ in range(300):
        arms = [Arm(a) for a in rng.permutation(["A", "B"] * 10)]
        total = np.zeros(20)
        for look in range(1, 21):  # outcomes come in, and somebody looks each time
            total += rng.normal(0.8, 0.1, 20)
            if estimate_effect(total / look, arms, [None] * 20, alpha=error_at_look(0.1, look)).decided:
                calls += 1
                break
    assert calls / 300 <= 0.1


def test_too_few_annotators_are_no_effect() -> None:
    assert estimate_effect([0.5, 0.6, 0.7], [Arm.A, Arm.B, Arm.B], [None] * 3, alpha=0.05).value is None
    assert not estimate_effect([], [], [], alpha=0.05).decided
