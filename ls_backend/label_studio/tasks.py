"""What a task shows: which item it is, and on which side its responses stand. Pure."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ls_backend.label_studio.records import StudioTask
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


@dataclass(frozen=True, slots=True)
class Message:
    """A turn of a conversation."""

    role: str
    content: str


Prompt = str | tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class PairTexts:
    """What an item on a pair says: the ``first`` and the ``second`` response in canonical order, and the prompt, a text or a
    conversation."""

    prompt: Prompt
    first: str
    second: str

    @property
    def words(self) -> int:
        """How many there are to read."""
        turns = (self.prompt,) if isinstance(self.prompt, str) else [turn.content for turn in self.prompt]
        return sum(len(text.split()) for text in (*turns, self.first, self.second))


def read_pair_texts(data: Json, mapping: AnswerMapping, context: Iterable[str]) -> PairTexts | None:
    """The texts of a task on a pair; the fields of the ``context`` that hold something make the prompt, divided by an empty line.
    None where a side is missing."""
    if mapping.left not in data or mapping.right not in data:
        return None
    first, second = sorted((_text(data[mapping.left]), _text(data[mapping.right])))
    parts = [data[field] for field in context if data.get(field)]
    prompt = read_prompt(parts[0]) if len(parts) == 1 else "\n\n".join(map(_text, parts))
    return PairTexts(prompt, first, second)


def shown_text(data: Json, fields: Iterable[str]) -> str:
    """What a task shows: the text of its only field, or all of them as JSON."""
    shown = {field: data[field] for field in fields if field in data}
    return _text(next(iter(shown.values()))) if len(shown) == 1 else json.dumps(shown, ensure_ascii=False)


def read_prompt(value: object) -> Prompt:
    """A list of turns, each with a role and a content (or author and text, as Label Studio's Paragraphs have it), is a
    conversation, also as JSON; everything else a text."""
    turns = value
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        try:
            turns = json.loads(value)
        except ValueError:
            return value
    messages = [message for turn in turns if (message := _message(turn))] if isinstance(turns, list) else []
    return tuple(messages) if messages and isinstance(turns, list) and len(messages) == len(turns) else _text(value)


def _message(turn: object) -> Message | None:
    if not isinstance(turn, dict):
        return None
    role, content = turn.get("role", turn.get("author")), turn.get("content", turn.get("text"))
    return Message(role, content) if isinstance(role, str) and isinstance(content, str) else None


def _item_id(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()[:20]


def read_margin(data: Json, fields: Sequence[str]) -> float | None:
    """How decided something else takes a task's pair to be: the number in one field, or the difference of those in two. None where
    no field is named, or the task has no such number."""
    try:
        numbers = [float(data[field]) for field in fields if not isinstance(data[field], bool)]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not numbers or len(numbers) < len(fields):
        return None
    margin = numbers[0] if len(numbers) == 1 else numbers[0] - numbers[1]
    return margin if math.isfinite(margin) else None


@dataclass(frozen=True, slots=True)
class MarginSource:
    """Where the margin of a task stands: in one field of its data, as the difference of two, or as the score of the predictions of a
    ``model`` (its model version in Label Studio). False where nothing is named."""

    fields: tuple[str, ...] = ()
    model: str = ""

    def __bool__(self) -> bool:
        return bool(self.fields or self.model)

    def __str__(self) -> str:
        return f"the predictions of {self.model}" if self.model else " and ".join(self.fields)

    def read(self, task: StudioTask) -> float | None:
        """None where the task has no such number."""
        if not self.model:
            return read_margin(task.data, self.fields)
        scores = [p.score for p in task.predictions if p.model_version == self.model and p.score is not None]
        return scores[-1] if scores and math.isfinite(scores[-1]) else None


NO_MARGIN = MarginSource()


def count_words(data: Json, fields: Iterable[str]) -> int:
    """How many words a task shows."""
    return sum(len(_text(data[field]).split()) for field in fields if field in data)


def swap_sides(data: Json, mapping: AnswerMapping) -> Json:
    """The same pair with its sides swapped. All other fields, and their order, stay as they are; other tasks have no sides."""
    return {field: data[mapping.opposite_field.get(field, field)] for field in data}


def slice_of(data: Json, slice_field: str | None) -> str | None:
    """The slice that a task's data name; None where there is no such field, or it is empty."""
    value = data.get(slice_field) if slice_field else None
    return None if value is None else str(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
