"""The weekly report: an HTML file for each annotator and one for the project, each with all it needs inside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup

from hooks.report.layout import Report, Table, rows_of
from hooks.web.dashboard import cells, charts
from ls_backend.analysis.courses import WEEK_SECONDS, Week
from ls_backend.formats.notes import counted
from ls_backend.services.queries.people import People
from ls_backend.services.queries.periods import period_name
from ls_backend.services.queries.unclear import in_words
from ls_backend.services.queries.weekly import WeeklyReports

WEB = Path(charts.__file__).parents[1]
STYLE = WEB / "static" / "dashboard.css"
UNFIT = re.compile(r"[^\w.@+-]+")  # for the name of a file
BARS = 40


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report: whom it is about ("" for the project), its file's name, and its text."""

    annotator: str
    name: str
    html: str


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A file that was written, and whom it is about: an annotator, or the project."""

    about: str
    file: str


@dataclass(frozen=True, slots=True)
class WrittenReports:
    """What was written: the week, and each file with whom it is about."""

    project: int
    week: str
    folder: str
    files: list[WrittenReport]


def report_files(reports: WeeklyReports, known: People) -> Iterator[ReportFile]:
    """All reports of a week, the project's first. An annotator's names nobody else, and no item."""
    pages = _pages()
    week = day(reports.start)
    last = day(reports.start + WEEK_SECONDS - 1)
    shared = {"first": week, "last": last, "style": Markup(STYLE.read_text(encoding="utf-8"))}  # noqa: S704  (our own)
    reputation = [
        charts.Bar(known.name(who.row.annotator), who.row.card.reputation)
        for who in reports.annotators[:BARS]
        if who.row.card
    ]
    drawn = {
        "reputation": charts.interval_bars("Reputation of each with its interval", reputation),
        "weeks": _course("How it went", reports.overview.weeks),
    }
    project = pages.get_template("weekly_project.html").render(record=reports, known=known, charts=drawn, **shared)
    yield ReportFile("", f"project-{reports.project}-{week}.html", project)
    for own in reports.own:
        name = known.name(own.annotator)
        text = pages.get_template("weekly_own.html").render(
            record=own, name=name, chart=_course("My course", own.page.course.weeks), **shared
        )
        yield ReportFile(own.annotator, f"{UNFIT.sub('-', name)}-{reports.project}-{week}.html", text)


def day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _course(label: str, weeks: list[Week]) -> Markup:
    return charts.courses(
        f"{label}: the same answer again, and the known one, by week in per cent",
        [day(week.start) for week in weeks],
        [
            charts.Line("The same answer again", [week.self_consistency for week in weeks]),
            charts.Line("Known answer chosen", [week.gold for week in weeks]),
        ],
    )


def _pages() -> jinja2.Environment:
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(WEB / "templates"), autoescape=True)
    words = {"text": cells.text, "Unit": cells.Unit, "Money": cells.Money, "Moment": cells.Moment}
    pages.globals.update({**words, "in_words": in_words, "day": day, "period_name": period_name})
    return pages


def written(result: WrittenReports) -> Report:
    rows = rows_of((file.about, file.file) for file in result.files)
    return [
        f"Project {result.project}, week of {result.week}: {counted(len(result.files), 'report')} in {result.folder}.",
        Table(("about", "file"), rows, "reports"),
    ]
