"""Judgments from a JSON export of Label Studio. Pure."""

from collections.abc import Sequence

from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.pairs import Pair, gold_item
from ls_backend.label_studio.annotations import read_annotation
from ls_backend.label_studio.exports import infer_mapping, shown_fields
from ls_backend.label_studio.exports import read_export as read_tasks
from ls_backend.label_studio.tasks import count_words, read_showing
from ls_backend.measurement.judgments import GoldItem
from ls_templates.mapping import AnswerMapping


def read_export(text: str, *, source: str, options: ReadingOptions) -> JudgmentTable:
    """The judgments in an export.

    Raises:
        InputError: names the task, and what to fix.
    """
    tasks = read_tasks(text, source=source)
    mapping = options.mapping or infer_mapping(tasks, options.control, source=source)
    fields = shown_fields(tasks, mapping)
    judgments, words = [], {}
    for task in tasks:
        for annotation in task.annotations:
            record = read_annotation(annotation, task, mapping, fields, slice_field="slice")
            judgment = record.judgment() if record else None
            if judgment:
                judgments.append(judgment)
                words[judgment.item] = count_words(task.data, {*fields, mapping.left, mapping.right})
    return JudgmentTable(judgments, _gold_items(options.gold, mapping, fields), words)


def _gold_items(gold: Sequence[Pair], mapping: AnswerMapping, fields: Sequence[str]) -> dict[str, GoldItem]:
    """Gold items by item: they are matched to an export by their texts."""
    items = {}
    for pair in gold:
        sides = {"prompt": pair.prompt, mapping.left: pair.a, mapping.right: pair.b}
        showing = read_showing(dict(pair.extra) if pair.answer else sides, mapping, fields)
        if showing:
            items[showing.item] = gold_item(pair, mirrored=showing.mirrored)
    return items
