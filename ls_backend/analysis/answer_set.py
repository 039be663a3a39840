"""Judgments of other tasks than pairs as rows: what annotators together answer, how sure that is, and who said what.

As in a preference set, everybody votes once on an item and a retest is no second vote. A vote against the consensus is one that is less
than half like it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ls_backend.analysis.answer_consensus import AnswerConsensus, agreement_with, answer_consensus
from ls_backend.analysis.consensus import weights_of
from ls_backend.analysis.selection import (
    LeftOut,
    RowDoubts,
    Selection,
    SliceCount,
    counted_votes,
    first_times,
    slice_counts,
    slice_of_items,
)
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.retests import agreement_of
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.measurement.similarity import similarity

ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class AnswerVote:
    """What an annotator answered, as canonical JSON."""

    annotator: str
    answer: str
    lead_time: float | None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An item with its ``answer`` (canonical JSON; of gold the known one). ``confidence`` is None where the kind of answer has
    none; ``agreement`` is how like the votes are to the answer, ``retest_agreement`` how like the answers of ``retests`` are to the first
    ones, None where there are none; ``effective_votes`` as in a preference row."""

    item: str
    slice: str | None
    answer: str
    confidence: float | None
    agreement: float
    effective_votes: float
    retests: int
    retest_agreement: float | None
    is_gold: bool
    at: float
    votes: tuple[AnswerVote, ...]

    @property
    def lead_time(self) -> float | None:
        """The median of the known ones, in seconds."""
        known = [vote.lead_time for vote in self.votes if vote.lead_time is not None]
        return median(known) if known else None


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """The rows, and all ``items``, in the order in which they were judged first; ``wrong`` is the share of answers that are expected not to
    be the true ones."""

    items: tuple[str, ...]
    rows: tuple[AnswerRow, ...]
    slices: tuple[SliceCount, ...]
    wrong: Estimate


def answer_set(
    judgments: Judgments, gold: Mapping[str, GoldItem], cards: Sequence[Scorecard], selection: Selection
) -> AnswerSet:
    """The rows that follow from judgments on another task than pairs.

    Raises:
        InputError: answers are of a kind that is not merged into one.
    """
    eta = weights_of(cards, judgments.annotators)
    first = np.flatnonzero(judgments.first_showings)
    voting = counted_votes(judgments, cards, first, selection)
    everybody = answer_consensus(judgments, first, eta)
    found = everybody if voting.all() else answer_consensus(judgments, first[voting], eta)
    left_out = [_left_out(name, found.get(n), gold, selection) for n, name in enumerate(judgments.items)]
    order = np.lexsort((np.arange(len(judgments.items)), first_times(judgments))).tolist()
    places = [place for place in order if left_out[place] is None]
    rows = tuple(_rows(judgments, gold, found, first[voting], eta, places))
    counts = slice_counts(judgments, left_out, first, voting=voting, against=_against(judgments, first, everybody))
    wrong = RowDoubts.of([row.confidence for row in rows if row.confidence is not None]).share_wrong()
    return AnswerSet(tuple(judgments.items[place] for place in order), rows, counts, wrong)


def _left_out(
    name: str, found: AnswerConsensus | None, gold: Mapping[str, GoldItem], selection: Selection
) -> LeftOut | None:
    if name in gold and not selection.include_gold:
        return LeftOut.GOLD
    if found is None:
        return LeftOut.NO_VOTE
    is_unsure = found.confidence is not None and found.confidence < selection.min_confidence
    return LeftOut.UNSURE if is_unsure and selection.min_confidence > 0.5 and name not in gold else None


def _against(judgments: Judgments, first: Ints, everybody: Mapping[int, AnswerConsensus]) -> Bools:
    """Which first answers are against the consensus, (m,)."""
    pairs = zip(judgments.item[first].tolist(), judgments.answer[first].tolist(), strict=True)
    return np.array(
        [similarity(everybody[item].answer, judgments.answers[code]) < ALIKE for item, code in pairs], dtype=np.bool_
    )


def _rows(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    found: Mapping[int, AnswerConsensus],
    votes: Ints,
    eta: Floats,
    places: Sequence[int],
) -> Iterator[AnswerRow]:
    votes = votes[np.lexsort((judgments.annotator[votes], judgments.at[votes], judgments.item[votes]))]
    size = len(judgments.items)
    edges = np.searchsorted(judgments.item[votes], np.arange(size + 1)).tolist()
    again = np.flatnonzero(~judgments.first_showings)
    retests = np.bincount(judgments.item[again], minlength=size)
    alike = np.bincount(
        judgments.item[again], agreement_of(judgments, judgments.first_row[again], again), minlength=size
    )
    effective = np.bincount(judgments.item[votes], eta[judgments.annotator[votes]] ** 2, minlength=size)
    slices, slice_of, at = (*judgments.slices, None), slice_of_items(judgments), first_times(judgments)
    for place in places:
        name, consensus = judgments.items[place], found[place]
        known = gold.get(name)
        own = votes[edges[place] : edges[place + 1]]
        said = tuple(_vote(judgments, row) for row in own.tolist())
        agreement = consensus.agreement
        if known:
            agreement = agreement_with(known.answer, [vote.answer for vote in said], eta[judgments.annotator[own]])
        yield AnswerRow(
            item=name,
            slice=slices[slice_of[place]],
            answer=known.answer if known else consensus.answer,
            confidence=1.0 if known else consensus.confidence,
            agreement=agreement,
            effective_votes=float(effective[place]),
            retests=int(retests[place]),
            retest_agreement=float(alike[place] / retests[place]) if retests[place] else None,
            is_gold=known is not None,
            at=float(at[place]),
            votes=said,
        )


def _vote(judgments: Judgments, row: int) -> AnswerVote:
    seconds = float(judgments.lead_time[row])
    return AnswerVote(
        judgments.annotators[judgments.annotator[row]],
        judgments.answers[judgments.answer[row]],
        None if np.isnan(seconds) else seconds,
    )
