"""Trying contracts on simulated annotators before anybody is paid: quality, pay, fairness, and what can go wrong."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.warning_signs import WarningSign, warning_signs
from ls_backend.arrays import Floats
from ls_backend.contracts.terms import Contract, LinearBonus
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.pay import PayInput, period_pay
from ls_backend.simulation.incentives import MIX, AnnotatorType, draw_annotators
from ls_backend.simulation.project import Design, SimulatedProject, simulate

FLAG_BELOW = 0.6  # an attentiveness whose interval ends under this is flagged
SKILL_BINS = 20


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """How contracts are tried: on so many simulated annotators of the ``mix``, at each of the ``retest_rates``, over so many
    ``seeds``."""

    annotators: int
    design: Design
    retest_rates: Sequence[float]
    seeds: int
    mix: Sequence[AnnotatorType] = MIX


@dataclass(frozen=True, slots=True)
class AnnotatorOutcome:
    """What a contract did to one simulated annotator; ``eta`` is their attentiveness on average."""

    type: AnnotatorType
    pay_minor: int
    eta: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class TrialRun:
    """One simulated project under a contract. ``quality`` is the share of consensus answers that are the majority's, and
    ``correct`` their number (ordinary items answered at least twice); ``checks`` are those of an annotator, on average."""

    annotators: tuple[AnnotatorOutcome, ...]
    quality: float
    correct: int
    self_consistency: float
    checks: float

    @property
    def spent_minor(self) -> int:
        return sum(annotator.pay_minor for annotator in self.annotators)


@dataclass(frozen=True, slots=True)
class PayOfType:
    """In minor units: the mean and the middle 90 % (``low`` to ``high``); the share that is ``flagged``."""

    mean: float
    low: float
    high: float
    flagged: float


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """Means over runs; ``quality_range`` is their middle 90 %, ``false_flags`` the share of honest annotators that are flagged,
    ``pay`` that of each type of annotator by its name."""

    quality: float
    quality_range: tuple[float, float]
    spent_minor: float
    cost_per_correct_minor: float | None
    false_flags: float
    pay: Mapping[str, PayOfType]
    warning_signs: tuple[WarningSign, ...]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What a contract does at a retest rate."""

    contract: str
    retest_rate: float
    summary: TrialSummary


def try_contracts(contracts: Mapping[str, Contract], options: TrialOptions) -> list[TrialRow]:
    """Every contract, by its name, at every retest rate."""
    return [
        TrialRow(name, rate, _try_contract(contract, rate, options))
        for name, contract in contracts.items()
        for rate in options.retest_rates
    ]


def _try_contract(contract: Contract, retest_rate: float, options: TrialOptions) -> TrialSummary:
    design = replace(options.design, retest_rate=retest_rate)
    runs = [
        run_contract(contract, options.annotators, design, np.random.default_rng([seed, 1]), options.mix)
        for seed in range(options.seeds)
    ]
    return summarise(runs)


def run_contract(
    contract: Contract,
    annotators: int,
    design: Design,
    rng: np.random.Generator,
    mix: Sequence[AnnotatorType] = MIX,
) -> TrialRun:
    """Simulate one project whose annotators are paid by the contract."""
    people = draw_annotators(contract, annotators, design, mix)
    project = simulate([person.annotator for person in people], design, rng)
    checks = find_checks(project.judgments, project.gold, min_lag=design.min_lag)
    evidence = gather_evidence(project.judgments, project.gold, checks=checks)
    flat_posterior = evidence.attentiveness()
    period = PayInput(project.judgments, project.gold, contract, min_lag=design.min_lag)
    paid = period_pay(period, checks=checks, flat_posterior=flat_posterior).values()
    columns = (people, paid, project.eta.tolist(), (flat_posterior.high < FLAG_BELOW).tolist())
    quality, correct = _quality(project, flat_posterior.mean)
    return TrialRun(
        annotators=tuple(
            AnnotatorOutcome(person.type, paid.pay.minor, eta, flagged)
            for person, paid, eta, flagged in zip(*columns, strict=True)
        ),
        quality=quality,
        correct=correct,
        self_consistency=float(evidence.retests_agreed.sum() / max(evidence.retests.sum(), 1)),
        checks=float(evidence.checks.mean()),
    )


