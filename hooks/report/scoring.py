"""Reports about annotators' work: scorecards, and a close look at a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hooks.report.figures import decimal, interval, percent
from hooks.report.layout import Cell, Note, Notes, Report, Row, Table, Warnings
from ls_backend.analysis.inspection import InspectedAnnotator, Inspection
from ls_backend.contracts.terms import money
from ls_backend.formats.notes import NoteKind, ReadingNote
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scorecard import ANCHOR_WORDS, Scorecard
from ls_backend.records import to_dict, to_json
from ls_backend.types import Json

CARD_HEAD = (
    "annotator",
    "judg\u00adments",
    "retests",
    "self-consis\u00adtency",
    "gold",
    "left bias",
    "repu\u00adtation",
    "standing",
    "bonus",
)
STYLES = {Standing.NEW: "dim", Standing.LEARNING: "dim", Standing.TRUSTED: "green", Standing.EXPERT: "bold green"}


def card_cells(card: Scorecard) -> list[Cell]:
    """A scorecard as cells under :data:`CARD_HEAD`."""
    bias = card.position_bias.rounded().value
    return [
        Cell(card.annotator),
        Cell(str(card.judgments)),
        Cell(str(card.retests)),
        interval(card.self_consistency),
        interval(card.gold),
        Cell("-" if bias is None else f"{bias:+.2f}"),
        interval(card.reputation, digits=0),
        Cell(card.standing, style=STYLES.get(card.standing, "")),
        Cell(money(card.bonus_minor, card.currency)),
    ]


def reading_notes(notes: Sequence[ReadingNote]) -> Report:
    """How a file was read: what was left out of it, counted or understood in a special way."""
    by_kind = [note for kind in NoteKind for note in notes if note.kind == kind]
    return [Warnings([f"{note.kind}: {note.text}" for note in by_kind])]


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """The scorecards that follow from a file, and what is to be said of how it was read."""

    cards: list[Scorecard]
    notes: Sequence[ReadingNote]


def scored_file(result: ScoredFile) -> Report:
    return [*reading_notes(result.notes), "", *scorecards(result.cards)]


def scorecards(cards: list[Scorecard]) -> Report:
    if not cards:
        return ["No judgments."]
    anchor = ANCHOR_WORDS[cards[0].anchor]
    return [
        Table(CARD_HEAD, [Row(card_cells(card)) for card in cards], "annotators"),
        "",
        Notes([Note(card.annotator, reason) for card in cards for reason in card.reasons], "reasons"),
        "",
        f"Intervals are 90 %. The scale of attentiveness rests on {anchor}.",
    ]


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A close look at a file, and what is to be said of how it was read."""

    inspection: Inspection
    notes: Sequence[ReadingNote]

    def to_dict(self) -> Json:
        return {**to_dict(self.inspection), "reading_notes": to_json(self.notes)}


def inspected_file(result: InspectedFile) -> Report:
    return [*reading_notes(result.notes), "", *inspection(result.inspection)]


def inspection(result: Inspection) -> Report:
    outdated = [gold for gold in result.gold if gold.is_outdated]
    flags = result.flags
    return [
        "Agreement (Krippendorff's alpha):",
        _by_slice(result.agreement),
        "How decided preferences are (q):",
        _by_slice(result.decidedness),
        f"Gold items: {len(result.gold)} shown, {len(outdated)} to retire or refresh.",
        Notes([Note(f"{g.advice} {g.item}", g.why) for g in outdated], "gold items", indent=2),
        f"Odd work, at the false discovery rate asked for: {len(flags)}." if flags else "No odd work found.",
        Notes([Note(f.annotator, f"{f.flag}; {f.evidence} (p {f.p:.2g})") for f in flags], "flags", indent=2),
        "",
        Table(
            (
                "annotator",
                "atten\u00adtiveness",
                "with overlap",
                "taste of their own",
                "trend",
                "below what is required",
            ),
            [_inspected_annotator(annotator) for annotator in result.annotators],
            "annotators",
        ),
    ]


def _by_slice(estimates: Mapping[str, Estimate]) -> Notes:
    return Notes(
        [Note(name or "all", f"{interval(e)}, {e.n} items") for name, e in estimates.items()], "slices", indent=2
    )


def _inspected_annotator(annotator: InspectedAnnotator) -> Row:
    cells = [
        Cell(annotator.annotator),
        Cell(decimal(annotator.attentiveness)),
        Cell(decimal(annotator.with_overlap)),
        Cell(percent(annotator.own_taste)),
        interval(annotator.trend),
        Cell("ALARM" if annotator.alarm else "", style="bold red"),
    ]
    return Row(cells, is_warning=annotator.alarm)
