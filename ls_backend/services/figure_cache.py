"""Figures that take long to compute, kept in memory until what they rest on changes.

A figure that is out of date and takes long is computed again beside the request that asked, which gets the earlier one with its time:
a page never waits for a large project twice.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
PATIENCE_SECONDS = 0.1  # what takes longer than this is computed beside the request


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A value, what it rests on (``basis``), when it was computed, and how long that took."""

    value: T
    basis: Hashable
    computed_at: float
    seconds: float


@dataclass
class FigureCache:
    """Figures by key. Any number of threads may ask."""

    _figures: dict[Hashable, Figure[Any]] = field(default_factory=dict)
    _locks: dict[Hashable, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self, key: Hashable, basis: Hashable, compute: Callable[[], T], *, clock: Callable[[], float] = time.time
    ) -> Figure[T]:
        """The figure for a key on this basis; an earlier one where that is quick to have and this one is not."""
        known = cast(Figure[T] | None, self._figures.get(key))
        if known is not None and known.basis == basis:
            return known
        lock = self._lock(key)
        if known is not None and known.seconds > PATIENCE_SECONDS:
            if lock.acquire(blocking=False):
                threading.Thread(
                    target=self._compute_beside, args=(lock, key, basis, compute, clock), daemon=True
                ).start()
            return known
        with lock:
            known = self._figures.get(key)
            if known is not None and known.basis == basis:
                return known
            return self._compute(key, basis, compute, clock)

    def _lock(self, key: Hashable) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def _compute_beside(
        self,
        lock: threading.Lock,
        key: Hashable,
        basis: Hashable,
        compute: Callable[[], T],
        clock: Callable[[], float],
    ) -> None:
        try:
            self._compute(key, basis, compute, clock)
        finally:
            lock.release()

    def _compute(
        self, key: Hashable, basis: Hashable, compute: Callable[[], T], clock: Callable[[], float]
    ) -> Figure[T]:
        started = time.monotonic()
        figure = Figure(compute(), basis, clock(), time.monotonic() - started)
        self._figures[key] = figure
        return figure
