"""How fast a contract comes up to first best as more answers are monitored.

*How Humans Help LLMs* (arXiv 2502.06387), section 4: where effort is continuous and the agent averse to risk, the gap of a
linear contract falls as 1/n and that of a binary one as 1/sqrt(n log n). The law is fitted as ``gap = constant / size(n)`` by
the least squares of logarithms over the larger half of the n, and ``levels`` says how flat ``gap * size(n)`` is there. Where
only a few efforts can be chosen the incentive constraints are slack, and a binary contract's gap falls much faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from ls_backend.contracts.theory.principal_agent import PrincipalAgentProblem
from ls_backend.contracts.theory.replies import ContractKind
from ls_backend.contracts.theory.solve import solve

SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400)
COARSE_SIZES = (25, 400, 6400)
COARSE_EFFORTS = 5
QS = (0.2, 0.4, 0.6, 0.8, 1.0)
SIZE_FOR_Q = 400
KINDS: tuple[ContractKind, ...] = ("linear", "binary")


def size(kind: ContractKind, n: int) -> float:
    """What the gap times this levels off against: n, or sqrt(n log n)."""
    return float(n) if kind == "linear" else sqrt(n * log(n))


@dataclass(frozen=True, slots=True)
class Law:
    """``slope`` is that of ln gap by ln n (None where the gap is 0), ``constant`` the level of gap * size(n), ``spread`` the
    ratio of its largest to its smallest value over the larger half of the n."""

    slope: float | None
    constant: float
    spread: float | None


@dataclass(frozen=True, slots=True)
class GapsByQ:
    """Gaps at :data:`SIZE_FOR_Q` monitored answers, for each ``q``."""

    q: tuple[float, ...]
    linear: list[float]
    binary: list[float]


@dataclass(frozen=True, slots=True)
class GapStudy:
    """Gaps to first best for each ``n``, the ``law`` fitted to them, what a ``coarse`` choice of efforts gives (at
    :data:`COARSE_SIZES`), and how the gap depends on ``q``."""

    first_best: float
    n: tuple[int, ...]
    linear: list[float]
    binary: list[float]
    law: Mapping[ContractKind, Law]
    coarse: Mapping[ContractKind, list[float]]
    q: GapsByQ

    @property
    def by_kind(self) -> Mapping[ContractKind, list[float]]:
        return {"linear": self.linear, "binary": self.binary}


def study_gaps(problem: PrincipalAgentProblem) -> GapStudy:
    """How the gaps of both kinds of contract fall with n, and what they depend on."""
    best = solve(problem, "linear", SIZES[0]).first_best_value
    by_n = {kind: gaps(problem, kind) for kind in KINDS}
    coarse = with_efforts(problem, COARSE_EFFORTS)
    by_q = {kind: [gaps(with_q(problem, q), kind, (SIZE_FOR_Q,))[0] for q in QS] for kind in KINDS}
    return GapStudy(
        first_best=best,
        n=SIZES,
        linear=by_n["linear"],
        binary=by_n["binary"],
        law={kind: law(kind, SIZES, by_n[kind], scale=best) for kind in KINDS},
        coarse={kind: gaps(coarse, kind, COARSE_SIZES) for kind in KINDS},
        q=GapsByQ(QS, by_q["linear"], by_q["binary"]),
    )


def gaps(problem: PrincipalAgentProblem, kind: ContractKind, sizes: Sequence[int] = SIZES) -> list[float]:
    """Gap to first best by n."""
    return [solve(problem, kind, n).gap for n in sizes]


def law(kind: ContractKind, sizes: Sequence[int], by_n: Sequence[float], *, scale: float) -> Law:
    """The fitted law of gaps ``by_n``; gaps under 1e-7 of ``scale`` (the first-best value) count as none."""
    half = len(sizes) // 2
    n, gap = np.array(sizes[half:], dtype=np.float64), np.array(by_n[half:])
    level = gap * np.array([size(kind, m) for m in sizes[half:]])
    if (gap < 1e-7 * max(abs(scale), 1e-9)).any():
        return Law(None, float(level.mean()), None)
    slope = float(np.polyfit(np.log(n), np.log(gap), 1)[0])
    return Law(slope, float(np.exp(np.log(level).mean())), float(level.max() / level.min()))


def with_q(problem: PrincipalAgentProblem, q: float) -> PrincipalAgentProblem:
    return problem.model_copy(update={"monitoring": problem.monitoring.model_copy(update={"q": q})})


def with_efforts(problem: PrincipalAgentProblem, levels: int) -> PrincipalAgentProblem:
    """The same, with effort to be chosen from so many evenly spaced levels only."""
    efforts = tuple(float(e) for e in np.linspace(0, 1, levels))
    return problem.model_copy(update={"agent": problem.agent.model_copy(update={"efforts": efforts})})
