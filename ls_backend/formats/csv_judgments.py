"""Judgments from a table: a row a judgment. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from ls_backend.arrays import Bools, Codes, Floats, Ints
from ls_backend.errors import InputError
from ls_backend.formats import cells as cell
from ls_backend.formats.answers import (
    SIDES,
    AnswerReader,
    answer_reader,
    differing_in_case,
    is_side_elsewhere,
    note_on_gold,
    note_on_sides,
    parse_side,
)
from ls_backend.formats.arrow_cells import ArrowCells, each_once, hold_any, places_holding
from ls_backend.formats.cells import NO_NAME, NO_VALUE
from ls_backend.formats.coded import Coded, distinct, kind_of_codes, standing, together
from ls_backend.formats.columns import STRENGTHS, TEXT_COLUMNS, Columns, find_columns
from ls_backend.formats.deferred import Deferred
from ls_backend.formats.judgment_table import FieldUse, JudgmentTable, ReadingOptions, Repeats, without_repeats
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, counted, examples
from ls_backend.formats.statuses import is_counted
from ls_backend.formats.tables import DELIMITERS, Table, normalised
from ls_backend.label_studio.tasks import PairTexts, read_prompt
from ls_backend.measurement.judgments import GoldItem, Judgment, JudgmentColumns
from ls_templates.mapping import TaskKind

Meaning = TypeVar("Meaning")

NAMING = ("annotator", "pair", "item")
"""The columns that name somebody or something."""
UNCODED = ("at", *TEXT_COLUMNS)
"""Those of a large table of which the same cell may be there several times."""


@dataclass(slots=True)
class Counts:
    """What was seen on the way. ``with_time`` says that rows have a time, ``days`` how many have no time of day; ``slashed`` are dates
    such as 11/3/2026, each of them once, and ``has_others`` says that there are times beside them that are written otherwise;
    ``answered`` are the different answers of other tasks than pairs, ``known`` those of gold; ``elsewhere`` the answers on pairs in other
    languages, and ``named_elsewhere`` the responses that are called so; ``statuses`` what rows say that do not count, and
    ``odd_statuses`` what others do that is not known; ``rounded`` are names as spreadsheets round numbers, ``strengths`` answers on
    pairs as numbers."""

    with_time: bool = False
    has_others: bool = False
    days: int = 0
    uncounted: int = 0
    unanswered: int = 0
    same_sides: int = 0
    with_fraction: int = 0
    slashed: dict[cell.Written, cell.SlashedTime] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    named_elsewhere: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    odd_statuses: set[str] = field(default_factory=set)
    rounded: set[str] = field(default_factory=set)
    strengths: set[str] = field(default_factory=set)

    @property
    def is_timed(self) -> bool:
        """Whether all rows have a time of day."""
        return self.with_time and not self.days

    def add(self, other: "Counts") -> None:
        """Add those of a later part of the table; all parts have a time, or none has."""
        for name in ("days", "uncounted", "unanswered", "same_sides", "with_fraction"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in (
            "answered",
            "known",
            "elsewhere",
            "named_elsewhere",
            "statuses",
            "odd_statuses",
            "rounded",
            "strengths",
        ):
            setattr(self, name, getattr(self, name) | getattr(other, name))
        self.slashed |= {day: time for day, time in other.slashed.items() if day not in self.slashed}
        self.has_others |= other.has_others


@dataclass(slots=True)
class _Rows:
    """The rows that have an answer, by the ``lines`` on which they begin (n,), and which of them are ``out``: refused, with an
    error, or left out."""

    lines: Codes
    errors: LineErrors
    out: Bools

    def read(self, meaning: Callable[..., Meaning], *columns: Coded[Any]) -> Coded[Meaning | None]:
        """What the cells of a column mean, or those of several together. Rows for whose cells ``meaning`` raises ValueError are refused."""
        cells = columns[0] if len(columns) == 1 else together(*columns)
        meanings, wrong = list[Meaning | None](), dict[int, str]()
        for place, written in enumerate(cells.cells):
            try:
                meanings.append(meaning(written) if len(columns) == 1 else meaning(*written))
            except ValueError as error:
                meanings.append(None)
                wrong[place] = str(error)
        if wrong:
            self.refuse(np.isin(cells.codes, [*wrong]), lambda row: wrong[int(cells.codes[row])])
        return Coded(meanings, cells.codes)

    def refuse(self, rows: Bools, why: Callable[[int], str]) -> None:
        """Refuse some rows, a mask (n,), as far as they are not out yet."""
        for row in np.flatnonzero(rows & ~self.out).tolist():
            self.errors.add(int(self.lines[row]), why(row))
        self.out |= rows

    def refuse_differing(self, values: Coded[Any], items: Coded[str], what: Callable[[str], str]) -> dict[str, Any]:
        """Of each item the first value that is not None; rows with another one are refused, and ``what`` says of which item."""
        values = distinct(values.cells, values.codes)
        if not any(value is not None for value in values.cells):
            return {}
        rows = np.flatnonzero(~self.out & values.where(lambda value: value is not None))
        first = np.full(max(len(items.cells), 1), -1, dtype=np.int64)
        first[items.codes[rows[::-1]]] = values.codes[rows[::-1]]
        differ = np.zeros(self.out.size, dtype=np.bool_)
        differ[rows] = first[items.codes[rows]] != values.codes[rows]
        self.refuse(differ, lambda row: what(items.cells[items.codes[row]]))
        with_value = np.flatnonzero(first >= 0)
        return dict(
            zip(items.cells_at(with_value), map(values.cells.__getitem__, first[with_value].tolist()), strict=True)
        )


def read_judgment_rows(table: Table, options: ReadingOptions) -> JudgmentTable:
    """The judgments in a table.

    Raises:
        InputError: names the line, or the column, and what to fix.
    """
    refuse_options_of_exports(table.source, options)
    columns = find_columns(table, options.columns)
    manner = Manner.of(table, columns, options)
    rows = read_rows(table, manner)
    refuse_swallowed_rows(table.source, swallowed_rows(table, columns, {*rows.judgments.annotators}))
    rows.errors.raise_if_any()
    judgments, repeats = counted_once(rows.judgments, is_timed=rows.counts.is_timed)
    notes = [*columns.notes, *repeats.notes("row")]
    if repeats.untimed and repeats_its_half(rows.judgments.kinds):
        notes.append(PUT_TOGETHER_TWICE)
    notes += notes_on_rows(table, rows.counts, rows.judgments.annotators, manner)
    shown = {} if manner.is_pair else {item: item for item in rows.judgments.items}
    words = Deferred(len(rows.texts), lambda: {item: said.words for item, said in rows.texts.items()})
    return JudgmentTable(
        judgments, rows.gold, words, tuple(notes), rows.texts, table.given, uses_of(table, columns), shown=shown
    )


def refuse_options_of_exports(source: str, options: ReadingOptions) -> None:
    """Raises InputError where an option is not for tables."""
    for name, value in (
        ("mapping", options.mapping),
        ("control", options.control),
        ("gold", options.gold or options.gold_of_ground_truth),
    ):
        if value:
            raise InputError(f"{source} is a table, and --{name} is for exports of Label Studio; leave it out")
    if options.margin_source:
        raise InputError(f"{source} is a table, and its margin is a column: name it by --columns margin=NAME")
    if options.item_fields:
        raise InputError(f"{source} is a table, and --item-fields is for exports; name the item by --columns item=NAME")


@dataclass(frozen=True, slots=True)
class Manner:
    """How cells are read: whether 1,5 is a number; in which columns; of what kind answers are and how dates are written, where the user
    says. Of rows that are a part of a table, what follows from all of it: the order of ``part_dates``, the ``part_answers``, and whether
    the rows have a time (``part_times``); None where the rows are the table."""

    source: str
    decimal_comma: bool
    columns: Columns
    answers: TaskKind | None
    dates: cell.DateOrder | None
    part_dates: cell.DateOrder | None = None
    part_answers: AnswerReader | None = None
    part_times: bool | None = None

    @classmethod
    def of(cls, table: Table, columns: Columns, options: ReadingOptions) -> "Manner":
        """Raises InputError where the answers of pairs are said to be of another kind, or those of no pairs to mean sides."""
        if "left" in columns.places and options.answers:
            raise InputError(f"{table.source} holds pairs, and --answers is for other tasks; leave it out")
        if options.words and "left" not in columns.places:
            raise InputError(
                f"{table.source} holds no pairs, and --words says which words mean left, right and tie; leave it out"
            )
        by_layout = (
            {} if columns.have_strengths and options.words else columns.words
        )  # who says what some number means says it of all
        columns = replace(columns, words={**by_layout, **options.words})
        return cls(table.source, table.decimal_comma, columns, options.answers, options.dates)

    @property
    def is_pair(self) -> bool:
        return "left" in self.columns.places

    def date_order(self, counts: Counts) -> tuple[cell.DateOrder | None, ReadingNote | None]:
        """In which order a whole table says month and day, and what is to be said of it; None where it has no such dates.

        Raises:
            InputError: it does not tell, and the order of the times depends on it; or it says both, or has dates of another kind, too.
        """
        if not counts.slashed:
            return None, None
        if counts.has_others:
            one = next(iter(counts.slashed.values())).text
            raise InputError(
                f"{self.source}: only some dates are written as {one!r} is; write all in one way, at best as 2026-11-27. A spreadsheet that "
                "has read some of them as dates, and left others as text, has often swapped their month and day: correct those first"
            )
        return _date_order([*counts.slashed.values()], self.dates, self.source)

    def answer_reader(self, counts: Counts) -> AnswerReader | None:
        """How the answers of a whole table are read; None of pairs."""
        if self.is_pair:
            return None
        return answer_reader(counts.answered, counts.known, self.answers, decimal_comma=self.decimal_comma)


@dataclass(frozen=True, slots=True)
class RowsRead:
    """What rows say, what was seen on the way, and what is wrong."""

    judgments: JudgmentColumns
    gold: dict[str, GoldItem]
    texts: Mapping[str, PairTexts]
    counts: Counts
    errors: LineErrors


def read_rows(table: Table, manner: Manner) -> RowsRead:
    """What the rows of a table, or of a part of it, say. Refused rows are among the errors."""
    errors, counts = LineErrors(table.source), Counts()
    table.name_long_rows(errors)
    cells = {name: _cells(table, manner.columns, name) for name in manner.columns.places}
    answered = cells["answer"].where(bool)
    for place in manner.columns.of_status:
        uncounted = _uncounted(table.columns[place], each_once(table.cells[place]), counts)
        counts.uncounted += int((answered & uncounted).sum())
        answered &= ~uncounted
    kept = int(answered.sum())
    counts.unanswered = answered.size - kept - counts.uncounted
    if manner.columns.have_strengths:
        said = each_once(table.cells[manner.columns.places["answer"][0]]).only(answered).used()
        counts.strengths.update(text for text in said if STRENGTHS.get(text, "tie") != "tie")
    lines = table.lines
    if kept < answered.size:
        cells, lines = {name: column.only(answered) for name, column in cells.items()}, lines[answered]
    rows = _Rows(lines, errors, np.zeros(lines.size, dtype=np.bool_))
    read = _read_pairs if manner.is_pair else _read_answers
    judgments, gold, texts = read(rows, cells, counts, manner)
    return RowsRead(judgments, gold, texts, counts, errors)


def _uncounted(name: str, column: Coded[str], counts: Counts) -> Bools:
    """Which rows do not count by what a column says of their status, (n,)."""
    for text in filter(None, column.used()):
        counted = is_counted(name, text)
        if counted is not True:
            (counts.odd_statuses if counted is None else counts.statuses).add(f"{name}: {text}")
    return column.where(lambda text: bool(text) and is_counted(name, text) is False)


_WhatRowsSay = tuple[JudgmentColumns, dict[str, GoldItem], Mapping[str, PairTexts]]


def uses_of(table: Table, columns: Columns) -> tuple[FieldUse, ...]:
    """What each column was taken for."""
    taken = {place: ours for ours, places in columns.places.items() for place in places}
    taken |= dict.fromkeys(columns.of_status, "whether a row counts")
    return tuple(FieldUse(name, taken.get(place, "")) for place, name in enumerate(table.columns))


def _cells(table: Table, columns: Columns, name: str) -> Coded[str]:
    """The cells of one of our columns, several together where they name an item. But of those that are not coded, "" stands for one that
    says that there is no value."""
    places = columns.places[name]
    cells = table.cells[places[0]]
    if len(places) > 1:
        cells = together(*(table.cells[place] for place in places)).read(" | ".join)
    if name in UNCODED:
        return cells
    if name == "answer" and columns.words:  # the user may say that None means a tie
        cells = each_once(cells).read(columns.in_our_words)
    cells = each_once(cells) if name in NAMING else _valued(cells)
    is_worded = columns.words and name == "gold" and "right" in columns.places
    return cells.read(columns.in_our_words) if is_worded else cells


def _valued(column: Coded[str]) -> Coded[str]:
    """A column with "" where a cell says that there is no value."""
    column = each_once(column)
    has_others = hold_any(column.cells, NO_VALUE - {""})
    return column.read(lambda text: "" if text in NO_VALUE else text) if has_others else column


def _names(rows: _Rows, cells: Mapping[str, Coded[str]], counts: Counts) -> dict[str, Coded[str]]:
    """The columns that name somebody or something."""
    names = {}
    for column in NAMING:
        if column not in cells:
            continue
        texts = cells[column].cells
        if _are_plain_names(texts) and (column != "annotator" or all(map(str.isascii, texts))):
            names[column] = cells[column]
        else:
            counts.with_fraction += int(cells[column].where(lambda text: cell.plain_number(text) != text).sum())
            named = rows.read(partial(_name, column), cells[column])
            names[column] = distinct([name or "" for name in named.cells], named.codes)
        counts.rounded.update(filter(cell.ROUNDED.fullmatch, map(texts.__getitem__, places_holding(texts, "E+"))))
    return names


def _are_plain_names(texts: Sequence[str]) -> bool:
    """Whether texts are different, and none is no name, or a number such as 5.0."""
    if isinstance(texts, ArrowCells):
        return not texts.has_any(NO_NAME) and not any(texts.holding(end).any() for end in (".0", ",0"))
    different = {*texts}
    return (
        len(different) == len(texts)
        and NO_NAME.isdisjoint(different)
        and cell.MAY_BE_WHOLE.search("\n".join(texts)) is None
    )


@dataclass(frozen=True, slots=True)
class _Showing:
    """How a pair was shown. Where both responses have columns they are ``left`` and ``right``, and tell the ``item``."""

    mirrored: bool
    item: str = ""
    left: str = ""
    right: str = ""

    def preference(self, answer: str) -> int:
        """Toward the first response of the canonical order."""
        try:
            strength_for_left = parse_side(self._side(answer))
        except ValueError as error:
            raise ValueError(f"{error}; or say what it means by --words '{answer}=SIDE'") from None
        return -strength_for_left if self.mirrored else strength_for_left

    def gold(self, text: str) -> GoldItem | None:
        if not text:
            return None
        if cell.means_none(text) and text not in (self.left, self.right):
            return None
        if not self.left:
            if text.casefold() not in SIDES:
                raise ValueError(f"gold is {text!r}; write a or b, or leave it empty")
            return GoldItem(SIDES[text.casefold()])
        side = self.preference(text)
        if not side:
            raise ValueError("gold is a tie; write which response is better, or leave it empty")
        return GoldItem(1 if side > 0 else -1)

    def _side(self, text: str) -> str:
        if not self.left:
            return text
        return "left" if text == self.left else "right" if text == self.right else text


@dataclass(frozen=True, slots=True)
class _Said:
    """Of each row, (n,): the preference and whether it was mirrored; or the answer in another task."""

    preference: Codes
    mirrored: Bools
    answers: Coded[str]


def _on_a_side(left: str) -> _Showing:
    if left.casefold() not in SIDES:
        raise ValueError(f"left is {left!r}; write a or b: which response stood left")
    return _Showing(left.casefold() == "b")


def _side_by_side(left: str, right: str, item: str) -> _Showing:
    if not left or not right:
        raise ValueError("left or right is empty; write both responses")
    name = " | ".join(part for part in (item, *sorted((left, right))) if part)
    return _Showing(left > right, name, left, right)


def _read_pairs(rows: _Rows, cells: Mapping[str, Coded[str]], counts: Counts, manner: Manner) -> _WhatRowsSay:
    names = _names(rows, cells, counts)
    items = names.get("pair") or names.get("item") or Coded([""], np.zeros(rows.lines.size, dtype=np.int32))
    if "right" in cells:
        showings = rows.read(_side_by_side, cells["left"], cells["right"], items)
        same = ~rows.out & showings.where(lambda showing: showing is not None and showing.left == showing.right)
        counts.same_sides = int(same.sum())
        rows.out |= same
        items = distinct([showing.item if showing else "" for showing in showings.cells], showings.codes)
        sides = [sorted((showing.left, showing.right)) if showing else ["", ""] for showing in showings.cells]
        responses = [Coded([pair[n] for pair in sides], showings.codes) for n in (0, 1)]
    else:
        showings = rows.read(_on_a_side, cells["left"])
        responses = [cells[name] for name in ("response_a", "response_b") if name in cells]
    about = _read_circumstances(rows, cells, counts, manner)
    texts, texts_by_item = None, None
    if manner.columns.have_texts:
        written = [*responses, *([cells["prompt"]] if "prompt" in cells else [])]
        texts_by_item = _plain_texts(rows, items, written)
        texts = rows.read(_texts, *map(_valued, written)) if texts_by_item is None else None
    preferences = rows.read(
        lambda showing, answer: showing.preference(answer) if showing else 0, showings, cells["answer"]
    )
    gold = _read_gold(rows, items, lambda showing, text: showing.gold(text) if showing else None, showings, cells)
    if texts:
        texts_by_item = rows.refuse_differing(
            texts,
            items,
            lambda item: f"the texts of {item!r} differ from an earlier line; a pair has one prompt and two responses",
        )
    said = _Said(
        np.array([strength or 0 for strength in preferences.cells] or [0], dtype=np.int8)[preferences.codes],
        showings.where(lambda showing: showing is not None and showing.mirrored),
        Coded((), np.zeros(rows.lines.size, dtype=np.int32)),
    )
    if any(map(is_side_elsewhere, cells["answer"].cells)):
        counts.elsewhere.update(filter(is_side_elsewhere, cells["answer"].only(~rows.out).used()))
    named = (name for showing in showings.cells if showing for name in (showing.left, showing.right))
    counts.named_elsewhere.update(filter(is_side_elsewhere, named))
    return _judgments(rows, names["annotator"], items, about, said), gold, texts_by_item or {}


def _read_answers(rows: _Rows, cells: Mapping[str, Coded[str]], counts: Counts, manner: Manner) -> _WhatRowsSay:
    names = _names(rows, cells, counts)
    about = _read_circumstances(rows, cells, counts, manner)
    for name, seen in (("answer", counts.answered), ("gold", counts.known)):
        if name in cells:
            seen.update(filter(None, cells[name].only(~rows.out).used()))
    reader = manner.part_answers or answer_reader(
        counts.answered, counts.known, manner.answers, decimal_comma=manner.decimal_comma
    )
    answers = rows.read(reader.read, cells["answer"])
    size = rows.lines.size
    gold = _read_gold(
        rows,
        names["item"],
        lambda _, text: GoldItem(0, answer=reader.read(text)) if text and text not in reader.no_gold else None,
        Coded([None], np.zeros(size, dtype=np.int32)),
        cells,
    )
    said = _Said(
        np.zeros(size, dtype=np.int8),
        np.zeros(size, dtype=np.bool_),
        distinct([answer or "" for answer in answers.cells], answers.codes),
    )
    return _judgments(rows, names["annotator"], names["item"], about, said), gold, {}


def _texts(first: str, second: str, prompt: str = "") -> PairTexts:
    if not first or not second or first == second:
        raise ValueError("response_a or response_b is empty, or both are the same; write both responses")
    return PairTexts(read_prompt(prompt), first, second)


def _plain_texts(rows: _Rows, items: Coded[str], columns: Sequence[Coded[str]]) -> Mapping[str, PairTexts] | None:
    """What the items of a large table say, from the columns of the responses and perhaps the prompt. None where that has to be looked
    at row by row: an item's texts differ, a response is empty or both are the same, a prompt may be a conversation."""
    cells, kept = [column.cells for column in columns if isinstance(column.cells, ArrowCells)], ~rows.out
    if len(cells) < len(columns) or not kept.any():
        return None
    row, with_last_first = np.full(len(items.cells), -1), np.flatnonzero(kept)[::-1]
    row[items.codes[with_last_first]] = with_last_first
    first_rows = row[items.codes]
    for of, column in zip(cells, columns, strict=True):
        if not of.take(column.codes).same(of.take(column.codes[first_rows]))[kept].all():
            return None
    with_texts = np.flatnonzero(row >= 0)
    first, second, *prompt = (of.take(column.codes[row[with_texts]]) for of, column in zip(cells, columns, strict=True))
    if first.same(second).any() or any(said.has_any(NO_VALUE) for said in (first, second)):
        return None
    if any(said.has_any(NO_VALUE - {""}) or said.holding("[{").any() for said in prompt):
        return None
    return Deferred(
        with_texts.size,
        lambda: dict(zip(items.cells_at(with_texts), map(_texts, first, second, *prompt), strict=True)),
    )


