import pytest

from ls_backend.errors import InputError
from ls_backend.formats.pairs import gold_item, read_gold, read_pairs, task_data
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping, TaskKind
from tests.fakes import PAIRWISE


def test_pairs_are_read_from_json_lines_and_csv() -> None:
    lines = '{"prompt": "p", "chosen": "good", "rejected": "bad", "slice": "x"}\n\n'
    (pair,) = read_pairs(lines, source="f")
    assert (pair.a, pair.b, pair.chosen, pair.slice, pair.gold) == ("good", "bad", True, "x", None)
    (table,) = read_pairs("prompt,response_a,response_b,gold\np,one,two,b\n", source="f")
    assert (table.a, table.gold) == ("one", -1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"prompt": "p", "response_a": "x"}', "line 2: response_b is missing"),
        ('{"prompt": "p", "response_a": "x", "response_b": "x"}', "line 2: the two responses are the same"),
        (
            '{"prompt": "p", "response_a": "x", "response_b": "y", "gold": "left"}',
            "line 2: gold is 'left'; write a or b",
        ),
        ("{broken", "line 2: not valid JSON"),
        ("[1]", "line 2: must be a JSON object"),
    ],
)
def test_bad_lines_are_named(line: str, message: str) -> None:
    good = '{"prompt": "p", "chosen": "x", "rejected": "y"}'
    with pytest.raises(InputError, match=message):
        read_pairs(f"{good}\n{line}\n", source="pairs.jsonl")


def test_all_bad_lines_are_told_and_a_flood_is_cut() -> None:
    with pytest.raises(InputError) as error:
        read_pairs("{x\n" * 14, source="f")
    assert str(error.value).count("\n") == 10
    assert "and 4 more lines" in str(error.value)


def test_gold_needs_a_side() -> None:
    with pytest.raises(InputError, match="does not say which side"):
        read_gold('{"prompt": "p", "response_a": "x", "response_b": "y"}', source="f")


def test_the_preferred_side_follows_the_mirroring() -> None:
    chosen, right = read_pairs(
        '{"prompt":"p","chosen":"x","rejected":"y"}\n{"prompt":"q","response_a":"x","response_b":"y","gold":"b"}',
        source="f",
    )
    assert gold_item(chosen, mirrored=False).preferred == 1
    assert gold_item(right, mirrored=False).preferred == -1
    assert gold_item(right, mirrored=True).preferred == 1


def test_gold_gets_the_fields_of_ordinary_tasks_in_their_order_and_nothing_else() -> None:
    text = '{"slice": "s", "response_b": "y", "response_a": "x", "prompt": "p", "gold": "a", "explanation": "why"}'
    (gold,) = read_gold(text, source="f")
    sample = {"prompt": "?", "slice": "s", "response_a": "", "response_b": ""}
    data = task_data(gold, PAIRWISE.mapping, PAIRWISE.fields, sample)
    assert list(data) == list(sample)
    assert "why" not in str(data)
    with pytest.raises(InputError, match=r"lacks the field 'source'.*could tell it"):
        task_data(gold, PAIRWISE.mapping, PAIRWISE.fields, sample | {"source": "web"})
    assert list(task_data(gold, PAIRWISE.mapping, PAIRWISE.fields, None)) == [
        "response_a",
        "response_b",
        "prompt",
    ]


def test_gold_of_other_tasks_has_the_fields_of_a_task_and_an_answer() -> None:
    text = '{"text": "so good", "answer": "positive", "explanation": "why"}'
    (gold,) = read_gold(text, source="g")
    mapping = AnswerMapping("label", task=TaskKind.CHOICE)
    assert task_data(gold, mapping, ("text",), {"text": "?"}) == {"text": "so good"}
    with pytest.raises(InputError, match="'so good' does not fit the project's task"):
        task_data(gold, PAIRWISE.mapping, PAIRWISE.fields, None)
    with pytest.raises(InputError, match="no field of a task"):
        read_gold('{"answer": "positive"}', source="g")


CHAT = CATALOG["chat"]
TURNS = '[{"role": "user", "content": "hi"}]'


def test_next_turns_of_a_conversation_need_no_prompt() -> None:
    text = f'{{"conversation": {TURNS}, "response_a": "x", "response_b": "y", "gold": "a"}}'
    (gold,) = read_gold(text, source="f")
    data = task_data(gold, CHAT.mapping, CHAT.fields, None)
    assert data == {"conversation": [{"role": "user", "content": "hi"}], "response_a": "x", "response_b": "y"}
    with pytest.raises(InputError, match="lacks the field 'prompt'"):
        task_data(gold, PAIRWISE.mapping, PAIRWISE.fields, dict.fromkeys(PAIRWISE.fields, "?"))


def test_a_project_of_conversations_refuses_a_prompt_in_their_place() -> None:
    (gold,) = read_gold('{"prompt": "p", "chosen": "x", "rejected": "y"}', source="f")
    with pytest.raises(InputError, match="lacks the field 'conversation'"):
        task_data(gold, CHAT.mapping, CHAT.fields, None)


@pytest.mark.parametrize("turns", ['"hi"', "[]", '["hi"]', '[{"role": "user"}]', '[{"role": "user", "content": 1}]'])
def test_a_conversation_that_is_no_list_of_turns_is_refused(turns: str) -> None:
    with pytest.raises(InputError, match="line 1: conversation must be a list of turns"):
        read_pairs(f'{{"conversation": {turns}, "response_a": "x", "response_b": "y"}}', source="f")
