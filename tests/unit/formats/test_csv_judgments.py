import json
from itertools import permutations

import pytest

from ls_backend.errors import InputError
from ls_backend.formats.cells import DateOrder
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.judgments import read_judgments
from ls_backend.label_studio.tasks import MarginSource
from ls_templates.mapping import AnswerMapping, TaskKind

PAIRS = "annotator,pair,left,answer,gold,at\n"
ITEMS = "annotator,item,answer,gold\n"


def read(text: str, **options: object) -> JudgmentTable:
    return read_judgments(text, source="f", options=ReadingOptions(**options))  # type: ignore[arg-type]


def answers(text: str, **options: object) -> list[str]:
    return [judgment.answer for judgment in read(ITEMS + text, **options).judgments]


def notes(table: JudgmentTable) -> str:
    return "\n".join(f"{note.kind}: {note.text}" for note in table.notes)


def test_rows_that_are_the_same_even_in_their_time_count_once() -> None:
    dump = "x,p,a,left,,2026-11-01T08:00:00Z\nx,p,b,left,,2026-11-01T09:00:00Z\n"
    table = read(PAIRS + dump + dump.replace("Z", "+00:00"))
    assert len(table.judgments) == 2
    assert "left out: 2 rows the same as an earlier one" in notes(table)
    assert not read(PAIRS + dump).notes


def test_a_dump_whose_times_were_cut_to_seconds_repeats_the_other_one() -> None:
    exact = "x,p,a,left,,2026-11-01T08:00:00.250Z\ny,p,a,left,,2026-11-01T08:00:00.500Z\nx,p,b,left,,2026-11-01T08:00:00.750Z\n"
    cut = exact.replace(".250", "").replace(".500", "").replace(".750", "")
    for text in (
        exact + cut,
        "".join(sorted((exact + cut).splitlines(keepends=True), key=lambda row: row.split(",")[5])),
    ):
        table = read(PAIRS + text)
        assert len(table.judgments) == 3
        assert "left out: 3 rows the same as an earlier one" in notes(table)
    assert len(read(PAIRS + exact).judgments) == 3
    assert len(read(PAIRS + "x,p,a,left,,2026-11-01T08:00:00.9Z\nx,p,a,left,,2026-11-01T08:00:01.1Z\n").judgments) == 2


def test_a_row_of_totals_is_warned_of() -> None:
    assert "'Total' counts as an annotator; if that is a row of totals" in notes(
        read(ITEMS + "x,i,cat,\nTotal,60,180,\n")
    )


def test_without_a_time_the_same_rows_may_be_retests_and_a_warning_says_so() -> None:
    for at in ("", "2026-11-01"):
        table = read(PAIRS + f"x,p,a,left,,{at}\nx,q,a,left,,{at}\n" * 2)
        assert len(table.judgments) == 4
        assert "warning: 2 rows the same as an earlier row" in notes(table)
        assert "second half of the file repeats the first" in notes(table)


def test_one_moment_with_two_answers_is_warned_of() -> None:
    table = read(PAIRS + "x,p,a,left,,2026-11-01T08:00:00Z\nx,p,a,right,,2026-11-01T08:00:00Z\n")
    assert len(table.judgments) == 2
    assert "1 row of the same annotator, item and time" in notes(table)


@pytest.mark.parametrize(
    "word",
    ["", "nan", "NaN", "NA", "N/A", "<NA>", "None", "NULL", "null", "Null", "NAN", "#REF!", "n.a.", "\\N", "undefined"],
)
def test_what_says_that_there_is_no_value_is_no_answer_and_no_gold(word: str) -> None:
    table = read(ITEMS + f"x,i,{word},cat\nx,j,cat,{word}\n")
    assert [(j.item, j.answer) for j in table.judgments] == [("j", '{"choice":"cat"}')]
    assert not table.gold
    assert "left out: 1 row without an answer" in notes(table)
    pairs = read(PAIRS.replace(",at", ",lead_time_s") + f"x,p,a,{word},a,1\nx,q,a,left,{word},{word}\n")
    assert [(j.item, j.lead_time) for j in pairs.judgments] == [("q", None)]
    assert not pairs.gold


