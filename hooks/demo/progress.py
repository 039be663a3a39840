"""How far the labelling has come: a bar on a terminal, a line each few seconds elsewhere."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hooks.report.layout import Report

SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_STEPS = 0.2  # of the bar


@contextmanager
def progress(total: int, count: Callable[[], int], say: Callable[[Report], None]) -> Iterator[None]:
    """Show how many of ``total`` labels there are, until the work inside ends; ``count`` tells it at any moment."""
    finished = threading.Event()
    show = _bar if sys.stderr.isatty() else _lines
    shower = threading.Thread(target=show, args=(total, count, say, finished), name="progress", daemon=True)
    shower.start()
    try:
        yield
    finally:
        finished.set()
        shower.join()


def _bar(total: int, count: Callable[[], int], _say: Callable[[Report], None], finished: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("labelling"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("labels", total=total)
        while not finished.wait(SECONDS_BETWEEN_STEPS):
            bar.update(task, completed=count())


def _lines(total: int, count: Callable[[], int], say: Callable[[Report], None], finished: threading.Event) -> None:
    while not finished.wait(SECONDS_BETWEEN_LINES):
        say([f"{count()} of {total} labels ..."])
