"""JSON exports of Label Studio. An export holds no label config, so its answer mapping is inferred from its answers. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from ls_backend.errors import InputError
from ls_backend.label_studio.config import KIND_OF_TAG
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.results import REGION_TASKS, is_region, region_task, results_of, words_of
from ls_backend.measurement.similarity import top_of
from ls_backend.types import Json
from ls_templates.catalog import CATALOG
from ls_templates.mapping import AnswerMapping, TaskKind

KIND_OF_TYPE = {tag.lower(): kind for tag, kind in KIND_OF_TAG.items()}
"""What the results of a type say where they do not choose between two responses."""
PAIRWISE = "pairwise"
PAIRWISE_VALUES = {"left": 1, "right": -1}
SIDE_END = re.compile(r"(left|right|[ab12])$", re.IGNORECASE)
MOST_VALUES = 12  # that a message names


class Lacking(StrEnum):
    """What an annotation may lack so that it can't be counted."""

    AUTHOR = "author"
    ID = "id"
    TIME = "time of creation"


def read_tasks(payloads: Sequence[object], *, source: str) -> list[StudioTask]:
    """The tasks of a full JSON export.

    Raises:
        InputError: it is an export in another format, or a task is not as Label Studio writes it.
    """
    tasks = []
    for number, payload in enumerate(payloads, 1):
        if not isinstance(payload, dict) or "data" not in payload or "annotations" not in payload:
            raise InputError(
                f"{source}: not a full export (entry {number} is not a task with data and annotations); choose the format JSON "
                "(not JSON-MIN) in Label Studio"
            )
        annotations = payload["annotations"] or []
        if not isinstance(payload["data"] or {}, dict) or not isinstance(annotations, list):
            raise InputError(f"{source}: entry {number}: its data or annotations are not as Label Studio writes them")
        if not all(isinstance(annotation, dict) for annotation in annotations):
            raise InputError(
                f"{source}: entry {number} has ids instead of annotations; choose the format JSON in Label Studio"
            )
        task = StudioTask.from_json({"id": number, **payload})
        for annotation in annotations:
            try:
                results_of(annotation)
            except InputError as error:
                raise InputError(f"{source}: task {task.id}, {error}; export again as JSON") from error
        tasks.append(task)
    return tasks


def lacks(annotation: Json) -> Lacking | None:
    """What an annotation lacks: the author where the account was deleted, id and time where it was never made in Label Studio."""
    author = annotation.get("completed_by")
    if author is None or (isinstance(author, dict) and author.get("id") is None and not author.get("email")):
        return Lacking.AUTHOR
    if annotation.get("id") is None:
        return Lacking.ID
    return Lacking.TIME if annotation.get("created_at") is None else None


def infer_mapping(tasks: Sequence[StudioTask], control: str | None, *, source: str) -> AnswerMapping:
    """The mapping of a ``control``, by the kind of its answers; without one, that of the catalogue's template whose control
    and values occur, or of the one ``Pairwise`` control.

    Raises:
        InputError: there are no such answers; says which there are.
    """
    if control is None:
        return _mapping_of_catalogue(tasks) or _mapping_of_pairwise(tasks, source) or _refuse_unknown(tasks, source)
    results = list(_results(tasks, control))
    types = {str(result.get("type")) for result in results}
    if types == {PAIRWISE}:
        return _pairwise_mapping(tasks, control, source)
    kinds = {KIND_OF_TYPE[name] for name in types if name in KIND_OF_TYPE}
    if not results:
        raise InputError(f"{source}: no answers of a control {control!r}; controls with answers: {_controls(tasks)}")
    if len(kinds) != 1 or not types <= KIND_OF_TYPE.keys():
        raise InputError(
            f"{source}: the control {control!r} has answers of the type {', '.join(sorted(types))}, which are not compared; compared "
            f"are, each by itself, {', '.join([*KIND_OF_TYPE, PAIRWISE])}. Controls with answers: {_controls(tasks)}"
        )
    return _mapping_of_kind(results, control, kinds.pop(), source)


def _mapping_of_kind(results: Sequence[Json], control: str, kind: TaskKind, source: str) -> AnswerMapping:
    values: list[Json] = [value for result in results if (value := result.get("value"))]
    regions = [value for value in values if is_region(value)]
    if regions and (kind in REGION_TASKS or kind in (TaskKind.CHOICE, TaskKind.CHOICES)):
        try:
            return AnswerMapping(control, task=region_task(regions))
        except ValueError as error:
            raise InputError(f"{source}: the answers of the control {control!r} can't be compared: {error}") from error
    if kind is TaskKind.CHOICE and any(len(words_of(value)) > 1 for value in values):
        kind = TaskKind.CHOICES
    ratings = [value.get("rating") for value in values]
    top = top_of(rating for rating in ratings if isinstance(rating, int | float))
    return AnswerMapping(control, task=kind, top=top if kind is TaskKind.RATING else 0)


def _mapping_of_catalogue(tasks: Sequence[StudioTask]) -> AnswerMapping | None:
    for template in CATALOG.values():
        words = _words(tasks, template.mapping.control)
        if words and words <= set(template.mapping.values):
            return template.mapping
    return None


def _mapping_of_pairwise(tasks: Sequence[StudioTask], source: str) -> AnswerMapping | None:
    controls = sorted({str(r.get("from_name")) for r in _results(tasks) if r.get("type") == PAIRWISE})
    return _pairwise_mapping(tasks, controls[0], source) if len(controls) == 1 else None


