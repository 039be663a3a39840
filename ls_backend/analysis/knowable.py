"""What can be told from a set of judgments and what can't, and what to collect to know more.

A set that was not made by this product often lacks what figures rest on: nobody met an item twice, sides never changed, nobody
shares an item with anybody. Each topic stands here, also where nothing can be told of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ls_backend.analysis.sample_size import gold_agreement, retest_agreement, sample_size
from ls_backend.arrays import Ints
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


def knowables(
    judgments: Judgments, gold: Mapping[str, GoldItem], *, words: Mapping[str, int] | None = None
) -> tuple[Knowable, ...]:
    """What can be told; ``words`` are how many there are to read by item, where the texts are known."""
    if not judgments:
        return ()
    return (
        _consistency(judgments),
        _scale(judgments, gold),
        *(() if judgments.answers else (_sides(judgments),)),
        _agreement(judgments),
        _over_time(judgments),
        _pace(judgments, words),
        _slices(judgments),
    )


def _checks_needed(agreement_of_careless: float, agreement_of_careful: float) -> int:
    return sample_size(agreement_of_careless, agreement_of_careful, alpha=ERROR, beta=ERROR).n


def _people(counts: Ints, needed: int) -> tuple[int, int]:
    """How many annotators have any checks, and how many have enough."""
    return int((counts > 0).sum()), int((counts >= needed).sum())


def _consistency(judgments: Judgments) -> Knowable:
    topic = "self-consistency"
    needed = _checks_needed(retest_agreement(CARELESS, TYPICAL_Q), retest_agreement(CAREFUL, TYPICAL_Q))
    again = np.flatnonzero(~judgments.first_showings)
    collect = (
        f"items shown again to the same annotator, some time later and with the sides swapped: {needed} each tell attentiveness "
        f"{CARELESS:g} from {CAREFUL:g} nine times of ten"
    )
    if not again.size:
        return Knowable(topic, Knowledge.NO, "nobody judged an item twice", collect)
    people = len(judgments.annotators)
    some, enough = _people(np.bincount(judgments.annotator[again], minlength=people).astype(np.int64), needed)
    swapped = int((judgments.mirrored[again] != judgments.mirrored[judgments.first_row[again]]).sum())
    why = f"{again.size} retests of {some} of {people} annotators"
    if not judgments.answers:
        why += f", {swapped} of them with the sides swapped"
        if not swapped:
            return Knowable(topic, Knowledge.HARDLY, f"{why}: always taking one side looks the same", collect)
    return (
        Knowable(topic, Knowledge.YES, why)
        if enough == people
        else Knowable(topic, Knowledge.HARDLY, f"{why}; {people - enough} annotators have fewer than {needed}", collect)
    )


def _scale(judgments: Judgments, gold: Mapping[str, GoldItem]) -> Knowable:
    topic = "attentiveness"
    needed = _checks_needed(gold_agreement(CARELESS, 1.0), gold_agreement(CAREFUL, 1.0))
    collect = f"gold items, whose answer is beyond dispute: {needed} answered by each annotator"
    people = len(judgments.annotators)
    row = gold_answers(judgments, gold).row
    if not row.size:
        why = "no gold item was answered; retests alone give a lower bound"
        return Knowable(topic, Knowledge.NO, why, collect)
    some, enough = _people(np.bincount(judgments.annotator[row], minlength=people).astype(np.int64), needed)
    why = f"{row.size} answers of {some} of {people} annotators on gold items"
    if enough == people:
        return Knowable(topic, Knowledge.YES, why)
    return Knowable(topic, Knowledge.HARDLY, f"{why}; {people - enough} annotators have fewer than {needed}", collect)


def _sides(judgments: Judgments) -> Knowable:
    topic = "left bias"
    mirrored = float(judgments.mirrored.mean())
    if mirrored in (0.0, 1.0):
        why = "the first response always stood on the same side, so that a taste for it and for the side look the same"
        return Knowable(
            topic, Knowledge.NO, why, "each pair with its sides by chance, and which stood left written down"
        )
    return Knowable(topic, Knowledge.YES, f"the first response stood right in {100 * mirrored:.0f} % of the judgments")


def _agreement(judgments: Judgments) -> Knowable:
    topic = "agreement and decidedness"
    first = judgments.first_showings
    by_item = np.bincount(judgments.item[first], minlength=len(judgments.items))
    shared = int((by_item > 1).sum())
    collect = "items answered by two or more annotators"
    if len(judgments.annotators) == 1:
        return Knowable(topic, Knowledge.NO, "there is one annotator; is a column of names missing?", collect)
    if not shared:
        return Knowable(topic, Knowledge.NO, "no two annotators share an item", collect)
    why = f"{shared} of {by_item.size} items have answers of several annotators"
    return Knowable(topic, Knowledge.YES if shared > 1 else Knowledge.HARDLY, why, "" if shared > 1 else collect)


def _over_time(judgments: Judgments) -> Knowable:
    topic = "change over time"
    if judgments.at.max() < ABOUT_1970:
        why = "there are no times; the order of the rows is taken for that of the answers"
        return Knowable(topic, Knowledge.HARDLY, why, "when each judgment was made")
    return Knowable(topic, Knowledge.YES, "each judgment has its time")


def _pace(judgments: Judgments, words: Mapping[str, int] | None) -> Knowable:
    topic = "pace"
    share = float(np.isfinite(judgments.lead_time).mean())
    if share < MOST:
        why = f"{100 * share:.0f} % of the judgments say how long they took"
        return Knowable(topic, Knowledge.NO, why, "the seconds to each answer")
    why = f"{100 * share:.0f} % of the judgments say how long they took"
    if not words:
        return Knowable(topic, Knowledge.HARDLY, f"{why}, but not how much there was to read", "the texts of the items")
    return Knowable(topic, Knowledge.YES, f"{why}, and the texts are there")


def _slices(judgments: Judgments) -> Knowable:
    topic = "differences by slice"
    parts = [name for name in judgments.slices if name]
    if not parts:
        return Knowable(topic, Knowledge.NO, "no judgment names a slice", "the slice of each item, such as its topic")
    return Knowable(topic, Knowledge.YES, f"{len(parts)} slices")
