"""Gold items while a project goes on: retiring, bringing back, adding, explaining.

Answers on a retired item still count, and nothing is taken back; it is placed no more. When an item becomes gold, the answers that were
given on it so far become checks: first answers count, and what is settled stays settled.
"""

from ls_backend.errors import InputError
from ls_backend.label_studio.tasks import swap_sides
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.scoring import rescore
from ls_backend.store import audit, gold, projects, tasks
from ls_backend.store.records import GoldRecord
from ls_templates.mapping import TaskKind


def retire(ctx: Context, actor: Actor, project: int, item: str) -> bool:
    """Place a gold item no more; False where it is retired already.

    Raises:
        InputError: it is no gold item.
    """
    record = _gold_item(ctx, project, item)
    if record.retired_at is not None:
        return False
    _change(ctx, actor, record, "gold retired", retired_at=ctx.clock())
    return True


def bring_back(ctx: Context, actor: Actor, project: int, item: str) -> bool:
    """Place a retired gold item again, to annotators who have not answered it; False where it is in use.

    Raises:
        InputError: it is no gold item.
    """
    record = _gold_item(ctx, project, item)
    if record.retired_at is None:
        return False
    _change(ctx, actor, record, "gold brought back", retired_at=None)
    return True


def explain(ctx: Context, actor: Actor, project: int, item: str, text: str) -> None:
    """Say why the known answer is beyond dispute.

    Raises:
        InputError: it is no gold item.
    """
    record = _gold_item(ctx, project, item)
    if record.explanation != text.strip():
        _change(ctx, actor, record, "gold explained", explanation=text.strip())


def add(ctx: Context, actor: Actor, project: int, item: str, *, preferred: int, explanation: str) -> bool:
    """Make an item of the project gold: ``preferred`` is +1 for its first response in canonical order, -1 for the second. False where it
    is gold with that answer already. Scorecards are computed again.

    Raises:
        InputError: no task shows it, it is no pair, or it is gold with another answer.
    """
    of_project, known = projects.get(ctx.store, project), gold.find(ctx.store, project, item)
    if preferred not in (1, -1):
        raise InputError("say which response is better: 1 or 2")
    if known is not None:
        if known.preferred != preferred:
            raise InputError("this item is gold with the other answer; retire it, and let a reviewer look at it")
        return False
    if of_project.mapping.task is not TaskKind.PAIR:
        raise InputError("gold of other tasks than pairs comes from a file: `steadyhand attach --gold FILE`")
    task = tasks.one_of_item(ctx.store, project, item)
    if task is None:
        raise InputError(f"no task of project {project} shows item {item}")
    data = swap_sides(task.data, of_project.mapping) if task.mirrored else task.data
    ctx.store.save(GoldRecord(project, item, preferred, explanation.strip(), task.slice, data, None))
    audit.note(ctx.store, project, "gold added", actor=actor.name, item=item, preferred=preferred)
    rescore(ctx, actor, project)
    return True


def _gold_item(ctx: Context, project: int, item: str) -> GoldRecord:
    projects.get(ctx.store, project)
    record = gold.find(ctx.store, project, item)
    if record is None:
        raise InputError(f"item {item} of project {project} is no gold item")
    return record


def _change(ctx: Context, actor: Actor, record: GoldRecord, what: str, **columns: object) -> None:
    with ctx.store.transaction() as connection:
        gold.change(ctx.store, record.project, record.item, connection, **columns)
        audit.note(ctx.store, record.project, what, actor=actor.name, connection=connection, item=record.item)
