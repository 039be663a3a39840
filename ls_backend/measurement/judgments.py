"""The data everything else is computed from.

A *judgment* is one annotator's answer on one *item*, a pair of responses to a prompt. An item has a first and a second
response in a canonical order that does not depend on how the pair was shown; ``mirrored`` tells that the second one
stood on the left. Preferences are signed strengths in canonical order, so swapping the two sides of a showing changes
``mirrored`` alone.

Other tasks than pairs (choices, ratings, rankings, spans, boxes) have an ``answer`` instead, compared by
:mod:`ls_backend.measurement.similarity`; they have no sides, so nothing is mirrored.
"""

import builtins
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, pairwise
from operator import lt
from typing import Any, overload

import numpy as np

from ls_backend.arrays import Bools, Codes, Floats, Ints

MERGED_AT_MOST = 1000  # rows: of more, collecting all again is as quick
TABLE_CELLS = 1 << 18  # where first showings are looked up: small enough for a processor's cache


@dataclass(frozen=True, slots=True)
class Judgment:
    """One answer.

    ``preference`` is positive for the first response, negative for the second, 0 for a tie; its size is the strength
    (1 on a plain choice). ``at`` is in seconds since the epoch, ``lead_time`` in seconds. ``id`` tells two reports of
    the same judgment from two judgments; empty means "not known". ``answer`` is what was said in another task than pairs.
    ``margin`` is how decided something else takes the pair to be, such as the difference of a reward model's scores.
    """

    annotator: str
    item: str
    preference: int
    mirrored: bool
    at: float
    id: str = ""
    lead_time: float | None = None
    slice: str | None = None
    answer: str = ""
    margin: float | None = None


@dataclass(frozen=True)
class JudgmentColumns(Sequence[Judgment]):
    """Many judgments in the order of a file, (n,) each: the same as a list of them, in a tenth of the memory. ``annotator``, ``item``,
    ``slice`` (-1 for none) and ``answer`` index into names, which are in no order; ``number`` counts up and is the ``id``; a
    ``lead_time`` or ``margin`` that is not known is NaN. Of pairs both ``answers`` are empty."""

    annotators: Sequence[str]
    items: Sequence[str]
    slices: Sequence[str]
    answers: Sequence[str]
    annotator: Codes
    item: Codes
    preference: Codes
    mirrored: Bools
    at: Floats
    number: Codes
    lead_time: Floats
    slice: Codes
    answer: Codes
    margin: Floats

    @property
    def all_differ(self) -> bool:
        """Whether no two are of the same annotator, item and second, as far as a hash of those tells; True is certain."""
        seconds, rows = np.floor(self.at), np.ones(len(self), dtype=np.bool_)
        if (self.at[1:] > self.at[:-1]).all():
            is_alike = seconds[1:] == seconds[:-1]
            rows = np.append(is_alike, False) | np.append(False, is_alike)
            if not rows.any():
                return True
        mixed = seconds[rows].view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        annotator, item = (codes[rows].astype(np.uint64) for codes in (self.annotator, self.item))
        mixed ^= (annotator << np.uint64(32) | item) * np.uint64(0xBF58476D1CE4E5B9)
        mixed.sort()
        return not bool((mixed[1:] == mixed[:-1]).any())

    @property
    def kinds(self) -> Ints:
        """The number of each different judgment, whatever its id and time, (n,)."""
        kind = np.zeros(len(self), dtype=np.int64)
        for column in (
            self.annotator,
            self.item,
            self.preference,
            self.mirrored,
            self.lead_time,
            self.slice,
            self.answer,
        ):
            _, codes = np.unique(column, return_inverse=True)
            _, kind = np.unique(kind * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)
        return kind

    def __len__(self) -> int:
        return int(self.number.size)

    @overload
    def __getitem__(self, place: int) -> Judgment: ...
    @overload
    def __getitem__(self, place: "builtins.slice[Any, Any, Any]") -> list[Judgment]: ...
    def __getitem__(self, place: "int | builtins.slice[Any, Any, Any]") -> Judgment | list[Judgment]:
        if not isinstance(place, int):
            return [self[n] for n in range(*place.indices(len(self)))]
        part, lead_time, margin = int(self.slice[place]), float(self.lead_time[place]), float(self.margin[place])
        return Judgment(
            annotator=self.annotators[self.annotator[place]],
            item=self.items[self.item[place]],
            preference=int(self.preference[place]),
            mirrored=bool(self.mirrored[place]),
            at=float(self.at[place]),
            id=f"{self.number[place]:09d}",
            lead_time=None if np.isnan(lead_time) else lead_time,
            slice=None if part < 0 else self.slices[part],
            answer=self.answers[self.answer[place]] if self.answers else "",
            margin=None if np.isnan(margin) else margin,
        )


