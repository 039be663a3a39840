"""Everybody's first answers on each item, and how those of two annotators compare: whole numbers, which add up over parts of the items.

Where counts of answers suffice, no two answers are compared: an item with thousands of answers costs no more than they are. Two by two
they are looked at only for what is told of each two annotators.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Self

import numpy as np

from ls_backend.analysis.additive import Amount, CellSums
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of

PAIRS_AT_ONCE = 1 << 22
SIDES = 3  # the second response, a tie, the first


@dataclass(frozen=True)
class Among:
    """The ``places`` (a,) of some annotators among so many ``people``, in order."""

    places: Ints
    people: int

    @classmethod
    def themselves(cls, judgments: Judgments) -> Self:
        """Those of the annotators of judgments that are all there are."""
        return cls(np.arange(len(judgments.annotators)), len(judgments.annotators))

    @classmethod
    def everybody(cls, names: Sequence[str], everybody: Sequence[str]) -> Self:
        place = {name: n for n, name in enumerate(everybody)}
        return cls(np.array([place[name] for name in names], dtype=np.int64), len(everybody))


@dataclass(frozen=True)
class FirstAnswers:
    """First answers on each item, in order of item and annotator, as columns (n,): their ``row`` in the ``judgments``, the ``annotator``
    among so many ``people``, the ``item``, and whether the item is no gold (``is_ordinary``)."""

    judgments: Judgments
    people: int
    row: Ints
    annotator: Ints
    item: Ints
    is_ordinary: Bools

    @classmethod
    def of(cls, judgments: Judgments, gold: Collection[str], among: Among | None = None) -> Self:
        """``among`` says where the annotators stand among all, where the judgments are only those on a part of the items."""
        among = among or Among.themselves(judgments)
        first = np.flatnonzero(judgments.first_showings)
        row = first[
            np.argsort(judgments.item[first], kind="stable")
        ]  # an annotator's rows stand together, in their order
        annotator, item = judgments.annotator[row], judgments.item[row]
        ordinary = np.ones(len(judgments.items), dtype=np.bool_)
        ordinary[[at for at in map(judgments.index_of_item, gold) if at is not None]] = False
        return cls(judgments, among.people, row, among.places[annotator], item, ordinary[item])

    @cached_property
    def side(self) -> Ints:
        """0 for the second response, 1 for a tie, 2 for the first, (n,)."""
        return np.asarray(np.sign(self.judgments.preference[self.row]) + 1)

    @cached_property
    def answers(self) -> Ints:
        """How many there are on each item, (I,)."""
        return np.bincount(self.item, minlength=len(self.judgments.items))

    @cached_property
    def same_side(self) -> Ints:
        """Of each answer, how many others on its item take the same side, (n,)."""
        cell = self.item * SIDES + self.side
        return np.asarray(np.bincount(cell)[cell] - 1)

    def two_by_two(self) -> Iterator[tuple[Ints, Ints]]:
        """The places of both answers of all pairs on the same item, two of (m,), so many at once; the first of them is that of the lesser
        annotator."""
        ends = np.cumsum(self.answers)[self.item] if self.item.size else self.item
        following = ends - 1 - np.arange(self.item.size)
        edges = np.searchsorted(np.cumsum(following), np.arange(PAIRS_AT_ONCE, following.sum() + 1, PAIRS_AT_ONCE))
        for part in np.split(np.arange(self.item.size), edges):
            count = following[part]
            one = np.repeat(part, count)
            other = one + 1 + np.arange(one.size) - np.repeat(np.cumsum(count) - count, count)
            if one.size:
                yield one, other


class PairColumn(IntEnum):
    """What is counted of two annotators, the ``one`` before the ``other`` in their order: items by the side of the one and of the other,
    nine columns from ``SIDES`` on; the sum of the distances of their answers on the scale; items that the other answered later, or at the
    same moment, and those of them with the same answer; items that the one answered later, and so on; and items that are no gold."""

    SIDES = 0
    DISTANCE = 9
    OTHER_LATER = 10
    OTHER_LATER_SAME = 11
    ONE_LATER = 12
    ONE_LATER_SAME = 13
    ORDINARY = 14
    ORDINARY_SAME = 15


@dataclass(frozen=True)
class PairCounts:
    """Of each two annotators with an item in common, among so many ``people``: the columns of :class:`PairColumn` over those items, in the
    cell ``one * people + other``."""

    people: int
    counts: CellSums

    @classmethod
    def of(cls, first: FirstAnswers) -> Self:
        total = CellSums.nothing(PairColumn.ORDINARY_SAME + 1)
        for one, other in first.two_by_two():
            total += _compared(first, one, other)
        return cls(first.people, total)

    def __add__(self, other: "PairCounts") -> "PairCounts":
        return PairCounts(self.people, self.counts + other.counts)

    @property
    def one(self) -> Ints:
        """The lesser of both annotators, (m,)."""
        return np.asarray(self.counts.cell // max(self.people, 1))

    @property
    def other(self) -> Ints:
        return np.asarray(self.counts.cell % max(self.people, 1))

    def column(self, column: PairColumn) -> Ints:
        """(m,)."""
        return np.asarray(self.counts.sums[:, column])

    @property
    def sides(self) -> Ints:
        """Items by the side of the one and of the other, (m, 3, 3)."""
        return self.counts.sums[:, : SIDES**2].reshape(-1, SIDES, SIDES)

    def matrix(self, upper: PairColumn, lower: PairColumn | None = None) -> Floats:
        """A column as a matrix (A, A), with what is counted of the one and the other above the diagonal, and of the other and the one
        below, where that is another column."""
        whole = np.zeros((self.people, self.people))
        whole[self.one, self.other] = self.column(upper)
        whole[self.other, self.one] = self.column(upper if lower is None else lower)
        return whole


def _compared(first: FirstAnswers, one: Ints, other: Ints) -> CellSums:
    """The counts of some pairs of answers, by their places, (n,) each."""
    judged, column = first.judgments, PairColumn
    rows, other_rows = first.row[one], first.row[other]
    same = agreement_of(judged, rows, other_rows) == 1
    later = np.where(judged.at[other_rows] >= judged.at[rows], column.OTHER_LATER, column.ONE_LATER)
    ordinary = first.is_ordinary[one]
    amounts = [
        Amount(first.side[one] * SIDES + first.side[other]),
        Amount(column.DISTANCE, np.abs(judged.preference[rows] - judged.preference[other_rows])),
        Amount(later),
        Amount(later + 1, same),
        Amount(column.ORDINARY, ordinary),
        Amount(column.ORDINARY_SAME, ordinary & same),
    ]
    cell = first.annotator[one] * first.people + first.annotator[other]
    return CellSums.of(cell, amounts, width=column.ORDINARY_SAME + 1, cells=first.people**2)
