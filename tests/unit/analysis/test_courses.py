"""How work goes over time."""

import numpy as np
import pytest

from ls_backend.analysis.courses import MONDAY, WEEK_SECONDS, hours_of_day, median_lead_times, weeks
from ls_backend.measurement.evidence import find_checks
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.simulation.project import Design, simulate, steady

WEEK_3 = MONDAY + 3 * WEEK_SECONDS


def judgment(annotator: str, item: str, at: float, lead_time: float | None = None, preference: int = 1) -> Judgment:
    return Judgment(annotator, item, preference, False, at, f"{annotator}-{item}-{at}", lead_time)


def test_weeks_begin_on_mondays_and_those_without_work_are_there() -> None:
    judged = Judgments.of(
        [
            judgment("a", "i", WEEK_3, 4.0),
            judgment("a", "g", WEEK_3 + WEEK_SECONDS - 1, 8.0),
            judgment("a", "i", WEEK_3 + 2 * WEEK_SECONDS, None, preference=-1),
            judgment("b", "i", WEEK_3 - WEEK_SECONDS, 1.0),
        ]
    )
    checks = find_checks(judged, {"g": GoldItem(1)})
    own = judged.annotator == judged.annotators.index("a")
    course = weeks(judged, checks, of=own)
    assert [week.start for week in course] == [WEEK_3 + n * WEEK_SECONDS for n in range(3)]
    assert [week.judgments for week in course] == [2, 0, 1]
    assert [week.lead_time for week in course] == [6.0, None, None]
    assert [(week.gold.value, week.gold.n) for week in course] == [(1.0, 1), (None, 0), (None, 0)]
    assert [(week.self_consistency.value, week.self_consistency.n) for week in course] == [
        (None, 0),
        (None, 0),
        (0.0, 1),
    ]
    assert [week.judgments for week in weeks(judged, checks)] == [1, 2, 0, 1]
    assert weeks(judged, checks, of=np.zeros(4, dtype=np.bool_)) == []


def test_everybodys_weeks_add_up_to_the_projects() -> None:
    crew = tuple(steady(f"a{n}", 0.8) for n in range(5))
    simulated = simulate(crew, Design(labels=60), rng=np.random.default_rng(3))
    judged = simulated.judgments
    checks = find_checks(judged, simulated.gold)
    whole = weeks(judged, checks)
    parts = [weeks(judged, checks, of=judged.annotator == a) for a in range(5)]
    assert (
        sum(week.judgments for week in whole) == sum(week.judgments for part in parts for week in part) == len(judged)
    )
    assert sum(week.gold.n for week in whole) == sum(week.gold.n for part in parts for week in part)


def test_medians_are_those_of_each_annotators_known_lead_times() -> None:
    rng = np.random.default_rng(0)
    rows = [
        judgment(f"a{a}", f"i{n}", 1e9 + n, None if rng.random() < 0.3 else float(rng.exponential(9)))
        for a in range(6)
        for n in range(int(rng.integers(1, 12)))
    ]
    rows.append(judgment("quiet", "i0", 1e9))
    judged = Judgments.of(rows)
    medians = dict(zip(judged.annotators, median_lead_times(judged), strict=True))
    for annotator in judged.annotators:
        known = [r.lead_time for r in rows if r.annotator == annotator and r.lead_time is not None]
        assert medians[annotator] == (pytest.approx(np.median(known)) if known else None)
    assert medians["quiet"] is None
    assert median_lead_times(Judgments.of([])) == []


def test_hours_are_those_of_the_day_in_utc() -> None:
    hours = hours_of_day(np.array([0.0, 3599.0, 3600.0, 86400 * 20_000 + 23.5 * 3600]))
    assert hours.tolist() == [2, 1, *[0] * 21, 1]
