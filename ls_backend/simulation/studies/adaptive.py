"""What spending checks where they decide is worth: how often the bonus for each answer is another one than the true attentiveness
would earn, with checks for everybody alike, adaptive at the same total, and adaptive with a quarter fewer; whether intervals still
hold the truth; and whether equal care earns equal pay, for either half of them, of whom one has the opposite taste on half of the pairs.

Forty annotators with 200 labels each, 20 retests and ten gold items on average, most retests of pairs with a great margin, as long as
there are such: whoever is checked more has fewer other labels, and so fewer of those. After every twentieth of the work the next checks
follow from the doubts on the scorecards, by the rules of :mod:`ls_backend.programme.adaptive`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.contracts.terms import BinaryBonus, Contract, LinearBonus, Measured
from ls_backend.measurement.decidedness import DECIDED_SHARE
from ls_backend.measurement.evidence import Checks, Evidence, find_checks, measured_by_annotator, sum_checks
from ls_backend.measurement.pay import doubt
from ls_backend.programme.adaptive import HIGHEST, doubt_factor, times_the_rate
from ls_backend.programme.seed_schedule import DEFAULT_RETEST_FOCUS, SeedKind
from ls_backend.simulation.project import Design, margin_with_noise, simulate, steady
from ls_backend.simulation.studies import StudyOptions

ANNOTATORS, LABELS, STAGES = 40, 200, 20
FULL_RATE = 100  # minor units for each answer
RETESTS, GOLD_ITEMS = 20, 10
DESIGN = Design(  # more work than anybody is given, so that there is a check of each sort whenever one is asked for
    labels=2 * LABELS,
    retest_rate=1.5 * HIGHEST * RETESTS / (2 * LABELS),
    gold_rate=HIGHEST * GOLD_ITEMS / (2 * LABELS),
    margin=margin_with_noise(1.5),
    r=1.0,
    focus=0.3,
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
    standard error over seeds, and ``difference_to_alike`` how much more that is than with all checks for everybody alike, with the standard
    error of that; ``coverage`` of 90 % intervals; the mean bonus for each answer, in percent of the full one, of either
    half, with the standard error of the difference."""

    population: str
    contract: str
    scheme: str
    checks: float
    wrong_rate: float
    wrong_rate_error: float
    difference_to_alike: float
    difference_to_alike_error: float
    coverage: float
    one_taste_paid: float
    other_taste_paid: float
    difference_error: float


def run(options: StudyOptions) -> list[AdaptiveRow]:
    return compare(POPULATIONS, CONTRACTS, seeds=options.seeds)


def compare(populations: Iterable[str], contracts: Iterable[str], *, seeds: int) -> list[AdaptiveRow]:
    """A row for each population, contract and scheme."""
    rows: list[AdaptiveRow] = []
    for population in populations:
        answered = [_answer_everything(POPULATIONS[population], seed) for seed in range(seeds)]
        for contract in contracts:
            runs = [[_outcome(project, CONTRACTS[contract], scheme) for project in answered] for scheme in SCHEMES]
            rows += [
                _row(population, contract, scheme.name, own, runs[0]) for scheme, own in zip(SCHEMES, runs, strict=True)
            ]
    return rows


@dataclass(frozen=True)
class _Answered:
    """All ``checks`` that could be asked for, the rank of each among its annotator's of its sort (m,), and the true ``eta`` (A,)."""

    checks: Checks
    rank: Ints
    eta: Floats

    def evidence(self, given: Mapping[SeedKind, Floats], *, labels: float = LABELS) -> Evidence:
        """Of the first checks of each annotator, so many of each kind (A,), among so many labels."""
        gold, retests = given[SeedKind.GOLD], given[SeedKind.RETEST]
        decided = np.minimum(DEFAULT_RETEST_FOCUS * retests, DECIDED_SHARE * (labels - gold - retests))
        of_decided = _whole(decided)
        limits = np.stack([_whole(gold), _whole(retests) - of_decided, of_decided])
        limit = limits[_sort(self.checks), self.checks.annotator]
        return sum_checks(self.checks, np.full(ANNOTATORS, LABELS), counted=self.rank < limit)


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
        for sort in range(3):
            own = np.flatnonzero((checks.annotator == a) & (_sort(checks) == sort))
            rank[own] = np.arange(own.size)
    return _Answered(checks, rank, eta)


