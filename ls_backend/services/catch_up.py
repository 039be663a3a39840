"""Catching up: pull from Label Studio what webhooks lost."""

from dataclasses import replace

from ls_backend.errors import MappingError
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.timestamps import format_timestamp, parse_timestamp
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.events import is_outage, reason_of
from ls_backend.services.expert_gold import follow_experts
from ls_backend.services.ground_truths import GroundTruths
from ls_backend.services.ingest import Applied, adopt_label_config, forget_tasks, ingest
from ls_backend.store import judgments, projects, seeds, tasks, unread
from ls_backend.store.records import ProjectRecord, Source, UnreadTaskRecord

MARGIN_SECONDS = 60.0  # a pull starts this much before the last one ended: rows may be committed late
ROUNDING_SECONDS = 1e-3


def catch_up(ctx: Context, actor: Actor, project: int, *, full: bool = False, track: Track = silent) -> Applied:
    """Pull what changed since the last pull, or everything with ``full``. Finds whatever webhooks lost, and, when
    everything is read, what was deleted without an event. Events may be applied meanwhile: what they say is newer than what is pulled. What
    can't be read of a task is kept aside with the reason, and read again when the task or the label config has changed, or everything is
    read."""
    record = projects.get(ctx.store, project)
    as_of, known = judgments.highest_revision(ctx.store, project), set[int]()
    kept_aside = unread.ids(ctx.store, project)
    if full or record.cursor is None:
        known = tasks.ids(ctx.store, project) | seeds.open_tasks(ctx.store, project) | kept_aside
    record = _with_label_config_of_today(ctx, actor, record)
    applied = Applied(faults=[record.config_fault] if record.config_fault else [])
    since = None if full else record.cursor
    truths = GroundTruths.of(ctx, record) if record.takes_ground_truths else None
    cursor, present, has_new = record.cursor, set(), since is None
    for task in track(ctx.gateway.tasks(project, since=since), "catching up"):
        present.add(task.id)
        has_new = has_new or _is_new(task, since)
        of_task = _read(ctx, actor, record, task, truths, as_of)
        if of_task.faults:
            more = f" (and {len(of_task.faults) - 1} more)" if len(of_task.faults) > 1 else ""
            ctx.store.save(UnreadTaskRecord(project, task.id, of_task.faults[0] + more))
        elif task.id in kept_aside:
            unread.forget(ctx.store, project, [task.id])
        applied.add(of_task)
        if task.updated_at:
            cursor = max(cursor or "", format_timestamp(parse_timestamp(task.updated_at) - MARGIN_SECONDS))
    if gone := sorted(known - present):
        applied.add(forget_tasks(ctx, project, gone))
    projects.move_cursor(ctx.store, project, cursor, label_config=record.label_config)
    if record.gold_project is not None:
        applied.faults += follow_experts(ctx, actor, record, anew=has_new)
    return applied


def _with_label_config_of_today(ctx: Context, actor: Actor, project: ProjectRecord) -> ProjectRecord:
    """The project with the label config that Label Studio has; with the one before, and a ``config_fault``, where the mapping fits it no
    longer."""
    label_config, fault = ctx.gateway.project(project.id).label_config, None
    if label_config != project.label_config:
        try:
            return adopt_label_config(ctx, actor, project, label_config)
        except MappingError as problem:
            fault = str(problem)
    if fault != project.config_fault:
        projects.change(ctx.store, project.id, config_fault=fault)
    return replace(project, config_fault=fault)


def _read(
    ctx: Context, actor: Actor, project: ProjectRecord, task: StudioTask, truths: GroundTruths | None, as_of: int
) -> Applied:
    """Take in a task as it is now, and the gold that follows from it. Whatever can't be read is a fault, and holds up nothing else."""
    applied = Applied()
    try:
        applied.add(ingest(ctx, project, [task], source=Source.CATCH_UP, as_of=as_of))
        if truths is not None:
            truths.take(ctx, actor, task)
    except Exception as problem:
        if is_outage(problem):
            raise
        applied.faults.append(reason_of(problem))
    return applied


def _is_new(task: StudioTask, since: str | None) -> bool:
    """Whether a task was made after the last change that was pulled, as far as it says when; all are where everything is read."""
    if not since or not task.created_at:
        return True
    return parse_timestamp(task.created_at) > parse_timestamp(since) + MARGIN_SECONDS + ROUNDING_SECONDS
