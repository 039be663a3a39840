"""Label configs: which controls and task fields they have, and how an answer of a control is read. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

import defusedxml.ElementTree as ElementTree

from ls_backend.errors import InputError, MappingError
from ls_backend.types import Json
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping

CHOICE_TAGS = {"Choices": "choices", "Pairwise": "selected", "Rating": "rating"}
OTHER_TASKS = {  # what a control asks for where it does not choose between two responses
    "Choices": "choice",
    "Rating": "rating",
    "Ranker": "ranking",
    "Labels": "spans",
    "HyperTextLabels": "spans",
    "RectangleLabels": "boxes",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A label config as far as we read it: the controls that can hold a preference, with their kind and values, and the
    task fields shown to the annotator. ``others`` are the mappings of controls that other tasks than pairs are answered by."""

    controls: Mapping[str, tuple[str, tuple[str, ...]]]
    fields: tuple[str, ...]
    sides: Mapping[str, tuple[str, str]]
    others: Mapping[str, AnswerMapping]


def layout(label_config: str) -> Layout:
    """Read a label config.

    Raises:
        MappingError: it is not XML.
    """
    try:
        root = ElementTree.fromstring(label_config)
    except ElementTree.ParseError as error:
        raise MappingError(f"the label config is not valid XML ({error}); save it again in Label Studio") from error
    controls, sides, others, fields, field_of = {}, {}, dict[str, AnswerMapping](), [], {}
    for tag in root.iter():
        for attribute, value in tag.attrib.items():
            if attribute in ("value", "valueList") and value.startswith("$"):
                fields.append(value[1:])
                field_of[tag.get("name", "")] = value[1:]
    for tag in root.iter():
        name = tag.get("name")
        if name and tag.tag in OTHER_TASKS:
            task = "choices" if tag.tag == "Choices" and tag.get("choice") == "multiple" else OTHER_TASKS[tag.tag]
            others[name] = AnswerMapping(name, task=task, top=int(tag.get("maxRating") or 5) if task == "rating" else 0)
        if name and tag.tag in CHOICE_TAGS:
            controls[name] = (tag.tag, tuple(c.get("alias") or c.get("value") or "" for c in tag.iter("Choice")))
            targets = [field_of.get(t, "") for t in tag.get("toName", "").split(",")]
            if tag.tag == "Pairwise" and len(targets) == 2 and all(targets):
                sides[name] = (targets[0], targets[1])
    return Layout(controls, tuple(dict.fromkeys(fields)), sides, others)


def find_mapping(label_config: str) -> AnswerMapping:
    """How to read a preference from this label config: by our catalogue, or by a ``Pairwise`` tag over two fields.

    Raises:
        MappingError: no preference control; says which controls there are and how to name one.
    """
    seen = layout(label_config)
    for template in CATALOG.values():
        mapping = template.mapping
        kind, values = seen.controls.get(mapping.control, ("", ()))
        if (
            kind == "Choices"
            and set(values) == set(mapping.values)
            and {mapping.left, mapping.right} <= set(seen.fields)
        ):
            return mapping
    for control, (left, right) in seen.sides.items():
        return AnswerMapping(control, left, right, {"left": 1, "right": -1})
    found = ", ".join(f"{name} ({kind})" for name, (kind, _) in seen.controls.items()) or "none"
    raise MappingError(
        f"the label config has no preference control that Steadyhand knows (controls found: {found}). Use a template of "
        "the catalogue (`steadyhand templates`), or pass --mapping FILE, a TOML file with control, left and right (two "
        f"of the fields {', '.join(seen.fields) or 'of the task'}) and a table [values] from answers to left, right or tie. "
        f"For another task than pairs, pass --control NAME ({', '.join(seen.others) or 'there is none'})"
    )


def other_mapping(control: str, label_config: str) -> AnswerMapping:
    """The mapping of another task than pairs, by its control.

    Raises:
        MappingError: there is no such control, or it is of a kind that can't be compared.
    """
    seen = layout(label_config)
    if control not in seen.others:
        raise MappingError(
            f"the label config has no control {control!r} that can be monitored (there are: "
            f"{', '.join(f'{c} ({m.task})' for c, m in seen.others.items()) or 'none'})"
        )
    return seen.others[control]


