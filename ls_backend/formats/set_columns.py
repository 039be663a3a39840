"""What the columns of exported sets have in common: their kinds, where rows come from, and what is said of annotators. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.types import Json

Item = TypeVar("Item")


class SetForm(StrEnum):
    """What a set is for: preference trainers of TRL; its KTO trainer; rows with everybody's preference, like HelpSteer; or, of other
    tasks than pairs, items with their answers."""

    TRL = "trl"
    KTO = "kto"
    HELPSTEER = "helpsteer"
    ANSWERS = "answers"


class ColumnKind(StrEnum):
    """What the cells of a column are."""

    TEXT = "string"
    NUMBER = "float64"
    COUNT = "int64"
    YES_NO = "bool"
    MESSAGES = "messages"
    VOTES = "votes"
    ANSWER_VOTES = "answer votes"


MESSAGE_FIELDS: Mapping[str, ColumnKind] = {"role": ColumnKind.TEXT, "content": ColumnKind.TEXT}
ANNOTATOR_FIELDS: Mapping[str, ColumnKind] = {
    "attentiveness": ColumnKind.NUMBER,
    "attentiveness_low": ColumnKind.NUMBER,
    "attentiveness_high": ColumnKind.NUMBER,
    "retest_consistency": ColumnKind.NUMBER,
    "retest_consistency_low": ColumnKind.NUMBER,
    "retest_consistency_high": ColumnKind.NUMBER,
}
VOTE_FIELDS: Mapping[str, ColumnKind] = {
    "annotator": ColumnKind.TEXT,
    "score": ColumnKind.COUNT,
    "chosen_seen_left": ColumnKind.YES_NO,
    "lead_time_s": ColumnKind.NUMBER,
    **ANNOTATOR_FIELDS,
}
ANSWER_VOTE_FIELDS: Mapping[str, ColumnKind] = {
    "annotator": ColumnKind.TEXT,
    "answer": ColumnKind.TEXT,
    "lead_time_s": ColumnKind.NUMBER,
    **ANNOTATOR_FIELDS,
}
NESTED_FIELDS: Mapping[ColumnKind, Mapping[str, ColumnKind]] = {
    ColumnKind.MESSAGES: MESSAGE_FIELDS,
    ColumnKind.VOTES: VOTE_FIELDS,
    ColumnKind.ANSWER_VOTES: ANSWER_VOTE_FIELDS,
}
"""The fields of what stands in lists."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows are written: ``explicit`` prompts stand by themselves, ``conversational`` texts are lists of messages."""

    form: SetForm = SetForm.TRL
    explicit: bool = True
    conversational: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: the name of the ``source``, the ``contract`` that annotators worked under ("" where none is known),
    what is known of each annotator, by the name in the votes; and the ids of the ``annotations`` on each item, where there are any."""

    source: str
    contract: str
    annotators: Mapping[str, Json]
    annotations: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column(Generic[Item]):
    """A column of what is exported of an item: ``meaning`` stands in the dataset's card."""

    name: str
    kind: ColumnKind
    meaning: str
    value: Callable[[Item], Any]


def numbered(annotators: Sequence[str], first_at: Floats) -> dict[str, str]:
    """Pseudonyms of annotators, who are in order of their names, by when they first judged (A,): more data leaves them as they are."""
    order = np.lexsort((np.arange(len(annotators)), first_at)).tolist()
    return {annotators[place]: f"annotator-{number:04d}" for number, place in enumerate(order, 1)}


def facts_by_name(annotators: Sequence[str], first_at: Floats, cards: Sequence[Scorecard]) -> dict[str, Json]:
    """What votes say of each of some numbered annotators."""
    by_name = {card.annotator: card for card in cards}
    return {
        name: annotator_facts(pseudonym, by_name.get(name))
        for name, pseudonym in numbered(annotators, first_at).items()
    }


def annotator_facts(pseudonym: str, card: Scorecard | None) -> Json:
    """What a vote says of its annotator."""
    unknown = Estimate.unknown("no scorecard")
    attentiveness = (card.attentiveness if card else unknown).rounded()
    consistency = (card.self_consistency if card else unknown).rounded()
    return {
        "annotator": pseudonym,
        "attentiveness": attentiveness.value,
        "attentiveness_low": attentiveness.low,
        "attentiveness_high": attentiveness.high,
        "retest_consistency": consistency.value,
        "retest_consistency_low": consistency.low,
        "retest_consistency_high": consistency.high,
    }
