"""Reports about annotators' work: scorecards, and a close look at a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hooks.report.figures import decimal, interval, percent
from hooks.report.layout import Cell, Note, Notes, Report, Row, Table
from hooks.report.reading import reading_notes
from ls_backend.analysis.inspection import InspectedAnnotator, Inspection
from ls_backend.analysis.knowable import Knowable
from ls_backend.analysis.lags import LagAgreement
from ls_backend.contracts.terms import money
from ls_backend.formats.notes import ReadingNote, counted
from ls_backend.measurement.decidedness import SOURCE_WORDS, DecidednessSource
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
        *_decided(cards),
    ]


def _decided(cards: Sequence[Scorecard]) -> list[str]:
    """How many retests were of pairs taken for decided, where something tells."""
    source = cards[0].decided_by
    if source is DecidednessSource.NONE:
        return []
    decided, total = sum(card.retests_decided or 0 for card in cards), sum(card.retests for card in cards)
    return [
        f"{decided} of {total} retests are of pairs taken for decided, {SOURCE_WORDS[source]}; they tell more and are told apart."
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
    grouped = result.decided_by is not DecidednessSource.NONE
    return [
        "What can be told from these judgments, and what would have to be collected:",
        Notes([_knowable(known) for known in result.knowable], "topics", indent=2),
        "Agreement (Krippendorff's alpha):",
        _by_slice(result.agreement),
        "How decided preferences are (q):",
        _by_slice(result.decidedness),
        *_by_group(result),
        "Retests that agree, by the own judgments in between:",
        Notes(
            [
                Note(_lag(band), f"{interval(band.agreement)}, {counted(band.agreement.n, 'retest')}")
                for band in result.by_lag
            ],
            indent=2,
        ),
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
                *(("on decided pairs", "on close pairs") if grouped else ()),
                "below what is required",
            ),
            [_inspected_annotator(annotator, grouped) for annotator in result.annotators],
            "annotators",
        ),
    ]


def _knowable(known: Knowable) -> Note:
    collect = f". Collect {known.collect}" if known.collect else ""
    return Note(known.topic, f"{known.told}, {known.why}{collect}")


def _by_slice(estimates: Mapping[str, Estimate]) -> Notes:
    return Notes(
        [Note(name or "all", f"{interval(e)}, {e.n} items") for name, e in estimates.items()], "slices", indent=2
    )


def _by_group(result: Inspection) -> list[str]:
    if result.decided_by is DecidednessSource.NONE:
        return []
    other, decided = result.grouped_q
    return [
        f"Retests of pairs taken for decided, {SOURCE_WORDS[result.decided_by]}: q {decimal(decided)}; of others: q {decimal(other)}."
    ]


def _lag(band: LagAgreement) -> str:
    return f"{band.least} or more" if band.most is None else f"{band.least} to {band.most}"


def _inspected_annotator(annotator: InspectedAnnotator, grouped: bool) -> Row:
    cells = [
        Cell(annotator.annotator),
        Cell(decimal(annotator.attentiveness)),
        Cell(decimal(annotator.with_overlap)),
        Cell(percent(annotator.own_taste)),
        interval(annotator.trend),
        *([interval(e) for e in (annotator.on_decided, annotator.on_close) if e is not None] if grouped else ()),
        Cell("ALARM" if annotator.alarm else "", style="bold red"),
    ]
    return Row(cells, is_warning=annotator.alarm)
