"""Proposing a contract: the linear bonus that is worth most to the team within its budget, by simulation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.warning_signs import WarningSign, WarningSignName
from ls_backend.contracts.terms import Contract
from ls_backend.simulation.project import Design
from ls_backend.simulation.trials import run_contract, summarise

RETEST_RATE, GOLD_RATE = 0.1, 0.05
FEWEST_LABELS, MOST_LABELS = 20, 400  # of a simulated annotator
PARTS_OF_HIGHEST_RATE = (0.5, 0.75, 1.0, 1.3)
STARTS_AND_FULLS = ((0.4, 0.9), (0.55, 0.95), (0.65, 0.95))  # attentiveness at which the bonus starts, and is full
OVER_BUDGET = WarningSign(WarningSignName.BUDGET_TOO_SMALL, "One minor unit an answer is already over the budget.")


@dataclass(frozen=True, slots=True)
class Programme:
    """What a team knows of its programme of so many ``weeks``: the ``budget_minor`` for all bonuses, and the ``value_minor`` of
    one right consensus label."""

    annotators: int
    labels_a_week: int
    budget_minor: int
    value_minor: int
    currency: str
    weeks: int = 4

    @property
    def labels(self) -> int:
        """Of each annotator."""
        return self.labels_a_week * self.weeks


@dataclass(frozen=True, slots=True)
class ExpectedEffect:
    """``quality`` is the share of right consensus labels among items answered twice, ``correct`` their number; the gain is their
    value less what is spent."""

    quality: float
    correct: int
    spent_minor: int
    value_minor: int
    gain_minor: int
    weeks: int
    warning_signs: tuple[WarningSign, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The text of a contract file, and what to expect of it; None where no contract keeps to the budget."""

    contract: str
    expected: ExpectedEffect | None
    currency: str


def propose_contract(programme: Programme, *, seeds: int = 20) -> Proposal:
    """Of linear bonuses of several rates and starts, the one with the largest gain within the budget."""
    tried = [candidate for text in _contract_files(programme) if (candidate := _try_contract(text, programme, seeds))]
    if not tried:
        start, full = STARTS_AND_FULLS[-1]
        return Proposal(_contract_file(programme, start, full, rate=1), None, programme.currency)
    return max(tried, key=lambda candidate: candidate.gain).proposal


@dataclass(frozen=True, slots=True)
class _Candidate:
    proposal: Proposal
    gain: float


def _try_contract(text: str, programme: Programme, seeds: int) -> _Candidate | None:
    """None where it costs more than the budget. Figures of simulated annotators are scaled up to all labels."""
    labels = max(FEWEST_LABELS, min(programme.labels, MOST_LABELS))
    design = Design(labels=labels, retest_rate=RETEST_RATE, gold_rate=GOLD_RATE)
    scale = programme.labels / labels
    contract = Contract.parse(text)
    runs = [run_contract(contract, programme.annotators, design, np.random.default_rng([s, 2])) for s in range(seeds)]
    summary = summarise(runs)
    spent = summary.spent_minor * scale
    if spent > programme.budget_minor:
        return None
    correct = float(np.mean([run.correct for run in runs])) * scale
    gain = programme.value_minor * correct - spent
    expected = ExpectedEffect(
        quality=summary.quality,
        correct=round(correct),
        spent_minor=round(spent),
        value_minor=round(programme.value_minor * correct),
        gain_minor=round(gain),
        weeks=programme.weeks,
        warning_signs=summary.warning_signs,
    )
    return _Candidate(Proposal(text, expected, programme.currency), gain)


def _contract_files(programme: Programme) -> Iterator[str]:
    highest_rate = max(1, int(programme.budget_minor / max(programme.annotators * programme.labels, 1)))
    for rate in sorted({max(1, round(highest_rate * part)) for part in PARTS_OF_HIGHEST_RATE}):
        for start, full in STARTS_AND_FULLS:
            yield _contract_file(programme, start, full, rate)


def _contract_file(programme: Programme, start: float, full: float, rate: int) -> str:
    cap = max(1, programme.budget_minor // max(programme.annotators, 1))
    return (
        "# Proposed by `steadyhand contract design`; amounts are in minor units.\n"
        f'version = "draft-1"\ncurrency = "{programme.currency}"\nperiod = "month"\n\n[bonus]\nkind = "linear"\n'
        f'measure = "attentiveness"\nstart = {start}\nfull = {full}\nper_judgment_minor = {rate}\ncap_minor = {cap}\n\n'
        "[minimum]\nmonitored = 10\nshare = 0.0\n"
    )
