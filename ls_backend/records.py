"""Records as JSON: a record is written out by its fields, so that a new field needs no further line."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from ls_backend.types import Json


@runtime_checkable
class WritesItself(Protocol):
    """A record with a JSON form of its own, such as an estimate with rounded figures."""

    def to_dict(self) -> Json: ...


def to_dict(record: object) -> Json:
    """A dataclass as JSON: enums as their values, tuples as lists, records inside by their own ``to_dict`` where they have one."""
    assert is_dataclass(record)  # noqa: S101  (a caller's mistake)
    return {f.name: to_json(getattr(record, f.name)) for f in fields(record)}


def to_json(value: object) -> Any:
    """Any value that stands in a record, as JSON."""
    if isinstance(value, WritesItself):
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return to_dict(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(entry) for entry in value]
    return value
