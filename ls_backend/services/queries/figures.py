"""What pages show of a project and takes long to compute: kept until its judgments, gold or scorecards change."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ls_backend.analysis.inspection import Inspection
from ls_backend.measurement.evidence import Checks, find_checks
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.context import Context
from ls_backend.services.figure_cache import Figure
from ls_backend.services.queries.inspection import inspect
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, judgments, ledger, projects, scorecards

T = TypeVar("T")
BOOTSTRAP_SEED = 0  # so that a page shows the same interval each time


def figure(ctx: Context, project: int, name: str, compute: Callable[[], T]) -> Figure[T]:
    """A figure of a project by name, as :class:`ls_backend.services.figure_cache.FigureCache` keeps it."""
    return ctx.figures_cache.get((project, name), _basis(ctx, project), compute, clock=ctx.clock)


def unsettled_figure(ctx: Context, project: int, name: str, compute: Callable[[], T]) -> T:
    """A figure of what is not settled yet: kept until something is settled, too."""
    until = ledger.settled_until(ctx.store, project)
    return figure(ctx, project, f"{name} since {until}", compute).value


def _basis(ctx: Context, project: int) -> Hashable:
    return (
        judgments.next_revision(ctx.store, project),
        scorecards.last_change(ctx.store, project),
        scorecards.count(ctx.store, project),
        gold.digest(ctx.store, project),
    )


@dataclass(frozen=True)
class CheckedJudgments:
    """The judgments of a project that count, and all checks in them. They belong together: checks name rows of these judgments."""

    judgments: Judgments
    checks: Checks
    gold: Mapping[str, GoldItem]


def checked_judgments_of(ctx: Context, project: int) -> Figure[CheckedJudgments]:
    """The judgments with the checks that scorecards follow from."""

    def compute() -> CheckedJudgments:
        record = projects.get(ctx.store, project, detached=True)
        judged, known = judgments_of(ctx, project), gold.known_answers(ctx.store, project)
        return CheckedJudgments(judged, find_checks(judged, known, min_lag=record.min_lag), known)

    return figure(ctx, project, "checks", compute)


def scorecards_of(ctx: Context, project: int) -> Figure[list[Scorecard]]:
    """Everybody's scorecard, as it was computed last."""
    return figure(ctx, project, "scorecards", lambda: scorecards.of_project(ctx.store, project))


def inspection_of(ctx: Context, project: int) -> Figure[Inspection]:
    """The close look that `steadyhand inspect` gives, with the same seed."""
    return figure(ctx, project, "inspection", lambda: inspect(ctx, project, rng=np.random.default_rng(BOOTSTRAP_SEED)))
