"""A table that is scored or inspected in parts gives what the whole gives: the same figures to the last digit, the same notes, or it is
refused as well."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ls_backend.analysis.inspection import Inspection, InspectionOptions, inspection
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.formats.cells import DateOrder
from ls_backend.formats.judgment_table import ReadingOptions, TableFigures
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.notes import ReadingNote
from ls_backend.formats.packed_tables import as_csv
from ls_backend.formats.table_chunks import ChunkSize, NotInChunksError
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.records import to_json
from ls_backend.services.inspecting_in_parts import inspect_file
from ls_backend.services.large_tables import Run, TableFile
from ls_backend.services.reading_in_parts import figures_of_file
from ls_backend.services.scoring_in_parts import score_file
from tests.fakes import CONTRACT

pytest.importorskip("duckdb")
pytestmark = pytest.mark.slow
TERMS = Contract.parse(CONTRACT)
many = settings(max_examples=100, deadline=None)
Scored = tuple[Any, list[ReadingNote]]


def as_a_whole(content: bytes, options: ReadingOptions, min_lag: int, measurement: MeasurementOptions) -> Scored | str:
    try:
        text = as_csv(content, source="f") or content.decode("utf-8-sig")
        table = read_judgments(text, source="f", options=options)
    except InputError as error:
        return str(error)
    scoring = ScoringInput(Judgments.of(table.judgments), table.gold, TERMS, min_lag, measurement)
    return to_json(scorecards(scoring)), list(table.notes)


def in_parts(
    content: bytes,
    options: ReadingOptions,
    min_lag: int,
    measurement: MeasurementOptions,
    *,
    size: ChunkSize,
    rows_in_a_part: int,
    run: Run = map,
) -> Scored | str:
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8-sig", options, size, rows_in_a_part)
    try:
        scored = score_file(file, TERMS, run, min_lag=min_lag, measurement=measurement)
    except NotInChunksError:
        raise
    except InputError as error:
        return str(error)
    *notes, on_parts = scored.notes
    assert "by annotator" in on_parts.text
    return to_json(scored.cards), notes


def is_the_same(whole: Scored | str, parted: Scored | str) -> bool:
    """Refused files are refused for the same reason, though a line may be named otherwise."""
    if isinstance(whole, str) or isinstance(parted, str):
        return isinstance(whole, str) and isinstance(parted, str)
    return whole == parted


def written(rows: Iterable[Iterable[object]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


PEOPLE = st.sampled_from(["ann", "bob", "5", "5.0", "Ann", "cem", "05", "1E+9", "c\u200bem"])
ITEMS = st.sampled_from(["p1", "p2", "p3", "p4", "q\nr", "7.0"])
TIMES: list[st.SearchStrategy[str]] = [
    st.integers(0, 59).map(lambda s: f"2026-11-01T08:00:{s:02}Z"),
    st.integers(0, 59).map(lambda s: f"2026-11-01T08:00:{s:02}Z") | st.just("2026-11-02"),
    st.builds("{}/{}/2026".format, st.integers(1, 13), st.integers(1, 12)),
    st.builds("{}/{}/2026 8:{}".format, st.just(11), st.integers(10, 14), st.integers(10, 20)),
    st.builds(
        "{}{}{}{}{}".format,
        st.integers(1, 14),
        st.just("."),
        st.integers(1, 12),
        st.just("."),
        st.sampled_from(["26", "2026"]),
    ),
    st.builds("{}/{}/{} 8:00".format, st.integers(20, 28), st.integers(1, 12), st.integers(1, 28)),
    st.sampled_from(["2026-11-01T08:00:00Z", ""]),
    st.sampled_from(["2026-11-01T08:00:00.25Z", "2026-11-01T08:00:00Z", "1 Nov 2026 08:00:00.75", "2026-11-01 9:00"]),
    st.sampled_from(["2026-11-01T08:00:00Z", "13/11/2026 08:00", "14/11/2026 08:00"]),
]
SIDES = st.sampled_from(["left", "right", "left:2", "right:3", "links", "tie", "nan", ""]) | st.sampled_from(
    ["left", "right"]
)
PLAIN = [
    st.sampled_from(["cat", "dog", "Dog", ""]),
    st.sampled_from(["1", "2", "3.0", "5"]),
    st.sampled_from(["0", "1", "4", '{"rating": 2, "of": 7}']),
    st.sampled_from(["a#b", "b#a", "a", "b", "c"]),
]


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of pairs or of other tasks, with and without times, gold, margins, slices; some of them repeated."""
    is_pair = draw(st.booleans())
    columns: dict[str, st.SearchStrategy[str]] = {"annotator": PEOPLE}
    if is_pair:
        columns |= {"pair": ITEMS, "left": st.sampled_from("ab"), "answer": SIDES}
    else:
        columns |= {"item": ITEMS, "answer": draw(st.sampled_from(PLAIN))}
    if draw(st.booleans()):
        columns["at"] = draw(st.sampled_from(TIMES))
    if draw(st.booleans()):
        columns["lead_time_s"] = st.sampled_from(["3", "4.5", ""])
    if draw(st.booleans()):
        columns["slice"] = st.sampled_from(["s", "t", ""])
    if draw(st.booleans()):
        columns[draw(st.sampled_from(["status", "skipped"]))] = st.sampled_from(
            ["done", "Rejected", "yes", "no", "odd", ""]
        )
    rows = draw(st.lists(st.tuples(*columns.values()).map(list), max_size=24))
    if draw(st.booleans()):
        known = (
            dict.fromkeys(("p1", "7.0"), "a" if is_pair else "cat")
            if draw(st.booleans())
            else {"p2": "b" if is_pair else "2", "p3": "?"}
        )
        columns["gold"] = st.just("")
        rows = [[*row, known.get(row[1], "") if draw(st.booleans()) else ""] for row in rows]
    if draw(st.booleans()):
        sizes = {"p1": "0.5", "p2": "-2", "p3": "3", "p4": "1e-3", "q\nr": "2", "7.0": "0.25"}
        columns["margin"] = st.just("")
        rows = [[*row, sizes[row[1]] if draw(st.integers(0, 3)) else ""] for row in rows]
    if rows and draw(st.booleans()):
        rows += draw(st.sampled_from([rows, rows[:2], rows[-1:], [[""] * len(columns)], [[*columns]]]))
    if draw(st.booleans()):
        names = [f"{n}" for n in range(len(rows))]
        return [["", *columns], *([name, *row] for name, row in zip(names, rows, strict=True))]
    return [[*columns], *rows]


