"""The solver beside an exhaustive grid search, and whether a minority taste earns the same, over many runs."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ls_backend.contracts
from ls_backend.contracts.terms import Contract
from ls_backend.contracts.theory.principal_agent import PrincipalAgentProblem
from ls_backend.contracts.theory.rates import KINDS
from ls_backend.contracts.theory.replies import LinearContract
from ls_backend.contracts.theory.solve import solve
from ls_backend.simulation.incentives import AnnotatorType
from ls_backend.simulation.project import Design, steady
from ls_backend.simulation.trials import run_contract
from tests import exhaustive
from tests.fakes import CONTRACT

pytestmark = pytest.mark.bench
EXAMPLE = (Path(ls_backend.contracts.__file__).parent / "theory" / "model.toml").read_text()
RUNS = 1000


def milliseconds(action: Callable[[], object], times: int = 7) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


@pytest.mark.parametrize("liable", [False, True])
def test_solving_beside_a_grid_search(liable: bool) -> None:
    problem = PrincipalAgentProblem.parse(
        EXAMPLE.replace("limited_liability = false", f"limited_liability = {str(liable).lower()}")
    )
    print(f"\nContracts, limited liability {liable}")
    for kind in KINDS:
        for n in (100, 1000, 10_000):
            print(f"  {kind:7} n = {n:6}  {milliseconds(lambda k=kind, m=n: solve(problem, k, m)):7.1f} ms")  # type: ignore[misc]
    n = 200
    ours = solve(problem, "binary", n), solve(problem, "linear", n)
    line = ours[1].contract
    assert isinstance(line, LinearContract)
    rates, bases = line.rate * np.linspace(0.5, 1.5, 101), line.base + np.linspace(-0.3, 0.3, 201)
    for kind, found, search in (
        ("binary", ours[0], lambda: exhaustive.binary(problem, n)),
        ("linear", ours[1], lambda: exhaustive.linear(problem, n, rates=rates, bases=bases)),
    ):
        slow = milliseconds(search, 1)
        quick = milliseconds(lambda k=kind: solve(problem, k, n))  # type: ignore[misc]
        print(
            f"  {kind:7} n = {n}: grid search {slow:.0f} ms, x{slow / quick:.0f}; value less the grid's {found.value - search():+.2e}"
        )


def test_the_pay_of_a_minority_taste_over_many_runs() -> None:
    mix = (
        AnnotatorType("majority", 0.6, steady("majority", 0.92)),
        AnnotatorType("minority", 0.2, steady("minority", 0.92, opposed=0.5)),
        AnnotatorType("careless", 0.1, steady("careless", 0.3)),
        AnnotatorType("always left", 0.05, steady("always left", 0.0, lam=1.0)),
        AnnotatorType("copies", 0.05, steady("copies", 0.25, copies=0.9)),
    )
    terms, paid = Contract.parse(CONTRACT), dict[str, list[int]]()
    for seed in range(RUNS):
        run = run_contract(terms, 20, Design(labels=200, gold_rate=0.05), np.random.default_rng(seed), mix)
        for outcome in run.annotators:
            paid.setdefault(outcome.type.name, []).append(outcome.pay_minor)
    print(f"\nPay in minor units over {RUNS} runs of 20 annotators, 10 % retests, 5 % gold")
    for name, own in paid.items():
        print(f"  {name:12} mean {np.mean(own):7.1f}  standard error {np.std(own) / len(own) ** 0.5:5.1f}")