def _name(column: str, text: str) -> str:
    if text in NO_NAME:
        raise ValueError(f"{column} is {f'{text!r}, which is no value' if text else 'empty'}")
    return cell.plain_name(text) if column == "annotator" else cell.plain_number(text)


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """Of each row, (n,): seconds (NaN where not known), the margin, the slice ("" for none), and when it was."""

    lead_times: Floats
    margins: Coded[float | None]
    slices: Coded[str]
    times: Floats


def _read_circumstances(rows: _Rows, cells: Mapping[str, Coded[str]], counts: Counts, manner: Manner) -> _Circumstances:
    nothing = Coded([""], np.zeros(rows.lines.size, dtype=np.int32))

    def numbers(name: str, meaning: Callable[..., float | None]) -> Coded[float | None]:
        return rows.read(lambda text: meaning(text, decimal_comma=manner.decimal_comma), cells.get(name, nothing))

    lead_times = numbers("lead_time_s", partial(cell.lead_time, per_second=manner.columns.per_second))
    margins = numbers("margin", cell.margin)
    times = _read_times(rows, cells, counts, manner)
    return _Circumstances(_numbers(lead_times), margins, cells.get("slice", nothing), times)


def _numbers(column: Coded[float | None]) -> Floats:
    """NaN where there is none, (n,); where all are the same, one number that stands everywhere."""
    numbers = np.array([np.nan if value is None else value for value in column.cells] or [np.nan])
    return numbers[column.codes] if numbers.size > 1 else np.broadcast_to(numbers, column.codes.size)


