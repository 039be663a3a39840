"""Commands about pilots."""

import click

from hooks.cli.inputs import acting, read_text, service_context
from hooks.cli.options import output_option, project_option
from hooks.cli.output import Output
from hooks.report import pilots as report
from ls_backend.services.pilots import PilotTerms, look_at_pilot, peek_at_pilot, start_pilot, stop_pilot


@click.group()
def pilot() -> None:
    """Compare two contracts on the annotators of a project."""


@pilot.command()
@project_option
@click.option("--name", required=True, help="Name of the pilot.")
@click.option("--a", "contract_a", required=True, metavar="FILE", help="Contract A.")
@click.option("--b", "contract_b", required=True, metavar="FILE", help="Contract B.")
@click.option(
    "--alpha",
    type=float,
    default=0.05,
    show_default=True,
    help="Chance of a wrong decision that is allowed, over all looks.",
)
@output_option
def start(project: int, name: str, contract_a: str, contract_b: str, alpha: float, output: Output) -> None:
    """Start a pilot. Each half of the annotators gets one of two contracts, by chance within pairs of about the same
    score."""
    texts = read_text(contract_a), read_text(contract_b)
    output.show(start_pilot(*acting(service_context()), project, PilotTerms(name, *texts, alpha)), report.started)


name_option = click.option("--name", help="Name of the pilot. Default: the one that is running.")


@pilot.command()
@project_option
@name_option
@output_option
def peek(project: int, name: str | None, output: Output) -> None:
    """Show the means of both arms so far, without deciding. A peek is not counted and costs the looks nothing."""
    output.show(peek_at_pilot(service_context(), project, name), report.peek)


@pilot.command()
@project_option
@name_option
@output_option
def look(project: int, name: str | None, output: Output) -> None:
    """Show the effect with its interval, and decide.

    An effect is decided where its interval leaves out no difference. Look as often as you like: each look is counted and
    spends a part of alpha, so that the error over all looks holds, and later looks have wider intervals. `pilot peek` reads
    the means without a look.
    """
    output.show(look_at_pilot(*acting(service_context()), project, name), report.look)


@pilot.command()
@project_option
@output_option
def stop(project: int, output: Output) -> None:
    """End the pilot. Everybody is under the project's contract again."""
    output.show(stop_pilot(*acting(service_context()), project), report.stopped)
