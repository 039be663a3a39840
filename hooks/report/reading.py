"""Reports about how files were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hooks.report.layout import Report, Table, Warnings, rows_of
from ls_backend.formats.judgment_table import TableFigures
from ls_backend.formats.notes import NoteKind, ReadingNote
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_backend.records import to_json
from ls_backend.types import Json

ABOUT_1970 = 1e8  # seconds; smaller times are the numbers of lines


def reading_notes(notes: Sequence[ReadingNote]) -> Report:
    """How a file was read: what was left out of it, counted or understood in a special way."""
    by_kind = [note for kind in NoteKind for note in notes if note.kind == kind]
    return [Warnings([f"{note.kind}: {note.text}" for note in by_kind])]


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file was understood, before anything is computed."""

    file: str
    figures: TableFigures

    def to_dict(self) -> Json:
        figures = self.figures
        return {
            "file": self.file,
            "given": figures.given,
            "judgments": figures.judgments,
            "annotators": figures.annotators,
            "items": figures.items,
            "retests": figures.retests,
            "gold": figures.gold,
            "with_texts": figures.with_texts,
            "fields": to_json(figures.fields),
            "first": to_json(figures.first),
            "reading_notes": to_json(figures.notes),
        }


def understood(result: Understood) -> Report:
    figures = result.figures
    uses = ((use.name, use.use or "not read") for use in figures.fields)
    heads = ("annotator", "item", "preferred", "mirrored", "at", "seconds", "slice", "gold")
    first = [_cells(judgment, figures.known) for judgment in figures.first]
    return [
        *reading_notes(figures.notes),
        "",
        Table(("in the file", "taken for"), rows_of(uses), "fields"),
        "",
        Table(heads, rows_of(first), "first judgments"),
        "",
        f"{figures.given} rows or annotations: {figures.judgments} judgments by {figures.annotators} annotators on "
        f"{figures.items} items, {figures.retests} of them retests; {figures.gold} gold items. Nothing was computed.",
    ]


def _cells(judgment: Judgment, known: Mapping[str, GoldItem]) -> list[str]:
    gold = known.get(judgment.item)
    return [
        judgment.annotator,
        judgment.item,
        judgment.answer or _side(judgment.preference),
        "-" if judgment.answer else "yes" if judgment.mirrored else "no",
        datetime.fromtimestamp(judgment.at, UTC).isoformat() if judgment.at > ABOUT_1970 else f"line {judgment.at:.0f}",
        "-" if judgment.lead_time is None else f"{judgment.lead_time:g}",
        judgment.slice or "-",
        "-" if gold is None else gold.answer or _side(gold.preferred),
    ]


def _side(preference: int) -> str:
    """Which response, in canonical order, and how strongly."""
    if not preference:
        return "tie"
    strength = f" ({abs(preference)})" if abs(preference) > 1 else ""
    return f"{'first' if preference > 0 else 'second'}{strength}"
