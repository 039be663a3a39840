"""Sums that come to the same to the last digit, in whatever parts and in whatever order they are added up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints

EXACT = 1 << 1126  # what an exact sum is divided by: every float is a whole number of such parts
LOW_BITS = 27
ADDED_AT_ONCE = 1 << 25  # so that sums of halves of mantissas stay below 2^53
TABLE_CELLS = 1 << 24  # up to so many possible cells, those that occur are found by a table


@dataclass(frozen=True)
class CellSums:
    """``sums`` (m, k) of whole numbers by ``cell`` (m,), which are in order, each once. What has no cell is 0."""

    cell: Ints
    sums: Ints

    @classmethod
    def nothing(cls, columns: int) -> "CellSums":
        return cls(np.zeros(0, dtype=np.int64), np.zeros((0, columns), dtype=np.int64))

    @classmethod
    def of(
        cls, cell: Ints, counts: Sequence["Count"], amounts: Sequence["Amount"], *, width: int, cells: int
    ) -> "CellSums":
        """What rows in their ``cell`` (n,) add up to. There are ``width`` columns, and ``cells`` possible cells."""
        occurring, place = compact(cell, cells)
        sums = np.zeros((occurring.size, width), dtype=np.int64)
        for count in counts:
            code = place * count.codes + count.code
            if count.where is not None:
                code = code[count.where]
            times = np.bincount(code, minlength=occurring.size * count.codes)
            sums[:, count.column : count.column + count.codes] = times.reshape(-1, count.codes)
        for amount in amounts:
            sums[:, amount.column] = np.bincount(place, amount.amount, occurring.size)
        return cls(occurring, sums)

    @classmethod
    def added_up(cls, parts: Iterable["CellSums"], *, columns: int) -> "CellSums":
        """The sum of many; where all cells are known already, it is added to without a copy."""
        total = cls.nothing(columns)
        for part in parts:
            place = np.searchsorted(total.cell, part.cell)
            if total.cell.size and np.array_equal(total.cell.take(place, mode="clip"), part.cell):
                total.sums[place] += part.sums
            else:
                total = total + part
        return total

    def __add__(self, other: "CellSums") -> "CellSums":
        cell = np.union1d(self.cell, other.cell)
        sums = np.zeros((cell.size, self.sums.shape[1]), dtype=np.int64)
        for part in (self, other):
            sums[np.searchsorted(cell, part.cell)] += part.sums
        return CellSums(cell, sums)


@dataclass(frozen=True, slots=True)
class Count:
    """How often rows have each ``code`` (n,), of so many ``codes``: as many columns from ``column`` on. Only the rows ``where`` it is to be
    counted, a mask (n,), if there is one."""

    column: int
    code: Ints
    codes: int
    where: Bools | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What rows add to a ``column`` of the sums: an ``amount`` (n,), 1 without one."""

    column: int
    amount: Ints | None = None


def compact(cell: Ints, cells: int) -> tuple[Ints, Ints]:
    """The cells that occur, of so many, in order, and the place of each one (n,) among them."""
    if cells > TABLE_CELLS:
        occurring, place = np.unique(cell, return_inverse=True)
        return occurring, place
    table = np.zeros(cells, dtype=np.int64)
    table[cell] = 1
    occurring = np.flatnonzero(table)
    table[occurring] = np.arange(occurring.size)
    return occurring, table[cell]


Record = TypeVar("Record")


def rows_together(parts: Sequence[Record], names: Sequence[Sequence[str]]) -> Record:
    """Records of the annotators with such ``names`` each as one of all of them, in order of their names: columns (A, ...), names and records of
    such; anything else is as in the first."""
    all_names = [name for of_part in names for name in of_part]
    order = np.array(sorted(range(len(all_names)), key=all_names.__getitem__), dtype=np.int64)
    return _in_order(parts, order)


def _in_order(parts: Sequence[Record], order: Ints) -> Record:
    first: Any = parts[0]
    if isinstance(first, np.ndarray):
        return cast(Record, np.concatenate(parts)[order])  # type: ignore[arg-type]
    if isinstance(first, tuple):
        people = [person for part in parts for person in cast(Sequence[object], part)]
        return cast(Record, tuple(people[place] for place in order.tolist()))
    if not is_dataclass(first):
        return cast(Record, first)
    names = [field.name for field in fields(first)]
    columns = {name: _in_order([getattr(part, name) for part in parts], order) for name in names}
    return cast(Record, replace(cast(Any, first), **columns))


def exact_sum(values: Floats) -> int:
    """The sum of finite floats (n,), not rounded: a whole number, to be divided by :data:`EXACT`."""
    total = 0
    for start in range(0, values.size, ADDED_AT_ONCE):
        mantissa, exponent = np.frexp(values[start : start + ADDED_AT_ONCE])
        whole = (mantissa * 2.0**53).astype(np.int64)
        least = int(exponent.min())
        for half, shift in ((whole >> LOW_BITS, LOW_BITS), (whole & ((1 << LOW_BITS) - 1), 0)):
            by_exponent = np.bincount(exponent - least, half.astype(np.float64)).tolist()
            total += sum(int(part) << (shift + least + place + 1073) for place, part in enumerate(by_exponent))
    return total


def rounded_once(total: int) -> float:
    """The float nearest to what :func:`exact_sum` gave, or to a sum of such."""
    return total / EXACT
