"""What is counted of a set, and how that of parts adds up."""

import numpy as np
import pytest

from ls_backend.analysis.selection import LeftOut, RowDoubts, SliceCount, added_slices

NONE_LEFT_OUT = dict.fromkeys(LeftOut, 0)


def test_the_share_of_wrong_rows_is_the_mean_doubt_with_the_spread_of_independent_rows() -> None:
    share = RowDoubts.of([0.9, 0.8, 0.7]).share_wrong()
    assert (share.value, share.n) == (pytest.approx(0.2), 3)
    assert share.high == pytest.approx(0.2 + 1.6448536 * np.sqrt(0.09 + 0.16 + 0.21) / 3)
    assert share.low == 0.0
    assert RowDoubts.of([0.3]).share_wrong(most=0.4999).value == 0.4999
    assert RowDoubts().share_wrong().value is None


def test_doubts_of_parts_add_up_to_the_last_digit_in_whatever_order() -> None:
    rng = np.random.default_rng(1)
    confidences = (1 - rng.random(5000) ** 20).tolist()
    whole = RowDoubts.of(confidences)
    parts = [RowDoubts.of(confidences[start : start + 7]) for start in range(0, 5000, 7)]
    for order in (parts, parts[::-1]):
        assert sum(order, RowDoubts()) == whole


def test_slices_of_parts_add_up_by_name_with_the_items_of_none_last() -> None:
    one = SliceCount("b", 3, 1, {**NONE_LEFT_OUT, LeftOut.GOLD: 2}, 6, 5, 4, 3)
    none = SliceCount(None, 1, 1, NONE_LEFT_OUT, 1, 1, 0, 0)
    other = SliceCount("b", 2, 1, {**NONE_LEFT_OUT, LeftOut.UNSURE: 1}, 2, 2, 1, 1)
    first = SliceCount("a", 1, 1, NONE_LEFT_OUT, 1, 1, 0, 0)
    both = {**NONE_LEFT_OUT, LeftOut.GOLD: 2, LeftOut.UNSURE: 1}
    assert added_slices([[one, none], [first, other]]) == (first, SliceCount("b", 5, 2, both, 8, 7, 5, 4), none)
