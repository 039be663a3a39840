"""Mapping files (TOML): how an answer is read from a user's own label config. Pure."""

import tomllib

from ls_backend.errors import MappingError
from ls_backend.formats.answers import parse_side
from ls_templates.mapping import AnswerMapping


def parse_mapping(text: str, *, source: str) -> AnswerMapping:
    """Read a mapping file.

    Raises:
        MappingError: names the key and the cure.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{source}: not valid TOML: {error}") from error
    for key in ("control", "left", "right"):
        if not isinstance(table.get(key), str):
            raise MappingError(f"{source}: {key} is missing; give the name as a string")
    if table["left"] == table["right"]:
        raise MappingError(f"{source}: left and right name the same field {table['left']!r}")
    values = table.get("values") or {"left": "left", "right": "right"}
    if not isinstance(values, dict):
        raise MappingError(f"{source}: values must be a table [values], from answers to left, right or tie")
    try:
        meanings = {str(value): parse_side(str(side)) for value, side in values.items()}
    except ValueError as error:
        raise MappingError(f"{source}: [values]: {error}") from error
    return AnswerMapping(table["control"], table["left"], table["right"], meanings)
