"""Records as JSON: a record is written out by its fields, so that a new field needs no further line."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from ls_backend.types import Json

Record = TypeVar("Record")
PLAIN = (str, int, float, bool, type(None))


def to_dict(record: object) -> Json:
    """A dataclass as JSON: enums as their values, tuples as lists, records inside by their own ``to_dict`` where they have one."""
    assert is_dataclass(record)  # noqa: S101  (a caller's mistake)
    return {f.name: to_json(getattr(record, f.name)) for f in fields(record)}


def to_json(value: object) -> Any:
    """Any value that stands in a record, as JSON. A record may have a ``to_dict`` of its own, such as an estimate with rounded
    figures."""
    if type(value) in PLAIN:
        return value
    if (write := getattr(value, "to_dict", None)) is not None:
        return write()
    if is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(entry) for entry in value]
    return value


def from_dict(kind: type[Record], data: Json) -> Record:
    """The record that :func:`to_dict` wrote, keys that are no fields left out.

    Raises:
        pydantic.ValidationError: a field without a default is missing, or a value is of another type.
    """
    record: Record = _reader(kind).validate_python(data)  # type: ignore[arg-type]  # classes are hashable
    return record


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