def _quality(project: SimulatedProject, weights: Floats) -> tuple[float, int]:
    """Share and number of right consensus answers, on ordinary items that were answered twice or more."""
    consensus = consensus_of_items(project.judgments, weights)
    counted = project.is_ordinary & (consensus.n > 1)
    right = ((consensus.probability > 0.5) == (project.p > 0.5))[counted]
    return (float(right.mean()) if right.size else 0.0), int(right.sum())


def summarise(runs: Sequence[TrialRun]) -> TrialSummary:
    """Over runs of one contract."""
    outcomes = [outcome for run in runs for outcome in run.annotators]
    honest_flagged = [outcome.flagged for outcome in outcomes if outcome.type.honest]
    spent, correct = sum(run.spent_minor for run in runs), sum(run.correct for run in runs)
    quality = [run.quality for run in runs]
    noise, skill = _variances_of_pay(outcomes)
    return TrialSummary(
        quality=float(np.mean(quality)),
        quality_range=_middle_90_percent(quality),
        spent_minor=spent / len(runs),
        cost_per_correct_minor=spent / correct if correct else None,
        false_flags=float(np.mean(honest_flagged)) if honest_flagged else 0.0,
        pay=_pay_by_type(outcomes),
        warning_signs=tuple(
            warning_signs(
                self_consistency=float(np.mean([run.self_consistency for run in runs])),
                bonuses=[outcome.pay_minor for outcome in outcomes],
                noise=noise,
                skill=skill,
                checks=float(np.mean([run.checks for run in runs])),
            )
        ),
    )


def _pay_by_type(outcomes: Sequence[AnnotatorOutcome]) -> dict[str, PayOfType]:
    by_type: dict[str, list[AnnotatorOutcome]] = defaultdict(list)
    for outcome in outcomes:
        by_type[outcome.type.name].append(outcome)
    return {name: _pay_of_type(own) for name, own in by_type.items()}


def _pay_of_type(outcomes: Sequence[AnnotatorOutcome]) -> PayOfType:
    pay = [outcome.pay_minor for outcome in outcomes]
    low, high = _middle_90_percent(pay)
    return PayOfType(float(np.mean(pay)), low, high, float(np.mean([outcome.flagged for outcome in outcomes])))


def _middle_90_percent(values: Sequence[float]) -> tuple[float, float]:
    return float(np.quantile(values, 0.05)), float(np.quantile(values, 0.95))


def _variances_of_pay(outcomes: Sequence[AnnotatorOutcome]) -> tuple[float, float]:
    """The variance of pay at the same skill, and of mean pay over skill, from bins of attentiveness."""
    eta = np.array([outcome.eta for outcome in outcomes])
    pay = np.array([outcome.pay_minor for outcome in outcomes], dtype=np.float64)
    bins = np.clip((eta * SKILL_BINS).astype(int), 0, SKILL_BINS - 1)
    counts = np.bincount(bins, minlength=SKILL_BINS)
    means = np.bincount(bins, pay, minlength=SKILL_BINS) / np.maximum(counts, 1)
    return float(np.var(pay - means[bins])), float(np.var(means[bins]))


def all_or_nothing(contract: Contract) -> Contract:
    """The binary contract that another one is compared with: its threshold in the middle, the same highest rate."""
    terms = contract.bonus_terms
    threshold = (terms.start + terms.full) / 2 if isinstance(terms, LinearBonus) else terms.example_scores[-1]
    bonus = {
        "kind": "binary",
        "measure": terms.measure,
        "threshold": threshold,
        "per_judgment_minor": terms.highest_rate,
        "cap_minor": terms.cap_minor,
    }
    fields = contract.model_dump(by_alias=True)
    return Contract.model_validate({**fields, "version": f"{contract.version}-binary", "bonus": bonus})