def _read_times(rows: _Rows, cells: Mapping[str, Coded[str]], counts: Counts, manner: Manner) -> Floats:
    """When each answer was given, in seconds; the number of its line where that is not known."""
    if "at" not in cells:
        return rows.lines.astype(np.float64)
    column = cells["at"]
    at_once = column.cells.instants if isinstance(column.cells, ArrowCells) else None
    if at_once is not None:
        counts.with_time = counts.has_others = not rows.out.all()
        return at_once if at_once.size == column.codes.size else at_once[column.codes]  # each row has a cell of its own
    seconds, is_day, known = (
        np.zeros(len(column.cells)),
        *(np.zeros(len(column.cells), dtype=np.bool_) for _ in range(2)),
    )
    wrong, slashed = dict[int, str](), dict[int, cell.SlashedTime]()
    start, rest = 0, iter(column.cells)
    while texts := [*islice(rest, cell.TIMES_AT_ONCE)]:
        first, start = start, start + len(texts)
        alike = cell.instants(texts)
        if alike is not None:
            seconds[first:start], known[first:start] = alike, True
            continue
        for place, text in enumerate(texts, first):
            in_some_order = cell.slashed_time(text)
            if in_some_order:
                slashed[place] = in_some_order
                continue
            try:
                moment = None if text in NO_VALUE else cell.moment(text)
            except ValueError as error:
                wrong[place] = str(error)
                continue
            if moment:
                seconds[place], is_day[place], known[place] = moment.seconds, moment.is_day, True
    counts.has_others = bool(known.any())
    if slashed:
        for time in slashed.values():
            counts.slashed.setdefault(time.written, time)
        order = manner.part_dates or _date_order([*slashed.values()], manner.dates, manner.source)[0]
        for place, time in slashed.items():
            try:
                moment = time.moment(order)
            except ValueError as error:
                wrong[place] = str(error)
                continue
            seconds[place], is_day[place], known[place] = moment.seconds, moment.is_day, True
    if wrong:
        rows.refuse(np.isin(column.codes, [*wrong]), lambda row: wrong[int(column.codes[row])])
    with_time = known[column.codes]
    counts.with_time = bool(with_time[~rows.out][:1].any()) if manner.part_times is None else manner.part_times
    rows.refuse(
        with_time != counts.with_time,
        lambda _: "`at` is given on some lines and not on others; give it on all, or leave the column out",
    )
    counts.days = int(is_day[column.codes][~rows.out].sum())
    return seconds[column.codes] if counts.with_time else rows.lines.astype(np.float64)


