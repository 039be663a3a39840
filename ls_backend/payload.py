"""Label Studio JSON <-> our facts. The only file that knows its keys; pure.

Label Studio's words (task, annotation, completed_by) stop here: beyond are items, judgments and annotators.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import defusedxml.ElementTree as ElementTree

from ls_backend.core.judgments import Judgment
from ls_backend.core.similarity import canonical
from ls_backend.errors import InputError, MappingError
from ls_templates.catalog import CATALOG, Mapping

Json = dict[str, Any]
CHOICE_TAGS = {"Choices": "choices", "Pairwise": "selected", "Rating": "rating"}
OTHER_TASKS = {  # what a control asks for where it does not choose between two responses
    "Choices": "choice",
    "Rating": "rating",
    "Ranker": "ranking",
    "Labels": "spans",
    "HyperTextLabels": "spans",
    "RectangleLabels": "boxes",
}


# --- label configs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """A label config as far as we read it: the controls that can hold a preference, with their kind and values, and the
    task fields shown to the annotator. ``others`` are the mappings of controls that other tasks than pairs are answered by."""

    controls: Dict[str, tuple[str, tuple[str, ...]]]
    fields: tuple[str, ...]
    sides: Dict[str, tuple[str, str]]
    others: Dict[str, Mapping]


def layout(label_config: str) -> Layout:
    """Read a label config.

    Raises:
        MappingError: it is not XML.
    """
    try:
        root = ElementTree.fromstring(label_config)
    except ElementTree.ParseError as error:
        raise MappingError(f"the label config is not valid XML ({error}); save it again in Label Studio") from error
    controls, sides, others, fields, field_of = {}, {}, dict[str, Mapping](), [], {}
    for tag in root.iter():
        for attribute, value in tag.attrib.items():
            if attribute in ("value", "valueList") and value.startswith("$"):
                fields.append(value[1:])
                field_of[tag.get("name", "")] = value[1:]
    for tag in root.iter():
        name = tag.get("name")
        if name and tag.tag in OTHER_TASKS:
            task = "choices" if tag.tag == "Choices" and tag.get("choice") == "multiple" else OTHER_TASKS[tag.tag]
            others[name] = Mapping(name, task=task, top=int(tag.get("maxRating") or 5) if task == "rating" else 0)
        if name and tag.tag in CHOICE_TAGS:
            controls[name] = (tag.tag, tuple(c.get("alias") or c.get("value") or "" for c in tag.iter("Choice")))
            targets = [field_of.get(t, "") for t in tag.get("toName", "").split(",")]
            if tag.tag == "Pairwise" and len(targets) == 2 and all(targets):
                sides[name] = (targets[0], targets[1])
    return Layout(controls, tuple(dict.fromkeys(fields)), sides, others)


def find_mapping(label_config: str) -> Mapping:
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
        return Mapping(control, left, right, {"left": 1, "right": -1})
    found = ", ".join(f"{name} ({kind})" for name, (kind, _) in seen.controls.items()) or "none"
    raise MappingError(
        f"the label config has no preference control that Steadyhand knows (controls found: {found}). Use a template of "
        "the catalogue (`steadyhand templates`), or pass --mapping FILE, a TOML file with control, left and right (two "
        f"of the fields {', '.join(seen.fields) or 'of the task'}) and a table [values] from answers to left, right or tie. "
        f"For another task than pairs, pass --control NAME ({', '.join(seen.others) or 'there is none'})"
    )


def other_mapping(control: str, label_config: str) -> Mapping:
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


def check_mapping(mapping: Mapping, label_config: str) -> None:
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


def mapping_of_answers(tasks: list[Json], control: str | None, *, source: str) -> Mapping:
    """The mapping of an export, which holds no label config: of a ``control``, by the kind of its answers; else that of the
    catalogue whose control and values occur in it.

    Raises:
        InputError: there are no such answers; says which there are.
    """
    return _of_control(tasks, control, source) if control else _of_catalogue(tasks, source)


def _of_control(tasks: list[Json], control: str, source: str) -> Mapping:
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
    return Mapping(control, task=task, top=top)


def _of_catalogue(tasks: list[Json], source: str) -> Mapping:
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


def parse_mapping(text: str, *, source: str) -> Mapping:
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
    return Mapping(table["control"], table["left"], table["right"], meanings)


def parse_side(text: str) -> int:
    """``left`` -> 1, ``right:3`` -> -3, ``tie`` -> 0. Raises ValueError, naming the text."""
    side, _, strength = text.strip().partition(":")
    if side == "tie" and not strength:
        return 0
    if side not in ("left", "right") or (strength and not (strength.isdigit() and 1 <= int(strength) <= 9)):
        raise ValueError(f"{text!r} is not an answer: write left, right or tie, with a strength of 1 to 9 as in left:3")
    return (1 if side == "left" else -1) * int(strength or 1)


# --- items -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Showing:
    """A pair as a task shows it: the item it is, and whether its second response stands on the left."""

    item: str
    mirrored: bool


def showing(data: Json, mapping: Mapping, fields: Iterable[str]) -> Showing | None:
    """Which item a task's data shows, by what the annotator can see of it; None where a side is missing.

    Of the two responses, the one whose text sorts first is the item's first response; so the same pair with its sides
    swapped is the same item, mirrored. In other tasks than pairs, everything that is shown makes the item.
    """
    if mapping.task != "pair":
        shown = {f: _text(data[f]) for f in sorted(fields) if f in data}
        return Showing(_name(shown), mirrored=False) if shown else None
    if mapping.left not in data or mapping.right not in data:
        return None
    left, right = _text(data[mapping.left]), _text(data[mapping.right])
    context = {f: _text(data.get(f)) for f in sorted(fields) if f not in (mapping.left, mapping.right)}
    return Showing(_name([context, sorted((left, right))]), mirrored=left > right)


def _name(shown: object) -> str:
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:20]


def words_of(data: Json, fields: Iterable[str]) -> int:
    """How many words a task shows."""
    return sum(len(_text(data[f]).split()) for f in fields if f in data)


def swap(data: Json, mapping: Mapping) -> Json:
    """The same pair with its sides swapped; all other fields, and their order, as they are. Other tasks have no sides."""
    return {key: data[mapping.flip.get(key, key)] for key in data}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


# --- annotations -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """An annotation as it stands now. ``preference`` is canonical, None for a skip or an empty answer, 0 in other tasks than
    pairs, which have an ``answer``; ``edited`` says that it was changed after it was made, ``by_owner`` that its author wrote it
    last."""

    id: str
    task: int
    annotator: str
    item: str
    mirrored: bool
    preference: int | None
    at: float
    updated: float
    lead_time: float | None
    slice: str | None
    edited: bool
    by_owner: bool
    answer: str = ""

    def judgment(self) -> Judgment | None:
        """The fact the scorecards are folded from; None for a skip."""
        if self.preference is None:
            return None
        return Judgment(
            annotator=self.annotator,
            item=self.item,
            preference=self.preference,
            mirrored=self.mirrored,
            at=self.at,
            id=self.id,
            lead_time=self.lead_time,
            slice=self.slice,
            answer=self.answer,
        )


def answer(
    annotation: Json, task: Json, mapping: Mapping, fields: Iterable[str], *, slice_field: str | None = None
) -> Answer | None:
    """Read one annotation of a task; None where the task does not show a pair.

    Raises:
        MappingError: the answer has a value that the mapping does not know.
        InputError: a key that every annotation has is missing.
    """
    shown = showing(task.get("data") or {}, mapping, fields)
    if shown is None:
        return None
    try:
        author, at = user_id(annotation["completed_by"]), timestamp(annotation["created_at"])
        updated = timestamp(annotation.get("updated_at") or annotation["created_at"])
        identity, task_id = str(annotation["id"]), int(task["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"annotation {annotation.get('id', '?')} lacks a usable {error}; is this a full export?"
        ) from error
    editor = annotation.get("updated_by")
    result = [r for r in annotation.get("result") or [] if r.get("from_name") == mapping.control]
    skipped = bool(annotation.get("was_cancelled"))
    left = None if skipped or mapping.task != "pair" else _side(result, mapping, identity)
    said = "" if skipped or mapping.task == "pair" else _said(result, mapping, identity)
    preference = 0 if said else None if left is None else -left if shown.mirrored else left
    lead = annotation.get("lead_time")
    section = task["data"].get(slice_field) if slice_field else None
    return Answer(
        id=identity,
        task=task_id,
        annotator=author,
        item=shown.item,
        mirrored=shown.mirrored,
        preference=preference,
        at=at,
        updated=updated,
        lead_time=float(lead) if isinstance(lead, int | float) else None,
        slice=None if section is None else str(section),
        edited=updated - at > 1.0,
        by_owner=editor is None or user_id(editor) == author,
        answer=said,
    )


def _side(result: list[Json], mapping: Mapping, identity: str) -> int | None:
    """Signed strength for the left side; None where the control was left empty."""
    for region in result:
        value = region.get("value") or {}
        given = value.get("choices") or value.get("selected") or value.get("rating")
        given = str(given[0] if isinstance(given, list) else given)
        if given not in mapping.values:
            raise MappingError(
                f"annotation {identity}: the control {mapping.control} holds {given!r}, which the mapping gives no "
                "meaning; attach again with a mapping that names it"
            )
        return mapping.values[given]
    return None


def _said(result: list[Json], mapping: Mapping, identity: str) -> str:
    """The canonical answer of another task than pairs; "" where the control was left empty. No regions are an answer, too."""
    values = [r.get("value") or {} for r in result]
    try:
        if mapping.task == "spans":
            return canonical({"spans": [_span(v) for v in values]})
        if mapping.task == "boxes":
            sides = ("x", "y", "width", "height")
            return canonical({"boxes": [[*(v[k] for k in sides), _label(v, "rectanglelabels")] for v in values]})
        if not values:
            return ""
        if mapping.task == "rating":
            return canonical({"rating": values[0]["rating"], "of": mapping.top})
        if mapping.task == "ranking":
            ranked = values[0]["ranker"]
            return canonical({"ranking": next(iter(ranked.values())) if isinstance(ranked, dict) else ranked})
        chosen = values[0]["choices"]
        return canonical({"choices": chosen} if mapping.task == "choices" else {"choice": chosen[0]})
    except (KeyError, IndexError, StopIteration, InputError) as error:
        raise MappingError(
            f"annotation {identity}: the control {mapping.control} holds no {mapping.task} that can be read ({error}); "
            "attach again with --control"
        ) from error


def _span(value: Json) -> list[Any]:
    place = value.get("globalOffsets") or value
    return [int(place["start"]), int(place["end"]), _label(value, "labels", "hypertextlabels")]


def _label(value: Json, *keys: str) -> str:
    found: list[Any] = next((value[k] for k in keys if value.get(k)), [])
    return ", ".join(map(str, sorted(found)))


def user_id(user: object) -> str:
    """``completed_by`` is an id in events and a record in exports."""
    found = user.get("id") if isinstance(user, dict) else user
    if found is None:
        raise KeyError("completed_by")
    return str(found)


def timestamp(text: str) -> float:
    """ISO 8601 with a zone -> seconds since the epoch."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.timestamp()


