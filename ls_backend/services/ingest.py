"""The one way in: webhook events, catching up by pulling, and the ML backend's fit() all end in :func:`ingest`.

An event is a hint: it may be lost, late, doubled or forged by a member. So rows are merged by what they say of the same
annotation, in any order, and pulling from Label Studio has the last word. The first answer counts; a later edit is
kept beside it. Nothing is ever removed.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.config import check_mapping, read_label_config
from ls_backend.label_studio.exports import Lacking, lacks
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import Showing, count_words, read_showing, slice_of
from ls_backend.label_studio.timestamps import parse_timestamp
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, judgments, projects, seeds, sums, tasks, unread
from ls_backend.store.records import EventState, Interference, JudgmentRecord, ProjectRecord, Source, TaskRecord


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
    work: Sequence[StudioTask],
    *,
    source: Source,
    as_of: int | None = None,
) -> Applied:
    """Take in some tasks with annotations, in one transaction. Those without an author are counted, and what is known of them stays. Where
    these are all that the tasks had when judgments had the revision ``as_of``, those that we knew by then and are not among them are gone,
    and those that can't be read are named as faults.

    Raises:
        MappingError, InputError: an annotation can't be read, and there may be others; nothing is stored then.
    """
    applied = Applied()
    shown = _shown(ctx, project, work)
    tasks_shown = {one.task.id: one for one in shown}
    applied.counts["not a pair"] = sum(len(task.annotations) for task in work if task.id not in tasks_shown)
    answers = _answers(project, shown, applied, or_fault=as_of is not None)
    with judgments.writing(ctx.store, project.id) as connection:
        tasks.save_all(ctx.store, [one.record(project) for one in tasks_shown.values()], connection)
        known = judgments.with_ids(ctx.store, project.id, {answer.id for answer in answers}, connection)
        applied.add(_merge(ctx, project, answers, known, source, connection, as_of=as_of))
        if as_of is not None:
            missing = _missing(ctx, project, [one.task for one in shown], as_of, connection)
            deleted = judgments.mark_deleted(ctx.store, project.id, connection, ids=missing) if missing else []
            applied.add(_deletions(deleted))
            _mark(ctx, project.id, deleted, connection)
        tasks.mark_due(ctx.store, project.id, {one.showing.item for one in shown}, connection)
        answered = {answer.task: answer.annotator for answer in reversed(answers)}
        seeds.mark_answered(ctx.store, project.id, answered, connection)
    return applied


def _answers(
    project: ProjectRecord, shown: Sequence["_Shown"], applied: Applied, *, or_fault: bool
) -> list[AnnotationRecord]:
    """What annotations say. Those without an author are counted. One that can't be read is a fault, or raises MappingError or InputError."""
    answers = []
    for one in shown:
        for annotation in one.task.annotations:
            if lacks(annotation) is Lacking.AUTHOR:  # the account was deleted
                applied.counts["without author"] += 1
                continue
            try:
                answers.append(
                    read_annotation(
                        annotation,
                        one.task,
                        one.showing,
                        project.mapping,
                        slice_field=project.slice_field,
                        margin=one.margin,
                    )
                )
            except (MappingError, InputError) as problem:
                if not or_fault:
                    raise
                applied.faults.append(str(problem))
    return answers


@dataclass(frozen=True, slots=True)
class _Shown:
    """A task, what it shows, and the margin of that, where one is known."""

    task: StudioTask
    showing: Showing
    margin: float | None

    def record(self, project: ProjectRecord) -> TaskRecord:
        data = self.task.data
        return TaskRecord(
            project=project.id,
            id=self.task.id,
            item=self.showing.item,
            mirrored=self.showing.mirrored,
            slice=slice_of(data, project.slice_field),
            overlap=self.task.overlap,
            data=data,
            words=count_words(data, project.fields),
            margin=self.margin,
        )


