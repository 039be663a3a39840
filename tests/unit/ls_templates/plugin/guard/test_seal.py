"""Sealed task ids: a permutation that tells nothing of the order, and can be opened by the key only."""

import pytest
import scipy.stats

from ls_templates.plugin.guard.seal import TOP, seal, unseal


def test_sealing_is_a_permutation_with_ids_of_one_length() -> None:
    sealed = [seal(n, "key") for n in range(3000)]
    assert len(set(sealed)) == 3000
    assert [unseal(s, "key") for s in sealed] == list(range(3000))
    assert {len(str(s)) for s in sealed} == {10}
    assert seal(1, "key") != seal(1, "other")


@pytest.mark.parametrize("foreign", [0, 7, TOP - 1, 2 * TOP, 10**15])
def test_what_is_no_sealed_id_opens_nothing(foreign: int) -> None:
    assert unseal(foreign, "key") == -1


def test_sealed_ids_tell_nothing_of_the_order() -> None:
    sealed = [seal(n, "key") for n in range(2000)]
    assert abs(scipy.stats.spearmanr(range(2000), sealed).statistic) < 0.06
