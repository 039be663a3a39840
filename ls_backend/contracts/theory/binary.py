"""The best binary contract: all or nothing at a threshold.

The agent's reply depends on threshold and on the bonus in utilities alone, and the least base follows from participation. So
thresholds are tried, and for each the efforts: the bonus that makes an effort stationary, where no other effort is better.
"""

import numpy as np
import scipy

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.principal_agent import Agent, PrincipalAgentProblem
from ls_backend.contracts.theory.replies import (
    COARSE_EFFORT_GRID,
    EFFORT_GRID,
    BinaryContract,
    chance_of_passing,
    dense_efforts,
    efforts_of,
    global_maximum,
    interpolate_peak,
    log_binomials,
    refine_maximum,
    utility_at_stake,
    value_at_peak,
)


class BinarySearch:
    """In utilities: the agent's reply depends on threshold and bonus, and the base is the least that is accepted."""

    def __init__(self, problem: PrincipalAgentProblem, agent: Agent, n: int) -> None:
        self.problem, self.agent, self.n = problem, agent, n
        self.stake = utility_at_stake(agent)
        self.continuous = agent.efforts is None
        self.efforts = efforts_of(agent, EFFORT_GRID)
        least = max(problem.limits.floor, agent.least_pay)
        self.u_floor = float(agent.worth(np.array(least))) if np.isfinite(least) else -np.inf
        ceiling = problem.limits.ceiling
        self.u_ceiling = float(agent.worth(np.array(ceiling))) if np.isfinite(ceiling) else np.inf
        self.bonuses = (self.stake * 0.02 / np.sqrt(n), self.stake * 60)
        self.best_by_threshold: dict[int, tuple[float, float]] = {}

    def values(self, passed: Floats, bonus: Floats, efforts: Floats) -> Floats:
        """The team's value for thresholds by bonuses: passed (T, G), bonus (D,) -> (T, D)."""
        agent = self.agent
        agent_utility = bonus[None, :, None] * passed[:, None, :] - agent.cost(efforts)
        mid, weights = interpolate_peak(agent_utility, efforts, continuous=self.continuous)
        effort = value_at_peak(efforts, mid, weights)
        chance = np.clip(value_at_peak(passed[:, None, :], mid, weights), 0.0, 1.0)
        return self.value_of(effort, chance, bonus)

    def value_of(self, effort: Floats, chance: Floats, bonus: Floats) -> Floats:
        """The team's value where the agent takes an effort, with the least base that is accepted; -inf where none is."""
        agent = self.agent
        low = np.maximum(agent.outside - (bonus * chance - agent.cost(effort)), self.u_floor)
        high = low + bonus
        pay_low, pay_high = agent.pay_for(low), agent.pay_for(high)
        possible = (high <= self.u_ceiling) & np.isfinite(pay_low) & np.isfinite(pay_high)
        pay = np.where(possible, (1 - chance) * pay_low + chance * np.where(possible, pay_high, 0.0), np.inf)
        return np.asarray(self.problem.principal.gain(effort) - pay)

    def best_at(self, threshold: int) -> tuple[float, float]:
        """The best value at a threshold, and its bonus."""
        if threshold not in self.best_by_threshold:
            efforts = dense_efforts(self.problem, self.agent, np.array([threshold / self.n]), self.n, reach=6.0)
            passed = chance_of_passing(self.problem, efforts, threshold, self.n)[None, :]
            if self.continuous:
                self.best_by_threshold[threshold] = self.by_effort(threshold, efforts, passed[0])
            else:
                self.best_by_threshold[threshold] = refine_maximum(
                    lambda bonus: self.values(passed, bonus, efforts)[0],
                    *self.bonuses,
                    size=40,
                    rounds=6,
                    by_ratio=True,
                )
        return self.best_by_threshold[threshold]

    def by_effort(self, threshold: int, efforts: Floats, passed: Floats) -> tuple[float, float]:
        """For each effort the bonus that makes it stationary; it counts where no other effort is better to the agent."""
        agent, n = self.agent, self.n
        cost = agent.cost(efforts)
        more_often = passed[-1] - passed[:-1]  # full effort may take a larger bonus than being stationary does
        dearer = (cost[-1] - cost[:-1])[more_often > 0]
        full_effort_bonus = float(np.max(dearer / more_often[more_often > 0], initial=0.0)) * (1 + 1e-9)

        def bonus_of(effort: Floats) -> Floats:
            chance = self.problem.monitoring.chance(effort)
            ways = log_binomials(n - 1)[threshold - 1]
            density = n * np.exp(
                ways + scipy.special.xlogy(threshold - 1, chance) + scipy.special.xlog1py(n - threshold, -chance)
            )
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                bonus = agent.marginal_cost(effort) / (density * self.problem.monitoring.slope(effort))
            bonus = np.where(effort == 1.0, np.fmax(bonus, full_effort_bonus), bonus)
            return np.where(np.isfinite(bonus) & (bonus > 0) & (bonus < self.bonuses[1]), bonus, 0.0)

        def value(effort: Floats) -> Floats:
            bonus = bonus_of(effort)
            chance = chance_of_passing(self.problem, effort, threshold, n)
            agent_utility = bonus * chance - agent.cost(effort)
            firm = (bonus[:, None] * passed - cost).max(axis=1) <= agent_utility + 1e-12 * self.stake
            return np.where(firm & (bonus > 0), self.value_of(effort, chance, bonus), -np.inf)

        inside = efforts[efforts > 0]
        values = value(inside)
        top = int(np.argmax(values))
        if not np.isfinite(values[top]):
            return -np.inf, self.stake
        low, high = inside[max(top - 1, 0)], inside[min(top + 1, inside.size - 1)]
        best, effort = refine_maximum(value, float(low), float(high), size=33, rounds=5, by_ratio=False)
        best, effort = max((best, effort), (float(values[top]), float(inside[top])))
        return best, float(bonus_of(np.array([effort]))[0])

    def best(self) -> tuple[BinaryContract | None, float]:
        n = self.n
        bottom, top_chance = self.problem.monitoring.chance(np.array([0.0, 1.0]))
        spread = 2 * np.sqrt(n)
        first, last = max(1, int(bottom * n - spread)), min(n, int(np.ceil(top_chance * n + spread)))
        thresholds = np.unique(np.linspace(first, last, 48).astype(np.int64))
        efforts = efforts_of(self.agent, COARSE_EFFORT_GRID)
        passed = chance_of_passing(self.problem, efforts[None, :], thresholds[:, None], n)
        rough = self.values(passed, np.asarray(np.geomspace(*self.bonuses, 40), dtype=np.float64), efforts).max(axis=1)
        starts = [int(thresholds[i]) for i in np.argsort(-rough)[:3] if np.isfinite(rough[i])]
        if not starts:
            return self.no_bonus()
        top = max(starts, key=lambda t: self.best_at(t)[0])
        step = max(1, int(np.diff(thresholds).max(initial=1)) // 2)
        while True:  # walk to the best threshold nearby, in ever smaller steps
            nearby = [t for t in (top - step, top, top + step) if 1 <= t <= n]
            better = max(nearby, key=lambda t: self.best_at(t)[0])
            if better != top:
                top = better
            elif step > 1:
                step //= 2
            else:
                break
        value, bonus = self.best_at(top)
        without = self.no_bonus()
        if value < without[1]:
            return without
        return self.contract(top, bonus), value

    def no_bonus(self) -> tuple[BinaryContract | None, float]:
        """Pay that asks for nothing: right where no effort is worth its price."""
        effort = self.efforts[int(np.argmin(self.agent.cost(self.efforts)))]
        low = max(self.agent.outside + float(self.agent.cost(effort)), self.u_floor)
        pay = float(self.agent.pay_for(np.array(low)))
        if not np.isfinite(pay) or pay > self.problem.limits.ceiling:
            return None, -np.inf
        return BinaryContract(pay, 0.0, self.n), float(self.problem.principal.gain(effort)) - pay

    def contract(self, threshold: int, bonus: float) -> BinaryContract:
        """With the exact reply, and the least base that is accepted."""

        def agent_utility(effort: Floats) -> Floats:
            return np.asarray(
                bonus * chance_of_passing(self.problem, effort, threshold, self.n) - self.agent.cost(effort)
            )

        _, utility = global_maximum(agent_utility, self.efforts, continuous=self.continuous)
        low = max(self.agent.outside - utility, self.u_floor)
        pay_low, pay_high = (float(self.agent.pay_for(np.array(u))) for u in (low, low + bonus))
        return BinaryContract(0.0 if abs(pay_low) < 1e-12 else pay_low, pay_high - pay_low, threshold)
