"""Files that are larger than memory: they are read and scored in parts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import click

from hooks.cli.inputs import encoding_of, not_utf8, readable
from hooks.cli.options import bundled
from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.packed_tables import PARQUET, is_packed
from ls_backend.formats.table_chunks import NotInChunksError
from ls_backend.services.large_tables import Run, TableFile

LARGE_TEXT, LARGE_PARQUET = 500_000_000, 100_000_000
"""Bytes from which a file is taken in parts: as a whole it takes more than a GB of memory."""
HEAD = 200
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class InParts:
    """Whether a file is taken in parts, if not by its size alone, and by which workers."""

    always: bool
    workers: str | None

    @property
    def is_asked_for(self) -> bool:
        """Whether files are to be taken in parts whatever their size."""
        return self.always or self.workers is not None

    def do(self, file: str, options: ReadingOptions, action: Callable[[TableFile, Run], Result]) -> Result | None:
        """What an action makes of a file in parts; None where the file is to be taken as a whole.

        Raises:
            InputError: it was asked for and can't be; or the file is refused.
        """
        try:
            with readable(file):
                if not self.is_asked_for and not _is_large(Path(file)):
                    return None
                table = _table_file(file, options)
                with self._run() as run:
                    return action(table, run)
        except NotInChunksError:
            if self.is_asked_for:
                raise
            return None
        except UnicodeDecodeError as error:
            raise _not_utf8(file, error) from error

    @contextmanager
    def _run(self) -> Iterator[Run]:
        if self.workers is None:
            yield map
            return
        from ls_backend.services.workers import workers  # Dask is heavy, and only there where it is installed

        with workers(self.workers) as run:
            yield run


parts_options = bundled(
    "in_parts",
    InParts,
    {
        "always": click.option(
            "--in-parts",
            "always",
            is_flag=True,
            help="Take FILE in parts, as one that is larger than memory. Default: where it is large.",
        ),
        "workers": click.option(
            "--workers",
            metavar="N|ADDRESS",
            help="Share the parts out to so many processes, or to the scheduler of Dask at an address.",
        ),
    },
)


def _is_large(path: Path) -> bool:
    """Whether a file needs much memory as a whole, and there is what it takes to read it in parts."""
    if not path.is_file() or find_spec("duckdb") is None:
        return False
    with path.open("rb") as file:
        is_parquet = file.read(len(PARQUET)) == PARQUET
    return path.stat().st_size > (LARGE_PARQUET if is_parquet else LARGE_TEXT)


def _table_file(file: str, options: ReadingOptions) -> TableFile:
    path = Path(file)
    if file == "-" or path.is_dir():
        raise NotInChunksError(f"{file}: only a file of CSV or Parquet can be taken in parts; leave --in-parts out")
    with path.open("rb") as opened:
        head = opened.read(HEAD)
    if is_packed(head) and not head.startswith(PARQUET):
        raise NotInChunksError(
            f"{file} is packed, or a spreadsheet, which is read as a whole; unpack it, or save it as CSV"
        )
    return TableFile(lambda: path.open("rb"), file, encoding_of(head), options)


def _not_utf8(file: str, error: UnicodeDecodeError) -> InputError:
    """What is wrong with a file in another encoding, by the first line that can't be read."""
    place = 0
    with Path(file).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as here:
                return not_utf8(file, number, place + here.start, line[here.start : here.start + 4])
            place += len(line)
    return not_utf8(file, 1, error.start, bytes(error.object[error.start : error.start + 4]))
