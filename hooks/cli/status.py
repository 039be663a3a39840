"""How the monitored projects stand: apart from the commands that change them, which wait longer for their imports."""

import click

from hooks.cli.inputs import service_context
from hooks.cli.options import one_project_option, output_option
from hooks.cli.output import Output
from hooks.report import status as report
from ls_backend.services.queries.status import status as status_of


@click.command()
@one_project_option
@output_option
def status(project: int | None, output: Output) -> None:
    """Show how the monitored projects stand and what needs attention."""
    output.show(status_of(service_context(), project), report.status)
