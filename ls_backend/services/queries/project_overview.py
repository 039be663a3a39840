"""One project at a glance."""

from dataclasses import dataclass

from ls_backend.analysis.courses import Week, weeks
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import checked_judgments_of, figure, inspection_of, scorecards_of
from ls_backend.services.queries.overview import ProjectSummary, summary_of
from ls_backend.store import projects


@dataclass(frozen=True, slots=True)
class SliceAgreement:
    """Krippendorff's alpha of a slice; ``name`` is "all" for the whole project."""

    name: str
    alpha: Estimate


def agreement_by_slice(ctx: Context, project: int) -> list[SliceAgreement]:
    """The whole project first."""
    agreement = inspection_of(ctx, project).value.agreement
    return [SliceAgreement(name or "all", alpha) for name, alpha in agreement.items()]


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """``scorecards`` are everybody's, ``weeks`` the checks of all over time, ``agreement`` by slice, the whole project first."""

    summary: ProjectSummary
    scorecards: list[Scorecard]
    weeks: list[Week]
    agreement: list[SliceAgreement]
    outdated_gold: int
    computed_at: float


def overview_of(ctx: Context, project: int) -> ProjectOverview:
    """How a project stands.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    record = projects.get(ctx.store, project)
    close_look = inspection_of(ctx, project)
    return ProjectOverview(
        summary=summary_of(ctx, record),
        scorecards=scorecards_of(ctx, project).value,
        weeks=figure(ctx, project, "weeks", lambda: _weeks(ctx, project)).value,
        agreement=agreement_by_slice(ctx, project),
        outdated_gold=sum(use.is_outdated for use in close_look.value.gold),
        computed_at=close_look.computed_at,
    )


def _weeks(ctx: Context, project: int) -> list[Week]:
    checked = checked_judgments_of(ctx, project).value
    return weeks(checked.judgments, checked.checks)
