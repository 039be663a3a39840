"""The solver beside the slow and plain way, and beside what theory says."""

import numpy as np
import pytest

from ls_backend.contracts.theory.principal_agent import Agent, PrincipalAgentProblem
from ls_backend.contracts.theory.rates import KINDS, SIZES, gaps, law, with_efforts, with_q
from ls_backend.contracts.theory.replies import BinaryContract, ContractKind, LinearContract, first_best, reply
from ls_backend.contracts.theory.solve import solve
from ls_backend.errors import ContractError, InputError
from tests import exhaustive

TEXT = """
[agent]
utility = "{utility}"
risk_aversion = {aversion}
cost_kappa = {kappa}
cost_power = {power}
outside = {outside}
[principal]
benefit = 1.0
[monitoring]
scheme = "{scheme}"
q = {q}
r = {r}
[limits]
limited_liability = {liable}
base = 0.0
"""
USUAL = {
    "utility": "cara", "aversion": 1.0, "kappa": 0.3, "power": 4, "outside": 0.0, "scheme": "self_consistency",
    "q": 0.8, "r": 1.0, "liable": "false",
}  # fmt: skip


def problem_with(**changes: object) -> PrincipalAgentProblem:
    return PrincipalAgentProblem.parse(TEXT.format(**(USUAL | changes)))


PROBLEMS = {
    "cara, self-consistency": problem_with(),
    "cara, expert": problem_with(aversion=2.0, power=2, scheme="expert", r=0.9),
    "crra, low q": problem_with(utility="crra", aversion=0.5, kappa=0.5, power=3, outside=1.5, q=0.6),
    "neutral, limited liability": problem_with(utility="neutral", aversion=0.0, kappa=0.8, power=2, liable="true"),
    "cara, limited liability": problem_with(kappa=0.5, power=3, outside=0.1, liable="true"),
    "log utility": problem_with(utility="crra", aversion=1.0, kappa=0.5, power=3, outside=-1.0, scheme="expert"),
}


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("n", [10, 60])
def test_no_contract_of_a_fine_grid_is_better(name: str, n: int) -> None:
    problem = PROBLEMS[name]
    assert solve(problem, "binary", n).value >= exhaustive.binary(problem, n) - 5e-6
    best = solve(problem, "linear", n)
    assert isinstance(best.contract, LinearContract)
    rates = np.geomspace(0.05, 8, 120) if n == 10 else best.contract.rate * np.linspace(0.5, 1.5, 81)
    bases = np.linspace(-7, 2, 361) if n == 10 else best.contract.base + np.linspace(-0.3, 0.3, 241)
    assert best.value >= exhaustive.linear(problem, n, rates=rates, bases=bases) - 5e-6


@pytest.mark.parametrize("kind", ["binary", "linear"])
def test_full_score_or_nothing_where_full_effort_surely_shows_and_no_pay_cannot_be_borne(kind: ContractKind) -> None:
    sure = {"utility": "crra", "aversion": 2.0, "kappa": 0.5, "power": 3, "outside": -4.0, "scheme": "expert"}
    problem = problem_with(**sure)
    pay = float(problem.agent.pay_for(np.array(-4.0 + 0.5)))
    for n in (1, 20, 400):
        found = solve(problem, kind, n)
        assert found.effort == 1.0
        assert found.value == pytest.approx(1 - pay, abs=1e-6)
    assert solve(problem_with(**sure, r=0.99), kind, 20).value < found.value
    capped = PrincipalAgentProblem.parse(TEXT.format(**(USUAL | sure)) + f"cap = {0.9 * pay}\n")
    assert solve(capped, kind, 20).effort < 1


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_a_contract_is_the_agents_reply_to_it(name: str, kind: str) -> None:
    problem = PROBLEMS[name]
    found = solve(problem, kind, 200)  # type: ignore[arg-type]
    answer = reply(problem, problem.agent, found.contract, 200)
    assert answer.accepts
    assert (answer.effort, answer.value) == (found.effort, found.value)
    assert found.gap >= -1e-9
    assert found.first_best_value == first_best(problem, problem.agent)[1]


