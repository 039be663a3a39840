"""Judgments on pairs as a set of preferences to train on: which response is chosen, how sure that is, and who said what.

Each annotator votes once on an item, by the first answer; a retest is no second vote, it says how well the item is repeated. Votes
are weighted by attentiveness (:mod:`ls_backend.analysis.consensus`). A filter is counted by slice, and beside all votes those
against the consensus are counted: a filter that takes them away takes a minority's views away.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ls_backend.analysis.consensus import Q_OF_UNIFORM, ConsensusColumns, Votes, consensus_of_votes, weights_of
from ls_backend.analysis.selection import (
    LeftOut,
    RowDoubts,
    Selection,
    SliceCount,
    Ties,
    counted_votes,
    first_times,
    slice_counts,
    slice_of_items,
)
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.attentiveness import Anchor
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import Evidence, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.retests import agreement_of
from ls_backend.measurement.scorecard import Scorecard

EVEN = 1e-9  # nearer to one half than this is undecided
MOST_SMOOTHING = 0.4999  # TRL takes label_smoothing below one half


@dataclass(frozen=True, slots=True)
class Vote:
    """What an annotator said: ``preference`` is positive for the chosen response; ``chosen_left`` says that it stood on the left."""

    annotator: str
    preference: int
    chosen_left: bool
    lead_time: float | None


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """An item. ``chosen_first`` says that the first response of the canonical order is the chosen one; ``is_even`` that neither is
    preferred, and the first one merely stands there. ``p_chosen`` is the chance that somebody attentive prefers the chosen one,
    ``confidence`` the chance that most do, ``effective_votes`` how many votes of entirely attentive people the votes are worth,
    the sum of eta^2. Of ``retests``, as many as ``retests_same`` agreed with the first answer. ``at`` is when it was judged first."""

    item: str
    slice: str | None
    chosen_first: bool
    is_even: bool
    p_chosen: Estimate
    confidence: float
    effective_votes: float
    decidedness: float
    retests: int
    retests_same: int
    is_gold: bool
    at: float
    votes: tuple[Vote, ...]

    @property
    def margin(self) -> float:
        """The log odds of the chosen response, 0 or more: the difference of rewards that would explain ``p_chosen``."""
        p = self.p_chosen.value or 0.5
        return max(math.log(p / (1 - p)), 0.0)

    @property
    def weight(self) -> float:
        """0 where the side is as good as guessed, 1 where it is certain."""
        return max(2 * self.confidence - 1, 0.0)

    @property
    def strength(self) -> float:
        """The mean preference for the chosen response, on the scale of the answers."""
        return sum(vote.preference for vote in self.votes) / len(self.votes) if self.votes else 0.0

    @property
    def for_chosen(self) -> int:
        return sum(vote.preference > 0 for vote in self.votes)

    @property
    def seen_left(self) -> int:
        """How many voters saw the chosen response on the left."""
        return sum(vote.chosen_left for vote in self.votes)

    @property
    def lead_time(self) -> float | None:
        """The median of the known ones, in seconds."""
        known = [vote.lead_time for vote in self.votes if vote.lead_time is not None]
        return median(known) if known else None


@dataclass(frozen=True, slots=True)
class PreferenceSet:
    """The rows, and all ``items``, in the order in which they were judged first; ``doubts`` are those of the rows in which one response is
    preferred; ``q`` is how decided preferences were taken to be."""

    items: tuple[str, ...]
    rows: tuple[PreferenceRow, ...]
    slices: tuple[SliceCount, ...]
    doubts: RowDoubts
    q: float

    @property
    def label_smoothing(self) -> Estimate:
        """:func:`label_smoothing` of all rows."""
        return label_smoothing(self.doubts)


def label_smoothing(doubts: RowDoubts) -> Estimate:
    """The share of rows whose chosen response is not the one most prefer, as far as the votes and the annotators' measured noise let
    expect it."""
    return doubts.share_wrong(most=MOST_SMOOTHING)


@dataclass(frozen=True)
class _Items:
    """What is known of all items, as columns (I,)."""

    consensus: ConsensusColumns
    chosen_first: Bools
    effective_votes: Floats
    retests: Ints
    retests_same: Ints
    is_gold: Bools
    slice: Ints
    first_at: Floats

    @property
    def confidence(self) -> Floats:
        """The chance that most prefer the chosen response; of gold it is beyond dispute."""
        first = self.consensus.first_better
        return np.where(self.is_gold, 1.0, np.where(self.chosen_first, first, 1 - first))

    @property
    def is_even(self) -> Bools:
        return np.abs(self.consensus.probability - 0.5) < EVEN


def preference_set(
    judgments: Judgments, gold: Mapping[str, GoldItem], cards: Sequence[Scorecard], *, q: float, selection: Selection
) -> PreferenceSet:
    """The rows that follow from judgments on pairs, or from all of those on a part of the items; ``cards`` are the annotators'
    scorecards, ``q`` is how decided preferences are."""
    eta = weights_of(cards, judgments.annotators)
    first = np.flatnonzero(judgments.first_showings)
    voting = counted_votes(judgments, cards, first, selection)
    items = _items(judgments, gold, eta, first[voting], q)
    left_out = _left_out(items, selection)
    order = np.lexsort((np.arange(len(judgments.items)), items.first_at)).tolist()
    rows = tuple(_rows(judgments, items, first[voting], [place for place in order if left_out[place] is None]))
    every = Votes(judgments.item[first], judgments.preference[first], eta[judgments.annotator[first]])
    consensus = items.consensus if voting.all() else consensus_of_votes(every, len(judgments.items), q=q)
    beyond_half = consensus.probability - 0.5
    against = (every.preference != 0) & (np.sign(every.preference) == -np.sign(beyond_half)[every.item])
    counts = slice_counts(judgments, left_out, first, voting=voting, against=against)
    names = tuple(judgments.items[place] for place in order)
    doubts = RowDoubts.of([row.confidence for row in rows if not row.is_even])
    return PreferenceSet(names, rows, counts, doubts, q)


def measured_q(judgments: Judgments, gold: Mapping[str, GoldItem], *, min_lag: int = 0) -> float:
    """How decided preferences are by the checks; that of a uniform prior where nothing anchors the scale of attentiveness."""
    return q_of(gather_evidence(judgments, gold, min_lag=min_lag))


def q_of(evidence: Evidence | None) -> float:
    """The same by everybody's evidence, None where there is nobody."""
    if evidence is None:
        return Q_OF_UNIFORM
    posterior = evidence.attentiveness(pooled=True)
    return Q_OF_UNIFORM if posterior.anchor is Anchor.NONE else posterior.q


