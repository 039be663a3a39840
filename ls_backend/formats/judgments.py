"""Files of judgments, for `steadyhand score`: a table, or a JSON export of Label Studio. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from ls_backend.errors import InputError
from ls_backend.formats.columns import EXPECTED_NAMES, UNLIKE_NAMES
from ls_backend.formats.csv_judgments import read_judgment_rows
from ls_backend.formats.export_judgments import entries_of, read_export
from ls_backend.formats.json_text import BEGINS_AS_JSON
from ls_backend.formats.judgment_table import JudgmentTable, MarginCounts, ReadingOptions, notes_on_margins
from ls_backend.formats.listed_preferences import WHO, place_of_lists, with_rows_of_lists
from ls_backend.formats.other_tools import ToolRows, rows_of_tool
from ls_backend.formats.packed_tables import csv_text
from ls_backend.formats.spread_answers import with_answers_put_together
from ls_backend.formats.tables import Table, normalised, read_large_table, read_table
from ls_backend.formats.task_answers import with_task_answers
from ls_backend.formats.text_file import TextFile
from ls_backend.memory import give_memory_back
from ls_backend.types import Json

DEFAULT_OPTIONS = ReadingOptions()


def read_judgments(text: str, *, source: str, options: ReadingOptions = DEFAULT_OPTIONS) -> JudgmentTable:
    """A table of judgments, also as a list of JSON objects or JSON lines, or a Label Studio export in JSON or JSON lines.

    Raises:
        InputError: names the line, or the task, and what to fix.
    """
    try:
        if begins_as_json := BEGINS_AS_JSON.match(text):
            entries = entries_of(text, source=source)
            if len(entries) == 1 and not begins_as_json[0].endswith("["):
                _refuse_wrapped(entries[0], source)
            rows = _flat_rows(entries)
            if not rows:
                return _with_notes_on_margins(read_export(entries, source=source, options=options))
            of_tool = rows_of_tool(rows, source=source) or ToolRows(rows)
            table = read_table(_as_table(of_tool.rows), source=source, expected=EXPECTED_NAMES, unlike=UNLIKE_NAMES)
            return _judgments_in(replace(table, notes=(*table.notes, *of_tool.notes)), options)
        table = read_table(text, source=source, expected=EXPECTED_NAMES, unlike=UNLIKE_NAMES)
        del text  # as large as the file
        return _judgments_in(table, options)
    except RecursionError as error:
        raise _nested_too_deeply(source) from error


def read_judgments_in_file(file: TextFile, *, options: ReadingOptions = DEFAULT_OPTIONS) -> JudgmentTable:
    """The same of a file. A large table in UTF-8 is read without its text in memory.

    Raises:
        InputError: names the line, or the task, and what to fix.
    """
    table = None
    if file.open is not None:
        with file.open() as opened:
            table = read_large_table(opened, source=file.source, expected=EXPECTED_NAMES, unlike=UNLIKE_NAMES)
    if table is None:
        return read_judgments(file.text(), source=file.source, options=options)
    try:
        read = _judgments_in(table, options)
    except RecursionError as error:
        raise _nested_too_deeply(file.source) from error
    del table
    give_memory_back()
    return read


def _judgments_in(table: Table, options: ReadingOptions) -> JudgmentTable:
    table = with_task_answers(with_answers_put_together(with_rows_of_lists(table)))
    return _with_notes_on_margins(read_judgment_rows(table, options))


def _nested_too_deeply(source: str) -> InputError:
    return InputError(f"{source}: its JSON is nested too deeply; is it the right file?")


def _with_notes_on_margins(table: JudgmentTable) -> JudgmentTable:
    return replace(table, notes=(*table.notes, *notes_on_margins(MarginCounts.of(table.judgments))))


def _refuse_wrapped(entry: object, source: str) -> None:
    """Refuse an object that holds rows, instead of being one: as columns, or in a list beside other things."""
    if not isinstance(entry, dict) or "annotations" in entry or isinstance(entry.get("data"), dict):
        return
    kinds = {type(value) for value in entry.values()}
    if {"columns", "data"} <= entry.keys() or (len(entry) > 1 and (kinds == {list} or kinds == {dict})):
        raise InputError(
            f"{source}: one object that holds columns; write an object for each row, as pandas does by to_json(orient='records')"
        )
    lists = [
        str(name) for name, value in entry.items() if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    names = [normalised(str(name)) for name in entry]
    if lists and {*names}.isdisjoint(WHO) and place_of_lists(names) is None:
        raise InputError(
            f"{source}: one object whose {lists[0]!r} is a list; if that holds the rows, and all of them, write it alone into the file, as "
            f"by jq '.{lists[0]}'"
        )


def _flat_rows(entries: Sequence[object]) -> list[Json]:
    """The rows of a table as JSON, such as JSON-MIN; none where there is a task, or something else than objects."""
    rows = [entry for entry in entries if isinstance(entry, dict) and not {"data", "annotations"} & entry.keys()]
    return rows if len(rows) == len(entries) else []


def _as_table(rows: Sequence[Json]) -> str:
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    return csv_text([names, *([row.get(name) for name in names] for row in rows)])
