"""Contracts, and the agent's best reply to them: exact binomials, and the global maximum over efforts.

The reply is not a stationary point: under self-consistency the score is quadratic in effort, so utility can have several
peaks. Where efforts are equally good to the agent (within 1e-7 of the utility at stake), the worst of them for the team counts:
what is computed does not depend on an agent's goodwill.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import scipy

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.principal_agent import Agent, PrincipalAgentProblem
from ls_backend.errors import InputError

ContractKind = Literal["linear", "binary"]
EFFORT_GRID = 401  # efforts that are tried
COARSE_EFFORT_GRID = 101
SIGMAS = 8.5  # beyond it a binomial has less than 1e-16
TIE_TOLERANCE = 1e-7  # of the utility at stake: efforts that differ by less are equally good to the agent
SCORE_BINS = 400


@dataclass(frozen=True, slots=True)
class LinearContract:
    """Pay for a score x = X / n is ``base + rate * x``, at least ``floor`` and at most ``cap``."""

    base: float
    rate: float
    floor: float = -np.inf
    cap: float = np.inf

    def pay(self, x: Floats) -> Floats:
        return np.asarray(np.clip(self.base + self.rate * x, self.floor, self.cap))

    def to_dict(self) -> dict[str, float]:
        edges = {"floor": self.floor, "cap": self.cap}
        return {"base": self.base, "rate": self.rate} | {k: v for k, v in edges.items() if np.isfinite(v)}


@dataclass(frozen=True, slots=True)
class BinaryContract:
    """Pay is ``base``, plus ``bonus`` where X >= ``threshold``."""

    base: float
    bonus: float
    threshold: int

    def to_dict(self) -> dict[str, float]:
        return {"base": self.base, "bonus": self.bonus, "threshold": self.threshold}


SimpleContract = LinearContract | BinaryContract


@dataclass(frozen=True, slots=True)
class Reply:
    """An agent's reply to a contract: the effort, the agent's own utility, what the team expects to pay and its value
    (benefit less pay). ``accepts`` is False where the outside option is better: then effort, pay and value are 0."""

    effort: float
    utility: float
    pay: float
    value: float
    accepts: bool


@dataclass(frozen=True, slots=True)
class Solution:
    """The best contract found, the reply to it, first best (``effort`` and ``value`` were effort observable), and the
    ``gap`` between the two values. With several agent types these are means by share."""

    contract: SimpleContract
    effort: float
    value: float
    first_best_effort: float
    first_best_value: float
    replies: tuple[Reply, ...]

    @property
    def gap(self) -> float:
        return self.first_best_value - self.value


def first_best(problem: PrincipalAgentProblem, agent: Agent) -> tuple[float, float]:
    """Effort and value if effort could be seen: the maximum of B(eta) - u^-1(c(eta) + u_0) over eta.

    Raises:
        InputError: no pay within the limits makes up for the outside option.
    """
    limits = problem.limits

    def value(effort: Floats) -> Floats:
        pay = agent.pay_for(agent.cost(effort) + agent.outside)
        pay = np.where(pay > limits.ceiling, np.inf, np.maximum(pay, limits.floor))
        return np.asarray(problem.principal.gain(effort) - pay)

    effort, highest = global_maximum(value, efforts_of(agent, 2001), continuous=agent.efforts is None)
    if not np.isfinite(highest):
        raise InputError(
            f"no pay makes up for the outside option ({agent.outside}); lower agent.outside or raise limits.cap"
        )
    return effort, highest


def efforts_of(agent: Agent, size: int) -> Floats:
    if agent.efforts is not None:
        return np.unique(np.array(agent.efforts, dtype=np.float64))
    return np.linspace(0.0, 1.0, size, dtype=np.float64)


def dense_efforts(problem: PrincipalAgentProblem, agent: Agent, scores: Floats, n: int, *, reach: float) -> Floats:
    """Efforts, dense where the score is about one of ``scores`` (within ``reach`` standard deviations)."""
    if agent.efforts is not None:
        return efforts_of(agent, 0)
    around = scores[:, None] + np.linspace(-reach, reach, 65) * 0.5 / np.sqrt(n)
    low, high = problem.monitoring.chance(np.array([0.0, 1.0]))
    efforts = np.concatenate([np.linspace(0, 1, 65), problem.monitoring.effort(np.clip(around, low, high).ravel())])
    return np.asarray(np.unique(np.round(efforts, 7)))


def global_maximum(value: Callable[[Floats], Floats], grid: Floats, *, continuous: bool) -> tuple[float, float]:
    """The global maximum of a function: the best of a grid, made exact between its neighbours."""
    on_grid = value(grid)
    best = int(np.argmax(on_grid))
    top = (float(grid[best]), float(on_grid[best]))
    if not continuous:
        return top
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)])
    near = refine_maximum(value, low, high, size=13, rounds=6, by_ratio=False)
    return (near[1], near[0]) if near[0] > top[1] else top


@lru_cache(maxsize=16)
def log_binomials(n: int) -> Floats:
    """ln of n over k, k = 0 to n."""
    k = np.arange(n + 1)
    return np.asarray(scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1))


class Scores:
    """Exact binomials: row g holds the chances ``pmf[g]`` of those counts ``k[g]`` that matter at effort g."""

    def __init__(self, problem: PrincipalAgentProblem, efforts: Floats, n: int) -> None:
        chance = problem.monitoring.chance(efforts)
        width = min(2 * (int(SIGMAS * np.sqrt(n * (chance * (1 - chance)).max())) + 12), n + 1)
        start = np.clip(np.rint(chance * n).astype(np.int64) - width // 2, 0, n + 1 - width)
        s = chance[:, None]
        self.k = start[:, None] + np.arange(width)
        self.pmf = np.exp(
            log_binomials(n)[self.k] + scipy.special.xlogy(self.k, s) + scipy.special.xlog1py(n - self.k, -s)
        )

    def mean(self, of_count: Floats) -> Floats:
        """E[f(X)] at every effort; ``of_count`` is f(0), ..., f(n), shape (n + 1,) -> (efforts,)."""
        values = of_count[self.k]
        if np.isneginf(values).any():
            values = np.where(self.pmf > 0, values, 0.0)
        return np.asarray(np.einsum("gk,gk->g", self.pmf, values))


def chance_of_passing(problem: PrincipalAgentProblem, effort: Floats, threshold: Any, n: int) -> Floats:
    """P(X >= threshold), exact; broadcasts."""
    chance = problem.monitoring.chance(np.asarray(effort))
    threshold = np.asarray(threshold, dtype=np.float64)
    inside = scipy.special.bdtrc(np.clip(threshold - 1, 0, n), n, chance)
    return np.where(threshold <= 0, 1.0, np.where(threshold > n, 0.0, inside))


def expectations(
    problem: PrincipalAgentProblem, agent: Agent, contract: SimpleContract, n: int
) -> Callable[[Floats], tuple[Floats, Floats]]:
    """A function of efforts: expected utility of pay (cost not taken off) and expected pay."""
    if isinstance(contract, BinaryContract):
        low, high = contract.base, contract.base + contract.bonus
        u_low, u_high = (float(agent.worth(np.array(w))) for w in (low, high))

        def binary(effort: Floats) -> tuple[Floats, Floats]:
            chance = chance_of_passing(problem, effort, contract.threshold, n)
            with np.errstate(invalid="ignore"):  # 0 times what can't be borne
                mixed = (1 - chance) * u_low + chance * u_high
            utility = np.where(chance == 1, u_high, np.where(chance == 0, u_low, mixed))
            return utility, low + (high - low) * chance

        return binary
    pay = contract.pay(np.arange(n + 1) / n)
    worth = agent.worth(pay)

    def linear(effort: Floats) -> tuple[Floats, Floats]:
        scores = Scores(problem, effort, n)
        return scores.mean(worth), scores.mean(pay)

    return linear


def reply(problem: PrincipalAgentProblem, agent: Agent, contract: SimpleContract, n: int) -> Reply:
    """The agent's best reply to a contract. Of efforts that are equally good to the agent the worst for the team counts."""
    expected = expectations(problem, agent, contract, n)
    efforts = efforts_of(agent, EFFORT_GRID if isinstance(contract, BinaryContract) else COARSE_EFFORT_GRID)

    def utility_of(effort: Floats) -> Floats:
        return expected(effort)[0] - agent.cost(effort)

    on_grid = utility_of(efforts)
    top = float(on_grid.max())
    scale = utility_at_stake(agent)
    if not np.isfinite(top):
        return refusal(agent)
    padded = np.concatenate([[-np.inf], on_grid, [-np.inf]])
    peaks = np.flatnonzero((on_grid >= padded[:-2]) & (on_grid >= padded[2:]) & (on_grid >= top - 0.02 * scale))
    ranked = peaks[np.argsort(-on_grid[peaks])][:6]  # a peak between grid points may top a higher grid point elsewhere
    maxima = [
        global_maximum(utility_of, efforts[max(i - 1, 0) : i + 2], continuous=agent.efforts is None)
        if agent.efforts is None
        else (float(efforts[i]), float(on_grid[i]))
        for i in ranked
    ]
    best = max(u for _, u in maxima)
    if best < agent.outside - TIE_TOLERANCE * scale:
        return refusal(agent)
    answers = []
    for effort, utility in maxima:
        if utility >= best - TIE_TOLERANCE * scale:
            pay = float(expected(np.array([effort]))[1][0])
            answers.append(
                Reply(effort, utility, pay, float(problem.principal.gain(np.array(effort))) - pay, accepts=True)
            )
    return min(answers, key=lambda r: r.value)


