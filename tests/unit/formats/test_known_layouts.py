"""Tables as other programs write them say the same as ours."""

import csv
import io
import json

import pytest

from ls_backend.errors import InputError
from ls_backend.formats import table_scan
from ls_backend.formats.cells import DateOrder
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.judgments import read_judgments


def read(text: str, **options: object) -> JudgmentTable:
    return read_judgments(text, source="f", options=ReadingOptions(**options))  # type: ignore[arg-type]


def notes(table: JudgmentTable) -> str:
    return "\n".join(f"{note.kind}: {note.text}" for note in table.notes)


def said(table: JudgmentTable) -> list[tuple[str, int, bool]]:
    return [(j.annotator, j.preference, j.mirrored) for j in table.judgments]


@pytest.mark.parametrize(
    "head",
    [
        "annotator,prompt,response_1,response_2,preference_strength",
        "worker_id,prompt,response1,response2,overall_preference",
        "annotator,context,response1,response2,score",
        "annotator,prompt,response_1,response_2,preference",
        "rater,pair,response_a,response_b,preference_strength",
        "annotator,prompt,left,right,preference_strength",
    ],
)
def test_strengths_from_minus_3_to_3_are_negative_for_the_first_response(head: str) -> None:
    table = read(f"{head}\nx,q,one,two,-3\nx,q,two,one,+1\nx,q,one,two,0\ny,q,one,two,2.0\ny,q,one,two,\n")
    assert said(table) == [("x", 3, False), ("x", 1, True), ("x", 0, False), ("y", -2, False)]
    assert len({j.item for j in table.judgments}) == 1
    assert "below 0 the first response is better" in notes(table)
    assert (table.given, sum(note.rows for note in table.notes)) == (5, 1)
    with pytest.raises(InputError, match="line 2: '4' is not an answer"):
        read(f"{head}\nx,q,one,two,4\n")


def test_strengths_of_which_it_is_not_known_what_below_0_means_are_refused_with_the_cure() -> None:
    for head in ("annotator,prompt,response_a,response_b,preference", "annotator,prompt,left,right,answer"):
        with pytest.raises(InputError, match=r"line 2: '-2' is not an answer.*call the columns response_1"):
            read(f"{head}\nx,q,one,two,-2\n")


@pytest.mark.parametrize("answers", [("1", "2", "2"), ("0", "1", "1"), ("1", "2", "3"), ("1.0", "3.0", "2.0")])
@pytest.mark.parametrize("name", ["preference", "score"])
def test_numbers_that_never_prefer_the_first_response_are_no_strengths(answers: tuple[str, ...], name: str) -> None:
    text = f"annotator,prompt,response_1,response_2,{name}\n" + "".join(f"x,q,one,two,{answer}\n" for answer in answers)
    with pytest.raises(
        InputError, match=rf"no answer in {name} is below 0 .*--words 1=left,2=right, and otherwise what each"
    ):
        read(text)
    whole = [answer.removesuffix(".0") for answer in answers]
    table = read(text, words={whole[1]: "right", whole[2]: "tie"} | {whole[0]: "left"} | {whole[1]: "right"})
    assert [j.preference for j in table.judgments][:2] == [1, -1]


@pytest.mark.parametrize(
    "names", [("response_1", "response_2"), ("output_a", "output_b"), ("Left Response", "Right Response")]
)
def test_an_answer_may_be_the_name_of_a_column(names: tuple[str, str]) -> None:
    head = f"annotator,prompt,{names[0]},{names[1]},answer,gold"
    table = read(f"{head}\nx,q,a,b,{names[0]},{names[1]}\nx,q,b,a,{names[0].upper()},\nx,q,a,b,tie,\n")
    assert [j.preference for j in table.judgments] == [1, -1, 0]
    assert [gold.preferred for gold in table.gold.values()] == [-1]


def test_gold_of_a_layout_is_written_as_its_answers_are() -> None:
    table = read("annotator,prompt,response_1,response_2,preference_strength,gold\nx,q,b,a,2,-1\n")
    assert [gold.preferred for gold in table.gold.values()] == [-1]


def test_a_table_that_does_not_say_who_answered_is_refused() -> None:
    with pytest.raises(InputError, match=r"no column is known to say who answered.*--columns annotator=NAME"):
        read("prompt,response_1,response_2,preference_strength\nq,a,b,1\n")


