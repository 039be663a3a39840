"""Sums that are the same in whatever parts they are added up."""

import math
from functools import reduce
from operator import add

import numpy as np

from ls_backend.analysis.additive import Amount, CellSums, Count, compact, exact_sum, rounded_once


def test_an_exact_sum_is_that_of_fsum_in_any_parts_and_any_order() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=400) * 10.0 ** rng.integers(-300, 300, 400)
    values = np.concatenate([values, [5e-324, -2.3e-308, 1e308, -1e308, 0.0]])
    parts = np.split(rng.permutation(values), [0, 7, 200])
    assert rounded_once(sum(map(exact_sum, parts))) == rounded_once(exact_sum(values)) == math.fsum(values)
    assert exact_sum(np.zeros(0)) == 0


def test_sums_by_cell_add_up_over_parts() -> None:
    rng = np.random.default_rng(2)
    cell, code, amount = rng.integers(0, 50, 300), rng.integers(0, 2, 300), rng.integers(0, 9, 300)
    expected = np.zeros((50, 6), dtype=np.int64)
    np.add.at(expected, (cell, code), 1)
    np.add.at(expected, (cell, 2), amount)
    np.add.at(expected, (cell[amount > 4], 3 + code[amount > 4]), 1)
    np.add.at(expected, (cell, 5), 1)
    occurring = np.unique(cell)
    parts = []
    for part in np.split(np.arange(300), [1, 150, 150]):
        counts = [Count(0, code[part], 2), Count(3, code[part], 2, where=amount[part] > 4)]
        parts.append(CellSums.of(cell[part], counts, [Amount(2, amount[part]), Amount(5)], width=6, cells=50))
    for total in (CellSums.added_up(parts, columns=6), reduce(add, parts), CellSums.added_up(parts[::-1], columns=6)):
        np.testing.assert_array_equal(total.cell, occurring)
        np.testing.assert_array_equal(total.sums, expected[occurring])


def test_the_first_cell_alone_is_a_cell() -> None:
    part = CellSums.of(np.array([0]), [], [Amount(0)], width=1, cells=9)
    assert CellSums.added_up([part, part], columns=1).sums.tolist() == [[2]]


def test_few_cells_of_very_many_are_found_as_those_of_a_few_are() -> None:
    cell = np.array([7, 3, 7, 0])
    for cells in (8, 1 << 40):
        occurring, place = compact(cell, cells)
        assert (occurring.tolist(), place.tolist()) == ([0, 3, 7], [2, 1, 2, 0])
