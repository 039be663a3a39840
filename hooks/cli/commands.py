"""The `steadyhand` command."""

import logging
from typing import Any

import click

from hooks import report
from hooks.cli import money, science
from hooks.cli.shell import (
    Plain,
    as_json,
    context,
    how_measured,
    mapping_from,
    of_control,
    of_project,
    read,
    table_from,
    tell,
    track,
)
from hooks.demo.options import DemoOptions
from ls_backend import services
from ls_backend.contracts.terms import Contract
from ls_backend.formats.tables import read_gold
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import MeasurementOptions, scorecards
from ls_backend.services import MonitoringTerms
from ls_backend.settings import Settings
from ls_templates.catalog import CATALOG


@click.group(cls=Plain, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="steadyhand")
def main() -> None:
    """Quality monitoring and incentives for human preference data in Label Studio.

    Commands that talk to Label Studio read LABEL_STUDIO_URL, LABEL_STUDIO_API_KEY and STEADYHAND_SECRET from the
    environment.
    """


for command in (
    money.contract, money.simulate, money.settle, money.ledger, money.pilot, science.plan, science.study, science.inspect
):  # fmt: skip
    main.add_command(command)


@main.command()
@of_project
@click.option(
    "--contract", required=True, metavar="FILE", help="The contract (TOML); `steadyhand contract` prints one."
)
@click.option("--gold", metavar="FILE", help="Gold items: JSON lines or CSV with prompt, both responses, gold a|b.")
@click.option("--retest-rate", type=float, default=0.1, show_default=True, help="Share of judgments that are retests.")
@click.option("--gold-rate", type=float, default=0.1, show_default=True, help="Share of judgments that are gold.")
@click.option("--min-lag", type=int, default=10, show_default=True, help="Own judgments between the two showings.")
@click.option("--routing", type=click.Choice(["aimed", "panel"]), help="Default: aimed where the plugin is there.")
@click.option("--annotators", type=int, help="Size of the panel. Default: the organisation's members but one.")
@click.option("--slice-field", help="Task field to spread seeds evenly over.")
@click.option("--mapping", metavar="FILE", help="How to read your own label config (TOML).")
@of_control
@how_measured
@click.option("--dry-run", is_flag=True, help="Only tell what it would cost in extra judgments.")
@as_json
def attach(
    project: int,
    contract: str,
    gold: str | None,
    mapping: str | None,
    q: float | None,
    best: bool,
    half_life: float | None,
    dry_run: bool,
    machine: bool,
    **terms: Any,
) -> None:
    """Switch monitoring on for a project: webhook, ML backend, scorecards and seeds.

    Preference pairs are found by themselves. Other tasks (choices, ratings, rankings, spans, boxes) need --control.
    """
    wanted = MonitoringTerms(
        contract=read(contract),
        gold=read_gold(read(gold), source=gold) if gold else (),
        mapping=mapping_from(mapping),
        measurement=MeasurementOptions(q, best, half_life),
        **terms,
    )
    tell(services.attach(context(), project, wanted, dry_run=dry_run, track=track), machine, report.attached)


@main.command()
@of_project
@click.option("--keep-scorecards", is_flag=True, help="Leave the project with the scorecards in Label Studio.")
@as_json
def detach(project: int, keep_scorecards: bool, machine: bool) -> None:
    """Switch monitoring off and leave the project as it was found. Judgments and scores stay in our database."""
    tell(services.detach(context(), project, keep_scorecards=keep_scorecards, track=track), machine, report.detached)


@main.command()
@click.option("--project", type=int, help="One project only.")
@as_json
def status(project: int | None, machine: bool) -> None:
    """How the monitored projects stand, and what needs attention."""
    tell(services.status(context(), project), machine, report.status)


@main.command()
@of_project
@as_json
def seed(project: int, machine: bool) -> None:
    """Place the gold items and retests that are due. The service does this by itself while it runs."""
    ctx = context()
    with ctx.store.lease(f"move-{project}", wait=60.0):
        placed = services.place(ctx, project, services.at_work(ctx, project), track=track)
    tell({"project": project, "placed": placed}, machine, lambda r: f"Placed {r['placed']} seeds.")


@main.command()
@of_project
@click.option("--full", is_flag=True, help="Read everything again, also to find what was deleted without an event.")
@as_json
def reconcile(project: int, full: bool, machine: bool) -> None:
    """Catch up by pulling from Label Studio whatever its webhooks lost."""
    done = services.move(context(), project, pull="all" if full else "recent", wait=60.0, track=track)
    found = {"project": project, **done.counts, "faults": done.faults}
    tell(found, machine, report.reconciled)


