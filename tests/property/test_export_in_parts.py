"""A table that is exported in parts gives the folder that the whole gives, byte by byte: the same rows in the same order and splits, the
same card, the same manifest; or it is refused as well."""

import io
import json
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ls_backend.analysis.preference_set import measured_q, preference_set
from ls_backend.analysis.selection import Selection, Ties
from ls_backend.analysis.splits import Shares
from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.notes import ReadingNote
from ls_backend.formats.packed_tables import as_csv
from ls_backend.formats.preference_files import ExportOptions, FilesInMemory, export_preferences
from ls_backend.formats.set_columns import Layout, Origin, SetForm, facts_by_name
from ls_backend.formats.table_chunks import ChunkSize, NotInChunksError
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.services.exporting_in_parts import export_in_parts
from ls_backend.services.large_tables import Run, TableFile
from tests.fakes import CONTRACT
from tests.property.test_in_parts import parquet_of, written

pytest.importorskip("duckdb")
pytestmark = pytest.mark.slow
TERMS = Contract.parse(CONTRACT)
ORIGIN = Origin("f", "v1", {})
many = settings(max_examples=100, deadline=None)


@dataclass(frozen=True)
class Asked:
    """How a table is exported."""

    export: ExportOptions
    measurement: MeasurementOptions
    min_lag: int


@dataclass(frozen=True)
class Folder:
    """What was written, and what was said."""

    files: dict[str, bytes]
    rows: dict[str, int]
    notes: list[ReadingNote]


def as_a_whole(content: bytes, asked: Asked) -> Folder | str:
    files = FilesInMemory()
    try:
        text = as_csv(content, source="f") or content.decode("utf-8-sig")
        table = read_judgments(text, source="f", options=ReadingOptions())
        judgments = Judgments.of(table.judgments)
        scoring = ScoringInput(judgments, table.gold, TERMS, asked.min_lag, asked.measurement)
        cards = scorecards(scoring)
        q = asked.measurement.q or measured_q(judgments, table.gold, min_lag=asked.min_lag)
        preferences = preference_set(judgments, table.gold, cards, q=q, selection=asked.export.selection)
        facts = facts_by_name(judgments.annotators, judgments.at[judgments.starts], cards)
        exported = export_preferences(preferences, table.texts, Origin("f", "v1", facts), asked.export, files)
    except InputError as error:
        return str(error)
    return Folder(files.contents, dict(exported.manifest.rows), [*table.notes, *exported.notes])


def in_parts(content: bytes, asked: Asked, *, size: ChunkSize, rows_in_a_part: int, run: Run = map) -> Folder | str:
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8-sig", ReadingOptions(), size, rows_in_a_part)
    files = FilesInMemory()
    try:
        parted = export_in_parts(
            file,
            TERMS,
            ORIGIN,
            run,
            min_lag=asked.min_lag,
            measurement=asked.measurement,
            options=asked.export,
            files=files,
        )
    except NotInChunksError:
        raise
    except InputError as error:
        return str(error)
    *notes, on_parts = parted.notes
    assert "by annotator" in on_parts.text
    return Folder(files.contents, dict(parted.exported.manifest.rows), [*notes, *parted.exported.notes])


def is_the_same(whole: Folder | str, parted: Folder | str) -> bool:
    """Refused files are refused for the same reason, though a line, or which item of several, may be named otherwise."""
    if isinstance(whole, str) and isinstance(parted, str):
        return any(
            why in whole and why in parted for why in ("differ from an earlier line", "is a conversation", whole)
        )
    return whole == parted


