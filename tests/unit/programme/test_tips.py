"""Tips: told to who has the habit, and hardly ever to who has not."""

from dataclasses import replace

import numpy as np

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import find_checks
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.programme.tips import MOST_TIPS, Profile, TipKind, tips
from ls_backend.services.queries.figures import CheckedJudgments
from ls_backend.services.queries.own import beyond_expected, profile_of
from ls_backend.simulation.project import Design, SimulatedAnnotator, simulate, steady
from tests.fakes import CONTRACT

DESIGN = Design(labels=200, retest_rate=0.15, gold_rate=0.05)
RUNS = 20
HONEST = tuple(steady(f"{n}", 0.9) for n in range(8))


def told(crew: tuple[SimulatedAnnotator, ...], seed: int, design: Design = DESIGN) -> list[set[TipKind]]:
    """The habits that each of a crew is told of."""
    simulated = simulate(crew, design, rng=np.random.default_rng(seed))
    judged = simulated.judgments
    judged = replace(judged, slices=("one", "other"), slice=judged.item % 2)
    checked = CheckedJudgments(judged, find_checks(judged, simulated.gold, min_lag=10), simulated.gold)
    beyond = beyond_expected(checked)
    cards = scorecards(ScoringInput(judged, simulated.gold, Contract.parse(CONTRACT), min_lag=10))
    return [{tip.kind for tip in tips(profile_of(checked, beyond, card)) if not tip.is_strength} for card in cards]


def test_somebody_without_a_habit_is_hardly_ever_told_of_one() -> None:
    false_tips = [bool(kinds) for seed in range(RUNS) for kinds in told(HONEST, seed)]
    assert len(false_tips) == 160
    assert np.mean(false_tips) <= 0.08  # 4 % of people, measured on these seeds


def test_who_leans_to_one_side_is_told_so() -> None:
    leaning = steady("leaning", 0.4, lam=0.95)
    found = [TipKind.SIDE in told((*HONEST, leaning), seed)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.9


def test_who_tires_is_told_to_take_a_break_once_there_are_many_checks() -> None:
    tiring = SimulatedAnnotator("tiring", lambda progress: 1.0 if progress < 0.5 else 0.0)
    design = replace(DESIGN, labels=600)
    found = [TipKind.TREND in told((*HONEST, tiring), seed, design)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.4  # 65 %, measured on these seeds; with 200 labels 5 %


def known(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 50)


def test_strengths_come_first_and_tips_are_few() -> None:
    profile = Profile(
        judgments=100,
        self_consistency=known(0.9, 0.8, 0.95),
        gold=known(0.95, 0.85, 0.99),
        left_bias=known(0.5, 0.3, 0.7),
        ties=known(0.7, 0.6, 0.8),
        by_slice={"a": known(0.3, 0.1, 0.5), "b": known(0.2, 0.1, 0.4)},
        trend=known(-0.4, -0.6, -0.2),
    )
    given = tips(profile)
    assert [tip.is_strength for tip in given] == [True, True] + [False] * MOST_TIPS
    assert tips(replace(profile, judgments=10)) == given[:2]
