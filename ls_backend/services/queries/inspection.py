"""A close look at a project, and what of it may want somebody's attention."""

import numpy as np

from ls_backend.analysis import inspection as analysis
from ls_backend.analysis.inspection import Concerns, Inspection, InspectionOptions
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, projects, tasks


def inspect(
    ctx: Context, project: int, *, rng: np.random.Generator, options: InspectionOptions | None = None
) -> Inspection:
    """A close look at a project as it stands (:func:`ls_backend.analysis.inspection.inspection`)."""
    record = projects.get(ctx.store, project, detached=True)
    return analysis.inspection(
        judgments_of(ctx, project),
        gold.known_answers(ctx.store, project),
        rng=rng,
        min_lag=record.min_lag,
        options=options or InspectionOptions(),
        words=tasks.words_by_item(ctx.store, project),
    )


def concerns(ctx: Context, project: int) -> Concerns:
    """What may want somebody's attention (:func:`ls_backend.analysis.inspection.concerns`)."""
    record = projects.get(ctx.store, project, detached=True)
    return analysis.concerns(
        judgments_of(ctx, project),
        gold.known_answers(ctx.store, project),
        min_lag=record.min_lag,
        words=tasks.words_by_item(ctx.store, project),
    )