def _date_order(
    times: Sequence[cell.SlashedTime], told: cell.DateOrder | None, source: str
) -> tuple[cell.DateOrder, ReadingNote | None]:
    """In which order a column says month and day, and what is to be said of it.

    Raises:
        InputError: it does not tell, and the order of the times depends on it; or it says both.
    """
    if told:
        return told, None
    cure = "say how they are written by --dates us (the month first) or --dates eu (the day first)"
    try:
        order = cell.date_order(times)
    except ValueError as error:
        raise InputError(
            f"{source}: dates are written in two ways: {error}; write them in one, at best as 2026-11-27"
        ) from error
    days = {(time.first, time.second, time.year) for time in times}
    if len(days) > 1 and cell.may_begin_with_years(times):
        raise InputError(
            f"{source}: dates such as {times[0].text!r} don't tell whether the year stands first or last; write them as 2026-11-27, or, "
            f"if it stands last, {cure}"
        )
    if not order and all(day == month for day, month, _ in days):
        return cell.DateOrder.EU, None
    if order or all(time.has_dots for time in times):
        why = "as the whole column tells" if order else "as dates with dots are; if it is the month, pass --dates us"
        order = order or cell.DateOrder.EU
        first = "month" if order is cell.DateOrder.US else "day"
        text = f"dates such as {times[0].text!r} are read with the {first} first ({times[0].date(order)}), {why}"
        return order, ReadingNote(NoteKind.UNDERSTOOD, text)
    if len(days) > 1:
        raise InputError(
            f"{source}: dates such as {times[0].text!r} don't tell which is the month and which the day, and figures depend on it; {cure}"
        )
    text = (
        f"{times[0].text!r} does not tell which is the month and which the day; it is the only date, so that no figure depends on it, and "
        f"read with the day first; {cure}"
    )
    return cell.DateOrder.EU, ReadingNote(NoteKind.WARNING, text)


