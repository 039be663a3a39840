"""Which pairs are taken for decided, before they are repeated.

A retest tells more of attentiveness the more decided its pair is: its Fisher information is 4 eta^2 q^2 / (1 - eta^4 q^2). So pairs
fall into two groups, those taken for decided and the others, by the best source that there is for most of a project's judgments:

- a *margin* in the task's data, such as the difference of a reward model's scores: the pairs whose margin is among the greatest
  :data:`DECIDED_SHARE`, whatever its scale;
- the *strength* of the annotator's own first answer, on a scale with more than one: their strongest answers, as far as those are
  at most :data:`STRONGEST_AT_MOST` of theirs, so that whoever calls every preference strong has no decided pairs.

Neither uses the side that the annotator chose, nor their second answer, nor anybody else's: what others answer moves nobody's
reputation or pay. A group is only a name: how decided its pairs are is
estimated (:mod:`ls_backend.measurement.attentiveness`), so a source that misleads costs certainty, and biases nothing. What it
rests on: given its group, a pair is as decided for one annotator as for another, and a guess is called strong as often as an
attentive answer.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor, log10
from typing import Self

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments

DECIDED_SHARE = 0.1  # of the pairs, by margin
MANY_ITEMS = 1000  # from so many items on, thresholds are rounded
STRONGEST_AT_MOST = 0.4  # of an annotator's answers
WEAKEST_AT_MOST = 0.6
MOST = 0.5  # a source counts where it is there for so many of the judgments


class DecidednessSource(StrEnum):
    """What tells how decided a pair is."""

    MARGIN = "margin"
    STRENGTH = "strength"
    NONE = "none"


SOURCE_WORDS = {
    DecidednessSource.MARGIN: "by the margin in the data",
    DecidednessSource.STRENGTH: "by the strength of the own first answer",
    DecidednessSource.NONE: "not known",
}


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How a project's pairs are told apart: the ``source``; by margin those of at least the ``threshold``, or ``beyond`` it, are decided,
    and those under ``close_below`` close."""

    source: DecidednessSource = DecidednessSource.NONE
    threshold: float = 0.0
    beyond: bool = False
    close_below: float = 0.0

    def takes(self, size: Floats) -> Bools:
        """Which sizes of margins are of decided pairs, (n,)."""
        return size > self.threshold if self.beyond else size >= self.threshold

    def to_json(self) -> list[str | float]:
        return [self.source.value, self.threshold, self.beyond, self.close_below]

    @classmethod
    def from_json(cls, rule: tuple[str, float, bool, float]) -> Self:
        """What :meth:`to_json` wrote."""
        source, threshold, beyond, close_below = rule
        return cls(DecidednessSource(source), threshold, beyond, close_below)


@dataclass(frozen=True)
class PairGroups:
    """Which judgments, (n,), are on pairs that were taken for decided, as seen at a first showing; the ``rule`` of it; and the
    share of first showings, without gold, that they are. Of the others, about half of all pairs ``is_close``: those that the source
    takes for the least decided, which only flags look at. Judgments on gold are in no group (``is_ordinary`` is false)."""

    is_decided: Bools
    is_close: Bools
    is_ordinary: Bools
    rule: GroupRule
    decided_share: float

    @property
    def source(self) -> DecidednessSource:
        """What tells decided pairs."""
        return self.rule.source

    @classmethod
    def none(cls, judgments: Judgments) -> "PairGroups":
        neither = np.zeros(len(judgments), dtype=np.bool_)
        return cls(neither, neither, ~neither, GroupRule(), 0.0)


@dataclass(frozen=True)
class StrengthLimits:
    """By annotator, (A,): the strength from which on their answers are of decided pairs, and that below which they are of close ones."""

    strongest: Ints
    weakest: Ints

    @classmethod
    def of(cls, judgments: Judgments, counted: Bools) -> Self:
        """By the strengths of the counted answers, a mask (n,); on a plain choice nothing is decided or close."""
        people, top = len(judgments.annotators), int(np.abs(judgments.values).max(initial=0))
        if top < 2:
            return cls(np.full(people, top + 1), np.zeros(people, dtype=np.int64))
        cell = judgments.annotator[counted] * (top + 1) + np.abs(judgments.preference[counted])
        times = np.bincount(cell, minlength=people * (top + 1)).reshape(people, top + 1)
        shares = times / np.maximum(times.sum(axis=1, keepdims=True), 1)
        enough = np.cumsum(shares[:, ::-1], axis=1)[:, ::-1] <= STRONGEST_AT_MOST
        enough[:, 0] = False
        strongest = np.where(enough.any(axis=1), enough.argmax(axis=1), top + 1)
        weakest = (np.cumsum(shares, axis=1) <= WEAKEST_AT_MOST).sum(axis=1)  # how many strengths, from 0 on
        return cls(strongest, weakest)

    def take(self, annotators: Ints) -> "StrengthLimits":
        """Those of some annotators."""
        return StrengthLimits(self.strongest[annotators], self.weakest[annotators])

    def groups(self, judgments: Judgments) -> tuple[Bools, Bools]:
        """The decided and the close, (n,) each."""
        strength, own = np.abs(judgments.preference), judgments.annotator
        return strength >= self.strongest[own], strength < self.weakest[own]


