"""Commands about settlements and the ledger."""

from pathlib import Path

import click

from hooks.cli.inputs import acting, read_text, service_context
from hooks.cli.options import (
    annotator_option,
    long_output_options,
    one_project_option,
    output_option,
    period_option,
    project_option,
)
from hooks.cli.output import Output, with_signatures, working, write_text
from hooks.report import ledger as report
from ls_backend.formats.identities import read_identities
from ls_backend.services import disputes, settling, verifying
from ls_backend.services.payouts import PayoutForm, export_payouts
from ls_backend.services.queries.ledger import open_disputes as disputes_of
from ls_backend.services.queries.ledger import pay_lines_of


@click.command()
@project_option
@period_option
@click.option(
    "--preview", is_flag=True, help="Only show the lines: settle nothing, and write nothing into Label Studio."
)
@click.option(
    "--even-though-running",
    "though_running",
    is_flag=True,
    help="Settle a period that is not over. A preview says what is left out, and what pays it later.",
)
@long_output_options
def settle(project: int, period: str, preview: bool, though_running: bool, output: Output) -> None:
    """Close a period: one line of pay for each annotator. Earlier periods are corrected where judgments have changed."""
    with working("Reading annotations again"):
        result = settling.settle(
            *acting(service_context()), project, period, preview=preview, though_running=though_running
        )
    output.show(result, report.settlement, as_json=with_signatures)


@click.group()
def ledger() -> None:
    """Approve, export, verify and explain what is paid."""


@ledger.command()
@project_option
@period_option
@output_option
def approve(project: int, period: str, output: Output) -> None:
    """Approve a settlement. You approve as the admin whose token LABEL_STUDIO_API_KEY is."""
    output.show(settling.approve(*acting(service_context()), project, period), report.approved)


@ledger.command()
@project_option
@period_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["prolific", "mturk", "csv", "json"]),
    required=True,
    help="Form of the files, by the platform that reads them.",
)
@click.option(
    "--people",
    metavar="FILE",
    help="CSV of who the annotators are on the platform: annotator (id or e-mail), participant_id, and assignment_id "
    "for mturk.",
)
@click.option("--out", required=True, metavar="FOLDER", help="Folder to write the files into.")
@output_option
def export(project: int, period: str, form: PayoutForm, people: str | None, out: str, output: Output) -> None:
    """Write the files with which a platform pays. The settlement must be approved; exports are numbered."""
    identities = read_identities(read_text(people), source=people) if people else None
    result = export_payouts(*acting(service_context()), project, period, form=form, people=identities)
    for name, content in result.files.items():
        write_text(Path(out) / name, content)
    if result.warning:
        click.echo(result.warning, err=True)
    paths = [str(Path(out) / name) for name in result.files]
    output.show(report.PayoutFiles(result, paths), report.exported)


@ledger.command()
@one_project_option
@output_option
@click.pass_context
def verify(ctx: click.Context, project: int | None, output: Output) -> None:
    """Compute every line again from its evidence. Exit code 1 if something does not hold."""
    result = verifying.verify(service_context(), project)
    output.show(result, report.verified)
    if result.faults:
        ctx.exit(1)


@ledger.command()
@project_option
@annotator_option
@output_option
def why(project: int, annotator: str, output: Output) -> None:
    """Show an annotator's lines, with the arithmetic of each."""
    output.show(pay_lines_of(service_context(), project, annotator), report.lines_of_annotator)


@ledger.command()
@project_option
@click.option("--entry", type=int, required=True, metavar="LINE", help="Number of the line that is disputed.")
@click.option("--text", required=True, help="What the annotator says.")
@output_option
def dispute(project: int, entry: int, text: str, output: Output) -> None:
    """Note that an annotator disputes a line."""
    number = disputes.dispute(*acting(service_context()), project, entry, text)
    output.show(report.NotedDispute(number), report.disputed)


@ledger.command("disputes")
@project_option
@output_option
def open_disputes(project: int, output: Output) -> None:
    """List the disputes that are open."""
    output.show(disputes_of(service_context(), project), report.open_disputes)


@ledger.command()
@project_option
@click.option("--dispute", "number", type=int, required=True, metavar="NUMBER", help="Number of the dispute.")
@click.option("--minor", type=int, required=True, help="Amount to pay, in minor units (cents); 0 for nothing.")
@click.option("--text", required=True, help="The reason, in a sentence.")
@output_option
def resolve(project: int, number: int, minor: int, text: str, output: Output) -> None:
    """Resolve a dispute. An amount becomes a line of its own, to be approved and exported."""
    result = disputes.resolve(*acting(service_context()), project, number, minor=minor, text=text)
    output.show(result, report.resolved)
