"""The command that hands judgments over to trainers, as a folder of rows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from hooks.cli.datafiles import Reading, min_lag_option, reading_options
from hooks.cli.in_parts import InParts, parts_options
from hooks.cli.inputs import EXAMPLE_CONTRACT, acting, read_text, readable, service_context
from hooks.cli.new_folder import UNFINISHED, new_folder
from hooks.cli.options import bundled, measurement_options, output_option
from hooks.cli.output import Output, working
from hooks.report import exporting as report
from hooks.report.reading import Understood, understood
from ls_backend.analysis.answer_set import answer_set
from ls_backend.analysis.preference_set import measured_q, preference_set
from ls_backend.analysis.selection import Selection, Ties
from ls_backend.analysis.splits import Shares
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.judgment_table import TableFigures, annotation_ids
from ls_backend.formats.notes import ReadingNote
from ls_backend.formats.preference_files import (
    DATA,
    MANIFEST,
    ExportedSet,
    ExportOptions,
    NewFiles,
    export_answers,
    export_preferences,
)
from ls_backend.formats.preference_manifest import WrittenManifest, changes_since, read_manifest
from ls_backend.formats.set_columns import Layout, Origin, SetForm, facts_by_name
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.services.exporting_in_parts import ExportedParts, export_in_parts
from ls_backend.services.large_tables import Run, TableFile
from ls_backend.services.reading_in_parts import figures_of_file

SHARE = click.FloatRange(0, 1, max_open=True)


def _selection(gold_items: str, ties: str, min_confidence: float, min_reputation: float) -> Selection:
    return Selection(gold_items == "include", Ties(ties), min_confidence, min_reputation)


selection_options = bundled(
    "selection",
    _selection,
    {
        "gold_items": click.option(
            "--gold-items",
            type=click.Choice(["exclude", "include"]),
            default="exclude",
            show_default=True,
            help="Whether gold items become rows, with their known answer as the chosen response.",
        ),
        "ties": click.option(
            "--ties",
            type=click.Choice([kind.value for kind in Ties]),
            default=Ties.HALF.value,
            show_default=True,
            help="An answer that prefers neither: no vote, half a vote for each, or that and even pairs stay.",
        ),
        "min_confidence": click.option(
            "--min-confidence",
            type=click.FloatRange(0.5, 1, max_open=True),
            default=0.5,
            show_default=True,
            help="Least chance that most people prefer the chosen response.",
        ),
        "min_reputation": click.option(
            "--min-reputation",
            type=click.FloatRange(0, 100),
            default=0,
            show_default=True,
            help="Votes of annotators with less, or without a known reputation, do not count.",
        ),
    },
)


def _layout(form: str, prompts: str, texts: str) -> Layout:
    return Layout(SetForm(form), prompts == "explicit", texts == "conversational")


layout_options = bundled(
    "layout",
    _layout,
    {
        "form": click.option(
            "--format",
            "form",
            type=click.Choice([kind.value for kind in SetForm]),
            default=SetForm.TRL.value,
            show_default=True,
            help="Pairs for TRL's preference trainers, single completions for its KTO trainer, or rows like HelpSteer's; of other "
            "tasks than pairs: answers.",
        ),
        "prompts": click.option(
            "--prompts",
            type=click.Choice(["explicit", "implicit"]),
            default="explicit",
            show_default=True,
            help="For trl: the prompt by itself, or as the beginning of both responses.",
        ),
        "texts": click.option(
            "--texts",
            type=click.Choice(["plain", "conversational"]),
            default="plain",
            show_default=True,
            help="Texts, or lists of messages with a role and a content.",
        ),
    },
)
shares_options = bundled(
    "shares",
    Shares,
    {
        "test": click.option(
            "--test", type=SHARE, default=0.1, show_default=True, help="Share of prompts for testing."
        ),
        "validation": click.option(
            "--validation", type=SHARE, default=0.0, show_default=True, help="Share of prompts for validation."
        ),
    },
)


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--project", type=int, metavar="ID", help="A monitored project instead of a file.")
@click.option("--out", required=True, metavar="DIR", help="The folder to write: empty, or that of an earlier export.")
@layout_options
@click.option(
    "--files",
    "file_kind",
    type=click.Choice([kind.value for kind in FileKind]),
    default=FileKind.JSONL.value,
    show_default=True,
    help="JSON lines, or Parquet.",
)
@selection_options
@shares_options
@click.option("--since", metavar="DIR", help="Say what is different from an earlier export.")
@click.option("--contract", metavar="FILE", help="The contract that the judgments of a FILE were made under.")
@reading_options
@min_lag_option
@measurement_options
@parts_options
@output_option
def export(
    file: str | None,
    project: int | None,
    out: str,
    layout: Layout,
    file_kind: str,
    selection: Selection,
    shares: Shares,
    since: str | None,
    contract: str | None,
    reading: Reading,
    min_lag: int,
    measurement: MeasurementOptions,
    in_parts: InParts,
    output: Output,
) -> None:
    """Hand preferences over to trainers, as a folder of rows.

    Takes an export of Label Studio, a CSV or a monitored project. Writes a folder that datasets.load_dataset(DIR) reads, with a dataset card and a manifest. A CSV needs the columns prompt,
    response_a and response_b; answers of other tasks (choices, ratings, rankings) are exported by --format answers. Annotators stand by pseudonym. The same input gives the same bytes.
    """
    if (file is None) == (project is None):
        raise InputError("give either a FILE or --project ID")
    if reading.dry_run:
        _show_reading(file, reading, in_parts, output)
        return
    if project is not None and in_parts.is_asked_for:
        raise InputError("--in-parts and --workers are for a FILE; leave them out with --project")
    if shares.test + shares.validation >= 1:
        raise InputError("--test and --validation leave nothing to train on; together they must be below 1")
    folder = Path(out)
    if since:
        _manifest(Path(since))  # before all the work
    replaced = _replaced_files(folder)
    options = ExportOptions(selection, layout, shares, FileKind(file_kind))
    with new_folder(folder) as files:
        notes: tuple[ReadingNote, ...] = ()
        if project is not None:
            from ls_backend.services.exporting import export_project  # needs the database

            ctx, actor = acting(service_context())
            with working("Exporting"):
                exported = export_project(ctx, actor, project, options, files)
        else:
            exported, notes = _export_file(str(file), contract, reading, min_lag, measurement, in_parts, options, files)
        changes = changes_since(_manifest(Path(since)), _manifest(files.path(""))) if since else None
        files.put_in_place(instead_of=replaced, describing=MANIFEST)
    output.show(report.Exported(out, exported, notes, changes), report.exported)


def _show_reading(file: str | None, reading: Reading, in_parts: InParts, output: Output) -> None:
    if file is None:
        raise InputError("--dry-run shows how a FILE is understood; leave it out with --project")
    figures = in_parts.do(file, reading.options(), figures_of_file) or TableFigures.of(reading.read(file))
    output.show(Understood(file, figures), understood)


def _export_file(
    file: str,
    contract: str | None,
    reading: Reading,
    min_lag: int,
    measurement: MeasurementOptions,
    in_parts: InParts,
    options: ExportOptions,
    files: NewFiles,
) -> tuple[ExportedSet, tuple[ReadingNote, ...]]:
    terms = Contract.parse(read_text(contract or str(EXAMPLE_CONTRACT)), source=contract or "example contract")
    origin = Origin(Path(file).name, terms.version if contract else "", {})

    def export_parts(table_file: TableFile, run: Run) -> ExportedParts:
        with working("Exporting in parts"):
            return export_in_parts(
                table_file,
                terms,
                origin,
                run,
                min_lag=min_lag,
                measurement=measurement,
                options=options,
                files=files,
            )

    parted = in_parts.do(file, reading.options(), export_parts)
    if parted is not None:
        return parted.exported, parted.notes
    table = reading.read(file)
    with working("Exporting"):
        judgments = Judgments.of(table.judgments)
        cards = scorecards(ScoringInput(judgments, table.gold, terms, min_lag=min_lag, measurement=measurement))
        facts = facts_by_name(judgments.annotators, judgments.at[judgments.starts], cards)
        origin = replace(origin, annotators=facts, annotations=annotation_ids(table))
        if judgments.answers:
            answers = answer_set(judgments, table.gold, cards, options.selection)
            return export_answers(answers, table.shown, origin, options, files), table.notes
        q = measurement.q or measured_q(judgments, table.gold, min_lag=min_lag)
        preferences = preference_set(judgments, table.gold, cards, q=q, selection=options.selection)
        return export_preferences(preferences, table.texts, origin, options, files), table.notes


def _manifest(folder: Path) -> WrittenManifest:
    return read_manifest(_lines(folder / MANIFEST), source=str(folder / MANIFEST))


def _lines(path: Path) -> Iterator[str]:
    with readable(str(path)), path.open(encoding="utf-8") as file:
        yield from file


def _replaced_files(folder: Path) -> list[Path]:
    """The data files of an earlier export in the folder; none that its manifest, which anybody may have written, names elsewhere.

    Raises:
        InputError: it holds something else.
    """
    if not folder.exists():
        return []
    if folder.is_dir() and all(path.name == UNFINISHED for path in folder.iterdir()):
        return []
    if not (folder / MANIFEST).is_file():
        raise InputError(f"{folder} is not empty and no earlier export; name a new folder")
    files = [folder / path for path in _manifest(folder).head.files]
    return [file for file in files if file.parent == folder / DATA]