def _read_gold(
    rows: _Rows,
    items: Coded[str],
    meaning: Callable[[_Showing | None, str], GoldItem | None],
    showings: Coded[_Showing | None],
    cells: Mapping[str, Coded[str]],
) -> dict[str, GoldItem]:
    """The gold items; a row whose gold differs from an earlier one is refused."""
    if "gold" not in cells:
        return {}
    return rows.refuse_differing(
        rows.read(meaning, showings, cells["gold"]),
        items,
        lambda item: (
            f"gold of {item!r} differs from an earlier line; an item has one known answer{_unless_named(cells)}"
        ),
    )


def _unless_named(cells: Mapping[str, object]) -> str:
    """What else may be the matter where pairs are told by their responses alone."""
    if "right" not in cells or not {"pair", "item"}.isdisjoint(cells):
        return ""
    return "; if these are different pairs, name what tells them apart by --columns pair=NAME"


def _judgments(
    rows: _Rows,
    annotators: Coded[str],
    items: Coded[str],
    about: _Circumstances,
    said: _Said,
) -> JudgmentColumns:
    """The rows that are not out."""
    by_item = rows.refuse_differing(  # the sign is that of a side, and may change with the sides
        about.margins.read(lambda margin: None if margin is None else abs(margin)),
        items,
        lambda item: f"the margin of {item!r} differs from an earlier line; a pair has one margin",
    )
    margins = _numbers(about.margins)
    if by_item:
        of_items = np.array([by_item.get(item, np.nan) for item in items.cells])[items.codes]
        margins = np.where(np.isnan(margins), of_items, margins)
    kept = ~rows.out if rows.out.any() else slice(None)
    annotators, items = _used(annotators.only(kept)), _used(items.only(kept))
    slices = _used(about.slices.only(kept))
    names = [name for name in slices.cells if name]
    place = np.array([names.index(name) if name else -1 for name in slices.cells] or [-1], dtype=np.int32)
    answers = said.answers.only(kept)
    return JudgmentColumns(
        annotators=annotators.cells,
        items=items.cells,
        slices=names,
        answers=answers.cells,
        annotator=annotators.codes,
        item=items.codes,
        preference=said.preference[kept],
        mirrored=said.mirrored[kept],
        at=about.times[kept],
        number=rows.lines[kept],
        lead_time=about.lead_times[kept],
        slice=place[slices.codes],
        answer=answers.codes,
        margin=margins[kept],
    )


