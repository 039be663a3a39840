"""Files of judgments, for `steadyhand score`: a table, or a JSON export of Label Studio. Pure."""

from ls_backend.errors import InputError
from ls_backend.formats.csv_judgments import read_csv
from ls_backend.formats.export_judgments import read_export
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions

DEFAULT_OPTIONS = ReadingOptions()


def read_judgments(text: str, *, source: str, options: ReadingOptions = DEFAULT_OPTIONS) -> JudgmentTable:
    """A table of judgments, or a Label Studio export in JSON or JSON lines.

    Raises:
        InputError: names the line, or the task, and what to fix.
    """
    try:
        if text.removeprefix("\ufeff").lstrip().startswith(("[", "{")):
            return read_export(text, source=source, options=options)
        return read_csv(text, source=source, options=options)
    except RecursionError as error:
        raise InputError(f"{source}: its JSON is nested too deeply; is it the right file?") from error