def _shown(ctx: Context, project: ProjectRecord, work: Sequence[StudioTask]) -> list[_Shown]:
    """The tasks that show something to be judged."""
    shown = [
        _Shown(task, showing, project.margin_source.read(task))
        for task in work
        if (showing := read_showing(task.data, project.mapping, project.fields)) is not None
    ]
    if not project.margin_source.model:
        return shown
    without = {one.showing.item for one in shown if one.margin is None}  # events and seeds come without predictions
    margins = tasks.margins_of_items(ctx.store, project.id, without)
    margins |= {one.showing.item: one.margin for one in shown if one.margin is not None}
    return [one if one.margin is not None else replace(one, margin=margins.get(one.showing.item)) for one in shown]


def _merge(
    ctx: Context,
    project: ProjectRecord,
    answers: Sequence[AnnotationRecord],
    known: Mapping[str, JudgmentRecord],
    source: Source,
    connection: sa.Connection,
    *,
    as_of: int | None,
) -> Applied:
    """Write down what is new. What was deleted since ``as_of`` stays so."""
    applied = Applied()
    rows = dict(known)
    touched = set[str | None]()
    for answer in answers:
        before = rows.get(answer.id)
        after = merged(before, answer, project=project.id, source=source)
        if before and as_of is not None and before.revision > as_of:
            after = replace(after, deleted_at=before.deleted_at)
        if after == before:
            applied.counts["known"] += 1
            continue
        rows[answer.id] = after
        touched |= {before.annotator if before else None, after.annotator}
        if after.preference is not None or (before and before.preference is not None):
            applied.annotators.add(answer.annotator)
        applied.counts["new" if before is None else "changed"] += 1
        if after.interference and after.interference != (before.interference if before else None):
            applied.counts["interference"] += 1
            _note_interference(ctx, answer, after, connection)
    changed = [row for row in rows.values() if row != known.get(row.id)]
    if changed:
        judgments.save_all(ctx.store, project.id, changed, connection)
        sums.mark(ctx.store, project.id, touched, connection)
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


def _missing(
    ctx: Context, project: ProjectRecord, work: Sequence[StudioTask], as_of: int, connection: sa.Connection
) -> list[str]:
    """Judgments on some tasks, of those known ``as_of`` a revision, that these have no longer. Older ones are of an earlier task: on
    SQLite Label Studio gives the id of a deleted task to a new one."""
    present = {str(annotation.get("id")) for task in work for annotation in task.annotations}
    created_at = {task.id: parse_timestamp(task.created_at) if task.created_at else 0.0 for task in work}
    return [
        record.id
        for record in judgments.on_tasks(ctx.store, project.id, list(created_at), connection)
        if record.id not in present
        and record.revision <= as_of
        and record.task is not None
        and (record.at or 0.0) >= created_at[record.task]
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
    with judgments.writing(ctx.store, project) as connection:
        deleted = judgments.mark_deleted(ctx.store, project, connection, tasks=ids)
        _mark(ctx, project, deleted, connection)
        tasks.delete(ctx.store, project, ids, connection)
        unread.forget(ctx.store, project, ids, connection)
        seeds.withdraw(ctx.store, project, ids, connection)
    return _deletions(deleted)


def forget_annotations(ctx: Context, project: int, ids: Sequence[str]) -> Applied:
    """Note that annotations are gone in Label Studio, also those that we have not heard of yet."""
    with judgments.writing(ctx.store, project) as connection:
        deleted = judgments.mark_deleted(ctx.store, project, connection, ids=ids)
        _mark(ctx, project, deleted, connection)
        judgments.add_tombstones(ctx.store, project, ids, connection)
    return _deletions(deleted)


def adopt_label_config(ctx: Context, actor: Actor, project: ProjectRecord, label_config: str) -> ProjectRecord:
    """The label config changed: go on with it if the mapping still fits, and with what another process has adopted meanwhile. Where something
    was kept aside, the next pull reads everything.

    Raises:
        MappingError: it does not; says what is missing.
    """
    check_mapping(project.mapping, label_config)
    fields = read_label_config(label_config).fields
    anew = {"cursor": None} if unread.count(ctx.store, project.id) else {}
    if projects.adopt(ctx.store, project, label_config=label_config, fields=fields, **anew):
        audit.note(ctx.store, project.id, "label config changed", actor=actor.name)
    return projects.get(ctx.store, project.id)