def _used(column: Coded[str]) -> Coded[str]:
    """Without cells that stand nowhere; those of large tables in order, as pyarrow is quicker at that."""
    kinds = standing(column.codes, len(column.cells))
    if isinstance(column.cells, ArrowCells):
        cells, kinds = column.cells.in_order(kinds)
    else:
        cells = column.cells_at(kinds)
    if np.array_equal(kinds, np.arange(len(column.cells))):
        return Coded(cells, column.codes)
    place = np.zeros(max(len(column.cells), 1), dtype=kind_of_codes(len(kinds)))
    place[kinds] = np.arange(len(kinds))
    return Coded(cells, place[column.codes])


SIGNED = ("preference_strength", "overall_preference")
"""Columns of HelpSteer, whose numbers below 0 mean the first response."""

NAMES_OF_TOTALS = frozenset(
    (
        "total",
        "totals",
        "grand total",
        "subtotal",
        "sum",
        "average",
        "mean",
        "count",
        "gesamt",
        "summe",
        "moyenne",
        "promedio",
    )
)

PUT_TOGETHER_TWICE = ReadingNote(
    NoteKind.WARNING, "the second half of the file repeats the first: was it put together twice?"
)


def counted_once(judgments: JudgmentColumns, *, is_timed: bool) -> tuple[Sequence[Judgment], Repeats]:
    """Rows that are the same even in their time count once; where no time is known, the same rows may be retests."""
    if is_timed:
        return without_repeats(judgments)
    kinds = judgments.kinds
    return judgments, Repeats(untimed=kinds.size - int(kinds.max(initial=-1)) - 1)


