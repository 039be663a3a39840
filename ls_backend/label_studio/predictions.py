"""The consensus on a task, as a prediction of Label Studio. Pure."""

import defusedxml.ElementTree as ElementTree

from ls_backend.label_studio.config import CHOICE_TAGS
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


def prediction(preferred: int, mapping: AnswerMapping, *, mirrored: bool, label_config: str) -> list[Json]:
    """A result that shows the consensus on a task: the mildest value of the control on that side, [] if it has none."""
    left = -preferred if mirrored else preferred
    same_side = [(abs(v), k) for k, v in mapping.values.items() if (v > 0) - (v < 0) == left]
    if not same_side:
        return []
    value = min(same_side)[1]
    root = ElementTree.fromstring(label_config)
    tag = next(t for t in root.iter() if t.get("name") == mapping.control and t.tag in CHOICE_TAGS)
    shape = {"Choices": {"choices": [value]}, "Pairwise": {"selected": value}, "Rating": {"rating": value}}
    return [
        {
            "from_name": mapping.control,
            "to_name": tag.get("toName"),
            "type": tag.tag.lower(),
            "value": shape[tag.tag],
        }
    ]
