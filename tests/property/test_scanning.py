"""Large tables are scanned by other means than small ones; the result is the same."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_backend.formats.cells import instants, moment
from ls_backend.formats.coded import Coded, together
from ls_backend.formats.table_scan import TableScan, begin_of, scan_by_arrow, scan_by_csv
from ls_backend.measurement.judgments import Judgment, JudgmentColumns, Judgments

pytest.importorskip("pyarrow")
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


def test_pyarrow_does_scan_plain_and_quoted_tables() -> None:
    for row in ("x,y,z", '"x","y, ""z""\nand more",z', "é,𝄞,"):
        text = "h1,h2,h3\n" + f"{row}\n\n" * 3
        begin = begin_of(text, ",", verbatim=False, unlike=lambda _: False)
        by_arrow = scan_by_arrow(text, begin, least=0)
        assert by_arrow is not None
        assert plainly(by_arrow) == plainly(scan_by_csv(text, begin))


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
    assert at_once.tolist() == [moment(text).seconds for text in texts]


@given(
    st.lists(st.text("0123456789-:TZ .", min_size=19, max_size=20), min_size=1, max_size=3)
    | st.just(["2026-02-29T00:00:00", "2026-02-28T00:00:60"])
)
@many
def test_what_is_no_time_is_not_read_at_once(texts: list[str]) -> None:
    at_once = instants(texts)
    if at_once is not None:
        assert at_once.tolist() == [moment(text).seconds for text in texts]


COLUMNS = st.lists(
    st.tuples(st.sampled_from("xyz"), st.sampled_from("pqr"), st.integers(-2, 2), st.booleans(), st.integers(0, 3)),
    max_size=12,
)


@given(COLUMNS)
@many
def test_columns_of_judgments_are_what_a_list_of_them_is(rows: list[tuple[str, str, int, bool, int]]) -> None:
    import numpy as np

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
    import numpy as np

    columns = [
        Coded("abcd"[: size + 1], np.array([row[n] for row in rows], dtype=np.int32))
        for n, size in enumerate((3, 1, 2))
    ]
    joined = together(*columns)
    assert [joined.cells[code] for code in joined.codes.tolist()] == [tuple("abcd"[n] for n in row) for row in rows]
    assert len({*joined.cells}) == len(joined.cells) == len({*rows})
