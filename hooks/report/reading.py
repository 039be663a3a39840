"""Reports about how files were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hooks.report.layout import Report, Table, Warnings, rows_of
from ls_backend.formats.judgment_table import JudgmentTable
from ls_backend.formats.notes import NoteKind, ReadingNote
from ls_backend.measurement.judgments import Judgment
from ls_backend.records import to_json
from ls_backend.types import Json

FIRST_ROWS = 5
ABOUT_1970 = 1e8  # seconds; smaller times are the numbers of lines


def reading_notes(notes: Sequence[ReadingNote]) -> Report:
    """How a file was read: what was left out of it, counted or understood in a special way."""
    by_kind = [note for kind in NoteKind for note in notes if note.kind == kind]
    return [Warnings([f"{note.kind}: {note.text}" for note in by_kind])]


@dataclass(frozen=True, slots=True)
class Understood:
    """How a file was understood, before anything is computed."""

    file: str
    table: JudgmentTable

    @property
    def retests(self) -> int:
        """Judgments of an annotator who had judged the item before."""
        judgments = self.table.judgments
        return len(judgments) - len({(judgment.annotator, judgment.item) for judgment in judgments})

    def to_dict(self) -> Json:
        table = self.table
        return {
            "file": self.file,
            "given": table.given,
            "judgments": len(table.judgments),
            "annotators": len({judgment.annotator for judgment in table.judgments}),
            "items": len({judgment.item for judgment in table.judgments}),
            "retests": self.retests,
            "gold": len(table.gold),
            "with_texts": len(table.texts),
            "fields": to_json(table.fields),
            "first": to_json(table.judgments[:FIRST_ROWS]),
            "reading_notes": to_json(table.notes),
        }


def understood(result: Understood) -> Report:
    table, figures = result.table, result.to_dict()
    uses = ((use.name, use.use or "not read") for use in table.fields)
    heads = ("annotator", "item", "preferred", "mirrored", "at", "seconds", "slice", "gold")
    first = [_cells(judgment, table) for judgment in table.judgments[:FIRST_ROWS]]
    return [
        *reading_notes(table.notes),
        "",
        Table(("in the file", "taken for"), rows_of(uses), "fields"),
        "",
        Table(heads, rows_of(first), "first judgments"),
        "",
        f"{figures['given']} rows or annotations: {figures['judgments']} judgments by {figures['annotators']} annotators on "
        f"{figures['items']} items, {figures['retests']} of them retests; {figures['gold']} gold items. Nothing was computed.",
    ]


def _cells(judgment: Judgment, table: JudgmentTable) -> list[str]:
    gold = table.gold.get(judgment.item)
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
