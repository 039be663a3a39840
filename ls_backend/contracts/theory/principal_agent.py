"""The principal-agent problem: a team (principal) buys effort from annotators (agents) whom it can measure, not watch.

*How Humans Help LLMs* (arXiv 2502.06387), section 4. The agent chooses effort eta in [0, 1], which is attentiveness, at
cost c(eta), increasing and convex; pay w is worth u(w), and the agent wants E[u(w)] - c(eta) as large as possible, and at
least ``outside``. The principal gets B(eta) - E[w]. What both see is X, how many of n monitored answers agreed: with the
annotator's own earlier answer (self-consistency, chance (1 + eta^2 q) / 2) or with an expert's (chance (1 + eta r) / 2).

Utilities, u(0) = 0 where it is finite:
- ``neutral``  u(w) = w
- ``cara``     u(w) = (1 - exp(-a w)) / a, a the absolute risk aversion
- ``crra``     u(w) = w^(1 - g) / (1 - g), g the relative risk aversion, and ln w for g = 1; pay can't be negative

``outside`` is a utility, so under crra with g >= 1 it must be negative enough to be reached by some pay.
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from ls_backend.arrays import Floats
from ls_backend.contracts.toml import Share, TomlTable, parse_toml

Positive = Annotated[float, Field(gt=0)]


class Agent(TomlTable):
    """An annotator type. ``cost_table`` gives the cost as ``[effort, cost]`` points instead of kappa * eta^power, linear
    in between; ``efforts`` are the only efforts there are to choose from, if not all; ``share`` is how common the type
    is."""

    utility: Literal["neutral", "cara", "crra"] = "neutral"
    risk_aversion: Annotated[float, Field(ge=0)] = 0.0
    cost_kappa: Positive | None = None
    cost_power: Annotated[float, Field(ge=1)] = 2.0
    cost_table: tuple[tuple[Share, float], ...] | None = None
    outside: float = 0.0
    efforts: tuple[Share, ...] | None = None
    share: Positive = 1.0

    @model_validator(mode="after")
    def _check(self) -> "Agent":
        if (self.cost_kappa is None) == (self.cost_table is None):
            raise ValueError("give the cost of effort once: cost_kappa (with cost_power), or cost_table")
        if self.cost_table is not None:
            points = np.array(self.cost_table)
            if len(points) < 2 or points[0, 0] != 0 or points[-1, 0] != 1 or (np.diff(points[:, 0]) <= 0).any():
                raise ValueError("cost_table needs rising efforts from 0 to 1, such as [[0, 0], [0.5, 0.2], [1, 1]]")
            slopes = np.diff(points[:, 1]) / np.diff(points[:, 0])
            if (slopes < 0).any() or (np.diff(slopes) < -1e-12).any():
                raise ValueError(
                    "cost_table must rise and be convex: each further bit of effort costs at least as much"
                )
        if self.utility != "neutral" and self.risk_aversion == 0:
            raise ValueError(f'risk_aversion must be above 0 with utility = "{self.utility}"; or take "neutral"')
        if self.utility == "crra" and self.risk_aversion >= 1 and self.outside >= 0 and self.risk_aversion != 1:
            raise ValueError("with crra and risk_aversion above 1 utility is negative for every pay: give outside < 0")
        if self.efforts is not None and len(self.efforts) < 2:
            raise ValueError("efforts needs at least two levels, such as [0, 0.5, 1]")
        return self

    def cost(self, effort: Floats) -> Floats:
        """c(eta), any shape."""
        if self.cost_table is not None:
            points = np.array(self.cost_table)
            return np.asarray(np.interp(effort, points[:, 0], points[:, 1]))
        return np.asarray((self.cost_kappa or 0.0) * np.asarray(effort) ** self.cost_power)

    def marginal_cost(self, effort: Floats) -> Floats:
        """c'(eta), from the left where the cost has a kink."""
        if self.cost_table is not None:
            points = np.array(self.cost_table)
            slopes = np.diff(points[:, 1]) / np.diff(points[:, 0])
            return np.asarray(slopes[np.clip(np.searchsorted(points[:, 0], effort) - 1, 0, slopes.size - 1)])
        return np.asarray((self.cost_kappa or 0.0) * self.cost_power * np.asarray(effort) ** (self.cost_power - 1))

    def worth(self, pay: Floats) -> Floats:
        """u(w), any shape; -inf where such a pay can't be."""
        pay, a = np.asarray(pay, dtype=np.float64), self.risk_aversion
        if self.utility == "neutral":
            return pay
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            if self.utility == "cara":
                return np.asarray(-np.expm1(-a * pay) / a)
            if a == 1:
                return np.where(pay > 0, np.log(np.maximum(pay, 1e-300)), -np.inf)
            value = np.maximum(pay, 0.0) ** (1 - a) / (1 - a)
            return np.where(pay < 0, -np.inf, value)

    def pay_for(self, utility: Floats) -> Floats:
        """The pay that is worth ``utility``; inf where none is. The inverse of :meth:`worth`, any shape."""
        utility, a = np.asarray(utility, dtype=np.float64), self.risk_aversion
        if self.utility == "neutral":
            return utility
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            if self.utility == "cara":
                return np.where(a * utility < 1, -np.log1p(-np.minimum(a * utility, 1.0)) / a, np.inf)
            if a == 1:
                return np.exp(utility)
            base = np.maximum((1 - a) * utility, 0.0)
            pay = base ** (1 / (1 - a))
            return np.where((1 - a) * utility < 0, np.inf if a > 1 else 0.0, pay)

    @property
    def least_pay(self) -> float:
        """The least pay that has a utility."""
        return 0.0 if self.utility == "crra" else -np.inf


