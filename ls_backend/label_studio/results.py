"""Results of a control: what an annotation says, read into an answer. Pure."""

from collections.abc import Sequence
from typing import Any

from ls_backend.errors import InputError
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping, TaskKind

REGION_TASKS = (TaskKind.SPANS, TaskKind.BOXES)
LABEL_KEYS = ("labels", "hypertextlabels", "rectanglelabels", "choices")


def values_of(annotation: Json, mapping: AnswerMapping) -> list[Json]:
    """The values of the control's results that say something: an answer that was taken back leaves an empty one.

    Raises:
        InputError: the results are not as Label Studio writes them.
    """
    values = [r.get("value") or {} for r in results_of(annotation) if r.get("from_name") == mapping.control]
    return [value for value in values if _says_something(value, mapping.task)]


def results_of(annotation: Json) -> list[Json]:
    """The results of an annotation.

    Raises:
        InputError: they are not as Label Studio writes them.
    """
    results = annotation.get("result") or []
    if not isinstance(results, list) or not all(
        isinstance(r, dict) and isinstance(r.get("value") or {}, dict) for r in results
    ):
        raise InputError(f"annotation {annotation.get('id', '?')}: its results are not as Label Studio writes them")
    return results


def _says_something(value: Json, task: TaskKind) -> bool:
    if task is TaskKind.PAIR:
        return bool(words_of(value))
    if task is TaskKind.RATING:
        return value.get("rating") not in (None, "", 0)  # stars count from 1; 0 is what none is by default
    if task is TaskKind.RANKING:
        ranking = value.get("ranker")
        return any(ranking.values()) if isinstance(ranking, dict) else bool(ranking)
    if task in REGION_TASKS and "choices" not in value:
        return bool(value)
    return bool(value.get("choices"))


def words_of(value: Json) -> list[str]:
    """The words by which a value of a choice, a ``Pairwise`` or a rating answers, in the form that a mapping has them."""
    answer: Any = next(
        (value[key] for key in ("choices", "selected", "rating") if value.get(key) not in (None, "", [])), []
    )
    words = answer if isinstance(answer, list) else [answer]
    return [str(int(word)) if isinstance(word, float) and word.is_integer() else str(word) for word in words]


def strength_for_left(values: Sequence[Json], mapping: AnswerMapping) -> int | None:
    """How strongly the left response is preferred; None where the control was left empty. Raises ValueError, saying what is
    wrong."""
    words = sorted({word for value in values for word in words_of(value)})
    if not words:
        return None
    if len(words) > 1:
        raise ValueError(f"it holds several answers, {', '.join(map(repr, words))}; a preference is one")
    if words[0] not in mapping.values:
        raise ValueError(f"it holds {words[0]!r}, which the mapping gives no meaning; use a mapping that names it")
    return mapping.values[words[0]]


def answer_of(values: Sequence[Json], mapping: AnswerMapping) -> Json | None:
    """The answer of another task than pairs; None where the control was left empty. No spans or boxes are an answer, too.

    Choices on regions are spans or boxes with the choice as their label, so that they are compared region by region. Raises
    ValueError and other errors of malformed values.
    """
    if mapping.task in REGION_TASKS:
        return _regions(values, mapping.task)
    if not values:
        return None
    if any(map(is_region, values)):
        if mapping.task not in (TaskKind.CHOICE, TaskKind.CHOICES):
            raise ValueError(f"it holds a {mapping.task} for each region, and such are not compared")
        return _regions(values, region_task(values))
    answers = [_answer(value, mapping) for value in values]
    if any(answer != answers[0] for answer in answers):
        raise ValueError(
            f"it holds {len(answers)} results that are not the same, and no regions by which to compare them"
        )
    return answers[0]


def is_region(value: Json) -> bool:
    """Whether a value lies somewhere on what is shown."""
    return any(key in value for key in ("start", "globalOffsets", "x", "points", "rle"))


def region_task(values: Sequence[Json]) -> TaskKind:
    """Whether regions are spans or boxes. Raises ValueError where they are neither, or both."""
    tasks = {_task_of_region(value) for value in values}
    if len(tasks) != 1:
        raise ValueError("some of its regions are spans and others boxes")
    return tasks.pop()


def _task_of_region(value: Json) -> TaskKind:
    if "width" in value and "height" in value:
        return TaskKind.BOXES
    if "start" in value or "globalOffsets" in value:
        return TaskKind.SPANS
    shape = "polygons" if "points" in value else "brush strokes" if "rle" in value else "regions of this shape"
    raise ValueError(f"{shape} are not compared; spans and boxes are")


def _regions(values: Sequence[Json], task: TaskKind) -> Json:
    if values and region_task(values) is not task:
        raise ValueError(f"its regions are not {task}")
    return {str(task): [_span(value) if task is TaskKind.SPANS else _box(value) for value in values]}


def _answer(value: Json, mapping: AnswerMapping) -> Json:
    match mapping.task:
        case TaskKind.RATING:
            return {"rating": value["rating"], "of": mapping.top}
        case TaskKind.RANKING:
            return _ranking(value["ranker"], mapping.control)
        case TaskKind.CHOICES:
            return {"choices": words_of(value)}
        case _:
            words = words_of(value)
            if len(words) != 1:
                raise ValueError(f"{len(words)} choices where one is asked for")
            return {"choice": words[0]}


def _ranking(ranking: Any, control: str) -> Json:
    """A list that was put in order stands under the control's name; elements in buckets stand under theirs. ``_`` holds those that were not put into
    any bucket, in no order of the annotator's."""
    if not isinstance(ranking, dict):
        return {"ranking": ranking}
    if len(ranking) == 1 and ranking.keys() <= {control, "rank"}:
        return {"ranking": next(iter(ranking.values()))}
    return {"buckets": {name: sorted(elements) if name == "_" else elements for name, elements in ranking.items()}}


def _span(value: Json) -> list[Any]:
    offsets = value.get("globalOffsets") or value
    start, end = offsets["start"], offsets["end"]
    if isinstance(start, str) or isinstance(end, str):
        raise ValueError(
            f"a span begins at {start!r} and has no globalOffsets, without which spans in HTML can't be compared; save the "
            "annotation again in a newer Label Studio, which writes them, and export again"
        )
    return [start, end, _label(value)]


def _box(value: Json) -> list[Any]:
    return [*(value[side] for side in ("x", "y", "width", "height")), _label(value)]


def _label(value: Json) -> str:
    labels: list[Any] = next((value[key] for key in LABEL_KEYS if value.get(key)), [])
    label = ", ".join(map(str, sorted(labels)))
    return f"{label} (channel {value['channel']})" if value.get("channel") else label
