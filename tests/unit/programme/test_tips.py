"""Tips: told to who has the habit, and hardly ever to who has not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.evidence import find_checks
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.programme.tips import MOST_TIPS, Profile, TipKind, tips
from ls_backend.services.queries.figures import CheckedJudgments
from ls_backend.services.queries.own_course import beyond_expected, profile_of
from ls_backend.simulation.project import Design, SimulatedAnnotator, simulate, steady
from tests.fakes import CONTRACT

DESIGN = Design(labels=200, retest_rate=0.15, gold_rate=0.05)
RUNS = 20
HONEST = tuple(steady(f"{n}", 0.9) for n in range(8))


SITTING, PER_HOUR = 300, 120  # answers in a sitting, and in an hour of it
Habit = Callable[[Judgments, np.random.Generator], Judgments]


def told(
    crew: tuple[SimulatedAnnotator, ...], seed: int, design: Design = DESIGN, habit: Habit | None = None
) -> list[set[TipKind]]:
    """The habits that each of a crew is told of. They sit for 300 answers in a row, and read at a pace that grows with the items' length;
    the last of them has the ``habit``."""
    rng = np.random.default_rng(seed)
    simulated = simulate(crew, design, rng=rng)
    judged = simulated.judgments
    lengths = np.exp(rng.normal(6.5, 0.7, len(judged.items)))
    read = lengths[judged.item] ** rng.uniform(0.35, 1.0, len(crew))[judged.annotator]
    judged = replace(
        judged,
        slices=("one", "other"),
        slice=judged.item % 2,
        at=judged.at + judged.position // SITTING * 40_000.0,
        lead_time=read * np.exp(rng.normal(0, 0.5, len(judged))),
    )
    if habit is not None:
        last, changed = judged.annotator == len(crew) - 1, habit(judged, rng)
        judged = replace(
            judged,
            preference=np.where(last, changed.preference, judged.preference),
            lead_time=np.where(last, changed.lead_time, judged.lead_time),
        )
    checked = CheckedJudgments(judged, find_checks(judged, simulated.gold, min_lag=10), simulated.gold)
    beyond = beyond_expected(checked)
    cards = scorecards(ScoringInput(judged, simulated.gold, Contract.parse(CONTRACT), min_lag=10))
    profiles = [profile_of(checked, beyond, card, lengths) for card in cards]
    return [{tip.kind for tip in tips(profile) if not tip.is_strength} for profile in profiles]


def test_somebody_without_a_habit_is_hardly_ever_told_of_one() -> None:
    false_tips = [bool(kinds) for seed in range(RUNS) for kinds in told(HONEST, seed)]
    assert len(false_tips) == 160
    assert np.mean(false_tips) <= 0.08  # 5 % of people, measured on these seeds


def test_who_leans_to_one_side_is_told_so() -> None:
    leaning = steady("leaning", 0.4, lam=0.95)
    found = [TipKind.SIDE in told((*HONEST, leaning), seed)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.9


def test_who_tires_is_told_to_take_a_break_once_there_are_many_checks() -> None:
    tiring = SimulatedAnnotator("tiring", lambda progress: 1.0 if progress < 0.5 else 0.0)
    design = replace(DESIGN, labels=600)
    found = [bool({TipKind.TREND, TipKind.LATE} & told((*HONEST, tiring), seed, design)[-1]) for seed in range(RUNS)]
    assert np.mean(found) >= 0.4  # 65 %, measured on these seeds; with 200 labels 5 %


def test_who_tires_in_each_sitting_is_told_so_once_there_are_many_checks() -> None:
    late = PER_HOUR / SITTING
    tiring = SimulatedAnnotator("tiring", lambda progress: 1.0 if progress * 4 % 1 < late else 0.0)
    design = replace(DESIGN, labels=4 * SITTING)
    found = [TipKind.LATE in told((*HONEST, tiring), seed, design)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.6  # 75 %, measured on these seeds


def test_who_passes_quickly_over_long_items_is_told_so() -> None:
    def quick(judged: Judgments, rng: np.random.Generator) -> Judgments:
        return replace(judged, lead_time=20 * np.exp(rng.normal(0, 0.5, len(judged))))

    found = [TipKind.PACE in told((*HONEST, steady("quick", 0.9)), seed, habit=quick)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.8


def test_who_calls_most_pairs_a_tie_is_told_so() -> None:
    def undecided(judged: Judgments, rng: np.random.Generator) -> Judgments:
        return replace(judged, preference=np.where(rng.random(len(judged)) < 0.7, 0, judged.preference))

    found = [TipKind.TIES in told((*HONEST, steady("torn", 0.9)), seed, habit=undecided)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.9


def test_who_guesses_in_one_slice_is_told_so_once_there_are_many_checks() -> None:
    def guesses(judged: Judgments, rng: np.random.Generator) -> Judgments:
        guess = np.where(rng.random(len(judged)) < 0.5, 1, -1)
        return replace(judged, preference=np.where(judged.slice == 1, guess, judged.preference))

    design = replace(DESIGN, labels=600)
    found = [TipKind.SLICE in told((*HONEST, steady("patchy", 1.0)), seed, design, guesses)[-1] for seed in range(RUNS)]
    assert np.mean(found) >= 0.4  # 60 %, measured on these seeds


def known(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 50)


def test_strengths_come_first_and_tips_are_few() -> None:
    profile = Profile(
        judgments=100,
        self_consistency=known(0.9, 0.8, 0.95),
        gold=known(0.95, 0.85, 0.99),
        left_bias=known(0.5, 0.3, 0.7),
        ties=known(0.7, 0.6, 0.8),
        by_slice={"a": known(-0.3, -0.5, -0.1), "b": known(-0.2, -0.4, -0.1)},
        trend=known(-0.4, -0.6, -0.2),
        late=Estimate.unknown("no check"),
        pace=known(0.1, 0.0, 0.15),
    )
    given = tips(profile)
    assert [tip.is_strength for tip in given] == [True, True] + [False] * MOST_TIPS
    assert tips(replace(profile, judgments=10)) == given[:2]
