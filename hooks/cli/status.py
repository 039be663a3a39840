"""How the monitored projects stand, and who did what: apart from the commands that change them, which wait longer for their
imports."""

from pathlib import Path

import click

from hooks.cli.inputs import acting, service_context
from hooks.cli.options import annotator_option, long_output_options, one_project_option, output_option, project_option
from hooks.cli.output import Output
from hooks.report import status as report
from ls_backend.services import erasing
from ls_backend.services.backup import back_up
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.status import status as status_of


@click.command()
@one_project_option
@output_option
def status(project: int | None, output: Output) -> None:
    """Show how the monitored projects stand and what needs attention."""
    output.show(status_of(service_context(), project), report.status)


@click.command()
@annotator_option
@click.confirmation_option(prompt="This can't be undone. Go on?")
@output_option
def erase(annotator: str, output: Output) -> None:
    """Forget an annotator in all projects.

    Scorecard, notes, pauses, objections, events and payout files go. Answers and the lines of the ledger stay under an alias drawn by
    chance, and the ledger can still be verified. Delete the user in Label Studio first.
    """
    output.show(erasing.erase(*acting(service_context()), annotator), report.erased)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@output_option
def backup(file: Path, output: Output) -> None:
    """Copy the database into a new FILE while everything goes on, and say how it is brought back.

    SQLite is copied by its own backup, PostgreSQL by pg_dump.
    """
    output.show(back_up(service_context(), file), report.backed_up)


@click.command()
@project_option
@long_output_options
def audit(project: int, output: Output) -> None:
    """Show who did what in a project, newest first. Times are in UTC."""
    output.show(audit_log(service_context(), project), report.audit)
