"""The data everything else is computed from.

A *judgment* is one annotator's answer on one *item*, a pair of responses to a prompt. An item has a first and a second
response in a canonical order that does not depend on how the pair was shown; ``mirrored`` tells that the second one
stood on the left. Preferences are signed strengths in canonical order, so swapping the two sides of a showing changes
``mirrored`` alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judgment:
    """One answer.

    ``preference`` is positive for the first response, negative for the second, 0 for a tie; its size is the strength
    (1 on a plain choice). ``at`` is in seconds since the epoch, ``lead_time`` in seconds. ``id`` tells two reports of
    the same judgment from two judgments; empty means "not known".
    """

    annotator: str
    item: str
    preference: int
    mirrored: bool
    at: float
    id: str = ""
    lead_time: float | None = None
    slice: str | None = None


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An item whose answer is known: ``preferred`` is +1 for the first response and -1 for the second."""

    preferred: int
    explanation: str = ""


@dataclass(frozen=True)
class Judgments:
    """Judgments as columns of equal length n, sorted by annotator and, within an annotator, by time.

    ``annotator`` and ``item`` index into ``annotators`` and ``items``, ``slice`` into ``slices`` (-1 for none);
    ``position`` counts an annotator's own judgments from 0; ``lead_time`` is NaN where not known. Ties in time are broken
    by ``id``, so the order of arrival never matters.
    """

    annotators: tuple[str, ...]
    items: tuple[str, ...]
    annotator: Ints
    item: Ints
    preference: Ints
    mirrored: Bools
    position: Ints
    at: Floats
    lead_time: Floats
    slices: tuple[str, ...]
    slice: Ints

    @classmethod
    def of(cls, rows: Iterable[Judgment]) -> "Judgments":
        """Collect rows; a second report of the same ``id`` (by the same annotator) counts once, the later row wins."""
        unique: dict[tuple[Any, ...], Judgment] = {}
        for n, row in enumerate(rows):
            unique[(row.annotator, row.id) if row.id else (n,)] = row
        ordered = sorted(unique.values(), key=lambda j: (j.annotator, j.at, j.id))
        annotators, annotator = _codes([j.annotator for j in ordered])
        items, item = _codes([j.item for j in ordered])
        slices, part = _codes([j.slice or "" for j in ordered])
        counts = np.bincount(annotator, minlength=len(annotators))
        starts = np.cumsum(counts) - counts
        return cls(
            annotators=annotators,
            items=items,
            annotator=annotator,
            item=item,
            preference=np.array([j.preference for j in ordered], dtype=np.int64),
            mirrored=np.array([j.mirrored for j in ordered], dtype=np.bool_),
            position=np.arange(len(ordered), dtype=np.int64) - starts[annotator],
            at=np.array([j.at for j in ordered], dtype=np.float64),
            lead_time=np.array([np.nan if j.lead_time is None else j.lead_time for j in ordered], dtype=np.float64),
            slices=slices,
            slice=np.where([j.slice is None for j in ordered], -1, part) if ordered else part,
        )

    def __len__(self) -> int:
        return int(self.annotator.size)

    @cached_property
    def picked_left(self) -> Ints:
        """+1 where the left response was preferred, -1 for the right one, 0 for a tie. Shape (n,)."""
        return np.asarray(np.sign(np.where(self.mirrored, -self.preference, self.preference)))

    @cached_property
    def counts(self) -> Ints:
        """Judgments per annotator, shape (annotators,)."""
        return np.bincount(self.annotator, minlength=len(self.annotators)).astype(np.int64)

    @cached_property
    def showings(self) -> tuple[Ints, Bools]:
        """The rows by annotator and item, in time order within, and where in that list an item begins. Shapes (n,)."""
        key = self.annotator * max(len(self.items), 1) + self.item
        order = np.argsort(key, kind="stable")  # rows are in time order within an annotator, and stay so within a key
        return order, np.asarray(np.diff(key[order], prepend=-1) > 0)

    @cached_property
    def first_showings(self) -> Bools:
        """True where the annotator met the item for the first time. Shape (n,)."""
        order, begins = self.showings
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[order] = begins
        return mask

    @cached_property
    def item_index(self) -> dict[str, int]:
        """Where in ``items`` a name stands."""
        return {name: n for n, name in enumerate(self.items)}


def _codes(values: list[str]) -> tuple[tuple[str, ...], Ints]:
    names = tuple(sorted(set(values)))
    index = {name: n for n, name in enumerate(names)}
    return names, np.fromiter((index[v] for v in values), dtype=np.int64, count=len(values))
