"""Files people give us: pairs, gold items, and tables of judgments. Pure: text in, rows or a named line out."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ls_backend.errors import InputError
from ls_backend.label_studio.annotations import answer, timestamp
from ls_backend.label_studio.config import layout, mapping_of_answers, parse_side
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import showing, words_of
from ls_backend.measurement.judgments import GoldItem, Judgment
from ls_backend.measurement.similarity import canonical
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping

COLUMNS = ("annotator", "pair", "left", "answer", "gold", "lead_time_s", "at", "slice")
OTHER_COLUMNS = ("annotator", "item", "answer", "gold", "lead_time_s", "at", "slice")
MAX_FAULTS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """A preference pair as given: responses ``a`` and ``b``, ``gold`` +1 for a, -1 for b, None where unknown. A gold item of
    another task has an ``answer`` instead, and its fields in ``extra``."""

    prompt: str
    a: str
    b: str
    gold: int | None
    explanation: str
    slice: str | None
    chosen: bool
    extra: Mapping[str, Any]
    answer: str = ""

    @property
    def known_as(self) -> str:
        """What to call it in a message."""
        return repr((self.prompt or str(next(iter(self.extra.values()), "")))[:40])


SIDES = {"a": 1, "b": -1}
KNOWN = {"prompt", "response_a", "response_b", "chosen", "rejected", "gold", "preferred", "explanation", "slice"}


class _Faults:
    """Collects what is wrong, by line, and refuses once everything was read."""

    def __init__(self, source: str) -> None:
        self.source, self.lines = source, list[str]()

    def add(self, line: int, what: str) -> None:
        self.lines.append(f"{self.source}, line {line}: {what}")

    def refuse(self) -> None:
        if self.lines:
            more = len(self.lines) - MAX_FAULTS
            tail = [f"... and {more} more lines like these"] if more > 0 else []
            raise InputError("\n".join(self.lines[:MAX_FAULTS] + tail))


def read_pairs(text: str, *, source: str) -> list[Pair]:
    """JSON lines or CSV with ``prompt`` and either ``chosen``/``rejected`` or ``response_a``/``response_b``; optional
    ``gold`` (or ``preferred``): a or b, ``explanation``, ``slice``. With chosen/rejected, a is the chosen one.

    Raises:
        InputError: names every bad line and what to write there.
    """
    faults, pairs = _Faults(source), []
    for line, row in _records(text, faults):
        try:
            pairs.append(_pair(row))
        except ValueError as error:
            faults.add(line, str(error))
    faults.refuse()
    if not pairs:
        raise InputError(f"{source} holds no pairs; write one JSON object a line")
    return pairs


def _records(text: str, faults: _Faults) -> Iterator[tuple[int, Json]]:
    if text.lstrip().startswith("{"):
        for line, raw in enumerate(text.splitlines(), 1):
            if not raw.strip():
                continue
            try:
                row = json.loads(raw)
            except json.JSONDecodeError as error:
                faults.add(line, f"not valid JSON ({error.msg})")
                continue
            if isinstance(row, dict):
                yield line, row
            else:
                faults.add(line, "must be a JSON object")
    else:
        reader = csv.DictReader(io.StringIO(text))
        for row in reader:
            yield reader.line_num, {k: v for k, v in row.items() if k and v}


def parse_answer(answer: object) -> str:
    """The canonical answer of another task than pairs; plain text is a choice, an object says its kind
    (:mod:`ls_backend.measurement.similarity`).

    Raises:
        ValueError: says what is wrong.
    """
    try:
        if isinstance(answer, str) and answer.lstrip().startswith("{"):
            answer = json.loads(answer)
        return canonical({"choice": answer} if isinstance(answer, str) else answer)
    except (json.JSONDecodeError, InputError) as error:
        raise ValueError(str(error)) from error


def _pair(row: Json) -> Pair:
    if "answer" in row:
        extra = {k: v for k, v in row.items() if k not in ("answer", "explanation", "slice")}
        if not extra:
            raise ValueError("has an answer and no field of a task; add what the task shows")
        part = None if row.get("slice") in (None, "") else str(row["slice"])
        said = parse_answer(row["answer"])
        return Pair("", "", "", None, str(row.get("explanation") or ""), part, chosen=False, extra=extra, answer=said)
    chosen = "chosen" in row
    names = ("prompt", "chosen", "rejected") if chosen else ("prompt", "response_a", "response_b")
    for name in names:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"{name} is missing or empty; a pair needs {', '.join(names)}")
    side = row.get("gold", row.get("preferred"))
    if side not in (None, "", *SIDES):
        raise ValueError(f"gold is {side!r}; write a or b, or leave it out")
    prompt, a, b = (row[name] for name in names)
    if a == b:
        raise ValueError("the two responses are the same; nothing can be preferred")
    return Pair(
        prompt=prompt,
        a=a,
        b=b,
        gold=SIDES.get(side or ""),
        explanation=str(row.get("explanation") or ""),
        slice=None if row.get("slice") in (None, "") else str(row["slice"]),
        chosen=chosen,
        extra={k: v for k, v in row.items() if k not in KNOWN},
    )


def read_gold(text: str, *, source: str) -> list[Pair]:
    """Gold items: pairs with a known side, or in other tasks the task's fields and the known ``answer``; and an explanation that
    teaches something if there is one.

    Raises:
        InputError: a pair has no side; names it.
    """
    pairs = read_pairs(text, source=source)
    unknown = [n for n, p in enumerate(pairs, 1) if p.gold is None and not p.chosen and not p.answer]
    if unknown:
        raise InputError(f"{source}: gold item {unknown[0]} does not say which side is preferred; add gold: a or b")
    return pairs


# --- judgments, for `steadyhand score` -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """What a file of judgments holds; ``words`` is how many an item shows, where the file has its texts."""

    judgments: list[Judgment]
    gold: dict[str, GoldItem]
    words: Mapping[str, int] = field(default_factory=dict)


def read_judgments(
    text: str,
    *,
    source: str,
    mapping: AnswerMapping | None = None,
    gold: list[Pair] | None = None,
    control: str | None = None,
) -> Table:
    """A CSV of judgments, or a Label Studio JSON export (then ``mapping`` says how to read it, or ``control`` which control
    another task than pairs is answered by, and ``gold`` may name the gold items).

    Raises:
        InputError: names the line, or the task, and what to mend.
    """
    if text.lstrip().startswith("["):
        return _read_export(text, source, mapping, gold or [], control)
    return _read_csv(text, source)


def _read_csv(text: str, source: str) -> Table:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    head = reader.fieldnames or []
    columns = OTHER_COLUMNS if "item" in head and "pair" not in head else COLUMNS
    missing = [c for c in columns[: columns.index("answer") + 1] if c not in head]
    if missing:
        raise InputError(f"{source}: the column {missing[0]} is missing; the columns are {','.join(columns)}")
    unknown = [c for c in head if c not in columns]
    if unknown:
        raise InputError(f"{source}: the column {unknown[0]!r} is not known; the columns are {','.join(columns)}")
    faults, rows, gold, first_at = _Faults(source), [], dict[str, GoldItem](), None
    for row in reader:
        line = reader.line_num
        try:
            judgment, known = _csv_row({k: (v or "").strip() for k, v in row.items() if k}, line, extra=None in row)
        except ValueError as error:
            faults.add(line, str(error))
            continue
        has_time = bool((row.get("at") or "").strip())
        first_at = has_time if first_at is None else first_at
        if has_time != first_at:
            faults.add(line, "`at` is given on some lines and not on others; give it on all, or leave the column out")
            continue
        if known and gold.setdefault(judgment.item, known) != known:
            faults.add(line, f"gold of {judgment.item!r} differs from an earlier line; an item has one known answer")
            continue
        rows.append(judgment)
    faults.refuse()
    return Table(rows, gold)


def _csv_row(row: dict[str, str], line: int, *, extra: bool) -> tuple[Judgment, GoldItem | None]:
    if extra:
        raise ValueError("has more fields than the header; quote a value that holds a comma")
    paired = "pair" in row
    for name in ("annotator", "pair" if paired else "item"):
        if not row[name]:
            raise ValueError(f"{name} is empty")
    said, known = _csv_pair(row) if paired else _csv_other(row)
    lead = row.get("lead_time_s", "")
    try:
        lead_time = float(lead) if lead else None
    except ValueError:
        raise ValueError(f"lead_time_s is {lead!r}; write seconds, as in 12.5") from None
    if lead_time is not None and not 0 <= lead_time < float("inf"):
        raise ValueError(f"lead_time_s is {lead!r}; write seconds, as in 12.5")
    at = row.get("at", "")
    try:
        when = timestamp(at if not at or _zoned(at) else at + "+00:00") if at else float(line)
    except ValueError:
        raise ValueError(f"at is {at!r}; write ISO 8601, as in 2026-11-21T08:30:00Z") from None
    placed: Json = {"at": when, "id": f"{line:09d}", "lead_time": lead_time, "slice": row.get("slice") or None}
    return Judgment(annotator=row["annotator"], item=row["pair" if paired else "item"], **said, **placed), known


def _csv_pair(row: dict[str, str]) -> tuple[Json, GoldItem | None]:
    if row["left"] not in SIDES:
        raise ValueError(f"left is {row['left']!r}; write a or b: which response stood left")
    if row.get("gold", "") not in ("", *SIDES):
        raise ValueError(f"gold is {row['gold']!r}; write a or b, or leave it empty")
    picked_left = parse_side(row["answer"])
    mirrored = row["left"] == "b"
    side = SIDES.get(row.get("gold", ""))
    said = {"preference": -picked_left if mirrored else picked_left, "mirrored": mirrored}
    return said, None if side is None else GoldItem(side)


def _csv_other(row: dict[str, str]) -> tuple[Json, GoldItem | None]:
    if not row["answer"]:
        raise ValueError("answer is empty; leave the line out where nothing was answered")
    known = row.get("gold", "")
    said = {"preference": 0, "mirrored": False, "answer": parse_answer(row["answer"])}
    return said, GoldItem(0, answer=parse_answer(known)) if known else None


def _zoned(at: str) -> bool:
    clock = at[10:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


def _read_export(text: str, source: str, mapping: AnswerMapping | None, gold: list[Pair], control: str | None) -> Table:
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: not valid JSON, {error}; export again as JSON") from error
    if any(not isinstance(t, dict) or "data" not in t or "annotations" not in t for t in tasks):
        raise InputError(f"{source}: not a full export; choose the format JSON (not JSON-MIN) in Label Studio")
    mapping = mapping or mapping_of_answers(tasks, control, source=source)
    data = tasks[0]["data"] if tasks else {}
    fields = (
        ["prompt"]
        if mapping.task == "pair" and "prompt" in data
        else sorted(set(data) - {mapping.left, mapping.right, "slice"})
    )
    rows, words = [], {}
    for task in map(StudioTask.from_json, tasks):
        for annotation in task.annotations:
            read = answer(annotation, task, mapping, fields, slice_field="slice")
            judgment = read.judgment() if read else None
            if judgment:
                rows.append(judgment)
                words[judgment.item] = words_of(task.data, {*fields, mapping.left, mapping.right})
    known = {}
    for pair in gold:
        sides = {"prompt": pair.prompt, mapping.left: pair.a, mapping.right: pair.b}
        shown = showing(dict(pair.extra) if pair.answer else sides, mapping, fields)
        if shown:
            known[shown.item] = gold_item(pair, mirrored=shown.mirrored)
    return Table(rows, known, words)


def gold_item(pair: Pair, *, mirrored: bool) -> GoldItem:
    """What is known of a gold item: the preferred side in canonical order, when its ``a`` was put on the left, or the answer."""
    if pair.answer:
        return GoldItem(0, pair.explanation, pair.answer)
    side = pair.gold or 1  # of a chosen/rejected pair a is the chosen one
    return GoldItem(-side if mirrored else side, pair.explanation)


def task_data(pair: Pair, mapping: AnswerMapping, label_config: str, sample: Json | None) -> Json:
    """A pair, or a gold item of another task, as a task of this project: its fields, in the order of an ordinary task
    (``sample``), nothing besides.

    Raises:
        InputError: ordinary tasks have a field that the pair lacks, so annotators could tell; or it is of another task.
    """
    if bool(pair.answer) != (mapping.task != "pair"):
        wanted_key = (
            "prompt and chosen/rejected or response_a/response_b" if pair.answer else "the task's fields and answer"
        )
        raise InputError(
            f"gold item {pair.known_as} does not fit the project's task ({mapping.task}); write {wanted_key}"
        )
    context = [f for f in layout(label_config).fields if f not in (mapping.left, mapping.right)]
    values: Json = dict(pair.extra) if pair.answer else {**pair.extra, mapping.left: pair.a, mapping.right: pair.b}
    if pair.slice is not None:
        values["slice"] = pair.slice
    if context and not pair.answer:
        values.setdefault("prompt" if "prompt" in context else context[0], pair.prompt)
    wanted = list(sample) if sample is not None else [k for k in values if k in (*context, mapping.left, mapping.right)]
    lacking = [f for f in wanted if f not in values]
    if lacking:
        raise InputError(
            f"gold item {pair.known_as} lacks the field {lacking[0]!r} that the project's tasks have, so annotators "
            "could tell it; add it to the gold file"
        )
    return {f: values[f] for f in wanted}
