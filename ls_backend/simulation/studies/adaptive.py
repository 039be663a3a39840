"""What spending checks where they decide is worth: how often the bonus for each answer is another one than the true attentiveness
would earn, with checks for everybody alike, adaptive at the same total, and adaptive with a quarter fewer; whether intervals still
hold the truth; and whether equal care earns equal pay, for either half of them, of whom one has the opposite taste on half of the pairs.

Forty annotators with 200 labels each, 20 retests and 10 gold items on average, most retests of pairs with a great margin. Every fifth
of the work the scorecards say whose rate is sure, and the next checks follow from that, by the rules of
:mod:`ls_backend.programme.adaptive`. Everybody could answer three times as many checks; those that are not asked for don't count.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.contracts.terms import BinaryBonus, Contract, LinearBonus, Measured
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, score_ranges, sum_checks
from ls_backend.measurement.pay import SURE_MASS
from ls_backend.programme.adaptive import FLOOR, HIGHEST, times_the_rate
from ls_backend.programme.seed_schedule import SeedKind
from ls_backend.simulation.project import Design, margin_with_noise, simulate, steady
from ls_backend.simulation.studies import StudyOptions

ANNOTATORS, LABELS, STAGES = 40, 200, 5
FULL_RATE = 100  # minor units for each answer
RETESTS, GOLD_ITEMS = 20, 10
DESIGN = Design(
    labels=2 * LABELS,
    retest_rate=HIGHEST * RETESTS / (2 * LABELS),
    gold_rate=HIGHEST * GOLD_ITEMS / (2 * LABELS),
    margin=margin_with_noise(1.5),
    r=1.0,
)
IS_OPPOSED: Bools = np.arange(ANNOTATORS) % 2 == 0
POPULATIONS: Mapping[str, Callable[[np.random.Generator], Floats]] = {
    "eta uniform": lambda rng: rng.random(ANNOTATORS),
    "eta Beta(6, 2)": lambda rng: rng.beta(6, 2, ANNOTATORS),
    "all at 0.9": lambda rng: np.full(ANNOTATORS, 0.9),
}


def _contract(bonus: BinaryBonus | LinearBonus) -> Contract:
    return Contract.model_validate({"version": "study", "currency": "EUR", "bonus": bonus.model_dump()})


CONTRACTS: Mapping[str, Contract] = {
    "binary at 0.6": _contract(
        BinaryBonus(kind="binary", threshold=0.6, per_judgment_minor=FULL_RATE, cap_minor=FULL_RATE * LABELS)
    ),
    "binary at 0.8": _contract(
        BinaryBonus(kind="binary", threshold=0.8, per_judgment_minor=FULL_RATE, cap_minor=FULL_RATE * LABELS)
    ),
    "linear from 0.5 to 0.95": _contract(
        LinearBonus(kind="linear", start=0.5, full=0.95, per_judgment_minor=FULL_RATE, cap_minor=FULL_RATE * LABELS)
    ),
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """So large a ``part`` of the checks, adaptive or for everybody alike."""

    name: str
    part: float = 1.0
    adaptive: bool = True

    def checks(self, kind: SeedKind) -> float:
        """Of each annotator, on average."""
        return self.part * (RETESTS if kind is SeedKind.RETEST else GOLD_ITEMS)


SCHEMES = (
    Scheme("everybody alike", adaptive=False),
    Scheme("adaptive"),
    Scheme("adaptive, a quarter fewer", part=0.75),
)


@dataclass(frozen=True, slots=True)
class AdaptiveRow:
    """``checks`` of an annotator, on average; ``wrong_rate`` is how far the bonus for each answer is from what the true attentiveness
    earns, as a share of the full one (of a binary contract, the share of annotators on the wrong side of the threshold), with its
    standard error over seeds; ``coverage`` of 90 % intervals; the mean bonus for each answer, in percent of the full one, of either
    half, with the standard error of the difference."""

    population: str
    contract: str
    scheme: str
    checks: float
    wrong_rate: float
    wrong_rate_error: float
    coverage: float
    one_taste_paid: float
    other_taste_paid: float
    difference_error: float


def run(options: StudyOptions) -> list[AdaptiveRow]:
    return compare(POPULATIONS, CONTRACTS, seeds=options.seeds)


def compare(populations: Iterable[str], contracts: Iterable[str], *, seeds: int) -> list[AdaptiveRow]:
    """A row for each population, contract and scheme."""
    combinations = list(product(contracts, SCHEMES))
    rows = []
    for population in populations:
        answered = [_answer_everything(POPULATIONS[population], seed) for seed in range(seeds)]
        for contract, scheme in combinations:
            runs = [_outcome(project, CONTRACTS[contract], scheme) for project in answered]
            rows.append(_row(population, contract, scheme.name, runs))
    return rows


@dataclass(frozen=True)
class _Answered:
    """All ``checks`` that could be asked for, the rank of each among its annotator's of its kind (m,), and the true ``eta`` (A,)."""

    checks: Checks
    rank: Ints
    eta: Floats

    def evidence(self, given: Mapping[SeedKind, Ints]) -> Evidence:
        """Of the first checks of each annotator, so many of each kind (A,)."""
        limit = np.where(self.checks.is_retest, given[SeedKind.RETEST][self.checks.annotator], 0)
        limit += np.where(self.checks.is_retest, 0, given[SeedKind.GOLD][self.checks.annotator])
        judged = np.full(ANNOTATORS, LABELS)
        return sum_checks(self.checks, judged, counted=self.rank < limit)