HELPSTEER3 = {
    "context": [{"role": "user", "content": "q"}],
    "response1": "x",
    "response2": "y",
    "overall_preference": 1,
}


def test_lists_of_preferences_without_names_say_how_much_people_agree_and_no_more() -> None:
    rows = [
        HELPSTEER3 | {"individual_preference": [{"score": -2, "reasoning": "r"}, {"score": -1}, {"score": 1}]},
        HELPSTEER3 | {"individual_preference": [{"score": 0}, {"score": 0}]},
        HELPSTEER3 | {"individual_preference": []},
    ]
    with pytest.raises(
        InputError, match=r"do not say whose they are.*of 4 pairs of preferences on the same row 2 name"
    ):
        read(json.dumps(rows))
    with pytest.raises(InputError, match="of 1 pair of preferences on the same row 0 name"):
        read(json.dumps([HELPSTEER3 | {"individual_preference": [-1, 2]}]))
    table = (
        "prompt,response_1,response_2,all_preferences_unprocessed\n"
        + """q,x,y,"[{'strength': 2, 'statement': ""it's""}, {'strength': 1}]"\n"""
    )
    with pytest.raises(InputError, match="of 1 pair of preferences on the same row 1 name"):
        read(table)


def test_lists_of_preferences_with_names_are_rows() -> None:
    named = [{"annotator": "a", "score": -2}, {"annotator": "b", "score": 1}, {"annotator": "c", "score": None}]
    rows = [HELPSTEER3 | {"individual_preference": named}, HELPSTEER3 | {"individual_preference": None}]
    table = read(json.dumps(rows))
    assert said(table) == [("a", 2, False), ("b", -1, False)]
    assert (table.given, sum(note.rows for note in table.notes)) == (4, 2)
    with pytest.raises(InputError, match=r"line 2: individual_preference: 'much' is no list"):
        read("prompt,response1,response2,individual_preference\nq,x,y,much\n")


CHOSEN = "annotator,prompt,chosen,rejected\nx,p,a,b\nx,p,b,a\nx,q,a,b\nx,q,a,b\ny,p,a,b\ny,r,a,b\n"


def test_rows_of_chosen_and_rejected_tell_who_chose_the_same_again_and_are_not_scored() -> None:
    with pytest.raises(InputError) as error:
        read(CHOSEN)
    assert "do not say on which side" in str(error.value)
    assert "in either order: x chose the same each time on 1 of 2 pairs. For" in str(error.value)
    assert "left and right" in str(error.value)
    with pytest.raises(InputError, match="No pair comes twice to anybody"):
        read("worker,prompt,chosen,rejected\nx,p,a,b\nx,q,a,b\ny,p,a,b\n")
    with pytest.raises(InputError, match="say neither who chose nor on which side"):
        read("prompt,chosen,rejected\np,a,b\n")


@pytest.mark.parametrize("columns", [{"answer": "chosen"}, {"answer": "chosen", "item": "prompt"}])
def test_a_chosen_response_without_sides_is_no_answer_either(columns: dict[str, str]) -> None:
    with pytest.raises(InputError, match="x chose the same each time on 1 of 2 pairs"):
        read(CHOSEN, columns=columns)


def test_a_table_without_items_is_not_taken_for_one_of_mechanical_turk() -> None:
    with pytest.raises(InputError, match="the column item is missing"):
        read("annotator,answer\nx,cat\n")


def test_rows_of_chosen_and_rejected_that_stand_twice_with_their_time_are_no_second_choice() -> None:
    timed = "annotator,prompt,chosen,rejected,at\nx,p,a,b,2026-11-01T08:00:00Z\nx,p,a,b,2026-11-01T08:00:00Z\n"
    with pytest.raises(InputError, match="No pair comes twice"):
        read(timed)
    with pytest.raises(InputError, match="x chose the same each time on 1 of 1 pair"):
        read(timed + "x,p,a,b,2026-11-01T09:00:00Z\n")


def test_with_sides_beside_it_the_chosen_response_is_an_answer() -> None:
    text = "annotator,left,right,chosen,rejected\nx,a,b,b,a\nx,b,a,b,a\n"
    assert said(read(text, columns={"answer": "chosen"})) == [("x", -1, False), ("x", -1, True)]


TURK = "HITId,WorkerId,WorkTimeInSeconds,SubmitTime,Input.q,Answer.choice.a,Answer.choice.b.c"
AT = "9,Tue Nov 03 11:00:12 PST 2026"


