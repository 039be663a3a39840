"""The best linear contract: rate times score, on a base, between a floor and a cap."""

import warnings
from collections.abc import Callable

import numpy as np
import scipy

from ls_backend.arrays import Floats
from ls_backend.contracts.theory.principal_agent import Agent, PrincipalAgentProblem
from ls_backend.contracts.theory.replies import (
    EFFORT_GRID,
    SCORE_BINS,
    LinearContract,
    Scores,
    efforts_of,
    interpolate_peak,
    nudged,
    refine_maximum,
    reply,
    utility_at_stake,
    value_at_peak,
    with_firm_reply,
)

FEW_ANSWERS = 400


def _not_adjacent(ranked: list[int], count: int) -> list[int]:
    """The first ``count`` of a ranking of places that are not next to each other."""
    chosen: list[int] = []
    for place in ranked:
        if len(chosen) < count and all(abs(place - other) > 1 for other in chosen):
            chosen.append(place)
    return chosen


class LinearSearch:
    """Straight where nothing bends it: then the least base at which some effort is worth it makes that effort the reply, and
    has a closed form. Bent by a floor or a cap: roughly on few nodes of each score's distribution, then exactly."""

    def __init__(self, problem: PrincipalAgentProblem, agent: Agent, n: int) -> None:
        self.problem, self.agent, self.n = problem, agent, n
        self.stake = utility_at_stake(agent)
        self.continuous = agent.efforts is None
        self.floor, self.ceiling = max(problem.limits.floor, agent.least_pay), problem.limits.ceiling
        # some chance of no pay at all is unbearable under ln and beyond: then the base itself must be above 0
        self.ruin = agent.utility == "crra" and agent.risk_aversion >= 1 and problem.limits.floor <= 0
        pay = agent.pay_for(np.array([agent.outside, agent.outside + self.stake]))
        unit = float(np.diff(pay)[0] / self.stake) if np.isfinite(pay).all() else 1.0
        self.rates = (0.02 * self.stake * unit, 200 * self.stake * unit)

    def best(self) -> tuple[LinearContract | None, float]:
        if np.isfinite(self.floor) or np.isfinite(self.ceiling):
            return self.bent()
        efforts = efforts_of(self.agent, EFFORT_GRID)
        value, rate = refine_maximum(
            lambda rates: self.straight(rates, efforts)[0], *self.rates, size=64, rounds=7, by_ratio=True
        )
        if not np.isfinite(value):
            return None, -np.inf
        exact = self.straight(np.array([rate]), efforts)
        return LinearContract(float(exact[1][0]), rate), value

    def straight(self, rates: Floats, efforts: Floats) -> tuple[Floats, Floats]:
        """The team's value and the base for each rate (R,), participation binding; neutral or cara."""
        agent, a = self.agent, self.agent.risk_aversion
        chance, due = self.problem.monitoring.chance(efforts), agent.cost(efforts) + agent.outside
        slope = rates[:, None]
        if agent.utility == "neutral":
            worth_it = slope * chance - due  # less base is needed where this is more
            mid, weights = interpolate_peak(worth_it, efforts, continuous=self.continuous)
            effort = value_at_peak(efforts, mid, weights)
            base = agent.cost(effort) + agent.outside - rates * self.problem.monitoring.chance(effort)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                log_mean = self.n * np.log1p(chance * np.expm1(-a * slope / self.n))
                worth_it = np.where(a * due < 1, np.log1p(-np.minimum(a * due, 1.0)), -np.inf) - log_mean
            mid, weights = interpolate_peak(worth_it, efforts, continuous=self.continuous)
            effort = value_at_peak(efforts, mid, weights)
            ends = self.n * np.log1p(self.problem.monitoring.chance(effort) * np.expm1(-a * rates / self.n))
            with np.errstate(divide="ignore", invalid="ignore"):
                base = -(np.log1p(-a * (agent.cost(effort) + agent.outside)) - ends) / a
        value = self.problem.principal.gain(effort) - base - rates * self.problem.monitoring.chance(effort)
        return np.where(np.isfinite(value), value, -np.inf), base

    # bent

    def bases(self, rate: float) -> tuple[float, float]:
        """Where the base can lie for a rate: from "all pay is the floor" to where nothing is gained by more of it."""
        agent = self.agent
        enough = float(agent.pay_for(np.array(agent.outside + self.stake)))
        if not np.isfinite(enough):
            enough = float(agent.pay_for(np.array(agent.outside))) + 3 * abs(self.rates[0]) * 50
        low_score = max(0.0, float(self.problem.monitoring.chance(np.array(0.0))) - 3 / np.sqrt(self.n))
        start = float(agent.pay_for(np.array(agent.outside))) if not np.isfinite(self.floor) else self.floor
        low = 1e-6 * enough if self.ruin else start - rate
        high = max(self.floor - rate * low_score, enough) if np.isfinite(self.floor) else enough
        return low, min(high, self.ceiling)

    def bent(self) -> tuple[LinearContract | None, float]:
        rough = self.value_by_base(efforts_of(self.agent, 65))
        rates = np.geomspace(*self.rates, 28)
        by_rate_roughly = [
            refine_maximum(rough(r), *self.bases(r), size=14, rounds=2, by_ratio=self.ruin) for r in rates
        ]
        best = sorted(
            ((v, b, float(r)) for (v, b), r in zip(by_rate_roughly, rates, strict=True) if np.isfinite(v)), reverse=True
        )
        if not best:
            return None, -np.inf
        floor = -np.inf if self.ruin else self.floor
        near = self.value_by_base(efforts_of(self.agent, 161))

        def by_rate(tried: Floats) -> Floats:
            return np.array(
                [refine_maximum(near(r), *self.bases(r), size=12, rounds=4, by_ratio=self.ruin)[0] for r in tried]
            )

        few_answers = (
            self.n <= FEW_ANSWERS
        )  # then scores are spread wide, and utility may have several peaks worth a look
        starts = []
        for where in _not_adjacent([int(np.searchsorted(rates, r)) for _, _, r in best], 2 if few_answers else 1):
            low, high = float(rates[max(where - 1, 0)]), float(rates[min(where + 1, rates.size - 1)])
            _, rate = refine_maximum(by_rate, low, high, size=5, rounds=3 if few_answers else 2, by_ratio=True)
            _, base = refine_maximum(near(rate), *self.bases(rate), size=12, rounds=7, by_ratio=self.ruin)
            starts.append(LinearContract(base, rate))
        if self.agent.utility != "crra":  # what would be right with nothing to bend it
            grid = efforts_of(self.agent, EFFORT_GRID)
            _, plain = refine_maximum(
                lambda r: self.straight(r, grid)[0], *self.rates, size=64, rounds=7, by_ratio=True
            )
            starts.append(LinearContract(float(self.straight(np.array([plain]), grid)[1][0]), plain))
        candidates = [LinearContract(c.base, c.rate, floor, self.ceiling) for c in starts]
        if self.continuous:
            candidates += [self.polish(c) for c in (candidates if few_answers else candidates[:1])]
        nudged_candidates = [nudged(c, 1e-7, self.problem) for c in candidates]
        answers = [reply(self.problem, self.agent, c, self.n) for c in nudged_candidates]
        top = max(range(len(candidates)), key=lambda i: (answers[i].accepts, answers[i].value))
        expected = max(answers[top].value, best[0][0])
        contract, answer = with_firm_reply(self.problem, self.agent, candidates[top], self.n, expected, near=1e-5)
        return (contract, answer.value) if answer.accepts and isinstance(contract, LinearContract) else (None, -np.inf)

    def polish(self, start: LinearContract) -> LinearContract:
        """To the nearby optimum of (effort, rate, base), subject to: the effort is stationary (or full and not too much), no
        other effort of a grid is better, and the agent accepts."""
        agent, problem, n = self.agent, self.problem, self.n
        effort = reply(problem, agent, start, n).effort
        others, x, h = efforts_of(agent, 25), np.arange(n + 1) / n, 1e-4
        scale = abs(start.rate)
        grid, chances = self.score_chances(others)
        cost = agent.cost(others)

        def value_and_rules(z: Floats) -> tuple[float, Floats]:
            eta, rate, base = float(np.clip(z[0], 0, 1)), scale * float(np.exp(z[1])), scale * float(z[2])
            pay = np.clip(base + rate * x, self.floor, self.ceiling)
            near = np.array([eta, max(eta - h, 0.0), min(eta + h, 1.0)])
            scores = Scores(problem, near, n)
            utility = scores.mean(agent.worth(pay)) - agent.cost(near)
            expected_pay = float(scores.mean(pay)[0])
            slope = (utility[2] - utility[1]) / (near[2] - near[1])
            elsewhere = agent.worth(np.clip(base + rate * grid, self.floor, self.ceiling)) @ chances.T - cost
            rules = np.concatenate([[utility[0] - agent.outside], utility[0] - elsewhere]) / self.stake
            return float(problem.principal.gain(np.array(eta))) - expected_pay, np.concatenate(
                [[slope / self.stake], rules]
            )

        cache: dict[bytes, tuple[float, Floats]] = {}

        def at(z: Floats) -> tuple[float, Floats]:
            key = z.tobytes()
            if key not in cache:
                cache[key] = value_and_rules(z)
            return cache[key]

        full = effort > 0.999
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            result = scipy.optimize.minimize(
                lambda z: -at(z)[0] / self.stake,
                np.array([1.0 if full else effort, 0.0, start.base / scale]),
                method="SLSQP",
                bounds=[(1.0, 1.0) if full else (0.01, 1.0), (-2.0, 2.0), (1e-7 if self.ruin else None, None)],
                constraints=[
                    {"type": "ineq" if full else "eq", "fun": lambda z: at(z)[1][0]},
                    {"type": "ineq", "fun": lambda z: at(z)[1][1:]},
                ],
                options={"maxiter": 25, "ftol": 1e-11},
            )
        if not np.isfinite(result.x).all():
            return start
        rate, base = scale * float(np.exp(result.x[1])), scale * float(result.x[2])
        return LinearContract(base, rate, start.floor, start.cap)

    def value_by_base(self, efforts: Floats) -> Callable[[float], Callable[[Floats], Floats]]:
        """The team's value for a rate and bases (B,)."""
        x, chances = self.score_chances(efforts)

        def of(rate: float) -> Callable[[Floats], Floats]:
            def value(bases: Floats) -> Floats:
                pay = np.clip(bases[:, None] + rate * x, self.floor, self.ceiling)
                mean = pay @ chances.T
                worth = mean if self.agent.utility == "neutral" else self.agent.worth(pay) @ chances.T
                return self.value_at_reply(worth, mean, efforts)

            return value

        return of

    def score_chances(self, efforts: Floats) -> tuple[Floats, Floats]:
        """Scores x (K,) and their chances at each effort (efforts, K): exact for few answers, in bins for many, which is
        for searching only."""
        scores, bins = Scores(self.problem, efforts, self.n), min(self.n + 1, SCORE_BINS)
        place = np.arange(self.n + 1) * bins // (self.n + 1)
        cell = np.arange(efforts.size)[:, None] * bins + place[scores.k]
        chances = np.bincount(cell.ravel(), scores.pmf.ravel(), minlength=efforts.size * bins).reshape(-1, bins)
        x = np.bincount(place, np.arange(self.n + 1) / self.n) / np.bincount(place)
        return x, np.asarray(chances, dtype=np.float64)

    def value_at_reply(self, worth: Floats, pay: Floats, efforts: Floats) -> Floats:
        """The team's value at the agent's reply: expected worth and pay of contracts (B, G) -> (B,)."""
        utility = worth - self.agent.cost(efforts)
        utility = np.where(np.isfinite(utility), utility, -1e300)
        mid, weights = interpolate_peak(utility, efforts, continuous=self.continuous)
        effort = value_at_peak(efforts, mid, weights)
        accepted = value_at_peak(utility, mid, weights) >= self.agent.outside - 1e-9 * self.stake
        return np.where(accepted, self.problem.principal.gain(effort) - value_at_peak(pay, mid, weights), -np.inf)