Inspected = tuple[Inspection, list[ReadingNote]]
WORDS = ("good", "bad", "so", "long", "a")


@st.composite
def answered_tables(draw: st.DrawFn) -> list[list[str]]:
    """So many answers of a few people on a few items that flags, trends and alarms follow from them: pairs with and without strengths, margins,
    texts and gold, or other tasks; with and without times and slices."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    people, items, rows = draw(st.integers(1, 12)), draw(st.integers(2, 40)), draw(st.integers(20, 400))
    kind = draw(st.sampled_from(["plain", "strong", "margins", "texts", "choices", "ratings", "several"]))
    is_pair = kind in ("plain", "strong", "margins", "texts")
    annotator, item = rng.integers(0, people, rows), rng.integers(0, items, rows)
    care, likes = rng.random(people), rng.integers(0, 2, items)
    chosen = np.where(rng.random(rows) < care[annotator], likes[item], rng.integers(0, 2, rows))
    mirrored = rng.integers(0, 2, rows)
    columns: dict[str, Sequence[str]] = {"annotator": [f"a{n}" for n in annotator.tolist()]}
    if kind == "texts":
        texts = [(f"good {n}", f"bad {' '.join(rng.choice(WORDS, 1 + n % 9))} {n}") for n in range(items)]
        shown = [texts[n][:: -1 if m else 1] for n, m in zip(item.tolist(), mirrored.tolist(), strict=True)]
        columns |= {"left": [left for left, _ in shown], "right": [right for _, right in shown]}
        columns["answer"] = [("left", "right", "tie")[n] for n in rng.integers(0, 3, rows).tolist()]
    elif is_pair:
        sides = np.where(chosen == mirrored, "left", "right")
        strength = [f":{n}" if kind == "strong" else "" for n in rng.integers(1, 4, rows).tolist()]
        columns |= {"pair": [f"i{n}" for n in item.tolist()], "left": ["ab"[n] for n in mirrored.tolist()]}
        columns["answer"] = [side + by for side, by in zip(sides.tolist(), strength, strict=True)]
        if kind == "margins":
            size = rng.gamma(1, 1, items).round(2)
            columns["margin"] = [f"{size[n]}" if rng.random() < 0.8 else "" for n in item.tolist()]
    else:
        answers = {
            "choices": ["cat", "dog", "cow"],
            "ratings": ["1", "2", "4", "5"],
            "several": ["x#y", "x", "z#x", "y#x"],
        }
        said = (chosen * 2 + rng.integers(0, 2, rows)) % len(answers[kind])
        columns |= {
            "item": [f"i{n}" for n in item.tolist()],
            "answer": [answers[kind][n] for n in said.tolist()],
        }
    if kind in ("plain", "strong", "margins", "choices") and draw(st.booleans()):
        known = "cat" if kind == "choices" else "b"
        columns["gold"] = [known if n < 4 else "" for n in item.tolist()]
    if draw(st.booleans()):
        columns["lead_time_s"] = [f"{t}" for t in rng.gamma(2, 10, rows).round(1).tolist()]
    if draw(st.booleans()):
        columns["slice"] = [("s", "t", "")[(n + (rng.random() < 0.1)) % 3] for n in item.tolist()]
    if draw(st.booleans()):
        moment = np.sort(rng.integers(0, 3 * rows, rows))
        columns["at"] = [f"2026-11-01T08:{t // 60 % 60:02}:{t % 60:02}Z" for t in moment.tolist()]
    return [[*columns], *map(list, zip(*columns.values(), strict=True))]


def inspected_as_a_whole(content: bytes, min_lag: int, inspecting: InspectionOptions) -> Inspected | str:
    try:
        table = read_judgments(content.decode(), source="f")
    except InputError as error:
        return str(error)
    rng, judgments = np.random.default_rng(1), Judgments.of(table.judgments)
    looked_at = inspection(judgments, table.gold, rng=rng, min_lag=min_lag, options=inspecting, words=table.words)
    return looked_at, list(table.notes)


def inspected_in_parts(
    content: bytes, min_lag: int, inspecting: InspectionOptions, *, size: ChunkSize, rows_in_a_part: int, run: Run = map
) -> Inspected | str:
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8-sig", ReadingOptions(), size, rows_in_a_part)
    try:
        inspected = inspect_file(file, run, rng=np.random.default_rng(1), min_lag=min_lag, options=inspecting)
    except NotInChunksError:
        raise
    except InputError as error:
        return str(error)
    *notes, on_parts = inspected.notes
    assert "by annotator" in on_parts.text
    return inspected.inspection, notes


INSPECTING = st.builds(InspectionOptions, st.sampled_from([0.6, 0.9]), st.sampled_from([0.05, 1.0]))


@many
@given(
    tables() | answered_tables(),
    st.sampled_from([ChunkSize(200, 3), ChunkSize(5000, 50)]),
    st.sampled_from([1, 7, 60]),
    INSPECTING,
    st.integers(0, 2),
)
def test_a_table_that_is_inspected_in_parts_gives_what_the_whole_gives(
    rows: list[list[str]], size: ChunkSize, rows_in_a_part: int, inspecting: InspectionOptions, min_lag: int
) -> None:
    content = written(rows)
    whole = inspected_as_a_whole(content, min_lag, inspecting)
    parted = inspected_in_parts(content, min_lag, inspecting, size=size, rows_in_a_part=rows_in_a_part)
    if isinstance(whole, str) or isinstance(parted, str):
        assert isinstance(whole, str)
        assert isinstance(parted, str)
        return
    assert parted == whole


MEASURED = st.builds(
    MeasurementOptions, q=st.sampled_from([None, 0.5]), best=st.booleans(), half_life=st.sampled_from([None, 3.0])
)
SIZES = st.builds(ChunkSize, st.sampled_from([30, 120, 500]), st.sampled_from([1, 3, 10]))
OPTIONS = st.builds(ReadingOptions, dates=st.sampled_from([None, None, DateOrder.US]))


@many
@given(tables(), st.sampled_from(",;\t"), SIZES, st.sampled_from([1, 4, 100]), OPTIONS, MEASURED, st.integers(0, 2))
def test_a_csv_in_parts_gives_what_the_whole_gives(
    rows: list[list[str]],
    delimiter: str,
    size: ChunkSize,
    rows_in_a_part: int,
    options: ReadingOptions,
    measurement: MeasurementOptions,
    min_lag: int,
) -> None:
    content = written(rows, delimiter)
    whole = as_a_whole(content, options, min_lag, measurement)
    parted = in_parts(content, options, min_lag, measurement, size=size, rows_in_a_part=rows_in_a_part)
    assert is_the_same(whole, parted), (whole, parted)


@many
@given(tables(), SIZES, st.sampled_from([1, 4, 100]), OPTIONS)
def test_a_table_in_parts_is_understood_as_the_whole_is(
    rows: list[list[str]], size: ChunkSize, rows_in_a_part: int, options: ReadingOptions
) -> None:
    content = written(rows)
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8-sig", options, size, rows_in_a_part)
    try:
        whole = TableFigures.of(read_judgments(content.decode(), source="f", options=options))
    except InputError:
        with pytest.raises(InputError):
            figures_of_file(file, map)
        return
    parted = figures_of_file(file, map)
    known = {judgment.item: whole.known[judgment.item] for judgment in whole.first if judgment.item in whole.known}
    assert parted == replace(whole, known=known, notes=[*whole.notes, parted.notes[-1]])


ODD_LINES = st.sampled_from(
    [
        "",
        " ",
        ",,,",
        "annotator,pair,left,answer",
        "ann,p1,a,left",
        "bob,p1,b,right",
        "ann,p1,b,left,",
        "ann,p1,a",
        "ann,p1,a,left,x",
        'ann,"p,1",a,left',
        'ann,"p""1",a,left',
        'ann, "p1",b,tie',
        'ann,"p\n1",a,left',
        'ann,"p\nbob,p1,b,right\n",a,left',
        'ann,"p\ndan,p1,b,right\n",a,left',
        'ann,p"1,a,left',
        'ann,"p1"x,a,left',
        'ann,"p1,a,left',
        "ann,p\u00e9,a,left\r",
        "1,ann,p1,a,left",
        "2,bob,p1,a,left",
    ]
)


@many
@given(st.lists(ODD_LINES, max_size=10), st.sampled_from(["", "\ufeff", "sep=,\n", "\n\n"]), SIZES, st.booleans())
def test_a_text_that_is_written_oddly_is_read_in_parts_as_it_is_as_a_whole(
    lines: list[str], before: str, size: ChunkSize, is_ended: bool
) -> None:
    content = (before + "\n".join(["annotator,pair,left,answer", *lines]) + "\n" * is_ended).encode()
    whole = as_a_whole(content, ReadingOptions(), 0, MeasurementOptions())
    try:
        parted = in_parts(content, ReadingOptions(), 0, MeasurementOptions(), size=size, rows_in_a_part=2)
    except NotInChunksError:
        assert any(
            line.startswith(("1,", "2,")) for line in lines
        )  # whether all rows are numbered is for all of them to say
        return
    assert is_the_same(whole, parted), (whole, parted)


def parquet_of(rows: list[list[str]]) -> bytes:
    """The rows as Parquet, with numbers, times and truth values where a column has such alone, and nothing instead of empty texts."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    convert = arrow_csv.ConvertOptions(
        strings_can_be_null=True, column_types={name: pa.string() for name in ("answer",)}
    )
    table = arrow_csv.read_csv(
        io.BytesIO(written(rows)),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    )
    content = io.BytesIO()
    parquet.write_table(table, content)
    return content.getvalue()


