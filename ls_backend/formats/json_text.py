"""JSON as people have it: one document, or one after the other (JSON lines). Pure."""

import json
import re
from collections.abc import Iterator

BEGINS_AS_JSON = re.compile(r"\ufeff?\s*[\[{]")
HALF_CHARACTER = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
"""An escaped half of a character beyond the first 65536; most have their other half beside them."""

_decoder = json.JSONDecoder(parse_constant=lambda _: None)


def parse_json(text: str) -> object:
    """One JSON document. NaN and Infinity, which JSON does not have, are null; half a character (a lone surrogate) is U+FFFD.

    Raises:
        ValueError: says what is wrong.
    """
    documents = list(parse_documents(text))
    if len(documents) != 1:
        raise ValueError("there is no value" if not documents else "more follows after the value")
    return documents[0][1]


def parse_documents(text: str, *, between: str = " \t\r\n") -> Iterator[tuple[int, object]]:
    """The documents in a text, each with its line; as :func:`parse_json`. ``between`` are the characters that may divide them."""
    has_halves = HALF_CHARACTER.search(text) is not None
    position, line, counted_to = 0, 1, 0
    while True:
        while position < len(text) and text[position] in between:
            position += 1
        if position == len(text):
            return
        line += text.count("\n", counted_to, position)
        counted_to = position
        try:
            document, position = _decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno}: not valid JSON ({error.msg})") from error
        except RecursionError:
            raise ValueError(f"line {line}: nested too deeply") from None
        except ValueError as error:  # a number of more digits than Python reads
            raise ValueError(f"line {line}: {error}") from error
        yield line, _without_halves(document) if has_halves else document


def _without_halves(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_halves(entry) for entry in value]
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(entry) for key, entry in value.items()}
    return value
