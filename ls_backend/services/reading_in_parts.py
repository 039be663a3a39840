"""How a table that is larger than memory was understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ls_backend.formats.csv_judgments import counted_once, uses_of
from ls_backend.formats.judgment_table import (
    FIRST_JUDGMENTS,
    MarginCounts,
    Repeats,
    TableFigures,
    count_retests,
    notes_on_margins,
)
from ls_backend.measurement.judgments import Judgment, JudgmentColumns
from ls_backend.services.large_tables import Parts, Run, TableFile, notes_on_halves, parts_of


@dataclass(frozen=True, slots=True)
class PartFigures:
    """Of a part: how many judgments, annotators and retests it has, its ``first`` judgments, and what they add to the notes."""

    judgments: int
    annotators: int
    retests: int
    first: Sequence[Judgment]
    repeats: Repeats
    margins: MarginCounts


def figures_of_file(file: TableFile, run: Run) -> TableFigures:
    """Raises what :func:`parts_of` does."""
    with parts_of(file, run) as (parts, whole):
        seen = list(run(partial(_figures_of_part, parts), parts.numbers))
        items, reader = parts.count_items(), whole.reader
        first = sorted((judgment for part in seen for judgment in part.first), key=lambda judgment: int(judgment.id))
        first = first[:FIRST_JUDGMENTS]
        repeats = sum((part.repeats for part in seen), Repeats())
        margins = sum((part.margins for part in seen), MarginCounts())
        notes = [*whole.notes(repeats, notes_on_halves(parts, whole, repeats)), *notes_on_margins(margins), parts.note]
        return TableFigures(
            given=whole.scan.rows,
            judgments=sum(part.judgments for part in seen),
            annotators=sum(part.annotators for part in seen),
            items=items.judged,
            retests=sum(part.retests for part in seen),
            gold=items.known,
            with_texts=items.with_texts,
            fields=uses_of(reader.table, reader.manner.columns),
            first=first,
            known=parts.known_of({judgment.item for judgment in first}),
            notes=notes,
        )


def _figures_of_part(parts: Parts, part: int) -> PartFigures:
    judgments, repeats = counted_once(parts.judgments(part), is_timed=parts.is_timed)
    if isinstance(judgments, JudgmentColumns):
        annotators = np.unique(judgments.annotator).size
        pairs = judgments.annotator.astype(np.int64) * len(judgments.items) + judgments.item
        retests = len(judgments) - np.unique(pairs).size
    else:
        annotators, retests = len({judgment.annotator for judgment in judgments}), count_retests(judgments)
    first = judgments[:FIRST_JUDGMENTS]
    return PartFigures(len(judgments), annotators, retests, first, repeats, MarginCounts.of(judgments))
