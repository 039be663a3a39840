"""Items with what was said of them, and one item with everything."""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.consensus import Consensus, consensus_of_items
from ls_backend.errors import MissingError
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import Context
from ls_backend.services.queries.consensus import consensus_of, vote_weights
from ls_backend.services.queries.figures import figure
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, guides, projects, tasks, unclear
from ls_backend.store import judgments as stored
from ls_backend.store.records import GoldRecord, JudgmentRecord, ProjectRecord, UnclearRecord
from ls_backend.types import Json
from ls_templates.mapping import TaskKind

EXCERPT = 80  # characters


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item: the beginning of what it shows, how many annotators have answered (``votes``), how often it was shown, the consensus and
    how decided the answers are (``score``, 0 to 1), both None in other tasks than pairs."""

    item: str
    excerpt: str
    slice: str | None
    votes: int
    shown: int
    consensus: Consensus | None
    score: float | None
    is_gold: bool


def items_of(ctx: Context, project: int, *, answered_by: tuple[str, ...] = ()) -> list[ItemRow]:
    """All items that were answered; or those that each of some annotators has answered."""
    rows = figure(ctx, project, "items", lambda: _rows(ctx, project)).value
    if not answered_by:
        return rows
    judged = judgments_of(ctx, project)
    by_each = [set(judged.item[list(judged.rows_of(annotator))].tolist()) for annotator in answered_by]
    common = {judged.items[index] for index in set.intersection(*by_each)}
    return [row for row in rows if row.item in common]


def excerpts_of(ctx: Context, project: int) -> dict[str, str]:
    """How what each item shows begins, gold items too."""

    def read() -> dict[str, str]:
        record = projects.get(ctx.store, project, detached=True)
        data = {known.item: known.data for known in gold.records(ctx.store, project)}
        return {item: excerpt(shown, record) for item, shown in (data | tasks.data_by_item(ctx.store, project)).items()}

    return figure(ctx, project, "excerpts", read).value


def _rows(ctx: Context, project: int) -> list[ItemRow]:
    record, judged = projects.get(ctx.store, project), judgments_of(ctx, project)
    known, data = gold.known_answers(ctx.store, project), tasks.data_by_item(ctx.store, project)
    votes = np.bincount(judged.item[judged.first_showings], minlength=len(judged.items))
    shown = np.bincount(judged.item, minlength=len(judged.items))
    consensus: list[Consensus | None] = [None] * len(judged.items)
    if record.mapping.task is TaskKind.PAIR and judged:
        consensus = list(consensus_of_items(judged, vote_weights(ctx, project, judged)).rows())
    slices = _slices(judged)
    return [
        ItemRow(
            item=name,
            excerpt=excerpt(data.get(name, {}), record),
            slice=slices[index],
            votes=int(votes[index]),
            shown=int(shown[index]),
            consensus=agreed,
            score=None if agreed is None else agreed.score,
            is_gold=name in known,
        )
        for index, (name, agreed) in enumerate(zip(judged.items, consensus, strict=True))
    ]


def _slices(judged: Judgments) -> list[str | None]:
    """The slice of each item."""
    names = (*judged.slices, None)
    of_item = np.full(len(judged.items), -1)
    of_item[judged.item] = judged.slice
    return [names[s] for s in of_item.tolist()]


def excerpt(data: Json, project: ProjectRecord) -> str:
    """How what a task shows begins: the fields that are no responses first."""
    responses = (project.mapping.left, project.mapping.right)
    fields = sorted(project.fields, key=lambda name: name in responses)
    text = next((readable(data[name]) for name in fields if data.get(name)), "")
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"


def readable(value: object) -> str:
    """The text of a task's field; of a conversation, its turns."""
    if isinstance(value, list) and all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in value):
        return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """What an annotator said: ``said`` in words, ``strength`` on a scale; ``showing`` counts their showings of the item from 1;
    ``side`` is where the preferred response stood, "" for none."""

    annotator: str
    task: int
    at: float
    said: str
    strength: int | None
    side: str
    showing: int
    lead_time: float | None


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of what an item shows; ``name`` is what people call it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What is expected on a gold item, and why; ``response`` is 1 or 2 of a pair, None of another task."""

    expected: str
    response: int | None
    explanation: str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """``context`` is what stands beside the responses, ``responses`` both of a pair in canonical order; ``withdrawn_at`` says when it
    ceased to be gold, None where it did not; ``unclear`` is what annotators who could not judge it said; ``is_exemplar`` says that the
    guide shows it."""

    item: str
    context: list[ShownField]
    responses: list[ShownField]
    answers: list[ItemAnswer]
    consensus: Consensus | None
    gold: KnownAnswer | None
    withdrawn_at: float | None
    tasks: list[int]
    is_pair: bool
    unclear: list[UnclearRecord]
    is_exemplar: bool
    top_strength: int


def item_detail(ctx: Context, project: int, item: str) -> ItemDetail:
    """One item.

    Raises:
        MissingError: no task shows it, and nobody has answered it.
    """
    record, known = projects.get(ctx.store, project), gold.find(ctx.store, project, item)
    task = tasks.one_of_item(ctx.store, project, item)
    answers, questions = stored.of_item(ctx.store, project, item), unclear.of_item(ctx.store, project, item)
    if task is None and known is None and not answers and not questions:
        raise MissingError(f"project {project} has no item {item}")
    context, responses = shown_of(ctx, project, item)
    is_pair = record.mapping.task is TaskKind.PAIR
    return ItemDetail(
        item=item,
        context=context,
        responses=responses,
        answers=_answers(answers, is_pair=is_pair),
        consensus=consensus_of(ctx, project, [item]).get(item) if is_pair else None,
        gold=None if known is None or known.withdrawn_at is not None else _known(known),
        withdrawn_at=known.withdrawn_at if known else None,
        tasks=sorted(tasks.of_items(ctx.store, project, [item])),
        is_pair=is_pair,
        unclear=questions,
        is_exemplar=guides.exemplar(ctx.store, project, item) is not None,
        top_strength=record.mapping.top_strength,
    )


def _known(record: GoldRecord) -> KnownAnswer:
    response = None if record.answer or not record.preferred else 1 if record.preferred > 0 else 2
    expected = expected_in_words(record.preferred, record.answer)
    return KnownAnswer(expected, response, record.explanation, record.retired_at is not None)


def shown_of(ctx: Context, project: int, item: str) -> tuple[list[ShownField], list[ShownField]]:
    """What an item shows: what stands beside the responses, and both responses of a pair in canonical order. Nothing where no task shows it
    any more."""
    record, task = projects.get(ctx.store, project), tasks.one_of_item(ctx.store, project, item)
    if task is not None:
        return _shown(task.data, record, mirrored=task.mirrored)
    known = gold.find(ctx.store, project, item)
    return _shown(known.data if known else {}, record, mirrored=False)


def _shown(data: Json, project: ProjectRecord, *, mirrored: bool) -> tuple[list[ShownField], list[ShownField]]:
    mapping = project.mapping
    sides = (mapping.right, mapping.left) if mirrored else (mapping.left, mapping.right)
    context = [
        ShownField(name.replace("_", " "), readable(data[name]))
        for name in project.fields
        if name in data and name not in sides
    ]
    responses = [
        ShownField(f"Response {n}", readable(data[name])) for n, name in enumerate(sides, 1) if name and name in data
    ]
    return context, responses


def _answers(records: list[JudgmentRecord], *, is_pair: bool) -> list[ItemAnswer]:
    showings: dict[str, int] = {}
    answers = []
    for record in records:
        if record.annotator is None or record.task is None or record.at is None or record.preference is None:
            continue
        showings[record.annotator] = showings.get(record.annotator, 0) + 1
        answers.append(
            ItemAnswer(
                annotator=record.annotator,
                task=record.task,
                at=record.at,
                said=preference_in_words(record.preference) if is_pair else str(record.answer),
                strength=abs(record.preference) if is_pair else None,
                side=_side(record) if is_pair else "",
                showing=showings[record.annotator],
                lead_time=record.lead_time,
            )
        )
    return answers


def _side(record: JudgmentRecord) -> str:
    if not record.preference:
        return ""
    return "left" if (record.preference > 0) != bool(record.mirrored) else "right"


def preference_in_words(preference: int) -> str:
    """An answer on a pair, by the canonical order of its responses."""
    if not preference:
        return "a tie"
    return "response 1" if preference > 0 else "response 2"


def expected_in_words(preferred: int, answer: str | None) -> str:
    """The known answer of a gold item."""
    return answer or preference_in_words(preferred)