@dataclass(frozen=True, slots=True)
class GoldItem:
    """An item whose answer is known: ``preferred`` is +1 for the first response and -1 for the second; in other tasks than
    pairs it is the ``answer``. ``author`` is the annotator whose own answer was made the known one, "" for none of them: theirs
    is no check."""

    preferred: int
    explanation: str = ""
    answer: str = ""
    author: str = ""


@dataclass(frozen=True)
class Judgments:
    """Judgments as columns of equal length n, sorted by annotator and, within an annotator, by time.

    ``annotator`` and ``item`` index into ``annotators`` and ``items``, which are in order, ``slice`` into ``slices`` (-1 for none);
    ``lead_time`` and ``margin`` are NaN where not known. Ties in time are broken
    by ``id``, so the order of arrival never matters. In other tasks than pairs ``answer`` indexes into ``answers``; of pairs
    both are empty. ``top_strength`` is the end of the scale where it is known; 0 takes the scale from the answers. ``reach`` is the least
    and the greatest preference of the judgments that these are a part of.
    """

    annotators: tuple[str, ...]
    items: tuple[str, ...]
    annotator: Ints
    item: Ints
    preference: Ints
    mirrored: Bools
    at: Floats
    lead_time: Floats
    margin: Floats
    slices: tuple[str, ...]
    slice: Ints
    answers: tuple[str, ...] = ()
    answer: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    top_strength: int = 0
    reach: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, rows: Iterable[Judgment], *, top_strength: int = 0, reach: tuple[int, int] = (0, 0)) -> "Judgments":
        """Collect rows; a second report of the same ``id`` (by the same annotator) counts once, the later row wins."""
        if isinstance(rows, JudgmentColumns):
            return cls._of_columns(rows, top_strength, reach)
        unique: dict[tuple[Any, ...], Judgment] = {}
        for n, row in enumerate(rows):
            unique[(row.annotator, row.id) if row.id else (n,)] = row
        ordered = sorted(unique.values(), key=lambda j: (j.annotator, j.at, j.id))
        annotators, annotator = _codes([j.annotator for j in ordered])
        items, item = _codes([j.item for j in ordered])
        slices, part = _codes([j.slice or "" for j in ordered])
        answers, answer = _codes([j.answer for j in ordered])
        other_task = any(answers)
        return cls(
            annotators=annotators,
            items=items,
            annotator=annotator,
            item=item,
            preference=np.array([j.preference for j in ordered], dtype=np.int64),
            mirrored=np.array([j.mirrored for j in ordered], dtype=np.bool_),
            at=np.array([j.at for j in ordered], dtype=np.float64),
            lead_time=np.array([np.nan if j.lead_time is None else j.lead_time for j in ordered], dtype=np.float64),
            margin=np.array([np.nan if j.margin is None else j.margin for j in ordered], dtype=np.float64),
            slices=slices,
            slice=np.where([j.slice is None for j in ordered], -1, part) if ordered else part,
            answers=answers if other_task else (),
            answer=answer if other_task else np.zeros(0, dtype=np.int64),
            top_strength=top_strength,
            reach=reach,
        )

    @classmethod
    def _of_columns(cls, rows: JudgmentColumns, top_strength: int, reach: tuple[int, int]) -> "Judgments":
        annotators, annotator = _in_order(rows.annotators, rows.annotator)
        order = _in_time(annotator, rows.at, rows.number)
        annotator = np.repeat(np.arange(len(annotators)), np.bincount(annotator, minlength=len(annotators)))
        items, item = _in_order(rows.items, rows.item[order])
        in_slice = rows.slice[order]
        slices, part = _in_order(["", *rows.slices], in_slice + 1)
        part[in_slice < 0] = -1
        answers, answer = _in_order(rows.answers, rows.answer[order]) if rows.answers else ((), _NO_CODES)
        return cls(
            annotators=annotators,
            items=items,
            annotator=annotator,
            item=item,
            preference=rows.preference[order].astype(np.int64),
            mirrored=rows.mirrored[order],
            at=rows.at[order],
            lead_time=_moved(rows.lead_time, order),
            margin=_moved(rows.margin, order),
            slices=slices,
            slice=part,
            answers=answers,
            answer=answer,
            top_strength=top_strength,
            reach=reach,
        )

    def __len__(self) -> int:
        return int(self.annotator.size)

    @cached_property
    def position(self) -> Ints:
        """Which of an annotator's own judgments each row is, from 0 on. Shape (n,)."""
        return ranks(self.annotator)

    @cached_property
    def picked_left(self) -> Ints:
        """+1 where the left response was preferred, -1 for the right one, 0 for a tie. Shape (n,)."""
        return np.asarray(np.sign(np.where(self.mirrored, -self.preference, self.preference)))

    @cached_property
    def values(self) -> Ints:
        """The scale: all preferences from the least to the greatest, shape (V,)."""
        top = self.top_strength
        least, greatest = self.reach
        least, greatest = self.preference.min(initial=min(least, -top)), self.preference.max(initial=max(greatest, top))
        return np.arange(least, greatest + 1)

    @cached_property
    def tally(self) -> Ints:
        """How often each annotator gave each of ``values``, not mirrored and mirrored. Shape (annotators, V, 2)."""
        size = self.values.size
        cell = (self.annotator * size + (self.preference - self.values[0])) * 2 + self.mirrored
        return np.bincount(cell, minlength=len(self.annotators) * size * 2).reshape(-1, size, 2).astype(np.int64)

    @cached_property
    def side_counts(self) -> Ints:
        """How many answers of each annotator chose the left side, and how many chose a side at all. Shape (2, annotators)."""
        first, second = (self.tally[:, side].sum(axis=1) for side in (self.values > 0, self.values < 0))
        return np.stack([first[:, 0] + second[:, 1], (first + second).sum(axis=1)])

    def side_counts_of(self, part: Bools) -> Ints:
        """The same of a part of the rows, a mask (n,)."""
        people, picked = len(self.annotators), self.picked_left
        return np.stack(
            [np.bincount(self.annotator[part & side], minlength=people) for side in (picked > 0, picked != 0)]
        )

    @cached_property
    def counts(self) -> Ints:
        """Judgments per annotator, shape (annotators,)."""
        return np.bincount(self.annotator, minlength=len(self.annotators)).astype(np.int64)

    @cached_property
    def starts(self) -> Ints:
        """The first row of each annotator, shape (annotators,)."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    @cached_property
    def first_row(self) -> Ints:
        """Of each row, the one in which its annotator met its item for the first time. Shape (n,).

        A table of (annotator, item) is filled with positions from the last row to the first, so that the first stays; then
        it is read again. No sorting, and a few annotators at a time, so that the table stays small.
        """
        people, items = len(self.annotators), max(len(self.items), 1)
        group = max(1, TABLE_CELLS // items)
        table = np.zeros(min(group, max(people, 1)) * items, dtype=np.int32)
        first_row = np.empty(len(self), dtype=np.int64)
        edges = np.append(self.starts, len(self))
        backwards = np.arange(len(self) if group >= people else int(self.counts.max()) * group, dtype=np.int32)[::-1]
        for first in range(0, people, group):
            start, end = int(edges[first]), int(edges[min(first + group, people)])
            cell = self.item[start:end]
            if group > 1:
                cell = (self.annotator[start:end] - first) * items + cell
            table[cell[::-1]] = backwards[backwards.size - (end - start) :]
            np.add(table[cell], start, out=first_row[start:end])
        return first_row

    @cached_property
    def first_showings(self) -> Bools:
        """True where the annotator met the item for the first time. Shape (n,)."""
        return np.asarray(self.first_row == np.arange(len(self)))

    def merged_with(self, more: "Judgments") -> "Judgments | None":
        """These and some more, the same as if all had been collected at once; None where that can't be told: two answers of an
        annotator at the same moment, or more than a few. Costs copying, no sorting."""
        if not self or not more or len(more) > MERGED_AT_MOST or bool(self.answers) != bool(more.answers):
            return None
        names = ("annotators", "items", "slices", "answers")
        old_columns: dict[str, Any] = {}  # with codes into the united names
        new_columns: dict[str, Any] = {}
        united: dict[str, tuple[str, ...]] = {}
        for name, column in zip(names, ("annotator", "item", "slice", "answer"), strict=True):
            united[name], old_codes, new_codes = _union(getattr(self, name), getattr(more, name))
            old_columns[column] = _recoded(getattr(self, column), old_codes)
            new_columns[column] = _recoded(getattr(more, column), new_codes)
        starts = np.searchsorted(old_columns["annotator"], np.arange(len(united["annotators"]) + 1))
        at = np.empty(len(more), dtype=np.int64)
        for n, (annotator, moment) in enumerate(zip(new_columns["annotator"].tolist(), more.at.tolist(), strict=True)):
            moments = self.at[starts[annotator] : starts[annotator + 1]]
            place = int(np.searchsorted(moments, moment))
            if place < moments.size and moments[place] == moment:
                return None
            at[n] = starts[annotator] + place
        for column in ("preference", "mirrored", "at", "lead_time", "margin"):
            old_columns[column], new_columns[column] = getattr(self, column), getattr(more, column)
        merged = {name: np.insert(old, at, new_columns[name]) if old.size else old for name, old in old_columns.items()}
        columns: dict[str, Any] = {**united, **merged, "top_strength": self.top_strength}
        return Judgments(**columns)

    def rows_of(self, annotator: str) -> range:
        """Where one annotator's judgments stand."""
        if annotator not in self.annotators:
            return range(0)
        a = self.annotators.index(annotator)
        return range(int(self.starts[a]), int(self.starts[a] + self.counts[a]))

    def are_of(self, annotator: str) -> Bools:
        """Which judgments are one annotator's, a mask (n,)."""
        own_rows = self.rows_of(annotator)
        own = np.zeros(len(self), dtype=np.bool_)
        own[own_rows.start : own_rows.stop] = True
        return own

    def history_of(self, annotator: str) -> list[tuple[str, str | None]]:
        """Items and their slices, None for none, in the order in which one annotator judged them."""
        own_rows = self.rows_of(annotator)
        rows = slice(own_rows.start, own_rows.stop)
        names = (*self.slices, None)  # -1 is the last
        return [
            (self.items[i], names[s]) for i, s in zip(self.item[rows].tolist(), self.slice[rows].tolist(), strict=True)
        ]

    def index_of_item(self, item: str) -> int | None:
        """The index of an item in ``items``; None where nobody has judged it."""
        index = bisect_left(self.items, item)
        return index if index < len(self.items) and self.items[index] == item else None