def test_a_choice_that_only_looks_like_no_value_is_warned_of() -> None:
    assert answers("x,i,none,\n") == ['{"choice":"none"}']
    assert "'none' are read as choices" in notes(read(ITEMS + "x,i,none,\n"))


def test_numbers_are_ratings_where_they_look_like_it_and_it_is_said() -> None:
    plain = "x,i,4,5\nx,j,4.0,\nx,k,1,\nx,l,2.5,\n"
    as_json = "".join(
        f'x,{item},"{{""rating"": {value}, ""of"": 5}}",\n'
        for item, value in zip("ijkl", (4, 4.0, 1, 2.5), strict=True)
    )
    assert answers(plain) == answers(as_json)
    assert answers(plain)[0] == answers(plain)[1] == '{"of":5,"rating":4}'
    table = read(ITEMS + plain)
    assert table.gold["i"].answer == '{"of":5,"rating":5}'
    assert "read as ratings from 1 to 5" in notes(table)
    assert answers("x,i,7,\nx,j,2,\nx,k,1,\n")[0] == '{"of":7,"rating":7}'
    assert answers('x,i,2,\nx,j,"{""rating"": 1, ""of"": 3}",\n')[0] == '{"of":3,"rating":2}'


def test_other_numbers_are_choices_with_a_warning_and_the_user_has_the_last_word() -> None:
    for text in ("x,i,0,\nx,j,1.0,\nx,k,1,\n", "x,i,12,\nx,j,1.0,\nx,k,1,\nx,l,30,\n"):
        assert answers(text)[1] == answers(text)[2] == '{"choice":"1"}'
        assert "warning: the answers are numbers" in notes(read(ITEMS + text))
    assert answers("x,i,0,\nx,j,4,\n", answers=TaskKind.RATING) == ['{"of":5,"rating":1}', '{"of":5,"rating":5}']
    assert answers("x,i,1,\nx,j,2,\nx,k,3,\n", answers=TaskKind.CHOICE)[2] == '{"choice":"3"}'
    with pytest.raises(InputError, match=r"line 3: 'good' is not a rating"):
        answers("x,i,1,\nx,j,good,\n", answers=TaskKind.RATING)


@pytest.mark.parametrize("kind", [None, TaskKind.RATING])
def test_ratings_that_count_from_0_beside_ones_that_count_from_1_are_refused(kind: TaskKind | None) -> None:
    with pytest.raises(InputError, match=r"line 2: .*rating must be a number from 1"):
        answers('x,i,0,\nx,j,3,\nx,k,"{""rating"": 3, ""of"": 5}",\n', answers=kind)


def test_an_endless_rating_is_refused_by_its_line() -> None:
    with pytest.raises(InputError, match=r"line 3: .*rating must be a number"):
        answers(f"x,i,1,\nx,j,{'9' * 400},\n", answers=TaskKind.RATING)


@pytest.mark.parametrize("separator", ["#", "|", ";", ",", "/", "+", "\n"])
def test_several_choices_in_another_order_are_the_same(separator: str) -> None:
    one, other = (separator.join(names) for names in permutations(("a", "b")))
    table = read(ITEMS + f'x,i,"{one}",\nx,i,"{other}",\nx,j,a,\n')
    assert [j.answer for j in table.judgments] == ['{"choices":["a","b"]}'] * 2 + ['{"choices":["a"]}']
    assert "read as several choices" in notes(table)


def test_what_may_be_several_choices_is_warned_of() -> None:
    table = read(ITEMS + "x,i,a#b,\nx,j,c,\n")
    assert table.judgments[0].answer == '{"choice":"a#b"}'
    assert "warning: answers such as 'a#b' are read as one choice each" in notes(table)
    assert answers("x,i,a#b,\nx,j,c,\n", answers=TaskKind.CHOICES) == ['{"choices":["a","b"]}', '{"choices":["c"]}']
    assert not read(ITEMS + "x,i,C#,\nx,j,a,\n").notes
    with pytest.raises(InputError, match=r"line 2: .* is a list"):
        answers('x,i,"[""a"", ""b""]",\n')


