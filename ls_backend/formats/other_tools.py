"""Exports of other labelling tools in JSON, as rows of a table: Argilla's records, doccano's documents. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from ls_backend.errors import InputError
from ls_backend.formats.answers import is_side
from ls_backend.formats.notes import NoteKind, ReadingNote, listed
from ls_backend.label_studio.exports import sides_among
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class ToolRows:
    """An export as the rows of a table, and what is to be said of how it was read."""

    rows: list[Json]
    notes: tuple[ReadingNote, ...] = ()


def rows_of_tool(entries: Sequence[Json], *, source: str) -> ToolRows | None:
    """The rows of an export of Argilla or doccano; None where it is neither. What was discarded, or is a draft, has no answer.

    Raises:
        InputError: it does not say who answered, or asks several questions.
    """
    if entries and all(isinstance(entry.get("fields"), dict) and "responses" in entry for entry in entries):
        return _argilla_rows([(entry["fields"], said) for entry in entries for said in _said_of(entry)], source)
    if entries and all(isinstance(entry.get("label"), list) and "text" in entry for entry in entries):
        if not all(entry.get("annotator") for entry in entries):
            raise InputError(
                f"{source}: an export of doccano, which does not say who labelled (it writes a file for each person); add "
                '"annotator" to each line, and put the files together'
            )
        is_single = all(len(entry["label"]) <= 1 for entry in entries)
        return ToolRows([_doccano_row(entry, is_single=is_single) for entry in entries])
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """A response of Argilla to one question; the ``value`` of one that was discarded, or is a draft, is None."""

    user: object
    question: str
    value: object
    at: object


def _said_of(entry: Json) -> Iterator[_Said]:
    responses = entry["responses"]
    if isinstance(responses, dict):
        said = [(name, one) for name, several in responses.items() if isinstance(several, list) for one in several]
    else:
        said = [
            (name, {**one, "value": value.get("value") if isinstance(value, dict) else value})
            for one in responses or ()
            if isinstance(one, dict)
            for name, value in (one.get("values") or {}).items()
        ]
    for question, one in said:
        if isinstance(one, dict):
            counts = one.get("status", "submitted") == "submitted"
            at = one.get("updated_at") or one.get("inserted_at")
            yield _Said(one.get("user_id"), question, one.get("value") if counts else None, at)


def _argilla_rows(responses: Sequence[tuple[Json, _Said]], source: str) -> ToolRows:
    """The rows of responses, each with the fields of its record."""
    questions = sorted({said.question for _, said in responses})
    if len(questions) > 1:
        raise InputError(
            f"{source}: an export of Argilla with several questions ({listed(questions)}); leave the responses to one of them in it"
        )
    have_ties = any(_has_ties(said.value) for _, said in responses)
    sides = sides_among({name for fields, _ in responses for name in fields})
    preferences = {id(said): _preference(said.value, sides) for _, said in responses} if sides else {}
    are_pairs = bool(preferences) and all(preferences[id(said)] for _, said in responses if said.value is not None)
    are_timed = all(said.at for _, said in responses if said.value is not None)
    rows = list[Json]()
    for fields, said in responses:
        row: Json = {"annotator": said.user, "at": said.at} if are_timed else {"annotator": said.user}
        if sides and are_pairs:
            shown = {name: value for name, value in fields.items() if name not in sides}
            row |= {"pair": _item(shown), "left": fields.get(sides[0]), "right": fields.get(sides[1])}
            row["answer"] = preferences[id(said)] or None
        else:
            row |= {"item": _item(fields), "answer": _answer(said.value, have_ties=have_ties)}
        rows.append(row)
    return ToolRows(rows, tuple(_notes_on_sides(sides, are_pairs=are_pairs)))


def _notes_on_sides(sides: tuple[str, str] | None, *, are_pairs: bool) -> Iterator[ReadingNote]:
    if sides and are_pairs:
        text = f"{sides[0]} is read as the response that stood left, {sides[1]} as the right one"
        yield ReadingNote(NoteKind.UNDERSTOOD, text)
    elif sides:
        text = (
            f"{sides[0]} and {sides[1]} seem to be two responses, and the answers name neither of them; so they count as answers of another "
            "task, and the same pair with its sides swapped as another item"
        )
        yield ReadingNote(NoteKind.WARNING, text)


def _preference(value: object, sides: tuple[str, str]) -> str:
    """Which side a response names, by the name of its field, as left, right or tie, or by its rank; "" where it names none."""
    if _is_ranking(value):
        ranks = {str(one["value"]): one["rank"] for one in value}
        if ranks.keys() != {*sides} or None in ranks.values():
            return ""
        left, right = (ranks[side] for side in sides)
        return "left" if left < right else "right" if left > right else "tie"
    if not isinstance(value, str):
        return ""
    return {sides[0]: "left", sides[1]: "right"}.get(value, value if is_side(value) else "")


def _item(fields: Json) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def _is_ranking(value: object) -> TypeGuard[list[Json]]:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(v, dict) and {"value", "rank"} <= v.keys() for v in value)
    )


def _has_ties(value: object) -> bool:
    ranks = [one["rank"] for one in value if one["rank"] is not None] if _is_ranking(value) else []
    return len({*ranks}) < len(ranks)


def _answer(value: object, *, have_ties: bool) -> object:
    """A list of texts is several choices; one of records with a rank is a ranking, in buckets where some have the same rank; one of
    spans is spans."""
    if not isinstance(value, list) or not value:
        return value
    if _is_ranking(value) and have_ties:
        buckets: dict[str, list[str]] = {}
        for one in value:
            buckets.setdefault(str(one["rank"]), []).append(str(one["value"]))
        return {"buckets": {rank: sorted(names) for rank, names in buckets.items()}}
    if _is_ranking(value):
        ranked = sorted(value, key=lambda one: (one["rank"] is None, one["rank"] or 0))
        return {"ranking": [str(one["value"]) for one in ranked]}
    if all(isinstance(one, dict) and {"start", "end", "label"} <= one.keys() for one in value):
        return {"spans": [[one["start"], one["end"], one["label"]] for one in value]}
    return {"choices": [str(one) for one in value]}


def _doccano_row(entry: Json, *, is_single: bool) -> Json:
    label = entry["label"]
    if label and all(isinstance(one, list) and len(one) == 3 for one in label):
        answer: object = {"spans": label}
    elif is_single:
        answer = str(label[0]) if label else None
    else:
        answer = {"choices": [str(one) for one in label]} if label else None
    return {"annotator": entry["annotator"], "item": entry["text"], "answer": answer}
