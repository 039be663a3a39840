"""Folders of files that are written while they are made, and stand where they belong when all of them are there."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import BinaryIO

from hooks.cli.output import not_written

UNFINISHED = ".unfinished"
"""Within the folder, what is not put in place yet: by itself, it is no content."""


@dataclass(frozen=True, slots=True)
class NewFolder:
    """Files of a ``folder``, which stay apart until they are :meth:`put in place <put_in_place>`."""

    folder: Path

    def create(self, path: str) -> BinaryIO:
        """A new file, by its path in the folder.

        Raises:
            InputError: it can't be written, now or later.
        """
        with _refusing(self.folder):
            self.path(path).parent.mkdir(parents=True, exist_ok=True)
            return io.BufferedWriter(_NewFile(self.path(path), self.folder))

    def path(self, path: str) -> Path:
        """Where a file is until it is put in place."""
        return self.folder / UNFINISHED / path

    def put_in_place(self, *, instead_of: Iterable[Path] = (), describing: str = "") -> None:
        """Put the files where they belong, and remove those that they are ``instead_of``. The file that is ``describing`` all of them goes
        first and comes last: whoever is interrupted in between leaves no description of other files than those that are there."""
        with _refusing(self.folder):
            unfinished = self.folder / UNFINISHED
            paths = {file.relative_to(unfinished) for file in unfinished.rglob("*") if file.is_file()}
            if describing:
                (self.folder / describing).unlink(missing_ok=True)
            for path in sorted(paths, key=lambda path: (path == Path(describing), path)):
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (unfinished / path).replace(self.folder / path)
            for old in {*instead_of} - {self.folder / path for path in paths}:
                old.unlink(missing_ok=True)


@contextmanager
def new_folder(folder: Path) -> Iterator[NewFolder]:
    """A folder whose files are given up where they are not put in place."""
    is_new = not folder.exists()
    with _refusing(folder):
        rmtree(folder / UNFINISHED, ignore_errors=True)
    try:
        yield NewFolder(folder)
    finally:
        rmtree(folder / UNFINISHED, ignore_errors=True)
        if is_new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


class _NewFile(io.FileIO):
    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(path, "wb")
        self._folder = folder

    def write(self, content: object, /) -> int:
        with _refusing(self._folder):
            return super().write(content)  # type: ignore[arg-type]


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise not_written(folder, error) from error
