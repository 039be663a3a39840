"""The one way in: webhook events, catching up by pulling, and the ML backend's fit() all end in :func:`ingest`.

An event is a hint: it may be lost, late, doubled or forged by a member. So rows are merged by what they say of the same
annotation, in any order, and pulling from Label Studio has the last word. The first answer counts; a later edit is
kept beside it. Nothing is ever removed.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.config import check_mapping, read_label_config
from ls_backend.label_studio.exports import Lacking, lacks
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import count_words, read_showing, slice_of
from ls_backend.label_studio.timestamps import parse_timestamp
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, judgments, projects, seeds, sums, tasks, unread
from ls_backend.store.records import EventState, Interference, JudgmentRecord, ProjectRecord, Source, TaskRecord
from ls_backend.types import Json


@dataclass
class Applied:
    """What came of a batch: counts by outcome, the annotators whose judgments changed, what could not be read, and the state of each event
    with the time of its receipt."""

    counts: Counter[str] = field(default_factory=Counter)
    annotators: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    events: list[tuple[EventState, float]] = field(default_factory=list)

    @property
    def annotations(self) -> int:
        """How many annotations made a difference, each counted once for every event or pull."""
        return sum(self.counts[outcome] for outcome in ("new", "changed", "deleted"))

    def add(self, other: "Applied") -> None:
        self.counts += other.counts
        self.annotators |= other.annotators
        self.events += other.events
        self.faults += (fault for fault in other.faults if fault not in self.faults)


def ingest(
    ctx: Context,
    project: ProjectRecord,
    task: StudioTask,
    annotations: Sequence[Json],
    *,
    source: Source,
    complete: bool = False,
) -> Applied:
    """Take in annotations of one task; those without an author are counted, and what is known of them stays. ``complete`` says that the task
    has no others: judgments we know beside them are gone, and those that can't be read are named as faults.

    Raises:
        MappingError, InputError: an annotation can't be read, of some that are not ``complete``; nothing of the task is stored then.
    """
    applied = Applied()
    showing = read_showing(task.data, project.mapping, project.fields)
    if showing is None:
        applied.counts["not a pair"] += len(annotations)
        return applied
    margin = project.margin_source.read(task)
    if margin is None and project.margin_source.model:  # events and seeds come without predictions
        margin = tasks.margin_of_item(ctx.store, project.id, showing.item)
    answers, left_out = list[AnnotationRecord](), set[str]()
    for annotation in annotations:
        if lacks(annotation) is Lacking.AUTHOR:  # the account was deleted
            applied.counts["without author"] += 1
            left_out.add(str(annotation.get("id")))
            continue
        try:
            answers.append(
                read_annotation(
                    annotation, task, showing, project.mapping, slice_field=project.slice_field, margin=margin
                )
            )
        except (MappingError, InputError) as problem:
            if not complete:
                raise
            applied.faults.append(str(problem))
            left_out.add(str(annotation.get("id")))
    with ctx.store.transaction(replayable=True) as connection:
        tasks.save(
            ctx.store,
            TaskRecord(
                project=project.id,
                id=task.id,
                item=showing.item,
                mirrored=showing.mirrored,
                slice=slice_of(task.data, project.slice_field),
                overlap=task.overlap,
                data=task.data,
                words=count_words(task.data, project.fields),
                margin=margin,
            ),
            connection,
        )
        known = judgments.of_task_or_ids(ctx.store, project.id, task.id, [a.id for a in answers], connection)
        applied.add(_merge(ctx, project, answers, known, source, connection))
        if complete:
            missing = _missing(known, {*(answer.id for answer in answers), *left_out}, task)
            deleted = judgments.mark_deleted(ctx.store, project.id, connection, ids=missing) if missing else []
            applied.add(_deletions(deleted))
            _mark(ctx, project.id, deleted, connection)
        tasks.mark_due(ctx.store, project.id, [showing.item], connection)
        for answer in answers:
            seeds.mark_answered(ctx.store, project.id, answer.task, answer.annotator, connection)
    return applied


def _merge(
    ctx: Context,
    project: ProjectRecord,
    answers: Sequence[AnnotationRecord],
    known: dict[str, JudgmentRecord],
    source: Source,
    connection: sa.Connection,
) -> Applied:
    """Write down what is new."""
    applied = Applied()
    revision: int | None = None
    for answer in answers:
        before = known.get(answer.id)
        after = merged(before, answer, project=project.id, source=source)
        if after == before:
            applied.counts["known"] += 1
            continue
        revision = revision or judgments.next_revision(ctx.store, project.id, connection)
        ctx.store.save(replace(after, revision=revision), connection=connection)
        sums.mark(ctx.store, project.id, {before.annotator if before else None, after.annotator}, connection)
        if after.preference is not None or (before and before.preference is not None):
            applied.annotators.add(answer.annotator)
        applied.counts["new" if before is None else "changed"] += 1
        if after.interference and after.interference != (before.interference if before else None):
            applied.counts["interference"] += 1
            _note_interference(ctx, answer, after, connection)
    return applied


def _note_interference(
    ctx: Context, answer: AnnotationRecord, judgment: JudgmentRecord, connection: sa.Connection
) -> None:
    audit.note(
        ctx.store,
        judgment.project,
        "interference",
        actor=f"user {answer.changed_by}",
        connection=connection,
        annotation=judgment.id,
        annotator=judgment.annotator,
        interference=judgment.interference,
    )


def merged(before: JudgmentRecord | None, answer: AnnotationRecord, *, project: int, source: Source) -> JudgmentRecord:
    """The row after hearing of ``answer``, whatever came before; pure. The margin is the task's, so the latest counts."""
    return replace(_merged(before, answer, project=project, source=source), margin=answer.margin)