class Principal(TomlTable):
    """What effort is worth to the team: benefit * eta^benefit_power, linear or concave."""

    benefit: Positive
    benefit_power: Annotated[float, Field(gt=0, le=1)] = 1.0

    def gain(self, effort: Floats) -> Floats:
        """B(eta), any shape."""
        return np.asarray(self.benefit * np.asarray(effort) ** self.benefit_power)


class Monitoring(TomlTable):
    """How the score comes about; ``q`` and ``r`` as in :mod:`ls_backend.measurement.attentiveness`."""

    scheme: Literal["self_consistency", "expert"] = "self_consistency"
    q: Annotated[float, Field(gt=0, le=1)] = 1.0
    r: Annotated[float, Field(gt=0, le=1)] = 1.0

    def chance(self, effort: Floats) -> Floats:
        """Chance that a monitored answer agrees, any shape."""
        effort = np.asarray(effort)
        return (1 + effort**2 * self.q) / 2 if self.scheme == "self_consistency" else (1 + effort * self.r) / 2

    def slope(self, effort: Floats) -> Floats:
        """The derivative of :meth:`chance` by effort."""
        effort = np.asarray(effort)
        return effort * self.q if self.scheme == "self_consistency" else np.full_like(effort, self.r / 2)

    def effort(self, chance: Floats) -> Floats:
        """The effort of a chance, the inverse of :meth:`chance`, kept in [0, 1]."""
        excess = np.maximum(2 * np.asarray(chance) - 1, 0.0)
        return np.minimum(np.sqrt(excess / self.q) if self.scheme == "self_consistency" else excess / self.r, 1.0)


class Limits(TomlTable):
    """With ``limited_liability`` pay is never under ``base``; never over ``cap`` where there is one."""

    limited_liability: bool = False
    base: float = 0.0
    cap: float | None = None

    @model_validator(mode="after")
    def _check_order(self) -> "Limits":
        if self.cap is not None and self.limited_liability and self.cap <= self.base:
            raise ValueError(f"cap ({self.cap}) must be above base ({self.base}), or no bonus could be paid")
        return self

    @property
    def floor(self) -> float:
        return self.base if self.limited_liability else -np.inf

    @property
    def ceiling(self) -> float:
        return np.inf if self.cap is None else self.cap


class PrincipalAgentProblem(TomlTable):
    """A MODEL.toml. With ``types`` the team does not know which of them an annotator is; each takes from ``agent`` what
    it does not say itself."""

    agent: Agent
    principal: Principal
    monitoring: Monitoring = Monitoring()
    limits: Limits = Limits()
    types: tuple[Agent, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _inherit_from_agent(cls, file: object) -> object:
        if isinstance(file, dict) and isinstance(file.get("types"), list) and isinstance(file.get("agent"), dict):
            shared = file["agent"]
            file = file | {"types": [shared | t if isinstance(t, dict) else t for t in file["types"]]}
        return file

    @classmethod
    def parse(cls, text: str, *, source: str = "model") -> "PrincipalAgentProblem":
        """Read TOML.

        Raises:
            ContractError: names the key and the cure.
        """
        return parse_toml(cls, text, source=source, example="`steadyhand contract model`")

    @property
    def agents(self) -> tuple[Agent, ...]:
        return self.types or (self.agent,)