def test_radio_buttons_of_mechanical_turk_are_one_choice() -> None:
    rows = f"h,v,{AT},q1,true,false\nh,w,{AT},q1,FALSE,TRUE\nh,x,{AT},q1,false,false\n"
    table = read(f"{TURK}\n{rows}", columns={"item": "Input.q"})
    assert [(j.annotator, j.item, j.answer) for j in table.judgments] == [
        ("v", "q1", '{"choice":"a"}'),
        ("w", "q1", '{"choice":"b.c"}'),
    ]
    assert "Answer.choice.a, Answer.choice.b.c are read as one answer, Answer.choice: a choice" in notes(table)
    assert (table.given, sum(note.rows for note in table.notes)) == (3, 1)
    with pytest.raises(InputError, match=r"as in --columns item=Input\.q"):
        read(f"{TURK}\n{rows}")


def test_checkboxes_of_mechanical_turk_are_choices() -> None:
    table = read(f"{TURK}\nh,v,{AT},q1,true,false\nh,w,{AT},q1,true,true\n", columns={"item": "Input.q"})
    assert [j.answer for j in table.judgments] == ['{"choices":["a"]}', '{"choices":["a","b.c"]}']


def test_of_answers_that_are_spread_and_others_the_user_says_which() -> None:
    text = f"{TURK},Answer.preference\nh,v,{AT},q1,true,false,A\n"
    with pytest.raises(InputError, match=r"several answers, Answer\.choice, Answer\.preference; say which"):
        read(text, columns={"item": "Input.q"})
    for name, answer in (("Answer.choice", "a"), ("Answer.preference", "A")):
        (judgment,) = read(text, columns={"item": "Input.q", "answer": name}).judgments
        assert (judgment.answer, judgment.lead_time) == (f'{{"choice":"{answer}"}}', 9.0)


