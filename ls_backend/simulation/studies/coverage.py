"""How often the 90 % interval of attentiveness holds the truth: where the model holds (gold beyond dispute, one taste); where
tastes differ (a fifth opposed on half of the items; only overlap could be misled by that); where most retests are of pairs taken
for decided, by each source, also one that misleads; and where people differ in how decided their preferences are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.analysis.first_answers import FirstAnswers, PairCounts
from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.arrays import Floats
from ls_backend.measurement.attentiveness import Attentiveness
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.simulation.project import Design, margin_with_noise, misleading_margin, simulate, steady
from ls_backend.simulation.studies import StudyOptions

ANNOTATORS = 40
ETA_OF_POPULATIONS: Mapping[str, Callable[[np.random.Generator, int], Floats]] = {
    "eta uniform": lambda rng, n: rng.random(n),
    "eta Beta(6, 2)": lambda rng, n: rng.beta(6, 2, n),
    "a fifth at 0.4, others at 0.9": lambda rng, n: np.where(rng.random(n) < 0.2, 0.4, 0.9),
}


DESIGN = Design(labels=200, r=1.0)
DESIGNS: Mapping[str, Design] = {  # by what is known of how decided pairs are
    "any pairs": DESIGN,
    "by a margin": replace(DESIGN, margin=margin_with_noise(1.5)),
    "by a margin that is noise": replace(DESIGN, margin=margin_with_noise(np.inf)),
    "by a margin that misleads": replace(DESIGN, margin=misleading_margin),
    "by strength": replace(DESIGN, strengths=3),
}
TASTES: Mapping[str, float] = {"one": 0.0, "differ": 0.5}  # share of the items on which a fifth is opposed
SHARPNESS = (0.5, 2.0)  # where people differ in how decided they are: half of them so, half of them so


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """``coverage`` of intervals from retests and gold, and ``with_overlap`` where that is looked at; ``retests`` says which pairs
    were repeated; ``tastes`` are "one", or "differ", or people differ in how "decided" they are."""

    population: str
    retests: str
    tastes: str
    coverage: float
    with_overlap: float | None


def run(options: StudyOptions) -> list[CoverageRow]:
    overlap_rows = [
        _coverage(population, "any pairs", differ, options.seeds, look_at_overlap=True)
        for population in ETA_OF_POPULATIONS
        for differ in TASTES
    ]
    source_rows = [
        _coverage(population, retests, "differ", options.seeds)
        for retests in list(DESIGNS)[1:]
        for population in ETA_OF_POPULATIONS
    ]
    return [
        *overlap_rows,
        *source_rows,
        *(_coverage("eta uniform", retests, "decided", options.seeds) for retests in DESIGNS),
    ]


def _coverage(population: str, retests: str, differ: str, seeds: int, *, look_at_overlap: bool = False) -> CoverageRow:
    alone, with_overlap = [], []
    number = np.arange(ANNOTATORS)
    opposed = np.where(number % 5 == 0, TASTES.get(differ, 0.0), 0.0)
    sharpness = np.where(number % 2 == 0, *SHARPNESS) if differ == "decided" else np.ones(ANNOTATORS)
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 5])
        eta = ETA_OF_POPULATIONS[population](rng, ANNOTATORS)
        annotators = [
            steady("any", e, opposed=o, sharpness=s)
            for e, o, s in zip(eta.tolist(), opposed.tolist(), sharpness.tolist(), strict=True)
        ]
        project = simulate(annotators, DESIGNS[retests], rng)
        posterior = gather_evidence(project.judgments, project.gold, min_lag=10).attentiveness(pooled=True)
        alone.append(_share_covered(posterior, eta))
        if look_at_overlap:
            fitted = tastes(posterior, overlap(PairCounts.of(FirstAnswers.of(project.judgments, project.gold))))
            with_overlap.append(_share_covered(fitted.attentiveness, eta))
    overall = float(np.mean(with_overlap)) if with_overlap else None
    return CoverageRow(population, retests, differ, float(np.mean(alone)), overall)


def _share_covered(posterior: Attentiveness, eta: Floats) -> float:
    return float(((posterior.low <= eta) & (eta <= posterior.high)).mean())
