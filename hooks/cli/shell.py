"""What all commands share: reading files, printing for people or machines, plain errors."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from ls_backend.errors import InputError, SteadyhandError
from ls_backend.formats.tables import Table, read_gold, read_judgments
from ls_backend.label_studio.config import parse_mapping
from ls_backend.services import Context
from ls_backend.settings import Settings
from ls_templates.mapping import AnswerMapping

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])


class Plain(click.Group):
    """A group whose expected failures are one plain message and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SteadyhandError as error:
            raise click.ClickException(str(error)) from error


def as_json(command: Command) -> Command:
    return click.option("--json", "machine", is_flag=True, help="Print JSON, for machines.")(command)


def of_project(command: Command) -> Command:
    return click.option("--project", type=int, required=True, help="The project's id in Label Studio.")(command)


def how_measured(command: Command) -> Command:
    """How attentiveness is measured: arguments of :class:`ls_backend.measurement.scorecard.MeasurementOptions`."""
    for option in (
        click.option("--half-life", type=click.FloatRange(1), help="Own judgments after which evidence weighs half."),
        click.option("--best", is_flag=True, help="Without gold and q: take the best tenth to be attentive."),
        click.option(
            "--q", type=click.FloatRange(0.05, 1), help="How decided preferences are, if known; else estimated."
        ),
    ):
        command = option(command)
    return command


def of_control(command: Command) -> Command:
    return click.option("--control", metavar="NAME", help="For another task than pairs: what it is answered by.")(
        command
    )


def with_figure(command: Command) -> Command:
    return click.option("--figure", metavar="FILE", help="Draw it: a .png or .svg.")(command)


def at_retest_rates(command: Command) -> Command:
    return click.option(
        "--retest-rate",
        "retest_rates",
        type=click.FloatRange(0, 0.5),
        multiple=True,
        default=(0.05, 0.1, 0.2),
        show_default=True,
    )(command)


def read(path: str) -> str:
    """A file's text, or standard input's for ``-``."""
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def mapping_from(path: str | None) -> AnswerMapping | None:
    return parse_mapping(read(path), source=path) if path else None


def table_from(file: str, gold: str | None, mapping: str | None, control: str | None) -> Table:
    """What a CSV or an export holds, read by what the options name."""
    pairs = read_gold(read(gold), source=gold) if gold else None
    return read_judgments(read(file), source=file, mapping=mapping_from(mapping), gold=pairs, control=control)


def track(things: Iterable[T], label: str) -> Iterable[T]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return things

    def bar() -> Iterable[T]:
        with click.progressbar(things, label=label, file=sys.stderr) as moving:
            yield from moving

    return bar()


def context() -> Context:
    return Context.from_settings(Settings.read())


def tell(found: Any, machine: bool, words: Callable[[Any], str]) -> None:
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if machine else words(found))


def write(path: Path, content: str) -> None:
    """Write a text file.

    Raises:
        InputError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} can't be written ({error.strerror}); check the path") from error