def _pairwise_mapping(tasks: Sequence[StudioTask], control: str, source: str) -> AnswerMapping:
    """The results name the two tags that are compared, but not their fields: those are named like the tags, or are the only two
    that may be meant, in the order of their names as the tags are in theirs."""
    fields = field_names(tasks)
    targets = {str(result.get("to_name")) for result in _results(tasks, control)}
    names = targets.pop().split(",") if len(targets) == 1 else []
    sides = names if {*names} <= {*fields} else sorted(_likely_sides(fields), key=_natural)
    if len(names) != 2 or len(sides) != 2:
        raise InputError(
            f"{source}: the control {control!r} is a Pairwise, and the export does not say which two fields it compares; say it by "
            f"--mapping FILE (control, left, right). The fields are {', '.join(fields) or 'none'}"
        )
    if sides is not names and _natural(names[0]) > _natural(names[1]):
        sides = sides[::-1]
    return AnswerMapping(control, sides[0], sides[1], PAIRWISE_VALUES)


def _likely_sides(fields: Sequence[str]) -> Sequence[str]:
    """The two fields that name sides; without such, those that are neither prompt nor slice."""
    return sides_among(fields) or [field for field in fields if field not in ("prompt", "slice")]


def sides_among(names: Iterable[str]) -> tuple[str, str] | None:
    """The two names that differ in their ends alone, as response_a and response_b do; None where there are no such two, or several."""
    by_stem: dict[str, list[str]] = {}
    for name in names:
        end = SIDE_END.search(name)
        if end:
            by_stem.setdefault(name[: end.start()], []).append(name)
    pairs = [sorted(sides) for sides in by_stem.values() if len(sides) == 2]
    return (pairs[0][0], pairs[0][1]) if len(pairs) == 1 else None


def _natural(name: str) -> list[tuple[int, str]]:
    """Numbers in a name in order of size: a2 before a10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _refuse_unknown(tasks: Sequence[StudioTask], source: str) -> AnswerMapping:
    partly = [t.mapping for t in CATALOG.values() if _words(tasks, t.mapping.control) & set(t.mapping.values)]
    renamed = ""
    if partly:
        words = _words(tasks, partly[0].control) - set(partly[-1].values)
        renamed = f" Was a value renamed to {_quoted(words)}? A mapping may name the old values beside the new ones."
    raise InputError(
        f"{source}: the answers are not of a template of the catalogue. Controls with answers: {_controls(tasks)}.{renamed} Pass "
        "--mapping FILE (control, left, right, [values]), or, for another task than pairs, --control NAME"
    )


def check_mapping(tasks: Sequence[StudioTask], mapping: AnswerMapping, *, source: str) -> None:
    """Refuse a mapping that does not fit the tasks of an export.

    Raises:
        InputError: no task has its fields or answers of its control, or an answer has no meaning; says which there are.
    """
    fields = field_names(tasks)
    for field in (mapping.left, mapping.right) if mapping.task is TaskKind.PAIR else ():
        if tasks and field not in fields:
            raise InputError(
                f"{source}: no task has the field {field!r} of the mapping; the fields are {', '.join(fields) or 'none'}"
            )
    controls = {str(result.get("from_name")) for result in _results(tasks)}
    if controls and mapping.control not in controls:
        raise InputError(
            f"{source}: no answers of the control {mapping.control!r}; controls with answers: {_controls(tasks)}"
        )
    words = _words(tasks, mapping.control)
    unknown = words - set(mapping.values)
    if mapping.task is TaskKind.PAIR and unknown:
        raise InputError(
            f"{source}: the mapping gives no meaning to {_quoted(unknown)}; the control {mapping.control} has the answers "
            f"{_quoted(words)}. Name all of them in [values]: several may mean the same"
        )


def field_names(tasks: Sequence[StudioTask]) -> list[str]:
    """The fields that any task has, in order."""
    return sorted({field for task in tasks for field in task.data})


def shown_fields(tasks: Sequence[StudioTask], mapping: AnswerMapping) -> list[str]:
    """The task fields that make an item, beside its responses. An export does not say which of its fields annotators saw, so a
    pair's ``prompt`` is taken where there is one, and otherwise every field but the slice."""
    fields = field_names(tasks)
    if mapping.task is TaskKind.PAIR and "prompt" in fields:
        return ["prompt"]
    return [field for field in fields if field not in (mapping.left, mapping.right, "slice")]


def _results(tasks: Sequence[StudioTask], control: str | None = None) -> Iterator[Json]:
    """The results of all annotations, or those of a ``control``."""
    for task in tasks:
        for annotation in task.annotations:
            for result in results_of(annotation):
                if control is None or result.get("from_name") == control:
                    yield result


def _words(tasks: Sequence[StudioTask], control: str) -> set[str]:
    return {word for result in _results(tasks, control) for word in words_of(result.get("value") or {})}


def _quoted(words: set[str]) -> str:
    shown = sorted(words)[:MOST_VALUES]
    return ", ".join(map(repr, shown)) + (", ..." if len(words) > MOST_VALUES else "")


def _controls(tasks: Sequence[StudioTask]) -> str:
    """The controls that have answers, with the type and the values of each."""
    types: dict[str, set[str]] = {}
    for result in _results(tasks):
        types.setdefault(str(result.get("from_name")), set()).add(str(result.get("type")))
    texts = []
    for control, names in sorted(types.items()):
        words = _words(tasks, control)
        values = f": {_quoted(words)}" if words else ""
        texts.append(f"{control} ({', '.join(sorted(names))}{values})")
    return "; ".join(texts) or "none"
