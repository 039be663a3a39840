import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_backend.analysis.near_clones import are_near, linked, near_clones

CAPITAL = "What is the capital of France?"


def test_texts_that_say_nearly_the_same_are_of_one_group_and_others_are_not() -> None:
    texts = [
        "Write a poem about the sea",
        CAPITAL,
        "what is the CAPITAL of  france",
        "What is the capital city of France?",
        "What is the boiling point of water?",
        "",
        "",
        "!",
    ]
    assert near_clones(texts).tolist() == [0, 1, 1, 1, 4, 5, 5, 7]


def test_nothing_has_no_groups() -> None:
    assert near_clones([]).tolist() == []


def test_texts_with_half_of_their_pairs_of_words_in_common_are_near() -> None:
    assert are_near("a b c d", "a b c e")  # 2 of 4
    assert not are_near("a b c d", "a b e f")  # 1 of 5


def test_what_is_linked_over_others_is_named_by_its_first() -> None:
    assert linked(np.array([[4, 1], [2, 4], [0, 3]]), 6).tolist() == [0, 1, 1, 0, 1, 5]
    assert linked(np.zeros((0, 2), dtype=np.int64), 3).tolist() == [0, 1, 2]


def test_of_a_thousand_prompts_with_a_word_changed_nearly_all_are_found() -> None:
    draw = random.Random(1)
    words = [f"word{n}" for n in range(2000)]
    prompts = [draw.choices(words, k=12) for _ in range(1000)]
    changed = [[*prompt[:6], "another", *prompt[7:]] for prompt in prompts]
    group = near_clones([" ".join(prompt) for prompt in [*prompts, *changed]]).tolist()
    assert group[:1000] == list(range(1000))
    assert sum(group[1000 + n] == n for n in range(1000)) > 980


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab \ud83d!", max_size=12), max_size=12), st.text(max_size=8))
def test_groups_are_named_by_their_first_text_and_more_texts_only_join_them(texts: list[str], more: str) -> None:
    before, after = near_clones(texts).tolist(), near_clones([*texts, more]).tolist()
    assert all(group <= n and before[group] == group for n, group in enumerate(before))
    linked = {after[n] for n in range(len(texts)) if after[n] != before[n]}
    assert not linked or after[-1] in linked
