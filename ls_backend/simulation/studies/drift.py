"""How soon a fall of attentiveness is noticed: the number of their own answers that annotators give from the fall to the alarm,
and how far behind reputation is at the end, with and without a half-life, by the share of retests; with 5 % gold. Everybody
starts at 0.9 and falls after a third of the work."""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.alarms import alarm_process
from ls_backend.arrays import Bools, Floats
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.simulation.project import Design, SimulatedAnnotator, simulate
from ls_backend.simulation.studies import RETEST_RATES, StudyOptions

ANNOTATORS = 20
LABELS = 600
ALPHA = 0.05
REQUIRED = 0.75  # attentiveness
HALF_LIFE = 150.0  # own judgments
STARTS_AT = 0.9
FALLS_TO = (0.9, 0.6, 0.3, 0.0)


@dataclass(frozen=True, slots=True)
class DriftRow:
    """``alarms`` is the share of annotators with an alarm; the medians are None where most had none. Attentiveness at the end is
    estimated from all evidence, and with a half-life."""

    retests: float
    falls_to: float
    alarms: float
    median_answers_to_alarm: float | None
    median_checks_to_alarm: float | None
    attentiveness_at_the_end: float
    with_half_life: float


@dataclass(frozen=True)
class _Fall:
    """By annotator, (A,): whether an alarm came, how many of their answers and checks after the fall (infinite where none came),
    and the estimates at the end."""

    has_alarm: Bools
    answers: Floats
    checks: Floats
    attentiveness: Floats
    with_half_life: Floats


def run(options: StudyOptions) -> list[DriftRow]:
    return [_drift(rate, falls_to, options.seeds) for rate in RETEST_RATES for falls_to in FALLS_TO]


def _drift(retest_rate: float, falls_to: float, seeds: int) -> DriftRow:
    falls = [_simulate_fall(retest_rate, falls_to, seed) for seed in range(seeds)]
    return DriftRow(
        retests=retest_rate,
        falls_to=falls_to,
        alarms=float(np.concatenate([fall.has_alarm for fall in falls]).mean()),
        median_answers_to_alarm=_finite_median(np.concatenate([fall.answers for fall in falls])),
        median_checks_to_alarm=_finite_median(np.concatenate([fall.checks for fall in falls])),
        attentiveness_at_the_end=float(np.concatenate([fall.attentiveness for fall in falls]).mean()),
        with_half_life=float(np.concatenate([fall.with_half_life for fall in falls]).mean()),
    )


def _finite_median(values: Floats) -> float | None:
    median = float(np.median(values))
    return median if np.isfinite(median) else None


def _simulate_fall(retest_rate: float, falls_to: float, seed: int) -> _Fall:
    design = Design(labels=LABELS, retest_rate=retest_rate)
    fall_at = LABELS // 3
    annotator = SimulatedAnnotator("falls", lambda progress: STARTS_AT if progress < 1 / 3 else falls_to)
    project = simulate([annotator] * ANNOTATORS, design, np.random.default_rng([seed, 8]))
    judgments, gold = project.judgments, project.gold
    checks = find_checks(judgments, gold, min_lag=design.min_lag)
    posterior = gather_evidence(judgments, gold, checks=checks).attentiveness(pooled=True)
    decayed_evidence = gather_evidence(judgments, gold, checks=checks, half_life=HALF_LIFE)
    process = alarm_process(checks, posterior.grouped_q, REQUIRED, people=ANNOTATORS)
    is_high = process.evidence >= 1 / ALPHA
    has_alarm, first = np.asarray(is_high.any(axis=1)), is_high.argmax(axis=1)
    position = judgments.position[process.row]
    answers = position[np.arange(ANNOTATORS), first] - fall_at
    until_alarm = np.arange(position.shape[1]) <= first[:, None]
    checks_after_fall = ((position >= fall_at) & until_alarm).sum(axis=1)
    return _Fall(
        has_alarm,
        np.where(has_alarm, answers, np.inf),
        np.where(has_alarm, checks_after_fall, np.inf),
        posterior.mean,
        decayed_evidence.attentiveness(pooled=True).mean,
    )
