"""Whom the flags (:mod:`ls_backend.analysis.anomalies`) name, with and without cause.

Twenty annotators without a fault, four of whom prefer the opposite of the majority everywhere, and one with an odd habit. People
differ: lead times are lognormal, with a median of their own (standard deviation 0.35 on the log scale) and a spread of their own
(0.4 to 0.7), and everybody uses the three strengths of a scale by a habit of their own, drawn from Dirichlet(6, 9, 6).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.analysis.anomalies import FlagName, Habits, Meetings, find_flags
from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.arrays import Bools
from ls_backend.measurement.decidedness import pair_groups
from ls_backend.measurement.judgments import Judgments
from ls_backend.simulation.project import Design, SimulatedAnnotator, margin_with_noise, simulate, steady
from ls_backend.simulation.studies import StudyOptions

MAJORITY, MINORITY = 16, 4
FAULTLESS = (*[steady("majority", 0.9)] * MAJORITY, *[steady("minority", 0.9, opposed=1.0)] * MINORITY)
ODD = len(FAULTLESS)  # the number of the annotator with the odd habit
DESIGN = Design(labels=250, overlap=4)


@dataclass(frozen=True, slots=True)
class OddHabit:
    """The ``flag`` that should name it, and what the annotator does, in words. ``change`` turns judgments into those of somebody
    with the habit, where the mask (n,) is True."""

    flag: FlagName
    words: str
    annotator: SimulatedAnnotator
    change: Callable[[Judgments, Bools, np.random.Generator], Judgments] = lambda judgments, _rows, _rng: judgments
    design: Design = DESIGN


def _hasty(judgments: Judgments, rows: Bools, _rng: np.random.Generator) -> Judgments:
    return replace(judgments, lead_time=np.where(rows, judgments.lead_time / 5, judgments.lead_time))


def _clicking_through(judgments: Judgments, rows: Bools, rng: np.random.Generator) -> Judgments:
    clicked = rows & (rng.random(rows.size) < 1 / 3)
    return replace(judgments, lead_time=np.where(clicked, judgments.lead_time / 12, judgments.lead_time))


def _in_runs(judgments: Judgments, rows: Bools, _rng: np.random.Generator) -> Judgments:
    left = np.where(judgments.mirrored, -1, 1) * np.abs(judgments.preference)
    return replace(judgments, preference=np.where(rows & (judgments.position % 60 < 20), left, judgments.preference))


def _always_sure(judgments: Judgments, rows: Bools, _rng: np.random.Generator) -> Judgments:
    return replace(judgments, preference=np.where(rows, 3 * np.sign(judgments.preference), judgments.preference))


def _after_annotator_0(judgments: Judgments, rows: Bools, _rng: np.random.Generator) -> Judgments:
    first = judgments.first_showings
    source = first & (judgments.annotator == 0)
    copied = dict(zip(judgments.item[source].tolist(), judgments.preference[source].tolist(), strict=True))
    answers = zip(judgments.item.tolist(), judgments.preference.tolist(), strict=True)
    preference = np.where(rows & first, [copied.get(item, own) for item, own in answers], judgments.preference)
    return replace(judgments, preference=preference, at=judgments.at + 1e6 * rows)


def _remembering(judgments: Judgments, rows: Bools, rng: np.random.Generator) -> Judgments:
    retests = rows & ~judgments.first_showings
    remembered = np.arange(rows.size) - judgments.first_row < 60
    answer = np.where(remembered, judgments.preference[judgments.first_row], rng.choice([-1, 1], rows.size))
    return replace(judgments, preference=np.where(retests, answer, judgments.preference))


ODD_HABITS = (
    OddHabit(FlagName.FAST, "answers in a fifth of the time", steady("odd", 0.9), _hasty),
    OddHabit(FlagName.UNEVEN, "clicks a third of it through", steady("odd", 0.9), _clicking_through),
    OddHabit(FlagName.STREAK, "takes 20 of 60 from the left, in a row", steady("odd", 0.9), _in_runs),
    OddHabit(FlagName.ONE_SIDE, "guesses, mostly left", steady("odd", 0.3, lam=0.85)),
    OddHabit(FlagName.DISTRIBUTION, "is always sure", steady("odd", 0.9), _always_sure),
    OddHabit(FlagName.COPIES, "takes the latest answer", steady("odd", 0.3, copies=1.0)),
    OddHabit(FlagName.COPIES, "repeats one other annotator", steady("odd", 0.9), _after_annotator_0),
    OddHabit(
        FlagName.EASY_ONLY,
        "guesses what is not plain",
        steady("odd", 0.9, guesses_under=0.9),
        design=replace(DESIGN, labels=1000, margin=margin_with_noise(1.0)),
    ),
    OddHabit(
        FlagName.MEMORY, "remembers 60 answers", steady("odd", 0.5), _remembering, replace(DESIGN, retest_rate=0.2)
    ),
)


@dataclass(frozen=True, slots=True)
class FlagRow:
    """How often a flag names the annotator ``who`` has the habit (``found``), and the shares of the faultless of either taste
    that it names, over the projects of all habits."""

    flag: FlagName
    who: str
    found: float
    majority_named: float
    minority_named: float


def run(options: StudyOptions) -> list[FlagRow]:
    seeds = options.seeds
    raised = [[raise_flags(habit, seed) for seed in range(seeds)] for habit in ODD_HABITS]
    without_cause = Counter(
        (annotator < MAJORITY, flag)
        for projects in raised
        for project in projects
        for annotator, flag in project
        if annotator != ODD
    )
    in_all = seeds * len(ODD_HABITS)
    return [
        FlagRow(
            flag=habit.flag,
            who=habit.words,
            found=sum((ODD, habit.flag) in project for project in projects) / seeds,
            majority_named=without_cause[True, habit.flag] / (in_all * MAJORITY),
            minority_named=without_cause[False, habit.flag] / (in_all * MINORITY),
        )
        for habit, projects in zip(ODD_HABITS, raised, strict=True)
    ]


def raise_flags(habit: OddHabit, seed: int) -> set[tuple[int, FlagName]]:
    """Annotators, by number, and the flags they get in one such project; :data:`ODD` has the habit."""
    rng = np.random.default_rng([seed, 7])
    project = simulate((*FAULTLESS, habit.annotator), habit.design, rng)
    judgments = project.judgments
    annotator, people = judgments.annotator, ODD + 1
    pace, spread = rng.normal(3, 0.35, people), rng.uniform(0.4, 0.7, people)
    scale_use = rng.dirichlet((6, 9, 6), people).cumsum(axis=1)
    strength = 1 + (rng.random((annotator.size, 1)) > scale_use[annotator]).sum(axis=1)
    lead_time = np.exp(pace[annotator] + spread[annotator] * rng.normal(size=annotator.size))
    judgments = replace(judgments, lead_time=lead_time, preference=judgments.preference * strength)
    judgments = habit.change(judgments, annotator == ODD, rng)
    groups = pair_groups(judgments, project.gold)
    meetings = Meetings.of(FirstAnswers.of(judgments, project.gold), groups)
    flags = find_flags(Habits.of(judgments, pair_groups=groups), meetings)
    return {(int(flag.annotator), flag.flag) for flag in flags}
