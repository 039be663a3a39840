import json

from ls_backend.label_studio.tasks import (
    Message,
    count_words,
    read_margin,
    read_pair_texts,
    read_prompt,
    read_showing,
    swap_sides,
)
from tests.fakes import PAIRWISE, pair

MAPPING, FIELDS = PAIRWISE.mapping, PAIRWISE.fields


def test_the_same_pair_swapped_is_the_same_item_mirrored() -> None:
    one = read_showing(pair(1), MAPPING, FIELDS)
    other = read_showing(swap_sides(pair(1), MAPPING), MAPPING, FIELDS)
    assert one is not None
    assert other is not None
    assert one.item == other.item
    assert one.mirrored != other.mirrored


def test_the_prompt_belongs_to_the_item_and_what_is_not_shown_does_not() -> None:
    plain = read_showing(pair(1), MAPPING, FIELDS)
    assert read_showing(pair(1, source="web"), MAPPING, FIELDS) == plain
    assert read_showing(pair(1) | {"prompt": "another"}, MAPPING, FIELDS) != plain
    assert read_showing({"prompt": "x"}, MAPPING, FIELDS) is None


def test_a_swap_keeps_fields_and_their_order() -> None:
    data = pair(1, slice="maths")
    swapped = swap_sides(data, MAPPING)
    assert list(swapped) == list(data)
    assert swap_sides(swapped, MAPPING) == data
    assert swapped["response_a"] == data["response_b"]


def test_words_are_those_that_are_shown() -> None:
    assert count_words({"prompt": "one two", "hidden": "not this", "n": 3}, ("prompt", "n", "missing")) == 3


def test_a_margin_is_a_number_in_a_field_or_the_difference_of_two() -> None:
    assert read_margin({"margin": "-1.5"}, ("margin",)) == -1.5
    assert read_margin({"a": 3, "b": 1.0}, ("a", "b")) == 2.0
    for nothing in (
        {},
        {"a": 3},
        {"a": 3, "b": None},
        {"a": 3, "b": "much"},
        {"a": True, "b": 1},
        {"a": "nan", "b": 1},
    ):
        assert read_margin(nothing, ("a", "b")) is None
    assert read_margin({"margin": 1}, ()) is None


def test_texts_are_those_of_the_canonical_order_and_a_conversation_is_told_from_a_text() -> None:
    texts = read_pair_texts(pair(1), MAPPING, ["prompt"])
    assert texts == read_pair_texts(swap_sides(pair(1), MAPPING), MAPPING, ["prompt"])
    assert texts is not None
    assert (texts.prompt, texts.first, texts.second, texts.words) == ("question 1", "answer 1", "reply 1", 6)
    talk = [{"role": "user", "content": "hi there"}, {"author": "bot", "text": "yes"}]
    for prompt in (talk, json.dumps(talk)):
        found = read_pair_texts(pair(1) | {"prompt": prompt}, MAPPING, ["prompt"])
        assert found is not None
        assert found.prompt == (Message("user", "hi there"), Message("bot", "yes"))
    assert read_prompt("[{not json") == "[{not json"
    assert read_prompt([{"role": "user"}]) == '[{"role": "user"}]'
    several = read_pair_texts(pair(1, system="be brief"), MAPPING, ["system", "prompt", "missing"])
    assert several is not None
    assert several.prompt == "be brief\n\nquestion 1"
    assert read_pair_texts({"prompt": "x"}, MAPPING, ["prompt"]) is None
