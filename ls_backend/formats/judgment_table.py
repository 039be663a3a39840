"""What a file of judgments holds, and how it is to be read. Pure."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.pairs import Pair
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_templates.mapping import AnswerMapping, TaskKind


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a file is to be read, where it does not say so itself. Of an export: the ``mapping``, or the ``control`` that another
    task than pairs is answered by; ``gold`` items; and the ``item_fields`` that name an item. Of a table: which of its
    ``columns`` are ours, and of what kind plain ``answers`` are."""

    mapping: AnswerMapping | None = None
    control: str | None = None
    gold: Sequence[Pair] = ()
    item_fields: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    answers: TaskKind | None = None


@dataclass(frozen=True)
class JudgmentTable:
    """What a file of judgments holds; ``gold`` is by item, and so is ``words``: how many an item shows, where the file has its
    texts. ``notes`` say what was left out, counted or understood in a special way."""

    judgments: list[Judgment]
    gold: dict[str, GoldItem]
    words: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[ReadingNote, ...] = ()


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


def without_repeats(judgments: Sequence[Judgment], thing: str) -> tuple[list[Judgment], list[ReadingNote]]:
    """Judgments that are the same even in their time count once, with notes that say so. ``thing`` is what the file calls a
    judgment."""
    if len({(j.annotator, j.item, j.at) for j in judgments}) == len(judgments):
        return [*judgments], []
    unique: dict[Hashable, Judgment] = {}
    for judgment in judgments:
        unique.setdefault((same_judgment(judgment), judgment.at), judgment)
    notes = []
    repeats = len(judgments) - len(unique)
    if repeats:
        text = f"{counted(repeats, thing)} the same as an earlier one, also in its time, not counted again"
        notes.append(ReadingNote(NoteKind.LEFT_OUT, text))
    at_once = len(unique) - len({(j.annotator, j.item, j.at) for j in unique.values()})
    if at_once:
        text = (
            f"{counted(at_once, thing)} of the same annotator, item and time as an earlier one, but otherwise different; counted "
            "as retests"
        )
        notes.append(ReadingNote(NoteKind.WARNING, text))
    return list(unique.values()), notes
