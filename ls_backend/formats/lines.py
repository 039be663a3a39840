"""Files of lines: JSON lines or CSV in, a dictionary a line out, and an error message that names every bad line. Pure."""

import csv
import io
import json
from collections.abc import Iterator

from ls_backend.errors import InputError
from ls_backend.types import Json

MAX_MESSAGES = 10


class LineErrors:
    """Collects what is wrong, by line, and raises once everything was read."""

    def __init__(self, source: str) -> None:
        self.source, self.messages = source, list[str]()

    def add(self, line: int, message: str) -> None:
        self.messages.append(f"{self.source}, line {line}: {message}")

    def raise_if_any(self) -> None:
        """Raises InputError with the first ten messages and the number of the others."""
        if self.messages:
            more = len(self.messages) - MAX_MESSAGES
            rest = [f"... and {more} more lines like these"] if more > 0 else []
            raise InputError("\n".join(self.messages[:MAX_MESSAGES] + rest))


def read_lines(text: str, errors: LineErrors) -> Iterator[tuple[int, Json]]:
    """The number and the content of each line; JSON lines where the text begins with ``{``, else CSV without its empty cells.
    A line that can't be read is added to ``errors``."""
    return _json_lines(text, errors) if text.lstrip().startswith("{") else _csv_lines(text)


def _json_lines(text: str, errors: LineErrors) -> Iterator[tuple[int, Json]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except json.JSONDecodeError as error:
            errors.add(number, f"not valid JSON ({error.msg})")
            continue
        if isinstance(content, dict):
            yield number, content
        else:
            errors.add(number, "must be a JSON object")


def _csv_lines(text: str) -> Iterator[tuple[int, Json]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        yield reader.line_num, {column: cell for column, cell in row.items() if column and cell}
