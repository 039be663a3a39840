"""Pairs and gold items people give us, and how they become tasks of a project. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_backend.errors import InputError
from ls_backend.formats.answers import SIDES, parse_answer
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.lines import read_lines
from ls_backend.measurement.judgments import GoldItem
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind

CONVERSATION = "conversation"
PAIR_FIELDS = {"prompt", "response_a", "response_b", "chosen", "rejected", "gold", "preferred", "explanation", "slice"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A preference pair as it is given: responses ``a`` and ``b``; ``gold`` is +1 where a is preferred, -1 for b, None where that
    is not known; ``chosen`` says that the pair came as chosen and rejected, and then a is the chosen response. A gold item of
    another task has an ``answer`` (canonical JSON) instead, and its fields in ``extra``."""

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
    def excerpt(self) -> str:
        """The beginning of its text, by which a message names it."""
        return repr((self.prompt or str(next(iter(self.extra.values()), "")))[:40])


def read_pairs(text: str, *, source: str) -> list[Pair]:
    """JSON lines or CSV with ``prompt`` (or ``conversation``, a list of turns with role and content) and either ``chosen``/``rejected`` or ``response_a``/``response_b``; optional
    ``gold`` (or ``preferred``): a or b, ``explanation``, ``slice``. With chosen/rejected, a is the chosen one.

    Raises:
        InputError: names every bad line and what to write there.
    """
    errors, pairs = LineErrors(source), []
    for line, row in read_lines(text, errors, {*PAIR_FIELDS, "answer"}):
        try:
            pairs.append(_answered_item(row) if "answer" in row else _pair(row))
        except ValueError as error:
            errors.add(line, str(error))
    errors.raise_if_any()
    if not pairs:
        raise InputError(f"{source} holds no pairs; write one JSON object a line")
    return pairs


def _pair(row: Json) -> Pair:
    chosen = "chosen" in row
    sides = ("chosen", "rejected") if chosen else ("response_a", "response_b")
    if CONVERSATION in row:
        _check_turns(row[CONVERSATION])
    names = sides if CONVERSATION in row and "prompt" not in row else ("prompt", *sides)
    for name in names:
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ValueError(f"{name} is missing or empty; a pair needs {', '.join(names)}")
    side = row.get("gold", row.get("preferred"))
    side = side.casefold() if isinstance(side, str) else side
    if side not in (None, "", *SIDES):
        raise ValueError(f"gold is {side!r}; write a or b, or leave it out")
    a, b = (row[name] for name in sides)
    if a == b:
        raise ValueError("the two responses are the same; nothing can be preferred")
    return Pair(
        prompt=row.get("prompt", ""),
        a=a,
        b=b,
        gold=SIDES.get(side or ""),
        explanation=_explanation(row),
        slice=_slice(row),
        chosen=chosen,
        extra={field: value for field, value in row.items() if field not in PAIR_FIELDS},
    )


def _check_turns(turns: object) -> None:
    """Refuse a conversation that Label Studio can't show."""
    is_list = isinstance(turns, list) and bool(turns)
    if not is_list or not all(
        isinstance(turn, dict) and isinstance(turn.get("role"), str) and isinstance(turn.get("content"), str)
        for turn in turns  # type: ignore[attr-defined]
    ):
        raise ValueError("conversation must be a list of turns, each with a role and a content, both text")


def _answered_item(row: Json) -> Pair:
    """A gold item of another task than pairs."""
    fields = {field: value for field, value in row.items() if field not in ("answer", "explanation", "slice")}
    if not fields:
        raise ValueError("has an answer and no field of a task; add what the task shows")
    answer = parse_answer(row["answer"])
    return Pair("", "", "", None, _explanation(row), _slice(row), chosen=False, extra=fields, answer=answer)


def _explanation(row: Json) -> str:
    return str(row.get("explanation") or "")


def _slice(row: Json) -> str | None:
    return None if row.get("slice") in (None, "") else str(row["slice"])


def read_gold(text: str, *, source: str) -> list[Pair]:
    """Gold items: pairs with a known side, or in other tasks the task's fields and the known ``answer``; and an explanation that
    teaches something if there is one.

    Raises:
        InputError: a pair has no side; names it.
    """
    pairs = read_pairs(text, source=source)
    without_side = [n for n, p in enumerate(pairs, 1) if p.gold is None and not p.chosen and not p.answer]
    if without_side:
        raise InputError(
            f"{source}: gold item {without_side[0]} does not say which side is preferred; add gold: a or b"
        )
    return pairs


def gold_item(pair: Pair, *, mirrored: bool) -> GoldItem:
    """What is known of a gold item: its answer, or the preferred side in canonical order. ``mirrored`` is that of a showing with
    ``a`` on the left."""
    if pair.answer:
        return GoldItem(0, pair.explanation, pair.answer)
    side = pair.gold or 1  # of a chosen/rejected pair a is the chosen one
    return GoldItem(-side if mirrored else side, pair.explanation)


def task_data(pair: Pair, mapping: AnswerMapping, shown: Sequence[str], sample: Json | None) -> Json:
    """A pair, or a gold item of another task, as a task of this project: its fields, in the order of an ordinary task
    (``sample``), and nothing else. ``shown`` are the fields that the label config shows.

    Raises:
        InputError: ordinary tasks have a field that the pair lacks, so annotators could tell; or it is of another task.
    """
    if bool(pair.answer) != (mapping.task is not TaskKind.PAIR):
        needs = "prompt and chosen/rejected or response_a/response_b" if pair.answer else "the task's fields and answer"
        raise InputError(f"gold item {pair.excerpt} does not fit the project's task ({mapping.task}); write {needs}")
    values = _field_values(pair, mapping, shown)
    if CONVERSATION in shown and not pair.answer and CONVERSATION not in values:
        raise InputError(f"gold item {pair.excerpt} lacks the field 'conversation' that the label config shows; add it")
    if sample is not None:
        fields = list(sample)
    else:
        annotators_see = {*shown, mapping.left, mapping.right}
        fields = [field for field in values if field in annotators_see]
    lacking = [field for field in fields if field not in values]
    if lacking:
        raise InputError(
            f"gold item {pair.excerpt} lacks the field {lacking[0]!r} that the project's tasks have, so annotators "
            "could tell it; add it to the gold file"
        )
    return {field: values[field] for field in fields}


def _field_values(pair: Pair, mapping: AnswerMapping, shown: Sequence[str]) -> Json:
    """Everything that the pair says, by the field of a task."""
    values = {**pair.extra}
    if not pair.answer:
        values |= {mapping.left: pair.a, mapping.right: pair.b}
    if pair.slice is not None:
        values["slice"] = pair.slice
    context = [f for f in shown if f not in (mapping.left, mapping.right)]
    if context and pair.prompt:
        field = "prompt" if "prompt" in context or CONVERSATION in context else context[0]
        values.setdefault(field, pair.prompt)
    return values