def _items(judgments: Judgments, gold: Mapping[str, GoldItem], eta: Floats, votes: Ints, q: float) -> _Items:
    size = len(judgments.items)
    weight = eta[judgments.annotator[votes]]
    consensus = consensus_of_votes(Votes(judgments.item[votes], judgments.preference[votes], weight), size, q=q)
    again = np.flatnonzero(~judgments.first_showings)
    same = agreement_of(judgments, judgments.first_row[again], again)
    known = np.array([gold[name].preferred if name in gold else 0 for name in judgments.items], dtype=np.int64)
    return _Items(
        consensus=consensus,
        chosen_first=np.where(known != 0, known > 0, consensus.probability > 0.5 - EVEN),
        effective_votes=np.asarray(np.bincount(judgments.item[votes], weight**2, minlength=size), dtype=np.float64),
        retests=np.bincount(judgments.item[again], minlength=size).astype(np.int64),
        retests_same=np.bincount(judgments.item[again], same, minlength=size).astype(np.int64),
        is_gold=known != 0,
        slice=slice_of_items(judgments),
        first_at=first_times(judgments),
    )


def _left_out(items: _Items, selection: Selection) -> list[LeftOut | None]:
    """Why each item is no row, None where it is one."""
    even = items.is_even & ~items.is_gold
    reasons = {
        LeftOut.GOLD: items.is_gold & (not selection.include_gold),
        LeftOut.NO_VOTE: items.consensus.n == 0,
        LeftOut.UNDECIDED: even & (selection.ties is not Ties.KEEP),
        LeftOut.UNSURE: ~even & (selection.min_confidence > 0.5) & (items.confidence < selection.min_confidence),
    }
    left_out: list[LeftOut | None] = [None] * items.is_gold.size
    for reason, which in reversed(reasons.items()):
        for place in np.flatnonzero(which).tolist():
            left_out[place] = reason
    return left_out


def _rows(judgments: Judgments, items: _Items, votes: Ints, places: Iterable[int]) -> Iterator[PreferenceRow]:
    votes = votes[np.lexsort((judgments.annotator[votes], judgments.at[votes], judgments.item[votes]))]
    edges = np.searchsorted(judgments.item[votes], np.arange(len(judgments.items) + 1)).tolist()
    toward_first = judgments.preference[votes].tolist()
    first_left = (~judgments.mirrored[votes]).tolist()
    annotators = judgments.annotator[votes].tolist()
    lead_times = [None if np.isnan(seconds) else seconds for seconds in judgments.lead_time[votes].tolist()]
    slices = (*judgments.slices, None)  # -1 is the last
    consensus = items.consensus
    p_first, lows, highs, votes_of, decidedness = (
        column.tolist()
        for column in (consensus.probability, consensus.low, consensus.high, consensus.n, consensus.decidedness)
    )
    confidence, is_even, effective_votes, retests, retests_same, is_gold, slice_of, first_at, chosen = (
        column.tolist()
        for column in (
            items.confidence,
            items.is_even,
            items.effective_votes,
            items.retests,
            items.retests_same,
            items.is_gold,
            items.slice,
            items.first_at,
            items.chosen_first,
        )
    )
    for place in places:
        chosen_first = chosen[place]
        sign = 1 if chosen_first else -1
        p, low, high, n = p_first[place], lows[place], highs[place], votes_of[place]
        yield PreferenceRow(
            item=judgments.items[place],
            slice=slices[slice_of[place]],
            chosen_first=chosen_first,
            is_even=is_even[place] and not is_gold[place],
            p_chosen=Estimate(p, low, high, n) if chosen_first else Estimate(1 - p, 1 - high, 1 - low, n),
            confidence=confidence[place],
            effective_votes=effective_votes[place],
            decidedness=decidedness[place],
            retests=retests[place],
            retests_same=retests_same[place],
            is_gold=is_gold[place],
            at=first_at[place],
            votes=tuple(
                Vote(
                    judgments.annotators[annotators[n]],
                    sign * toward_first[n],
                    first_left[n] == chosen_first,
                    lead_times[n],
                )
                for n in range(edges[place], edges[place + 1])
            ),
        )
