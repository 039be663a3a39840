"""Judgments from a JSON export of Label Studio. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.formats.json_text import parse_documents
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions, without_repeats
from ls_backend.formats.notes import NoteKind, ReadingNote, counted, listed
from ls_backend.formats.pairs import Pair, gold_item
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.exports import (
    Lacking,
    check_mapping,
    field_names,
    infer_mapping,
    lacks,
    read_tasks,
    shown_fields,
)
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import count_words, read_showing
from ls_backend.measurement.judgments import GoldItem
from ls_templates.mapping import AnswerMapping, TaskKind

LEAST_SHARE_OF_ITEMS = 0.25
"""Fields name items, and not groups of them, where so many different ones come to a task, at least."""


def read_export(text: str, *, source: str, options: ReadingOptions) -> JudgmentTable:
    """The judgments in an export, as one list of tasks, or with a task a line.

    Raises:
        InputError: names the task, and what to fix.
    """
    if options.columns or options.answers:
        raise InputError(
            f"{source} is an export of Label Studio, and --columns and --answers are for tables; leave them out"
        )
    tasks = read_tasks(_payloads(text, source), source=source)
    _refuse_if_none_counts(tasks, source)
    mapping = options.mapping or infer_mapping(tasks, options.control, source=source)
    check_mapping(tasks, mapping, source=source)
    fields = _item_fields(tasks, mapping, options.item_fields, source)
    reading = _read_annotations(tasks, mapping, fields, source)
    judgments, repeats = without_repeats([j for record in reading.records if (j := record.judgment())], "annotation")
    items = reading.items
    judged = {judgment.item for judgment in judgments}
    words = {
        items[task.id]: count_words(task.data, {*fields, mapping.left, mapping.right})
        for task in tasks
        if items.get(task.id) in judged
    }
    gold = _gold_items(options.gold, mapping, fields)
    notes = [
        *reading.notes,
        *repeats,
        *_notes_on_items(tasks, mapping, fields, options),
        *_notes_on_gold(gold, {*items.values()}, options.gold),
    ]
    return JudgmentTable(judgments, gold, words, tuple(notes))


def _payloads(text: str, source: str) -> list[object]:
    """The entries of all lists in a text, and the objects that stand in none."""
    payloads: list[object] = []
    try:
        for _, document in parse_documents(text.removeprefix("\ufeff")):
            payloads += document if isinstance(document, list) else [document]
    except ValueError as error:
        raise InputError(f"{source}, {error}; export again as JSON") from error
    return payloads


def _refuse_if_none_counts(tasks: Sequence[StudioTask], source: str) -> None:
    lacking = [(lacks(annotation), task.id) for task in tasks for annotation in task.annotations]
    if lacking and all(lack for lack, _ in lacking):
        lack, task = lacking[0]
        raise InputError(
            f"{source}: none of its {counted(len(lacking), 'annotation')} can be counted: the first, of task {task}, has no {lack}; "
            "are they pre-annotations? Export what annotators submitted, as JSON"
        )


def _item_fields(
    tasks: Sequence[StudioTask], mapping: AnswerMapping, named: Sequence[str], source: str
) -> Sequence[str]:
    fields = field_names(tasks)
    for field in named:
        if field not in fields:
            raise InputError(f"{source}: no task has the field {field!r}; --item-fields may name {listed(fields)}")
    return named or shown_fields(tasks, mapping)


@dataclass(frozen=True)
class _Annotations:
    """The annotations that can be read, the items of all tasks by the task's id, and what is to be said of the other annotations."""

    records: list[AnnotationRecord]
    items: dict[int, str]
    notes: tuple[ReadingNote, ...]


