"""Label configs: which controls and task fields they have, and how an answer of a control is read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as ElementTree

from ls_backend.errors import MappingError
from ls_backend.measurement.similarity import DEFAULT_TOP
from ls_templates.catalog import CATALOG, Template
from ls_templates.mapping import AnswerMapping, TaskKind

PREFERENCE_TAGS = {"Choices": "choices", "Pairwise": "selected", "Rating": "rating"}
"""The tags that can hold a preference, and the key under which a result holds their value."""

KIND_OF_TAG = {
    "Choices": TaskKind.CHOICE,
    "Rating": TaskKind.RATING,
    "Ranker": TaskKind.RANKING,
    "Labels": TaskKind.SPANS,
    "HyperTextLabels": TaskKind.SPANS,
    "RectangleLabels": TaskKind.BOXES,
}
"""What a tag asks for where it does not choose between two responses."""


@dataclass(frozen=True, slots=True)
class PreferenceControl:
    """A control that can hold a preference: its tag, the values it offers (none where the tag does not list them), and the
    two fields that a ``Pairwise`` tag compares."""

    tag: str
    values: tuple[str, ...]
    sides: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class LabelConfig:
    """A label config as far as we read it: the task fields that annotators see, the controls that can hold a preference, and
    the mappings of the controls that hold the answers of other tasks than pairs. Both are by the control's name."""

    fields: tuple[str, ...]
    preference_controls: Mapping[str, PreferenceControl]
    other_mappings: Mapping[str, AnswerMapping]


def read_label_config(label_config: str) -> LabelConfig:
    """Read a label config.

    Raises:
        MappingError: it is not XML, or a rating's maxRating is not a number.
    """
    tags = list(parse_xml(label_config).iter())
    named_fields = [(tag.get("name", ""), field) for tag in tags for field in _fields_of(tag)]
    field_of = dict(named_fields)
    preference_controls, other_mappings = {}, {}
    for tag in tags:
        name = tag.get("name")
        if name and tag.tag in KIND_OF_TAG:
            other_mappings[name] = _other_mapping(name, tag)
        if name and tag.tag in PREFERENCE_TAGS:
            preference_controls[name] = _preference_control(tag, field_of)
    return LabelConfig(tuple(dict.fromkeys(field for _, field in named_fields)), preference_controls, other_mappings)


def parse_xml(label_config: str) -> Element:
    """The root of a label config.

    Raises:
        MappingError: it is not XML.
    """
    try:
        root: Element = ElementTree.fromstring(label_config)
    except ElementTree.ParseError as error:
        raise MappingError(f"the label config is not valid XML ({error}); save it again in Label Studio") from error
    return root


def _fields_of(tag: Element) -> list[str]:
    """The task fields that a tag shows: ``value="$field"``."""
    return [
        value[1:]
        for attribute, value in tag.attrib.items()
        if attribute in ("value", "valueList") and value.startswith("$")
    ]


def _other_mapping(control: str, tag: Element) -> AnswerMapping:
    kind = KIND_OF_TAG[tag.tag]
    if tag.tag == "Choices" and tag.get("choice") == "multiple":
        kind = TaskKind.CHOICES
    return AnswerMapping(control, task=kind, top=_top_rating(control, tag) if kind is TaskKind.RATING else 0)


def _top_rating(control: str, tag: Element) -> int:
    text = tag.get("maxRating") or str(DEFAULT_TOP)
    try:
        return int(text)
    except ValueError:
        raise MappingError(f"the control {control!r} has maxRating {text!r}; write a whole number") from None


def _preference_control(tag: Element, field_of: Mapping[str, str]) -> PreferenceControl:
    values = tuple(choice.get("alias") or choice.get("value") or "" for choice in tag.iter("Choice"))
    targets = [field_of.get(target, "") for target in tag.get("toName", "").split(",")]
    has_sides = tag.tag == "Pairwise" and len(targets) == 2 and all(targets)
    return PreferenceControl(tag.tag, values, (targets[0], targets[1]) if has_sides else None)


def find_mapping(label_config: str) -> AnswerMapping:
    """How an answer is read from this label config: by our catalogue, or by a ``Pairwise`` tag over two fields.

    Raises:
        MappingError: no preference control; says which controls there are and how to name one.
    """
    config = read_label_config(label_config)
    for template in CATALOG.values():
        if _is_of_template(config, template):
            return template.mapping
    for name, control in config.preference_controls.items():
        if control.sides:
            left, right = control.sides
            return AnswerMapping(name, left, right, {"left": 1, "right": -1})
    controls = ", ".join(f"{name} ({control.tag})" for name, control in config.preference_controls.items())
    raise MappingError(
        f"the label config has no preference control that Steadyhand knows (controls found: {controls or 'none'}). Use a "
        "template of the catalogue (`steadyhand templates`), or pass --mapping FILE, a TOML file with control, left and right "
        f"(two of the fields {', '.join(config.fields) or 'of the task'}) and a table [values] from answers to left, right or "
        f"tie. For another task than pairs, pass --control NAME ({', '.join(config.other_mappings) or 'there is none'})"
    )


def _is_of_template(config: LabelConfig, template: Template) -> bool:
    """Whether the template's control is there with its values, and the fields that make an item. A template's other controls may
    have been changed."""
    mapping = template.mapping
    if mapping.task is not TaskKind.PAIR:
        ours = read_label_config(template.label_config)
        return (
            config.preference_controls.get(mapping.control) == ours.preference_controls[mapping.control]
            and config.other_mappings.get(mapping.control) == mapping
            and set(template.fields) <= set(config.fields)
        )
    control = config.preference_controls.get(mapping.control)
    return (
        control is not None
        and control.tag == "Choices"
        and set(control.values) == set(mapping.values)
        and {mapping.left, mapping.right} <= set(config.fields)
    )


def find_control_mapping(control: str, label_config: str) -> AnswerMapping:
    """The mapping of another task than pairs, by its control.

    Raises:
        MappingError: there is no such control, or it is of a kind that can't be compared.
    """
    mappings = read_label_config(label_config).other_mappings
    if control not in mappings:
        names = ", ".join(f"{name} ({mapping.task})" for name, mapping in mappings.items())
        raise MappingError(
            f"the label config has no control {control!r} that can be monitored (there are: {names or 'none'})"
        )
    return mappings[control]


def check_mapping(mapping: AnswerMapping, label_config: str) -> None:
    """Refuse a mapping that this label config does not fit.

    Raises:
        MappingError: the control, one of its values or a field is missing; names it.
    """
    if mapping.task is not TaskKind.PAIR:
        if find_control_mapping(mapping.control, label_config) != mapping:
            raise MappingError(f"the control {mapping.control!r} is not what it was; attach again with --control")
        return
    config = read_label_config(label_config)
    control = config.preference_controls.get(mapping.control)
    if control is None:
        raise MappingError(
            f"the label config has no control named {mapping.control!r} (there are: "
            f"{', '.join(config.preference_controls) or 'none'}); attach again with a mapping that fits"
        )
    for field in (mapping.left, mapping.right):
        if field not in config.fields:
            raise MappingError(
                f"the label config does not show the field {field!r}; fix the mapping or the label config"
            )
    unknown = set(control.values) - set(mapping.values)
    if unknown:
        raise MappingError(
            f"{mapping.control}: no meaning is given to {', '.join(sorted(unknown))}; add it to [values]"
        )