def repeats_its_half(kinds: Ints) -> bool:
    """Whether the second half of some rows says the same as the first, (n,)."""
    half = kinds.size // 2
    return half > 1 and np.array_equal(kinds[:half], kinds[half:])


def notes_on_rows(table: Table, counts: Counts, annotators: Collection[str], manner: Manner) -> Iterator[ReadingNote]:
    """What is to be said of the rows of a whole table.

    Raises:
        InputError: its dates don't tell which is the month and which the day, no known answer is one that anybody gave, or nobody gave
            one.
    """
    if counts.unanswered and not annotators and not (counts.uncounted or counts.same_sides):
        answer = table.columns[manner.columns.places["answer"][0]]
        raise InputError(
            f"{table.source}: no row has an answer in the column {answer}; name another one, as in --columns answer=NAME. A spreadsheet whose "
            "formulas were never computed holds no values: open it and save it again"
        )
    if counts.strengths and not any(text.startswith("-") for text in counts.strengths):
        answer = table.columns[manner.columns.places["answer"][0]]
        if normalised(answer) not in SIGNED:
            raise InputError(
                f"{table.source}: no answer in {answer} is below 0 ({examples(counts.strengths)}), which would mean that nobody ever preferred the "
                "first response; if 1 and 2 name the responses, pass --words 1=left,2=right, and otherwise what each number means"
            )
    if counts.days:
        text = "`at` names days without a time; within a day the order of the rows is taken for that of the answers"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    if table.decimal_comma:
        text = f"read as a table with {DELIMITERS[table.delimiter]} between its cells, in which 1,5 is a number"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    _, on_dates = manner.date_order(counts)
    if on_dates:
        yield on_dates
    if counts.uncounted:
        text = f"{counted(counts.uncounted, 'row')} whose status says not to count them ({examples(counts.statuses)})"
        yield ReadingNote(NoteKind.LEFT_OUT, text, counts.uncounted)
    if counts.odd_statuses:
        text = f"what rows say of their status is not known ({examples(counts.odd_statuses)}), and they are counted; take out those that should not be"
        yield ReadingNote(NoteKind.WARNING, text)
    if counts.unanswered:
        text = f"{counted(counts.unanswered, 'row')} without an answer (empty, nan, NA, None, NULL and the like)"
        yield ReadingNote(NoteKind.LEFT_OUT, text, counts.unanswered)
    if counts.same_sides:
        text = f"{counted(counts.same_sides, 'row')} with the same response on both sides, so that no side can be told"
        yield ReadingNote(NoteKind.LEFT_OUT, text, counts.same_sides)
    if counts.with_fraction:
        text = f"names such as 5.0 are read as 5, so that both are one ({counted(counts.with_fraction, 'cell')})"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    if counts.rounded:
        text = (
            f"names such as {examples(counts.rounded)} are numbers that a spreadsheet has rounded, so that different ones may be one now; write "
            "the file again with these columns as text"
        )
        yield ReadingNote(NoteKind.WARNING, text)
    yield from _notes_on_annotators(annotators)
    on_sides = note_on_sides(counts.elsewhere - counts.named_elsewhere)
    if on_sides:
        yield on_sides
    reader = manner.answer_reader(counts)
    if reader:
        yield from reader.notes
        on_gold = note_on_gold(reader, counts.answered, counts.known, table.source)
        if on_gold:
            yield on_gold


