"""Checks go where they decide, at the same total, with no saving up, and never below the floor for long."""

from dataclasses import replace

import numpy as np
import pytest

from ls_backend.programme.adaptive import FLOOR, HIGHEST, GivenSeed, doubt_factor, kinds_due, times_the_rate
from ls_backend.programme.seed_schedule import SeedKind, SeedPolicy

POLICY = SeedPolicy(retest_rate=0.1, gold_rate=0.05, min_lag=5, salt="s")


@pytest.mark.parametrize(
    ("doubts", "times"),
    [
        ([0.2, 0.4], [0.4, 1.6]),
        ([0.5, 0.1, 0.1, 0.1], [HIGHEST, FLOOR, FLOOR, FLOOR]),
        ([0.3, 0.1, 0.1], [7 / 3, FLOOR, FLOOR]),
        ([0.4, None, 0.2], [1.6, 1.0, 0.4]),
        ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
        ([None], [1.0]),
    ],
)
def test_checks_go_by_the_square_of_the_doubt(doubts: list[float | None], times: list[float]) -> None:
    factor = doubt_factor(doubts)
    assert [times_the_rate(doubt, factor) for doubt in doubts] == pytest.approx(times)


def test_the_total_is_that_of_the_rates_and_nobody_goes_without_or_gets_more_than_the_highest() -> None:
    doubts = np.random.default_rng(2).beta(0.3, 1, 500).tolist()
    times = [times_the_rate(doubt, doubt_factor(doubts)) for doubt in doubts]
    assert sum(times) == pytest.approx(500)
    assert min(times) == FLOOR
    assert max(times) == HIGHEST


def work(times: list[float], *, annotator: str = "7", delay: int = 2) -> list[tuple[int, SeedKind]]:
    """An annotator at work at changing times the rate; a seed that is due comes after ``delay`` other judgments. Where each stood."""
    given: list[GivenSeed] = []
    places = []
    for n, now in enumerate(times):
        for kind in kinds_due(np.arange(n, dtype=np.float64), given, annotator=annotator, policy=POLICY, times=now):
            given.append(GivenSeed(kind, n - 0.5, is_open=True))
        waiting = [k for k, seed in enumerate(given) if seed.is_open and seed.planned_at + delay < n]
        if waiting:
            given[waiting[0]] = replace(given[waiting[0]], is_open=False)
            places.append((n, given[waiting[0]].kind))
    return places


@pytest.mark.parametrize("delay", [0, 4])
@pytest.mark.parametrize("times", [FLOOR, 1.0, 2.0])
def test_checks_come_at_the_rate_however_long_they_are_on_their_way(times: float, delay: int) -> None:
    places = work([times] * 3000, delay=delay)
    for kind in SeedKind:
        share = sum(k is kind for _, k in places) / 3000
        assert share == pytest.approx(times * POLICY.rate(kind), rel=0.15)


def test_nothing_is_saved_up_and_nobody_goes_without() -> None:
    places = [n for n, kind in work([FLOOR] * 1000 + [HIGHEST] * 300 + [FLOOR] * 700) if kind is SeedKind.RETEST]
    busiest = max(sum(start <= n < start + 30 for n in places) for start in range(2000))
    assert busiest <= 1.8 * HIGHEST * 0.1 * 30
    distance = np.diff([0, *places, 2000])
    assert distance.max() <= 1.5 / (FLOOR * 0.1) + 6
    later = [n for n in places if 1300 <= n < 1400]
    assert len(later) >= 2, "many checks before do not stand for those to come"


def test_the_next_check_can_not_be_foretold_from_the_last() -> None:
    places = [n for n, kind in work([1.0] * 4000) if kind is SeedKind.RETEST]
    assert np.diff(places).std() >= 2.5
