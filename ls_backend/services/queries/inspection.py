"""A close look at a project, and what of it may want somebody's attention."""

from collections import defaultdict

import numpy as np

from ls_backend.analysis import inspection as analysis
from ls_backend.analysis.inspection import Concerns, Inspection, InspectionOptions
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, projects, tasks
from ls_backend.store.records import OddWork


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


def odd_work(ctx: Context, project: int, count: int) -> OddWork:
    """Whose work asks for a look, of so many judgments: as it was noted last, or from a new look where more than a few have come
    since."""
    noted = projects.get(ctx.store, project, detached=True).odd_work
    known = gold.digest(ctx.store, project)
    if noted is not None and noted.holds_for(count, known):
        return noted
    if count > ctx.settings.pages_up_to:  # nobody looks for it by the way
        return noted or OddWork({}, 0, known)
    return OddWork(_odd_work(concerns(ctx, project)) if count else {}, count, known)


def _odd_work(found: Concerns) -> dict[str, list[str]]:
    """Annotators, and gold items, by what is odd."""
    odd: dict[str, list[str]] = defaultdict(list)
    for annotator in found.annotators:
        if annotator.alarm:
            odd["below what is required"].append(annotator.annotator)
    for flag in found.flags:
        odd[flag.flag.value].append(flag.annotator)
    for item in found.gold:
        if item.is_outdated:
            odd[f"gold to {item.advice}"].append(item.item)
    return {what: sorted(who) for what, who in odd.items()}


def concerns(ctx: Context, project: int) -> Concerns:
    """What may want somebody's attention (:func:`ls_backend.analysis.inspection.concerns`)."""
    record = projects.get(ctx.store, project, detached=True)
    return analysis.concerns(
        judgments_of(ctx, project),
        gold.known_answers(ctx.store, project),
        min_lag=record.min_lag,
        words=tasks.words_by_item(ctx.store, project),
    )
