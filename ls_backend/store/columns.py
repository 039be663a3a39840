"""Column types that give records and enums instead of bare JSON and strings."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class Converted(sa.types.TypeDecorator[Any]):
    """A column whose values are converted on the way in (``write``) and out (``read``); NULL stays NULL."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, impl: sa.types.TypeEngine[Any], read: Callable[[Any], Any], write: Callable[[Any], Any]) -> None:
        super().__init__()
        self.impl_instance = impl
        self.read, self.write = read, write

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else self.write(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else self.read(value)


def of_record(read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Converted:
    """A JSON column that holds a record."""
    return Converted(sa.JSON(none_as_null=True), read, write)


def of_enum(kind: type[StrEnum], length: int | None = None) -> Converted:
    """A text column that holds one of the values of an enum."""
    return Converted(sa.Text() if length is None else sa.String(length), kind, str)


def of_reason() -> Converted:
    """A text column that says why something can't be read, in which the odd things are quoted that stand there: what no database takes, half
    a character (a lone surrogate) and a character 0, is written as an escape."""
    return Converted(sa.Text(), str, _storable)


def _storable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