def moment(seconds: float) -> str:
    """Seconds since the epoch -> the one form in which Label Studio's filters take a time."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- events ------------------------------------------------------------------------------------------------------

ACTIONS = (
    "ANNOTATION_CREATED",
    "ANNOTATIONS_CREATED",
    "ANNOTATION_UPDATED",
    "ANNOTATIONS_DELETED",
    "TASKS_DELETED",
)


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook event. ``key`` is the same for two deliveries of one event; ``task`` is None where Label Studio sends
    ids only; ``annotations`` and ``deleted`` are what it tells of."""

    key: str
    action: str
    project: int
    task: Json | None
    annotations: tuple[Json, ...]
    deleted_annotations: tuple[str, ...]
    deleted_tasks: tuple[int, ...]
    label_config: str | None


def event(body: object) -> Event:
    """Read a webhook's body.

    Raises:
        InputError: it is not an event of Label Studio; says what is missing.
    """
    if not isinstance(body, dict):
        raise InputError("the body must be a JSON object, as Label Studio's webhooks send it")
    action, project = body.get("action"), body.get("project")
    if action not in ACTIONS:
        raise InputError(f"action {action!r} is not one Steadyhand listens to ({', '.join(ACTIONS)})")
    if not isinstance(project, dict) or not isinstance(project.get("id"), int):
        raise InputError("project.id is missing; is `send payload` switched off on the webhook?")
    found = body.get("annotation") if "annotation" in body else body.get("annotations")
    annotations = [a for a in (found if isinstance(found, list) else [found]) if isinstance(a, dict)]
    if action.startswith("ANNOTATION") and not annotations:
        raise InputError("an annotation event without annotation; is `send payload` switched off on the webhook?")
    if any("id" not in a for a in annotations):
        raise InputError("annotation.id is missing")
    task = body.get("task")
    tasks = [t for t in body.get("tasks") or [] if isinstance(t, dict) and isinstance(t.get("id"), int)]
    gone = action == "ANNOTATIONS_DELETED"
    identity = [action, project["id"], sorted((str(a["id"]), str(a.get("updated_at"))) for a in annotations)]
    if action == "TASKS_DELETED":
        identity.append(sorted(t["id"] for t in tasks))
    return Event(
        key=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
        action=action,
        project=project["id"],
        task=task if isinstance(task, dict) else None,
        annotations=() if gone else tuple(annotations),
        deleted_annotations=tuple(str(a["id"]) for a in annotations) if gone else (),
        deleted_tasks=tuple(t["id"] for t in tasks) if action == "TASKS_DELETED" else (),
        label_config=project.get("label_config"),
    )