@main.command()
@of_project
@as_json
def rescore(project: int, machine: bool) -> None:
    """Compute all scorecards again and bring the copies in Label Studio up to date."""
    ctx = context()
    changed = services.rescore(ctx, project)
    written = services.write_back(ctx, project, wait=60.0, track=track)
    found = {"project": project, "changed": len(changed), **written}
    tell(
        found,
        machine,
        lambda r: f"{r['changed']} scorecards changed, {r['scorecards']} written, {r['predictions']} consensus.",
    )


@main.command()
@click.option("--only", type=click.Choice(["receiver", "worker", "ml"]), help="One part; default: all in one process.")
@click.option("--host", help="Where to listen. Default: the host of STEADYHAND_URL.")
@click.option("--port", type=int, help="Default: the port of STEADYHAND_URL.")
def serve(only: str | None, host: str | None, port: int | None) -> None:
    """Run the webhook service, its worker and the ML backend."""
    from hooks import app  # the ML backend's base class takes seconds to import

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "huey", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    settings = Settings.read()
    default_host, default_port = app.default_bind(settings)
    app.serve(settings, host=host or default_host, port=port or default_port, only=only)


@main.command()
@click.argument("file", metavar="FILE")
@click.option("--contract", metavar="FILE", help="Default: the example contract.")
@click.option("--gold", metavar="FILE", help="Gold items for a Label Studio export.")
@click.option("--mapping", metavar="FILE", help="How to read an export of your own label config (TOML).")
@of_control
@click.option("--min-lag", type=int, default=0, show_default=True, help="Own judgments between showings to count.")
@how_measured
@as_json
def score(
    file: str,
    contract: str | None,
    gold: str | None,
    mapping: str | None,
    control: str | None,
    min_lag: int,
    q: float | None,
    best: bool,
    half_life: float | None,
    machine: bool,
) -> None:
    """Scorecards from a Label Studio JSON export or a CSV, with no server at all.

    CSV columns: annotator,pair,left,answer,gold,lead_time_s,at,slice. `left` is a or b: which response stood left;
    `answer` is left, right or tie, with a strength as in left:3; `gold` is a, b or empty. Later rows of the same
    annotator and pair are retests.

    Other tasks than pairs: annotator,item,answer,gold,lead_time_s,at,slice. `answer` and `gold` are a text (one of several) or
    JSON: {"choices": ["x", "y"]}, {"rating": 4, "of": 5}, {"ranking": ["b", "a"]}, {"spans": [[3, 9, "person"]]} or
    {"boxes": [[left, top, width, height, "car"]]}.
    """
    terms = Contract.parse(read(contract or str(money.EXAMPLE)), source=contract or "example contract")
    table = table_from(file, gold, mapping, control)
    how = MeasurementOptions(q, best, half_life)
    cards = scorecards(Judgments.of(table.judgments), table.gold, terms, min_lag=min_lag, measurement=how)
    tell([card.as_dict() for card in cards], machine, report.cards)


@main.command()
@click.argument("name", type=click.Choice(sorted(CATALOG)), required=False)
def templates(name: str | None) -> None:
    """List the labelling templates, or print one."""
    if name:
        click.echo(CATALOG[name].config)
    else:
        for template in CATALOG.values():
            click.echo(f"{template.name:18} {template.title}; fields {', '.join(template.fields)}")


@main.command()
@click.option("--pairs", metavar="FILE", help="JSON lines: prompt and chosen/rejected or response_a/response_b, gold.")
@click.option("--annotators", type=click.IntRange(1, 40), default=6, show_default=True)
@click.option("--labels", type=click.IntRange(1, 2000), default=48, show_default=True, help="Labels of each annotator.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the simulated annotators.")
@click.option("--retest-rate", type=float, default=0.2, show_default=True)
@click.option(
    "--gold-rate", type=click.FloatRange(0, 1), default=0.3, show_default=True, help="Of chosen/rejected pairs."
)
@click.option(
    "--port", type=int, default=8080, show_default=True, help="Label Studio's; the service takes the next free."
)
@click.option("--no-keep", is_flag=True, help="Stop when the report is printed.")
@click.option("--outage", is_flag=True, help="Stop the service in the middle of labelling, and start it again.")
@click.option("--json", "json_file", metavar="FILE", help="Write the report as JSON.")
@click.option("--logins", metavar="FILE", help="Write URLs and log-ins as JSON, readable by you only.")
@click.option("--label-studio", envvar="STEADYHAND_LABEL_STUDIO", help="The label-studio command to start.")
def demo(no_keep: bool, **options: Any) -> None:
    """The whole path, on this machine: Label Studio, simulated annotators who label, and what Steadyhand found."""
    from hooks.demo import run as run_demo

    run_demo(DemoOptions(keep=not no_keep, **options), say=click.echo, read=read)


if __name__ == "__main__":
    main()
