"""What commands give out: reports or JSON on standard output, progress on standard error, files."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from hooks.report.layout import SCREENFUL, Report, write
from ls_backend.errors import NO_ROOM, InputError
from ls_backend.records import to_dict, to_json
from ls_backend.types import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Output:
    """How a command's result is printed: as JSON, or as a report of all there is or of a screenful."""

    as_json: bool
    show_all: bool = True

    def show(
        self, result: T, report: Callable[[T], Report], *, as_json: Callable[[T], Json | list[Json]] = to_json
    ) -> None:
        """Print a record, or a list of records, as ``report`` or ``as_json`` writes it."""
        if self.as_json:
            click.echo(json.dumps(as_json(result), indent=2, ensure_ascii=False))
        else:
            write(report(result), limits=None if self.show_all else SCREENFUL)


def with_signatures(record: object) -> Json:
    """A record as JSON; commands call its ``warning_signs`` signatures."""
    return {"signatures" if name == "warning_signs" else name: value for name, value in to_dict(record).items()}


def progress(things: Iterable[T], label: str) -> Iterable[T]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return things
    from rich.console import Console
    from rich.progress import track

    return track(things, description=label, console=Console(stderr=True), transient=True)


@contextmanager
def working(label: str) -> Iterator[None]:
    """Something that moves on standard error while the work inside goes on, where that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{label} ..."):
        yield


def write_text(path: Path, content: str) -> None:
    """Write a text file, with its folder.

    Raises:
        InputError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise not_written(path, error) from error


def not_written(path: Path, error: OSError) -> InputError:
    """Why something can't be written, with the cure."""
    cure = "make room there, or name another place" if error.errno in NO_ROOM else "check the path"
    return InputError(f"{path} can't be written ({error.strerror}); {cure}")
