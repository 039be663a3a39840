"""Scorecards of a table that is larger than memory: each part is folded into sums by itself, and from everybody's sums follow the scale
and the cards, by the same functions as those of a whole table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract
from ls_backend.formats.csv_judgments import counted_once
from ls_backend.formats.judgment_chunks import WholeTable
from ls_backend.formats.judgment_table import MarginCounts, Repeats, notes_on_margins
from ls_backend.formats.notes import ReadingNote
from ls_backend.measurement.decidedness import DecidednessSource, GroupRule, margin_rule
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions, Scale
from ls_backend.measurement.scorecard import CardTerms, Scorecard, cards_of
from ls_backend.measurement.sums import FoldTerms, Sums
from ls_backend.services.large_tables import Parts, Run, TableFile, notes_on_halves, parts_of


@dataclass(frozen=True, slots=True)
class PartSums:
    """Of a part: its ``annotators`` and their sums as ``rows`` of numbers, and what its judgments add to the notes."""

    annotators: Sequence[str]
    rows: Floats
    repeats: Repeats
    margins: MarginCounts


@dataclass(frozen=True, slots=True)
class ScoredParts:
    """The scorecards, and what is to be said of how the table was read."""

    cards: list[Scorecard]
    notes: tuple[ReadingNote, ...]


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
    sizes = parts.sizes_of_margins()
    rule = _likely_rule(parts, sizes)
    folded = _fold(parts, run, FoldTerms(min_lag, measurement.half_life, rule=rule))
    repeats = sum((part.repeats for part in folded), Repeats())
    margins = sum((part.margins for part in folded), MarginCounts())
    notes = (*whole.notes(repeats, notes_on_halves(parts, whole, repeats)), *notes_on_margins(margins))
    if not folded:
        return ScoredParts([], notes)
    everybody = _everybody(folded, has_sides=parts.is_pair)
    by_all = everybody.grouping.rule(sizes if everybody.grouping.has_margins else None)
    if by_all != rule:
        rule = by_all
        folded = _fold(parts, run, FoldTerms(min_lag, measurement.half_life, rule=rule))
        everybody = _everybody(folded, has_sides=parts.is_pair)
    _, posteriors = Scale.of(everybody, measurement)
    return ScoredParts(cards_of(everybody, posteriors, rule.source, CardTerms(contract)), notes)


def _likely_rule(parts: Parts, sizes: Floats | None) -> GroupRule:
    """What tells decided pairs, if margins count where there are some."""
    if not parts.is_pair:
        return GroupRule()
    by_margin = margin_rule(sizes) if sizes is not None and sizes.size else None
    by_strength = DecidednessSource.STRENGTH if max(map(abs, parts.reach)) > 1 else DecidednessSource.NONE
    return by_margin or GroupRule(by_strength)


def _fold(parts: Parts, run: Run, terms: FoldTerms) -> list[PartSums]:
    return [part for part in run(partial(fold_part, parts, terms), parts.numbers) if len(part.annotators)]


def fold_part(parts: Parts, terms: FoldTerms, part: int) -> PartSums:
    """The sums of everybody in a part."""
    judgments, repeats = counted_once(parts.judgments(part), is_timed=parts.is_timed)
    of_part = Judgments.of(judgments, reach=parts.reach)
    sums = Sums.of(of_part, parts.gold(part), terms)
    return PartSums(of_part.annotators, sums.as_rows, repeats, MarginCounts.of(judgments))


def _everybody(folded: Sequence[PartSums], *, has_sides: bool) -> Sums:
    """The sums of all parts, in the order of the annotators."""
    names = [name for part in folded for name in part.annotators]
    order = sorted(range(len(names)), key=names.__getitem__)
    rows = np.concatenate([part.rows for part in folded])[order]
    return Sums.from_rows([names[n] for n in order], rows, has_sides=has_sides)
