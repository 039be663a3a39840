"""Gold items from the annotations that Label Studio calls ground truth, kept up to date as tasks are pulled.

A ground truth that is new becomes gold; one that says something else now changes the known answer; where the mark is taken away, the
item lapses, and it comes back with the mark. What an admin retired stays retired. Gold from a file or a verdict stays as it is. The
author's own answer is a judgment like others, and no check.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ls_backend.errors import InputError, MappingError
from ls_backend.label_studio.annotations import read_annotation
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import Showing, read_showing, slice_of, swap_sides
from ls_backend.measurement.judgments import GoldItem
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, erasures, gold, guides, judgments, sums
from ls_backend.store.engine import columns_of
from ls_backend.store.records import GoldRecord, ProjectRecord
from ls_backend.types import Json


@dataclass
class GroundTruths:
    """The gold items of a project, and the items that its guide shows, while its tasks are read, one after the other."""

    project: ProjectRecord
    records: dict[str, GoldRecord]
    exemplars: frozenset[str]

    @classmethod
    def of(cls, ctx: Context, project: ProjectRecord) -> "GroundTruths":
        records = {record.item: record for record in gold.records(ctx.store, project.id)}
        return cls(project, records, frozenset(shown.item for shown in guides.exemplars_of(ctx.store, project.id)))

    def take(self, ctx: Context, actor: Actor, task: StudioTask) -> None:
        """Bring the gold item that a task shows up to date. A truth that can't be read leaves it as it is.

        Raises:
            InputError: the truth contradicts gold from elsewhere, or the guide shows the item with its answer.
        """
        showing = read_showing(task.data, self.project.mapping, self.project.fields)
        if showing is None:
            return
        before = self.records.get(showing.item)
        known, is_readable = _known_answer(task, showing, self.project)
        if before is not None and not is_readable:
            return
        if known is None:
            if before is not None and before.truth_of_task == task.id:
                self.records[showing.item] = lapse(ctx, actor, before)
            return
        if before is not None and before.truth_of_task != task.id:
            if (before.preferred, before.answer or "") != (known.preferred, known.answer):
                raise InputError(
                    f"task {task.id}: its ground truth says something else than the gold item {showing.item}; correct one of them"
                )
            return
        if showing.item in self.exemplars and (before is None or before.lapsed):
            raise InputError(
                f"task {task.id}: its ground truth makes the item {showing.item} gold, and the guide shows it with its answer; drop it there, "
                "or take the mark away"
            )
        if before is not None:
            self.records[showing.item] = renew(ctx, actor, before, known, task.id)
        else:
            self.records[showing.item] = _record(self.project, task, showing, known)
            save_gold(ctx, actor, self.records[showing.item], "gold added")


def lapse(ctx: Context, actor: Actor, record: GoldRecord) -> GoldRecord:
    """What made an item gold says so no longer: it is placed no more until that comes back."""
    if record.retired_at is not None:
        return record
    after = replace(record, retired_at=ctx.clock(), lapsed=True)
    save_gold(ctx, actor, after, "gold retired", before=record)
    return after


def renew(ctx: Context, actor: Actor, before: GoldRecord, known: GoldItem, task: int) -> GoldRecord:
    """A gold item as it is known now, by a ``task``. If it had lapsed it is back; what an admin retired stays so, and an author who was
    forgotten stays forgotten while the answer is theirs."""
    is_theirs = erasures.is_alias(before.author) and (before.preferred, before.answer or "") == (
        known.preferred,
        known.answer,
    )
    after = replace(
        before,
        preferred=known.preferred,
        answer=known.answer or None,
        author=before.author if is_theirs else known.author or None,
        truth_of_task=task,
        retired_at=None if before.lapsed else before.retired_at,
        lapsed=False,
    )
    if after != before:
        is_back = before.lapsed and after.known == before.known
        save_gold(ctx, actor, after, "gold brought back" if is_back else "gold changed", before=before)
    return after


def save_gold(ctx: Context, actor: Actor, record: GoldRecord, what: str, *, before: GoldRecord | None = None) -> None:
    """Save a gold item that follows from a task's answers, and note what happened to it. Of one that was there ``before`` only what is
    another now, so that what an admin does meanwhile stays."""
    with judgments.writing(ctx.store, record.project, replayable=False) as connection:
        if before is None:
            ctx.store.save(record, connection=connection)
        else:
            earlier = columns_of(before)
            changed = {name: value for name, value in columns_of(record).items() if value != earlier[name]}
            gold.change(ctx.store, record.project, record.item, connection, **changed)
        sums.mark_items(ctx.store, record.project, [record.item], connection)
        audit.note(
            ctx.store,
            record.project,
            what,
            actor=actor.name,
            connection=connection,
            item=record.item,
            ground_truth_of_task=record.truth_of_task,
        )


def present_truths(project: ProjectRecord, tasks: Iterable[StudioTask]) -> dict[str, GoldRecord]:
    """The gold items that follow from tasks, by item; of several truths on an item the first."""
    found: dict[str, GoldRecord] = {}
    for task in tasks:
        showing = read_showing(task.data, project.mapping, project.fields)
        known = _known_answer(task, showing, project)[0] if showing else None
        if showing and known:
            found.setdefault(showing.item, _record(project, task, showing, known))
    return found


def _known_answer(task: StudioTask, showing: Showing, project: ProjectRecord) -> tuple[GoldItem | None, bool]:
    """What the first of the task's ground truths says that says something, and whether all could be read that came before."""
    is_readable = True
    for annotation in task.annotations:
        if annotation.get("ground_truth") is True:
            try:
                known = read_annotation(annotation, task, showing, project.mapping).known_answer()
            except (InputError, MappingError):
                is_readable = False  # it is named where the task is ingested
                continue
            if known is not None:
                return known, is_readable
    return None, is_readable


def gold_record(
    project: ProjectRecord,
    item: str,
    data: Json,
    known: GoldItem,
    *,
    mirrored: bool,
    truth_of_task: int,
    truth_of_project: int | None = None,
) -> GoldRecord:
    """The gold item of a task that shows an ``item``, with the known answer that a task's answers give."""
    return GoldRecord(
        project=project.id,
        item=item,
        preferred=known.preferred,
        explanation="",
        slice=slice_of(data, project.slice_field),
        data=swap_sides(data, project.mapping) if mirrored else data,
        answer=known.answer or None,
        author=known.author or None,
        truth_of_task=truth_of_task,
        truth_of_project=truth_of_project,
    )


def _record(project: ProjectRecord, task: StudioTask, showing: Showing, known: GoldItem) -> GoldRecord:
    return gold_record(project, showing.item, task.data, known, mirrored=showing.mirrored, truth_of_task=task.id)
