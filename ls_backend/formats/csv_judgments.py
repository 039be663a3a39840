"""Judgments from a table: a row a judgment. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern

from ls_backend.errors import InputError
from ls_backend.formats import cells as cell
from ls_backend.formats.answers import SIDES, AnswerReader, answer_reader, differing_in_case, parse_side
from ls_backend.formats.cells import NO_NAME, NO_VALUE
from ls_backend.formats.columns import EXPECTED_NAMES, Columns, find_columns
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions, same_judgment, without_repeats
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, counted, examples
from ls_backend.formats.tables import DELIMITERS, Table, read_table
from ls_backend.measurement.judgments import GoldItem, Judgment

NAMING = ("annotator", "pair", "item")
"""The columns that name somebody or something."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says, with its answer and gold as they are written; None where there is none."""

    line: int
    annotator: str
    item: str
    mirrored: bool
    answer: str
    gold: str | None
    lead_time: float | None
    moment: cell.Moment | None
    slice: str | None


@dataclass(slots=True)
class _Counts:
    """What was seen on the way. ``with_time`` says that rows have a time, ``days`` how many have no time of day."""

    with_time: bool | None = None
    days: int = 0
    unanswered: int = 0
    same_sides: int = 0
    with_fraction: int = 0
    annotators: set[str] = field(default_factory=set)


def read_csv(text: str, *, source: str, options: ReadingOptions) -> JudgmentTable:
    """The judgments in a table.

    Raises:
        InputError: names the line, or the column, and what to fix.
    """
    for name, value in (("mapping", options.mapping), ("control", options.control), ("gold", options.gold)):
        if value:
            raise InputError(f"{source} is a table, and --{name} is for exports of Label Studio; leave it out")
    if options.item_fields:
        raise InputError(f"{source} is a table, and --item-fields is for exports; name the item by --columns item=NAME")
    table = read_table(text, source=source, expected=EXPECTED_NAMES)
    columns = find_columns(table, options.columns)
    errors = LineErrors(source)
    counts = _Counts()
    rows: Iterable[_Row] = _rows(table, columns, counts, errors)
    is_pair = "left" in columns.places
    reader = None
    if not is_pair:
        rows = list(rows)
        texts = {row.answer for row in rows} | {row.gold for row in rows if row.gold}
        reader = answer_reader(texts, options.answers, decimal_comma=table.decimal_comma)
    elif options.answers:
        raise InputError(f"{source} holds pairs, and --answers is for other tasks; leave it out")
    judgments, gold = _judgments(rows, reader, errors)
    errors.raise_if_any()
    judgments, notes = _counted_once(judgments, counts)
    more = [*columns.notes, *notes, *_notes_on_rows(table, counts), *(reader.notes if reader else ())]
    return JudgmentTable(judgments, gold, notes=tuple(more))


def _rows(table: Table, columns: Columns, counts: _Counts, errors: LineErrors) -> Iterator[_Row]:
    place_of_annotator = columns.places["annotator"][0]
    has_quotes = '"' in table.text
    spread: list[tuple[int, list[str]]] = []  # rows with a cell over several lines
    for line, row in table.rows(errors):
        if has_quotes and any("\n" in value for value in row):
            spread.append((line, row))
        values = _values(row, columns)
        if not values["answer"]:
            counts.unanswered += 1
            continue
        try:
            parsed = _row(line, values, counts, table.decimal_comma)
        except ValueError as error:
            errors.add(line, str(error))
            continue
        if parsed is None:
            continue
        with_time = parsed.moment is not None
        if counts.with_time is None:
            counts.with_time = with_time
        if counts.with_time != with_time:
            errors.add(line, "`at` is given on some lines and not on others; give it on all, or leave the column out")
            continue
        counts.days += parsed.moment is not None and parsed.moment.is_day
        counts.annotators.add(parsed.annotator)
        yield parsed
    _refuse_swallowed_rows(spread, counts.annotators, table, place_of_annotator)


def _values(row: Sequence[str], columns: Columns) -> dict[str, str]:
    """The cells of a row by our names, "" where one says that there is no value."""
    values = {}
    for name, places in columns.places.items():
        value = row[places[0]] if len(places) == 1 else " | ".join(row[place] for place in places)
        values[name] = "" if value in NO_VALUE and name not in NAMING else value
    values["answer"] = columns.words.get(values["answer"], values["answer"])
    return values


def _row(line: int, values: Mapping[str, str], counts: _Counts, decimal_comma: bool) -> _Row | None:
    """None where both responses are the same, so that no side can be told."""
    names = {name: _name(name, values[name], counts) for name in NAMING if name in values}
    item = names.get("pair") or names.get("item") or ""
    answer, gold, mirrored = values["answer"], values.get("gold"), False
    if "right" in values:
        sides = values["left"], values["right"]
        if not all(sides):
            raise ValueError("left or right is empty; write both responses")
        if sides[0] == sides[1]:
            counts.same_sides += 1
            return None
        words = {sides[0]: "left", sides[1]: "right"}
        answer, gold = words.get(answer, answer), gold and words.get(gold, gold)
        item, mirrored = " | ".join(part for part in (item, *sorted(sides)) if part), sides[0] > sides[1]
    elif "left" in values:
        side = values["left"].casefold()
        if side not in SIDES:
            raise ValueError(f"left is {values['left']!r}; write a or b: which response stood left")
        mirrored = side == "b"
        if gold:
            gold = _gold_on_side(gold, mirrored)
    part = values.get("slice")
    return _Row(
        line=line,
        annotator=intern(names["annotator"]),
        item=intern(item),
        mirrored=mirrored,
        answer=intern(answer),
        gold=gold or None,
        lead_time=cell.lead_time(values.get("lead_time_s", ""), decimal_comma=decimal_comma),
        moment=cell.moment(values["at"]) if values.get("at") else None,
        slice=intern(part) if part else None,
    )


