"""The best linear and the best binary contract for n monitored answers (arXiv 2502.06387, section 4).

- Linear: pay is ``base + rate * X / n``, kept between the floor of limited liability and the cap.
- Binary: pay is ``base``, and ``bonus`` on top where X reaches ``threshold``.

Chances are exact binomials. The agent's reply is the global maximum over efforts, not a stationary point: under
self-consistency the score is quadratic in effort, so utility can have several peaks. Where efforts are equally good to
the agent (within 1e-7 of the utility at stake), the team is given the worst of them: what is returned does not hang on
an agent's goodwill.

How it searches: for a binary contract the agent's reply depends on threshold and on the bonus in utilities alone, and the
least base follows from participation; so thresholds are tried, and for each the bonus, on grids that close in around
the best, which also finds the edge beyond which effort collapses. For a linear one the rate is tried the same way; the base
follows from participation, or is searched too where a floor or a cap bends the contract.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.optimize import differential_evolution, minimize
from scipy.special import bdtrc, gammaln, xlog1py, xlogy

from ls_backend.contracts.model import Agent, Floats, Model
from ls_backend.errors import InputError

Kind = Literal["linear", "binary"]
GRID = 401
COARSE = 101
SIGMAS = 8.5  # beyond it a binomial has less than 1e-16
TIE = 1e-7
BINS = 400


@dataclass(frozen=True, slots=True)
class Linear:
    """Pay for a score x = X / n is ``base + rate * x``, at least ``floor`` and at most ``cap``."""

    base: float
    rate: float
    floor: float = -np.inf
    cap: float = np.inf

    def pay(self, x: Floats) -> Floats:
        return np.asarray(np.clip(self.base + self.rate * x, self.floor, self.cap))

    def as_dict(self) -> dict[str, float]:
        edges = {"floor": self.floor, "cap": self.cap}
        return {"base": self.base, "rate": self.rate} | {k: v for k, v in edges.items() if np.isfinite(v)}


@dataclass(frozen=True, slots=True)
class Binary:
    """Pay is ``base``, plus ``bonus`` where X >= ``threshold``."""

    base: float
    bonus: float
    threshold: int

    def as_dict(self) -> dict[str, float]:
        return {"base": self.base, "bonus": self.bonus, "threshold": self.threshold}


Contract = Linear | Binary


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent makes of a contract: the effort, the agent's own utility, what the team expects to pay and its value
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

    contract: Contract
    effort: float
    value: float
    first_best_effort: float
    first_best_value: float
    replies: tuple[Reply, ...]

    @property
    def gap(self) -> float:
        return self.first_best_value - self.value


def first_best(model: Model, agent: Agent) -> tuple[float, float]:
    """Effort and value if effort could be seen: the maximum of B(eta) - u^-1(c(eta) + u_0) over eta.

    Raises:
        InputError: no pay within the limits makes up for the outside option.
    """
    limits = model.limits

    def value(effort: Floats) -> Floats:
        pay = agent.pay_for(agent.cost(effort) + agent.outside)
        pay = np.where(pay > limits.ceiling, np.inf, np.maximum(pay, limits.floor))
        return np.asarray(model.principal.gain(effort) - pay)

    found = _peak(value, _efforts(agent, 2001), continuous=agent.efforts is None)
    if not np.isfinite(found[1]):
        raise InputError(
            f"no pay makes up for the outside option ({agent.outside}); lower agent.outside or raise limits.cap"
        )
    return found


def _efforts(agent: Agent, size: int) -> Floats:
    if agent.efforts is not None:
        return np.unique(np.array(agent.efforts, dtype=np.float64))
    return np.linspace(0.0, 1.0, size, dtype=np.float64)


def _dense(model: Model, agent: Agent, scores: Floats, n: int, *, reach: float) -> Floats:
    """Efforts, dense where the score is about one of ``scores`` (within ``reach`` standard deviations)."""
    if agent.efforts is not None:
        return _efforts(agent, 0)
    around = scores[:, None] + np.linspace(-reach, reach, 65) * 0.5 / np.sqrt(n)
    low, high = model.monitoring.chance(np.array([0.0, 1.0]))
    found = np.concatenate([np.linspace(0, 1, 65), model.monitoring.effort(np.clip(around, low, high).ravel())])
    return np.asarray(np.unique(np.round(found, 7)))


def _peak(value: Callable[[Floats], Floats], grid: Floats, *, continuous: bool) -> tuple[float, float]:
    """The global maximum of a function: the best of a grid, made exact between its neighbours."""
    on_grid = value(grid)
    best = int(np.argmax(on_grid))
    top = (float(grid[best]), float(on_grid[best]))
    if not continuous:
        return top
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, grid.size - 1)])
    near = _close_in(value, low, high, size=17, rounds=8, by_ratio=False)
    return (near[1], near[0]) if near[0] > top[1] else top


@lru_cache(maxsize=16)
def _log_ways(n: int) -> Floats:
    """ln of n over k, k = 0 to n."""
    k = np.arange(n + 1)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


class Scores:
    """Exact binomials: row g holds the chances ``pmf[g]`` of those counts ``k[g]`` that matter at effort g."""

    def __init__(self, model: Model, efforts: Floats, n: int) -> None:
        chance = model.monitoring.chance(efforts)
        width = min(2 * (int(SIGMAS * np.sqrt(n * (chance * (1 - chance)).max())) + 12), n + 1)
        start = np.clip(np.rint(chance * n).astype(np.int64) - width // 2, 0, n + 1 - width)
        s = chance[:, None]
        self.k = start[:, None] + np.arange(width)
        self.pmf = np.exp(_log_ways(n)[self.k] + xlogy(self.k, s) + xlog1py(n - self.k, -s))

    def mean(self, of_count: Floats) -> Floats:
        """E[f(X)] at every effort; ``of_count`` is f(0), ..., f(n), shape (n + 1,) -> (efforts,)."""
        values = of_count[self.k]
        if np.isneginf(values).any():
            values = np.where(self.pmf > 0, values, 0.0)
        return np.asarray(np.einsum("gk,gk->g", self.pmf, values))


def passing(model: Model, effort: Floats, threshold: Any, n: int) -> Floats:
    """P(X >= threshold), exact; broadcasts."""
    chance = model.monitoring.chance(np.asarray(effort))
    threshold = np.asarray(threshold, dtype=np.float64)
    inside = bdtrc(np.clip(threshold - 1, 0, n), n, chance)
    return np.where(threshold <= 0, 1.0, np.where(threshold > n, 0.0, inside))


def _expected(model: Model, agent: Agent, contract: Contract, n: int) -> Callable[[Floats], tuple[Floats, Floats]]:
    """A function of efforts: expected utility of pay (cost not taken off) and expected pay."""
    if isinstance(contract, Binary):
        low, high = contract.base, contract.base + contract.bonus
        u_low, u_high = (float(agent.worth(np.array(w))) for w in (low, high))

        def binary(effort: Floats) -> tuple[Floats, Floats]:
            chance = passing(model, effort, contract.threshold, n)
            utility = np.where(
                chance == 1, u_high, np.where(chance == 0, u_low, (1 - chance) * u_low + chance * u_high)
            )
            return utility, low + (high - low) * chance

        return binary
    pay = contract.pay(np.arange(n + 1) / n)
    worth = agent.worth(pay)

    def linear(effort: Floats) -> tuple[Floats, Floats]:
        scores = Scores(model, effort, n)
        return scores.mean(worth), scores.mean(pay)

    return linear


def reply(model: Model, agent: Agent, contract: Contract, n: int) -> Reply:
    """The agent's best reply to a contract. Of efforts that are equally good to the agent the worst for the team counts."""
    expected = _expected(model, agent, contract, n)
    efforts = _efforts(agent, GRID if isinstance(contract, Binary) else COARSE)

    def own(effort: Floats) -> Floats:
        return expected(effort)[0] - agent.cost(effort)

    on_grid = own(efforts)
    top = float(on_grid.max())
    scale = _stake(agent)
    if not np.isfinite(top):
        return _refused(agent)
    padded = np.concatenate([[-np.inf], on_grid, [-np.inf]])
    peaks = np.flatnonzero((on_grid >= padded[:-2]) & (on_grid >= padded[2:]) & (on_grid >= top - 0.02 * scale))
    ranked = peaks[np.argsort(-on_grid[peaks])][:6]  # a peak between grid points may top a higher grid point elsewhere
    found = [
        _peak(own, efforts[max(i - 1, 0) : i + 2], continuous=agent.efforts is None)
        if agent.efforts is None
        else (float(efforts[i]), float(on_grid[i]))
        for i in ranked
    ]
    best = max(u for _, u in found)
    if best < agent.outside - TIE * scale:
        return _refused(agent)
    answers = []
    for effort, utility in found:
        if utility >= best - TIE * scale:
            pay = float(expected(np.array([effort]))[1][0])
            answers.append(
                Reply(effort, utility, pay, float(model.principal.gain(np.array(effort))) - pay, accepts=True)
            )
    return min(answers, key=lambda r: r.value)