def test_first_best_is_where_the_derivative_says() -> None:
    neutral = problem_with(utility="neutral", aversion=0.0, kappa=0.5, power=4)
    effort, value = first_best(neutral, neutral.agent)
    assert effort == pytest.approx((1 / (4 * 0.5)) ** (1 / 3), abs=1e-7)
    assert value == pytest.approx(effort - 0.5 * effort**4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cara, self-consistency", "cara, expert", "crra, low q"])
def test_the_gaps_fall_as_the_paper_proves(name: str) -> None:
    problem = PROBLEMS[name]
    for kind, slope in (("linear", -1.0), ("binary", -0.57)):
        found = gaps(problem, kind)  # type: ignore[arg-type]
        fitted = law(kind, SIZES, found, scale=1.0)  # type: ignore[arg-type]
        assert fitted.slope == pytest.approx(slope, abs=0.05)
        assert fitted.spread is not None
        assert fitted.spread < 1.15, "gap x law levels off"
    assert all(b > a for a, b in zip(gaps(problem, "linear"), gaps(problem, "binary"), strict=True))


def test_a_coarse_choice_of_efforts_hides_the_law_and_low_q_widens_the_gap() -> None:
    problem = PROBLEMS["cara, self-consistency"]
    assert solve(with_efforts(problem, 5), "binary", 1600).gap < 1e-9
    assert solve(with_q(problem, 0.3), "linear", 400).gap > 3 * solve(with_q(problem, 0.9), "linear", 400).gap


def test_a_bonus_too_small_loses_all_effort_and_not_a_little() -> None:
    problem = PROBLEMS["cara, self-consistency"]
    best = solve(problem, "binary", 400).contract
    assert isinstance(best, BinaryContract)
    low = reply(problem, problem.agent, BinaryContract(1.0, best.bonus * 0.9, best.threshold), 400)
    assert low.effort < 0.2, "the reply is a global maximum"


@pytest.mark.slow
def test_types_get_one_contract_and_robust_helps_the_worst() -> None:
    agent = {"utility": "cara", "risk_aversion": 1.0, "cost_kappa": 0.3, "cost_power": 4.0}
    mixed = PrincipalAgentProblem.model_validate(
        {
            "agent": agent,
            "principal": {"benefit": 1.0},
            "monitoring": {"q": 0.8},
            "types": [{"share": 0.7, "cost_kappa": 0.2}, {"share": 0.3, "cost_kappa": 0.5}],
        }
    )
    average, robust = solve(mixed, "linear", 100), solve(mixed, "linear", 100, robust=True)
    assert average.value >= robust.value - 1e-4
    assert min(r.value for r in robust.replies) >= min(r.value for r in average.replies) - 1e-4
    alone = [solve(mixed.model_copy(update={"agent": a, "types": ()}), "linear", 100) for a in mixed.types]
    assert average.value <= 0.7 * alone[0].value + 0.3 * alone[1].value + 1e-6
    assert (
        average.value
        >= max(
            0.7 * reply(mixed, mixed.types[0], s.contract, 100).value
            + 0.3 * reply(mixed, mixed.types[1], s.contract, 100).value
            for s in alone
        )
        - 5e-6
    )


def test_a_cost_given_as_numbers_is_the_power_it_was_made_of() -> None:
    points = [[float(e), float(0.3 * e**4)] for e in np.linspace(0, 1, 401)]
    problem = problem_with()
    table = problem.model_copy(update={"agent": Agent(utility="cara", risk_aversion=1.0, cost_table=points)})  # type: ignore[arg-type]
    for kind in KINDS:
        assert solve(table, kind, 200).value == pytest.approx(solve(problem, kind, 200).value, abs=3e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((" = 0.3", " = -0.3"), "agent.cost_kappa: Input should be greater than 0 (got -0.3)"),
        (("cost_power", "cost_pover"), "agent.cost_pover is not a key here"),
        (("q = 0.8", "q = 1.8"), "monitoring.q: Input should be less than or equal to 1 (got 1.8)"),
        (("benefit = 1.0\n", ""), "principal.benefit is missing"),
        (("risk_aversion = 1.0", "risk_aversion = 0"), "risk_aversion must be above 0"),
        (('"cara"', '"prospect"'), "agent.utility: Input should be 'neutral', 'cara' or 'crra'"),
        (("cost_kappa = 0.3", "cost_table = [[0, 0], [0.5, 0.4], [1, 0.5]]"), "must rise and be convex"),
    ],
)
def test_a_bad_model_names_the_key_and_the_cure(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ContractError) as error:
        PrincipalAgentProblem.parse(TEXT.format(**USUAL).replace(*change), source="m.toml")
    assert said in str(error.value)


def test_what_nobody_accepts_is_an_error_with_a_cure() -> None:
    with pytest.raises(InputError, match=r"lower agent\.outside or raise limits\.cap"):
        solve(problem_with(outside=2.0), "linear", 10)
