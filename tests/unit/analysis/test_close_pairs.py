"""Whoever considers the easy pairs and guesses the rest shows in agreement on close ones; a taste that few share does not."""

import numpy as np

from ls_backend.analysis.anomalies import FlagName, Habits, Meetings, easy_only, find_flags
from ls_backend.analysis.close_pairs import (
    CloseCare,
    GroupAgreement,
    GroupEvidence,
    care_by_group,
    care_on_close_pairs,
)
from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.measurement.decidedness import PairGroups, pair_groups
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.simulation.project import Design, SimulatedProject, margin_with_noise, simulate, steady

PEOPLE = [steady("m", 0.9)] * 12 + [steady("k", 0.9, opposed=1.0)] * 4 + [steady("e", 0.9, guesses_under=0.9)] * 4


def project(seed: int, labels: int = 1500) -> tuple[SimulatedProject, PairGroups]:
    design = Design(labels=labels, margin=margin_with_noise(0.5))
    simulated = simulate(PEOPLE, design, np.random.default_rng([seed, 12]))
    return simulated, pair_groups(simulated.judgments, simulated.gold)


def habits_and_meetings(simulated: SimulatedProject, groups: PairGroups) -> tuple[Habits, Meetings]:
    first = FirstAnswers.of(simulated.judgments, simulated.gold)
    return Habits.of(simulated.judgments, pair_groups=groups), Meetings.of(first, groups)


def care(simulated: SimulatedProject, groups: PairGroups) -> CloseCare:
    habits, meetings = habits_and_meetings(simulated, groups)
    assert habits.with_self is not None
    assert meetings.with_others is not None
    with_others = GroupAgreement.with_others(meetings.with_others, len(habits.annotators))
    return care_on_close_pairs(with_others, habits.with_self)


def test_p_values_are_small_for_who_guesses_close_pairs_and_even_for_the_others_of_either_taste() -> None:
    p = []
    for seed in range(4):
        simulated, groups = project(seed)
        p.append(care(simulated, groups).p)
    by_person = np.array(p)
    assert np.median(by_person[:, 16:]) < 0.12
    assert 0.2 < np.median(by_person[:, :12]) < 0.9
    assert 0.2 < np.median(by_person[:, 12:16]) < 0.9
    assert (by_person[:, :16] < 0.05).mean() < 0.12


def test_the_flag_says_what_was_seen_and_what_was_to_be_expected() -> None:
    simulated, groups = project(0)
    work = habits_and_meetings(simulated, groups)
    suspicions = {s.annotator: s for s in easy_only(*work)}
    assert set(suspicions) == set(simulated.judgments.annotators)
    assert "agreement beyond chance" in suspicions["0016"].evidence
    named = {flag.annotator for flag in find_flags(*work) if flag.flag is FlagName.EASY_ONLY}
    assert named <= {"0016", "0017", "0018", "0019"}


def test_where_nothing_tells_which_pairs_are_close_nobody_is_tested() -> None:
    simulated = simulate(PEOPLE, Design(labels=60), np.random.default_rng(1))
    groups = pair_groups(simulated.judgments, simulated.gold)
    assert not list(easy_only(*habits_and_meetings(simulated, groups)))


def test_of_a_few_answers_nothing_is_said() -> None:
    simulated, groups = project(0, labels=30)
    assert np.isnan(care(simulated, groups).p).all()


def test_attentiveness_on_decided_and_on_close_pairs_has_intervals_that_hold_it() -> None:
    careful, easy = [], []
    for seed in range(4):
        simulated, _ = project(seed)
        checks = find_checks(simulated.judgments, simulated.gold)
        posterior = gather_evidence(simulated.judgments, simulated.gold, checks=checks).attentiveness(pooled=True)
        by_group = care_by_group(GroupEvidence.of(simulated.judgments, checks), posterior)
        assert by_group.close_q < posterior.grouped_q[1]
        careful += [e.low <= 0.9 <= e.high for e in (*by_group.decided[:16], *by_group.close[:16])]
        easy += [one.value - other.value for one, other in zip(by_group.decided[16:], by_group.close[16:], strict=True)]
    assert np.mean(careful) > 0.75
    assert np.mean(easy) > 0.1