def check_mapping(mapping: AnswerMapping, label_config: str) -> None:
    """Refuse a mapping that this label config does not fit.

    Raises:
        MappingError: the control, one of its values or a field is not there; names it.
    """
    seen = layout(label_config)
    if mapping.task != "pair":
        if other_mapping(mapping.control, label_config) != mapping:
            raise MappingError(f"the control {mapping.control!r} is not what it was; attach again with --control")
        return
    if mapping.control not in seen.controls:
        raise MappingError(
            f"the label config has no control named {mapping.control!r} (there are: {', '.join(seen.controls) or 'none'}); "
            "attach again with a mapping that fits"
        )
    for field in (mapping.left, mapping.right):
        if field not in seen.fields:
            raise MappingError(
                f"the label config does not show the field {field!r}; mend the mapping or the label config"
            )
    unknown = set(seen.controls[mapping.control][1]) - set(mapping.values)
    if unknown:
        raise MappingError(
            f"{mapping.control}: no meaning is given to {', '.join(sorted(unknown))}; add it to [values]"
        )


def mapping_of_answers(tasks: list[Json], control: str | None, *, source: str) -> AnswerMapping:
    """The mapping of an export, which holds no label config: of a ``control``, by the kind of its answers; else that of the
    catalogue whose control and values occur in it.

    Raises:
        InputError: there are no such answers; says which there are.
    """
    return _of_control(tasks, control, source) if control else _of_catalogue(tasks, source)


def _of_control(tasks: list[Json], control: str, source: str) -> AnswerMapping:
    every = [r for t in tasks for a in t["annotations"] for r in a.get("result") or []]
    mine = [r for r in every if r.get("from_name") == control]
    answered = {str(r.get("type")) for r in mine}
    kinds = {task for tag, task in OTHER_TASKS.items() if tag.lower() in answered}
    if len(kinds) != 1:
        names = ", ".join(sorted({str(r.get("from_name")) for r in every})) or "none"
        raise InputError(
            f"{source}: no answers of a control {control!r} that can be compared; controls with answers: {names}"
        )
    task = kinds.pop()
    values = [r.get("value") or {} for r in mine]
    if task == "choice" and any(len(v.get("choices") or []) > 1 for v in values):
        task = "choices"
    top = max([5, *(int(v["rating"]) for v in values)]) if task == "rating" else 0
    return AnswerMapping(control, task=task, top=top)


def _of_catalogue(tasks: list[Json], source: str) -> AnswerMapping:
    seen = {
        str(v)
        for task in tasks
        for a in task["annotations"]
        for r in a.get("result") or []
        if r.get("from_name") == "preference"
        for v in (r.get("value") or {}).get("choices") or []
    }
    for template in CATALOG.values():
        if seen and seen <= set(template.mapping.values):
            return template.mapping
    raise InputError(
        f"{source}: the answers are not of a template of the catalogue; pass --mapping FILE (control, left, right, [values]), or, "
        "for another task than pairs, --control NAME"
    )


def parse_mapping(text: str, *, source: str) -> AnswerMapping:
    """Read a mapping file (TOML).

    Raises:
        MappingError: names the key and the cure.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{source}: not valid TOML: {error}") from error
    for key in ("control", "left", "right"):
        if not isinstance(table.get(key), str):
            raise MappingError(f"{source}: {key} is missing; give the name as a string")
    values = table.get("values") or {"left": "left", "right": "right"}
    if table["left"] == table["right"]:
        raise MappingError(f"{source}: left and right name the same field {table['left']!r}")
    try:
        meanings = {str(k): parse_side(str(v)) for k, v in values.items()}
    except ValueError as error:
        raise MappingError(f"{source}: [values]: {error}") from error
    return AnswerMapping(table["control"], table["left"], table["right"], meanings)


def parse_side(text: str) -> int:
    """``left`` -> 1, ``right:3`` -> -3, ``tie`` -> 0. Raises ValueError, naming the text."""
    side, _, strength = text.strip().partition(":")
    if side == "tie" and not strength:
        return 0
    if side not in ("left", "right") or (strength and not (strength.isdigit() and 1 <= int(strength) <= 9)):
        raise ValueError(f"{text!r} is not an answer: write left, right or tie, with a strength of 1 to 9 as in left:3")
    return (1 if side == "left" else -1) * int(strength or 1)
