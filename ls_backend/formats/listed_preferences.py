"""Rows that hold a list of individual preferences, as HelpSteer3 and HelpSteer2 have them: a row for each where they say whose they
are. Pure."""

import ast
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb

from ls_backend.errors import InputError
from ls_backend.formats.cells import NO_VALUE
from ls_backend.formats.columns import EXPECTED_NAMES, USUAL_NAMES
from ls_backend.formats.json_text import parse_json
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.packed_tables import csv_text
from ls_backend.formats.tables import Table, normalised, read_table
from ls_backend.types import Json

LISTS = ("individual_preference", "individual_preferences", "all_preferences_unprocessed", "preferences")
STRENGTH = ("score", "strength", "preference_strength", "preference")
WHO = ("annotator", *USUAL_NAMES["annotator"])
OF_ALL = ("annotator", "preference_strength", "overall_preference")
"""Columns that say of a row what its list says of each."""


def with_rows_of_lists(table: Table) -> Table:
    """A table with a row for each preference in a list, where it has a column of such lists; else the table itself.

    Raises:
        InputError: the lists do not say whose each preference is; or one can't be read, by its line.
    """
    names = [normalised(name) for name in table.columns]
    place = place_of_lists(names)
    if place is None:
        return table
    errors = LineErrors(table.source)
    others = [n for n, name in enumerate(names) if n != place and name not in OF_ALL]
    rows, lists = list[list[object]](), list[Sequence[Json]]()
    for line, cells in table.rows(errors):
        try:
            entries = _entries(cells[place])
        except ValueError as error:
            errors.add(line, f"{table.columns[place]}: {error}")
            continue
        lists.append(entries)
        about = [cells[n] for n in others]
        rows += [[*about, _first(entry, WHO), _first(entry, STRENGTH)] for entry in entries] or [[*about, "", ""]]
    errors.raise_if_any()
    if not any(_first(entry, WHO) not in ("", None) for entries in lists for entry in entries):
        raise InputError(f"{table.source}: {_nobody(table.columns[place], lists)}")
    text = csv_text([[*(table.columns[n] for n in others), "annotator", "preference_strength"], *rows])
    read = read_table(text, source=table.source, expected=EXPECTED_NAMES)
    note = ReadingNote(NoteKind.UNDERSTOOD, f"each preference in a list of {table.columns[place]} is read as a row")
    notes = (*table.notes, note, *read.notes)
    lost = table.given - len(lists)  # rows that are none, as the notes of the table say
    return Table(
        **{name: getattr(read, name) for name in read.__dataclass_fields__}
        | {"notes": notes, "given": read.given + lost}
    )


def place_of_lists(names: Sequence[str]) -> int | None:
    """Where a column of lists stands, by the normalised names of all columns; None where there is none, or other columns have the answers."""
    if {"left", "answer"} & {*names}:
        return None
    return next((n for n, name in enumerate(names) if name in LISTS), None)


def _entries(cell: str) -> list[Json]:
    """The preferences in a cell, in JSON or as Python writes it. Raises ValueError."""
    if cell in NO_VALUE:
        return []
    try:
        value = parse_json(cell)
    except ValueError:
        try:
            value = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = None
    if isinstance(value, list):
        value = [{"score": entry} if isinstance(entry, int | float) else entry for entry in value]
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ValueError(f'{cell[:40]!r} is no list of preferences; write [{{"annotator": ..., "score": -2}}, ...]')
    return value


def _first(entry: Mapping[str, object], names: Sequence[str]) -> object:
    return next((entry[name] for name in names if entry.get(name) is not None), "")


def _nobody(column: str, lists: Sequence[Sequence[Json]]) -> str:
    """What can and what can't be told of preferences without names."""
    sides = [[_side(_first(entry, STRENGTH)) for entry in entries] for entries in lists]
    known = [[side for side in several if side is not None] for several in sides]
    pairs = sum(comb(len(several), 2) for several in known)
    same = sum(one == other for several in known for one, other in combinations(several, 2))
    told = (
        f"Told without names is how much people agree: of {counted(pairs, 'pair')} of preferences on the same row {same} name the same "
        "side. "
        if pairs
        else ""
    )
    return (
        f"the preferences in {column} do not say whose they are, so that nothing can be told of single annotators (retests, reputation, "
        f'flags), and nobody is guessed. {told}Add "annotator" to each of them for scorecards'
    )


def _side(strength: object) -> int | None:
    try:
        value = float(str(strength))
    except ValueError:
        return None
    return (value > 0) - (value < 0)
