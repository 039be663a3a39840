"""JSON exports of Label Studio. An export holds no label config, so its answer mapping is inferred from its answers. Pure."""

import json
from collections.abc import Iterator, Sequence

from ls_backend.errors import InputError
from ls_backend.label_studio.config import DEFAULT_TOP_RATING, KIND_OF_TAG
from ls_backend.label_studio.records import StudioTask
from ls_backend.types import Json
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping, TaskKind


def read_export(text: str, *, source: str) -> list[StudioTask]:
    """The tasks of a full JSON export.

    Raises:
        InputError: it is not JSON, or an export in another format.
    """
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: not valid JSON, {error}; export again as JSON") from error
    if any(not isinstance(task, dict) or "data" not in task or "annotations" not in task for task in tasks):
        raise InputError(f"{source}: not a full export; choose the format JSON (not JSON-MIN) in Label Studio")
    return [StudioTask.from_json(task) for task in tasks]


def infer_mapping(tasks: Sequence[StudioTask], control: str | None, *, source: str) -> AnswerMapping:
    """The mapping of a ``control``, by the kind of its answers; without one, that of the catalogue's template whose control
    and values occur.

    Raises:
        InputError: there are no such answers; says which there are.
    """
    return _mapping_of_control(tasks, control, source) if control else _mapping_of_catalogue(tasks, source)


def shown_fields(tasks: Sequence[StudioTask], mapping: AnswerMapping) -> list[str]:
    """The task fields that make an item, beside its responses. An export does not say which of its fields annotators saw, so a
    pair's ``prompt`` is taken where there is one, and otherwise every field but the slice."""
    data = tasks[0].data if tasks else {}
    if mapping.task is TaskKind.PAIR and "prompt" in data:
        return ["prompt"]
    return sorted(set(data) - {mapping.left, mapping.right, "slice"})


def _results(tasks: Sequence[StudioTask]) -> Iterator[Json]:
    for task in tasks:
        for annotation in task.annotations:
            yield from annotation.get("result") or []


def _mapping_of_control(tasks: Sequence[StudioTask], control: str, source: str) -> AnswerMapping:
    results = [result for result in _results(tasks) if result.get("from_name") == control]
    types = {str(result.get("type")) for result in results}
    kinds = {kind for tag, kind in KIND_OF_TAG.items() if tag.lower() in types}
    if len(kinds) != 1:
        names = ", ".join(sorted({str(result.get("from_name")) for result in _results(tasks)})) or "none"
        raise InputError(
            f"{source}: no answers of a control {control!r} that can be compared; controls with answers: {names}"
        )
    (kind,) = kinds
    values = [result.get("value") or {} for result in results]
    if kind is TaskKind.CHOICE and any(len(value.get("choices") or []) > 1 for value in values):
        kind = TaskKind.CHOICES
    top = max([DEFAULT_TOP_RATING, *(int(v["rating"]) for v in values)]) if kind is TaskKind.RATING else 0
    return AnswerMapping(control, task=kind, top=top)


def _mapping_of_catalogue(tasks: Sequence[StudioTask], source: str) -> AnswerMapping:
    for template in CATALOG.values():
        choices = {
            str(choice)
            for result in _results(tasks)
            if result.get("from_name") == template.mapping.control
            for choice in (result.get("value") or {}).get("choices") or []
        }
        if choices and choices <= set(template.mapping.values):
            return template.mapping
    raise InputError(
        f"{source}: the answers are not of a template of the catalogue; pass --mapping FILE (control, left, right, [values]), or, "
        "for another task than pairs, --control NAME"
    )
