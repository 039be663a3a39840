"""What of a project's judgments becomes rows of an exported set, and what the filters take, by slice."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
import scipy

from ls_backend.analysis.additive import exact_sum, rounded_once
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import Scorecard


class Ties(StrEnum):
    """What an answer that prefers neither response is: no vote; half a vote for each; or that, and pairs that come out even stay."""

    DROP = "drop"
    HALF = "half"
    KEEP = "keep"


class LeftOut(StrEnum):
    """Why an item is no row."""

    GOLD = "gold"
    NO_VOTE = "no vote left"
    UNDECIDED = "neither preferred"
    UNSURE = "below the minimum confidence"


@dataclass(frozen=True, slots=True)
class Selection:
    """What becomes a row. ``include_gold``: gold items too; ``min_confidence`` is the least chance that the chosen response is the
    one most prefer; votes of annotators below ``min_reputation``, or whose reputation is not known, do not count."""

    include_gold: bool = False
    ties: Ties = Ties.HALF
    min_confidence: float = 0.5
    min_reputation: float = 0.0


@dataclass(frozen=True, slots=True)
class SliceCount:
    """What became of a slice, None being the items of none: of its ``items`` so many are ``rows``, the others ``left_out`` by reason.
    Of its ``votes`` so many are ``votes_used``; of those against the consensus of all votes (``dissent``), ``dissent_used``."""

    slice: str | None
    items: int
    rows: int
    left_out: Mapping[LeftOut, int]
    votes: int
    votes_used: int
    dissent: int
    dissent_used: int

    def __add__(self, other: "SliceCount") -> "SliceCount":
        return SliceCount(
            self.slice,
            self.items + other.items,
            self.rows + other.rows,
            {reason: self.left_out[reason] + other.left_out[reason] for reason in LeftOut},
            self.votes + other.votes,
            self.votes_used + other.votes_used,
            self.dissent + other.dissent,
            self.dissent_used + other.dissent_used,
        )


def counted_votes(judgments: Judgments, cards: Sequence[Scorecard], first: Ints, selection: Selection) -> Bools:
    """Which of the first answers are votes."""
    reputation = {card.annotator: card.reputation.value for card in cards}
    known = [reputation.get(annotator) for annotator in judgments.annotators]
    trusted = np.array([value is not None and value >= selection.min_reputation for value in known], dtype=np.bool_)
    counted = np.ones(first.size, dtype=np.bool_)
    if selection.min_reputation > 0:
        counted &= trusted[judgments.annotator[first]]
    if selection.ties is Ties.DROP:
        counted &= judgments.preference[first] != 0
    return counted


def slice_of_items(judgments: Judgments) -> Ints:
    """The slice of each item, an index into ``slices``, -1 for none, (I,)."""
    slice_of_item = np.full(len(judgments.items), -1)
    slice_of_item[judgments.item] = judgments.slice
    return slice_of_item


def first_times(judgments: Judgments) -> Floats:
    """When each item was judged first, (I,)."""
    first_at = np.full(len(judgments.items), np.inf)
    np.minimum.at(first_at, judgments.item, judgments.at)
    return first_at


def slice_counts(
    judgments: Judgments, left_out: Sequence[LeftOut | None], first: Ints, *, voting: Bools, against: Bools
) -> tuple[SliceCount, ...]:
    """What became of each slice. ``left_out`` is by item (I,); of the first answers, rows (m,), some are ``voting``, and some are
    ``against`` the consensus of all of them."""
    slices = slice_of_items(judgments)
    size = len(judgments.slices) + 1  # -1, for none, is the last
    item = judgments.item[first]
    is_row = np.array([reason is None for reason in left_out], dtype=np.bool_)
    used = voting & is_row[item]

    def by_slice(places: Ints) -> list[int]:
        counted: list[int] = np.bincount(slices[places] % size, minlength=size).tolist()
        return counted

    reasons = {
        reason: by_slice(np.array([n for n, why in enumerate(left_out) if why is reason], dtype=np.int64))
        for reason in LeftOut
    }
    columns = [
        by_slice(places)
        for places in (
            np.arange(len(judgments.items)),
            np.flatnonzero(is_row),
            item,
            item[used],
            item[against],
            item[against & used],
        )
    ]
    counts = []
    for n, name in enumerate((*judgments.slices, None)):
        item_count, rows, votes, votes_used, dissent, dissent_used = (column[n] for column in columns)
        if item_count:
            missing = {reason: counted[n] for reason, counted in reasons.items()}
            counts.append(SliceCount(name, item_count, rows, missing, votes, votes_used, dissent, dissent_used))
    return tuple(counts)


def added_slices(parts: Iterable[Iterable[SliceCount]]) -> tuple[SliceCount, ...]:
    """What became of each slice, from what became of it in parts of the items."""
    by_name: dict[str | None, SliceCount] = {}
    for part in parts:
        for count in part:
            by_name[count.slice] = by_name[count.slice] + count if count.slice in by_name else count
    return tuple(sorted(by_name.values(), key=lambda count: (count.slice is None, count.slice or "")))


@dataclass(frozen=True, slots=True)
class RowDoubts:
    """How many ``rows`` say how sure they are, and the exact sums over them (:func:`ls_backend.analysis.additive.exact_sum`) of the chance to
    be ``wrong`` and of its ``variance``."""

    rows: int = 0
    wrong: int = 0
    variance: int = 0

    @classmethod
    def of(cls, confidences: Sequence[float]) -> Self:
        wrong = 1 - np.array(confidences, dtype=np.float64)
        return cls(wrong.size, exact_sum(wrong), exact_sum(wrong * (1 - wrong)))

    def __add__(self, other: "RowDoubts") -> "RowDoubts":
        return RowDoubts(self.rows + other.rows, self.wrong + other.wrong, self.variance + other.variance)

    def share_wrong(self, *, most: float = 1.0) -> Estimate:
        """The share of rows that are expected to be wrong; at most ``most``."""
        if not self.rows:
            return Estimate.unknown("no row says how sure it is")
        mean = rounded_once(self.wrong) / self.rows
        spread = math.sqrt(rounded_once(self.variance)) / self.rows * scipy.stats.norm.ppf((1 + INTERVAL_LEVEL) / 2)
        value, low, high = (float(np.clip(x, 0, most)) for x in (mean, mean - spread, mean + spread))
        return Estimate(value, low, high, self.rows)
