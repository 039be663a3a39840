"""Sums that are the same in whatever parts they are added up."""

import math

import numpy as np

from ls_backend.analysis.additive import Amount, CellSums, compact, exact_sum, rounded_once


def test_an_exact_sum_is_that_of_fsum_in_any_parts_and_any_order() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=400) * 10.0 ** rng.integers(-300, 300, 400)
    values = np.concatenate([values, [5e-324, -2.3e-308, 1e308, -1e308, 0.0]])
    parts = np.split(rng.permutation(values), [0, 7, 200])
    assert rounded_once(sum(map(exact_sum, parts))) == rounded_once(exact_sum(values)) == math.fsum(values)
    assert exact_sum(np.zeros(0)) == 0


def test_sums_by_cell_add_up_over_parts() -> None:
    rng = np.random.default_rng(2)
    cell, column, amount = rng.integers(0, 50, 300), rng.integers(0, 2, 300), rng.integers(0, 9, 300)
    expected = np.zeros((50, 3), dtype=np.int64)
    np.add.at(expected, (cell, column), 1)
    np.add.at(expected, (cell, 2), amount)
    occurring = np.unique(cell)
    total = CellSums.nothing(3)
    for part in np.split(np.arange(300), [1, 150, 150]):
        amounts = [Amount(column[part]), Amount(2, amount[part])]
        total += CellSums.of(cell[part], amounts, width=3, cells=50)
    np.testing.assert_array_equal(total.cell, occurring)
    np.testing.assert_array_equal(total.sums, expected[occurring])


def test_few_cells_of_very_many_are_found_as_those_of_a_few_are() -> None:
    cell = np.array([7, 3, 7, 0])
    for cells in (8, 1 << 40):
        occurring, place = compact(cell, cells)
        assert (occurring.tolist(), place.tolist()) == ([0, 3, 7], [2, 1, 2, 0])
