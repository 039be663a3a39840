"""Sets of preferences from a table that is larger than memory: the judgments give scorecards in parts by annotator, and rows in parts by
item, by the same functions as those of a whole table. The rows of all parts are put in order, and into splits, on disk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from ls_backend.analysis.preference_set import label_smoothing, preference_set, q_of
from ls_backend.analysis.selection import RowDoubts, SliceCount, added_slices, first_times
from ls_backend.contracts.terms import Contract
from ls_backend.formats.csv_judgments import counted_once
from ls_backend.formats.notes import ReadingNote
from ls_backend.formats.preference_columns import columns_of
from ls_backend.formats.preference_files import (
    ExportedSet,
    ExportOptions,
    NewFiles,
    SetContent,
    TextCounts,
    key_of,
    nothing_left,
    pair_rows,
    without_texts,
    write_set,
)
from ls_backend.formats.set_columns import Origin, facts_by_name
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.large_tables import Parts, Run, TableFile, parts_of
from ls_backend.services.scoring_in_parts import score_parts
from ls_backend.services.sets_on_disk import SetOnDisk, ShownItem, write_part

ROWS_IN_A_PART = 200_000
"""Judgments of the items whose texts and rows are in memory at once."""


@dataclass(frozen=True, slots=True)
class ExportedParts:
    """The set, and what is to be said of how the table was read."""

    exported: ExportedSet
    notes: tuple[ReadingNote, ...]


@dataclass(frozen=True, slots=True)
class RowTerms:
    """What the rows of a part follow from beside its judgments."""

    cards: Sequence[Scorecard]
    q: float
    origin: Origin
    options: ExportOptions


@dataclass(frozen=True, slots=True)
class PartOfSet:
    """What a part, whose rows are on disk, adds to what is said of the set."""

    slices: tuple[SliceCount, ...]
    doubts: RowDoubts
    texts: TextCounts


def export_in_parts(
    file: TableFile,
    contract: Contract,
    origin: Origin,
    run: Run,
    *,
    min_lag: int,
    measurement: MeasurementOptions,
    options: ExportOptions,
    files: NewFiles,
) -> ExportedParts:
    """Write the set that follows from a file; the annotators of its ``origin`` are put in here.

    Raises:
        NotInChunksError: it can only be read as a whole, or has no pairs.
        InputError: as of a whole table, or the engine is not installed.
        UnicodeDecodeError: the file is in another encoding.
    """
    with parts_of(file, run, keeps_texts=True) as (parts, whole):
        scored = score_parts(parts, whole, contract, run, min_lag=min_lag, measurement=measurement)
        names = [card.annotator for card in scored.cards]
        origin = replace(origin, annotators=facts_by_name(names, scored.first_at, scored.cards))
        columns = columns_of(options.layout, origin)
        terms = RowTerms(scored.cards, measurement.q or q_of(scored.evidence), origin, options)
        by_item = parts.by_item(rows_in_a_part=min(file.rows_in_a_part, ROWS_IN_A_PART))
        written = list(run(partial(write_part_of_set, by_item, terms), by_item.numbers))
        slices = added_slices(part.slices for part in written)
        if not written:
            raise nothing_left(slices, origin)
        on_disk = SetOnDisk.of(parts.folder, run)
        if not on_disk.prompts:
            raise without_texts(origin)
        content = SetContent(
            columns,
            on_disk,
            slices,
            label_smoothing(sum((part.doubts for part in written), RowDoubts())),
            terms.q,
            on_disk.prompts,
            on_disk.largest_group,
            sum((part.texts for part in written), TextCounts()).notes(),
        )
        return ExportedParts(write_set(content, origin, options, files), (*scored.notes, parts.note))


def write_part_of_set(parts: Parts, terms: RowTerms, part: int) -> PartOfSet:
    """Write the rows of a part by item."""
    judgments = Judgments.of(counted_once(parts.judgments(part), is_timed=parts.is_timed)[0], reach=parts.reach)
    options, texts = terms.options, parts.texts(part)
    preferences = preference_set(judgments, parts.gold(part), terms.cards, q=terms.q, selection=options.selection)
    rows = pair_rows(preferences.rows, texts, columns_of(options.layout, terms.origin), options.layout)
    shown = [
        ShownItem(item, at, key_of(texts[item]))
        for item, at in zip(judgments.items, first_times(judgments).tolist(), strict=True)
        if item in texts
    ]
    write_part(parts.folder, part, shown, rows, options.shares)
    return PartOfSet(preferences.slices, preferences.doubts, TextCounts.of(preferences.rows, texts))
