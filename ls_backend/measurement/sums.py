"""What scorecards need of the judgments: sums by annotator, which follow from each annotator's own judgments alone.

So a store can keep them, a row for each annotator, and fold only the judgments of whoever has answered again. What rests on everybody
(:class:`Scale`: how decided preferences are, and the pooled prior) follows from all rows of sums, without the judgments. The same
functions over all judgments at once are the reference: sums of a part of the annotators are those rows of the whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.attentiveness import EvidenceColumn, GuessRates
from ls_backend.measurement.decidedness import GroupingCounts, GroupRule
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, gather_evidence, sum_checks
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.retests import chance_agreement, graded_agreement

SUMS_VERSION = 1  # raised when the columns of a packed row mean something else
STANDING_MOMENTS = (0.4, 0.6, 0.8)  # shares of an annotator's judgments at which the standing is looked at, before now


@dataclass(frozen=True, slots=True)
class FoldTerms:
    """How judgments are folded: the least lag of retests, the ``half_life`` of evidence, from when on nothing is paid yet (``paid_from``)
    and up to when work is settled (both in seconds since the epoch), and what tells decided pairs, None where it follows from the judgments."""

    min_lag: int = 0
    half_life: float | None = None
    paid_from: float = -np.inf
    settled_until: float = 0.0
    rule: GroupRule | None = None


@dataclass(frozen=True)
class Counts:
    """Sums by annotator, (A,) each, beside the evidence: retests, those in the same order and those of decided pairs, all also where
    they can't tell; retests agreed with credit for neighbours on the scale (``graded``); retests that can tell (``telling``) and how far
    those agreed, nothing taken off; how alike own answers to different items are (``chance``); answers on the ``left`` side and on
    either (``sided``); and how many judgments are settled."""

    retests: Ints
    same_order: Ints
    decided_retests: Ints
    graded: Floats
    telling: Ints
    telling_agreed: Floats
    chance: Floats
    left: Ints
    sided: Ints
    settled: Ints

    @classmethod
    def of(cls, judgments: Judgments, checks: Checks, settled_until: float) -> Self:
        people = len(judgments.annotators)

        def count(rows: Bools) -> Ints:
            return np.bincount(checks.annotator[rows], minlength=people)

        tells = checks.is_retest & (checks.owed_to_side < 1)
        graded = checks.agreed
        if not judgments.answers and judgments.values.size > 3:
            graded, again = checks.agreed.copy(), checks.row[checks.is_retest]
            graded[checks.is_retest] = graded_agreement(judgments, judgments.first_row[again], again)
        total = count(checks.is_retest)
        return cls(
            retests=total,
            same_order=total - count(checks.swapped),
            decided_retests=count(checks.is_decided),
            graded=sum_checks(replace(checks, agreed=graded), judgments.counts).retests_agreed,
            telling=count(tells),
            telling_agreed=np.asarray(np.bincount(checks.annotator[tells], graded[tells], people), dtype=np.float64),
            chance=chance_agreement(judgments),
            left=judgments.side_counts[0],
            sided=judgments.side_counts[1],
            settled=np.bincount(judgments.annotator[judgments.at < settled_until], minlength=people),
        )


@dataclass(frozen=True)
class Sums:
    """Of each annotator (A,): the ``evidence`` of all judgments, with older checks weighing less (``decayed``; the same without a
    half-life), of the part that is ``unsettled``, and as it was at :data:`STANDING_MOMENTS`; the ``counts`` beside it; and the
    ``grouping``, from which the project's rule of decided pairs follows. ``has_sides`` says that answers are pairs."""

    annotators: tuple[str, ...]
    has_sides: bool
    evidence: Evidence
    decayed: Evidence
    unsettled: Evidence
    moments: tuple[Evidence, ...]
    counts: Counts
    grouping: GroupingCounts

    @classmethod
    def of(
        cls, judgments: Judgments, gold: Mapping[str, GoldItem], terms: FoldTerms, checks: Checks | None = None
    ) -> Self:
        """Of all judgments of some annotators."""
        checks = checks or find_checks(judgments, gold, min_lag=terms.min_lag, rule=terms.rule)
        evidence = decayed = unsettled = gather_evidence(judgments, gold, checks=checks)
        if terms.half_life is not None:
            decayed = gather_evidence(judgments, gold, checks=checks, half_life=terms.half_life)
        part = judgments.at >= terms.paid_from
        if not part.all():
            unsettled = gather_evidence(judgments, gold, checks=checks, part=part)
        return cls(
            annotators=judgments.annotators,
            has_sides=not judgments.answers,
            evidence=evidence,
            decayed=decayed,
            unsettled=unsettled,
            moments=tuple(evidence_then(judgments, checks, share, terms.half_life) for share in STANDING_MOMENTS),
            counts=Counts.of(judgments, checks, terms.settled_until),
            grouping=GroupingCounts.of(judgments, gold, checks.pair_groups),
        )

    @property
    def as_rows(self) -> Floats:
        """A row of numbers for each annotator, (A, numbers)."""
        rates, unknown = self.evidence.guess_rates, np.full(len(self.annotators), np.nan)
        columns: list[Floats | Ints | None] = [rates.ties, rates.retest, rates.gold]
        for evidence in (self.evidence, self.decayed, self.unsettled, *self.moments):
            columns += [getattr(evidence, name) for name in EVIDENCE_SUMS]
            columns += [evidence.guess_rates.side, *evidence.counts.T]
        columns += [getattr(beside, field.name) for beside in (self.counts, self.grouping) for field in fields(beside)]
        return np.column_stack([unknown if column is None else column for column in columns]).astype(np.float64)

    @classmethod
    def from_rows(cls, annotators: Sequence[str], rows: Floats, *, has_sides: bool) -> Self:
        """What :attr:`as_rows` wrote; rows of several folds may stand together."""
        columns = iter(np.ascontiguousarray(rows.T))
        ties, retest, gold = (next(columns) for _ in range(3))

        def evidence() -> Evidence:
            judged, retests, retests_agreed, on_gold, gold_right, side = (next(columns) for _ in range(6))
            return Evidence(
                judgments=whole(judged),
                retests=whole(retests),
                retests_agreed=retests_agreed,
                gold=whole(on_gold),
                gold_right=gold_right,
                counts=np.column_stack([next(columns) for _ in EvidenceColumn]),
                guess_rates=GuessRates(ties=ties, side=side) if has_sides else GuessRates(retest=retest, gold=gold),
            )

        all_evidence, decayed, unsettled, *moments = (evidence() for _ in range(3 + len(STANDING_MOMENTS)))
        beside: dict[str, Any] = {f.name: next(columns) for f in fields(Counts)}
        counts = Counts(**beside | {name: whole(sums) for name, sums in beside.items() if name not in FRACTIONS})
        grouping = GroupingCounts(*(whole(next(columns)) for _ in fields(GroupingCounts)))
        share = grouping.decided_share
        return cls(
            annotators=tuple(annotators),
            has_sides=has_sides,
            evidence=replace(all_evidence, decided_share=share),
            decayed=replace(decayed, decided_share=share),
            unsettled=replace(unsettled, decided_share=share),
            moments=tuple(moments),
            counts=counts,
            grouping=grouping,
        )


EVIDENCE_SUMS = ("judgments", "retests", "retests_agreed", "gold", "gold_right")
FRACTIONS = ("graded", "telling_agreed", "chance")


def whole(numbers: Floats) -> Ints:
    """Whole numbers, as such."""
    return np.asarray(numbers, dtype=np.int64)


def evidence_then(judgments: Judgments, checks: Checks, share: float, half_life: float | None) -> Evidence:
    """Evidence of each annotator's first ``share`` of the judgments, as it was then."""
    count = np.ceil(share * judgments.counts)
    position = checks.row - judgments.starts[checks.annotator]
    age = count[checks.annotator] - 1 - position
    weight = None if half_life is None else 0.5 ** (np.maximum(age, 0) / half_life)
    return sum_checks(checks, count, counted=age >= 0, weight=weight)