def _name(column: str, text: str, counts: _Counts) -> str:
    if text in NO_NAME:
        raise ValueError(f"{column} is {f'{text!r}, which is no value' if text else 'empty'}")
    name = cell.plain_number(text)
    counts.with_fraction += name != text
    return name


def _gold_on_side(gold: str, mirrored: bool) -> str:
    if gold.casefold() not in SIDES:
        raise ValueError(f"gold is {gold!r}; write a or b, or leave it empty")
    return "left" if (gold.casefold() == "a") != mirrored else "right"


def _judgments(
    rows: Iterable[_Row], reader: AnswerReader | None, errors: LineErrors
) -> tuple[list[Judgment], dict[str, GoldItem]]:
    """The judgments, one a row as long as there are no ``errors``; and the gold items. Without a ``reader`` they are of pairs."""
    judgments, gold = [], dict[str, GoldItem]()
    answers: dict[str, str] = {}
    for row in rows:
        try:
            preference = 0
            gold_item = None
            if reader is None:
                preference = _towards_first(row.answer, row.mirrored)
                gold_item = GoldItem(_gold_side(row.gold, row.mirrored)) if row.gold else None
            else:
                for text in (row.answer, row.gold):
                    if text and text not in answers:
                        answers[text] = reader.read(text)
                gold_item = GoldItem(0, answer=answers[row.gold]) if row.gold else None
        except ValueError as error:
            errors.add(row.line, str(error))
            continue
        if gold_item and gold.setdefault(row.item, gold_item) != gold_item:
            errors.add(row.line, f"gold of {row.item!r} differs from an earlier line; an item has one known answer")
            continue
        judgments.append(
            Judgment(
                annotator=row.annotator,
                item=row.item,
                preference=preference,
                mirrored=row.mirrored,
                at=row.moment.seconds if row.moment else float(row.line),
                id=f"{row.line:09d}",
                lead_time=row.lead_time,
                slice=row.slice,
                answer="" if reader is None else answers[row.answer],
            )
        )
    return judgments, gold


def _towards_first(answer: str, mirrored: bool) -> int:
    strength_for_left = parse_side(answer)
    return -strength_for_left if mirrored else strength_for_left


def _gold_side(gold: str, mirrored: bool) -> int:
    side = _towards_first(gold, mirrored)
    if not side:
        raise ValueError("gold is a tie; write which response is better, or leave it empty")
    return 1 if side > 0 else -1


def _counted_once(judgments: list[Judgment], counts: _Counts) -> tuple[list[Judgment], list[ReadingNote]]:
    """Rows that are the same even in their time count once; where no time is known, the same rows may be retests."""
    if counts.with_time and not counts.days:
        return without_repeats(judgments, "row")
    keys = [*map(same_judgment, judgments)]
    repeats = len(keys) - len({*keys})
    notes = []
    if repeats:
        notes.append(
            ReadingNote(
                NoteKind.WARNING,
                f"{counted(repeats, 'row')} the same as an earlier row, counted as retests: without a time of day in `at` it can't "
                "be told whether somebody answered again or the row stands twice in the file",
            )
        )
    half = len(keys) // 2
    if half > 1 and keys[:half] == keys[half:]:
        notes.append(
            ReadingNote(NoteKind.WARNING, "the second half of the file repeats the first: was it put together twice?")
        )
    if counts.days:
        text = "`at` names days without a time; within a day the order of the rows is taken for that of the answers"
        notes.append(ReadingNote(NoteKind.UNDERSTOOD, text))
    return judgments, notes


def _notes_on_rows(table: Table, counts: _Counts) -> Iterator[ReadingNote]:
    if table.decimal_comma:
        text = f"read as a table with {DELIMITERS[table.delimiter]} between its cells, in which 1,5 is a number"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    if counts.unanswered:
        text = f"{counted(counts.unanswered, 'row')} without an answer (empty, nan, NA, None, NULL and the like)"
        yield ReadingNote(NoteKind.LEFT_OUT, text)
    if counts.same_sides:
        text = f"{counted(counts.same_sides, 'row')} with the same response on both sides, so that no side can be told"
        yield ReadingNote(NoteKind.LEFT_OUT, text)
    if counts.with_fraction:
        text = f"names such as 5.0 are read as 5, so that both are one ({counted(counts.with_fraction, 'cell')})"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    note = differing_in_case(counts.annotators, "annotators")
    if note:
        yield note


def _refuse_swallowed_rows(
    spread: Sequence[tuple[int, list[str]]], annotators: set[str], table: Table, place: int
) -> None:
    """Two stray quotes make one cell of all rows between them, in silence: such a cell holds lines that read as rows."""
    for line, row in spread:
        inner_lines = (inner for value in row for inner in value.split("\n")[1:])
        for inner in inner_lines:
            parts = [part.strip() for part in inner.split(table.delimiter)]
            if len(parts) == table.width and cell.plain_number(parts[table.places[place]]) in annotators:
                raise InputError(
                    f'{table.source}, line {line}: a quote (") is opened here and closed on a later line, and what stands between '
                    f"reads as rows of the table ({examples([inner])}); close the quote"
                )
