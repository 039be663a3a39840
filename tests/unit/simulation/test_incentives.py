"""Trying contracts on simulated annotators: fairness, gaming, signatures, a proposal that keeps to the budget."""

import numpy as np

from ls_backend.contracts.terms import Contract
from ls_backend.simulation import incentives
from ls_backend.simulation.incentives import MIX, Type, design, reply, run, trial
from ls_backend.simulation.project import Design, steady
from tests.fakes import CONTRACT

TERMS = Contract.parse(CONTRACT)
PLAN = Design(labels=200, retest_rate=0.1, gold_rate=0.1)


def pays(mix: tuple[Type, ...], annotators: int, seeds: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for seed in range(seeds):
        done = run(TERMS, annotators, PLAN, np.random.default_rng(seed), mix)
        for name, minor in zip(done.types, done.pay_minor, strict=True):
            found.setdefault(name, []).append(minor)
    return found


def test_a_minority_taste_earns_the_same_and_the_careless_and_the_gaming_clearly_less() -> None:
    mix = (
        Type("majority", 0.5, steady("majority", 0.92)),
        Type("minority", 0.25, steady("minority", 0.92, opposed=0.5)),
        *(Type(t.name, 0.0625, t.person) for t in MIX if not t.honest),
    )
    found = {name: np.array(own) for name, own in pays(mix, 16, 60).items()}
    majority, minority = found["majority"], found["minority"]
    noise = 3 * np.sqrt(majority.var() / majority.size + minority.var() / minority.size)
    assert abs(majority.mean() - minority.mean()) < noise
    for name in ("careless", "always left", "copies", "remembers"):
        assert found[name].mean() < 0.6 * majority.mean(), name


def test_those_who_respond_give_more_care_for_more_pay_and_less_where_it_costs_more() -> None:
    double = Contract.parse(CONTRACT.replace("per_judgment_minor = 10", "per_judgment_minor = 20"))
    assert reply(TERMS, 8.0, PLAN) >= reply(TERMS, 16.0, PLAN)
    assert reply(double, 16.0, PLAN) > reply(TERMS, 16.0, PLAN)
    assert reply(TERMS, 1e6, PLAN) == 0.0


def test_a_trial_compares_contracts_and_rates() -> None:
    both = {"linear": TERMS, "binary": incentives.binary_like(TERMS)}
    found = trial(both, annotators=14, plan=Design(labels=80), rates=(0.05, 0.2), seeds=2)
    assert [(r["contract"], r["retest_rate"]) for r in found["rows"]] == [
        ("linear", 0.05), ("linear", 0.2), ("binary", 0.05), ("binary", 0.2),
    ]  # fmt: skip
    for row in found["rows"]:
        assert 0.5 < row["quality"] <= 1
        assert row["cost_per_correct_minor"] > 0
        assert set(row["pay"]) >= {"careful", "minority taste"}
    again = trial(both, annotators=14, plan=Design(labels=80), rates=(0.05, 0.2), seeds=2)
    assert found == again, "seeds make it reproducible"


def test_a_proposal_keeps_to_the_budget_and_can_be_signed() -> None:
    text, expected = design(
        annotators=12, labels_a_week=40, budget_minor=30_000, value_minor=60, currency="EUR", seeds=3, weeks=4
    )
    assert Contract.parse(text).currency == "EUR"
    assert 0 < expected["spent_minor"] <= 30_000
    assert expected["gain_minor"] > 0
