"""Judgments from a JSON export of Label Studio. Pure."""

import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.formats.answers import choices_nobody_gave
from ls_backend.formats.json_text import parse_documents
from ls_backend.formats.judgment_table import FieldUse, JudgmentTable, ReadingOptions, without_repeats
from ls_backend.formats.notes import NoteKind, ReadingNote, counted, examples, listed
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
from ls_backend.label_studio.tasks import (
    MarginSource,
    PairTexts,
    count_words,
    read_pair_texts,
    read_showing,
    shown_text,
)
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind

LEAST_SHARE_OF_ITEMS = 0.25
"""Fields name items, and not groups of them, where so many different ones come to a task, at least."""


def read_export(payloads: Sequence[object], *, source: str, options: ReadingOptions) -> JudgmentTable:
    """The judgments in an export, by its entries.

    Raises:
        InputError: names the task, and what to fix.
    """
    if options.columns or options.answers or options.words or options.dates:
        raise InputError(
            f"{source} is an export of Label Studio, and --columns, --answers, --words and --dates are for tables; leave them out"
        )
    tasks = read_tasks(payloads, source=source)
    _refuse_if_none_counts(tasks, source)
    mapping = options.mapping or infer_mapping(tasks, options.control, source=source)
    check_mapping(tasks, mapping, source=source)
    fields = _item_fields(tasks, mapping, options.item_fields, source)
    _refuse_missing_margins(tasks, options.margin_source, source)
    reading = _read_annotations(tasks, mapping, fields, options.margin_source, source)
    judgments, repeats = without_repeats([j for record in reading.records if (j := record.judgment())])
    items = reading.items
    judged = {judgment.item for judgment in judgments}
    words = {
        items[task.id]: count_words(task.data, {*fields, mapping.left, mapping.right})
        for task in tasks
        if items.get(task.id) in judged
    }
    gold = _gold_items(options.gold, mapping, fields)
    if options.gold_of_ground_truth:
        gold = _ground_truths(reading.records, source)
    notes = [
        *reading.notes,
        *repeats.notes("annotation"),
        *_notes_on_items(tasks, mapping, fields, options),
        *_notes_on_gold(gold, judgments, {*items.values()}, options, reading.records),
        *_notes_on_annotators(reading.records),
    ]
    return JudgmentTable(
        judgments,
        gold,
        words,
        tuple(notes),
        texts=_texts(tasks, mapping, fields, items, judged),
        given=sum(len(task.annotations) for task in tasks),
        fields=_uses(tasks, mapping, fields, options.margin_source),
        has_annotation_ids=True,
        shown=_shown(tasks, mapping, fields, items, judged),
    )


def _shown(
    tasks: Sequence[StudioTask],
    mapping: AnswerMapping,
    fields: Sequence[str],
    items: Mapping[int, str],
    judged: Container[str],
) -> dict[str, str]:
    """What judged items show, in other tasks than pairs."""
    if mapping.task is TaskKind.PAIR:
        return {}
    read = ((items.get(task.id), shown_text(task.data, fields)) for task in tasks)
    return {item: text for item, text in read if item is not None and item in judged}


def _uses(
    tasks: Sequence[StudioTask], mapping: AnswerMapping, fields: Sequence[str], margin_source: MarginSource
) -> tuple[FieldUse, ...]:
    meaning = {mapping.left: "left response", mapping.right: "right response", "slice": "slice"}
    meaning = (
        dict.fromkeys(fields, "item")
        | dict.fromkeys(margin_source.fields, "margin")
        | {name: use for name, use in meaning.items() if name}
    )
    uses = [FieldUse(name, meaning.get(name, "")) for name in field_names(tasks)]
    return (*uses, FieldUse(mapping.control, f"answer ({mapping.task})"))


def _texts(
    tasks: Sequence[StudioTask],
    mapping: AnswerMapping,
    fields: Sequence[str],
    items: Mapping[int, str],
    judged: Container[str],
) -> dict[str, PairTexts]:
    """What judged pairs say, by item; none in other tasks."""
    if mapping.task is not TaskKind.PAIR:
        return {}
    read = ((items.get(task.id), read_pair_texts(task.data, mapping, fields)) for task in tasks)
    return {item: texts for item, texts in read if item is not None and texts is not None and item in judged}


def entries_of(text: str, *, source: str) -> list[object]:
    """The entries of all lists in a text, and the objects that stand in none.

    Raises:
        InputError: it is not JSON.
    """
    payloads: list[object] = []
    try:
        for _, document in parse_documents(text.removeprefix("\ufeff"), between=" \t\r\n,"):
            payloads += document if isinstance(document, list) else [document]
    except ValueError as error:
        raise InputError(f"{source}, {error}; export again as JSON") from error
    return _with_their_tasks(payloads)


def _with_their_tasks(payloads: list[object]) -> list[object]:
    """Annotations that hold their task, as Label Studio writes them to a storage, as tasks with their annotations."""
    tasks: dict[str, Json] = {}
    others = []
    for payload in payloads:
        task = payload.get("task") if isinstance(payload, dict) else None
        if isinstance(payload, dict) and isinstance(task, dict) and "data" in task and "result" in payload:
            annotation = {name: value for name, value in payload.items() if name != "task"}
            tasks.setdefault(str(task.get("id")), {**task, "annotations": []})["annotations"].append(annotation)
        else:
            others.append(payload)
    return [*tasks.values(), *others]


def _refuse_if_none_counts(tasks: Sequence[StudioTask], source: str) -> None:
    lacking = [(lacks(annotation), task.id) for task in tasks for annotation in task.annotations]
    if tasks and not lacking:
        raise InputError(
            f"{source}: no task has an annotation (predictions and drafts are none); export tasks that were submitted, as JSON"
        )
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