def _merged(before: JudgmentRecord | None, answer: AnnotationRecord, *, project: int, source: Source) -> JudgmentRecord:
    after = _first_heard(answer, project, source)
    if before is None:
        return after
    if before.annotator is None:  # a deletion that came before its annotation
        return replace(
            after, deleted_at=None if source is Source.CATCH_UP else before.deleted_at, revision=before.revision
        )
    if before.updated is not None and answer.updated < before.updated:
        # an older version than the first we heard of is nearer to the first answer
        row = replace(
            after,
            latest=before.latest,
            latest_answer=before.latest_answer,
            latest_updated=before.latest_updated,
            deleted_at=before.deleted_at,
            source=before.source,
            revision=before.revision,
        )
    elif before.latest_updated is not None and answer.updated > before.latest_updated:
        row = _edited(before, after, by_owner=answer.by_owner)
    else:
        row = before
    if source is Source.CATCH_UP:
        return replace(row, deleted_at=None)
    return replace(row, source=source)  # the event was on its way when it was pulled


def _first_heard(answer: AnnotationRecord, project: int, source: Source) -> JudgmentRecord:
    """The row of an annotation of which nothing else is known."""
    interference = None
    if not answer.by_owner:
        interference = Interference.MEDDLED if answer.edited else Interference.FORGED
    return JudgmentRecord(
        project=project,
        id=answer.id,
        task=answer.task,
        annotator=answer.annotator,
        item=answer.item,
        mirrored=answer.mirrored,
        slice=answer.slice,
        at=answer.at,
        lead_time=answer.lead_time,
        preference=answer.preference if answer.by_owner else None,
        updated=answer.updated,
        latest=answer.preference,
        latest_updated=answer.updated,
        interference=interference,
        deleted_at=None,
        source=source,
        answer=(answer.answer or None) if answer.by_owner else None,
        latest_answer=answer.answer or None,
    )


def _edited(before: JudgmentRecord, after: JudgmentRecord, *, by_owner: bool) -> JudgmentRecord:
    """The row after a later version; the first answer stays."""
    row = replace(before, latest=after.latest, latest_answer=after.latest_answer, latest_updated=after.latest_updated)
    if not by_owner:
        if (before.latest, before.latest_answer) == (after.latest, after.latest_answer):
            return row  # the answer is the same: a reviewer marked it, as a ground truth for example
        return replace(row, interference=before.interference or Interference.CHANGED)
    if before.preference is None and before.interference is None:  # a skip that was answered after all
        return replace(
            row, preference=after.preference, answer=after.answer, updated=after.updated, lead_time=after.lead_time
        )
    return row


def _missing(known: dict[str, JudgmentRecord], present: Collection[str], task: StudioTask) -> list[str]:
    """Judgments on a task that are not among its ``present`` ones. Older ones are of an earlier task: on SQLite Label Studio gives the id
    of a deleted task to a new one."""
    created_at = parse_timestamp(task.created_at) if task.created_at else 0.0
    return [
        record.id
        for record in known.values()
        if record.id not in present and record.deleted_at is None and (record.at or 0.0) >= created_at
    ]


Deleted = Sequence[tuple[str | None, str | None]]  # the annotator and the item of each judgment


def _deletions(deleted: Deleted) -> Applied:
    return Applied(Counter({"deleted": len(deleted)}), {annotator for annotator, _ in deleted if annotator})


def _mark(ctx: Context, project: int, deleted: Deleted, connection: sa.Connection) -> None:
    """What follows from deleted judgments is to be computed again."""
    sums.mark(ctx.store, project, [annotator for annotator, _ in deleted], connection)
    tasks.mark_due(ctx.store, project, {item for _, item in deleted if item}, connection)


def forget_tasks(ctx: Context, project: int, ids: Collection[int]) -> Applied:
    """Note that tasks are gone in Label Studio, with their judgments and seeds."""
    with ctx.store.transaction() as connection:
        deleted = judgments.mark_deleted(ctx.store, project, connection, tasks=ids)
        _mark(ctx, project, deleted, connection)
        tasks.delete(ctx.store, project, ids, connection)
        unread.forget(ctx.store, project, ids, connection)
        seeds.withdraw(ctx.store, project, ids, connection)
    return _deletions(deleted)


def forget_annotations(ctx: Context, project: int, ids: Sequence[str]) -> Applied:
    """Note that annotations are gone in Label Studio, also those that we have not heard of yet."""
    with ctx.store.transaction() as connection:
        deleted = judgments.mark_deleted(ctx.store, project, connection, ids=ids)
        _mark(ctx, project, deleted, connection)
    judgments.add_tombstones(ctx.store, project, ids)
    return _deletions(deleted)


def adopt_label_config(ctx: Context, actor: Actor, project: ProjectRecord, label_config: str) -> ProjectRecord:
    """The label config changed: go on with it if the mapping still fits. Where something was kept aside, the next pull reads everything.

    Raises:
        MappingError: it does not; says what is missing.
    """
    check_mapping(project.mapping, label_config)
    fields = read_label_config(label_config).fields
    cursor = None if unread.count(ctx.store, project.id) else project.cursor
    projects.change(ctx.store, project.id, label_config=label_config, fields=fields, cursor=cursor)
    audit.note(ctx.store, project.id, "label config changed", actor=actor.name)
    return replace(project, label_config=label_config, fields=fields, cursor=cursor)