PEOPLE = st.sampled_from(["ann", "bob", "cem", "dora", "eve"])
PROMPTS = [
    "what is the boiling point of water?",
    "What is the boiling point of  iron",
    "what is the boiling point of gold, please?",
    "write a poem on the sea and the wind",
    "Write a poem on the sea and the wind!",
    "why",
    "zum Beispiel \u00e4hnlich, aber\nanders",
    "",
]
TURNS = json.dumps([{"role": "user", "content": "hi there"}, {"role": "assistant", "content": "yes?"}])
ANSWERS = st.sampled_from(["left", "right", "left:2", "right:3", "tie"]) | st.sampled_from(["left", "right"])
TIMES = st.integers(0, 59).map(lambda s: f"2026-11-01T08:00:{s:02}Z")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Judgments of pairs whose prompts say nearly the same here and there, with and without times, gold, margins, slices; some repeated,
    some without texts."""
    prompts = PROMPTS + ([TURNS] if draw(st.integers(0, 4)) == 4 else [])
    items = [f"p{n}" for n in range(draw(st.integers(1, 14)))]
    said = {item: draw(st.sampled_from(prompts)) for item in items}
    columns: dict[str, st.SearchStrategy[str]] = {
        "annotator": PEOPLE,
        "pair": st.sampled_from(items),
        "left": st.sampled_from("ab"),
        "answer": ANSWERS,
    }
    if draw(st.booleans()):
        columns["at"] = TIMES
    if draw(st.booleans()):
        columns["lead_time_s"] = st.sampled_from(["3", "4.5", ""])
    if draw(st.booleans()):
        columns["slice"] = st.sampled_from(["s", "t", ""])
    rows = draw(st.lists(st.tuples(*columns.values()).map(list), min_size=draw(st.integers(1, 30)), max_size=40))
    if draw(st.booleans()):
        columns["gold"] = st.just("")
        rows = [[*row, {"p1": "a", "p2": "b"}.get(row[1], "") if draw(st.booleans()) else ""] for row in rows]
    if draw(st.booleans()):
        columns["margin"] = st.just("")
        rows = [[*row, str(len(said[row[1]]) / 8 + 1) if draw(st.booleans()) else ""] for row in rows]
    if draw(st.integers(0, 9)) < 9:
        columns |= dict.fromkeys(("prompt", "response_a", "response_b"), st.just(""))
        rows = [[*row, said[row[1]], f"one {row[1]}", f'two "{row[1]}",\nand more'] for row in rows]
        if draw(st.integers(0, 19)) == 19:
            rows[-1][-1] = "something else"
    if draw(st.booleans()):
        rows += rows[: draw(st.integers(1, 3))]
    return [[*columns], *rows]


SELECTIONS = st.builds(
    Selection,
    st.booleans(),
    st.sampled_from(Ties),
    st.sampled_from([0.5, 0.5, 0.6]),
    st.sampled_from([0.0, 0.0, 30.0]),
)
LAYOUTS = st.builds(
    Layout, st.sampled_from([SetForm.TRL, SetForm.KTO, SetForm.HELPSTEER]), st.booleans(), st.booleans()
)
SHARES = st.sampled_from([Shares(), Shares(0.5), Shares(0.3, 0.3)])
ASKED = st.builds(
    Asked,
    st.builds(ExportOptions, SELECTIONS, LAYOUTS, SHARES, st.sampled_from(FileKind)),
    st.builds(MeasurementOptions, q=st.sampled_from([None, None, 0.5]), half_life=st.sampled_from([None, 3.0])),
    st.integers(0, 2),
)
SIZES = st.builds(ChunkSize, st.sampled_from([120, 500, 3000]), st.sampled_from([1, 3, 10]))


@many
@given(tables(), SIZES, st.sampled_from([1, 4, 100]), ASKED)
def test_a_csv_that_is_exported_in_parts_gives_the_folder_of_the_whole(
    rows: list[list[str]], size: ChunkSize, rows_in_a_part: int, asked: Asked
) -> None:
    content = written(rows)
    whole, parted = as_a_whole(content, asked), in_parts(content, asked, size=size, rows_in_a_part=rows_in_a_part)
    assert is_the_same(whole, parted), (whole, parted)


@settings(max_examples=40, deadline=None)
@given(tables(), SIZES, st.sampled_from([1, 4, 100]), ASKED)
def test_parquet_that_is_exported_in_parts_gives_the_folder_of_the_whole(
    rows: list[list[str]], size: ChunkSize, rows_in_a_part: int, asked: Asked
) -> None:
    content = parquet_of(rows)
    whole, parted = as_a_whole(content, asked), in_parts(content, asked, size=size, rows_in_a_part=rows_in_a_part)
    assert is_the_same(whole, parted), (whole, parted)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tables(), size=SIZES, asked=ASKED)
def test_two_worker_processes_give_the_folder_of_the_whole(
    two_workers: Run, rows: list[list[str]], size: ChunkSize, asked: Asked
) -> None:
    content = written(rows)
    whole, parted = as_a_whole(content, asked), in_parts(content, asked, size=size, rows_in_a_part=6, run=two_workers)
    assert is_the_same(whole, parted), (whole, parted)
