"""Figures that take long to compute, kept in memory until what they rest on changes.

They are computed on threads of their own. Who asks waits a moment: then gets the figure, or the earlier one with its time, or
is told to ask again. So no page waits for a large project, and none computes the same twice at once.
"""

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from ls_backend.errors import NotReadyError

T = TypeVar("T")
PATIENCE_SECONDS = 0.1  # who has an earlier figure waits so long for the new one
FIRST_PATIENCE_SECONDS = 10.0  # and who has none, so long


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A value, what it rests on (``basis``), and when it was computed."""

    value: T
    basis: Hashable
    computed_at: float


@dataclass
class FigureCache:
    """Figures by key. Any number of threads may ask."""

    _figures: dict[Hashable, Figure[Any]] = field(default_factory=dict)
    _at_work: dict[Hashable, "Future[Figure[Any]]"] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self,
        key: Hashable,
        basis: Hashable,
        compute: Callable[[], T],
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE_SECONDS,
        first_patience: float | None = None,
    ) -> Figure[T]:
        """The figure for a key on this basis, or the earlier one where this one is not there after ``patience`` seconds.

        Raises:
            NotReadyError: there is no earlier one, and this one takes longer than ``first_patience`` seconds, by default
                :data:`FIRST_PATIENCE_SECONDS`.
        """
        if first_patience is None:
            first_patience = FIRST_PATIENCE_SECONDS
        with self._guard:
            known = cast(Figure[T] | None, self._figures.get(key))
            if known is not None and known.basis == basis:
                return known
            work = self._at_work.get(key)
            if work is None:
                work = self._at_work[key] = Future()
                threading.Thread(target=self._compute, args=(work, key, basis, compute, clock), daemon=True).start()
        finished, _ = wait([work], first_patience if known is None else patience)
        if finished:
            return cast(Figure[T], work.result())
        if known is None:
            raise NotReadyError(
                "The figures of this project are being computed for the first time since the service started. The more "
                "judgments it has, the longer that takes: about a minute for two million. Open the page again in a moment."
            )
        return known

    def forget(self, which: Callable[[Hashable], bool]) -> None:
        """Let go of the figures with some keys, those at work not."""
        with self._guard:
            for key in [*filter(which, self._figures)]:
                del self._figures[key]

    def _compute(
        self,
        work: "Future[Figure[Any]]",
        key: Hashable,
        basis: Hashable,
        compute: Callable[[], Any],
        clock: Callable[[], float],
    ) -> None:
        try:
            figure = Figure(compute(), basis, clock())
        except BaseException as error:  # noqa: BLE001  (whoever waits gets it)
            with self._guard:
                del self._at_work[key]
            work.set_exception(error)
            return
        with self._guard:
            self._figures[key] = figure
            del self._at_work[key]
        work.set_result(figure)
