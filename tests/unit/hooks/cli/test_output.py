"""Progress: on standard error, and only where that is a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

SCORE = [sys.executable, "-m", "hooks.cli", "score", "--json"]


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.csv"
    path.write_text("annotator,item,answer\n" + "".join(f"a{n % 9},i{n % 700},{n % 2}\n" for n in range(100_000)))
    return str(path)


def what_a_terminal_shows(arguments: list[str]) -> tuple[str, bytes]:
    """What a command writes to standard error, which is a terminal, and to standard output, which is none."""
    terminal, end_of_command = pty.openpty()
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=end_of_command) as running:
        os.close(end_of_command)
        shown = b""
        while part := read_or_end(terminal):
            shown += part
        assert running.stdout is not None
        output = running.stdout.read()
    os.close(terminal)
    return shown.decode(), output


def read_or_end(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so that nobody writes any more
        return b""


def test_progress_is_shown_on_a_terminal_and_nowhere_else(table: str) -> None:
    shown, output = what_a_terminal_shows([*SCORE, table])
    assert shown.index("Reading judgments ...") < shown.index("Scoring ...")
    plain = subprocess.run([*SCORE, table], capture_output=True, check=True)
    assert (plain.stdout, b"..." in plain.stderr) == (output, False)
