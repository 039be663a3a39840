"""A set of some thousand rows in parts is that of the whole; so many that pyarrow scans each chunk."""

import io
import json

import numpy as np
import pytest

from ls_backend.analysis.preference_set import measured_q, preference_set
from ls_backend.analysis.selection import Selection
from ls_backend.analysis.splits import Shares
from ls_backend.contracts.terms import Contract
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.judgment_table import ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.formats.preference_files import ExportOptions, FilesInMemory, export_preferences
from ls_backend.formats.set_columns import Layout, Origin, facts_by_name
from ls_backend.formats.table_chunks import ChunkSize
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.services.exporting_in_parts import export_in_parts
from ls_backend.services.large_tables import TableFile, parts_of
from tests.fakes import CONTRACT

pytest.importorskip("duckdb")
ROWS, ITEMS = 4500, 750
HEADER = "annotator,pair,left,answer,gold,slice,at,prompt,response_a,response_b\n"


def table(*, conversations: bool) -> str:
    """Most choose the second response, five of 23 guess."""
    rng = np.random.default_rng(3)
    words = [f"word{n}" for n in range(300)]
    prompts = [" ".join(rng.choice(words, 8)) for _ in range(ITEMS)]
    prompts[::5] = [f"what is the boiling point of thing{n} at sea level" for n in range(ITEMS // 5)]
    prompts[1::5] = [prompt.upper() for prompt in prompts[2::5]]
    if conversations:
        prompts[3::50] = [
            json.dumps([{"role": "user", "content": f'ask "{prompt}"'}]).replace('"', '""') for prompt in prompts[3::50]
        ]
    item, left, guess = rng.integers(0, ITEMS, ROWS), rng.integers(0, 2, ROWS), rng.integers(0, 4, ROWS)
    guess[np.arange(ROWS) % 23 > 4] = -1
    return HEADER + "".join(
        f"a{n % 23:02d},item {i},{'ab'[left[n]]},{('left:2', 'right', 'right:3', 'tie', ('right', 'left')[left[n]])[guess[n]]},{'b' * (i < 100)},{'st'[i % 2]},"
        f'2026-11-01T{n // 7200:02d}:{n // 120 % 60:02d}:{n // 2 % 60:02d}Z,"{prompts[i]}",one of {i},two of {i}\n'
        for n, i in enumerate(item.tolist())
    )


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize("conversations", [False, True])
def test_the_folder_of_some_thousand_rows_is_that_of_the_whole(kind: FileKind, conversations: bool) -> None:
    text, terms, measured_by = table(conversations=conversations), Contract.parse(CONTRACT), MeasurementOptions()
    selection = Selection(True, min_confidence=0.8, min_reputation=50)
    options = ExportOptions(selection, Layout(conversational=conversations), Shares(0.3, 0.3), kind)
    read = read_judgments(text, source="f")
    judgments = Judgments.of(read.judgments)
    cards = scorecards(ScoringInput(judgments, read.gold, terms, 3, measured_by))
    q = measured_q(judgments, read.gold, min_lag=3)
    preferences = preference_set(judgments, read.gold, cards, q=q, selection=selection)
    facts = facts_by_name(judgments.annotators, judgments.at[judgments.starts], cards)
    whole, parted = FilesInMemory(), FilesInMemory()
    exported = export_preferences(preferences, read.texts, Origin("f", "", facts), options, whole)
    assert 0 < len(preferences.rows) < len(preferences.items)

    content = text.encode()
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8", ReadingOptions(), ChunkSize(1 << 18), 800)
    by_parts = export_in_parts(
        file, terms, Origin("f", "", {}), map, min_lag=3, measurement=measured_by, options=options, files=parted
    )
    assert parted == whole
    assert len(whole.contents) == 5
    assert by_parts.exported == exported
    assert [*by_parts.notes[:-1]] == [*read.notes]


def test_the_texts_of_an_item_are_in_its_part() -> None:
    text = table(conversations=True)
    content = text.encode()
    file = TableFile(lambda: io.BytesIO(content), "f", "utf-8", ReadingOptions(), ChunkSize(1 << 18), 800)
    with parts_of(file, map, keeps_texts=True) as (parts, _):
        by_item = parts.by_item(rows_in_a_part=800)
        assert len(by_item.numbers) > 3
        together = {}
        for part in by_item.numbers:
            judged = by_item.judgments(part)
            texts = by_item.texts(part)
            assert {*texts} == {judged.items[code] for code in judged.item.tolist()}
            together |= texts
        assert together == dict(read_judgments(text, source="f").texts)
