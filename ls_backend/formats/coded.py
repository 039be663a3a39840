"""Columns of a table by their different cells: what a cell means is found out once for each different one, not for each row. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from ls_backend.arrays import Bools, Codes, Ints

Cell = TypeVar("Cell")
Meaning = TypeVar("Meaning")
MANY = 10  # times as many cells as are asked for are not all made Python's
FEW = 1 << 20  # combinations that are counted in a table; more are sorted


@dataclass(frozen=True, slots=True)
class Coded(Generic[Cell]):
    """A column of n rows: its different ``cells``, and which of them stands in each row, ``codes`` (n,). Not all cells need to stand
    somewhere; ``differ`` says that none is there twice."""

    cells: Sequence[Cell]
    codes: Codes
    differ: bool = True

    def read(self, function: Callable[[Cell], Meaning]) -> "Coded[Meaning]":
        """What each cell means; cells of the same meaning become one."""
        return distinct([function(cell) for cell in self.cells], self.codes)

    def only(self, rows: Bools | slice) -> "Coded[Cell]":
        """The same of some rows."""
        return Coded(self.cells, self.codes[rows], self.differ)

    def each_once(self) -> "Coded[Cell]":
        """The same with each of its different cells there once."""
        return self if self.differ else distinct(self.cells, self.codes)

    def are(self, cell: Cell) -> Bools:
        """The rows with this cell, (n,)."""
        if cell not in self.cells:
            return np.zeros(self.codes.size, dtype=np.bool_)
        return self.where(lambda other: other == cell)

    def used(self) -> list[Cell]:
        """The cells that stand somewhere."""
        return self.cells_at(standing(self.codes, len(self.cells)))

    def cells_at(self, places: Codes) -> list[Cell]:
        """The cells at some places among the different ones."""
        cells = self.cells if places.size < len(self.cells) // MANY else [*self.cells]
        return [cells[place] for place in places.tolist()]

    def where(self, test: Callable[[Cell], bool]) -> Bools:
        """The rows whose cell passes a test, (n,)."""
        passes = np.array([test(cell) for cell in self.cells] or [False], dtype=np.bool_)
        if passes.any() and not passes.all():
            return passes[self.codes]
        return np.full(self.codes.size, passes.any())


def kind_of_codes(size: int) -> type[np.integer[Any]]:
    """The least room that numbers below ``size`` need."""
    return np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.int32


def standing(codes: Codes, size: int) -> Ints:
    """Which of the numbers below ``size`` are among some codes (n,), in order."""
    stands = np.zeros(size, dtype=np.bool_)
    stands[codes] = True
    return np.flatnonzero(stands)


def distinct(cells: Sequence[Cell], codes: Codes) -> Coded[Cell]:
    """A column whose cells may stand twice among the given ones."""
    place: dict[Cell, int] = {}
    moved = [place.setdefault(cell, len(place)) for cell in cells]
    if len(place) == len(cells):
        return Coded(cells, codes)
    return Coded(list(place), np.array(moved, dtype=np.int32)[codes])


def together(*columns: Coded[Any]) -> Coded[tuple[Any, ...]]:
    """Several columns as one, whose cells are the combinations that stand somewhere."""
    first, *others = (column.each_once() for column in columns)
    joined: Coded[tuple[Any, ...]] = Coded([(cell,) for cell in first.cells], first.codes)
    for column in others:
        size = max(len(column.cells), 1)
        kinds, codes = _renumbered(joined.codes, column.codes, len(joined.cells), size)
        places = np.divmod(kinds, size)
        cells = [
            (*one, other) for one, other in zip(joined.cells_at(places[0]), column.cells_at(places[1]), strict=True)
        ]
        joined = Coded(cells, codes)
    return joined


def _renumbered(one: Codes, other: Codes, ones: int, others: int) -> tuple[Ints, Codes]:
    """The combinations of two codes, below ``ones`` and ``others``, that are there, as a single number; and the place of each row's
    among them, (n,)."""
    size = ones * others
    if size > FEW:
        kinds, places = np.unique(one.astype(np.int64) * others + other, return_inverse=True)
        return kinds, places.astype(np.int32)
    codes = one.astype(np.int32) * np.int32(others) + other
    kinds = standing(codes, size)
    place = np.zeros(max(size, 1), dtype=kind_of_codes(kinds.size))
    place[kinds] = np.arange(kinds.size)
    return kinds, place[codes]
