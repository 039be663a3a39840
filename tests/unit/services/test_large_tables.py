"""Judgments in parts by annotator and by item, in files."""

import errno
import io
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ls_backend.analysis.inspection import InspectionOptions, inspection
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.table_chunks import ChunkSize, NotInChunksError
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.services import large_tables
from ls_backend.services.inspecting_in_parts import inspect_file
from ls_backend.services.large_tables import TableFile, _engine, partition, parts_of
from ls_backend.services.scoring_in_parts import score_file
from tests.fakes import CONTRACT

pytest.importorskip("duckdb")
HEADER = "annotator,pair,left,answer,gold,margin\n"


def file_of(text: str, *, characters: int = 40, rows_in_a_part: int = 3) -> TableFile:
    content = text.encode()
    return TableFile(lambda: io.BytesIO(content), "f", "utf-8", ReadingOptions(), ChunkSize(characters), rows_in_a_part)


def test_nobody_is_in_two_parts_also_where_their_name_is_written_in_two_ways() -> None:
    text = HEADER + "".join(f"{n % 7}{'.0' * (n % 2)},p{n},a,left,,\n" for n in range(70))
    with parts_of(file_of(text), map) as (parts, whole):
        by_part = [parts.judgments(part) for part in parts.numbers]
        names = [name for judgments in by_part for name in judgments.annotators]
        assert (len(parts.numbers) > 1, sorted(names)) == (True, [*"0123456"])
        lines = [judgments.number.tolist() for judgments in by_part]
        assert all(numbers == sorted(numbers) for numbers in lines)
        assert sorted(line for numbers in lines for line in numbers) == [*range(2, 72)]
        assert whole.counts.with_fraction == 35


def test_no_item_is_in_two_parts_by_item_and_each_has_its_gold_and_margin() -> None:
    text = HEADER + "".join(f"x{n % 7},p{n % 20},a,left,{'b' * (n == 3)},{n if n < 20 else ''}\n" for n in range(70))
    with parts_of(file_of(text), map) as (parts, _):
        by_item = parts.by_item(rows_in_a_part=9)
        by_part = [by_item.judgments(part) for part in by_item.numbers]
        names = [name for judgments in by_part for name in judgments.items]
        assert (len(by_item.numbers) > 1, sorted(names)) == (True, sorted(f"p{n}" for n in range(20)))
        lines = [judgments.number.tolist() for judgments in by_part]
        assert all(numbers == sorted(numbers) for numbers in lines)
        assert sorted(line for numbers in lines for line in numbers) == [*range(2, 72)]
        for part, judgments in zip(by_item.numbers, by_part, strict=True):
            margins = [abs(margin) for margin in judgments.margin.tolist()]
            assert margins == [float(judgments.items[item][1:]) for item in judgments.item.tolist()]
            assert by_item.gold(part) == ({"p3": GoldItem(-1)} if "p3" in judgments.items else {})


def test_a_table_without_judgments_has_no_parts_by_item() -> None:
    with parts_of(file_of(HEADER + "x,p1,a,,,\n"), map) as (parts, _):
        assert parts.by_item(rows_in_a_part=9).numbers == ()


def test_the_engine_prints_no_progress_among_the_figures(tmp_path: Path) -> None:
    assert _engine(tmp_path).sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]


def test_gold_and_margin_of_an_item_hold_on_rows_of_other_parts() -> None:
    text = HEADER + "x,p1,a,left,a,-2\n" + "".join(f"y{n},p1,a,left,,\n" for n in range(9)) + "z,p2,b,left,,0.5\n"
    with parts_of(file_of(text), map) as (parts, _):
        for part in parts.numbers:
            judgments = parts.judgments(part)
            items = {judgments.items[code] for code in judgments.item.tolist()}
            assert parts.gold(part) == ({"p1": GoldItem(1)} if "p1" in items else {})
            for name, margin in zip(judgments.annotator.tolist(), judgments.margin.tolist(), strict=True):
                expected = {"x": -2.0, "z": 0.5}.get(judgments.annotators[name], 2.0)
                assert margin == expected
        sizes = parts.sizes_of_margins()
        assert sizes is not None
        assert sizes.tolist() == [0.5]


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("x,p1,a,left,a,", "y,p1,a,left,b,", "f: gold answers of 'p1' differ from an earlier line"),
        ("x,p1,a,left,,1", "y,p1,a,left,,2", "f: margins of 'p1' differ from an earlier line"),
    ],
)
def test_what_rows_of_different_chunks_say_of_an_item_must_be_the_same(one: str, other: str, message: str) -> None:
    between = "".join(f"z,q{n},a,left,,\n" for n in range(20))
    with pytest.raises(InputError, match=message), parts_of(file_of(f"{HEADER}{one}\n{between}{other}\n"), map):
        pass


