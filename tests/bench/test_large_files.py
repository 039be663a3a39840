"""Scoring files that are larger than memory, in parts: seconds, and the peak memory of the process and its children. Nothing timed is
asserted. BENCH_ROWS says how many rows."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

pa = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytestmark = pytest.mark.bench
ROWS, ROWS_AT_ONCE = int(os.environ.get("BENCH_ROWS", 100_000_000)), 1_000_000
ANNOTATORS = 500
LOOKED_EVERY = 0.1  # seconds


def batches() -> Iterator[object]:
    """Judgments by chance, three an item, with gold, times and slices, of which a few items come again."""
    from pyarrow import compute

    rng, start = np.random.default_rng(1), np.datetime64("2026-01-01T00:00:00", "s")

    def texts(words: list[str], codes: object) -> object:
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), words).dictionary_decode()

    names = [f"a{n:03d}" for n in range(ANNOTATORS)]
    for first in range(0, ROWS, ROWS_AT_ONCE):
        size = min(ROWS_AT_ONCE, ROWS - first)
        item = np.where(rng.random(size) < 0.1, rng.integers(0, 200, size), rng.integers(0, max(ROWS // 3, 1), size))
        at = pa.array(start + np.arange(first, first + size))
        yield pa.RecordBatch.from_pydict(
            {
                "annotator": texts(names, rng.integers(0, ANNOTATORS, size)),
                "pair": compute.binary_join_element_wise("p", pa.array(item).cast(pa.string()), ""),
                "left": texts(["a", "b"], rng.integers(0, 2, size)),
                "answer": texts(["left", "right"], rng.integers(0, 2, size)),
                "gold": texts(["", "a"], item < 100),
                "lead_time_s": pa.array(rng.gamma(2, 10, size).round(1)).cast(pa.string()),
                "at": compute.strftime(at, format="%Y-%m-%dT%H:%M:%SZ"),
                "slice": texts(["code", "chat", "math"], item % 3),
            }
        )


def write(path: Path) -> None:
    from pyarrow import csv, parquet

    for n, batch in enumerate(batches()):
        if not n:
            is_parquet = path.suffix == ".parquet"
            writer = (
                parquet.ParquetWriter(path, batch.schema)
                if is_parquet
                else csv.CSVWriter(path, batch.schema, write_options=csv.WriteOptions(quoting_style="none"))
            )
        writer.write(batch) if not is_parquet else writer.write_batch(batch)
    writer.close()


def run(arguments: list[str], output: Path) -> tuple[float, int]:
    """Seconds on the clock, and the most bytes that a process and its children had together, looked at now and then."""
    started, most = time.perf_counter(), 0
    with output.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "hooks.cli", *arguments], stdout=out)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                family = [watched, *watched.children(recursive=True)]
                most = max(most, sum(member.memory_info().rss for member in family))
            except psutil.NoSuchProcess:
                pass
            threading.Event().wait(LOOKED_EVERY)
    assert process.returncode == 0
    return time.perf_counter() - started, most


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_is_scored_in_parts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"judgments.{kind}"
    write(path)
    said = tmp_path / "cards.json"
    print(f"\n{ROWS:,} rows in {path.stat().st_size / 1e6:,.0f} MB of {kind}")
    for arguments in (["--in-parts"], ["--workers", "2"]):
        seconds, most = run(["score", str(path), "--json", *arguments], said)
        print(f"  steadyhand score {' '.join(arguments)}: {seconds:,.0f} s, at most {most / 1e9:.2f} GB")
        cards = said.read_bytes()
        if arguments == ["--in-parts"]:
            in_parts = cards
        assert cards == in_parts
