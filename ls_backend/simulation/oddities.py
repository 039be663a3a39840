"""A study of the flags (:mod:`ls_backend.analysis.anomalies`): whom they find, and whom they name without cause.

Twenty annotators without a fault, four of whom prefer the opposite of the majority everywhere, and one who does a certain thing.
People differ: lead times are lognormal, with an own median (standard deviation 0.35 on the log scale) and an own spread (0.4 to
0.7), and everybody uses the three strengths of a scale by an own habit, drawn from Dirichlet(6, 9, 6).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.analysis.anomalies import find_flags
from ls_backend.arrays import Bools
from ls_backend.measurement.judgments import Judgments
from ls_backend.simulation.project import Design, SimulatedAnnotator, simulate, steady
from ls_backend.types import Json

MAJORITY, MINORITY = 16, 4
ODD = MAJORITY + MINORITY
FAULTLESS = (*[steady("majority", 0.9)] * MAJORITY, *[steady("minority", 0.9, opposed=1.0)] * MINORITY)
WORK = Design(labels=250, overlap=4)


@dataclass(frozen=True, slots=True)
class Oddity:
    """What somebody does, in words; who does it; how it changes the judgments, of which a mask (n,) is theirs; everybody's plan."""

    words: str
    person: SimulatedAnnotator
    change: Callable[[Judgments, Bools, np.random.Generator], Judgments] = lambda judged, _mine, _rng: judged
    plan: Design = WORK


def _hasty(judged: Judgments, mine: Bools, _rng: np.random.Generator) -> Judgments:
    return replace(judged, lead_time=np.where(mine, judged.lead_time / 5, judged.lead_time))


def _clicking(judged: Judgments, mine: Bools, rng: np.random.Generator) -> Judgments:
    through = mine & (rng.random(mine.size) < 1 / 3)
    return replace(judged, lead_time=np.where(through, judged.lead_time / 12, judged.lead_time))


def _in_runs(judged: Judgments, mine: Bools, _rng: np.random.Generator) -> Judgments:
    left = np.where(judged.mirrored, -1, 1) * np.abs(judged.preference)
    return replace(judged, preference=np.where(mine & (judged.position % 60 < 20), left, judged.preference))


def _extreme(judged: Judgments, mine: Bools, _rng: np.random.Generator) -> Judgments:
    return replace(judged, preference=np.where(mine, 3 * np.sign(judged.preference), judged.preference))


def _after_one(judged: Judgments, mine: Bools, _rng: np.random.Generator) -> Judgments:
    first = judged.first_showings
    model = first & (judged.annotator == 0)
    known = dict(zip(judged.item[model].tolist(), judged.preference[model].tolist(), strict=True))
    value = [known.get(i, own) for i, own in zip(judged.item.tolist(), judged.preference.tolist(), strict=True)]
    copied = np.where(mine & first, value, judged.preference)
    return replace(judged, preference=copied, at=judged.at + 1e6 * mine)


def _remembering(judged: Judgments, mine: Bools, rng: np.random.Generator) -> Judgments:
    again = mine & ~judged.first_showings
    near = np.arange(mine.size) - judged.first_row < 60
    told = np.where(near, judged.preference[judged.first_row], rng.choice([-1, 1], mine.size))
    return replace(judged, preference=np.where(again, told, judged.preference))


ODDITIES: Mapping[str, Oddity] = {
    "fast": Oddity("answers in a fifth of the time", steady("odd", 0.9), _hasty),
    "uneven": Oddity("clicks a third of it through", steady("odd", 0.9), _clicking),
    "streak": Oddity("takes 20 of 60 from the left, in a row", steady("odd", 0.9), _in_runs),
    "one side": Oddity("guesses, mostly left", steady("odd", 0.3, lam=0.85)),
    "distribution": Oddity("is always sure", steady("odd", 0.9), _extreme),
    "copies": Oddity("takes the latest answer", steady("odd", 0.3, copies=1.0)),
    "copies, one": Oddity("repeats one other annotator", steady("odd", 0.9), _after_one),
    "memory": Oddity("remembers 60 answers", steady("odd", 0.5), _remembering, replace(WORK, retest_rate=0.2)),
}


def named(oddity: Oddity, seed: int, rate: float = 0.05) -> set[tuple[int, str]]:
    """Annotators, by number, and the flags they are given in one such project; the odd one is the last."""
    rng = np.random.default_rng([seed, 7])
    judged = simulate((*FAULTLESS, oddity.person), oddity.plan, rng).judgments
    who, people = judged.annotator, ODD + 1
    pace, spread = rng.normal(3, 0.35, people), rng.uniform(0.4, 0.7, people)
    style = rng.dirichlet((6, 9, 6), people).cumsum(axis=1)
    strength = 1 + (rng.random((who.size, 1)) > style[who]).sum(axis=1)
    lead = np.exp(pace[who] + spread[who] * rng.normal(size=who.size))
    judged = oddity.change(replace(judged, lead_time=lead, preference=judged.preference * strength), who == ODD, rng)
    return {(int(f.annotator), f.flag) for f in find_flags(judged, false_discovery_rate=rate)}


def flags_raised(*, seeds: int) -> list[Json]:
    """By kind of flag: how often it names the one who does so, and, over all these projects, the share of the faultless that
    it names, of either taste."""
    found = {kind: [named(oddity, seed) for seed in range(seeds)] for kind, oddity in ODDITIES.items()}
    projects = seeds * len(ODDITIES)
    given: Counter[tuple[str, str]] = Counter()
    for n, flag in (pair for each in found.values() for project in each for pair in project):
        if n < ODD:
            given["majority" if n < MAJORITY else "minority", flag] += 1
    rows = []
    for kind, oddity in ODDITIES.items():
        flag = kind.split(",")[0]
        rows.append(
            {
                "flag": flag,
                "who": oddity.words,
                "found": sum((ODD, flag) in project for project in found[kind]) / seeds,
                "majority_named": given["majority", flag] / (projects * MAJORITY),
                "minority_named": given["minority", flag] / (projects * MINORITY),
            }
        )
    return rows