def test_a_file_that_is_read_once_more_leaves_nothing_of_the_first_time(tmp_path: Path) -> None:
    """The last rows tell that the day stands first; by the first ones it was the month."""
    times = [f"1/{n}/2026 8:00" for n in range(1, 13)] + ["13/1/2026 8:00"]
    text = "annotator,item,answer,at\n" + "".join(f"x,i{n},cat,{at}\n" for n, at in enumerate(times))
    file = file_of(text)
    parts, whole = partition(file.chunked(), file.options, tmp_path, map, rows_in_a_part=3)
    judgments = parts.judgments(parts.numbers[0])
    assert (len(judgments), whole.judgments) == (13, 13)
    assert judgments.at[1] - judgments.at[0] > 27 * 86_400


def some_thousand_rows() -> str:
    """So many that pyarrow scans each chunk."""
    rng, rows = np.random.default_rng(3), 60_000
    item, left, answer = rng.integers(0, 9000, rows), rng.integers(0, 2, rows), rng.integers(0, 3, rows)
    size = np.random.default_rng(4).gamma(1, 1, 9000).round(2)
    return "annotator,pair,left,answer,gold,margin,at\n" + "".join(
        f"a{n % 23:02d},item {i},{'ab'[left[n]]},{('left:2', 'right', 'right:3')[answer[n]]},{'b' * (i < 200)},{size[i]},2026-11-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z\n"
        for n, i in enumerate(item.tolist())
    )


def test_the_scorecards_of_some_thousand_rows_are_those_of_the_whole() -> None:
    text = some_thousand_rows()
    terms, measured_by = Contract.parse(CONTRACT), MeasurementOptions(half_life=300.0)
    table = read_judgments(text, source="f")
    whole = scorecards(ScoringInput(Judgments.of(table.judgments), table.gold, terms, 3, measured_by))
    file = file_of(text, characters=1 << 21, rows_in_a_part=20_000)
    parted = score_file(file, terms, map, min_lag=3, measurement=measured_by)
    assert [card.to_dict() for card in parted.cards] == [card.to_dict() for card in whole]
    assert [*parted.notes[:-1]] == [*table.notes]


def test_a_close_look_at_some_thousand_rows_is_that_at_the_whole() -> None:
    text = some_thousand_rows()
    table = read_judgments(text, source="f")
    whole = inspection(Judgments.of(table.judgments), table.gold, rng=np.random.default_rng(1), min_lag=3)
    file = file_of(text, characters=1 << 21, rows_in_a_part=20_000)
    options = InspectionOptions()
    parted = inspect_file(file, map, rng=np.random.default_rng(1), min_lag=3, options=options)
    assert parted.inspection == whole
    assert [*parted.notes[:-1]] == [*table.notes]
    assert (whole.decided_by, len(whole.gold), len(whole.pairwise)) == ("margin", 200, 200)


def test_there_are_as_many_words_to_read_as_the_texts_have() -> None:
    rows = [f"x{n % 5},good {n % 8},so bad {n % 8},left\n" for n in range(40)]
    with parts_of(file_of("annotator,left,right,answer\n" + "".join(rows)), map) as (parts, _):
        parts.gather_words()
        words: dict[str, int] = {}
        for part in parts.numbers:
            of_part = parts.words(part)
            assert set(of_part) == set(parts.judgments(part).items)
            words |= of_part
        assert [*words.values()] == [5] * 8


@pytest.fixture
def no_large_files() -> Iterator[None]:
    """No file may have more than 4 KB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("no_large_files")
def test_where_the_folder_for_temporary_files_is_full_its_cure_is_named() -> None:
    text = HEADER + "".join(f"x{n % 7},p{n * 7919 % 100_003},a,left,,\n" for n in range(4000))
    message = r"f: the folder for temporary files, .*steadyhand-.*, can't hold its parts \(.*File too large.*name one with more room by TMPDIR"
    with pytest.raises(InputError, match=message), parts_of(file_of(text, characters=10**6, rows_in_a_part=10**6), map):
        pass


def test_an_error_of_the_disk_is_said_as_it_is_where_there_is_room() -> None:
    with pytest.raises(OSError, match="no such device"), parts_of(file_of(HEADER + "x,p1,a,left,,\n"), map):
        raise OSError(errno.EIO, "no such device")
    with pytest.raises(InputError, match="can't hold its parts"), parts_of(file_of(HEADER + "x,p1,a,left,,\n"), map):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_where_the_engine_may_take_too_little_memory_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_tables, "ENGINE_MEMORY", "1MB")
    text = HEADER + "".join(f"x{n % 7},p{n},a,left,,\n" for n in range(4000))
    with (
        pytest.raises(NotInChunksError, match="more memory in parts than DuckDB may take, which is 1MB"),
        parts_of(file_of(text, characters=10**6), map),
    ):
        pass


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"a worker does not see the folder .*nowhere; name one by TMPDIR that all machines share"
    ):
        _engine(tmp_path / "nowhere")