def _read_annotations(
    tasks: Sequence[StudioTask], mapping: AnswerMapping, fields: Sequence[str], source: str
) -> _Annotations:
    lacking = Counter[Lacking]()
    lacking_in: dict[Lacking, int] = {}
    records: dict[tuple[str, str], AnnotationRecord] = {}
    items: dict[int, str] = {}
    without_sides = repeated = 0
    for task in tasks:
        showing = read_showing(task.data, mapping, fields)
        if showing is not None:
            items[task.id] = showing.item
        for annotation in task.annotations:
            lack = lacks(annotation)
            if lack:
                lacking[lack] += 1
                lacking_in.setdefault(lack, task.id)
                continue
            if showing is None:
                without_sides += 1
                continue
            try:
                record = read_annotation(annotation, task, showing, mapping, slice_field="slice")
            except InputError as error:
                raise InputError(f"{source}: {error}") from error
            first = records.get((record.annotator, record.id))
            if first is not None and first.task != record.task:
                raise InputError(
                    f"{source}: annotation {record.id} of annotator {record.annotator} stands in the tasks {first.task} and "
                    f"{record.task}; score exports of different Label Studios one by one, as their numbers mean different people"
                )
            repeated += first is not None
            records[record.annotator, record.id] = record
    texts = [_lacking_text(lack, count, lacking_in[lack]) for lack, count in lacking.items()]
    if without_sides:
        sides = f"{mapping.left} or {mapping.right}" if mapping.task is TaskKind.PAIR else listed(fields)
        texts.append(f"{counted(without_sides, 'annotation')} of tasks without the field {sides}")
    if repeated:
        texts.append(f"{counted(repeated, 'annotation')} with the id of another one in the file; the later one counts")
    unanswered = sum(record.preference is None for record in records.values())
    if unanswered:
        texts.append(
            f"{counted(unanswered, 'annotation')} without an answer of {mapping.control} (skipped, empty, or taken back)"
        )
    return _Annotations(list(records.values()), items, tuple(ReadingNote(NoteKind.LEFT_OUT, text) for text in texts))


def _lacking_text(lack: Lacking, count: int, task: int) -> str:
    why = "the account was deleted, or it is a pre-annotation" if lack is Lacking.AUTHOR else "is it a pre-annotation?"
    return f"{counted(count, 'annotation')} without {lack}, the first of task {task} ({why})"


def _notes_on_items(
    tasks: Sequence[StudioTask], mapping: AnswerMapping, fields: Sequence[str], options: ReadingOptions
) -> Iterator[ReadingNote]:
    sides = [mapping.left, mapping.right] if mapping.task is TaskKind.PAIR else []
    if sides and not options.mapping:
        text = f"the control {mapping.control} compares {mapping.left} (left) with {mapping.right} (right)"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    if tasks:
        text = f"tasks show the same item where these fields are the same: {listed([*fields, *sides])}; --item-fields names others"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    splitting = _splitting_fields(tasks, mapping, fields)
    if splitting:
        rest = listed([field for field in fields if field not in splitting])
        text = (
            f"no two tasks show the same item, because {listed(splitting)} is different in each; without it some do. If it is not "
            f"part of what annotators judge, pass --item-fields {rest.replace(', ', ',')}"
        )
        yield ReadingNote(NoteKind.WARNING, text)


def _splitting_fields(tasks: Sequence[StudioTask], mapping: AnswerMapping, fields: Sequence[str]) -> Sequence[str]:
    """Where no two tasks show the same item: the fields for whose sake they do not, as a number of the row would be."""

    def items(names: Sequence[str]) -> int:
        return len({showing.item for task in tasks if (showing := read_showing(task.data, mapping, names))})

    if len(fields) < (1 if mapping.task is TaskKind.PAIR else 2) or items(fields) < len(tasks):
        return ()
    unique = [f for f in fields if len({repr(task.data.get(f)) for task in tasks}) == len(tasks)]
    for candidates in (unique, *([field] for field in fields)):
        rest = [field for field in fields if field not in candidates]
        if (
            candidates
            and (rest or mapping.task is TaskKind.PAIR)
            and LEAST_SHARE_OF_ITEMS * len(tasks) <= items(rest) < len(tasks)
        ):
            return candidates
    return ()


def _gold_items(gold: Sequence[Pair], mapping: AnswerMapping, fields: Sequence[str]) -> dict[str, GoldItem]:
    """Gold items by item: they are matched to an export by their texts."""
    items = {}
    for pair in gold:
        sides = {"prompt": pair.prompt, mapping.left: pair.a, mapping.right: pair.b}
        showing = read_showing(dict(pair.extra) if pair.answer else sides, mapping, fields)
        if showing:
            items[showing.item] = gold_item(pair, mirrored=showing.mirrored)
    return items


def _notes_on_gold(gold: Mapping[str, GoldItem], items: set[str], pairs: Sequence[Pair]) -> Iterator[ReadingNote]:
    unused = len(pairs) - len(gold.keys() & items)
    if unused:
        text = f"{counted(unused, 'gold item')} of {len(pairs)} matches no task; its fields must be those that make an item"
        yield ReadingNote(NoteKind.WARNING, text)
