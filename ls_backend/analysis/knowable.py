"""What can be told from a set of judgments and what can't, and what to collect to know more.

A set that was not made by this product often lacks what figures rest on: nobody met an item twice, sides never changed, nobody
shares an item with anybody. Each topic stands here, also where nothing can be told of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from ls_backend.analysis.sample_size import gold_agreement, retest_agreement, sample_size
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.gold import gold_answers
from ls_backend.measurement.judgments import GoldItem, Judgments

CARELESS, CAREFUL, TYPICAL_Q = 0.4, 0.9, 0.5
"""What the numbers of checks asked for tell apart."""
ERROR = 0.1  # of passing a careless annotator, and of failing a careful one
ABOUT_1970 = 1e8  # seconds since the epoch; smaller times are the numbers of lines
MOST = 0.5  # a fact is there where it is known of so many judgments


class Knowledge(StrEnum):
    """Whether something can be told of a topic."""

    YES = "yes"
    HARDLY = "hardly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Knowable:
    """A topic, whether something can be told of it, from what or why not, and what to ``collect`` to know more, "" for nothing."""

    topic: str
    told: Knowledge
    why: str
    collect: str = ""


@dataclass(frozen=True)
class OwnFacts:
    """Of each annotator's judgments, (A,) each: how many there are; on items that they had judged before (``repeated``), and with the sides
    the other way around than at first (``swapped``); first ones on ``gold``; ``mirrored`` ones; those with a known lead time (``paced``);
    and when the ``latest`` was."""

    judgments: Ints
    repeated: Ints
    swapped: Ints
    gold: Ints
    mirrored: Ints
    paced: Ints
    latest: Floats

    @classmethod
    def of(cls, judgments: Judgments, gold: Mapping[str, GoldItem]) -> Self:
        people = len(judgments.annotators)
        swapped = judgments.mirrored != judgments.mirrored[judgments.first_row]
        on_gold = gold_answers(judgments, gold).row
        masks = (~judgments.first_showings, swapped, judgments.mirrored, np.isfinite(judgments.lead_time))
        repeated, swapped, mirrored, paced = (
            np.bincount(judgments.annotator[rows], minlength=people) for rows in masks
        )
        return cls(
            judgments=judgments.counts,
            repeated=repeated,
            swapped=swapped,
            gold=np.bincount(judgments.annotator[on_gold], minlength=people),
            mirrored=mirrored,
            paced=paced,
            latest=judgments.at[judgments.starts + judgments.counts - 1],  # they are in order of time
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be told follows from: everybody's ``own`` facts; whether answers are on pairs (``has_sides``); how many ``items`` were
    judged, and how many by several annotators (``shared``); how many slices there are, and whether it is known how much there is to read
    (``has_words``)."""

    own: OwnFacts
    has_sides: bool
    items: int
    shared: int
    slices: int
    has_words: bool

    @property
    def people(self) -> int:
        return self.own.judgments.size

    @property
    def judgments(self) -> int:
        return int(self.own.judgments.sum())


def knowables(facts: Facts) -> tuple[Knowable, ...]:
    """What can be told."""
    if not facts.judgments:
        return ()
    return (
        _consistency(facts),
        _scale(facts),
        *((_sides(facts),) if facts.has_sides else ()),
        _agreement(facts),
        _over_time(facts),
        _pace(facts),
        _slices(facts),
    )


def _checks_needed(agreement_of_careless: float, agreement_of_careful: float) -> int:
    return sample_size(agreement_of_careless, agreement_of_careful, alpha=ERROR, beta=ERROR).n


def _people(counts: Ints, needed: int) -> tuple[int, int]:
    """How many annotators have any checks, and how many have enough."""
    return int((counts > 0).sum()), int((counts >= needed).sum())


