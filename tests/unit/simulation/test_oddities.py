"""Flags on people who differ as people do: the odd one is found, the others, of either taste, seldom named."""

import pytest

from ls_backend.simulation.oddities import ODDITIES, flags_raised, named


def test_the_odd_are_named_and_the_faultless_seldom() -> None:
    rows = flags_raised(seeds=8)
    assert [r["found"] for r in rows[:6]] == pytest.approx([1] * 6, abs=0.15), rows
    assert all(r["found"] >= 0.1 for r in rows), "these two take more data"
    assert all(r["majority_named"] <= 0.025 and r["minority_named"] <= 0.05 for r in rows), rows


def test_a_taste_that_few_share_is_no_copying() -> None:
    assert not [n for seed in range(15) for n, flag in named(ODDITIES["fast"], seed) if flag == "copies"]


def test_the_same_seed_gives_the_same_flags() -> None:
    assert named(ODDITIES["one side"], 3) == named(ODDITIES["one side"], 3)
