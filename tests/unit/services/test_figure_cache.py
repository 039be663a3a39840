"""Figures that are kept: computed once, again when their basis changes, and never twice at once."""

import threading

import pytest

from ls_backend.errors import InputError, NotReadyError
from ls_backend.services import figure_cache
from ls_backend.services.figure_cache import FigureCache


def test_a_figure_is_computed_once_for_each_basis() -> None:
    cache, computed = FigureCache(), list[int]()

    def compute() -> int:
        computed.append(len(computed))
        return computed[-1]

    assert [cache.get("key", basis, compute).value for basis in (1, 1, 2, 2)] == [0, 0, 1, 1]
    assert cache.get("another key", 2, compute).value == 2


def test_who_has_an_earlier_figure_does_not_wait_for_a_slow_one() -> None:
    cache, may_end = FigureCache(), threading.Event()
    earlier = cache.get("key", 1, lambda: "earlier", clock=lambda: 5.0)

    def slow() -> str:
        assert may_end.wait(10)
        return "new"

    assert cache.get("key", 2, slow) == earlier
    assert earlier.computed_at == 5.0
    may_end.set()
    for _ in range(100):
        newest = cache.get("key", 2, slow)
        if newest.value == "new":
            return
    raise AssertionError(newest)


def test_who_has_none_is_told_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_cache, "FIRST_PATIENCE_SECONDS", 0.01)
    cache, may_end, computed = FigureCache(), threading.Event(), list[int]()

    def slow() -> str:
        computed.append(1)
        assert may_end.wait(10)
        return "there"

    for _ in range(3):
        with pytest.raises(NotReadyError, match="Open the page again"):
            cache.get("key", 1, slow)
    may_end.set()
    monkeypatch.setattr(figure_cache, "FIRST_PATIENCE_SECONDS", 10)
    assert cache.get("key", 1, slow).value == "there"
    assert computed == [1]


def test_a_failure_reaches_who_asks_and_is_not_kept() -> None:
    cache = FigureCache()

    def fail() -> str:
        raise InputError("no such thing")

    with pytest.raises(InputError):
        cache.get("key", 1, fail)
    assert cache.get("key", 1, lambda: "well").value == "well"
