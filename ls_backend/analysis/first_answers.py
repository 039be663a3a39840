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

from ls_backend.analysis.additive import Amount, CellSums, Count
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of

PAIRS_AT_ONCE = 1 << 21
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
        by_item = np.argsort(judgments.item[first], kind="stable")  # those on an item in the order of their annotators
        row = first[by_item]
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
    nine columns from ``SIDES`` on; the sum of the distances of their answers on the scale; items by who answered later and whether both
    answers are the same (at the same moment, it is the other); and by that alone those that are no gold."""

    SIDES = 0
    DISTANCE = 9
    OTHER_LATER_DIFFERED = 10
    OTHER_LATER_SAME = 11
    ONE_LATER_DIFFERED = 12
    ONE_LATER_SAME = 13
    ORDINARY_DIFFERED = 14
    ORDINARY_SAME = 15


@dataclass(frozen=True)
class PairCounts:
    """Of each two annotators with an item in common, among so many ``people``: the columns of :class:`PairColumn` over those items, in the
    cell ``one * people + other``."""

    people: int
    counts: CellSums

    @classmethod
    def of(cls, first: FirstAnswers) -> Self:
        compared = (_compared(first, one, other) for one, other in first.two_by_two())
        return cls(first.people, CellSums.added_up(compared, columns=PairColumn.ORDINARY_SAME + 1))

    def __add__(self, other: "PairCounts") -> "PairCounts":
        return PairCounts(self.people, self.counts + other.counts)

    @property
    def one(self) -> Ints:
        """The lesser of both annotators, (m,)."""
        return np.asarray(self.counts.cell // max(self.people, 1))

    @property
    def other(self) -> Ints:
        return np.asarray(self.counts.cell % max(self.people, 1))

    def total(self, *columns: PairColumn) -> Ints:
        """The sum of some columns, (m,)."""
        return np.asarray(sum(self.counts.sums[:, column] for column in columns))

    @property
    def sides(self) -> Ints:
        """Items by the side of the one and of the other, (m, 3, 3)."""
        return self.counts.sums[:, : SIDES**2].reshape(-1, SIDES, SIDES)

    def matrix(self, upper: Ints, lower: Ints) -> Floats:
        """Figures of all pairs, (m,) each, as a matrix (A, A): of the one and the other above the diagonal, of the other and the one below."""
        whole = np.zeros((self.people, self.people))
        whole[self.one, self.other], whole[self.other, self.one] = upper, lower
        return whole


def _compared(first: FirstAnswers, one: Ints, other: Ints) -> CellSums:
    """The counts of some pairs of answers, by their places, (n,) each."""
    judged, column = first.judgments, PairColumn
    rows, other_rows = first.row[one], first.row[other]
    same = (agreement_of(judged, rows, other_rows) == 1).astype(np.int64)
    one_later = judged.at[other_rows] < judged.at[rows]
    counts = [
        Count(column.SIDES, first.side[one] * SIDES + first.side[other], SIDES**2),
        Count(column.OTHER_LATER_DIFFERED, one_later * 2 + same, 4),
        Count(column.ORDINARY_DIFFERED, same, 2, where=first.is_ordinary[one]),
    ]
    distance = Amount(column.DISTANCE, np.abs(judged.preference[rows] - judged.preference[other_rows]))
    cell = first.annotator[one] * first.people + first.annotator[other]
    return CellSums.of(cell, counts, [distance], width=column.ORDINARY_SAME + 1, cells=first.people**2)
