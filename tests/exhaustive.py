"""The slow and plain way to the best contract: try everything on fine grids. For comparison only.

An agent whose efforts lie on a grid may be rounded in the team's favour, so what the grids find best is given the exact reply.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from scipy.stats import binom

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.principal_agent import PrincipalAgentProblem
from ls_backend.contracts.theory.replies import BinaryContract, LinearContract, SimpleContract, reply

EFFORTS = np.linspace(0, 1, 501)


def _best(problem: PrincipalAgentProblem, n: int, found: list[tuple[float, SimpleContract]]) -> float:
    ranked: Iterator[tuple[float, SimpleContract]] = iter(sorted(found, key=lambda f: -f[0]))
    return max(reply(problem, problem.agent, contract, n).value for _, contract in islice(ranked, 40))


def binary(problem: PrincipalAgentProblem, n: int, *, bonuses: int = 400) -> float:
    """Every threshold, many bonuses; the base is the least that is accepted."""
    agent = problem.agent
    floor = max(problem.limits.floor, agent.least_pay)
    u_floor = float(agent.worth(np.array(floor))) if np.isfinite(floor) else -np.inf
    stake = float(agent.cost(np.array(1.0)))
    tried = np.geomspace(stake / 50, stake * 20, bonuses)
    found: list[tuple[float, SimpleContract]] = []
    for threshold in range(1, n + 1):
        passed = binom.sf(threshold - 1, n, problem.monitoring.chance(EFFORTS))
        own = tried[:, None] * passed - agent.cost(EFFORTS)
        at = own.argmax(axis=1)
        low = np.maximum(agent.outside - own.max(axis=1), u_floor)
        chance = passed[at]
        with np.errstate(invalid="ignore", over="ignore"):
            bottom, top = agent.pay_for(low), agent.pay_for(low + tried)
            value = problem.principal.gain(EFFORTS[at]) - (1 - chance) * bottom - np.where(chance > 0, chance * top, 0)
        for d in np.flatnonzero(np.isfinite(value) & (top <= problem.limits.ceiling)):
            found.append(
                (float(value[d]), BinaryContract(float(bottom[d]) + 1e-9, float(top[d] - bottom[d]), threshold))
            )
    return _best(problem, n, found)


def linear(problem: PrincipalAgentProblem, n: int, *, rates: Floats, bases: Floats) -> float:
    """All pairs of a rate and a base."""
    agent, floor, ceiling = problem.agent, max(problem.limits.floor, problem.agent.least_pay), problem.limits.ceiling
    x = np.arange(n + 1) / n
    pmf = binom.pmf(np.arange(n + 1), n, problem.monitoring.chance(EFFORTS)[:, None])
    found: list[tuple[float, SimpleContract]] = []
    for rate in rates:
        pay = np.clip(bases[:, None] + rate * x, floor, ceiling)
        worth = agent.worth(pay)
        never = np.isneginf(worth)  # what can't be accepted where it can happen
        own = np.where(never, 0.0, worth) @ pmf.T - agent.cost(EFFORTS)
        own[never.astype(np.float64) @ (pmf.T > 0) > 0] = -np.inf
        at, rows = own.argmax(axis=1), np.arange(bases.size)
        value = problem.principal.gain(EFFORTS[at]) - (pay @ pmf.T)[rows, at]
        for b in np.flatnonzero(own[rows, at] >= agent.outside - 1e-12):
            found.append((float(value[b]), LinearContract(float(bases[b]), float(rate), floor, ceiling)))
    return _best(problem, n, found)