def test_answers_that_can_never_be_alike_are_warned_of() -> None:
    table = read(ITEMS + 'x,i,cat,\nx,j,"{""choices"": [""cat""]}",\nx,k,Cat,\n')
    assert "of several kinds (choice, choices)" in notes(table)
    assert "differ in case alone count as different: 'Cat', 'cat'" in notes(table)
    of_two = read(ITEMS + 'x,i,"{""rating"": 2, ""of"": 5}",\nx,j,"{""rating"": 2, ""of"": 7}",\n')
    assert "different highest ones (5, 7)" in notes(of_two)


def test_whole_numbers_with_a_fraction_are_one_name() -> None:
    table = read(PAIRS + "5.0,7,a,left,,\n5,7.0,b,left,,\n")
    assert {(j.annotator, j.item) for j in table.judgments} == {("5", "7")}
    assert "5.0 are read as 5, so that both are one (2 cells)" in notes(table)
    assert "annotators that differ in case" in notes(read(PAIRS + "Ann,p,a,left,,\nann,p,a,left,,\n"))


def test_days_without_a_time_keep_the_order_of_the_rows() -> None:
    table = read(PAIRS + "x,p,a,left,,2026-11-02\nx,q,a,left,,2026-11-02\nx,r,a,left,,2026/11/1\n")
    ordered = sorted(table.judgments, key=lambda j: (j.at, j.id))
    assert [j.item for j in ordered] == ["r", "p", "q"]
    assert "names days without a time" in notes(table)


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-03T19:00:12Z",
        "2026-11-03 19:00:12",
        "2026/11/03 19:00:12",
        "3.11.2026 19:00:12",
        "1793732412",
        "1793732412000",
        "Tue Nov 03 11:00:12 PST 2026",
    ],
)
def test_times_are_read_as_programs_write_them(at: str) -> None:
    assert read(PAIRS + f"x,p,a,left,,{at}\n").judgments[0].at == 1793732412


def test_an_excel_table_of_europe_has_semicolons_and_decimal_commas() -> None:
    table = read("annotator;pair;left;answer;lead_time_s\nx;p;a;left;3,5\n")
    assert table.judgments[0].lead_time == 3.5
    assert "with semicolons" in notes(table)


def test_names_of_columns_may_have_capitals_and_space() -> None:
    table = read("Annotator , PAIR,Left,Answer,Lead Time (s)\nx,p,A,Left,3\n")
    assert (table.judgments[0].preference, table.judgments[0].lead_time) == (1, 3.0)


def test_tables_of_crowd_kit_are_read_as_they_are() -> None:
    table = read("worker,task,label\nw,t,dog\n")
    assert [(j.annotator, j.item, j.answer) for j in table.judgments] == [("w", "t", '{"choice":"dog"}')]
    assert "read as a table of crowd-kit" in notes(table)
    pairs = read("worker,left,right,label\nw,one,two,two\nw,two,one,two\nw,one,one,one\n")
    assert [(j.preference, j.mirrored) for j in pairs.judgments] == [(-1, False), (-1, True)]
    assert len({j.item for j in pairs.judgments}) == 1
    assert "1 row with the same response on both sides" in notes(pairs)


def test_a_table_of_the_arena_is_read_as_it_is() -> None:
    head = "question_id,model_a,model_b,winner,judge,turn,language,tstamp\n"
    table = read(head + "q,m1,m2,model_a,u,1,English,1690000000.5\nq,m2,m1,model_b,u,1,English,1690000009\n")
    assert [(j.annotator, j.preference, j.mirrored) for j in table.judgments] == [("u", 1, False), ("u", 1, True)]
    assert len({j.item for j in table.judgments}) == 1
    assert "left out: columns that are not read: language" in notes(table)
    assert read(head + "q,m1,m2,tie (bothbad),u,1,English,1690000000\n").judgments[0].preference == 0


def test_of_a_table_of_mechanical_turk_the_user_says_what_an_item_is() -> None:
    text = "HITId,WorkerId,WorkTimeInSeconds,SubmitTime,Input.a,Input.b,Answer.label\nh,w,9,Tue Nov 03 11:00:12 PST 2026,x,y,A\n"
    with pytest.raises(InputError, match=r"item=Input\.a\+Input\.b, or of pairs.* left=Input\.a,right=Input\.b\. The"):
        read(text)
    prompted = text.replace("Input.a", "Input.prompt,Input.a").replace(",x,y,", ",q,x,y,")
    with pytest.raises(InputError, match=r"or of pairs.* left=Input\.a,right=Input\.b\. The"):
        read(prompted)
    (judgment,) = read(text, columns={"item": "Input.a+Input.b"}).judgments
    assert (judgment.annotator, judgment.item, judgment.lead_time) == ("w", "x | y", 9.0)
    with pytest.raises(InputError, match=r"several answers, Answer\.label, Answer\.why; say which"):
        read(text.replace("label\n", "label,Answer.why\n"), columns={"item": "HITId"})


