"""A mapping that is put together when somebody looks into it. Pure."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

Value = TypeVar("Value")


class Deferred(Mapping[str, Value]):
    """What ``values`` returns, which is asked once and at the earliest when needed; ``size`` is how many there will be."""

    def __init__(self, size: int, values: Callable[[], dict[str, Value]]) -> None:
        self.size, self._values = size, values

    @cached_property
    def known(self) -> dict[str, Value]:
        """All of them."""
        return self._values()

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, name: str) -> Value:
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)