def pair_groups(
    judgments: Judgments,
    gold: Collection[str],
    rule: GroupRule | None = None,
    limits: StrengthLimits | None = None,
) -> PairGroups:
    """The groups of pairs that are no ``gold`` items, by a project's ``rule``, or by the one that follows from these judgments; without a
    source, no pair is taken for decided. ``limits`` are those of the annotators, where these are not all of their judgments."""
    if judgments.answers or not judgments:
        return PairGroups.none(judgments)
    ordinary = _ordinary(judgments, gold)
    counted = ordinary & judgments.first_showings
    rule = rule or _rule(judgments, counted)
    if rule.source is DecidednessSource.NONE:
        return PairGroups.none(judgments)
    if rule.source is DecidednessSource.MARGIN:
        of_all = _by_margin(judgments, rule)
    else:
        of_all = (limits or StrengthLimits.of(judgments, counted)).groups(judgments)
    is_decided, is_close = (group & ordinary for group in of_all)
    share = float(is_decided[counted].mean()) if counted.any() else 0.0
    return PairGroups(is_decided, is_close & ~is_decided, ordinary, rule, share)


def _ordinary(judgments: Judgments, gold: Collection[str]) -> Bools:
    """Which judgments are on no gold item, (n,)."""
    is_gold = np.zeros(len(judgments.items), dtype=np.bool_)
    is_gold[[at for at in map(judgments.index_of_item, gold) if at is not None]] = True
    ordinary: Bools = ~is_gold[judgments.item]
    return ordinary


@dataclass(frozen=True, slots=True)
class GroupingCounts:
    """What of each annotator's judgments a project's rule follows from, (A,) each: first showings of pairs that are no gold
    (``counted``), how many of them have a margin, how many are strong by :class:`StrengthLimits`, and how many were ``decided`` by the rule."""

    counted: Ints
    with_margin: Ints
    strong: Ints
    decided: Ints

    @classmethod
    def of(cls, judgments: Judgments, gold: Collection[str], groups: PairGroups) -> "GroupingCounts":
        people = len(judgments.annotators)
        if judgments.answers:
            return cls(*(np.zeros(people, dtype=np.int64) for _ in range(4)))
        counted = _ordinary(judgments, gold) & judgments.first_showings
        strong = StrengthLimits.of(judgments, counted).groups(judgments)[0]
        parts = (np.ones(len(judgments), dtype=np.bool_), ~np.isnan(judgments.margin), strong, groups.is_decided)
        return cls(*(np.bincount(judgments.annotator[counted & part], minlength=people) for part in parts))

    @property
    def decided_share(self) -> float:
        counted = int(self.counted.sum())
        return int(self.decided.sum()) / counted if counted else 0.0

    @property
    def has_margins(self) -> bool:
        """Whether there is a margin for most of the judgments."""
        counted = int(self.counted.sum())
        return bool(counted) and bool(self.with_margin.any()) and int(self.with_margin.sum()) / counted >= MOST

    def rule(self, margins: Floats | None) -> GroupRule:
        """The project's rule; ``margins`` are the sizes of those of the items that were judged and are no gold, None where they do not
        count."""
        by_margin = None if margins is None else margin_rule(margins)
        if by_margin is not None:
            return by_margin
        return GroupRule(DecidednessSource.STRENGTH) if self.strong.any() else GroupRule()


def _rule(judgments: Judgments, counted: Bools) -> GroupRule:
    """The rule that follows from all judgments of a project."""
    known = ~np.isnan(judgments.margin)
    if known.any() and counted.any() and known[counted].mean() >= MOST:
        by_item: Floats = np.full(len(judgments.items), np.nan)
        by_item[judgments.item[counted & known]] = np.abs(judgments.margin[counted & known])
        by_margin = margin_rule(by_item[~np.isnan(by_item)])
        if by_margin is not None:
            return by_margin
    is_strong = bool((StrengthLimits.of(judgments, counted).groups(judgments)[0] & counted).any())
    return GroupRule(DecidednessSource.STRENGTH) if is_strong else GroupRule()


def margin_rule(of_items: Floats) -> GroupRule | None:
    """By the sizes of the margins of all items, the greatest :data:`DECIDED_SHARE` are decided; None where they are all alike, so that
    none is among the greatest. With many items the limits are rounded down, so that a rule stays while more come: what rests on it is
    taken anew when it changes."""
    threshold, middle = float(np.quantile(of_items, 1 - DECIDED_SHARE)), float(np.median(of_items))
    if of_items.size >= MANY_ITEMS:
        middle = _two_digits(middle)
        threshold = _two_digits(threshold) if _two_digits(threshold) > of_items.min() else threshold
    rule = GroupRule(DecidednessSource.MARGIN, threshold, not threshold > of_items.min(), middle)
    return rule if rule.takes(of_items).any() else None


def _two_digits(size: float) -> float:
    """Rounded down to two digits that count."""
    if size <= 0:
        return size
    decimals = 1 - floor(log10(size))
    return round(floor(size * 10.0**decimals * (1 + 1e-12)) / 10.0**decimals, max(decimals, 0))


def _by_margin(judgments: Judgments, rule: GroupRule) -> tuple[Bools, Bools]:
    """The decided and the close."""
    known = ~np.isnan(judgments.margin)
    size = np.where(known, np.abs(judgments.margin), 0.0)
    return rule.takes(size) & known, (size < rule.close_below) & known


def decided_items(margins: Mapping[str, float]) -> set[str]:
    """The items whose margin takes them for decided."""
    size = np.abs(np.fromiter(margins.values(), dtype=np.float64, count=len(margins)))
    rule = margin_rule(size) if margins else None
    return (
        {item for item, decided in zip(margins, rule.takes(size).tolist(), strict=True) if decided} if rule else set()
    )


def strength_limits(judgments: Judgments, gold: Collection[str]) -> StrengthLimits:
    """By first showings of pairs that are no gold."""
    return StrengthLimits.of(judgments, _ordinary(judgments, gold) & judgments.first_showings)
