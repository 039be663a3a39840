"""Gold items while a project goes on: retiring, bringing back, withdrawing, adding, explaining.

A retired item is placed no more, and the answers on it still count. A withdrawn one is no gold any more: the answers on it count no longer,
as if it had never been gold. When an item becomes gold, the answers that were given on it so far become checks: first answers count. What is
settled stays settled, and is corrected by the next settlement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.label_studio.tasks import swap_sides
from ls_backend.measurement.gold import gold_answers
from ls_backend.measurement.judgments import GoldItem
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.scoring import score_changes, scored_by
from ls_backend.store import audit, gold, guides, judgments, projects, sums, tasks
from ls_backend.store import scorecards as stored
from ls_backend.store.records import GoldRecord
from ls_templates.mapping import TaskKind


def retire(ctx: Context, actor: Actor, project: int, item: str) -> bool:
    """Place a gold item no more, whatever its ground truth or its experts say later; False where it is so already.

    Raises:
        InputError: it is no gold item.
    """
    record = _gold_item(ctx, project, item)
    if record.retired_at is not None and not record.lapsed:
        return False
    _change(ctx, actor, record, "gold retired", {"retired_at": ctx.clock(), "lapsed": False})
    return True


def bring_back(ctx: Context, actor: Actor, project: int, item: str) -> bool:
    """Place a retired gold item again, to annotators who have not answered it; False where it is in use. One that had lapsed is gold by
    this word from now on, and no more by a ground truth or by experts.

    Raises:
        InputError: it is no gold item, or the guide shows it.
    """
    record = _gold_item(ctx, project, item)
    if record.retired_at is None:
        return False
    if guides.exemplar(ctx.store, project, item) is not None:
        raise InputError("the guide shows this item with its answer; drop it there first")
    source = {"truth_of_task": None, "truth_of_project": None} if record.lapsed else {}
    _change(ctx, actor, record, "gold brought back", {"retired_at": None, "lapsed": False, **source})
    return True


def explain(ctx: Context, actor: Actor, project: int, item: str, text: str) -> None:
    """Say why the known answer is beyond dispute.

    Raises:
        InputError: it is no gold item, or nothing is said.
    """
    record, explanation = _gold_item(ctx, project, item), _reason(text)
    if record.explanation != explanation:
        noted = {"before": record.explanation, "after": explanation}
        _change(ctx, actor, record, "gold explained", {"explanation": explanation}, **noted)


def add(ctx: Context, actor: Actor, project: int, item: str, *, preferred: int, explanation: str) -> bool:
    """Make an item of the project gold: ``preferred`` is +1 for its first response in canonical order, -1 for the second. False where it
    is gold with that answer already. Scorecards are computed again.

    Raises:
        InputError: no task shows it, the guide shows it, it is no pair, it is gold with another answer, or it is not said why.
    """
    of_project, known = projects.get(ctx.store, project), gold.find(ctx.store, project, item)
    if preferred not in (1, -1):
        raise InputError("say which response is better: 1 or 2")
    if guides.exemplar(ctx.store, project, item) is not None:
        raise InputError("the guide shows this item with its answer; drop it there first")
    if known is not None and known.withdrawn_at is None:
        if known.preferred != preferred:
            raise InputError("this item is gold with the other answer; withdraw it first")
        return False
    explanation = _reason(explanation)
    if of_project.mapping.task is not TaskKind.PAIR:
        raise InputError(
            "gold of other tasks than pairs comes from a file", command="`steadyhand attach --gold FILE` reads it"
        )
    task = tasks.one_of_item(ctx.store, project, item)
    if task is None:
        raise InputError(f"no task of project {project} shows item {item}")
    data = swap_sides(task.data, of_project.mapping) if task.mirrored else task.data
    noted = {"item": item, "preferred": preferred, "explanation": explanation}
    with judgments.writing(ctx.store, project, replayable=False) as connection:
        ctx.store.save(GoldRecord(project, item, preferred, explanation, task.slice, data, None), connection=connection)
        sums.mark_items(ctx.store, project, [item], connection)
        audit.note(ctx.store, project, "gold added", actor=actor.name, connection=connection, **noted)
    score_changes(ctx, project)
    return True


def withdraw(ctx: Context, actor: Actor, project: int, item: str, *, reason: str) -> bool:
    """Make an item gold no more: the answers on it count no longer; False where it was withdrawn before. Scorecards are computed again.

    Raises:
        InputError: it is no gold item, or it is not said why.
    """
    record = gold.find(ctx.store, project, item)
    if record is not None and record.withdrawn_at is not None:
        return False
    record, reason = _gold_item(ctx, project, item), _reason(reason)
    noted = {"preferred": record.preferred, "explanation": record.explanation, "reason": reason}
    _change(ctx, actor, record, "gold withdrawn", {"withdrawn_at": ctx.clock()}, **noted)
    score_changes(ctx, project)
    return True


# --- what it would change ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangedCard:
    """The scorecard of an annotator who has answered an item, ``now`` and ``after`` a change of gold; ``agreement`` is how far their
    answer is as expected, 0 to 1."""

    agreement: float
    now: Scorecard
    after: Scorecard


@dataclass(frozen=True, slots=True)
class GoldEffect:
    """What it changes that an item becomes gold with an answer, or is withdrawn: of everybody who has answered it."""

    cards: list[ChangedCard]

    @property
    def as_expected(self) -> int:
        return sum(card.agreement == 1 for card in self.cards)

    @property
    def otherwise(self) -> int:
        return len(self.cards) - self.as_expected


def effect_of_adding(ctx: Context, project: int, item: str, *, preferred: int) -> GoldEffect:
    """What :func:`add` would change; nothing is written."""
    known = gold.known_answers(ctx.store, project)
    answer = GoldItem(preferred)
    name = f"effect of {item} as gold, {preferred}"
    return figure(ctx, project, name, lambda: _effect(ctx, project, {item: answer}, known | {item: answer})).value


def effect_of_withdrawing(ctx: Context, project: int, item: str) -> GoldEffect:
    """What :func:`withdraw` would change; nothing is written."""
    known = gold.known_answers(ctx.store, project)
    of_item = {name: answer for name, answer in known.items() if name == item}
    others = {name: answer for name, answer in known.items() if name != item}
    name = f"effect of {item} as no gold"
    return figure(ctx, project, name, lambda: _effect(ctx, project, of_item, others)).value


def _effect(
    ctx: Context, project: int, of_item: Mapping[str, GoldItem], known_after: Mapping[str, GoldItem]
) -> GoldEffect:
    judged = judgments_of(ctx, project)
    answers = gold_answers(judged, of_item)
    agreement = dict(
        zip(
            [judged.annotators[a] for a in judged.annotator[answers.row].tolist()],
            answers.agreement.tolist(),
            strict=True,
        )
    )
    now = {card.annotator: card for card in stored.of_project(ctx.store, project)}
    after = {card.annotator: card for card in scored_by(ctx, project, known_after)}
    return GoldEffect(
        [ChangedCard(agreement[name], now[name], after[name]) for name in sorted(agreement) if name in now]
    )


def _reason(text: str) -> str:
    if not text.strip():
        raise InputError("say why, in a sentence")
    return text.strip()


def _gold_item(ctx: Context, project: int, item: str) -> GoldRecord:
    projects.get(ctx.store, project)
    record = gold.find(ctx.store, project, item)
    if record is None:
        raise InputError(f"item {item} of project {project} is no gold item")
    if record.withdrawn_at is not None:
        raise InputError(f"item {item} was withdrawn; make it gold again on its own page")
    return record


def _change(
    ctx: Context, actor: Actor, record: GoldRecord, what: str, columns: Mapping[str, object], **noted: object
) -> None:
    with judgments.writing(ctx.store, record.project, replayable=False) as connection:
        gold.change(ctx.store, record.project, record.item, connection, **columns)
        if "withdrawn_at" in columns:
            sums.mark_items(ctx.store, record.project, [record.item], connection)
        audit.note(ctx.store, record.project, what, actor=actor.name, connection=connection, item=record.item, **noted)