def ranks(groups: Ints) -> Ints:
    """Each one's number within its group, of codes that are in order, (n,) -> (n,)."""
    counts = np.bincount(groups)
    return np.asarray(np.arange(groups.size) - (np.cumsum(counts) - counts)[groups], dtype=np.int64)


def parts(groups: Ints, count: int) -> list[slice]:
    """Where each of ``count`` groups stands, of codes (n,) that are in order."""
    edges = np.searchsorted(groups, np.arange(count + 1)).tolist()
    return [slice(start, end) for start, end in pairwise(edges)]


def _union(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[tuple[str, ...], Ints, Ints]:
    """All names in order, and where in them the old and the new ones stand."""
    places = [bisect_left(old, name) for name in new]
    added = [n for n, (name, at) in enumerate(zip(new, places, strict=True)) if at == len(old) or old[at] != name]
    if not added:
        return old, np.arange(len(old)), np.array(places, dtype=np.int64)
    before = np.array([places[n] for n in added])
    united = list(old)
    for n in reversed(added):  # from the end, so that the places of the others stay
        united.insert(places[n], new[n])
    return (
        tuple(united),
        np.arange(len(old)) + np.searchsorted(before, np.arange(len(old)), side="right"),
        np.array(places, dtype=np.int64) + np.searchsorted(added, np.arange(len(new))),
    )


def _recoded(codes: Ints, to: Ints) -> Ints:
    """Codes by other names; -1, for none, stays."""
    return np.where(codes < 0, -1, to[codes]) if codes.size and to.size else codes


def _in_time(annotator: Ints, at: Floats, number: Codes) -> Ints:
    """The rows in order of annotator, time and number, (n,). They are sorted by one after the other, the last first, and not at all by
    what they are in order of already; numpy sorts small whole numbers by counting them."""
    order: Ints | None = None
    for key in (number, at, annotator.astype(np.min_scalar_type(int(annotator.max(initial=0))))):
        moved = key if order is None else key[order]
        if (moved[1:] < moved[:-1]).any():
            by_key = np.argsort(moved, kind="stable")
            order = by_key if order is None else order[by_key]
    return np.arange(at.size) if order is None else order


def _moved(numbers: Floats, order: Ints) -> Floats:
    """Numbers in another order; one that stands everywhere needs no room for each row."""
    return numbers if numbers.strides == (0,) else numbers[order]


def _in_order(names: Sequence[str], codes: Codes) -> tuple[tuple[str, ...], Ints]:
    """The names that occur in order, and codes into those."""
    occur = np.bincount(codes, minlength=len(names)) > 0
    if occur.all() and all(map(lt, names, islice(names, 1, None))):
        return tuple(names), codes.astype(np.int64)
    used = np.flatnonzero(occur).tolist()
    ordered = sorted(used, key=names.__getitem__)
    place = np.zeros(max(len(names), 1), dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    return tuple(names[n] for n in ordered), place[codes]


_NO_CODES: Ints = np.zeros(0, dtype=np.int64)
_NO_NUMBERS: Floats = np.zeros(0)
NO_JUDGMENTS = JudgmentColumns(
    annotators=(),
    items=(),
    slices=(),
    answers=(),
    annotator=_NO_CODES,
    item=_NO_CODES,
    preference=_NO_CODES,
    mirrored=np.zeros(0, dtype=np.bool_),
    at=_NO_NUMBERS,
    number=_NO_CODES,
    lead_time=_NO_NUMBERS,
    slice=_NO_CODES,
    answer=_NO_CODES,
    margin=_NO_NUMBERS,
)


def _codes(values: list[str]) -> tuple[tuple[str, ...], Ints]:
    names = tuple(sorted(set(values)))
    index = {name: n for n, name in enumerate(names)}
    return names, np.fromiter((index[v] for v in values), dtype=np.int64, count=len(values))
