"""Reading, scoring and exporting large tables, beside pandas in the same run: seconds, ratios, memory. Nothing timed is asserted.

A table is read and scored by whole commands, as a user meets it, with the start of Python and all imports; and without those, once in a
fresh process and again in the same one.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from hooks.cli.inputs import text_file
from ls_backend.contracts.terms import Contract
from ls_backend.formats.judgments import read_judgments_in_file
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from tests.fakes import CONTRACT

pytestmark = pytest.mark.bench
ROWS, ANNOTATORS = 1_000_000, 200
RUNS = 5
Measured = TypeVar("Measured")
IMPORTS = "import hooks.cli.scoring, pyarrow.csv, pyarrow.compute, scipy.special"
PANDAS = "import sys, pandas; pandas.read_csv(sys.argv[1])"
CALLS = """
import sys, time
{imports}
for _ in range(3):
    cpu, wall = time.process_time(), time.perf_counter()
    {call}(sys.argv[1])
    print(time.process_time() - cpu, time.perf_counter() - wall)
"""
CALLS_OF_PANDAS = CALLS.format(imports="import pandas", call="pandas.read_csv")
OWN_CALLS = CALLS.format(
    imports=f"{IMPORTS}\nfrom tests.bench.test_reading import read_and_score", call="read_and_score"
)


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


def read_and_score(path: str) -> None:
    """What `steadyhand score` does with a file, before it prints."""
    table = read_judgments_in_file(text_file(path))
    scorecards(ScoringInput(Judgments.of(table.judgments), table.gold, Contract.parse(CONTRACT)))


@dataclass(frozen=True, slots=True)
class Seconds:
    """Of the processor, and on the clock."""

    cpu: float
    wall: float

    @classmethod
    def of(cls, several: Sequence["Seconds"], what: Callable[[list[float]], float] = statistics.median) -> "Seconds":
        return cls(what([one.cpu for one in several]), what([one.wall for one in several]))

    def beside(self, peer: "Seconds") -> str:
        return (
            f"{self.wall:.2f} s, pandas {peer.wall:.2f} s, x{self.wall / peer.wall:.1f}; of the processor {self.cpu:.2f} and "
            f"{peer.cpu:.2f} s, x{self.cpu / peer.cpu:.1f}"
        )


def whole_command(arguments: list[str]) -> Seconds:
    """A process of Python with these arguments, from its start to its end."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def calls(arguments: list[str]) -> list[Seconds]:
    """What a fresh process says of the calls in it."""
    said = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout.splitlines()
    return [Seconds(*map(float, line.split())) for line in said]


def in_turn(
    measure: Callable[[list[str]], Measured], own: list[str], peer: list[str]
) -> tuple[list[Measured], list[Measured]]:
    """Ours and the peer's, :data:`RUNS` times."""
    pairs = [(measure(own), measure(peer)) for _ in range(RUNS)]
    return [one for one, _ in pairs], [other for _, other in pairs]


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
    path = tmp_path / "table.csv"
    write_table(path, texts=texts)
    file, size = str(path), path.stat().st_size
    score, by_pandas = ["-m", "hooks.cli", "score", file, "--json"], ["-c", PANDAS, file]
    print(f"\n{ROWS:,} rows ({size / 1e6:.0f} MB{', with texts' * texts}) read and scored, and read by pandas")
    own, peer = map(Seconds.of, in_turn(whole_command, score, by_pandas))
    print(f"  whole commands, the median of {RUNS} in turn: {own.beside(peer)}")
    own_calls, peer_calls = in_turn(calls, ["-c", OWN_CALLS, file], ["-c", CALLS_OF_PANDAS, file])
    own, peer = (Seconds.of([process[0] for process in several]) for several in (own_calls, peer_calls))
    print(f"  without imports, the first call in a process, the median of {RUNS} in turn: {own.beside(peer)}")
    own, peer = (Seconds.of([Seconds.of(process, min) for process in several]) for several in (own_calls, peer_calls))
    print(f"  without imports, the least of three calls in a process, the median of {RUNS} in turn: {own.beside(peer)}")
    memory, imports, of_pandas = most_memory(score), most_memory(["-c", IMPORTS]), most_memory(by_pandas)
    print(
        f"  most memory of `steadyhand score` {memory / 1e6:.0f} MB, x{memory / size:.1f} of the file ({imports / 1e6:.0f} MB are imports); of "
        f"pandas {of_pandas / 1e6:.0f} MB, x{of_pandas / size:.1f}"
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
