"""Commands about annotators' work: scorecards, a close look at a data set, and labelling templates."""

import click
import numpy as np

from hooks.cli.datafiles import Reading, min_lag_option, reading_options
from hooks.cli.in_parts import InParts, parts_options
from hooks.cli.inputs import EXAMPLE_CONTRACT, read_text, service_context
from hooks.cli.options import bundled, long_output_options, measurement_options
from hooks.cli.output import Output, working
from hooks.report import scoring as report
from hooks.report.layout import Table, plain_text, rows_of, write
from hooks.report.reading import Understood, reading_notes, understood
from ls_backend.analysis.inspection import InspectionOptions, inspection
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import TableFigures
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.memory import give_memory_back
from ls_backend.records import to_json
from ls_backend.services.inspecting_in_parts import inspect_file
from ls_backend.services.large_tables import Run, TableFile
from ls_backend.services.reading_in_parts import figures_of_file
from ls_backend.services.scoring_in_parts import score_file
from ls_templates.catalog import CATALOG


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--contract", metavar="FILE", help="The contract (TOML). Default: the example.")
@reading_options
@min_lag_option
@measurement_options
@parts_options
@long_output_options
def score(
    file: str,
    contract: str | None,
    reading: Reading,
    min_lag: int,
    measurement: MeasurementOptions,
    in_parts: InParts,
    output: Output,
) -> None:
    """Score annotators from an export or a table, without a server.

    FILE is a Label Studio export in JSON or JSON lines, or a table as CSV, Parquet or a spreadsheet; - reads standard input. What is left out of it, or read
    in a special way, is said.

    CSV columns: annotator,pair,left,answer,gold,lead_time_s,at,slice,margin. `left` is a or b: which response stood
    left; `answer` is left, right or tie, with a strength as in left:3; `gold` is a, b or empty; `margin` is by how
    much a reward model prefers one response. Later rows of the same annotator and pair are retests.

    Tasks other than pairs: annotator,item,answer,gold,lead_time_s,at,slice. `answer` and `gold` are a text (one of
    several) or JSON: {"choices": ["x", "y"]}, {"rating": 4, "of": 5}, {"ranking": ["b", "a"]},
    {"spans": [[3, 9, "person"]]} or {"boxes": [[left, top, width, height, "car"]]}.

    Columns with other names are named by --columns, as in --columns annotator=worker,item=task,answer=label. Where both
    responses stand in columns: annotator,left,right,answer. Tables of crowd-kit, Chatbot Arena and HelpSteer (with
    annotators) are read as they are, those of Mechanical Turk as soon as --columns says what an item is.
    """
    terms = Contract.parse(read_text(contract or str(EXAMPLE_CONTRACT)), source=contract or "example contract")
    if reading.dry_run:
        figures = in_parts.do(file, reading.options(), figures_of_file) or TableFigures.of(reading.read(file))
        output.show(Understood(file, figures), understood)
        return

    def score_in_parts(table_file: TableFile, run: Run) -> report.ScoredFile:
        with working("Scoring in parts"):
            scored = score_file(table_file, terms, run, min_lag=min_lag, measurement=measurement)
        return report.ScoredFile(scored.cards, scored.notes)

    scored = in_parts.do(file, reading.options(), score_in_parts)
    if scored is None:
        table = reading.read(file)
        with working("Scoring"):
            judgments, gold, notes = Judgments.of(table.judgments), table.gold, table.notes
            del table  # the same judgments, as the file has them
            give_memory_back()
            cards = scorecards(ScoringInput(judgments, gold, terms, min_lag=min_lag, measurement=measurement))
        scored = report.ScoredFile(cards, notes)
    if output.as_json:  # a list of scorecards, in which notes have no place
        click.echo(plain_text(reading_notes(scored.notes)), err=True, nl=bool(scored.notes))
    output.show(scored, report.scored_file, as_json=lambda result: to_json(result.cards))


def _thresholds(required: float, false_discoveries: float) -> InspectionOptions:
    return InspectionOptions(required, false_discoveries)


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--project", type=int, metavar="ID", help="A monitored project instead of a file.")
@reading_options
@min_lag_option
@bundled(
    "thresholds",
    _thresholds,
    {
        "required": click.option(
            "--required",
            type=click.FloatRange(0, 1),
            default=0.6,
            show_default=True,
            help="Attentiveness that is required; below it there is an alarm.",
        ),
        "false_discoveries": click.option(
            "--false-discoveries",
            type=click.FloatRange(0, 1),
            default=0.05,
            show_default=True,
            help="Share of false flags among all flags, at most.",
        ),
    },
)
@click.option("--seed", type=int, default=1, show_default=True, help="Random seed of the bootstrap.")
@parts_options
@long_output_options
def inspect(
    file: str | None,
    project: int | None,
    reading: Reading,
    min_lag: int,
    thresholds: InspectionOptions,
    seed: int,
    in_parts: InParts,
    output: Output,
) -> None:
    """Look closely at an export, a CSV or a monitored project.

    Shows agreement, how decided preferences are, gold items to retire, odd work and alarms. All of it asks for a look;
    none of it moves reputation or pay.
    """
    if (file is None) == (project is None):
        raise InputError("give either a FILE or --project ID")
    rng = np.random.default_rng(seed)
    if project is not None and reading.dry_run:
        raise InputError("--dry-run shows how a FILE is understood; leave it out with --project")
    if project is not None and in_parts.is_asked_for:
        raise InputError("--in-parts and --workers are for a FILE; leave them out with --project")
    if project is not None:
        from ls_backend.services.queries.inspection import inspect as inspect_project  # needs the database

        with working("Inspecting"):
            result = inspect_project(service_context(), project, rng=rng, options=thresholds)
        output.show(result, report.inspection)
        return
    if reading.dry_run:
        figures = in_parts.do(str(file), reading.options(), figures_of_file) or TableFigures.of(reading.read(str(file)))
        output.show(Understood(str(file), figures), understood)
        return

    def inspect_in_parts(table_file: TableFile, run: Run) -> report.InspectedFile:
        with working("Inspecting in parts"):
            inspected = inspect_file(table_file, run, rng=rng, min_lag=min_lag, options=thresholds)
        return report.InspectedFile(inspected.inspection, inspected.notes)

    looked_at = in_parts.do(str(file), reading.options(), inspect_in_parts)
    if looked_at is None:
        table = reading.read(str(file))
        with working("Inspecting"):
            judgments = Judgments.of(table.judgments)
            inspected = inspection(
                judgments, table.gold, rng=rng, min_lag=min_lag, options=thresholds, words=table.words
            )
        looked_at = report.InspectedFile(inspected, table.notes)
    output.show(looked_at, report.inspected_file)


@click.command()
@click.argument("name", metavar="[NAME]", type=click.Choice(sorted(CATALOG)), required=False)
def templates(name: str | None) -> None:
    """List the labelling templates, or print one."""
    if name:
        click.echo(CATALOG[name].label_config)
        return
    rows = rows_of((t.name, t.title, ", ".join(t.fields), t.monitored) for t in CATALOG.values())
    write([Table(("template", "title", "fields", "what is monitored"), rows)])
