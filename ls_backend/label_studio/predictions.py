"""The consensus on a task, as a prediction of Label Studio. Pure."""

from ls_backend.label_studio.config import PREFERENCE_TAGS, parse_xml
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


def consensus_result(preferred: int, mapping: AnswerMapping, *, mirrored: bool, label_config: str) -> list[Json]:
    """The ``result`` of a prediction that shows the consensus on a task. ``preferred`` is +1 for the item's first response, -1
    for its second, 0 for a tie. The value is the mildest one of the control on that side; [] if it has none."""
    left = -preferred if mirrored else preferred
    same_side = [(abs(v), value) for value, v in mapping.values.items() if (v > 0) - (v < 0) == left]
    if not same_side:
        return []
    _, value = min(same_side)
    tag = next(
        tag
        for tag in parse_xml(label_config).iter()
        if tag.get("name") == mapping.control and tag.tag in PREFERENCE_TAGS
    )
    return [
        {
            "from_name": mapping.control,
            "to_name": tag.get("toName"),
            "type": tag.tag.lower(),
            "value": {PREFERENCE_TAGS[tag.tag]: [value] if tag.tag == "Choices" else value},
        }
    ]