# --- what we write -----------------------------------------------------------------------------------------------


def prediction(preferred: int, mapping: Mapping, *, mirrored: bool, label_config: str) -> list[Json]:
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


SCORECARD_FIELDS = (
    "annotator",
    "standing",
    "reputation",
    "reputation_low",
    "reputation_high",
    "self_consistency",
    "gold_accuracy",
    "judgments",
    "retests",
    "bonus",
    "settled",
    "updated",
)
SCORECARD_CONFIG = (
    "<View>"
    + "".join(
        f'<Header size="6" value="{f.replace("_", " ")}"/><Text name="{f}" value="${f}"/>' for f in SCORECARD_FIELDS
    )
    + '<TextArea name="note" toName="annotator" placeholder="Notes"/></View>'
)


def scorecard_data(pseudonym: str, card: Json, *, updated: str) -> dict[str, str]:
    """The task of a scorecard. Label Studio sorts data columns as strings, so numbers are padded to a fixed width:
    that way they sort as numbers. Unknown is a dash, which sorts below every number."""

    def number(value: float | None, width: int, digits: int) -> str:
        return "-" if value is None else f"{value:0{width}.{digits}f}"

    return {
        "annotator": pseudonym,
        "standing": card["standing"],
        "reputation": number(card["reputation"]["value"], 5, 1),
        "reputation_low": number(card["reputation"]["low"], 5, 1),
        "reputation_high": number(card["reputation"]["high"], 5, 1),
        "self_consistency": number(card["self_consistency"]["value"], 5, 3),
        "gold_accuracy": number(card["gold"]["value"], 5, 3),
        "judgments": number(card["judgments"], 6, 0),
        "retests": number(card["retests"], 6, 0),
        "bonus": f"{number(card['bonus_minor'] / 100, 9, 2)} {card['currency']}",
        "settled": f"{number(card.get('settled_minor', 0) / 100, 9, 2)} {card['currency']}",
        "updated": updated,
    }