def _answer_everything(draw_eta: Callable[[np.random.Generator], Floats], seed: int) -> _Answered:
    rng = np.random.default_rng([seed, 8])
    eta = draw_eta(rng)
    annotators = [
        steady("any", e, opposed=0.5 if minority else 0.0)
        for e, minority in zip(eta.tolist(), IS_OPPOSED.tolist(), strict=True)
    ]
    project = simulate(annotators, DESIGN, rng)
    checks = find_checks(project.judgments, project.gold, min_lag=DESIGN.min_lag)
    rank = np.empty(checks.row.size, dtype=np.int64)
    for a in range(ANNOTATORS):
        for is_retest in (False, True):
            own = np.flatnonzero((checks.annotator == a) & (checks.is_retest == is_retest))
            rank[own] = np.arange(own.size)
    return _Answered(checks, rank, eta)


@dataclass(frozen=True)
class _Outcome:
    """Of one project: the ``checks`` of an annotator on average, the share of intervals that hold the truth, and the bonus for each
    answer, as a share of the full one, as ``paid`` and as ``earned`` by the true attentiveness, (A,) each."""

    checks: float
    coverage: float
    paid: Floats
    earned: Floats


def _outcome(answered: _Answered, contract: Contract, scheme: Scheme) -> _Outcome:
    alike = {kind: np.full(ANNOTATORS, float(scheme.checks(kind))) for kind in SeedKind}
    given = _give_checks(answered, contract, scheme) if scheme.adaptive else _whole(alike)
    evidence = answered.evidence(given)
    flat_posterior, pooled_posterior = evidence.attentiveness(), evidence.attentiveness(pooled=True)
    covered = (pooled_posterior.low <= answered.eta) & (answered.eta <= pooled_posterior.high)
    return _Outcome(
        checks=float(evidence.checks.mean()),
        coverage=float(covered.mean()),
        paid=_rates(contract, flat_posterior.mean),
        earned=_rates(contract, answered.eta),
    )


def _give_checks(answered: _Answered, contract: Contract, scheme: Scheme) -> dict[SeedKind, Ints]:
    """How many checks of each kind everybody had in the end, (A,), where they follow from the answers."""
    given: dict[SeedKind, Floats] = dict.fromkeys(SeedKind, np.zeros(ANNOTATORS))
    is_sure: Bools = np.zeros(ANNOTATORS, dtype=np.bool_)
    for _ in range(STAGES):
        sure = int(is_sure.sum())
        times = np.where(is_sure, FLOOR, times_the_rate(ANNOTATORS - sure, sure))
        given = {kind: given[kind] + times * scheme.checks(kind) / STAGES for kind in SeedKind}
        is_sure = _is_sure(answered.evidence(_whole(given)), contract)
    return _whole(given)


def _whole(given: Mapping[SeedKind, Floats]) -> dict[SeedKind, Ints]:
    """Whole checks, rounded up and down so that they are as many in all."""
    rounding = (np.arange(ANNOTATORS) + 0.5) / ANNOTATORS
    return {kind: np.floor(checks + rounding).astype(np.int64) for kind, checks in given.items()}


def _is_sure(evidence: Evidence, contract: Contract) -> Bools:
    measure = contract.bonus_terms.measure
    low, high = score_ranges(evidence, evidence.attentiveness(), measure, level=SURE_MASS)
    columns = zip(evidence.checks.tolist(), low.tolist(), high.tolist(), strict=True)
    return np.array([contract.is_rate_sure(*figures) for figures in columns])


def _rates(contract: Contract, scores: Floats) -> Floats:
    """What each answer is paid at the scores (A,), as a share of the full rate."""
    measured = [Measured(LABELS, LABELS, None, None, score) for score in scores.tolist()]
    return np.array([contract.bonus(m).minor / (LABELS * FULL_RATE) for m in measured])


def _row(population: str, contract: str, scheme: str, runs: list[_Outcome]) -> AdaptiveRow:
    wrong = np.array([np.abs(run.paid - run.earned).mean() for run in runs])
    one, other = (np.array([run.paid[taste].mean() for run in runs]) for taste in (~IS_OPPOSED, IS_OPPOSED))
    n = len(runs) ** 0.5
    return AdaptiveRow(
        population=population,
        contract=contract,
        scheme=scheme,
        checks=float(np.mean([run.checks for run in runs])),
        wrong_rate=float(wrong.mean()),
        wrong_rate_error=float(wrong.std() / n),
        coverage=float(np.mean([run.coverage for run in runs])),
        one_taste_paid=float(100 * one.mean()),
        other_taste_paid=float(100 * other.mean()),
        difference_error=float(100 * (one - other).std() / n),
    )
