"""The best binary contract: all or nothing at a threshold.

The agent's reply depends on threshold and on the bonus in utilities alone, and the least base follows from participation. So
thresholds are tried, and for each the efforts: the bonus that makes an effort stationary, where no other effort is better.
"""

import numpy as np
from scipy.special import xlog1py, xlogy

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.model import Agent, Model
from ls_backend.contracts.theory.replies import (
    COARSE,
    GRID,
    Binary,
    at_peak,
    close_in,
    dense,
    efforts_of,
    log_ways,
    passing,
    peak,
    pick,
    stake,
)


class BinarySearch:
    """In utilities: the agent's reply depends on threshold and bonus, and the base is the least that is accepted."""

    def __init__(self, model: Model, agent: Agent, n: int) -> None:
        self.model, self.agent, self.n = model, agent, n
        self.stake = stake(agent)
        self.continuous = agent.efforts is None
        self.fine = efforts_of(agent, GRID)
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
        mid, weights = at_peak(own, efforts, continuous=self.continuous)
        effort = pick(efforts, mid, weights)
        chance = np.clip(pick(passed[:, None, :], mid, weights), 0.0, 1.0)
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
            efforts = dense(self.model, self.agent, np.array([threshold / self.n]), self.n, reach=6.0)
            passed = passing(self.model, efforts, threshold, self.n)[None, :]
            if self.continuous:
                self.seen[threshold] = self.by_effort(threshold, efforts, passed[0])
            else:
                self.seen[threshold] = close_in(
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
            ways = log_ways(n - 1)[threshold - 1]
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
        best, effort = close_in(value, float(low), float(high), size=33, rounds=5, by_ratio=False)
        best, effort = max((best, effort), (float(found[top]), float(inside[top])))
        return best, float(bonus_of(np.array([effort]))[0])

    def best(self) -> tuple[Binary | None, float]:
        n = self.n
        bottom, top_chance = self.model.monitoring.chance(np.array([0.0, 1.0]))
        spread = 2 * np.sqrt(n)
        first, last = max(1, int(bottom * n - spread)), min(n, int(np.ceil(top_chance * n + spread)))
        thresholds = np.unique(np.linspace(first, last, 48).astype(np.int64))
        efforts = efforts_of(self.agent, COARSE)
        passed = passing(self.model, efforts[None, :], thresholds[:, None], n)
        rough = self.values(passed, np.asarray(np.geomspace(*self.bonuses, 40), dtype=np.float64), efforts).max(axis=1)
        starts = [int(thresholds[i]) for i in np.argsort(-rough)[:3] if np.isfinite(rough[i])]
        if not starts:
            return self.no_bonus()
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
        without = self.no_bonus()
        if value < without[1]:
            return without
        return self.contract(top, bonus), value

    def no_bonus(self) -> tuple[Binary | None, float]:
        """Pay that asks for nothing: right where no effort is worth its price."""
        effort = self.fine[int(np.argmin(self.agent.cost(self.fine)))]
        low = max(self.agent.outside + float(self.agent.cost(effort)), self.u_floor)
        pay = float(self.agent.pay_for(np.array(low)))
        if not np.isfinite(pay) or pay > self.model.limits.ceiling:
            return None, -np.inf
        return Binary(pay, 0.0, self.n), float(self.model.principal.gain(effort)) - pay

    def contract(self, threshold: int, bonus: float) -> Binary:
        """With the exact reply, and the least base that is accepted."""

        def own(effort: Floats) -> Floats:
            return np.asarray(bonus * passing(self.model, effort, threshold, self.n) - self.agent.cost(effort))

        _, utility = peak(own, self.fine, continuous=self.continuous)
        low = max(self.agent.outside - utility, self.u_floor)
        pay_low, pay_high = (float(self.agent.pay_for(np.array(u))) for u in (low, low + bonus))
        return Binary(0.0 if abs(pay_low) < 1e-12 else pay_low, pay_high - pay_low, threshold)
