"""The anonymised page to publish, here and as one HTML file."""

from collections.abc import Sequence
from pathlib import Path

from flask import Response, render_template, request
from markupsafe import Markup

from hooks.web.dashboard.pages import Page, Pages
from hooks.web.dashboard.project import AGREEMENT_COLUMNS
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission
from ls_backend.services.queries.projects import monitored_project
from ls_backend.services.queries.public_figures import Group, public_figures

STYLE = Path(__file__).parent.parent / "static" / "dashboard.css"
HIDDEN = "hidden"


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/public/", Permission.MANAGE)
    def public(number: int) -> Page:
        record = public_figures(ctx, number)
        return Page(
            title="Quality of this project",
            template="public.html",
            record=record,
            tables={
                "standings": Table("Annotators by standing", GROUP_COLUMNS, record.standings, request.args),
                "agreement": whole("Agreement", AGREEMENT_COLUMNS, record.agreement),
            },
            project=number,
            tab="public",
        )

    @pages.file("/projects/<int:number>/public/page.html", Permission.MANAGE)
    def saved(number: int) -> Response:
        """The page as one file, with its style inside and nothing of this service."""
        page = render_template(
            "public_file.html",
            title=monitored_project(ctx, number).title,
            record=public_figures(ctx, number),
            style=Markup(STYLE.read_text(encoding="utf-8")),  # noqa: S704  (our own style sheet)
        )
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="quality.html"'
        return response


GROUP_COLUMNS: Sequence[Column[Group]] = (
    Column("standing", "Standing", lambda group: group.name),
    Column("annotators", "Annotators", lambda group: HIDDEN if group.annotators is None else group.annotators),
)
