"""A week of a project: what each annotator did in it, and how the project went."""

from dataclasses import dataclass

from ls_backend.analysis.courses import MONDAY, WEEK_SECONDS, Week, weeks
from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.services.queries.annotators import AnnotatorRow, annotators_of
from ls_backend.services.queries.figures import checked_judgments_of
from ls_backend.services.queries.own import OwnPage, own_page
from ls_backend.services.queries.project_overview import ProjectOverview, overview_of


@dataclass(frozen=True, slots=True)
class OwnWeek:
    """One annotator's week: the ``week`` itself, the one ``before`` (None where they had none), and their page as it is now."""

    annotator: str
    week: Week
    before: Week | None
    page: OwnPage


@dataclass(frozen=True, slots=True)
class AnnotatorWeek:
    """An annotator in the project's report."""

    row: AnnotatorRow
    week: Week


@dataclass(frozen=True, slots=True)
class WeeklyReports:
    """The reports of a week that begins at ``start``, a Monday at 0:00 UTC in seconds since the epoch: the project's, and one for each who
    answered something in it. ``week`` is that of all together, None where nobody did; ``annotators`` has the same people in the same order
    as ``own``."""

    project: int
    start: float
    overview: ProjectOverview
    week: Week | None
    annotators: list[AnnotatorWeek]
    own: list[OwnWeek]


def week_before(now: float) -> float:
    """The beginning of the last week that is over."""
    return week_of(now) - WEEK_SECONDS


def week_of(at: float) -> float:
    """The beginning of the week of a moment, both in seconds since the epoch."""
    return MONDAY + (at - MONDAY) // WEEK_SECONDS * WEEK_SECONDS


def weekly_reports(ctx: Context, project: int, start: float) -> WeeklyReports:
    """The reports of a week.

    Raises:
        InputError: it has not begun. NotAttachedError: we do not monitor the project.
    """
    if start > ctx.clock():
        raise InputError("this week has not begun; name an earlier one")
    overview = overview_of(ctx, project)
    checked = checked_judgments_of(ctx, project).value
    annotators, own = [], []
    for row in annotators_of(ctx, project):
        course = weeks(checked.judgments, checked.checks, of=checked.judgments.are_of(row.annotator))
        week = _at(course, start)
        page = own_page(ctx, row.annotator, project) if week is not None and week.judgments else None
        if week is not None and page is not None:
            annotators.append(AnnotatorWeek(row, week))
            own.append(OwnWeek(row.annotator, week, _at(course, start - WEEK_SECONDS), page))
    return WeeklyReports(project, start, overview, _at(overview.weeks, start), annotators, own)


def _at(course: list[Week], start: float) -> Week | None:
    return next((week for week in course if week.start == start), None)
