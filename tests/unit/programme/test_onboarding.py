"""Onboarding: training, calibration, tries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_backend.errors import InputError
from ls_backend.programme.onboarding import OnboardingTerms, Stage, chance_to_pass, has_feedback, progress

TERMS = OnboardingTerms(training=4, calibration=5, tries=2, pass_mark=0.8)


def test_training_comes_first_with_feedback_and_calibration_has_none() -> None:
    assert progress([], TERMS).stage is Stage.TRAINING
    assert (progress([1, 0, 1], TERMS).done, progress([1, 0, 1], TERMS).of) == (3, 4)
    now = progress([0, 0, 0, 0, 1], TERMS)
    assert (now.stage, now.done, now.of, now.left) == (Stage.CALIBRATION, 1, 5, 2)
    assert [has_feedback(n, TERMS) for n in range(6)] == [True] * 4 + [False] * 2


def test_a_try_is_passed_at_the_mark_and_training_does_not_count() -> None:
    passed = progress([0] * 4 + [1, 1, 1, 1, 0], TERMS)
    assert passed.stage is Stage.PASSED
    assert passed.tries[0].score.value == 0.8
    assert passed.tries[0].score.n == 5
    failed = progress([1] * 4 + [1, 1, 1, 0, 0], TERMS)
    assert (failed.stage, failed.done, failed.left) == (Stage.CALIBRATION, 0, 1)
    assert not failed.tries[0].passed


def test_the_second_try_decides_and_there_is_no_third() -> None:
    first = [1] * 4 + [0] * 5
    assert progress([*first, *[1] * 5], TERMS).stage is Stage.PASSED
    assert progress([*first, *[0] * 5], TERMS).stage is Stage.FAILED
    assert progress([*first, *[0] * 5, *[1] * 20], TERMS) == progress([*first, *[0] * 5], TERMS)
    assert [t.passed for t in progress([*first, *[1] * 5], TERMS).tries] == [False, True]


@given(st.lists(st.floats(0, 1), max_size=20), st.lists(st.floats(0, 1), max_size=20))
def test_who_has_passed_stays_so_whatever_follows(before: list[float], after: list[float]) -> None:
    now = progress(before, TERMS)
    if now.stage in (Stage.PASSED, Stage.FAILED):
        assert progress(before + after, TERMS) == now


@given(st.integers(0, 80), st.integers(1, 4), st.floats(0.51, 1))
def test_all_items_are_shared_out(items: int, tries: int, mark: float) -> None:
    try:
        terms = OnboardingTerms.of(items, pass_mark=mark, tries=tries)
    except InputError:
        return
    assert terms.training + terms.calibration * terms.tries == items
    assert terms.calibration >= 5
    assert terms.training >= items // 3


@pytest.mark.parametrize("mark", [0.55, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_a_score_that_is_the_mark_passes(mark: float) -> None:
    terms = OnboardingTerms(training=0, calibration=20, tries=1, pass_mark=mark)
    right = round(20 * mark)
    assert progress([1] * right + [0] * (20 - right), terms).stage is Stage.PASSED
    assert progress([1] * (right - 1) + [0] * (21 - right), terms).stage is Stage.FAILED


@pytest.mark.parametrize(
    ("items", "tries", "mark", "message"),
    [
        (12, 2, 0.8, "12 onboarding items are too few for 2 tries of at least 5; give 14 or more"),
        (30, 0, 0.8, "give at least 1"),
        (30, 2, 0.5, "give a share above 0.5"),
        (30, 2, 1.2, "give a share above 0.5"),
    ],
)
def test_terms_that_make_no_sense_are_refused(items: int, tries: int, mark: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        OnboardingTerms.of(items, tries=tries, pass_mark=mark)
    if items == 12:
        assert OnboardingTerms.of(14, tries=2).calibration == 5
        with pytest.raises(InputError):
            OnboardingTerms.of(13, tries=2)


@pytest.mark.parametrize("right", [0.5, 0.8, 0.95])
def test_the_chance_to_pass_is_what_simulated_newcomers_have(right: float) -> None:
    terms = OnboardingTerms.of(36)
    rng = np.random.default_rng(5)
    answers = rng.random((4000, 36)) < right
    passed = np.mean([progress(row.astype(float).tolist(), terms).stage is Stage.PASSED for row in answers])
    assert passed == pytest.approx(chance_to_pass(right, terms), abs=0.025)
