"""Files of lines: JSON lines or CSV in, a dictionary a line out. Pure."""

from collections.abc import Collection, Iterator

from ls_backend.formats.json_text import parse_json
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.tables import read_table
from ls_backend.types import Json


def read_lines(text: str, errors: LineErrors, expected: Collection[str]) -> Iterator[tuple[int, Json]]:
    """The number and the content of each line; JSON lines where the text begins with ``{``, else CSV without its empty cells, whose
    header may have names that are not ``expected``. A line that can't be read is added to ``errors``."""
    return _json_lines(text, errors) if text.lstrip().startswith("{") else _csv_lines(text, errors, expected)


def _json_lines(text: str, errors: LineErrors) -> Iterator[tuple[int, Json]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            content = parse_json(line)
        except ValueError as error:
            errors.add(number, str(error).removeprefix("line 1: "))
            continue
        if isinstance(content, dict):
            yield number, content
        else:
            errors.add(number, "must be a JSON object")


def _csv_lines(text: str, errors: LineErrors, expected: Collection[str]) -> Iterator[tuple[int, Json]]:
    table = read_table(text, source=errors.source, expected=expected, verbatim=True)
    for line, cells in table.rows(errors):
        yield line, {column: cell for column, cell in zip(table.columns, cells, strict=True) if cell}
