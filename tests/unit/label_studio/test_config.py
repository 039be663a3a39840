import pytest

from ls_backend.errors import MappingError
from ls_backend.label_studio.config import (
    check_mapping,
    find_control_mapping,
    find_mapping,
    read_label_config,
)
from ls_backend.label_studio.tasks import read_showing, swap_sides
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping, TaskKind
from tests.fakes import PAIRWISE_TAG, SENTIMENT, USERS_OWN_CONFIG


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_catalogues_templates_are_recognised_by_themselves(name: str) -> None:
    template = CATALOG[name]
    assert find_mapping(template.label_config) == template.mapping
    check_mapping(template.mapping, template.label_config)
    assert read_label_config(template.label_config).fields == template.fields


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_a_template_is_retested_with_sides_swapped_where_it_has_sides(name: str) -> None:
    template = CATALOG[name]
    data = {field: f"text of {field}" for field in template.fields}
    again = swap_sides(data, template.mapping)
    shown, retested = (read_showing(d, template.mapping, template.fields) for d in (data, again))
    assert shown is not None
    assert retested is not None
    assert shown.item == retested.item
    assert (shown.mirrored != retested.mirrored) is (template.mapping.task is TaskKind.PAIR)


def test_a_control_like_a_templates_over_other_fields_is_not_taken_for_it() -> None:
    ratings = CATALOG["ratings"].label_config
    assert find_mapping(ratings.replace('name="clarity"', 'name="style"')) == CATALOG["ratings"].mapping
    for changed in (ratings.replace("$response", "$text"), ratings.replace('maxRating="5"', 'maxRating="7"')):
        with pytest.raises(MappingError, match=r"--control NAME .*overall"):
            find_mapping(changed)


def test_a_pairwise_tag_over_two_fields_is_enough() -> None:
    mapping = find_mapping(PAIRWISE_TAG)
    assert (mapping.control, mapping.left, mapping.right) == ("p", "left_text", "right_text")


def test_an_unknown_config_names_its_controls_and_the_way_out() -> None:
    with pytest.raises(MappingError, match=r"controls found: best \(Choices\).*--mapping FILE"):
        find_mapping(USERS_OWN_CONFIG)
    with pytest.raises(MappingError, match="controls found: none"):
        find_mapping("<View/>")
    with pytest.raises(MappingError, match="not valid XML"):
        find_mapping("<View>")


def test_a_control_of_another_task_has_a_mapping_and_an_unknown_one_is_refused() -> None:
    assert find_control_mapping("sentiment", SENTIMENT) == AnswerMapping("sentiment", task=TaskKind.CHOICE)
    with pytest.raises(MappingError, match=r"no control 'other'.*there are: sentiment \(choice\)"):
        find_control_mapping("other", SENTIMENT)


def test_a_rating_without_a_readable_highest_one_is_refused() -> None:
    rating = '<View><Text name="t" value="$text"/><Rating name="stars" toName="t" maxRating="{}"/></View>'
    assert find_control_mapping("stars", rating.format("7")).top == 7
    assert find_control_mapping("stars", rating.format("")).top == 5
    with pytest.raises(MappingError, match="control 'stars' has maxRating 'many'; write a whole number"):
        read_label_config(rating.format("many"))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (AnswerMapping("other", "one", "two", {}), "no control named 'other'"),
        (AnswerMapping("best", "one", "three", {}), "does not show the field 'three'"),
        (AnswerMapping("best", "one", "two", {"1st": 1}), "no meaning is given to 2nd"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(mapping: AnswerMapping, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        check_mapping(mapping, USERS_OWN_CONFIG)
