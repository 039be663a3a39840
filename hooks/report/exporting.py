"""Reports about sets of preferences that were exported."""

from collections.abc import Sequence
from dataclasses import dataclass

from hooks.report.figures import interval
from hooks.report.layout import Note, Notes, Report, Table, rows_of
from hooks.report.reading import reading_notes
from ls_backend.analysis.selection import LeftOut, SliceCount
from ls_backend.formats.notes import ReadingNote, listed
from ls_backend.formats.preference_files import ExportedSet
from ls_backend.formats.preference_manifest import SetChanges
from ls_backend.records import to_json
from ls_backend.types import Json

MOST_NAMES = 10
WRONG = ("label_smoothing for the whole set", "answers that are expected to be wrong")
"""What the share of wrong rows is called: of pairs, and of other answers."""
HEADS = (
    "slice",
    "items",
    "in the set",
    *(reason.value for reason in LeftOut),
    "votes",
    "used",
    "dissent",
    "dissent used",
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A folder that was written, how its file was read, and what is different from an earlier one, where that was asked."""

    folder: str
    exported: ExportedSet
    notes: Sequence[ReadingNote]
    changes: SetChanges | None

    @property
    def all_notes(self) -> list[ReadingNote]:
        return [*self.notes, *self.exported.notes]

    def to_dict(self) -> Json:
        manifest = self.exported.manifest
        return {
            "folder": self.folder,
            "digest": manifest.digest,
            "rows": dict(manifest.rows),
            "label_smoothing": to_json(manifest.label_smoothing),
            "q": manifest.q,
            "slices": to_json(manifest.slices),
            "changes": to_json(self.changes),
            "reading_notes": to_json(self.all_notes),
        }


def exported(result: Exported) -> Report:
    manifest = result.exported.manifest
    splits = ", ".join(f"{count} {split}" for split, count in manifest.rows.items())
    report: Report = [
        *reading_notes(result.all_notes),
        "",
        Table(HEADS, rows_of(map(_slice_cells, manifest.slices)), "slices"),
        "",
        "Dissent: votes against the consensus of all votes. A filter that takes more of them than of all votes takes a "
        "minority's views.",
        f"Written to {result.folder}: {splits} rows. Digest {manifest.digest[:16]}.",
        Notes([Note(WRONG[manifest.q is None], str(interval(manifest.label_smoothing, digits=3)))]),
    ]
    return report if result.changes is None else [*report, "", *_changes(result.changes)]


def _slice_cells(part: SliceCount) -> list[str]:
    left_out = [part.left_out[reason] for reason in LeftOut]
    counts = (part.items, part.rows, *left_out, part.votes, part.votes_used, part.dissent, part.dissent_used)
    return [part.slice or "(none)", *map(str, counts)]


def _changes(changes: SetChanges) -> Report:
    if changes.same:
        return ["The data is the same as in the earlier export."]
    parts = {
        "other settings": changes.settings,
        "new items": changes.new,
        "gone": changes.gone,
        "other rows": changes.other_rows,
        "of these, the other response is chosen": changes.turned,
        "moved to another split": changes.moved,
        "new annotators": changes.new_annotators,
    }
    said = [Note(name, f"{len(names)}: {listed(names, most=MOST_NAMES)}") for name, names in parts.items() if names]
    return ["Since the earlier export:", Notes(said, indent=2)]
