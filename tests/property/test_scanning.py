"""Large tables are scanned by other means than small ones; the result is the same."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.cli.inputs import read_text, text_file
from ls_backend.errors import InputError
from ls_backend.formats import judgments, table_scan, tables
from ls_backend.formats.arrow_cells import ArrowCells, ArrowColumn, instants_of
from ls_backend.formats.cells import instants, moment
from ls_backend.formats.coded import Coded, together
from ls_backend.formats.judgment_table import JudgmentTable
from ls_backend.formats.table_scan import (
    Begin,
    PlainLines,
    TableScan,
    begin_of,
    scan_by_arrow,
    scan_by_csv,
    scan_bytes,
)
from ls_backend.formats.text_file import TextFile
from ls_backend.measurement.judgments import Judgment, JudgmentColumns, Judgments

pa = pytest.importorskip("pyarrow")
many = settings(max_examples=400, deadline=None)

CELLS = st.sampled_from(
    [
        "",
        "x",
        "y",
        " x ",
        "a b",
        "5",
        "é",
        "𝄞",
        "a\tb",
        "\x1cx\x85",
        "\u2003y",
        "x\0",
        "longer than eight",
        '"q"',
        '"a,b"',
        '"a""b"',
        '"a\nb"',
        '"',
        ' "s"',
        '"t" ',
        'u"',
        "h1",
    ]
)
LINES = st.one_of(
    st.lists(CELLS, min_size=3, max_size=3).map(",".join),
    st.lists(CELLS, max_size=5).map(",".join),
    st.sampled_from(["", " ", ",,", "h1,h2,h3"]),
)


def plainly(scan: TableScan) -> list[object]:
    columns = [[list(column.cells)[code] for code in column.codes.tolist()] for column in scan.columns]
    counts = (scan.rows, scan.empty_rows, scan.repeated_headers, scan.short_rows, scan.too_long)
    return [scan.header, columns, scan.lines.tolist(), counts]


@given(st.lists(LINES, max_size=8), st.booleans(), st.booleans())
@many
def test_pyarrow_scans_a_table_as_pythons_csv_does_or_not_at_all(lines: list[str], ended: bool, differ: bool) -> None:
    text = "\n".join(["h1,h2,h3", *lines]) + "\n" * ended
    try:
        begin = begin_of(text, ",", verbatim=False, unlike=lambda name: differ and name == "h2")
        by_csv = scan_by_csv(text, begin)
    except Exception:  # noqa: BLE001  (a quote that is not closed: whoever scans refuses)
        return
    by_arrow = scan_by_arrow(text, begin, least=0)
    assert by_arrow is None or plainly(by_arrow) == plainly(by_csv)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(2, 40))
@many
def test_a_table_is_scanned_the_same_in_blocks_of_any_size(lines: list[str], end: str, size: int) -> None:
    text = "\n".join([*lines, ""])
    begin = Begin(",", verbatim=False, written=["h1", "h2", "h3"], line=0, names=["h1", "h2", "h3"])
    at_once = scan_bytes(PlainLines(io.BytesIO(text.encode())), begin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_scan, "BYTES_AT_ONCE", size)
        in_blocks = scan_bytes(PlainLines(io.BytesIO(text.replace("\n", end).encode())), begin)
    assert (at_once and plainly(at_once)) == (in_blocks and plainly(in_blocks))


@given(st.text("ab\r\n"), st.integers(2, 5))
@many
def test_lines_end_alike_wherever_a_file_is_cut(text: str, size: int) -> None:
    content = PlainLines(io.BytesIO(text.encode()))
    parts = [*iter(lambda: content.read(size), b"")]
    assert max(map(len, parts), default=0) <= size
    assert b"".join(parts).decode() == text.replace("\r\n", "\n").replace("\r", "\n")


def test_pyarrow_does_scan_plain_and_quoted_tables() -> None:
    for row in ("x,y,z", '"x","y, ""z""\nand more",z', "é,𝄞,"):
        text = "h1,h2,h3\n" + f"{row}\n\n" * 3
        begin = begin_of(text, ",", verbatim=False, unlike=lambda _: False)
        by_arrow = scan_by_arrow(text, begin, least=0)
        assert by_arrow is not None
        assert plainly(by_arrow) == plainly(scan_by_csv(text, begin))


@given(
    st.lists(st.lists(st.text("ab0\x00é𝄞 ", max_size=9).filter(lambda text: "\0" not in text)), max_size=3),
    st.booleans(),
)
@many
def test_a_column_of_pyarrow_has_each_cell_once_and_its_names_in_order(parts: list[list[str]], unlike: bool) -> None:
    column, texts = ArrowColumn(unlike=unlike), [text.strip() for part in parts for text in part]
    for part in parts:
        column.add(pa.array(part, pa.string()))
    coded = column.coded()
    assert [coded.cells[code] for code in coded.codes.tolist()] == texts
    if coded.differ and isinstance(coded.cells, ArrowCells):
        assert sorted(coded.cells) == sorted({*texts})
        names, places = coded.cells.in_order(np.arange(len(coded.cells)))
        assert names == sorted({*texts}) == [coded.cells[place] for place in places.tolist()]


SAID = st.sampled_from(["x", "y", " x", "NA", "", '"y, z"', '"y\nz"', '"y\nann,p1,a,left,,x,y"'])
PROMPTS = st.sampled_from(["q", "", "NA", '"[{""role"": ""user"", ""content"": ""q""}]"'])
ROWS = st.tuples(
    st.sampled_from(["ann", "bob", "NA", "5.0", ""]),
    st.sampled_from(["p1", "p2", "p1.0", "a name longer than eight", "nan"]),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["left", "right", "", "tie", "left:3"]),
    PROMPTS,
    SAID,
    SAID,
).map(",".join)
SAYS = {"p1": ",x,y", "p2": "q,y,z", "p3": "q,x,y", "p4": "NA,x,z"}
PLAIN_ROWS = st.tuples(st.sampled_from("ab"), st.sampled_from([*SAYS]), st.sampled_from(["left", "right"])).map(
    lambda row: f"{row[0]},{row[1]},a,{row[2]},{SAYS[row[1]]}"
)


SIDE_BY_SIDE = st.tuples(
    st.sampled_from("ab"), PROMPTS, SAID, SAID, st.sampled_from(["left", "right", "x", "tie"])
).map(",".join)


def told(text: str) -> list[object]:
    return told_of(lambda: judgments.read_judgments(text, source="it"))


def told_of(read: Callable[[], JudgmentTable]) -> list[object]:
    try:
        table = read()
    except InputError as error:
        return [str(error)]
    texts = sorted(table.texts.items())
    assert len(table.texts) == len(texts) == len(table.words)
    return [table.judgments[:], table.gold, texts, sorted(table.words.items()), table.notes, table.given]


TABLES = st.one_of(
    *(
        st.lists(rows, min_size=1, max_size=6).map(lambda rows, header=header: "\n".join([header, *rows]))  # type: ignore[misc]
        for header, rows in (
            ("annotator,pair,left,answer,prompt,response_a,response_b", ROWS | PLAIN_ROWS),
            ("annotator,pair,left,answer,prompt,response_a,response_b", PLAIN_ROWS),
            ("annotator,prompt,response_a,response_b,preference", SIDE_BY_SIDE),
        )
    )
)


@given(TABLES)
@many
def test_judgments_with_texts_are_read_by_pyarrow_as_by_pythons_csv(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_scan, "scan_by_arrow", lambda text, begin: scan_by_arrow(text, begin, least=0))
        by_arrow = told(text)
        patch.setattr(table_scan, "scan_by_arrow", lambda *_: None)
        assert told(text) == by_arrow


@given(
    st.lists(ROWS | PLAIN_ROWS, min_size=1, max_size=6),
    st.sampled_from(["", "sep=,\n", "\ufeff", "\n \n", "\ufeff\ufeff\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252"]),
    st.sampled_from([b"", b"\0", b"\xe9", b"\xed\xa0\xbd", "1,p1,a,é,,x,y".encode()]),
)
@many
def test_a_file_is_read_as_its_text(rows: list[str], before: str, end: str, encoding: str, after: bytes) -> None:
    """Also where it is refused: in the same words."""
    text = before + "\n".join(["annotator,pair,left,answer,prompt,response_a,response_b", *rows, ""])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.replace("\n", end).encode(encoding, errors="replace") + after)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table_scan.scan_by_arrow, "__kwdefaults__", {"least": 0})
            patch.setattr(tables.read_large_table, "__kwdefaults__", {"least": 0})
            assert told_of(lambda: judgments.read_judgments_in_file(text_file(str(path)))) == told_of(
                lambda: judgments.read_judgments(read_text(str(path)), source=str(path))
            )


def test_a_large_table_is_read_without_its_text(tmp_path: Path) -> None:
    rows = [f"a{n % 3},i{n % 50},{'ab'[n % 2]},left,{n / 8:.1f}" for n in range(70_000)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["annotator,pair,left,answer,lead_time_s", *rows]), newline="\r\n")
    table = judgments.read_judgments_in_file(TextFile("it", pytest.fail, partial(path.open, "rb")))
    assert table.judgments[:] == judgments.read_judgments(path.read_text(), source="it").judgments[:]


def test_what_begins_as_json_is_taken_for_that_however_large_it_is(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for rows in (3, 70_000):
        path.write_text(
            "\n".join(["[note],annotator,pair,left,answer", *(f"x,a{n % 3},i{n},a,left" for n in range(rows))])
        )
        with pytest.raises(InputError, match="line 1: not valid JSON"):
            judgments.read_judgments_in_file(text_file(str(path)))


def test_a_prompt_that_is_nested_too_deeply_is_refused_though_nobody_looks_at_it() -> None:
    deep = '[{""a"": ' * 20_000
    text = f'annotator,pair,left,answer,prompt,response_a,response_b\nann,p1,a,left,"{deep}",x,y\n'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table_scan, "scan_by_arrow", lambda text, begin: scan_by_arrow(text, begin, least=0))
        assert "nested too deeply" in str(told(text))


TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2250, 12, 31)).map(lambda time: time.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    st.lists(TIMES, min_size=1),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
    st.sampled_from("T "),
    st.sampled_from(["", "Z"]),
)
@many
def test_times_that_are_written_alike_are_read_at_once_as_one_by_one(
    times: list[datetime], spec: str, between: str, zone: str
) -> None:
    texts = [time.isoformat(between, spec).removesuffix("+00:00") + zone for time in times]
    at_once = instants(texts)
    assert at_once is not None
    by_arrow = instants_of(pa.chunked_array([texts]))
    assert by_arrow is not None
    assert by_arrow.tolist() == at_once.tolist() == [moment(text).seconds for text in texts]


@given(
    st.lists(st.text("0123456789-:TZ .", min_size=19, max_size=20), min_size=1, max_size=3)
    | st.just(["2026-02-29T00:00:00", "2026-02-28T00:00:60"])
)
@many
def test_what_is_no_time_is_not_read_at_once(texts: list[str]) -> None:
    for at_once in (instants(texts), instants_of(pa.chunked_array([texts]))):
        if at_once is not None:
            assert at_once.tolist() == [moment(text).seconds for text in texts]


COLUMNS = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr"), st.integers(-2, 2), st.booleans(), st.integers(0, 3)),
    max_size=12,
)


@given(COLUMNS)
@many
def test_columns_of_judgments_are_what_a_list_of_them_is(rows: list[tuple[str, str, int, bool, int]]) -> None:
    names, items, slices = ["z", "y", "x", "nobody"], ["r", "p", "q"], ["s2", "s1"]
    columns = JudgmentColumns(
        names,
        items,
        slices,
        (),
        np.array([names.index(row[0]) for row in rows], dtype=np.int32),
        np.array([items.index(row[1]) for row in rows], dtype=np.int32),
        np.array([row[2] for row in rows], dtype=np.int8),
        np.array([row[3] for row in rows], dtype=np.bool_),
        np.array([float(row[4]) for row in rows]),
        np.arange(len(rows)),
        np.full(len(rows), np.nan),
        np.array([row[4] % 3 - 1 for row in rows], dtype=np.int32),
        np.zeros(len(rows), dtype=np.int32),
        np.array([row[4] / 2 for row in rows]),
    )
    plain: list[Judgment] = columns[:]
    one, other = Judgments.of(columns), Judgments.of(plain)
    for name, value in vars(other).items():
        assert np.array_equal(value, getattr(one, name), equal_nan=name in ("lead_time", "margin")), name
    alike = len({(j.annotator, j.item, j.at) for j in plain}) < len(plain)
    assert columns.all_differ is not alike
    kinds = [(j.annotator, j.item, j.preference, j.mirrored, j.slice) for j in plain]
    found = columns.kinds.tolist()
    assert all((found[a] == found[b]) == (kinds[a] == kinds[b]) for a in range(len(plain)) for b in range(a))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2))))
@many
def test_columns_together_say_of_each_row_what_they_say_one_by_one(rows: list[tuple[int, int, int]]) -> None:
    columns = [
        Coded("abcd"[: size + 1], np.array([row[n] for row in rows], dtype=np.int32))
        for n, size in enumerate((3, 1, 2))
    ]
    joined = together(*columns)
    assert [joined.cells[code] for code in joined.codes.tolist()] == [tuple("abcd"[n] for n in row) for row in rows]
    assert len({*joined.cells}) == len(joined.cells) == len({*rows})