def test_columns_of_other_names_are_refused_at_once_and_can_be_named() -> None:
    text = "who,qid,side,pick,comment\nx,p,b,left,hm\n"
    with pytest.raises(
        InputError,
        match=r"annotator is missing .also missing: item, answer.*who, qid, side, pick, comment.*--columns",
    ):
        read(text)
    named = {"annotator": "Who", "pair": "qid", "left": "side", "answer": "pick"}
    table = read(text, columns=named)
    assert [(j.annotator, j.item, j.preference) for j in table.judgments] == [("x", "p", -1)]
    assert "columns that are not read: comment" in notes(table)
    with pytest.raises(InputError, match=r"--columns names 'nobody'. The columns are who, qid"):
        read(text, columns=named | {"annotator": "nobody"})
    with pytest.raises(InputError, match="'person' is none of annotator, pair"):
        read(text, columns={"person": "who"})


def test_a_quote_that_swallows_rows_is_refused() -> None:
    rows = 'x,p,a,left,,\nx,"q,a,left,,\nx,r,a,left,,\nx,s",a,left,,\n'
    with pytest.raises(InputError, match=r"line 3: a quote .* reads as rows of the table"):
        read(PAIRS + rows)


def test_options_of_exports_are_refused_for_a_table() -> None:
    for options in ({"control": "c"}, {"mapping": AnswerMapping("c", "a", "b")}, {"item_fields": ("text",)}):
        with pytest.raises(InputError, match="is for exports"):
            read(ITEMS + "x,i,cat,\n", **options)
    with pytest.raises(InputError, match="--answers is for other tasks"):
        read(PAIRS + "x,p,a,left,,\n", answers=TaskKind.CHOICE)


def test_a_margin_is_a_number_of_either_sign_and_may_be_missing() -> None:
    table = read("annotator,pair,left,answer,margin\nx,p,a,left,-1.5\nx,q,a,left,\nx,r,a,left,2\n")
    assert [judgment.margin for judgment in table.judgments] == [-1.5, None, 2.0]
    assert [
        j.margin
        for j in read("annotator;pair;left;answer;score\nx;p;a;left;0,5\n", columns={"margin": "score"}).judgments
    ] == [0.5]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("x,p,a,left,much\n", "line 2: margin is 'much'; write a number"),
        ("x,p,a,left,1\ny,p,a,left,2\n", "line 3: the margin of 'p' differs from an earlier line"),
    ],
)
def test_margins_that_are_none_or_differ_are_refused(rows: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read("annotator,pair,left,answer,margin\n" + rows)


def test_a_margin_may_change_its_sign_with_the_sides_and_stand_once_for_a_pair() -> None:
    table = read("annotator,pair,left,answer,margin\nx,p,a,left,-1.5\nx,p,b,left,1.5\ny,p,a,left,\n")
    assert [judgment.margin for judgment in table.judgments] == [-1.5, 1.5, 1.5]


@pytest.mark.parametrize(
    ("margins", "said"),
    [
        (["2", "", "", ""], "1 of 4 judgments have a margin, and none is used"),
        (["2", "-2", "2", "2"], "all of the same size, so none is used"),
        (["2", "-1", "3", "2"], "the greatest, whatever the sign, are of pairs taken for decided"),
        (["0.2", "0.9", "0.5", "0.1"], "0.02 is as decided as 0.98"),
    ],
)
def test_what_margins_are_taken_for_is_said(margins: list[str], said: str) -> None:
    rows = "".join(f"x,p{n},a,left,{margin}\n" for n, margin in enumerate(margins))
    table = read_judgments(f"annotator,pair,left,answer,margin\n{rows}", source="table")
    assert said in " ".join(note.text for note in table.notes)


def test_fields_of_an_export_name_no_column() -> None:
    with pytest.raises(InputError, match="--columns margin=NAME"):
        read(PAIRS + "x,p,a,left,,\n", margin_source=MarginSource(("margin",)))


@pytest.mark.parametrize(
    ("head", "row", "answered"),
    [
        ("worker_id,question_id,left,response", "w,q,b,left", ("w", "q", -1)),
        ("User ID;Pair ID;left;Label", "w;q;a;left", ("w", "q", 1)),
        ("completed_by,task_id,value", "w,q,cat", ("w", "q", 0)),
        (
            "id,model_a,model_b,winner,evaluation_session_id,timestamp",
            "q,m1,m2,model_b,w,2026-01-01 00:00:00",
            ("w", "q | m1 | m2", -1),
        ),
    ],
)
def test_columns_are_taken_by_their_usual_names_and_that_is_said(
    head: str, row: str, answered: tuple[str, str, int]
) -> None:
    table = read(f"{head}\n{row}\n")
    assert [(j.annotator, j.item, j.preference) for j in table.judgments] == [answered]
    assert "annotator: " in notes(table)


def test_columns_that_may_each_be_ours_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"rater, user may each be the annotator; say which, as in --columns annotator=r"
    ):
        read("rater,user,item,answer\nx,y,i,cat\n")


