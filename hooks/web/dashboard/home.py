"""All projects: what needs somebody today, and how each project does."""

from collections.abc import Mapping, Sequence

from flask import request

from hooks.web.dashboard.cells import Money, Named, Unit, shortened, total
from hooks.web.dashboard.pages import PROJECT_TABS, Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.services.queries.attention import Need, Place
from ls_backend.services.queries.overview import MonitoringCost, ProjectSummary, summaries
from ls_backend.services.queries.people import People, people


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/", Permission.READ, bare="/projects")
    def projects() -> Page:
        found = summaries(ctx)
        needs = [need for summary in found for need in summary.needs]
        return Page(
            title="All projects",
            template="home.html",
            record=found,
            tables={
                "projects": Table("Monitored projects", PROJECT_COLUMNS, found, request.args, order="title"),
                "needs": needs_table(
                    needs, people(ctx, by_name=viewer().sees_names), titles={s.project: title_of(s) for s in found}
                ),
            },
            tab="projects",
        )


LETTERS = 40  # of a project's title beside what needs somebody
FOR_ADMINS = {*(tab for tab, _, for_admins in PROJECT_TABS if for_admins), Place.AUDIT.value}


def title_of(summary: ProjectSummary) -> str:
    return summary.title or f"Project {summary.project}"


def needs_table(needs: list[Need], known: People, *, titles: Mapping[int, str] | None = None) -> Table[Need]:
    """What needs whoever looks, each with the page where it is dealt with; with the ``titles`` of the projects, where there are several."""

    def is_for(need: Need) -> bool:
        return viewer().is_admin or need.place not in FOR_ADMINS

    def place(need: Need) -> str | None:
        if not is_for(need):
            return None
        if need.annotator and need.place == "annotators":
            return address("projects", need.project, "annotators", need.annotator)
        return address("projects", need.project, *([need.place] if need.place else []))

    columns: list[Column[Need]] = [
        Column("what", "What", lambda need: need.what, link=place),
        Column("who", "Who", lambda need: known.name(need.annotator) if need.annotator else None),
        Column("why", "Why", lambda need: need.why if is_for(need) else "An admin deals with it."),
    ]
    if titles is not None:
        columns.insert(
            1,
            Column(
                "project", "Project", lambda need: Named(str(need.project), shortened(titles[need.project], LETTERS))
            ),
        )
    return whole("What needs somebody today", columns, needs, nothing="Nothing needs you today.")


def base_pay(cost: MonitoringCost, judgments: int) -> Money | None:
    """What so many judgments cost in base pay; None where the contract has none."""
    return Money(judgments * cost.each_minor, cost.currency) if cost.each_minor else None


PROJECT_COLUMNS: Sequence[Column[ProjectSummary]] = (
    Column("title", "Project", title_of, link=lambda s: address("projects", s.project)),
    Column("project", "No.", lambda s: s.project, unit=Unit.NUMBER, is_optional=True),
    Column("health", "Health", lambda s: s.health),
    Column("judgments", "Judgments", lambda s: s.judgments, totals=total),
    Column(
        "asked",
        "Asked for",
        lambda s: s.asked,
        hint="Judgments that its tasks ask for, as far as Steadyhand has heard of them",
        totals=total,
    ),
    Column("annotators", "Annotators", lambda s: s.annotators, totals=total),
    Column("below", "Below required", lambda s: s.below, hint="Annotators whose checks raised an alarm", totals=total),
    Column(
        "checks",
        "Spent on checks",
        lambda s: s.checks.value,
        unit=Unit.SHARE,
        hint="The share of judgments that were retests or gold",
    ),
    Column(
        "checks_so_far",
        "Checks so far",
        lambda s: s.cost.so_far,
        hint="Judgments that were retests or gold",
        totals=total,
        is_optional=True,
    ),
    Column(
        "cost",
        "Their base pay",
        lambda s: base_pay(s.cost, s.cost.so_far),
        hint="What these judgments cost; nothing where the contract has no base pay",
        totals=total,
        is_optional=True,
    ),
    Column(
        "checks_ahead",
        "Checks ahead",
        lambda s: s.cost.ahead,
        hint="Of the judgments still to come, at the rates as they are set",
        totals=total,
        is_optional=True,
    ),
    Column(
        "cost_ahead",
        "Their base pay ahead",
        lambda s: base_pay(s.cost, s.cost.ahead),
        hint="What the checks that are still to come will cost",
        totals=total,
        is_optional=True,
    ),
    Column("needs", "To look at", lambda s: len(s.needs), totals=total),
)
