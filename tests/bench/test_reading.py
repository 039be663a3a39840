"""Reading, scoring and exporting large tables, beside pandas in the same run: seconds, ratios, memory. Nothing timed is asserted."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hooks.cli.inputs import read_text
from ls_backend.contracts.terms import Contract
from ls_backend.formats.judgments import read_judgments
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from tests.fakes import CONTRACT

pytestmark = pytest.mark.bench
ROWS, ANNOTATORS = 1_000_000, 200
IMPORTS = "import hooks.cli.exporting, hooks.cli.scoring"


def write_table(path: Path, *, texts: bool) -> None:
    """Judgments by chance, three an item, with gold, times and slices; also with what the pairs say."""
    rng = np.random.default_rng(1)
    annotator, item = rng.integers(0, ANNOTATORS, ROWS).tolist(), rng.integers(0, ROWS // 3, ROWS).tolist()
    left, answer = rng.integers(0, 2, ROWS).tolist(), rng.integers(0, 2, ROWS).tolist()
    seconds = rng.gamma(2, 10, ROWS).round(1).tolist()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w") as file:
        file.write(
            "annotator,pair,left,answer,gold,lead_time_s,at,slice" + ",prompt,response_a,response_b" * texts + "\n"
        )
        for n, i in enumerate(item):
            at = (start + timedelta(seconds=3 * n)).strftime("%Y-%m-%dT%H:%M:%SZ")
            said = f',"How do I {i % 997} the number {i}, and word{i * 7919 % 100_003} in place{i * 31 % 7919}?",Answer one to {i},Answer two to {i}'
            file.write(
                f"a{annotator[n]:03d},p{i:07d},{'ab'[left[n]]},{('left', 'right')[answer[n]]},{'a' * (i < 1000)},{seconds[n]},{at},"
                f"{('code', 'chat', 'math')[i % 3]}{said * texts}\n"
            )


def cpu_and_wall(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds of this process, and on the clock; the least of three."""
    taken = []
    for _ in range(3):
        cpu, wall = time.process_time(), time.perf_counter()
        action()
        taken.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(one for one, _ in taken), min(other for _, other in taken)


def most_memory(arguments: list[str]) -> int:
    """The most bytes that a process of Python with these arguments had."""
    measured = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    result = subprocess.run([sys.executable, "-c", measured, *arguments], capture_output=True, text=True, check=True)
    return 1024 * int(result.stdout)


@pytest.mark.parametrize("texts", [False, True])
def test_a_table_is_read_and_scored_beside_pandas_that_reads_it(tmp_path: Path, texts: bool) -> None:
    path, terms = tmp_path / "table.csv", Contract.parse(CONTRACT)
    write_table(path, texts=texts)

    def own() -> None:
        table = read_judgments(read_text(str(path)), source=str(path))
        scorecards(ScoringInput(Judgments.of(table.judgments), table.gold, terms))

    ours, peer = cpu_and_wall(own), cpu_and_wall(lambda: pd.read_csv(path))
    size = path.stat().st_size
    memory, imports = most_memory(["-m", "hooks.cli", "score", str(path), "--json"]), most_memory(["-c", IMPORTS])
    print(
        f"\n{ROWS:,} rows ({size / 1e6:.0f} MB{', with texts' * texts}) read and scored: {ours[1]:.2f} s, pandas reads it in {peer[1]:.2f} s, "
        f"x{ours[1] / peer[1]:.1f}; of the processor {ours[0]:.2f} and {peer[0]:.2f} s, x{ours[0] / peer[0]:.1f}"
    )
    print(
        f"  memory of `steadyhand score` {memory / 1e6:.0f} MB, x{memory / size:.1f} of the file; {imports / 1e6:.0f} MB of it without one"
    )


def test_a_table_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(path, texts=True)
    started = time.perf_counter()
    memory = most_memory(["-m", "hooks.cli", "export", str(path), "--out", str(tmp_path / "set"), "--json"])
    print(
        f"\n{ROWS:,} judgments exported from a CSV of {path.stat().st_size / 1e6:.0f} MB: {time.perf_counter() - started:.0f} s, "
        f"memory {memory / 1e6:.0f} MB"
    )