def _refused(agent: Agent) -> Reply:
    return Reply(0.0, agent.outside, 0.0, 0.0, accepts=False)


def _stake(agent: Agent) -> float:
    """What effort can cost at most: the scale of utilities."""
    return max(float(np.ptp(agent.cost(np.array([0.0, 1.0])))), 1e-9)


def solve(model: Model, kind: Kind, n: int, *, robust: bool = False) -> Solution:
    """The best contract of a kind for n monitored answers.

    With several types in the model it is the best on average over them, or, if ``robust``, that of the best worst case. A
    type that does not accept gives the team nothing.

    Raises:
        InputError: n is not positive, or no contract within the limits is accepted.
    """
    if n < 1:
        raise InputError(f"n is {n}; at least 1 answer must be monitored")
    best = [first_best(model, a) for a in model.agents]
    if len(model.agents) > 1:
        return _for_types(model, kind, n, best, robust=robust)
    agent = model.agents[0]
    contract: Contract | None
    if kind == "binary":
        contract, expected = _Binary(model, agent, n).best()
    else:
        contract, expected = _Linear(model, agent, n).best()
    if contract is None:
        raise InputError("no contract within the limits is accepted; lower agent.outside or raise limits.cap")
    contract, answer = _settled(model, agent, contract, n, expected)
    return Solution(contract, answer.effort, answer.value, *best[0], (answer,))


