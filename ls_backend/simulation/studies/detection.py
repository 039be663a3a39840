"""Who is found careless: our methods at several retest rates and by which pairs are repeated, beside the methods of others.

Forty annotators with 200 labels each, all labels counted, three answers on each ordinary item. The worst k by score are
flagged, k the true number of careless ones; ties are broken by chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy

from ls_backend.analysis.first_answers import FirstAnswers, PairCounts
from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.arrays import Bools, Floats
from ls_backend.measurement.attentiveness import Attentiveness
from ls_backend.measurement.evidence import Evidence, gather_evidence
from ls_backend.simulation.project import Design, SimulatedProject, margin_with_noise, simulate
from ls_backend.simulation.studies import StudyOptions
from ls_backend.simulation.studies.population import CARELESS, FORTY_ANNOTATORS, MINORITY

DESIGN = Design(labels=200, overlap=3)
MIN_LAG = 10
GOLD_RATE = 0.05
CHECK_RATES = ((0.1, 0.05), (0.1, 0.0), (0.05, 0.025))  # of retests and of gold
SOURCES: dict[str, dict[str, Any]] = {  # what is known of how decided pairs are
    "any pairs": {},
    "by a reward model's margin": {"margin": margin_with_noise(1.5)},
    "by the own first answer's strength": {"strengths": 3},
    "by a margin that is noise": {"margin": margin_with_noise(np.inf)},
}
NUMBER = np.arange(len(FORTY_ANNOTATORS))
IS_CARELESS: Bools = NUMBER < CARELESS
IS_MINORITY: Bools = (NUMBER >= CARELESS) & (NUMBER < CARELESS + MINORITY)


@dataclass(frozen=True, slots=True)
class DetectionMethod:
    """``score`` gives every annotator's score, (A,), of a project laid out by the ``design``: what labels are spent on."""

    name: str
    score: Callable[[SimulatedProject], Floats]
    design: Design


@dataclass(frozen=True, slots=True)
class DetectionRow:
    """``auc`` of finding the careless, with its standard error over seeds, and the shares of the honest minority and of the
    careful majority that are flagged."""

    method: str
    auc: float
    auc_error: float
    minority_flagged: float
    majority_flagged: float


def run(options: StudyOptions) -> list[DetectionRow]:
    methods = [*our_methods(options.retest_rates), *by_source_of_decidedness(), *options.peers]
    return detection(methods, seeds=options.seeds)


def by_source_of_decidedness() -> list[DetectionMethod]:
    """Repeating any pairs, and mostly those taken for decided, at three costs of monitoring."""
    return [
        DetectionMethod(f"{design.retests} retests, {design.gold_items} gold, {source}", attentiveness, design)
        for retest_rate, gold_rate in CHECK_RATES
        for source, what_is_known in SOURCES.items()
        for design in (replace(DESIGN, retest_rate=retest_rate, gold_rate=gold_rate, **what_is_known),)
    ]


def our_methods(retest_rates: Sequence[float]) -> list[DetectionMethod]:
    methods = []
    for rate in retest_rates:
        retests_alone = replace(DESIGN, retest_rate=rate, gold_rate=0.0)
        with_gold = replace(DESIGN, retest_rate=rate, gold_rate=GOLD_RATE)
        name = f"retests {rate:.0%}"
        methods += [
            DetectionMethod(name, self_consistency, retests_alone),
            DetectionMethod(f"{name}, gold {GOLD_RATE:.0%}", attentiveness, with_gold),
            DetectionMethod(
                f"{name}, gold {GOLD_RATE:.0%}, overlap with tastes", attentiveness_with_overlap, with_gold
            ),
        ]
    return methods


def self_consistency(project: SimulatedProject) -> Floats:
    """The plain share of retests that agreed."""
    evidence = _evidence(project)
    return np.asarray(evidence.retests_agreed / np.maximum(evidence.retests, 1))


def attentiveness(project: SimulatedProject) -> Floats:
    """By the annotator model, from retests and gold."""
    return _posterior(project).mean


def attentiveness_with_overlap(project: SimulatedProject) -> Floats:
    """The same from overlap as well, with two tastes."""
    return tastes(
        _posterior(project), overlap(PairCounts.of(FirstAnswers.of(project.judgments, project.gold)))
    ).attentiveness.mean


def _evidence(project: SimulatedProject) -> Evidence:
    return gather_evidence(project.judgments, project.gold, min_lag=MIN_LAG)


def _posterior(project: SimulatedProject) -> Attentiveness:
    return _evidence(project).attentiveness(pooled=True)


def detection(methods: Sequence[DetectionMethod], *, seeds: int) -> list[DetectionRow]:
    """A row for each method, averaged over seeds."""
    return [_detection(method, seeds) for method in methods]


def _detection(method: DetectionMethod, seeds: int) -> DetectionRow:
    figures = []
    for seed in range(seeds):
        project = simulate(FORTY_ANNOTATORS, method.design, np.random.default_rng([seed, 3]))
        score = method.score(project)
        flagged = _worst(score, CARELESS, np.random.default_rng([seed, 4]))
        figures.append(
            (_auc(score, IS_CARELESS), flagged[IS_MINORITY].mean(), flagged[~IS_CARELESS & ~IS_MINORITY].mean())
        )
    auc, minority, majority = np.mean(figures, axis=0).tolist()
    auc_error = float(np.std([row[0] for row in figures]) / seeds**0.5)
    return DetectionRow(method.name, auc, auc_error, minority, majority)


def _auc(score: Floats, is_careless: Bools) -> float:
    """The chance that a careless annotator scores lower than another one; ties count half."""
    rank = scipy.stats.rankdata(score)
    careless, people = int(is_careless.sum()), is_careless.size
    return float(1 - (rank[is_careless].sum() - careless * (careless + 1) / 2) / (careless * (people - careless)))


def _worst(score: Floats, k: int, rng: np.random.Generator) -> Bools:
    """The k lowest scores, ties broken by chance."""
    order = np.lexsort((rng.random(score.size), score))
    worst = np.zeros(score.size, dtype=np.bool_)
    worst[order[:k]] = True
    return worst
