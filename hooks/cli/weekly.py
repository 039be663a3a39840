"""The command that writes weekly reports."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hooks.cli.inputs import service_context
from hooks.cli.options import output_option, project_option
from hooks.cli.output import Output, working, write_text
from hooks.report import weekly
from ls_backend.services.queries.people import people
from ls_backend.services.queries.weekly import week_before, week_of, weekly_reports


@click.command()
@click.argument("folder", metavar="FOLDER")
@project_option
@click.option(
    "--week",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="A day of the week, which begins on Monday (UTC). Default: the last week that is over.",
)
@output_option
def report(folder: str, project: int, week: datetime | None, output: Output) -> None:
    """Write the weekly reports of a project, to be sent.

    Into FOLDER goes an HTML file for each annotator who answered something in that week, with their own figures alone, and
    one for the project. Each file has all it needs inside.
    """
    ctx = service_context()
    start = week_of(week.replace(tzinfo=UTC).timestamp()) if week else week_before(ctx.clock())
    known = people(ctx, by_name=True)
    files = []
    with working("Writing the reports"):
        for file in weekly.report_files(weekly_reports(ctx, project, start), known):
            write_text(Path(folder) / file.name, file.html)
            about = known.name(file.annotator) if file.annotator else "the project"
            files.append(weekly.WrittenReport(about, file.name))
    output.show(weekly.WrittenReports(project, weekly.day(start), folder, files), weekly.written)
