"""Answers that stand as JSON in one column, as batch results of Mechanical Turk have those of a ``crowd-form``:
``Answer.taskAnswers`` holds ``[{"preference": {"left": true, "right": false}}]``. Pure."""

import json
from dataclasses import replace
from typing import TypeGuard

from ls_backend.formats.cells import NO_VALUE
from ls_backend.formats.coded import Coded
from ls_backend.formats.json_text import parse_json
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, listed
from ls_backend.formats.spread_answers import choice_of
from ls_backend.formats.tables import Table, normalised, refuse_repeated_names
from ls_backend.types import Json

COLUMNS = ("answer_taskanswers", "taskanswers")
PREFIX = "Answer."


def with_task_answers(table: Table) -> Table:
    """A table with a column for each question that is answered in a column of such JSON; of one question the column keeps its name.

    Raises:
        InputError: a cell of it is something else, named by its line.
    """
    place = next((n for n, name in enumerate(table.columns) if normalised(name) in COLUMNS), None)
    if place is None:
        return table
    name = table.columns[place]
    forms = _forms(table, place)
    questions = list(dict.fromkeys(question for form in forms.cells for question in form))
    if not questions:
        return table
    answers = [_answers(Coded([form.get(question) for form in forms.cells], forms.codes)) for question in questions]
    columns = [name] if len(questions) == 1 else [f"{PREFIX}{question}" for question in questions]
    text = f"{name} is read as the answers to {listed(questions)}"
    spread = replace(
        table,
        columns=(*table.columns[:place], *columns, *table.columns[place + 1 :]),
        cells=(*table.cells[:place], *answers, *table.cells[place + 1 :]),
        places=(*table.places[:place], *[table.places[place]] * len(columns), *table.places[place + 1 :]),
        notes=(*table.notes, ReadingNote(NoteKind.UNDERSTOOD, text)),
    )
    refuse_repeated_names(spread.columns, spread.source)
    return spread


def _forms(table: Table, place: int) -> Coded[Json]:
    """The forms in a column, by the names of their questions."""
    column, errors = table.cells[place], LineErrors(table.source)
    forms = list[Json]()
    for n, text in enumerate(column.cells):
        try:
            forms.append(_form(text))
        except ValueError as error:
            forms.append({})
            for line in table.lines[column.codes == n].tolist():
                errors.add(line, f"{table.columns[place]}: {error}")
    errors.raise_if_any()
    return Coded(forms, column.codes)


def _form(text: str) -> Json:
    try:
        forms = [] if text in NO_VALUE else parse_json(text)
    except ValueError:
        forms = None
    if isinstance(forms, list) and len(forms) <= 1 and all(isinstance(form, dict) for form in forms):
        return forms[0] if forms else {}
    raise ValueError(
        f"{text[:40]!r} is not the answers of one form in JSON; correct it, or take the column out of the table"
    )


def _answers(said: Coded[object]) -> Coded[str]:
    """What was said to one question, as cells of a table."""
    buttons = [value for value in said.cells if _are_buttons(value)]
    is_one_box = len({name for value in buttons for name in value}) == 1
    are_several = any(sum(value.values()) > 1 for value in buttons)

    def answer(value: object) -> str:
        if _are_buttons(value):
            pressed = [name for name, is_pressed in value.items() if is_pressed]
            return _text(bool(pressed)) if is_one_box else choice_of(pressed, are_several=are_several)
        return _text(value)

    return said.read(answer)


def _are_buttons(value: object) -> TypeGuard[dict[str, bool]]:
    """Whether a value says of radio buttons or checkboxes which are pressed."""
    return isinstance(value, dict) and bool(value) and all(isinstance(one, bool) for one in value.values())


def _text(value: object) -> str:
    """A value as a cell; that of a classifier is its label, or its labels."""
    if isinstance(value, dict) and value.keys() == {"label"}:
        return _text(value["label"])
    if isinstance(value, dict) and value.keys() == {"labels"}:
        return _text(value["labels"])
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return choice_of(value, are_several=True)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    return json.dumps(value, ensure_ascii=False)
