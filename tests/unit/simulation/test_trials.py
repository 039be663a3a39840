"""Contracts tried on simulated annotators: fairness, gaming, comparisons that can be repeated."""

import numpy as np

from ls_backend.contracts.terms import Contract
from ls_backend.simulation.incentives import MIX, AnnotatorType
from ls_backend.simulation.project import Design, steady
from ls_backend.simulation.trials import TrialOptions, all_or_nothing, run_contract, try_contracts
from tests.fakes import CONTRACT

TERMS = Contract.parse(CONTRACT)
DESIGN = Design(labels=200, retest_rate=0.1, gold_rate=0.1)


def pay_by_type(mix: tuple[AnnotatorType, ...], annotators: int, seeds: int) -> dict[str, list[int]]:
    pay: dict[str, list[int]] = {}
    for seed in range(seeds):
        for outcome in run_contract(TERMS, annotators, DESIGN, np.random.default_rng(seed), mix).annotators:
            pay.setdefault(outcome.type.name, []).append(outcome.pay_minor)
    return pay


def test_a_minority_taste_earns_the_same_and_the_careless_and_the_gaming_clearly_less() -> None:
    mix = (
        AnnotatorType("majority", 0.5, steady("majority", 0.92)),
        AnnotatorType("minority", 0.25, steady("minority", 0.92, opposed=0.5)),
        *(AnnotatorType(t.name, 0.0625, t.annotator) for t in MIX if not t.honest),
    )
    pay = {name: np.array(own) for name, own in pay_by_type(mix, 16, 60).items()}
    majority, minority = pay["majority"], pay["minority"]
    noise = 3 * np.sqrt(majority.var() / majority.size + minority.var() / minority.size)
    assert abs(majority.mean() - minority.mean()) < noise
    for name in ("careless", "always left", "copies", "remembers"):
        assert pay[name].mean() < 0.6 * majority.mean(), name


def test_a_trial_compares_contracts_and_rates() -> None:
    contracts = {"linear": TERMS, "binary": all_or_nothing(TERMS)}
    options = TrialOptions(annotators=14, design=Design(labels=80), retest_rates=(0.05, 0.2), seeds=2)
    rows = try_contracts(contracts, options)
    assert [(row.contract, row.retest_rate) for row in rows] == [
        ("linear", 0.05), ("linear", 0.2), ("binary", 0.05), ("binary", 0.2),
    ]  # fmt: skip
    for row in rows:
        assert 0.5 < row.summary.quality <= 1
        assert row.summary.cost_per_correct_minor is not None
        assert row.summary.cost_per_correct_minor > 0
        assert set(row.summary.pay) >= {"careful", "minority taste"}
    assert rows == try_contracts(contracts, options), "seeds make it reproducible"