@many
@given(tables(), SIZES, st.sampled_from([1, 4, 100]), OPTIONS, MEASURED)
def test_parquet_in_parts_gives_what_the_whole_gives(
    rows: list[list[str]],
    size: ChunkSize,
    rows_in_a_part: int,
    options: ReadingOptions,
    measurement: MeasurementOptions,
) -> None:
    content = parquet_of(rows)
    whole = as_a_whole(content, options, 0, measurement)
    parted = in_parts(content, options, 0, measurement, size=size, rows_in_a_part=rows_in_a_part)
    assert is_the_same(whole, parted), (whole, parted)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tables(), size=SIZES, options=OPTIONS, measurement=MEASURED)
def test_two_worker_processes_give_what_the_whole_gives(
    two_workers: Run, rows: list[list[str]], size: ChunkSize, options: ReadingOptions, measurement: MeasurementOptions
) -> None:
    content = written(rows)
    whole = as_a_whole(content, options, 0, measurement)
    parted = in_parts(content, options, 0, measurement, size=size, rows_in_a_part=3, run=two_workers)
    assert is_the_same(whole, parted), (whole, parted)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=answered_tables(), inspecting=INSPECTING)
def test_two_worker_processes_inspect_as_the_whole_is_inspected(
    two_workers: Run, rows: list[list[str]], inspecting: InspectionOptions
) -> None:
    content = written(rows)
    whole = inspected_as_a_whole(content, 1, inspecting)
    size = ChunkSize(5000, 50)
    assert inspected_in_parts(content, 1, inspecting, size=size, rows_in_a_part=50, run=two_workers) == whole
