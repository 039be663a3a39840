"""Answers as people write them in files. Pure."""

import json

from ls_backend.errors import InputError
from ls_backend.measurement.similarity import canonical

SIDES = {"a": 1, "b": -1}
"""The responses of a pair, as signs of a preference."""


def parse_side(text: str) -> int:
    """``left`` -> 1, ``right:3`` -> -3, ``tie`` -> 0. Raises ValueError, naming the text."""
    side, _, strength = text.strip().partition(":")
    if side == "tie" and not strength:
        return 0
    if side not in ("left", "right") or (strength and not (strength.isdigit() and 1 <= int(strength) <= 9)):
        raise ValueError(f"{text!r} is not an answer: write left, right or tie, with a strength of 1 to 9 as in left:3")
    return (1 if side == "left" else -1) * int(strength or 1)


def parse_answer(answer: object) -> str:
    """The canonical answer of another task than pairs; plain text is a choice, an object says its kind
    (:mod:`ls_backend.measurement.similarity`).

    Raises:
        ValueError: says what is wrong.
    """
    try:
        if isinstance(answer, str) and answer.lstrip().startswith("{"):
            answer = json.loads(answer)
        return canonical({"choice": answer} if isinstance(answer, str) else answer)
    except (json.JSONDecodeError, InputError) as error:
        raise ValueError(str(error)) from error