def _refuse_missing_margins(tasks: Sequence[StudioTask], margin_source: MarginSource, source: str) -> None:
    if margin_source and all(margin_source.read(task) is None for task in tasks):
        raise InputError(
            f"{source}: no task has a number in {margin_source}; the fields are {listed(field_names(tasks))}"
        )


@dataclass(frozen=True)
class _Annotations:
    """The annotations that can be read, the items of all tasks by the task's id, and what is to be said of the other annotations."""

    records: list[AnnotationRecord]
    items: dict[int, str]
    notes: tuple[ReadingNote, ...]


def _read_annotations(
    tasks: Sequence[StudioTask],
    mapping: AnswerMapping,
    fields: Sequence[str],
    margin_source: MarginSource,
    source: str,
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
                margin = margin_source.read(task)
                record = read_annotation(annotation, task, showing, mapping, slice_field="slice", margin=margin)
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
    left_out = [(_lacking_text(lack, count, lacking_in[lack]), count) for lack, count in lacking.items()]
    if without_sides:
        sides = f"{mapping.left} or {mapping.right}" if mapping.task is TaskKind.PAIR else listed(fields)
        left_out.append((f"{counted(without_sides, 'annotation')} of tasks without the field {sides}", without_sides))
    if repeated:
        text = f"{counted(repeated, 'annotation')} with the id of another one in the file; the later one counts"
        left_out.append((text, repeated))
    unanswered = sum(record.preference is None for record in records.values())
    if unanswered:
        text = f"{counted(unanswered, 'annotation')} without an answer of {mapping.control} (skipped, empty, or taken back)"
        left_out.append((text, unanswered))
    notes = tuple(ReadingNote(NoteKind.LEFT_OUT, text, count) for text, count in left_out)
    return _Annotations(list(records.values()), items, notes)


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
        rest = [field for field in fields if field not in splitting] or sides
        text = (
            f"no two tasks show the same item, because {listed(splitting)} is different in each; without it some do. If it is not "
            f"part of what annotators judge, pass --item-fields {','.join(rest)}"
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
    """Gold items by item: they are matched to an export by their texts.

    Raises:
        InputError: two of them say different things of the same item.
    """
    items: dict[str, GoldItem] = {}
    numbers: dict[str, int] = {}
    for number, pair in enumerate(gold, 1):
        sides = {"prompt": pair.prompt, mapping.left: pair.a, mapping.right: pair.b}
        showing = read_showing(dict(pair.extra) if pair.answer else sides, mapping, fields)
        if showing is None:
            continue
        known = gold_item(pair, mirrored=showing.mirrored)
        first = items.setdefault(showing.item, known)
        if (first.preferred, first.answer) != (known.preferred, known.answer):
            raise InputError(
                f"the gold items {numbers[showing.item]} and {number} ({pair.excerpt}) are the same item and name different answers; keep the "
                "right one"
            )
        numbers.setdefault(showing.item, number)
    return items


def _ground_truths(records: Sequence[AnnotationRecord], source: str) -> dict[str, GoldItem]:
    """Gold items by item, from the annotations that Label Studio calls ground truth."""
    gold: dict[str, GoldItem] = {}
    tasks: dict[str, int] = {}
    for record in records:
        known = record.known_answer()
        if known is None:
            continue
        first = gold.setdefault(record.item, known)
        if (first.preferred, first.answer) != (known.preferred, known.answer):
            raise InputError(
                f"{source}: the ground truths of the tasks {tasks[record.item]} and {record.task} differ, and they show the same "
                "item; keep the right one"
            )
        tasks.setdefault(record.item, record.task)
    if not gold:
        raise InputError(
            f"{source}: no annotation is a ground truth with an answer; give the gold items by --gold FILE"
        )
    return gold


def _notes_on_gold(
    gold: Mapping[str, GoldItem],
    judgments: Sequence[Judgment],
    items: set[str],
    options: ReadingOptions,
    records: Sequence[AnnotationRecord],
) -> Iterator[ReadingNote]:
    unmatched = gold.keys() - items
    lost = len(unmatched)
    if options.gold and lost:
        text = (
            f"{counted(lost, 'gold item')} of {len(gold)} matches no task; its fields must be those that make an item"
        )
        yield ReadingNote(NoteKind.WARNING, text)
    unmet = _unmet_choices(gold, judgments)
    if unmet:
        text = f"the known answers {examples(unmet)} are answers that nobody gave; write gold as the answers are"
        yield ReadingNote(NoteKind.WARNING, text)
    truths = sum(record.known_answer() is not None for record in records)
    if truths and not options.gold and not options.gold_of_ground_truth:
        text = f"{counted(truths, 'annotation')} that Label Studio calls ground truth, counted like others; --gold ground-truth takes them as gold"
        yield ReadingNote(NoteKind.WARNING, text)


def _unmet_choices(gold: Mapping[str, GoldItem], judgments: Sequence[Judgment]) -> set[str]:
    """Known answers, of tasks with one choice, that nobody gave."""
    given = {judgment.answer for judgment in judgments}
    unmet = choices_nobody_gave((known.answer for known in gold.values() if known.answer), given)
    return {str(json.loads(answer)["choice"]) for answer in unmet if given}


def _notes_on_annotators(records: Sequence[AnnotationRecord]) -> Iterator[ReadingNote]:
    names = {record.annotator for record in records}
    emails = {name for name in names if "@" in name}
    if emails and emails != names:
        text = (
            f"some annotators are named by e-mail ({examples(emails)}) and others by id ({examples(names - emails)}); somebody who is "
            "named in both ways counts as two"
        )
        yield ReadingNote(NoteKind.WARNING, text)
