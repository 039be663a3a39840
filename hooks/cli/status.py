"""How the monitored projects stand, and who did what: apart from the commands that change them, which wait longer for their
imports."""

import click

from hooks.cli.inputs import service_context
from hooks.cli.options import long_output_options, one_project_option, output_option, project_option
from hooks.cli.output import Output
from hooks.report import status as report
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.status import status as status_of


@click.command()
@one_project_option
@output_option
def status(project: int | None, output: Output) -> None:
    """Show how the monitored projects stand and what needs attention."""
    output.show(status_of(service_context(), project), report.status)


@click.command()
@project_option
@long_output_options
def audit(project: int, output: Output) -> None:
    """Show who did what in a project, newest first. Times are in UTC."""
    output.show(audit_log(service_context(), project), report.audit)
