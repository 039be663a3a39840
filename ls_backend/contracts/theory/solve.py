"""The best linear and the best binary contract for n monitored answers (arXiv 2502.06387, section 4).

- Linear: pay is ``base + rate * X / n``, kept between the floor of limited liability and the cap.
- Binary: pay is ``base``, and ``bonus`` on top where X reaches ``threshold``.

How each is searched for stands in :mod:`ls_backend.contracts.theory.binary` and :mod:`ls_backend.contracts.theory.linear`; how an
agent replies to it in :mod:`ls_backend.contracts.theory.replies`. :func:`all_or_nothing` is a further candidate. With several agent
types one contract must do for all of them.
"""

from collections.abc import Callable

import numpy as np
import scipy

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.binary import BinarySearch
from ls_backend.contracts.theory.linear import LinearSearch
from ls_backend.contracts.theory.principal_agent import Agent, PrincipalAgentProblem
from ls_backend.contracts.theory.replies import (
    BinaryContract,
    ContractKind,
    LinearContract,
    SimpleContract,
    Solution,
    efforts_of,
    first_best,
    reply,
    with_firm_reply,
)
from ls_backend.errors import InputError


def solve(problem: PrincipalAgentProblem, kind: ContractKind, n: int, *, robust: bool = False) -> Solution:
    """The best contract of a kind for n monitored answers.

    With several types in the model it is the best on average over them, or, if ``robust``, that of the best worst case. A
    type that does not accept gives the team nothing.

    Raises:
        InputError: n is not positive, or no contract within the limits is accepted.
    """
    if n < 1:
        raise InputError(f"n is {n}; at least 1 answer must be monitored")
    best = [first_best(problem, a) for a in problem.agents]
    if len(problem.agents) > 1:
        return _for_types(problem, kind, n, best, robust=robust)
    agent = problem.agents[0]
    search = BinarySearch(problem, agent, n) if kind == "binary" else LinearSearch(problem, agent, n)
    candidates = [
        with_firm_reply(problem, agent, c, n, value)
        for c, value in (search.best(), all_or_nothing(problem, agent, kind, n))
        if c
    ]
    if not candidates:
        raise InputError("no contract within the limits is accepted; lower agent.outside or raise limits.cap")
    contract, answer = max(candidates, key=lambda c: (c[1].accepts, c[1].value))
    return Solution(contract, answer.effort, answer.value, *best[0], (answer,))


def all_or_nothing(
    problem: PrincipalAgentProblem, agent: Agent, kind: ContractKind, n: int
) -> tuple[SimpleContract | None, float]:
    """What makes up for full effort where every answer agreed, else nothing at all, and its value: the agent can't but make
    full effort where that is sure to show and no pay can't be borne (ln utility and beyond). A corner that no search finds."""
    floor, ceiling = max(problem.limits.floor, agent.least_pay), problem.limits.ceiling
    pay = float(agent.pay_for(np.array(agent.outside + float(agent.cost(np.array(1.0))))))
    sure = float(problem.monitoring.chance(np.array(1.0))) == 1.0 and efforts_of(agent, 2)[-1] == 1.0
    if (
        not sure
        or not np.isneginf(agent.worth(np.array(floor)))
        or not np.isfinite(floor)
        or not floor < pay <= ceiling
    ):
        return None, -np.inf
    value = float(problem.principal.gain(np.array(1.0))) - pay
    if kind == "binary":
        return BinaryContract(floor, pay - floor, n), value
    rate = 2 * n * (pay - floor)
    return LinearContract(pay - rate, rate, floor, ceiling), value


# --- several types -----------------------------------------------------------------------------------------------------


def _for_types(
    problem: PrincipalAgentProblem, kind: ContractKind, n: int, best: list[tuple[float, float]], *, robust: bool
) -> Solution:
    """One contract for all types, by a global search that needs no gradient: types may refuse, so value jumps."""
    agents = problem.agents
    share = np.array([a.share for a in agents]) / sum(a.share for a in agents)
    alone = []
    for agent in agents:
        try:
            alone.append(solve(problem.model_copy(update={"agent": agent, "types": ()}), kind, n).contract)
        except InputError:
            continue
    if not alone:
        raise InputError("no contract within the limits is accepted by any type; lower outside or raise limits.cap")
    limits = problem.limits
    floor = max(limits.floor, *(a.least_pay for a in agents))

    def contract(v: Floats) -> SimpleContract:
        if kind == "linear":
            return LinearContract(float(v[0]), float(v[1]), floor, limits.ceiling)
        base = max(float(v[0]), floor)
        bonus = max(0.0, min(float(v[1]), limits.ceiling - base))
        return BinaryContract(base, bonus, round(float(v[2])))

    def worth(v: Floats) -> tuple[float, float]:
        offered = contract(v)
        values = np.array([reply(problem, a, offered, n).value for a in agents])
        return (float(values.min()), float(values @ share)) if robust else (float(values @ share), float(values.min()))

    points = np.array(
        [list(c.to_dict().values())[:3] if isinstance(c, BinaryContract) else [c.base, c.rate] for c in alone]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(0.6 * (high - low), 0.3 * np.maximum(np.abs(high), 1e-3))
    bounds = np.stack([low - room, high + room], axis=1)
    if kind == "binary":
        bounds[2] = np.clip(bounds[2], 1, n)
    result = scipy.optimize.differential_evolution(
        lambda v: -worth(v)[0], bounds, seed=0, popsize=12, maxiter=60, tol=1e-8, polish=False, x0=_best(points, worth)
    )
    offered = contract(result.x)
    replies = tuple(reply(problem, a, offered, n) for a in agents)
    return Solution(
        offered,
        float(share @ [r.effort for r in replies]),
        float(share @ [r.value for r in replies]),
        float(share @ [e for e, _ in best]),
        float(share @ [v for _, v in best]),
        replies,
    )


def _best(points: Floats, worth: Callable[[Floats], tuple[float, float]]) -> Floats:
    """The start of the search: the best of the contracts that are right for one type."""
    return np.asarray(max(points, key=worth))
