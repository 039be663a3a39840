"""Whatever a file holds, it is read or refused in a sentence."""

import copy
import csv
import io
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.report.layout import plain_text
from hooks.report.reading import Understood, reading_notes, understood
from ls_backend.contracts.terms import Contract
from ls_backend.errors import SteadyhandError
from ls_backend.formats.judgment_table import ReadingOptions, TableFigures
from ls_backend.formats.judgments import read_judgments
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.records import to_json
from tests.fakes import CONTRACT

TERMS = Contract.parse(CONTRACT)
many = settings(max_examples=300, deadline=None)

PAIRS = "annotator,pair,left,answer,gold,lead_time_s,at,slice\nx,p,a,left,a,3.5,2026-11-01T08:00:00Z,s\nx,p,b,right,a,4,2026-11-01,s\n"
ITEMS = 'annotator,item,answer,gold\nx,i,"{""rating"": 4, ""of"": 5}",\nx,i,4.0,nan\ny,i,a#b,\ny,j,"{""spans"": [[0.5, 2, ""x""]]}",\n'
ARENA = "question_id,model_a,model_b,winner,judge,turn,tstamp\nq,m1,m2,model_a,u,1,1690000000.5\n"
STRENGTHS = "annotator_id,prompt,response_1,response_2,preference_strength,duration_ms,date\nx,q,a,b,-3,1500,11/27/2026 8:30 PM\nx,q,b,a,2,900,11/3/2026\n"
LISTS = 'context,response1,response2,individual_preference\nq,a,b,"[{""annotator"": ""x"", ""score"": -2}, {""annotator"": ""y"", ""score"": 0}]"\nq,b,a,[]\n'
CHOSEN = "annotator,prompt,chosen,rejected\nx,q,a,b\nx,q,b,a\n"
SHORT_YEARS = "annotator,item,answer,at\nw,i,cat,27.11.26\nw,j,cat,3/11/26 08:00\nw,k,cat,26-11-3\n"
ELSEWHERE = "annotator,pair,left,answer,gold\nw,i,a,Links,a\nw,j,b,rechts:2,b\nw,k,a,First,\n"
FORMS = 'WorkerId,item,Answer.taskAnswers,SubmitTime\nw,i,"[{""better"": {""a"": true, ""b"": false}}]",1690000000\nw,j,"[{""better"": ""c""}]",1690000001\n'
TICKED = "WorkerId,item,Answer.choice.a,Answer.choice.b,SubmitTime\nw,i,true,false,27/11/2026\nw,j,true,true,3/11/2026 08:00\n"
VALUES: list[tuple[str, Any]] = [
    ("choices", {"choices": ["left"]}),
    ("pairwise", {"selected": "left"}),
    ("rating", {"rating": 4}),
    ("ranker", {"ranker": {"_": [], "good": ["a", "b"]}}),
    ("labels", {"start": 0.5, "end": 2, "labels": ["x"]}),
    (
        "hypertextlabels",
        {"start": "/p", "end": "/p", "globalOffsets": {"start": 1, "end": 2}, "hypertextlabels": ["x"]},
    ),
    ("rectanglelabels", {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["x"]}),
    ("choices", {"start": 0, "end": 2, "choices": ["left"]}),
]
ODD_CELLS = st.sampled_from(
    [
        "",
        "nan",
        '"',
        '""',
        "\ud83d",
        "{",
        '{"rating": 1e999}',
        '{"choices": [1]}',
        "[1]",
        "1e400",
        "9" * 400,
        "\x00",
        "a#b",
        ";",
        "\n",
        "\r",
        "\t",
        ",",
    ]
) | st.text(max_size=4)
ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["", "left", "\ud83d", 10**400, "2026-11-01"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "choices", "rating", "start", "data"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def is_read_or_refused(text: str, **options: Any) -> None:
    try:
        table = read_judgments(text, source="f", options=ReadingOptions(**options))
    except SteadyhandError:
        return
    judgments = Judgments.of(table.judgments)
    json.dumps(to_json(scorecards(ScoringInput(judgments, table.gold, TERMS)))).encode()
    json.dumps(to_json(table.notes)).encode()
    plain_text(reading_notes(table.notes))
    plain_text(understood(Understood("f", TableFigures.of(table))))
    assert table.given == len(table.judgments) + sum(note.rows for note in table.notes), "nothing is dropped in silence"


@st.composite
def broken_tables(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([PAIRS, ITEMS, ARENA, STRENGTHS, LISTS, CHOSEN, TICKED, SHORT_YEARS, ELSEWHERE, FORMS]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        text = text[:start] + draw(ODD_CELLS) + text[end:]
    return text.replace(",", draw(st.sampled_from([",", ",", ";", "\t", "|"])))


@given(broken_tables())
@many
def test_a_broken_table_is_read_or_refused(text: str) -> None:
    is_read_or_refused(text)


CELLS = (
    "x",
    "y",
    "p",
    "a",
    "b",
    "left",
    "right:2",
    "tie",
    "",
    "nan",
    "5.0",
    "3",
    "2026-11-01",
    "2026-11-01T08:00:00Z",
    "s\nt",
)


@given(st.lists(st.lists(st.sampled_from(CELLS), min_size=8, max_size=8), max_size=6))
@many
def test_every_row_of_a_table_is_a_judgment_or_is_said_to_be_none_or_the_file_is_refused(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([PAIRS.split("\n")[0].split(","), *rows])
    try:
        table = read_judgments(text.getvalue(), source="f")
    except SteadyhandError:
        return
    assert len(table.judgments) + sum(note.rows for note in table.notes) == len(rows)


def _export(kind: str, value: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": n,
            "data": {"prompt": "q", "response_a": f"x{n % 2}", "response_b": "y"},
            "annotations": [
                {
                    "id": n,
                    "completed_by": {"id": 5},
                    "created_at": f"2026-11-01T08:0{n}:00Z",
                    "updated_at": f"2026-11-01T08:0{n}:00Z",
                    "updated_by": 5,
                    "lead_time": 3.5,
                    "was_cancelled": False,
                    "result": [
                        {"from_name": "preference", "to_name": "a,b", "type": kind, "value": copy.deepcopy(value)}
                    ],
                }
            ],
        }
        for n in range(4)
    ]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in children for place in _places(child, (*path, key)))]


@st.composite
def broken_exports(draw: st.DrawFn) -> str:
    tasks = _export(*draw(st.sampled_from(VALUES)))
    for _ in range(draw(st.integers(1, 3))):
        *path, key = draw(st.sampled_from([place for place in _places(tasks) if place]))
        parent: Any = tasks
        for step in path:
            parent = parent[step]
        if draw(st.booleans()) and isinstance(parent, dict):
            del parent[key]
        else:
            parent[key] = draw(ODD_VALUES)
        if not tasks:
            break
    text = json.dumps(tasks)
    return (
        "\n".join(map(json.dumps, tasks))
        if draw(st.booleans())
        else text[: draw(st.integers(len(text) - 2, len(text)))]
    )


@given(broken_exports(), st.sampled_from([None, "preference"]))
@many
def test_a_broken_export_is_read_or_refused(text: str, control: str | None) -> None:
    is_read_or_refused(text, control=control)


def test_what_is_nested_too_deeply_is_refused() -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000, json.dumps([{"data": {}, "annotations": [{"result": "["}]}])):
        is_read_or_refused(text)
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    is_read_or_refused(json.dumps([{"id": 1, "data": {"prompt": deep}, "annotations": []}]).replace('"x"', '"\\ud83d"'))
