"""Scorecards of a table that is larger than memory: each part is folded into sums by itself, and from everybody's sums follow the scale
and the cards, by the same functions as those of a whole table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ls_backend.analysis.additive import rows_together
from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract
from ls_backend.formats.judgment_chunks import WholeTable
from ls_backend.formats.notes import ReadingNote
from ls_backend.measurement.decidedness import GroupingCounts, GroupRule
from ls_backend.measurement.evidence import Evidence
from ls_backend.measurement.scale import MeasurementOptions, Scale
from ls_backend.measurement.scorecard import CardTerms, Scorecard, cards_of
from ls_backend.measurement.sums import FoldTerms, Sums
from ls_backend.services.folding_in_parts import JudgmentPart, fold_all
from ls_backend.services.large_tables import Parts, Run, TableFile, parts_of


@dataclass(frozen=True, slots=True)
class PartSums:
    """Of a part: its ``annotators``, their sums as ``rows`` of numbers, and when they judged first."""

    annotators: tuple[str, ...]
    rows: Floats
    first_at: Floats

    @classmethod
    def together(cls, parts: Sequence["PartSums"]) -> "PartSums":
        """Those of all parts, in order of the annotators' names."""
        return rows_together(parts, [part.annotators for part in parts])

    def sums(self, *, has_sides: bool) -> Sums:
        return Sums.from_rows(self.annotators, self.rows, has_sides=has_sides)


@dataclass(frozen=True, slots=True)
class ScoredParts:
    """The scorecards, and what is to be said of how the table was read; everybody's ``evidence``, None where there is nobody, and when each
    one judged first (A,)."""

    cards: list[Scorecard]
    notes: tuple[ReadingNote, ...]
    evidence: Evidence | None
    first_at: Floats


def score_file(
    file: TableFile, contract: Contract, run: Run, *, min_lag: int, measurement: MeasurementOptions
) -> ScoredParts:
    """The scorecards that follow from a file, in order, and what is to be said of how it was read.

    Raises:
        NotInChunksError: it can only be read as a whole.
        InputError: names the line, or the column, and what to fix; or the engine is not installed.
        UnicodeDecodeError: the file is in another encoding.
    """
    with parts_of(file, run) as (parts, whole):
        scored = score_parts(parts, whole, contract, run, min_lag=min_lag, measurement=measurement)
        return replace(scored, notes=(*scored.notes, parts.note))


def score_parts(
    parts: Parts, whole: WholeTable, contract: Contract, run: Run, *, min_lag: int, measurement: MeasurementOptions
) -> ScoredParts:
    """The scorecards of all annotators, in order; ``whole`` is what was seen when the table was partitioned."""
    terms = FoldTerms(min_lag, measurement.half_life)
    folded = fold_all(parts, whole, run, partial(_sums_of_part, terms), partial(_grouping, has_sides=parts.is_pair))
    if not folded.folds:
        return ScoredParts([], folded.notes, None, np.zeros(0))
    together = PartSums.together(folded.folds)
    everybody = together.sums(has_sides=parts.is_pair)
    _, posteriors = Scale.of(everybody, measurement)
    cards = cards_of(everybody, posteriors, folded.rule.source, CardTerms(contract))
    return ScoredParts(cards, folded.notes, everybody.evidence, together.first_at)


def _sums_of_part(terms: FoldTerms, rule: GroupRule, part: JudgmentPart) -> PartSums:
    """The sums of everybody in a part."""
    judgments = part.judgments
    sums = Sums.of(judgments, part.gold, replace(terms, rule=rule))
    return PartSums(judgments.annotators, sums.as_rows, judgments.at[judgments.starts])


def _grouping(folded: Sequence[PartSums], *, has_sides: bool) -> GroupingCounts:
    return PartSums.together(folded).sums(has_sides=has_sides).grouping
