"""The command about guides."""

import click

from hooks.cli.inputs import EXAMPLE_GUIDE, acting, read_text, service_context
from hooks.cli.options import output_option
from hooks.cli.output import Output
from hooks.report import guides as report
from ls_backend.errors import InputError


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--project", type=int, metavar="ID", help="The monitored project.")
@click.option("--example", is_flag=True, help="Print an example to start from.")
@click.option(
    "--to-be-read/--not-to-be-read",
    "required",
    default=None,
    help="Whether annotators must read this version before they are served their next task. Default: as it is.",
)
@output_option
def guide(file: str | None, project: int | None, example: bool, required: bool | None, output: Output) -> None:
    """Publish a project's guide, or print it.

    FILE is Markdown; - reads standard input. It becomes the newest version, and what is new in it is marked for each
    annotator until they say that they read it. Without a FILE the newest version is printed, or with --to-be-read it is
    to be read before annotators go on.
    """
    if example:
        click.echo(read_text(str(EXAMPLE_GUIDE)), nl=False)
        return
    if project is None:
        raise InputError("give --project ID, or --example for a guide to start from")
    from ls_backend.services.guides import publish_guide  # needs the database
    from ls_backend.services.queries.guides import newest_guide

    ctx = service_context()
    if file is None and required is None:
        output.show(newest_guide(ctx, project), report.text)
        return
    text = newest_guide(ctx, project).text if file is None else read_text(file)
    output.show(publish_guide(*acting(ctx), project, text, required=required), report.published)
