"""What a file of judgments holds, and how it is to be read. Pure."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ls_backend.formats.cells import DateOrder
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.pairs import Pair
from ls_backend.label_studio.tasks import NO_MARGIN, MarginSource, PairTexts
from ls_backend.measurement.decidedness import MOST
from ls_backend.measurement.judgments import GoldItem, Judgment, JudgmentColumns
from ls_templates.mapping import AnswerMapping, TaskKind

PROBABILITIES = "all margins lie between 0 and 1; if they are chances that one response is better, 0.02 is as decided as 0.98, so give them less 0.5"


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is to be read, where it does not say so itself. Of an export: the ``mapping``, or the ``control`` that another
    task than pairs is answered by; ``gold`` items, or that they are the export's ground truths; and the ``item_fields`` that name
    an item; and the ``margin_source``. Of a table: which of its ``columns`` are ours, of what kind plain ``answers``
    are, which answer on a pair each of its ``words`` means, in small letters, and in which order ``dates`` such as 11/3/2026 say month
    and day."""

    mapping: AnswerMapping | None = None
    control: str | None = None
    gold: Sequence[Pair] = ()
    gold_of_ground_truth: bool = False
    item_fields: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: TaskKind | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    dates: DateOrder | None = None
    margin_source: MarginSource = NO_MARGIN


@dataclass(frozen=True, slots=True)
class FieldUse:
    """What a column of a table, or a field or a control of an export, was taken for; "" for nothing."""

    name: str
    use: str


@dataclass(frozen=True)
class JudgmentTable:
    """What a file of judgments holds; ``gold`` is by item, and so are ``words``: how many an item shows, where the file has its
    texts; and the ``texts`` of pairs themselves, or what items of other tasks show (``shown``). ``notes`` say what was left out, counted or understood in a special way. Of the
    rows or annotations ``given``, each is a judgment or counted by a note. ``fields`` say what was taken for what."""

    judgments: Sequence[Judgment]
    gold: dict[str, GoldItem]
    words: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[ReadingNote, ...] = ()
    texts: Mapping[str, PairTexts] = field(default_factory=dict)
    given: int = 0
    fields: tuple[FieldUse, ...] = ()
    has_annotation_ids: bool = False
    shown: Mapping[str, str] = field(default_factory=dict)


FIRST_JUDGMENTS = 5


@dataclass(frozen=True)
class TableFigures:
    """How a file was understood: the rows or annotations ``given``; how many judgments, annotators, items, retests, gold items and items
    with texts there are; the ``first`` judgments, and what is ``known`` of their items; besides as in :class:`JudgmentTable`."""

    given: int
    judgments: int
    annotators: int
    items: int
    retests: int
    gold: int
    with_texts: int
    fields: tuple[FieldUse, ...]
    first: Sequence[Judgment]
    known: Mapping[str, GoldItem]
    notes: Sequence[ReadingNote]

    @classmethod
    def of(cls, table: JudgmentTable) -> "TableFigures":
        judgments = table.judgments
        return cls(
            given=table.given,
            judgments=len(judgments),
            annotators=len({judgment.annotator for judgment in judgments}),
            items=len({judgment.item for judgment in judgments}),
            retests=count_retests(judgments),
            gold=len(table.gold),
            with_texts=len(table.texts),
            fields=table.fields,
            first=judgments[:FIRST_JUDGMENTS],
            known=table.gold,
            notes=table.notes,
        )


def count_retests(judgments: Sequence[Judgment]) -> int:
    """Judgments of an annotator who had judged the item before."""
    return len(judgments) - len({(judgment.annotator, judgment.item) for judgment in judgments})


def annotation_ids(table: JudgmentTable) -> dict[str, list[str]]:
    """The ids of the annotations on each item, in the order of the file; none where the rows of a file have no ids of their own."""
    ids: dict[str, list[str]] = {}
    for judgment in table.judgments if table.has_annotation_ids else ():
        ids.setdefault(judgment.item, []).append(judgment.id)
    return ids