def refusal(agent: Agent) -> Reply:
    return Reply(0.0, agent.outside, 0.0, 0.0, accepts=False)


def utility_at_stake(agent: Agent) -> float:
    """The highest cost of effort: the scale of utilities."""
    return max(float(np.ptp(agent.cost(np.array([0.0, 1.0])))), 1e-9)


def with_firm_reply(
    problem: PrincipalAgentProblem,
    agent: Agent,
    contract: SimpleContract,
    n: int,
    expected: float,
    *,
    near: float = 1e-6,
) -> tuple[SimpleContract, Reply]:
    """Step back from an edge of incentives or of participation by as little as it takes for the reply to be firm."""
    best: tuple[SimpleContract, Reply] | None = None
    for step in (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        changed = nudged(contract, step, problem)
        answer = reply(problem, agent, changed, n)
        if best is None or (answer.accepts, answer.value) > (best[1].accepts, best[1].value):
            best = (changed, answer)
        if answer.accepts and answer.value >= expected - near * max(abs(expected), 1e-3):
            break
    assert best is not None  # noqa: S101
    return best


def nudged(contract: SimpleContract, step: float, problem: PrincipalAgentProblem) -> SimpleContract:
    if isinstance(contract, BinaryContract):
        bonus = min(contract.bonus * (1 + step), problem.limits.ceiling - contract.base)
        return BinaryContract(contract.base, bonus, contract.threshold)
    # turned about the score of half the rate, so that pay itself hardly moves
    more = contract.rate * step
    return LinearContract(contract.base - more / 2, contract.rate + more, contract.floor, contract.cap)


def interpolate_peak(utility: Floats, efforts: Floats, *, continuous: bool) -> tuple[Any, Floats]:
    """Where utility peaks along the last axis, between grid points by a parabola through three of them.

    Returns the index of the middle one of the three, shape (...), and the weights, shape (..., 3), with which any smooth
    function's values at the three give its value at the peak."""
    at = utility.argmax(axis=-1)
    if not continuous or efforts.size < 3:
        mid = np.clip(at, 1, max(efforts.size - 2, 1))
        return mid, np.eye(3)[at - mid + 1]
    mid = np.clip(at, 1, efforts.size - 2)
    x = [efforts[mid + o] for o in (-1, 0, 1)]
    y = [np.take_along_axis(utility, (mid + o)[..., None], axis=-1)[..., 0] for o in (-1, 0, 1)]
    left, right = (x[1] - x[0]) * (y[1] - y[2]), (x[1] - x[2]) * (y[1] - y[0])
    bend = left - right
    with np.errstate(invalid="ignore", divide="ignore"):
        top = x[1] - 0.5 * ((x[1] - x[0]) * left - (x[1] - x[2]) * right) / np.where(bend == 0, 1.0, bend)
    here = efforts[at]
    top = np.where((bend > 0) & np.isfinite(top), np.clip(top, x[0], x[2]), here)
    weights = [
        (top - x[1]) * (top - x[2]) / ((x[0] - x[1]) * (x[0] - x[2])),
        (top - x[0]) * (top - x[2]) / ((x[1] - x[0]) * (x[1] - x[2])),
        (top - x[0]) * (top - x[1]) / ((x[2] - x[0]) * (x[2] - x[1])),
    ]
    return mid, np.stack(weights, axis=-1)


def value_at_peak(values: Floats, mid: Any, weights: Floats) -> Floats:
    """The value at the peak of a function given along the last axis (broadcast to the peaks' shape)."""
    values = np.broadcast_to(values, (*mid.shape, values.shape[-1]))
    three = np.stack([np.take_along_axis(values, (mid + o)[..., None], axis=-1)[..., 0] for o in (-1, 0, 1)], axis=-1)
    return np.asarray((np.where(weights == 0, 0.0, three) * weights).sum(axis=-1))


def refine_maximum(
    value: Callable[[Floats], Floats], low: float, high: float, *, size: int, rounds: int, by_ratio: bool
) -> tuple[float, float]:
    """Best value and its place in an interval: grids that close in around the best, which also find the edge of a
    cliff."""
    best: tuple[float, float] = (-np.inf, low)
    for _ in range(rounds):
        spaced = np.geomspace if by_ratio else np.linspace
        tried = np.asarray(spaced(low, high, size), dtype=np.float64)
        values = value(tried)
        top = int(np.argmax(values))
        best = max(best, (float(values[top]), float(tried[top])))
        low, high = float(tried[max(top - 1, 0)]), float(tried[min(top + 1, size - 1)])
    return best