def _consistency(facts: Facts) -> Knowable:
    topic = "self-consistency"
    needed = _checks_needed(retest_agreement(CARELESS, TYPICAL_Q), retest_agreement(CAREFUL, TYPICAL_Q))
    again, people = int(facts.own.repeated.sum()), facts.people
    collect = (
        f"items shown again to the same annotator, some time later and with the sides swapped: {needed} each tell attentiveness "
        f"{CARELESS:g} from {CAREFUL:g} nine times of ten"
    )
    if not again:
        return Knowable(topic, Knowledge.NO, "nobody judged an item twice", collect)
    some, enough = _people(facts.own.repeated, needed)
    swapped = int(facts.own.swapped.sum())
    why = f"{again} retests of {some} of {people} annotators"
    if facts.has_sides:
        why += f", {swapped} of them with the sides swapped"
        if not swapped:
            return Knowable(topic, Knowledge.HARDLY, f"{why}: always taking one side looks the same", collect)
    return (
        Knowable(topic, Knowledge.YES, why)
        if enough == people
        else Knowable(topic, Knowledge.HARDLY, f"{why}; {people - enough} annotators have fewer than {needed}", collect)
    )


def _scale(facts: Facts) -> Knowable:
    topic = "attentiveness"
    needed = _checks_needed(gold_agreement(CARELESS, 1.0), gold_agreement(CAREFUL, 1.0))
    collect = f"gold items, whose answer is beyond dispute: {needed} answered by each annotator"
    people, answers = facts.people, int(facts.own.gold.sum())
    if not answers:
        why = "no gold item was answered; retests alone give a lower bound"
        return Knowable(topic, Knowledge.NO, why, collect)
    some, enough = _people(facts.own.gold, needed)
    why = f"{answers} answers of {some} of {people} annotators on gold items"
    if enough == people:
        return Knowable(topic, Knowledge.YES, why)
    return Knowable(topic, Knowledge.HARDLY, f"{why}; {people - enough} annotators have fewer than {needed}", collect)


def _sides(facts: Facts) -> Knowable:
    topic = "left bias"
    mirrored = int(facts.own.mirrored.sum()) / facts.judgments
    if mirrored in (0.0, 1.0):
        why = "the first response always stood on the same side, so that a taste for it and for the side look the same"
        return Knowable(
            topic, Knowledge.NO, why, "each pair with its sides by chance, and which stood left written down"
        )
    return Knowable(topic, Knowledge.YES, f"the first response stood right in {100 * mirrored:.0f} % of the judgments")


def _agreement(facts: Facts) -> Knowable:
    topic = "agreement and decidedness"
    collect = "items answered by two or more annotators"
    if facts.people == 1:
        return Knowable(topic, Knowledge.NO, "there is one annotator; is a column of names missing?", collect)
    if not facts.shared:
        return Knowable(topic, Knowledge.NO, "no two annotators share an item", collect)
    why = f"{facts.shared} of {facts.items} items have answers of several annotators"
    enough = facts.shared > 1
    return Knowable(topic, Knowledge.YES if enough else Knowledge.HARDLY, why, "" if enough else collect)


def _over_time(facts: Facts) -> Knowable:
    topic = "change over time"
    if facts.own.latest.max() < ABOUT_1970:
        why = "there are no times; the order of the rows is taken for that of the answers"
        return Knowable(topic, Knowledge.HARDLY, why, "when each judgment was made")
    return Knowable(topic, Knowledge.YES, "each judgment has its time")


def _pace(facts: Facts) -> Knowable:
    topic = "pace"
    share = int(facts.own.paced.sum()) / facts.judgments
    if share < MOST:
        why = f"{100 * share:.0f} % of the judgments say how long they took"
        return Knowable(topic, Knowledge.NO, why, "the seconds to each answer")
    why = f"{100 * share:.0f} % of the judgments say how long they took"
    if not facts.has_words:
        return Knowable(topic, Knowledge.HARDLY, f"{why}, but not how much there was to read", "the texts of the items")
    return Knowable(topic, Knowledge.YES, f"{why}, and the texts are there")


def _slices(facts: Facts) -> Knowable:
    topic = "differences by slice"
    if not facts.slices:
        return Knowable(topic, Knowledge.NO, "no judgment names a slice", "the slice of each item, such as its topic")
    return Knowable(topic, Knowledge.YES, f"{facts.slices} slices")
