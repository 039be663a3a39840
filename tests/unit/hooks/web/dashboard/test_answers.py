"""Answers in words."""

import pytest

from hooks.web.dashboard.answers import MOST_CHARACTERS, expected_in_words, in_words


@pytest.mark.parametrize(
    ("preference", "mirrored", "words"),
    [
        (1, False, "first response, on the left"),
        (1, True, "first response, on the right"),
        (-1, False, "second response, on the right"),
        (-3, True, "second response by 3, on the left"),
        (0, True, "neither"),
    ],
)
def test_an_answer_on_a_pair_names_response_strength_and_side(preference: int, mirrored: bool, words: str) -> None:
    assert in_words(preference, mirrored, "") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"choice":"good"}', "good"),
        ('{"of":5,"rating":4}', "4"),
        ('{"choices":["cat","dog"]}', "cat, dog"),
        ('{"choices":[]}', "nothing"),
        ('{"ranking":["b","a"]}', "b, a"),
        ('{"spans":[[3,9,"person"]]}', '[3, 9, "person"]'),
    ],
)
def test_other_answers_are_what_was_said(text: str, words: str) -> None:
    assert in_words(0, False, text) == words
    assert expected_in_words(1, text) == words


def test_long_answers_are_cut() -> None:
    words = in_words(0, False, '{"choices":["' + "x" * 500 + '"]}')
    assert len(words) == MOST_CHARACTERS
    assert words.endswith("…")