@dataclass(frozen=True, slots=True)
class MarginCounts:
    """Of so many ``judgments``: how many have a margin (``known``), the ``least`` and the ``greatest`` of those, and of their sizes; and
    whether the judgments are of other tasks than pairs (``of_answers``)."""

    judgments: int = 0
    known: int = 0
    least: float = np.inf
    least_size: float = np.inf
    greatest_size: float = -np.inf
    of_answers: bool = False

    @classmethod
    def of(cls, judgments: Sequence[Judgment]) -> "MarginCounts":
        if isinstance(judgments, JudgmentColumns):
            margins = judgments.margin
        else:
            margins = np.array([j.margin for j in judgments], float)
        known = margins[~np.isnan(margins)]
        sizes, of_answers = np.abs(known), bool(judgments) and bool(judgments[0].answer)
        least, least_size = float(known.min(initial=np.inf)), float(sizes.min(initial=np.inf))
        return cls(len(judgments), known.size, least, least_size, float(sizes.max(initial=-np.inf)), of_answers)

    def __add__(self, other: "MarginCounts") -> "MarginCounts":
        return MarginCounts(
            self.judgments + other.judgments,
            self.known + other.known,
            min(self.least, other.least),
            min(self.least_size, other.least_size),
            max(self.greatest_size, other.greatest_size),
            self.of_answers or other.of_answers,
        )


def notes_on_margins(counts: MarginCounts) -> list[ReadingNote]:
    """What margins are taken for, or why they are not used."""
    if not counts.known:
        return []
    have = f"{counts.known} of {counted(counts.judgments, 'judgment')} have a margin"
    if counts.of_answers:
        return [ReadingNote(NoteKind.WARNING, f"{have}, and none is used: margins are for pairs of responses")]
    if counts.known < MOST * counts.judgments:
        return [ReadingNote(NoteKind.WARNING, f"{have}, and none is used: they are used where half of them have one")]
    if counts.least_size == counts.greatest_size:
        return [ReadingNote(NoteKind.WARNING, f"{have}, all of the same size, so none is used")]
    notes = [
        ReadingNote(NoteKind.UNDERSTOOD, f"{have}: the greatest, whatever the sign, are of pairs taken for decided")
    ]
    if counts.least >= 0 and counts.greatest_size <= 1:
        notes.append(ReadingNote(NoteKind.WARNING, PROBABILITIES))
    return notes


def same_judgment(judgment: Judgment) -> Hashable:
    """What two reports of one judgment have in common, whatever their ids and times."""
    return (
        judgment.annotator,
        judgment.item,
        judgment.preference,
        judgment.mirrored,
        judgment.lead_time,
        judgment.slice,
        judgment.answer,
    )


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many judgments are the same as an earlier one: even in their time, so that they count once (``left_out``); of the same
    annotator, item and time, but otherwise different (``at_once``); or the same where no time is known (``untimed``)."""

    left_out: int = 0
    at_once: int = 0
    untimed: int = 0

    def __add__(self, other: "Repeats") -> "Repeats":
        return Repeats(self.left_out + other.left_out, self.at_once + other.at_once, self.untimed + other.untimed)

    def notes(self, thing: str) -> list[ReadingNote]:
        """What is to be said of it; ``thing`` is what the file calls a judgment."""
        notes = []
        if self.left_out:
            text = f"{counted(self.left_out, thing)} the same as an earlier one, also in its time, not counted again"
            notes.append(ReadingNote(NoteKind.LEFT_OUT, text, self.left_out))
        if self.at_once:
            text = (
                f"{counted(self.at_once, thing)} of the same annotator, item and time as an earlier one, but otherwise different; "
                "counted as retests"
            )
            notes.append(ReadingNote(NoteKind.WARNING, text))
        if self.untimed:
            text = (
                f"{counted(self.untimed, thing)} the same as an earlier {thing}, counted as retests: without a time of day in `at` it "
                f"can't be told whether somebody answered again or the {thing} stands twice in the file"
            )
            notes.append(ReadingNote(NoteKind.WARNING, text))
        return notes


def without_repeats(judgments: Sequence[Judgment]) -> tuple[Sequence[Judgment], Repeats]:
    """Judgments that are the same even in their time count once; in one of two dumps it may have been cut to whole seconds."""
    if isinstance(judgments, JudgmentColumns):
        if judgments.all_differ:
            return judgments, Repeats()
    elif len({(j.annotator, j.item, math.floor(j.at)) for j in judgments}) == len(judgments):
        return judgments, Repeats()
    unique: dict[Hashable, Judgment] = {}
    for judgment in judgments:
        unique.setdefault((same_judgment(judgment), math.floor(judgment.at)), judgment)
    at_once = len(unique) - len({(j.annotator, j.item, j.at) for j in unique.values()})
    return list(unique.values()), Repeats(len(judgments) - len(unique), at_once)
