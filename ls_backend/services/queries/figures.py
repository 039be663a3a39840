"""What pages show of a project and takes long to compute: kept until its judgments, gold or scorecards change."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import numpy as np

from ls_backend.analysis.inspection import Inspection
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.context import Context
from ls_backend.services.figure_cache import Figure
from ls_backend.services.queries.inspection import inspect
from ls_backend.store import gold, judgments, scorecards

T = TypeVar("T")
BOOTSTRAP_SEED = 0  # so that a page shows the same interval each time


def figure(ctx: Context, project: int, name: str, compute: Callable[[], T]) -> Figure[T]:
    """A figure of a project by name, as :class:`ls_backend.services.figure_cache.FigureCache` keeps it."""
    return ctx.figures_cache.get((project, name), _basis(ctx, project), compute, clock=ctx.clock)


def _basis(ctx: Context, project: int) -> Hashable:
    known = gold.known_answers(ctx.store, project)
    return (
        judgments.next_revision(ctx.store, project),
        scorecards.last_change(ctx.store, project),
        scorecards.count(ctx.store, project),
        frozenset((item, answer.preferred, answer.answer) for item, answer in known.items()),
    )


def scorecards_of(ctx: Context, project: int) -> Figure[list[Scorecard]]:
    """Everybody's scorecard, as it was computed last."""
    return figure(ctx, project, "scorecards", lambda: scorecards.of_project(ctx.store, project))


def inspection_of(ctx: Context, project: int) -> Figure[Inspection]:
    """The close look that `steadyhand inspect` gives, with the same seed."""
    return figure(ctx, project, "inspection", lambda: inspect(ctx, project, rng=np.random.default_rng(BOOTSTRAP_SEED)))
