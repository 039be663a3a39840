"""Answers in words."""

import json

MOST_CHARACTERS = 120  # of an answer that is a list; the item's page has all of it


def in_words(preference: int, mirrored: bool, text: str) -> str:
    """An answer: of a pair which response, how much where the scale has more than one step, and on which side it stood; of
    another task what was said, ``text`` being its canonical JSON."""
    if text:
        return _content(text)
    if not preference:
        return "neither"
    response = "first response" if preference > 0 else "second response"
    strength = f" by {abs(preference)}" if abs(preference) > 1 else ""
    side = "left" if (preference > 0) != mirrored else "right"
    return f"{response}{strength}, on the {side}"


def expected_in_words(preferred: int, text: str) -> str:
    """The known answer of a gold item; ``text`` as in :func:`in_words`."""
    if text:
        return _content(text)
    return "first response" if preferred > 0 else "second response"


def _content(text: str) -> str:
    answer = json.loads(text)
    value = next((answer[kind] for kind in ("choice", "rating") if kind in answer), None)
    if value is not None:
        return str(value)
    lists = [value for value in answer.values() if isinstance(value, list)]
    words = (", ".join(_word(entry) for entry in lists[0]) or "nothing") if lists else text
    return words if len(words) <= MOST_CHARACTERS else words[: MOST_CHARACTERS - 1] + "…"


def _word(entry: object) -> str:
    return entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