def _notes_on_annotators(annotators: Collection[str]) -> Iterator[ReadingNote]:
    note = differing_in_case(annotators, "annotators")
    if note:
        yield note
    totals = [name for name in annotators if name.casefold() in NAMES_OF_TOTALS]
    if totals:
        text = f"{examples(totals)} counts as an annotator; if that is a row of totals, take it out"
        yield ReadingNote(NoteKind.WARNING, text)
    numbers: dict[int, list[str]] = {}
    for name in filter(str.isdecimal, annotators):
        numbers.setdefault(int(name), []).append(name)
    alike = [name for several in numbers.values() if len(several) > 1 for name in several]
    if alike:
        text = f"annotators that are the same number count as different: {examples(alike)}; if they are one, write them alike"
        yield ReadingNote(NoteKind.WARNING, text)


@dataclass(frozen=True, slots=True)
class InnerLine:
    """A line within a cell that reads as a row of the table by an ``annotator``; the cell begins in the row of another ``line``."""

    annotator: str
    line: int
    text: str


def swallowed_rows(table: Table, columns: Columns, among: Collection[str] | None = None) -> Iterator[InnerLine]:
    """Two stray quotes make one cell of all rows between them, in silence: such a cell holds lines that read as rows; those of
    annotators ``among`` some, or of whomever."""
    if not table.has_breaks:
        return
    place = columns.places["annotator"][0]
    for column in map(each_once, table.cells):
        for n in places_holding(column.cells, "\n"):
            for inner in column.cells[n].split("\n")[1:]:
                parts = [part.strip() for part in inner.split(table.delimiter)]
                if len(parts) != table.width:
                    continue
                annotator = cell.plain_number(parts[table.places[place]])
                if among is None or annotator in among:
                    rows = np.flatnonzero(column.codes == n)
                    yield from (InnerLine(annotator, line, inner) for line in table.lines[rows[:1]].tolist())


def refuse_swallowed_rows(source: str, inner_lines: Iterable[InnerLine]) -> None:
    """Raises InputError at the first of such lines, if there is one."""
    for inner in inner_lines:
        raise InputError(
            f'{source}, line {inner.line}: a quote (") is opened here and closed on a later line, and what stands '
            f"between reads as rows of the table ({examples([inner.text])}); close the quote"
        )
