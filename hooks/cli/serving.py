"""Commands that run something: the service, and the demo. What they run is heavy, and imported when it is run."""

import signal

import click

from hooks.cli.inputs import read_text, service_context
from hooks.cli.options import bundled
from hooks.demo.options import DemoOptions
from hooks.report.layout import write


@click.command()
@click.option(
    "--only", type=click.Choice(["receiver", "worker", "ml"]), help="Run one part. Default: all in one process."
)
@click.option("--host", help="Address to listen at. Default: the host of STEADYHAND_URL.")
@click.option(
    "--port",
    type=int,
    help="Port to listen at. Default: the port of STEADYHAND_URL. With --only worker: where health and metrics are shown; default: nowhere.",
)
def serve(only: str | None, host: str | None, port: int | None) -> None:
    """Run the webhook service, its worker and the ML backend."""
    from ls_backend.settings import Settings

    settings = Settings.read()
    from hooks import app, logs

    logs.configure(settings.log_format)
    if only == "worker" and port is None:
        app.serve_worker(settings)
        return
    default_host, default_port = app.default_bind(settings)
    app.serve(settings, host=host or default_host, port=port or default_port, only=only)


@click.command()
def dashboard() -> None:
    """Print a link that opens the dashboard once.

    It opens it for whoever's token is in LABEL_STUDIO_API_KEY. It is for a Label Studio without the plugin, and works for ten minutes. With the plugin, admins and reviewers open Quality in
    Label Studio's menu.
    """
    from ls_backend.services import dashboard_links
    from ls_backend.services.actor import Actor

    ctx = service_context()
    click.echo(dashboard_links.make(ctx, Actor.token_owner(ctx)))


demo_options = bundled(
    "options",
    DemoOptions,
    {
        "pairs": click.option(
            "--pairs",
            metavar="FILE",
            help="JSON lines with prompt, chosen and rejected (or response_a, response_b and gold). Default: a sample.",
        ),
        "annotators": click.option(
            "--annotators",
            type=click.IntRange(1, 40),
            default=6,
            show_default=True,
            help="Number of simulated annotators.",
        ),
        "labels": click.option(
            "--labels", type=click.IntRange(1, 2000), default=50, show_default=True, help="Labels of each annotator."
        ),
        "seed": click.option(
            "--seed", type=int, default=1, show_default=True, help="Random seed of the simulated annotators."
        ),
        "retest_rate": click.option(
            "--retest-rate", type=float, default=0.2, show_default=True, help="Share of judgments that are retests."
        ),
        "gold_rate": click.option(
            "--gold-rate",
            type=click.FloatRange(0, 1),
            default=0.3,
            show_default=True,
            help="Share of chosen/rejected pairs that become gold items.",
        ),
        "port": click.option(
            "--port",
            type=int,
            default=8080,
            show_default=True,
            help="Port of Label Studio; the service takes the next free one.",
        ),
        "keep": click.option(
            "--keep/--no-keep", default=True, show_default=True, help="Keep everything running after the report."
        ),
        "outage": click.option(
            "--outage", is_flag=True, help="Stop the service in the middle of labelling, and start it again."
        ),
        "json_file": click.option("--json", "json_file", metavar="FILE", help="Write the report as JSON."),
        "logins": click.option(
            "--logins",
            metavar="FILE",
            help="Write URLs, log-ins and the environment of the commands as JSON, readable by you only.",
        ),
        "label_studio": click.option(
            "--label-studio",
            envvar="STEADYHAND_LABEL_STUDIO",
            metavar="PATH",
            help="The label-studio command to start. Default: the one that `make install` brings, or one on the path.",
        ),
    },
)


@click.command()
@demo_options
def demo(options: DemoOptions) -> None:
    """Show everything at work, with simulated annotators.

    Starts Label Studio with the plugin and the service on this machine, lets the annotators label, and prints what Steadyhand
    says of them beside the truth.
    """
    from hooks.demo.run import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what the demo started, as Ctrl-C does
    run(options, say=write, read_text=read_text)