def _settled(
    model: Model, agent: Agent, contract: Contract, n: int, expected: float, *, near: float = 1e-6
) -> tuple[Contract, Reply]:
    """Step back from an edge of incentives or of participation by as little as it takes for the reply to be firm."""
    best: tuple[Contract, Reply] | None = None
    for step in (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        moved = _moved(contract, step, model)
        answer = reply(model, agent, moved, n)
        if best is None or (answer.accepts, answer.value) > (best[1].accepts, best[1].value):
            best = (moved, answer)
        if answer.accepts and answer.value >= expected - near * max(abs(expected), 1e-3):
            break
    assert best is not None  # noqa: S101
    return best


def _moved(contract: Contract, step: float, model: Model) -> Contract:
    if isinstance(contract, Binary):
        bonus = min(contract.bonus * (1 + step), model.limits.ceiling - contract.base)
        return Binary(contract.base, bonus, contract.threshold)
    # turned about the score of half the rate, so that pay itself hardly moves
    more = contract.rate * step
    return Linear(contract.base - more / 2, contract.rate + more, contract.floor, contract.cap)


def _at_peak(own: Floats, efforts: Floats, *, continuous: bool) -> tuple[Any, Floats]:
    """Where utility peaks along the last axis, between grid points by a parabola through three of them.

    Returns the index of the middle one of the three, shape (...), and the weights, shape (..., 3), with which any smooth
    function's values at the three give its value at the peak."""
    at = own.argmax(axis=-1)
    if not continuous or efforts.size < 3:
        mid = np.clip(at, 1, max(efforts.size - 2, 1))
        return mid, np.eye(3)[at - mid + 1]
    mid = np.clip(at, 1, efforts.size - 2)
    x = [efforts[mid + o] for o in (-1, 0, 1)]
    y = [np.take_along_axis(own, (mid + o)[..., None], axis=-1)[..., 0] for o in (-1, 0, 1)]
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


def _pick(values: Floats, mid: Any, weights: Floats) -> Floats:
    """The value at the peak of a function given along the last axis (broadcast to the peaks' shape)."""
    values = np.broadcast_to(values, (*mid.shape, values.shape[-1]))
    three = np.stack([np.take_along_axis(values, (mid + o)[..., None], axis=-1)[..., 0] for o in (-1, 0, 1)], axis=-1)
    return np.asarray((np.where(weights == 0, 0.0, three) * weights).sum(axis=-1))


def _close_in(
    value: Callable[[Floats], Floats], low: float, high: float, *, size: int, rounds: int, by_ratio: bool
) -> tuple[float, float]:
    """Best value and its place in an interval: grids that close in around the best, which also find the edge of a
    cliff."""
    best: tuple[float, float] = (-np.inf, low)
    for _ in range(rounds):
        spaced = np.geomspace if by_ratio else np.linspace
        tried = np.asarray(spaced(low, high, size), dtype=np.float64)
        found = value(tried)
        top = int(np.argmax(found))
        best = max(best, (float(found[top]), float(tried[top])))
        low, high = float(tried[max(top - 1, 0)]), float(tried[min(top + 1, size - 1)])
    return best


class _Binary:
    """In utilities: the agent's reply depends on threshold and bonus, and the base is the least that is accepted."""

    def __init__(self, model: Model, agent: Agent, n: int) -> None:
        self.model, self.agent, self.n = model, agent, n
        self.stake = _stake(agent)
        self.continuous = agent.efforts is None
        self.fine = _efforts(agent, GRID)
        least = max(model.limits.floor, agent.least_pay)
        self.u_floor = float(agent.worth(np.array(least))) if np.isfinite(least) else -np.inf
        ceiling = model.limits.ceiling
        self.u_ceiling = float(agent.worth(np.array(ceiling))) if np.isfinite(ceiling) else np.inf
        self.bonuses = (self.stake * 0.02 / np.sqrt(n), self.stake * 60)
        self.seen: dict[int, tuple[float, float]] = {}

    def values(self, passed: Floats, bonus: Floats, efforts: Floats) -> Floats:
        """The team's value for thresholds by bonuses: passed (T, G), bonus (D,) -> (T, D)."""
        agent = self.agent
        own = bonus[None, :, None] * passed[:, None, :] - agent.cost(efforts)
        mid, weights = _at_peak(own, efforts, continuous=self.continuous)
        effort = _pick(efforts, mid, weights)
        chance = np.clip(_pick(passed[:, None, :], mid, weights), 0.0, 1.0)
        return self.paid(effort, chance, bonus)

    def paid(self, effort: Floats, chance: Floats, bonus: Floats) -> Floats:
        """The team's value where the agent takes an effort, with the least base that is accepted; -inf where none is."""
        agent = self.agent
        low = np.maximum(agent.outside - (bonus * chance - agent.cost(effort)), self.u_floor)
        high = low + bonus
        pay_low, pay_high = agent.pay_for(low), agent.pay_for(high)
        possible = (high <= self.u_ceiling) & np.isfinite(pay_low) & np.isfinite(pay_high)
        pay = np.where(possible, (1 - chance) * pay_low + chance * np.where(possible, pay_high, 0.0), np.inf)
        return np.asarray(self.model.principal.gain(effort) - pay)

    def at(self, threshold: int) -> tuple[float, float]:
        """The best value at a threshold, and its bonus."""
        if threshold not in self.seen:
            efforts = _dense(self.model, self.agent, np.array([threshold / self.n]), self.n, reach=6.0)
            passed = passing(self.model, efforts, threshold, self.n)[None, :]
            if self.continuous:
                self.seen[threshold] = self.by_effort(threshold, efforts, passed[0])
            else:
                self.seen[threshold] = _close_in(
                    lambda bonus: self.values(passed, bonus, efforts)[0],
                    *self.bonuses,
                    size=40,
                    rounds=6,
                    by_ratio=True,
                )
        return self.seen[threshold]

    def by_effort(self, threshold: int, efforts: Floats, passed: Floats) -> tuple[float, float]:
        """For each effort the bonus that makes it stationary; it counts where no other effort is better to the agent."""
        agent, n = self.agent, self.n
        cost = agent.cost(efforts)
        ahead = passed[-1] - passed[:-1]  # full effort may take more than being stationary
        for_all = float(np.max((cost[-1] - cost[:-1])[ahead > 0] / ahead[ahead > 0], initial=0.0)) * (1 + 1e-9)

        def bonus_of(effort: Floats) -> Floats:
            chance = self.model.monitoring.chance(effort)
            ways = _log_ways(n - 1)[threshold - 1]
            density = n * np.exp(ways + xlogy(threshold - 1, chance) + xlog1py(n - threshold, -chance))
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                bonus = agent.marginal_cost(effort) / (density * self.model.monitoring.slope(effort))
            bonus = np.where(effort == 1.0, np.fmax(bonus, for_all), bonus)
            return np.where(np.isfinite(bonus) & (bonus > 0) & (bonus < self.bonuses[1]), bonus, 0.0)

        def value(effort: Floats) -> Floats:
            bonus = bonus_of(effort)
            chance = passing(self.model, effort, threshold, n)
            own = bonus * chance - agent.cost(effort)
            firm = (bonus[:, None] * passed - cost).max(axis=1) <= own + 1e-12 * self.stake
            return np.where(firm & (bonus > 0), self.paid(effort, chance, bonus), -np.inf)

        inside = efforts[efforts > 0]
        found = value(inside)
        top = int(np.argmax(found))
        if not np.isfinite(found[top]):
            return -np.inf, self.stake
        low, high = inside[max(top - 1, 0)], inside[min(top + 1, inside.size - 1)]
        best, effort = _close_in(value, float(low), float(high), size=33, rounds=5, by_ratio=False)
        best, effort = max((best, effort), (float(found[top]), float(inside[top])))
        return best, float(bonus_of(np.array([effort]))[0])

    def best(self) -> tuple[Binary | None, float]:
        n = self.n
        bottom, top_chance = self.model.monitoring.chance(np.array([0.0, 1.0]))
        spread = 2 * np.sqrt(n)
        first, last = max(1, int(bottom * n - spread)), min(n, int(np.ceil(top_chance * n + spread)))
        thresholds = np.unique(np.linspace(first, last, 48).astype(np.int64))
        efforts = _efforts(self.agent, COARSE)
        passed = passing(self.model, efforts[None, :], thresholds[:, None], n)
        rough = self.values(passed, np.asarray(np.geomspace(*self.bonuses, 40), dtype=np.float64), efforts).max(axis=1)
        starts = [int(thresholds[i]) for i in np.argsort(-rough)[:3] if np.isfinite(rough[i])]
        if not starts:
            return None, -np.inf
        top = max(starts, key=lambda t: self.at(t)[0])
        step = max(1, int(np.diff(thresholds).max(initial=1)) // 2)
        while True:  # walk to the best threshold nearby, in ever smaller steps
            nearby = [t for t in (top - step, top, top + step) if 1 <= t <= n]
            better = max(nearby, key=lambda t: self.at(t)[0])
            if better != top:
                top = better
            elif step > 1:
                step //= 2
            else:
                break
        value, bonus = self.at(top)
        return self.contract(top, bonus), value

    def contract(self, threshold: int, bonus: float) -> Binary:
        """With the exact reply, and the least base that is accepted."""

        def own(effort: Floats) -> Floats:
            return np.asarray(bonus * passing(self.model, effort, threshold, self.n) - self.agent.cost(effort))

        _, utility = _peak(own, self.fine, continuous=self.continuous)
        low = max(self.agent.outside - utility, self.u_floor)
        pay_low, pay_high = (float(self.agent.pay_for(np.array(u))) for u in (low, low + bonus))
        return Binary(0.0 if abs(pay_low) < 1e-12 else pay_low, pay_high - pay_low, threshold)


class _Linear:
    """Straight where nothing bends it: then the least base at which some effort is worth it makes that effort the reply, and
    has a closed form. Bent by a floor or a cap: roughly on few nodes of each score's distribution, then exactly."""

    def __init__(self, model: Model, agent: Agent, n: int) -> None:
        self.model, self.agent, self.n = model, agent, n
        self.stake = _stake(agent)
        self.continuous = agent.efforts is None
        self.floor, self.ceiling = max(model.limits.floor, agent.least_pay), model.limits.ceiling
        # some chance of no pay at all is unbearable under ln and beyond: then the base itself must be above 0
        self.ruin = agent.utility == "crra" and agent.risk_aversion >= 1 and model.limits.floor <= 0
        pay = agent.pay_for(np.array([agent.outside, agent.outside + self.stake]))
        unit = float(np.diff(pay)[0] / self.stake) if np.isfinite(pay).all() else 1.0
        self.rates = (0.02 * self.stake * unit, 200 * self.stake * unit)

    def best(self) -> tuple[Linear | None, float]:
        if np.isfinite(self.floor) or np.isfinite(self.ceiling):
            return self.bent()
        efforts = _efforts(self.agent, GRID)
        value, rate = _close_in(
            lambda rates: self.straight(rates, efforts)[0], *self.rates, size=64, rounds=7, by_ratio=True
        )
        if not np.isfinite(value):
            return None, -np.inf
        exact = self.straight(np.array([rate]), efforts)
        return Linear(float(exact[1][0]), rate), value

    def straight(self, rates: Floats, efforts: Floats) -> tuple[Floats, Floats]:
        """The team's value and the base for each rate (R,), participation binding; neutral or cara."""
        agent, a = self.agent, self.agent.risk_aversion
        chance, due = self.model.monitoring.chance(efforts), agent.cost(efforts) + agent.outside
        slope = rates[:, None]
        if agent.utility == "neutral":
            worth_it = slope * chance - due  # less base is needed where this is more
            mid, weights = _at_peak(worth_it, efforts, continuous=self.continuous)
            effort = _pick(efforts, mid, weights)
            base = agent.cost(effort) + agent.outside - rates * self.model.monitoring.chance(effort)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                log_mean = self.n * np.log1p(chance * np.expm1(-a * slope / self.n))
                worth_it = np.where(a * due < 1, np.log1p(-np.minimum(a * due, 1.0)), -np.inf) - log_mean
            mid, weights = _at_peak(worth_it, efforts, continuous=self.continuous)
            effort = _pick(efforts, mid, weights)
            ends = self.n * np.log1p(self.model.monitoring.chance(effort) * np.expm1(-a * rates / self.n))
            with np.errstate(divide="ignore", invalid="ignore"):
                base = -(np.log1p(-a * (agent.cost(effort) + agent.outside)) - ends) / a
        value = self.model.principal.gain(effort) - base - rates * self.model.monitoring.chance(effort)
        return np.where(np.isfinite(value), value, -np.inf), base

    # bent

    def bases(self, rate: float) -> tuple[float, float]:
        """Where the base can lie for a rate: from "all pay is the floor" to where nothing is gained by more of it."""
        agent = self.agent
        enough = float(agent.pay_for(np.array(agent.outside + self.stake)))
        if not np.isfinite(enough):
            enough = float(agent.pay_for(np.array(agent.outside))) + 3 * abs(self.rates[0]) * 50
        low_score = max(0.0, float(self.model.monitoring.chance(np.array(0.0))) - 3 / np.sqrt(self.n))
        start = float(agent.pay_for(np.array(agent.outside))) if not np.isfinite(self.floor) else self.floor
        low = 1e-6 * enough if self.ruin else start - rate
        high = max(self.floor - rate * low_score, enough) if np.isfinite(self.floor) else enough
        return low, min(high, self.ceiling)

    def bent(self) -> tuple[Linear | None, float]:
        rough = self.offers(_efforts(self.agent, 65))
        rates = np.geomspace(*self.rates, 28)
        found = [_close_in(rough(r), *self.bases(r), size=14, rounds=2, by_ratio=False) for r in rates]
        best = sorted(
            ((v, b, float(r)) for (v, b), r in zip(found, rates, strict=True) if np.isfinite(v)), reverse=True
        )
        if not best:
            return None, -np.inf
        floor = -np.inf if self.ruin else self.floor
        near = self.offers(_efforts(self.agent, 161))
        where = int(np.searchsorted(rates, best[0][2]))

        def by_rate(tried: Floats) -> Floats:
            return np.array([_close_in(near(r), *self.bases(r), size=12, rounds=4, by_ratio=False)[0] for r in tried])

        low, high = float(rates[max(where - 1, 0)]), float(rates[min(where + 1, rates.size - 1)])
        _, rate = _close_in(by_rate, low, high, size=5, rounds=2, by_ratio=True)
        _, base = _close_in(near(rate), *self.bases(rate), size=12, rounds=7, by_ratio=False)
        starts = [Linear(base, rate)]
        if self.agent.utility != "crra":  # what would be right with nothing to bend it
            grid = _efforts(self.agent, GRID)
            _, plain = _close_in(lambda r: self.straight(r, grid)[0], *self.rates, size=64, rounds=7, by_ratio=True)
            starts.append(Linear(float(self.straight(np.array([plain]), grid)[1][0]), plain))
        tried = [Linear(c.base, c.rate, floor, self.ceiling) for c in starts]
        if self.continuous:
            tried += [self.polish(c) for c in (tried if self.n <= 400 else tried[:1])]
        firm = [_moved(c, 1e-7, self.model) for c in tried]
        answers = [reply(self.model, self.agent, c, self.n) for c in firm]
        top = max(range(len(tried)), key=lambda i: (answers[i].accepts, answers[i].value))
        expected = max(answers[top].value, best[0][0])
        contract, answer = _settled(self.model, self.agent, tried[top], self.n, expected, near=1e-5)
        return (contract, answer.value) if answer.accepts and isinstance(contract, Linear) else (None, -np.inf)

    def polish(self, start: Linear) -> Linear:
        """To the nearby optimum of (effort, rate, base), subject to: the effort is stationary (or full and not too much), no
        other effort of a grid is better, and the agent accepts."""
        agent, model, n = self.agent, self.model, self.n
        effort = reply(model, agent, start, n).effort
        others, x, h = _efforts(agent, 25), np.arange(n + 1) / n, 1e-4
        scale = abs(start.rate)
        grid, chances = self.table(others)
        cost = agent.cost(others)

        def parts(z: Floats) -> tuple[float, Floats]:
            eta, rate, base = float(np.clip(z[0], 0, 1)), scale * float(np.exp(z[1])), scale * float(z[2])
            pay = np.clip(base + rate * x, self.floor, self.ceiling)
            near = np.array([eta, max(eta - h, 0.0), min(eta + h, 1.0)])
            scores = Scores(model, near, n)
            own = scores.mean(agent.worth(pay)) - agent.cost(near)
            paid = float(scores.mean(pay)[0])
            slope = (own[2] - own[1]) / (near[2] - near[1])
            elsewhere = agent.worth(np.clip(base + rate * grid, self.floor, self.ceiling)) @ chances.T - cost
            rules = np.concatenate([[own[0] - agent.outside], own[0] - elsewhere]) / self.stake
            return float(model.principal.gain(np.array(eta))) - paid, np.concatenate([[slope / self.stake], rules])

        cache: dict[bytes, tuple[float, Floats]] = {}

        def at(z: Floats) -> tuple[float, Floats]:
            key = z.tobytes()
            if key not in cache:
                cache[key] = parts(z)
            return cache[key]

        full = effort > 0.999
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            found = minimize(
                lambda z: -at(z)[0] / self.stake,
                np.array([1.0 if full else effort, 0.0, start.base / scale]),
                method="SLSQP",
                bounds=[(1.0, 1.0) if full else (0.01, 1.0), (-2.0, 2.0), (None, None)],
                constraints=[
                    {"type": "ineq" if full else "eq", "fun": lambda z: at(z)[1][0]},
                    {"type": "ineq", "fun": lambda z: at(z)[1][1:]},
                ],
                options={"maxiter": 25, "ftol": 1e-11},
            )
        if not np.isfinite(found.x).all():
            return start
        rate, base = scale * float(np.exp(found.x[1])), scale * float(found.x[2])
        return Linear(base, rate, start.floor, start.cap)

    def offers(self, efforts: Floats) -> Callable[[float], Callable[[Floats], Floats]]:
        """The team's value for a rate and bases (B,)."""
        x, chances = self.table(efforts)

        def of(rate: float) -> Callable[[Floats], Floats]:
            def value(bases: Floats) -> Floats:
                pay = np.clip(bases[:, None] + rate * x, self.floor, self.ceiling)
                mean = pay @ chances.T
                worth = mean if self.agent.utility == "neutral" else self.agent.worth(pay) @ chances.T
                return self.judged(worth, mean, efforts)

            return value

        return of

    def table(self, efforts: Floats) -> tuple[Floats, Floats]:
        """Scores x (K,) and their chances at each effort (efforts, K): exact for few answers, in bins for many, which is
        for searching only."""
        scores, bins = Scores(self.model, efforts, self.n), min(self.n + 1, BINS)
        place = np.arange(self.n + 1) * bins // (self.n + 1)
        cell = np.arange(efforts.size)[:, None] * bins + place[scores.k]
        chances = np.bincount(cell.ravel(), scores.pmf.ravel(), minlength=efforts.size * bins).reshape(-1, bins)
        x = np.bincount(place, np.arange(self.n + 1) / self.n) / np.bincount(place)
        return x, np.asarray(chances, dtype=np.float64)

    def judged(self, worth: Floats, pay: Floats, efforts: Floats) -> Floats:
        """The team's value at the agent's reply: expected worth and pay of contracts (B, G) -> (B,)."""
        own = worth - self.agent.cost(efforts)
        own = np.where(np.isfinite(own), own, -1e300)
        mid, weights = _at_peak(own, efforts, continuous=self.continuous)
        effort = _pick(efforts, mid, weights)
        accepted = _pick(own, mid, weights) >= self.agent.outside - 1e-9 * self.stake
        return np.where(accepted, self.model.principal.gain(effort) - _pick(pay, mid, weights), -np.inf)


# --- several types -----------------------------------------------------------------------------------------------------


def _for_types(model: Model, kind: Kind, n: int, best: list[tuple[float, float]], *, robust: bool) -> Solution:
    """One contract for all types, by a global search that needs no gradient: types may refuse, so value jumps."""
    agents = model.agents
    share = np.array([a.share for a in agents]) / sum(a.share for a in agents)
    alone = []
    for agent in agents:
        try:
            alone.append(solve(model.model_copy(update={"agent": agent, "types": ()}), kind, n).contract)
        except InputError:
            continue
    if not alone:
        raise InputError("no contract within the limits is accepted by any type; lower outside or raise limits.cap")
    limits = model.limits
    cara = [a for a in agents if a.utility == "crra"]
    floor = max(limits.floor, 0.0) if cara else limits.floor

    def contract(v: Floats) -> Contract:
        if kind == "linear":
            return Linear(float(v[0]), float(v[1]), floor, limits.ceiling)
        base = max(float(v[0]), floor)
        bonus = max(0.0, min(float(v[1]), limits.ceiling - base))
        return Binary(base, bonus, round(float(v[2])))

    def worth(v: Floats) -> tuple[float, float]:
        offered = contract(v)
        values = np.array([reply(model, a, offered, n).value for a in agents])
        return (float(values.min()), float(values @ share)) if robust else (float(values @ share), float(values.min()))

    points = np.array([list(c.as_dict().values())[:3] if isinstance(c, Binary) else [c.base, c.rate] for c in alone])
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum(0.6 * (high - low), 0.3 * np.maximum(np.abs(high), 1e-3))
    bounds = np.stack([low - room, high + room], axis=1)
    if kind == "binary":
        bounds[2] = np.clip(bounds[2], 1, n)
    result = differential_evolution(
        lambda v: -worth(v)[0], bounds, seed=0, popsize=12, maxiter=60, tol=1e-8, polish=False, x0=_best(points, worth)
    )
    offered = contract(result.x)
    replies = tuple(reply(model, a, offered, n) for a in agents)
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
