from ls_backend.label_studio.tasks import count_words, read_showing, swap_sides
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