def _sort(checks: Checks) -> Ints:
    """0 for gold, 1 for retests, 2 for those of pairs that were taken for decided, (m,)."""
    return checks.is_retest.astype(np.int64) + checks.is_decided


@dataclass(frozen=True)
class _Outcome:
    """Of one project: the ``checks`` of an annotator on average, the share of intervals that hold the truth, and the bonus for each
    answer, as a share of the full one, as ``paid`` and as ``earned`` by the true attentiveness, (A,) each."""

    checks: float
    coverage: float
    paid: Floats
    earned: Floats

    @property
    def wrong_rate(self) -> float:
        return float(np.abs(self.paid - self.earned).mean())


def _outcome(answered: _Answered, contract: Contract, scheme: Scheme) -> _Outcome:
    alike = {kind: np.full(ANNOTATORS, float(scheme.checks(kind))) for kind in SeedKind}
    given = _give_checks(answered, contract, scheme) if scheme.adaptive else alike
    evidence = answered.evidence(given)
    flat_posterior, pooled_posterior = evidence.attentiveness(), evidence.attentiveness(pooled=True)
    covered = (pooled_posterior.low <= answered.eta) & (answered.eta <= pooled_posterior.high)
    return _Outcome(
        checks=float(evidence.checks.mean()),
        coverage=float(covered.mean()),
        paid=_rates(contract, flat_posterior.mean),
        earned=_rates(contract, answered.eta),
    )


def _give_checks(answered: _Answered, contract: Contract, scheme: Scheme) -> dict[SeedKind, Floats]:
    """How many checks of each kind everybody had in the end, (A,), where they follow from the answers."""
    given: dict[SeedKind, Floats] = {kind: np.full(ANNOTATORS, scheme.checks(kind) / STAGES) for kind in SeedKind}
    for stage in range(1, STAGES):
        doubts = _doubts(answered.evidence(given, labels=stage * LABELS / STAGES), contract)
        factor = doubt_factor(doubts)
        times = np.array([times_the_rate(each, factor) for each in doubts])
        given = {kind: given[kind] + times * scheme.checks(kind) / STAGES for kind in SeedKind}
    return given


def _doubts(evidence: Evidence, contract: Contract) -> list[float | None]:
    posterior = evidence.attentiveness()
    measured = measured_by_annotator(evidence, posterior)
    return [doubt(contract, each, belief) for each, belief in zip(measured, posterior.posterior, strict=True)]


def _whole(checks: Floats) -> Ints:
    """Whole checks, rounded up and down so that they are as many in all."""
    rounding = (np.arange(ANNOTATORS) + 0.5) / ANNOTATORS
    return np.floor(checks + rounding).astype(np.int64)


def _rates(contract: Contract, scores: Floats) -> Floats:
    """What each answer is paid at the scores (A,), as a share of the full rate."""
    measured = [Measured(LABELS, LABELS, None, None, score) for score in scores.tolist()]
    return np.array([contract.bonus(m).minor / (LABELS * FULL_RATE) for m in measured])


def _row(population: str, contract: str, scheme: str, runs: list[_Outcome], runs_alike: list[_Outcome]) -> AdaptiveRow:
    wrong, wrong_alike = (np.array([run.wrong_rate for run in each]) for each in (runs, runs_alike))
    one, other = (np.array([run.paid[taste].mean() for run in runs]) for taste in (~IS_OPPOSED, IS_OPPOSED))
    n = len(runs) ** 0.5
    return AdaptiveRow(
        population=population,
        contract=contract,
        scheme=scheme,
        checks=float(np.mean([run.checks for run in runs])),
        wrong_rate=float(wrong.mean()),
        wrong_rate_error=float(wrong.std() / n),
        difference_to_alike=float((wrong - wrong_alike).mean()),
        difference_to_alike_error=float((wrong - wrong_alike).std() / n),
        coverage=float(np.mean([run.coverage for run in runs])),
        one_taste_paid=float(100 * one.mean()),
        other_taste_paid=float(100 * other.mean()),
        difference_error=float(100 * (one - other).std() / n),
    )
