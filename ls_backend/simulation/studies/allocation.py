"""How few could come to the wrong side of a threshold, by whatever rule checks are spent: beside checks for everybody alike and those of
:mod:`ls_backend.programme.adaptive` stands the best of all rules with the same floor, highest rate and total, one that even knows how
attentive people are on the whole.

Where all checks are gold items, which are right with chance (1 + eta) / 2, somebody's state is how many they had and how many were right,
and the best rule follows by dynamic programming (with a price for each check, whose best value bounds it from below). Everything is
exact, for infinitely many annotators; nothing is drawn. Who is paid is decided by the mean of the flat posterior, as in a contract.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.arrays import Floats
from ls_backend.measurement.attentiveness import ETA, ETA_EDGES, FLAT_PRIOR, beta_cells
from ls_backend.programme.adaptive import FLOOR, HIGHEST, doubt_factor, times_the_rate
from ls_backend.simulation.studies import StudyOptions

EACH_STAGE = 3  # checks at the rates, of which the floor and the highest are whole
FEWEST, MOST = round(EACH_STAGE * FLOOR), round(EACH_STAGE * HIGHEST)
STAGES = {"all": 12, "a quarter fewer": 9}
MINIMUM = 10  # checks before somebody may be checked less
POPULATIONS = {"eta uniform": FLAT_PRIOR[0], "eta Beta(6, 2)": beta_cells(6 / 8, 8.0, ETA_EDGES)}
THRESHOLDS = (0.6, 0.8)
DEAREST = 0.05  # at most so much of a mistake is a check worth
PEOPLE = 5000  # by whose doubts the factor is found


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """The share of annotators on the wrong side of the threshold, by how the checks are spent; ``checks`` of each, on average."""

    population: str
    threshold: float
    checks: int
    alike: float
    adaptive: float
    best: float


@dataclass(frozen=True)
class _States:
    """By checks so far and right answers, (n, n) each: the chance that the next answer is ``right``, and that to be on the ``wrong`` side, as
    it is in the population; and the ``doubt``, which is the same by the flat prior."""

    right: Floats
    wrong: Floats
    doubt: Floats

    def after_check(self, value: Floats) -> Floats:
        """What a value of states is expected to be after one more check."""
        before = np.zeros_like(value)
        right = self.right[:-1, :-1]
        before[:-1, :-1] = right * value[1:, 1:] + (1 - right) * value[1:, :-1]
        return before

    def check(self, people: Floats) -> Floats:
        """Where people are after one more check."""
        after = np.zeros_like(people)
        right = self.right[:-1, :-1] * people[:-1, :-1]
        after[1:, 1:] += right
        after[1:, :-1] += people[:-1, :-1] - right
        return after


def run(_options: StudyOptions) -> list[AllocationRow]:
    """These figures are exact, so nothing is simulated."""
    return [
        AllocationRow(
            name,
            threshold,
            EACH_STAGE * stages,
            alike=alike(states, stages),
            adaptive=adaptive(states, stages),
            best=best(states, stages),
        )
        for name, population in POPULATIONS.items()
        for threshold in THRESHOLDS
        for states in [states_of(population, threshold)]
        for stages in STAGES.values()
    ]


def states_of(population: Floats, threshold: float) -> _States:
    """For attentiveness that is distributed as the ``population`` (cells of :data:`ETA`)."""
    most = MOST * max(STAGES.values()) + 1
    checks, right = (at[:, :, None] for at in np.indices((most, most)))
    chance = (1 + ETA) / 2
    log_likelihood = right * np.log(chance) + np.maximum(checks - right, 0) * np.log(1 - chance)
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))

    def posterior(prior: Floats) -> Floats:
        joint = likelihood * prior
        return np.asarray(joint / joint.sum(axis=-1, keepdims=True))

    flat, true = posterior(FLAT_PRIOR[0]), posterior(population)
    is_paid = flat @ ETA >= threshold
    by_flat, by_true = (belief[..., threshold <= ETA].sum(axis=-1) for belief in (flat, true))
    return _States(
        right=true @ chance,
        wrong=np.where(is_paid, 1 - by_true, by_true),
        doubt=np.where(is_paid, 1 - by_flat, by_flat),
    )


def alike(states: _States, stages: int) -> float:
    people = _nobody_checked(states)
    for _ in range(EACH_STAGE * stages):
        people = states.check(people)
    return float((people * states.wrong).sum())


def adaptive(states: _States, stages: int) -> float:
    people = _nobody_checked(states)
    is_known = np.arange(people.shape[0])[:, None] >= MINIMUM
    for _ in range(stages):
        sample = np.repeat(
            states.doubt[is_known[:, 0]].ravel(), np.rint(PEOPLE * people[is_known[:, 0]]).astype(int).ravel()
        )
        factor = doubt_factor(sample.tolist())
        checks = EACH_STAGE * np.vectorize(times_the_rate)(states.doubt, factor)
        checks = np.where(is_known, checks, EACH_STAGE)
        moved = np.zeros_like(people)
        for more in range(MOST + 1):
            part = people * np.maximum(1 - np.abs(checks - more), 0)  # in between, some get one more than others
            for _ in range(more):
                part = states.check(part)
            moved += part
        people = moved
    return float((people * states.wrong).sum())


def best(states: _States, stages: int, *, fewest: int = FEWEST, most: int = MOST) -> float:
    """The greatest lower bound: what mistakes and checks cost together at a price of checks, less the price of all that there are."""

    def cost(price: float) -> float:
        value = states.wrong
        for _ in range(stages):
            after = value
            costs = []
            for checks in range(1, most + 1):
                after = states.after_check(after)
                costs += [price * checks + after] if checks >= fewest else []
            value = np.min(costs, axis=0)
        return float(value[0, 0]) - price * EACH_STAGE * stages

    dearest = scipy.optimize.minimize_scalar(lambda price: -cost(price), bounds=(0, DEAREST), method="bounded")
    return float(-dearest.fun)


def _nobody_checked(states: _States) -> Floats:
    people = np.zeros_like(states.wrong)
    people[0, 0] = 1.0
    return people