def test_gold_that_nobody_gave_is_warned_of_and_refused_where_all_of_it_is() -> None:
    table = read(ITEMS + "x,i,cat,cat\nx,j,dog,dgo\n")
    assert [gold.answer for gold in table.gold.values()] == ['{"choice":"cat"}', '{"choice":"dgo"}']
    assert "warning: the known answers 'dgo' are answers that nobody gave" in notes(table)
    for gold in (("true", "false"), ("CAT", "DOG"), ("1", "0")):
        with pytest.raises(InputError, match=r"nobody gave such an answer; write it as answers are \('cat', 'dog'\)"):
            read(ITEMS + f"x,i,cat,{gold[0]}\nx,j,dog,{gold[1]}\n")
    assert not read(ITEMS + "x,i,1,5\nx,j,2,5\nx,k,3,4\n").notes[1:]  # ratings lie between those that are given


@pytest.mark.parametrize("word", ["-", "?", "none", "N/a", "missing", "Unknown"])
def test_gold_that_is_a_word_for_nothing_is_none_unless_it_is_an_answer(word: str) -> None:
    table = read(ITEMS + f"x,i,cat,cat\nx,j,dog,{word}\n")
    assert [*table.gold] == ["i"]
    known = read(ITEMS + f"x,i,cat,cat\nx,j,{word},{word}\n")
    assert [*known.gold] == ["i", "j"]
    pairs = read(PAIRS.replace(",at", ",lead_time_s") + f"x,p,a,left,{word},{word}\n")
    assert (pairs.gold, pairs.judgments[0].lead_time) == ({}, None)


def test_names_that_look_alike_are_one_annotator_or_warned_of() -> None:
    names = ["Zo\u00eb", "Zoe\u0308", "Zo\u00eb\u200b", "\ufeffZo\u00eb"]
    table = read(ITEMS + "".join(f"{name},i{n},cat,\n" for n, name in enumerate(names)))
    assert {j.annotator for j in table.judgments} == {"Zo\u00eb"}
    assert "annotators that are the same number count as different: '001', '1'" in notes(
        read(ITEMS + "1,i,cat,\n001,j,cat,\n")
    )
    assert "names such as '1.23457E+11' are numbers that a spreadsheet has rounded" in notes(
        read(ITEMS + "1.23457E+11,i,cat,\nx,j,cat,\n")
    )


def test_dates_of_which_a_spreadsheet_has_read_only_some_are_refused() -> None:
    text = PAIRS + "x,p,a,left,,2026-03-11 08:00:00\nx,p,a,left,,13/11/2026 08:00:00\n"
    for dates in (None, DateOrder.EU):
        with pytest.raises(
            InputError, match=r"only some dates are written as '13/11/2026 08:00:00' is; write all in one way"
        ):
            read(text, dates=dates)


