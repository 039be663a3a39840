"""Tables of judgments, for `steadyhand score`: a CSV, or a JSON export of Label Studio. Pure."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ls_backend.errors import InputError
from ls_backend.formats.answers import SIDES, parse_answer, parse_side
from ls_backend.formats.lines import LineErrors
from ls_backend.formats.pairs import Pair, gold_item
from ls_backend.label_studio.annotations import read_annotation
from ls_backend.label_studio.exports import infer_mapping, read_export, shown_fields
from ls_backend.label_studio.tasks import count_words, read_showing
from ls_backend.label_studio.timestamps import parse_timestamp
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_templates.mapping import AnswerMapping

PAIR_COLUMNS = ("annotator", "pair", "left", "answer", "gold", "lead_time_s", "at", "slice")
ITEM_COLUMNS = ("annotator", "item", "answer", "gold", "lead_time_s", "at", "slice")
"""The columns of another task than pairs."""


@dataclass(frozen=True)
class JudgmentTable:
    """What a file of judgments holds; ``gold`` is by item, and so is ``words``: how many an item shows, where the file has its
    texts."""

    judgments: list[Judgment]
    gold: dict[str, GoldItem]
    words: Mapping[str, int] = field(default_factory=dict)


def read_judgments(
    text: str,
    *,
    source: str,
    mapping: AnswerMapping | None = None,
    gold: Sequence[Pair] | None = None,
    control: str | None = None,
) -> JudgmentTable:
    """A CSV of judgments, or a Label Studio JSON export. Of an export ``mapping`` says how to read it, or ``control`` which
    control another task than pairs is answered by, and ``gold`` may name the gold items.

    Raises:
        InputError: names the line, or the task, and what to fix.
    """
    if text.lstrip().startswith("["):
        return _read_export(text, source, mapping, gold or (), control)
    return _read_csv(text, source)


# --- CSV


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a row says of its item: the annotator's answer, and the known one of a gold item."""

    preference: int
    mirrored: bool
    answer: str
    gold: GoldItem | None


def _read_csv(text: str, source: str) -> JudgmentTable:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    _check_columns(reader.fieldnames or (), source)
    errors, judgments, gold = LineErrors(source), list[Judgment](), dict[str, GoldItem]()
    first_has_time: bool | None = None
    for row in reader:
        line = reader.line_num
        try:
            if None in row:
                raise ValueError("has more fields than the header; quote a value that holds a comma")
            cells = {column: (cell or "").strip() for column, cell in row.items()}
            answer = _answer(cells)
            judgment = _judgment(cells, answer, line)
        except ValueError as error:
            errors.add(line, str(error))
            continue
        has_time = bool(cells.get("at"))
        first_has_time = has_time if first_has_time is None else first_has_time
        if has_time != first_has_time:
            errors.add(line, "`at` is given on some lines and not on others; give it on all, or leave the column out")
            continue
        if answer.gold and gold.setdefault(judgment.item, answer.gold) != answer.gold:
            errors.add(line, f"gold of {judgment.item!r} differs from an earlier line; an item has one known answer")
            continue
        judgments.append(judgment)
    errors.raise_if_any()
    return JudgmentTable(judgments, gold)


def _check_columns(head: Sequence[str], source: str) -> None:
    columns = ITEM_COLUMNS if "item" in head and "pair" not in head else PAIR_COLUMNS
    required = columns[: columns.index("answer") + 1]
    missing = [column for column in required if column not in head]
    if missing:
        raise InputError(f"{source}: the column {missing[0]} is missing; the columns are {','.join(columns)}")
    unknown = [column for column in head if column not in columns]
    if unknown:
        raise InputError(f"{source}: the column {unknown[0]!r} is not known; the columns are {','.join(columns)}")


def _answer(cells: Mapping[str, str]) -> _Answer:
    is_pair = "pair" in cells
    for column in ("annotator", "pair" if is_pair else "item"):
        if not cells[column]:
            raise ValueError(f"{column} is empty")
    return _pair_answer(cells) if is_pair else _other_answer(cells)


def _pair_answer(cells: Mapping[str, str]) -> _Answer:
    if cells["left"] not in SIDES:
        raise ValueError(f"left is {cells['left']!r}; write a or b: which response stood left")
    gold = cells.get("gold", "")
    if gold not in ("", *SIDES):
        raise ValueError(f"gold is {gold!r}; write a or b, or leave it empty")
    strength_for_left, mirrored = parse_side(cells["answer"]), cells["left"] == "b"
    return _Answer(
        preference=-strength_for_left if mirrored else strength_for_left,
        mirrored=mirrored,
        answer="",
        gold=GoldItem(SIDES[gold]) if gold else None,
    )


def _other_answer(cells: Mapping[str, str]) -> _Answer:
    if not cells["answer"]:
        raise ValueError("answer is empty; leave the line out where nothing was answered")
    gold = cells.get("gold", "")
    return _Answer(
        preference=0,
        mirrored=False,
        answer=parse_answer(cells["answer"]),
        gold=GoldItem(0, answer=parse_answer(gold)) if gold else None,
    )


def _judgment(cells: Mapping[str, str], answer: _Answer, line: int) -> Judgment:
    return Judgment(
        annotator=cells["annotator"],
        item=cells.get("pair") or cells["item"],
        preference=answer.preference,
        mirrored=answer.mirrored,
        at=_time(cells.get("at", ""), line),
        id=f"{line:09d}",
        lead_time=_lead_time(cells.get("lead_time_s", "")),
        slice=cells.get("slice") or None,
        answer=answer.answer,
    )


def _lead_time(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"lead_time_s is {text!r}; write seconds, as in 12.5")
    return seconds


def _time(text: str, line: int) -> float:
    """Seconds since the epoch, in UTC where the text names no time zone. Where no time is given, the line stands for it."""
    if not text:
        return float(line)
    try:
        return parse_timestamp(text if _has_zone(text) else text + "+00:00")
    except ValueError:
        raise ValueError(f"at is {text!r}; write ISO 8601, as in 2026-11-21T08:30:00Z") from None


def _has_zone(text: str) -> bool:
    after_date = text[10:]
    return after_date.endswith(("Z", "z")) or "+" in after_date or "-" in after_date


# --- exports


def _read_export(
    text: str, source: str, mapping: AnswerMapping | None, gold: Sequence[Pair], control: str | None
) -> JudgmentTable:
    tasks = read_export(text, source=source)
    mapping = mapping or infer_mapping(tasks, control, source=source)
    fields = shown_fields(tasks, mapping)
    judgments, words = [], {}
    for task in tasks:
        for annotation in task.annotations:
            record = read_annotation(annotation, task, mapping, fields, slice_field="slice")
            judgment = record.judgment() if record else None
            if judgment:
                judgments.append(judgment)
                words[judgment.item] = count_words(task.data, {*fields, mapping.left, mapping.right})
    return JudgmentTable(judgments, _gold_items(gold, mapping, fields), words)


def _gold_items(gold: Sequence[Pair], mapping: AnswerMapping, fields: Sequence[str]) -> dict[str, GoldItem]:
    """Gold items by item: they are matched to an export by their texts."""
    items = {}
    for pair in gold:
        sides = {"prompt": pair.prompt, mapping.left: pair.a, mapping.right: pair.b}
        showing = read_showing(dict(pair.extra) if pair.answer else sides, mapping, fields)
        if showing:
            items[showing.item] = gold_item(pair, mirrored=showing.mirrored)
    return items
