"""Flags: odd work is found, and honest work is seldom flagged."""

from collections import Counter
from dataclasses import replace

import numpy as np

from ls_backend.analysis.anomalies import Flag, Habits, Meetings, find_flags
from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.arrays import Floats
from ls_backend.measurement.judgments import Judgments
from ls_backend.simulation.project import Design, SimulatedAnnotator, SimulatedProject, simulate, steady

HONEST = [steady("h", e) for e in (0.95, 0.9, 0.85, 0.8, 0.6, 0.9, 0.95, 0.7)]


def project(more: list[SimulatedAnnotator], seed: int = 0, **layout: float) -> SimulatedProject:
    design = Design(labels=200, **layout)  # type: ignore[arg-type]
    simulated = simulate([*HONEST, *more], design, np.random.default_rng(seed))
    lead = np.random.default_rng([seed, 9]).gamma(6, 2, len(simulated.judgments))
    return replace(simulated, judgments=replace(simulated.judgments, lead_time=lead))


def flags_of(judgments: Judgments, lengths: Floats | None = None) -> list[Flag]:
    meetings = Meetings.of(FirstAnswers.of(judgments, ()), None)
    return find_flags(Habits.of(judgments, lengths=lengths), meetings)


def flagged(simulated: SimulatedProject) -> set[tuple[str, str]]:
    return {(f.annotator, f.flag) for f in flags_of(simulated.judgments)}


def test_one_side_streaks_and_copies_are_flagged() -> None:
    simulated = project([steady("l", 0.2, lam=1.0), steady("c", 0.3, copies=1.0)], overlap=4)
    flags = flagged(simulated)
    assert ("0008", "one side") in flags
    assert ("0009", "copies") in flags


def test_answers_too_fast_to_have_been_read_are_flagged() -> None:
    simulated = project([])
    lead = simulated.judgments.lead_time.copy()
    lead[simulated.judgments.annotator == 3] /= 6
    flags = flagged(replace(simulated, judgments=replace(simulated.judgments, lead_time=lead)))
    assert {f for f in flags if f[1] == "fast"} == {("0003", "fast")}


def test_clicking_through_some_of_them_is_found_against_the_own_pace_whoever_is_slow_or_quick() -> None:
    simulated = project([])
    lead, who = simulated.judgments.lead_time.copy(), simulated.judgments.annotator
    lead[who == 1] *= 4
    lead[(who == 1) & (simulated.judgments.position % 4 == 0)] /= 12
    flags = flagged(replace(simulated, judgments=replace(simulated.judgments, lead_time=lead)))
    assert {f for f in flags if f[1] == "uneven"} == {("0001", "uneven")}


def test_a_short_item_is_answered_sooner_and_that_is_no_haste() -> None:
    simulated = project([])
    words = np.random.default_rng(3).choice([4.0, 400.0], len(simulated.judgments.items), p=[0.1, 0.9])
    lead = simulated.judgments.lead_time * np.sqrt(words[simulated.judgments.item])
    judgments = replace(simulated.judgments, lead_time=lead)
    assert not {f.flag for f in flags_of(judgments, words)} & {"fast", "uneven"}


def test_memory_shows_in_the_lag() -> None:
    simulated = project([], retest_rate=0.3, min_lag=1)
    judgments = simulated.judgments
    value = judgments.preference.copy()
    first: dict[tuple[int, int], int] = {}
    for n in range(len(judgments)):
        key = (int(judgments.annotator[n]), int(judgments.item[n]))
        near = key in first and judgments.position[n] - judgments.position[first[key]] < 40
        if judgments.annotator[n] == 4 and key in first:
            value[n] = value[first[key]] if near else -value[first[key]]
        first.setdefault(key, n)
    flags = flagged(replace(simulated, judgments=replace(judgments, preference=value)))
    assert ("0004", "memory") in flags


def test_the_honest_are_seldom_flagged() -> None:
    counts: Counter[str] = Counter()
    for seed in range(40):
        counts.update(name for _, name in flagged(project([], seed)))
    assert sum(counts.values()) <= 0.05 * 40 * 2, (
        counts
    )  # a project with any false flag at all is at most one in twenty, or so


def test_no_judgments_are_no_flags() -> None:
    empty = project([]).judgments
    assert (
        flags_of(
            replace(
                empty,
                **{
                    k: getattr(empty, k)[:0]
                    for k in ("annotator", "item", "preference", "mirrored", "at", "lead_time", "slice")
                },
            )
        )
        == []
    )  # type: ignore[arg-type]
