"""The preferences of a project as a set to train on."""

from ls_backend.analysis.preference_set import PreferenceSet, measured_q, preference_set
from ls_backend.analysis.selection import Selection
from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, projects, scorecards
from ls_templates.mapping import TaskKind


def preferences_of(ctx: Context, project: int, selection: Selection) -> PreferenceSet:
    """The set as the project stands.

    Raises:
        NotAttachedError: we do not monitor the project.
        InputError: it is of another task than pairs.
    """
    record = projects.get(ctx.store, project, detached=True)
    if record.mapping.task is not TaskKind.PAIR:
        raise InputError(f"project {project} asks for another kind of answer ({record.mapping.task}) than preferences")
    judgments, known = judgments_of(ctx, project), gold.known_answers(ctx.store, project)
    q = record.measured_by.q or measured_q(judgments, known, min_lag=record.min_lag)
    return preference_set(judgments, known, scorecards.of_project(ctx.store, project), q=q, selection=selection)


def exportable(ctx: Context, project: int) -> PreferenceSet | None:
    """The set that an export gives where nothing else is asked for, for a page to show; None for other tasks than pairs."""
    if projects.get(ctx.store, project).mapping.task is not TaskKind.PAIR:
        return None
    return figure(ctx, project, "preferences", lambda: preferences_of(ctx, project, Selection())).value
