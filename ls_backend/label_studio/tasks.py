"""What a task shows: which item it is, and on which side its responses stand. Pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind


@dataclass(frozen=True, slots=True)
class Showing:
    """An item as one task shows it; ``mirrored`` says that its second response stands on the left."""

    item: str
    mirrored: bool


def read_showing(data: Json, mapping: AnswerMapping, fields: Iterable[str]) -> Showing | None:
    """Which item a task's data shows. The item follows from what the annotator can see; None where a side is missing.

    The first response of an item is the one whose text sorts first. So the same pair with its sides swapped is the same
    item, mirrored. In other tasks than pairs, everything that is shown makes the item.
    """
    if mapping.task is not TaskKind.PAIR:
        texts = {field: _text(data[field]) for field in sorted(fields) if field in data}
        return Showing(_item_id(texts), mirrored=False) if texts else None
    if mapping.left not in data or mapping.right not in data:
        return None
    left, right = _text(data[mapping.left]), _text(data[mapping.right])
    context = {field: _text(data.get(field)) for field in sorted(fields) if field not in (mapping.left, mapping.right)}
    return Showing(_item_id([context, sorted((left, right))]), mirrored=left > right)


def _item_id(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()[:20]


def count_words(data: Json, fields: Iterable[str]) -> int:
    """How many words a task shows."""
    return sum(len(_text(data[field]).split()) for field in fields if field in data)


def swap_sides(data: Json, mapping: AnswerMapping) -> Json:
    """The same pair with its sides swapped. All other fields, and their order, stay as they are; other tasks have no sides."""
    return {field: data[mapping.opposite_field.get(field, field)] for field in data}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
