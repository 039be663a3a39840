"""Scoring, inspecting and exporting files that are larger than memory, in parts: seconds, and the peak memory of the process and its
children. Nothing timed is asserted. BENCH_ROWS says how many rows."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

pa = pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")
pytestmark = pytest.mark.bench
ROWS, ROWS_AT_ONCE = int(os.environ.get("BENCH_ROWS", 100_000_000)), 1_000_000
ANNOTATORS = 500
LOOKED_EVERY = 0.1  # seconds


def batches(*, with_texts: bool = False) -> Iterator[Any]:
    """Judgments by chance, three an item, with gold, times and slices, of which a few items come again to many; each million is the first
    one on other items and at other times. Texts are of 16 and 40 words; one prompt in twenty is of one template."""
    from pyarrow import compute

    rng, start, items = np.random.default_rng(1), np.datetime64("2026-01-01T00:00:00", "s"), max(ROWS // 3, 200)

    def texts(words: list[str], codes: object) -> object:
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), words).dictionary_decode()

    size = min(ROWS_AT_ONCE, ROWS)
    comes_again, item = rng.random(size) < 0.1, rng.integers(0, items, size)
    item[comes_again] %= 200
    columns = {
        "annotator": texts([f"a{n:03d}" for n in range(ANNOTATORS)], rng.integers(0, ANNOTATORS, size)),
        "left": texts(["a", "b"], rng.integers(0, 2, size)),
        "answer": texts(["left", "right"], rng.integers(0, 2, size)),
        "lead_time_s": pa.array(rng.gamma(2, 10, size).round(1)).cast(pa.string()),
        "slice": texts(["code", "chat", "math"], rng.integers(0, 3, size)),
    }
    for first in range(0, ROWS, size):
        shown = np.where(comes_again, item, (item + first) % items)
        yield pa.RecordBatch.from_pydict(
            {
                **columns,
                **(texts_of(shown) if with_texts else {}),
                "pair": compute.binary_join_element_wise("p", pa.array(shown).cast(pa.string()), ""),
                "gold": texts(["", "a"], shown < 100),
                "at": compute.strftime(pa.array(start + np.arange(first, first + size)), format="%Y-%m-%dT%H:%M:%SZ"),
            }
        )


def texts_of(item: Any) -> dict[str, Any]:
    """The prompt and the responses of some items (n,), by their numbers."""
    from pyarrow import compute

    rng = np.random.default_rng(2)
    words = pa.array([f"word{n}" for n in range(20_000)])
    phrases = pa.array([" ".join(f"word{n}" for n in rng.integers(0, 20_000, 4)) for _ in range(1000)])
    mixing = rng.integers(1 << 40, 1 << 62, 36, dtype=np.uint64) | np.uint64(1)

    def text(of: Any, first: int, last: int) -> Any:
        numbers = [((item + 1).astype(np.uint64) * by >> np.uint64(40)) % len(of) for by in mixing[first:last]]
        return compute.binary_join_element_wise(*(of.take(pa.array(number)) for number in numbers), " ")

    number = pa.array(item).cast(pa.string())
    template = compute.binary_join_element_wise("what is the boiling point of thing", number, "at sea level?", " ")
    return {
        "prompt": compute.if_else(pa.array(item % 20 == 0), template, text(words, 0, 16)),
        "response_a": text(phrases, 16, 26),
        "response_b": text(phrases, 26, 36),
    }


def write(path: Path, *, with_texts: bool = False) -> None:
    from pyarrow import csv, parquet

    rows = batches(with_texts=with_texts)
    first = next(rows)
    if path.suffix == ".parquet":
        alike = [name for name in first.schema.names if name not in ("pair", "at")]
        writer = parquet.ParquetWriter(path, first.schema, use_dictionary=alike)
    else:
        writer = csv.CSVWriter(path, first.schema, write_options=csv.WriteOptions(quoting_style="none"))
    with writer:
        for batch in chain([first], rows):
            writer.write(batch) if path.suffix != ".parquet" else writer.write_batch(batch)


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


@pytest.mark.parametrize("command", ["score", "inspect"])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_is_taken_in_parts(tmp_path: Path, kind: str, command: str) -> None:
    path = tmp_path / f"judgments.{kind}"
    write(path)
    said = tmp_path / "figures.json"
    print(f"\n{ROWS:,} rows in {path.stat().st_size / 1e6:,.0f} MB of {kind}")
    for arguments in (["--in-parts"], ["--workers", "2"]):
        seconds, most = run([command, str(path), "--json", *arguments], said)
        print(f"  steadyhand {command} {' '.join(arguments)}: {seconds:,.0f} s, at most {most / 1e9:.2f} GB")
        figures = said.read_bytes()
        if arguments == ["--in-parts"]:
            in_parts = figures
        assert figures == in_parts


def test_a_file_with_texts_is_exported_in_parts(tmp_path: Path) -> None:
    path, said = tmp_path / "judgments.parquet", tmp_path / "said.json"
    write(path, with_texts=True)
    print(f"\n{ROWS:,} rows with texts in {path.stat().st_size / 1e6:,.0f} MB of parquet")
    digests = set[str]()
    for arguments in (["--in-parts"], ["--workers", "2"], *([[]] if path.stat().st_size < 100_000_000 else [])):
        out = tmp_path / "set"
        seconds, most = run(["export", str(path), "--out", str(out), "--json", *arguments], said)
        size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
        print(
            f"  steadyhand export {' '.join(arguments)}: {seconds:,.0f} s, at most {most / 1e9:.2f} GB; a set of {size / 1e6:,.0f} MB"
        )
        digests.add(hashlib.sha256((out / "manifest.json").read_bytes()).hexdigest())
    assert len(digests) == 1
