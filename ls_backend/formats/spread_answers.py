"""Answers that are spread over columns, one for each choice, as batch results of Mechanical Turk have radio buttons and checkboxes:
``Answer.choice.a`` and ``Answer.choice.b`` hold true or false. Pure."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ls_backend.formats.cells import NO_VALUE
from ls_backend.formats.coded import Coded, together
from ls_backend.formats.notes import NoteKind, ReadingNote, listed
from ls_backend.formats.tables import Table

PREFIX = "answer"
TICKED = {"true": True, "false": False}


def with_answers_put_together(table: Table) -> Table:
    """A table with one column for each answer that is spread over several; its cells are a choice, or choices where somebody ticked
    several."""
    for name, named in groups_of(table.columns).items():
        members = [(place, choice) for place, choice in named if _are_ticks(table.cells[place])]
        if len(members) > 1 and name not in table.columns:
            table = _put_together(
                table, name, [table.columns[n] for n, _ in members], [choice for _, choice in members]
            )
    return table


def groups_of(columns: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """The columns that may be one answer together, by its name: where each stands, and for which choice."""
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, name in enumerate(columns):
        parts = name.split(".", 2)
        if len(parts) == 3 and parts[0].casefold() == PREFIX:
            groups[f"{parts[0]}.{parts[1]}"].append((place, parts[2]))
    return groups


def _are_ticks(column: Coded[str]) -> bool:
    texts = {text.casefold() for text in column.cells if text not in NO_VALUE}
    return bool(texts) and texts <= TICKED.keys()


def _put_together(table: Table, name: str, columns: Sequence[str], choices: Sequence[str]) -> Table:
    places = [table.columns.index(column) for column in columns]
    ticked = together(*(table.cells[place] for place in places)).read(
        lambda cells: tuple(c for c, text in zip(choices, cells, strict=True) if TICKED.get(text.casefold()))
    )
    are_several = any(len(several) > 1 for several in ticked.cells)
    answers = ticked.read(partial(choice_of, are_several=are_several))
    text = f"{listed(columns)} are read as one answer, {name}: " + ("choices" if are_several else "a choice")
    rest = [n for n in range(len(table.columns)) if n not in places[1:]]
    return replace(
        table,
        columns=tuple(name if n == places[0] else table.columns[n] for n in rest),
        cells=tuple(answers if n == places[0] else table.cells[n] for n in rest),
        places=tuple(table.places[n] for n in rest),
        notes=(*table.notes, ReadingNote(NoteKind.UNDERSTOOD, text)),
    )


def choice_of(names: Sequence[str], *, are_several: bool) -> str:
    """The cell that says what was chosen; where somebody chose ``several``, all are choices."""
    if not names:
        return ""
    return json.dumps({"choices": names}, ensure_ascii=False) if are_several else names[0]