def test_an_answer_on_a_pair_may_be_one_word_in_json() -> None:
    words = ['{"choices": ["left"]}', '{"choice": "right"}', '["tie"]', '[{"selected": "left:2"}]']
    rows = [{"annotator": "x", "pair": f"p{n}", "left": "a", "answer": word} for n, word in enumerate(words)]
    assert [j.preference for j in read(json.dumps(rows)).judgments] == [1, -1, 0, 2]
    with pytest.raises(InputError, match=r"line 2: .*choices.* is not an answer"):
        read(json.dumps([rows[0] | {"answer": '{"choices": ["left", "right"]}'}]))


def test_what_is_not_read_and_may_change_the_figures_is_warned_of() -> None:
    rated = notes(read("annotator,task,completion,rating\nx,t,one,5\nx,t,two,1\n"))
    assert "completion is not read; if that is a part of what is judged, pass --columns item=task+completion" in rated
    named = notes(read("annotator,question_id,left,right,answer\nx,q,gpt,claude,left\n"))
    assert "if the responses are names, as of models, pass --columns pair=question_id" in named
    shown = notes(read("annotator,item,text,answer\nx,1,one,cat\n"))
    assert (
        "understood: rows show the same item where item is the same, whatever text says; --columns item=text" in shown
    )
    assert "truth is not read; if it holds the known answer" in notes(
        read("annotator,item,answer,truth\nx,i,cat,cat\n")
    )


def test_the_same_responses_to_two_prompts_are_two_pairs() -> None:
    table = read("annotator,prompt,left,right,answer\nx,q,yes,no,left\nx,r,yes,no,right\nx,q,no,yes,right\n")
    first, other, again = table.judgments
    assert (first.item == again.item, first.item == other.item) == (True, False)
    assert (first.preference, other.preference, again.preference) == (-1, 1, -1)


def test_a_column_that_pandas_numbered_stands_twice() -> None:
    with pytest.raises(InputError, match=r"the column 'answer' stands twice \(the second is 'answer.1'"):
        read("annotator,item,answer,answer.1\nx,i,cat,dog\n")


def test_answers_beside_each_other_are_refused_with_the_cure() -> None:
    with pytest.raises(
        InputError, match="annotator_1, annotator_2 seem to be the answers of several people beside each other"
    ):
        read("item,annotator_1,annotator_2\ni,cat,dog\n")
    with pytest.raises(InputError, match="rater1, rater2 seem to be"):
        read("item,rater1,rater2\ni,cat,dog\n")
    with pytest.raises(InputError, match="the column annotator is missing"):
        read("item,user_email,user_age,answer\ni,x@y,33,dog\n")


@pytest.mark.parametrize(
    ("head", "ours"),
    [
        ("annotatorId,itemId,label", "annotator: annotatorId; item: itemId; answer: label"),
        (
            "Prolific PID,text,choice,gold_label",
            "annotator: Prolific PID; item: text; answer: choice; gold: gold_label",
        ),
        ("evaluator,sample,verdict,created_at", "annotator: evaluator; item: sample; answer: verdict; at: created_at"),
    ],
)
def test_more_usual_names_are_taken(head: str, ours: str) -> None:
    *_, last = head.split(",")
    value = {"gold_label": ",cat", "created_at": ",2026-11-01T08:00:00Z"}.get(last, "")
    assert f"columns taken by their usual names: {ours}" in notes(read(f"{head}\nx,i,cat{value}\n"))


def test_two_responses_are_taken_by_their_usual_names() -> None:
    for one, other in (("left_response", "right_response"), ("output_1", "output_2"), ("completion_a", "completion_b")):
        table = read(f"annotator,prompt,{one},{other},answer\nx,q,yes,no,left\nx,q,no,yes,right\n")
        assert [(j.preference, j.mirrored) for j in table.judgments] == [(-1, True), (-1, False)]
        assert f"{one}, {other} are read as the responses that stood left and right" in notes(table)


def test_lines_above_the_header_are_refused_with_its_line() -> None:
    for above in ("My study\n", "# by a tool\n# 2 rows\n\n", "My study,,,\n"):
        line = above.count("\n") + 1
        with pytest.raises(InputError, match=f"the header seems to stand on line {line}; take out what is above it"):
            read(above + ITEMS + "x,i,cat,\n")
