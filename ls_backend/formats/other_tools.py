"""Exports of other labelling tools in JSON, as rows of a table: Argilla's records, doccano's documents. Pure."""

import json
from collections.abc import Iterator, Sequence

from ls_backend.errors import InputError
from ls_backend.formats.notes import listed
from ls_backend.types import Json


def rows_of_tool(entries: Sequence[Json], *, source: str) -> list[Json] | None:
    """The rows of an export of Argilla or doccano; None where it is neither. What was discarded, or is a draft, has no answer.

    Raises:
        InputError: it does not say who answered, or asks several questions.
    """
    if entries and all(isinstance(entry.get("fields"), dict) and "responses" in entry for entry in entries):
        rows = [row for entry in entries for row in _argilla_rows(entry)]
        questions = sorted({str(row["question"]) for row in rows})
        if len(questions) > 1:
            raise InputError(
                f"{source}: an export of Argilla with several questions ({listed(questions)}); leave the responses to one of them in it"
            )
        return [{name: value for name, value in row.items() if name != "question"} for row in rows]
    if entries and all(isinstance(entry.get("label"), list) and "text" in entry for entry in entries):
        if not all(entry.get("annotator") for entry in entries):
            raise InputError(
                f"{source}: an export of doccano, which does not say who labelled (it writes a file for each person); add "
                '"annotator" to each line, and put the files together'
            )
        is_single = all(len(entry["label"]) <= 1 for entry in entries)
        return [_doccano_row(entry, is_single=is_single) for entry in entries]
    return None


def _argilla_rows(entry: Json) -> Iterator[Json]:
    item = json.dumps(entry["fields"], ensure_ascii=False, sort_keys=True)
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
            answer = _answer(one.get("value")) if counts else None
            yield {"annotator": one.get("user_id"), "item": item, "answer": answer, "question": question}


def _answer(value: object) -> object:
    """A list of texts is several choices; one of records with a rank is a ranking, one of spans is spans."""
    if not isinstance(value, list) or not value:
        return value
    if all(isinstance(one, dict) and {"value", "rank"} <= one.keys() for one in value):
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
