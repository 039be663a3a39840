"""What five answers on an item say of how the majority prefers: our consensus, weighted by attentiveness, beside the plain share
of votes and Dawid and Skene's model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.dawid_skene import dawid_skene
from ls_backend.arrays import Floats
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.judgments import Judgments
from ls_backend.simulation.project import Design, SimulatedAnnotator, SimulatedProject, simulate, steady
from ls_backend.simulation.studies import StudyOptions
from ls_backend.simulation.studies.population import FORTY_ANNOTATORS

SURE = 0.9  # probability of a side
POPULATIONS: Mapping[str, tuple[SimulatedAnnotator, ...]] = {
    "a fifth careless, a fifth of another taste": FORTY_ANNOTATORS,
    "half careless, one taste": (*[steady("careless", 0.2)] * 20, *[steady("careful", 0.9)] * 20),
}


@dataclass(frozen=True, slots=True)
class ConsensusRow:
    """How often the preferred side is the majority's, how often a side is given 90 % or more, how often it is right then (None
    where that never happens), and the mean squared error of the probability."""

    population: str
    method: str
    right_side: float | None
    given_90_percent: float | None
    right_of_those: float | None
    squared_error: float | None


def run(options: StudyOptions) -> list[ConsensusRow]:
    return [
        row
        for population, annotators in POPULATIONS.items()
        for row in _compare_methods(population, annotators, options.seeds)
    ]


def _compare_methods(population: str, annotators: tuple[SimulatedAnnotator, ...], seeds: int) -> Iterator[ConsensusRow]:
    figures: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(seeds):
        project = simulate(annotators, Design(overlap=5), np.random.default_rng([seed, 3]))
        answers = np.bincount(project.judgments.item[project.judgments.first_showings], minlength=project.p.size)
        compared = project.is_ordinary & (answers > 1)
        for method, probability in _probabilities(project).items():
            figures.setdefault(method, []).append(_errors(probability[compared], project.p[compared]))
    for method, rows in figures.items():
        means = [value if np.isfinite(value) else None for value in np.nanmean(rows, axis=0).tolist()]
        yield ConsensusRow(population, method, *means)


def _probabilities(project: SimulatedProject) -> dict[str, Floats]:
    """By method, the probability that the first response is preferred, (I,)."""
    judgments = project.judgments
    posterior = gather_evidence(judgments, project.gold, min_lag=10).attentiveness(pooled=True)
    fitted = dawid_skene(judgments)
    return {
        "plain votes": _shares(judgments),
        "weighted by attentiveness": consensus_of_items(judgments, posterior.mean, q=posterior.q).probability,
        "Dawid-Skene": fitted.probability[:, list(fitted.values).index(1)],
    }


def _shares(judgments: Judgments) -> Floats:
    """By item, (I,): the share of first answers for the first response, and half a vote for each side."""
    first, items = judgments.first_showings, len(judgments.items)
    for_first = np.bincount(judgments.item[first], judgments.preference[first] > 0, minlength=items)
    return np.asarray((for_first + 0.5) / (np.bincount(judgments.item[first], minlength=items) + 1))


def _errors(probability: Floats, truth: Floats) -> tuple[float, ...]:
    """The figures of a row over items (m,); NaN for what is right of those given 90 %, where there are none."""
    right, sure = (probability > 0.5) == (truth > 0.5), np.abs(probability - 0.5) >= SURE - 0.5
    right_of_sure = float(right[sure].mean()) if sure.any() else np.nan
    return float(right.mean()), float(sure.mean()), right_of_sure, float(((probability - truth) ** 2).mean())
