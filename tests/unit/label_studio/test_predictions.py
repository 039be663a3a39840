from ls_backend.label_studio.predictions import consensus_result
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping
from tests.fakes import PAIRWISE_TAG


def test_a_prediction_shows_the_mildest_value_of_the_preferred_side_as_the_task_shows_it() -> None:
    scale = CATALOG["pairwise_scale"]
    (result,) = consensus_result(1, scale.mapping, mirrored=True, label_config=scale.label_config)
    assert result["value"] == {"choices": ["right:1"]}
    assert result["to_name"] == "prompt"
    (tie,) = consensus_result(0, scale.mapping, mirrored=False, label_config=scale.label_config)
    assert tie["value"] == {"choices": ["tie"]}
    without_tie = AnswerMapping("p", "left_text", "right_text", {"left": 1, "right": -1})
    assert consensus_result(0, without_tie, mirrored=False, label_config=PAIRWISE_TAG) == []


def test_a_pairwise_tag_takes_its_value_bare() -> None:
    mapping = AnswerMapping("p", "left_text", "right_text", {"left": 1, "right": -1})
    (result,) = consensus_result(-1, mapping, mirrored=False, label_config=PAIRWISE_TAG)
    assert (result["type"], result["value"]) == ("pairwise", {"selected": "right"})
