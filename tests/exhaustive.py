"""The slow and plain way to the best contract: try everything on fine grids. For comparison only.

An agent whose efforts lie on a grid may be rounded in the team's favour, so what the grids find best is given the exact reply.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from ls_backend.contracts.theory.model import Model
from ls_backend.contracts.theory.replies import Binary, Contract, Linear, reply

EFFORTS = np.linspace(0, 1, 501)
Floats = NDArray[np.float64]


def _best(model: Model, n: int, found: list[tuple[float, Contract]]) -> float:
    ranked: Iterator[tuple[float, Contract]] = iter(sorted(found, key=lambda f: -f[0]))
    return max(reply(model, model.agent, contract, n).value for _, contract in islice(ranked, 40))


def binary(model: Model, n: int, *, bonuses: int = 400) -> float:
    """Every threshold, many bonuses; the base is the least that is accepted."""
    agent = model.agent
    floor = max(model.limits.floor, agent.least_pay)
    u_floor = float(agent.worth(np.array(floor))) if np.isfinite(floor) else -np.inf
    stake = float(agent.cost(np.array(1.0)))
    tried = np.geomspace(stake / 50, stake * 20, bonuses)
    found: list[tuple[float, Contract]] = []
    for threshold in range(1, n + 1):
        passed = binom.sf(threshold - 1, n, model.monitoring.chance(EFFORTS))
        own = tried[:, None] * passed - agent.cost(EFFORTS)
        at = own.argmax(axis=1)
        low = np.maximum(agent.outside - own.max(axis=1), u_floor)
        chance = passed[at]
        with np.errstate(invalid="ignore", over="ignore"):
            bottom, top = agent.pay_for(low), agent.pay_for(low + tried)
            value = model.principal.gain(EFFORTS[at]) - (1 - chance) * bottom - np.where(chance > 0, chance * top, 0)
        for d in np.flatnonzero(np.isfinite(value) & (top <= model.limits.ceiling)):
            found.append((float(value[d]), Binary(float(bottom[d]) + 1e-9, float(top[d] - bottom[d]), threshold)))
    return _best(model, n, found)


def linear(model: Model, n: int, *, rates: Floats, bases: Floats) -> float:
    """All pairs of a rate and a base."""
    agent, floor, ceiling = model.agent, max(model.limits.floor, model.agent.least_pay), model.limits.ceiling
    x = np.arange(n + 1) / n
    pmf = binom.pmf(np.arange(n + 1), n, model.monitoring.chance(EFFORTS)[:, None])
    found: list[tuple[float, Contract]] = []
    for rate in rates:
        pay = np.clip(bases[:, None] + rate * x, floor, ceiling)
        worth = agent.worth(pay)
        never = np.isneginf(worth)  # what can't be accepted where it can happen
        own = np.where(never, 0.0, worth) @ pmf.T - agent.cost(EFFORTS)
        own[never.astype(np.float64) @ (pmf.T > 0) > 0] = -np.inf
        at, rows = own.argmax(axis=1), np.arange(bases.size)
        value = model.principal.gain(EFFORTS[at]) - (pay @ pmf.T)[rows, at]
        for b in np.flatnonzero(own[rows, at] >= agent.outside - 1e-12):
            found.append((float(value[b]), Linear(float(bases[b]), float(rate), floor, ceiling)))
    return _best(model, n, found)