def forms(*answers: object, column: str = "Answer.taskAnswers") -> str:
    """Batch results of Mechanical Turk whose answers are JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["HITId", "WorkerId", "WorkTimeInSeconds", "SubmitTime", "Input.q", column])
    for n, answer in enumerate(answers):
        said = answer if isinstance(answer, str) else json.dumps(answer)
        writer.writerow(["h", f"w{n}", 9, "Tue Nov 03 11:00:12 PST 2026", "q1", said])
    return text.getvalue()


LEFT_OR_RIGHT = [
    [{"preference": {"left": True, "right": False}}],
    [{"preference": {"left": False, "right": True}}],
    [{"preference": {"left": False, "right": False}}],
]


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (LEFT_OR_RIGHT, ['{"choice":"left"}', '{"choice":"right"}']),
        ([[{"choice": "left"}], [{"choice": "right"}], [{}]], ['{"choice":"left"}', '{"choice":"right"}']),
        ([[{"category": {"label": "good"}}], "[]", ""], ['{"choice":"good"}']),
        (
            [[{"kinds": {"labels": ["a", "b"]}}], [{"kinds": {"labels": ["b"]}}], [{"kinds": {"labels": []}}]],
            ['{"choices":["a","b"]}', '{"choices":["b"]}'],
        ),
        (
            [[{"kinds": {"a": True, "b": True}}], [{"kinds": {"a": True, "b": False}}], "[{}]"],
            ['{"choices":["a","b"]}', '{"choices":["a"]}'],
        ),
        ([[{"spam": {"on": True}}], [{"spam": {"on": False}}]], ['{"choice":"true"}', '{"choice":"false"}']),
        (
            [[{"stars": "4"}], [{"stars": 2}], [{"stars": 5}]],
            ['{"of":5,"rating":4}', '{"of":5,"rating":2}', '{"of":5,"rating":5}'],
        ),
    ],
)
def test_answers_of_mechanical_turk_in_json_are_read(said: list[object], answers: list[str]) -> None:
    table = read(forms(*said), columns={"item": "Input.q"})
    assert [j.answer for j in table.judgments] == answers
    assert "Answer.taskAnswers is read as the answers to " in notes(table)
    assert table.given == len(said) == len(answers) + sum(note.rows for note in table.notes)
    with pytest.raises(InputError, match=r"as in --columns item=Input\.q"):
        read(forms(*said))


def test_answers_in_json_are_preferences_where_the_sides_are_named() -> None:
    text = forms(*LEFT_OR_RIGHT).replace("Input.q", "Input.one,Input.two").replace("q1", "x,y")
    table = read(text, columns={"left": "Input.one", "right": "Input.two"})
    assert [j.preference for j in table.judgments] == [1, -1]


def test_of_several_questions_in_json_the_user_says_which_is_the_answer() -> None:
    text = forms([{"better": {"a": True, "b": False}, "why": "short"}], [{"better": {"a": False, "b": True}}])
    with pytest.raises(
        InputError, match=r"several answers, Answer\.better, Answer\.why; say which, as in --columns answer=NAME"
    ):
        read(text, columns={"item": "Input.q"})
    table = read(text, columns={"item": "Input.q", "answer": "Answer.better"})
    assert [j.answer for j in table.judgments] == ['{"choice":"a"}', '{"choice":"b"}']


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('[{"choice": "left"', r"line 3: Answer\.taskAnswers: .*not the answers of one form in JSON; correct it"),
        ('[{"choice": "left"}, {"choice": "right"}]', r"line 3: Answer\.taskAnswers: .*not the answers of one form"),
        ("left", r"line 3: Answer\.taskAnswers: 'left' is not the answers"),
        ('[{"choice": {"boxes": [[1, 2]], "size": 3}}]', r"line 3: .*boxes.* is not an answer"),
    ],
)
def test_json_that_is_no_answer_is_refused_by_its_line(said: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(forms([{"choice": "left"}], said), columns={"item": "Input.q"})


@pytest.mark.parametrize("name", ["lead_time_ms", "duration_ms", "time_spent_ms", "Lead time (ms)", "Dauer (ms)"])
def test_milliseconds_are_converted_and_that_is_said(name: str) -> None:
    for head in ("annotator,pair,left,answer", "worker,task,left,label"):
        table = read(f"{head},{name}\nx,p,a,left,2500\nx,q,a,left,\n")
        assert [j.lead_time for j in table.judgments] == [2.5, None]
        assert f"{name} is in milliseconds" in notes(table)
    named = read(f"annotator,pair,left,answer,{name}\nx,p,a,left,2500\n", columns={"lead_time_s": name})
    assert named.judgments[0].lead_time == 2.5


@pytest.mark.parametrize("name", ["duration_s", "time_spent_seconds", "time_spent_s", "seconds", "Durée (s)"])
def test_seconds_stay_what_they_are(name: str) -> None:
    table = read(f"annotator,pair,left,answer,{name}\nx,p,a,left,2.5\n")
    assert table.judgments[0].lead_time == 2.5
    assert "milliseconds" not in notes(table)


@pytest.mark.parametrize(
    "head",
    [
        "Annotierer;Aufgabe;Antwort;Zeit",
        "Annotateur;Tâche;Réponse;Horodatage",
        "Anotador;Pregunta;Respuesta;Fecha",
        "EVALUATEUR;QUESTION;ETIQUETTE;DATE",
    ],
)
def test_german_french_and_spanish_names_are_known(head: str) -> None:
    table = read(f"{head}\nx;i;cat;2026-11-03 19:00:12\n")
    assert [(j.annotator, j.item, j.answer, j.at) for j in table.judgments] == [
        ("x", "i", '{"choice":"cat"}', 1793732412)
    ]


def test_a_time_that_may_be_a_duration_is_not_taken_for_a_date() -> None:
    table = read("Annotierer;Aufgabe;Antwort;Zeit\nx;i;cat;12\n")
    assert "columns that are not read: Zeit" in notes(table)
    with pytest.raises(InputError, match=r"annotator is missing.*etiketteur.*--columns"):
        read("etiketteur;Aufgabe;Antwort\nx;i;cat\n")


@pytest.mark.parametrize(
    ("left", "right", "tie"),
    [
        ("links", "rechts", "gleich"),
        ("Links", "RECHTS", "Unentschieden"),
        ("gauche", "droite", "Égalité"),
        ("izquierda", "derecha", "empate"),
        ("esquerda", "direita", "Empate"),
        ("sinistra", "destra", "parità"),
    ],
)
def test_answers_on_pairs_are_read_in_other_languages_and_that_is_said(left: str, right: str, tie: str) -> None:
    table = read(f"annotator,pair,left,answer\nx,p,a,{left}\nx,q,a,{right}:3\nx,r,b,{left}:2\nx,s,a,{tie}\n")
    assert [j.preference for j in table.judgments] == [1, -3, -2, 0]
    meanings = ", ".join(
        f"{word!r} as {side}" for word, side in sorted([(left, "left"), (right, "right"), (tie, "tie")])
    )
    assert f"understood: answers are read in their language: {meanings}" in notes(table)


def test_a_response_that_is_called_as_a_side_is_meant_by_its_name() -> None:
    table = read("annotator,left,right,answer\nx,links,gpt,gpt\nx,gpt,links,links\n")
    assert said(table) == [("x", 1, True), ("x", -1, False)]
    assert "in their language" not in notes(table)


def test_the_user_says_what_other_words_mean_and_what_means_nothing_is_refused() -> None:
    text = "annotator,pair,left,answer,gold\nx,p,a,First,a\nx,q,b,SECOND,nan\nx,r,a,None,\nx,s,a,,\n"
    with pytest.raises(
        InputError, match=r"line 2: 'First' is not an answer.*or say what it means by --words 'First=SIDE'"
    ):
        read(text)
    table = read(text, words={"first": "left:2", "second": "right", "none": "tie"})
    assert [j.preference for j in table.judgments] == [2, 1, 0]
    assert table.gold["p"].preferred == 1
    assert table.given == 4


def test_gold_is_written_in_the_words_of_answers_where_responses_have_columns() -> None:
    text = "annotator,left,right,answer,gold\nx,m,n,First,First\ny,n,m,second,None\n"
    table = read(text, words={"first": "left", "second": "right", "none": "tie"})
    assert [gold.preferred for gold in table.gold.values()] == [1]


def test_words_are_for_pairs() -> None:
    with pytest.raises(InputError, match="holds no pairs, and --words says"):
        read("annotator,item,answer\nx,i,cat\n", words={"cat": "left"})


DATED = "annotator,item,answer,at\n"
MOMENT = 1795811400  # 2026-11-27T20:30:00Z


@pytest.mark.parametrize(
    ("written", "other", "order"),
    [
        ("11/27/2026 8:30 PM", "11/3/2026 12:05 AM", "month"),
        ("11/27/2026 20:30:00", "11/03/2026 00:05", "month"),
        ("27/11/2026 20:30", "3/11/2026 0:05", "day"),
        ("27-11-2026 20:30:00.000", "03-11-2026 00:05:00", "day"),
        ("27/11/2026, 8:30:00 p.m.", "03/11/2026, 12:05:00 a.m.", "day"),
        ("27/11/2026T20:30:00Z", "03/11/2026T02:05:00+02:00", "day"),
        ("11/27/26 20:30", "11/3/26 0:05", "month"),
        ("27/11/26 20:30", "3/11/26 0:05", "day"),
        ("27.11.26 20:30", "03.11.26 00:05", "day"),
        ("27.11.2026, 20:30:00", "3.11.26, 00:05:00", "day"),
        ("11.27.2026 20:30", "11.03.2026 00:05", "month"),
    ],
)
def test_a_whole_column_tells_whether_the_month_stands_first(written: str, other: str, order: str) -> None:
    table = read(f'{DATED}x,i,cat,"{other}"\nx,j,cat,"{written}"\n')
    assert [j.at for j in table.judgments] == [MOMENT - 24 * 86400 + 300 - 73800, MOMENT]
    assert f"are read with the {order} first (2026-11-03), as the whole column tells" in notes(table)


def test_dates_that_do_not_tell_are_refused_until_the_user_says_how_they_are_written() -> None:
    text = f"{DATED}x,i,cat,11/3/2026\nx,j,cat,10/4/2026\n"
    with pytest.raises(InputError, match=r"don't tell which is the month.*--dates us.*--dates eu"):
        read(text)
    us, eu = (sorted(read(text, dates=order).judgments, key=lambda j: j.at) for order in (DateOrder.US, DateOrder.EU))
    assert [j.item for j in us] == ["j", "i"]
    assert [j.item for j in eu] == ["i", "j"]


@pytest.mark.parametrize("year", ["2026", "26"])
def test_dates_with_dots_have_the_day_first_where_they_do_not_tell_and_the_user_does_not(year: str) -> None:
    text = f"{DATED}x,i,cat,11.3.{year}\nx,j,cat,10.4.{year}\n"
    table = read(text)
    assert [j.at for j in table.judgments] == [1773187200, 1775779200]  # 2026-03-11, 2026-04-10
    assert f"dates such as '11.3.{year}' are read with the day first (2026-03-11), as dates with dots are" in notes(
        table
    )
    us = read(text, dates=DateOrder.US)
    assert [j.at for j in us.judgments] == [1793664000, 1791072000]  # 2026-11-03, 2026-10-04


@pytest.mark.parametrize(
    "dates",
    [
        ["26/03/11", "26/03/12", "26/04/01"],
        ["26-12-30", "26-12-31", "27-01-02"],
        ["25.12.30 08:00", "26.01.02 08:00"],
        ["11/03/26", "11/04/26"],
    ],
)
def test_dates_that_may_begin_with_their_year_are_refused_until_the_user_says_that_they_do_not(
    dates: list[str],
) -> None:
    text = DATED + "".join(f"x,i{n},cat,{date}\n" for n, date in enumerate(dates))
    with pytest.raises(
        InputError, match=r"don't tell whether the year stands first or last; write them as 2026-11-27, or.*--dates eu"
    ):
        read(text)
    assert read(text, dates=DateOrder.EU).given == len(dates)


def test_over_new_year_days_change_more_than_years_of_two_digits() -> None:
    table = read(f"{DATED}x,i,cat,30/12/25\nx,j,cat,31/12/25\nx,k,cat,02/01/26\n")
    assert [j.at - table.judgments[0].at for j in table.judgments] == [0, 86400, 3 * 86400]
    assert "(2025-12-30), as the whole column tells" in notes(table)


def test_a_column_of_two_digit_years_may_be_dates_and_one_of_clock_times_is_none() -> None:
    assert "at: Datum" in notes(read("Annotierer;Aufgabe;Antwort;Datum\nx;i;cat;27.11.26 20:30\n"))
    assert "columns that are not read: Zeit" in notes(read("Annotierer;Aufgabe;Antwort;Zeit\nx;i;cat;12.30.45\n"))


def test_one_date_that_does_not_tell_changes_nothing_and_is_warned_of() -> None:
    table = read(f"{DATED}x,i,cat,11/3/2026 08:00\nx,j,cat,11/3/2026 09:00\n")
    assert "warning: '11/3/2026 08:00' does not tell" in notes(table)
    assert table.judgments[1].at - table.judgments[0].at == 3600
    assert not read(f"{DATED}x,i,cat,11/11/2026 08:00\nx,j,cat,12/12/2026 09:00\n").notes


def test_dates_written_in_two_ways_or_in_another_than_said_are_refused() -> None:
    text = f"{DATED}x,i,cat,11/27/2026\nx,j,cat,27/11/2026\n"
    with pytest.raises(InputError, match=r"in two ways: '27/11/2026' has the day first, and '11/27/2026' the month"):
        read(text)
    with pytest.raises(InputError, match=r"line 3: at is '27/11/2026', which is no date with the month first"):
        read(text, dates=DateOrder.US)
    with pytest.raises(InputError, match=r"line 2: at is '31.11.26', which is no date with the day first"):
        read(f"{DATED}x,i,cat,31.11.26\n")
    with pytest.raises(InputError, match=r"line 2: at is '13/27/2026'"):
        read(f"{DATED}x,i,cat,13/27/2026\n")
    with pytest.raises(InputError, match=r"line 2: at is '11/27/2026 13:30 PM'"):
        read(f"{DATED}x,i,cat,11/27/2026 13:30 PM\n")


@pytest.mark.parametrize("odd", ["2026-11-03T19:00:12Z ", "2026-11-31T19:00:12Z", "", "11/27/2026 20:30"])
def test_a_large_table_is_read_as_a_small_one(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all times alike, and of one that is odd; with space around names, and names with a fraction."""
    rows = [f"a{n % 3} ,i{n % 50},{'ab'[n % 2]},left,2026-11-{n % 28 + 1:02}T19:00:{n % 60:02}Z" for n in range(3000)]
    for changed in (rows, [*rows[:-1], f"5.0,i1,a,left,{odd}"]):
        text = "annotator,pair,left,answer,at\n" + "\n".join(changed) + "\n"
        read_so = []
        for least in (1, len(text) + 1):
            monkeypatch.setattr(table_scan.scan_by_arrow, "__kwdefaults__", {"least": least})
            try:
                read_so.append([*read(text).judgments])
            except InputError as error:
                read_so.append([str(error)])
        assert read_so[0] == read_so[1]
