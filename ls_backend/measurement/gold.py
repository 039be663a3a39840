"""Accuracy on gold (control) items: items whose answer is known and beyond dispute.

The first answer of an annotator on a gold item counts. A tie on a gold item is not its preferred side, so it is wrong. In
other tasks than pairs an answer is as right as it is like the known one (:mod:`ls_backend.measurement.similarity`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.similarity import similarities


@dataclass(frozen=True)
class GoldAnswers:
    """Columns over m first answers on gold items: their rows, how right each is in [0, 1], whether the known side stood left."""

    row: Ints
    agreement: Floats
    on_left: Bools


def gold_answers(judgments: Judgments, gold: Mapping[str, GoldItem]) -> GoldAnswers:
    """All first answers of annotators on gold items, but those of whoever the known answer is from."""
    preferred = _preferred_sides(judgments, gold)
    row = np.flatnonzero((preferred[judgments.item] != 0) & judgments.first_showings)
    if any(item.author for item in gold.values()):
        authors = [gold[name].author if name in gold else "" for name in judgments.items]
        own = [
            authors[item] == judgments.annotators[annotator]
            for item, annotator in zip(judgments.item[row].tolist(), judgments.annotator[row].tolist(), strict=True)
        ]
        row = row[~np.array(own, dtype=np.bool_)]
    side = preferred[judgments.item[row]].astype(np.int64)
    if judgments.answers:
        agreement = similarity_to_gold(judgments, gold, row, row)
    else:
        agreement = (np.sign(judgments.preference[row]) == side).astype(np.float64)
    return GoldAnswers(row, agreement, (side > 0) != judgments.mirrored[row])


def _preferred_sides(judgments: Judgments, gold: Mapping[str, GoldItem]) -> NDArray[np.int8]:
    """By item (I,): the preferred response, 1 or -1; 0 where the item is not gold; 1 where gold is an answer."""
    sides = np.zeros(len(judgments.items), dtype=np.int8)
    for name, item in gold.items():
        index = judgments.index_of_item(name)
        if index is not None and bool(item.answer) == bool(judgments.answers):
            sides[index] = 1 if item.answer else item.preferred
    return sides


def similarity_to_gold(judgments: Judgments, gold: Mapping[str, GoldItem], answered: Ints, shown: Ints) -> Floats:
    """How like the answers in some rows are to the known answers of the items in others, (m,) and (m,) -> (m,)."""
    answers = sorted({*judgments.answers, *(g.answer for g in gold.values())})
    code = {text: n for n, text in enumerate(answers)}
    codes = np.array([code[text] for text in judgments.answers], dtype=np.int64)
    gold_codes = np.array([code[gold[judgments.items[i]].answer] for i in judgments.item[shown]], dtype=np.int64)
    return similarities(answers, codes[judgments.answer[answered]], gold_codes)
