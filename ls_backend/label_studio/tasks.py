"""What a task shows: which item it is, and on which side its responses stand. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


@dataclass(frozen=True, slots=True)
class Showing:
    """A pair as a task shows it: the item it is, and whether its second response stands on the left."""

    item: str
    mirrored: bool


def showing(data: Json, mapping: AnswerMapping, fields: Iterable[str]) -> Showing | None:
    """Which item a task's data shows, by what the annotator can see of it; None where a side is missing.

    Of the two responses, the one whose text sorts first is the item's first response; so the same pair with its sides
    swapped is the same item, mirrored. In other tasks than pairs, everything that is shown makes the item.
    """
    if mapping.task != "pair":
        shown = {f: _text(data[f]) for f in sorted(fields) if f in data}
        return Showing(_name(shown), mirrored=False) if shown else None
    if mapping.left not in data or mapping.right not in data:
        return None
    left, right = _text(data[mapping.left]), _text(data[mapping.right])
    context = {f: _text(data.get(f)) for f in sorted(fields) if f not in (mapping.left, mapping.right)}
    return Showing(_name([context, sorted((left, right))]), mirrored=left > right)


def _name(shown: object) -> str:
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:20]


def words_of(data: Json, fields: Iterable[str]) -> int:
    """How many words a task shows."""
    return sum(len(_text(data[f]).split()) for f in fields if f in data)


def swap(data: Json, mapping: AnswerMapping) -> Json:
    """The same pair with its sides swapped; all other fields, and their order, as they are. Other tasks have no sides."""
    return {key: data[mapping.flip.get(key, key)] for key in data}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
