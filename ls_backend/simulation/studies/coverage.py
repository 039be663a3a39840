"""How often the 90 % interval of attentiveness holds the truth, where the model holds (gold beyond dispute, one taste), and where
tastes differ (a fifth opposed on half of the items; only overlap could be misled by that)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.arrays import Floats
from ls_backend.measurement.attentiveness import Attentiveness
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.simulation.project import Design, simulate, steady
from ls_backend.simulation.studies import StudyOptions

ANNOTATORS = 40
ETA_OF_POPULATIONS: Mapping[str, Callable[[np.random.Generator, int], Floats]] = {
    "eta uniform": lambda rng, n: rng.random(n),
    "eta Beta(6, 2)": lambda rng, n: rng.beta(6, 2, n),
    "a fifth at 0.4, others at 0.9": lambda rng, n: np.where(rng.random(n) < 0.2, 0.4, 0.9),
}


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """``coverage`` of intervals from retests and gold, and ``with_overlap``; ``tastes`` are "one", or "differ"."""

    population: str
    tastes: str
    coverage: float
    with_overlap: float


def run(options: StudyOptions) -> list[CoverageRow]:
    return [
        _coverage(population, tastes_differ, options.seeds)
        for population in ETA_OF_POPULATIONS
        for tastes_differ in (False, True)
    ]


def _coverage(population: str, tastes_differ: bool, seeds: int) -> CoverageRow:
    alone, with_overlap = [], []
    opposed = np.where(np.arange(ANNOTATORS) % 5 == 0, 0.5, 0.0) * tastes_differ
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 5])
        eta = ETA_OF_POPULATIONS[population](rng, ANNOTATORS)
        annotators = [steady("any", e, opposed=o) for e, o in zip(eta.tolist(), opposed.tolist(), strict=True)]
        project = simulate(annotators, Design(labels=200, r=1.0), rng)
        posterior = gather_evidence(project.judgments, project.gold, min_lag=10).attentiveness(pooled=True)
        fitted = tastes(posterior, overlap(project.judgments, project.gold))
        alone.append(_share_covered(posterior, eta))
        with_overlap.append(_share_covered(fitted.attentiveness, eta))
    tastes_are = "differ" if tastes_differ else "one"
    return CoverageRow(population, tastes_are, float(np.mean(alone)), float(np.mean(with_overlap)))


def _share_covered(posterior: Attentiveness, eta: Floats) -> float:
    return float(((posterior.low <= eta) & (eta <= posterior.high)).mean())
