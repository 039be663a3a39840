"""The one way in: webhook events, catch-up by pulling, and the ML backend's fit() all end in :func:`ingest`.

An event is a hint: it may be lost, late, doubled or forged by a member. So rows are merged by what they say of the same
annotation, in any order, and pulling from Label Studio has the last word. The first answer counts; a later edit is
kept beside it. Nothing is ever removed.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ls_backend.errors import InputError, MappingError, NotAttachedError
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.config import check_mapping, read_label_config
from ls_backend.label_studio.events import Event, read_event
from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import read_showing
from ls_backend.label_studio.timestamps import format_timestamp, parse_timestamp
from ls_backend.services.context import Context, Track, mapping_of, silent
from ls_backend.store.engine import Row
from ls_backend.store.tables import inbox, judgments, projects, seeds, tasks
from ls_backend.types import Json

BATCH = 200
MARGIN_SECONDS = 60.0  # a pull starts this much before the last one ended: rows may be committed late
FORGED = "made in another's name"
MEDDLED = "changed by somebody else before it was seen"
CHANGED = "changed later by somebody else"


@dataclass
class Applied:
    """What came of a batch: counts by outcome, the annotators whose judgments moved, and what could not be read."""

    counts: Counter[str] = field(default_factory=Counter)
    annotators: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, other: "Applied") -> None:
        self.counts += other.counts
        self.annotators |= other.annotators
        self.faults += other.faults


def receive(ctx: Context, body: bytes) -> tuple[Event, bool]:
    """Check an event and put it into the inbox. Returns the event, and False if it was there already.

    Raises:
        InputError: not an event. NotAttachedError: the project is not monitored.
    """
    try:
        found = read_event(json.loads(body))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the body is not JSON ({error}); Label Studio's webhooks send JSON") from error
    return found, put_in(ctx, found, body)


def put_in(ctx: Context, found: Event, body: bytes) -> bool:
    """Put an event that was read already into the inbox; False if it was there.

    Raises:
        NotAttachedError: the project is not monitored.
    """
    ctx.store.project(found.project)
    return ctx.store.receive(found.key, found.project, body)


def drain(ctx: Context, project: int) -> Applied:
    """Apply what waits in a project's inbox. An event that can't be read stays there, with the reason, and is tried
    again when the mapping changes."""
    done = Applied()
    while True:
        rows = ctx.store.rows(
            sa.select(inbox)
            .where(inbox.c.project == project, inbox.c.state == "pending")
            .order_by(inbox.c.id)
            .limit(BATCH)
        )
        for row in rows:
            state, error = "applied", None
            try:
                done.add(_apply(ctx, read_event(json.loads(row["body"]))))
            except (MappingError, InputError) as problem:
                state, error = "held", str(problem)
                done.faults.append(error)
            except NotAttachedError as problem:
                state, error = "dropped", str(problem)
            ctx.store.execute(sa.update(inbox).where(inbox.c.id == row["id"]).values(state=state, error=error))
        if len(rows) < BATCH:
            return done


def _apply(ctx: Context, found: Event) -> Applied:
    row = ctx.store.project(found.project)
    if found.label_config and found.label_config != row["label_config"]:
        row = adopt_config(ctx, row, found.label_config)
    if found.deleted_tasks:
        return _forget(ctx, row, judgments.c.task.in_(found.deleted_tasks), tasks_too=found.deleted_tasks)
    if found.deleted_annotations:
        return _forget_annotations(ctx, row, found.deleted_annotations)
    if found.task is None:
        raise InputError(f"{found.action} without its task; is `send payload` switched off on the webhook?")
    return ingest(ctx, row, StudioTask.from_json(found.task), found.annotations, via="event")


def adopt_config(ctx: Context, row: Row, label_config: str) -> Row:
    """The label config changed: go on with it if the mapping still fits.

    Raises:
        MappingError: it does not; says what is missing.
    """
    check_mapping(mapping_of(row), label_config)
    values = {"label_config": label_config, "fields": list(read_label_config(label_config).fields)}
    ctx.store.execute(sa.update(projects).where(projects.c.id == row["id"]).values(**values))
    ctx.store.note(row["id"], "label config changed")
    return {**row, **values}


def ingest(
    ctx: Context, row: Row, task: StudioTask, annotations: Sequence[Json], *, via: str, complete: bool = False
) -> Applied:
    """Take in annotations of one task. ``complete`` says that these are all it has: those we hold beside are gone.

    Raises:
        MappingError, InputError: an annotation can't be read; nothing of the task is stored then.
    """
    mapping, done = mapping_of(row), Applied()
    shown = read_showing(task.data, mapping, row["fields"])
    if shown is None:
        done.counts["not a pair"] += len(annotations)
        return done
    read = [read_annotation(a, task, mapping, row["fields"], slice_field=row["slice_field"]) for a in annotations]
    answers = [a for a in read if a is not None]
    section = task.data.get(row["slice_field"]) if row["slice_field"] else None
    with ctx.store.transaction() as connection:
        ctx.store.upsert(
            tasks,
            {
                "project": row["id"],
                "id": task.id,
                "item": shown.item,
                "mirrored": shown.mirrored,
                "slice": None if section is None else str(section),
                "overlap": task.overlap,
                "data": task.data,
            },
            connection=connection,
        )
        of_task, known = (  # by an index each; `or` would use none
            sa.select(judgments).where(judgments.c.project == row["id"], which)
            for which in (judgments.c.task == task.id, judgments.c.id.in_([a.id for a in answers]))
        )
        held = {
            r["id"]: {k: v for k, v in r.items() if k not in ("project", "stamp")}
            for r in connection.execute(sa.union_all(of_task, known)).mappings()
        }
        stamp: int | None = None
        for a in answers:
            old = held.pop(a.id, None)
            new = _merged(old, a, via=via)
            if new == old:
                done.counts["known"] += 1
                continue
            stamp = stamp or ctx.store.stamp(row["id"], connection)
            ctx.store.upsert(judgments, {"project": row["id"], **new, "stamp": stamp}, connection=connection)
            if new["preference"] is not None or (old and old["preference"] is not None):
                done.annotators.add(a.annotator)
            done.counts["new" if old is None else "changed"] += 1
            if new["interference"] and new["interference"] != (old or {}).get("interference"):
                done.counts["interference"] += 1
        if complete:
            # older ones are of an earlier task: on SQLite Label Studio gives the id of a deleted task to a new one
            made = parse_timestamp(task.created_at) if task.created_at else 0.0
            gone = [k for k, r in held.items() if r["deleted_at"] is None and r["at"] >= made]
            if gone:
                _mark_deleted(ctx, row, judgments.c.id.in_(gone), connection)
                done.counts["deleted"] += len(gone)
                done.annotators |= {r["annotator"] for k, r in held.items() if k in gone and r["annotator"]}
        _settle_seeds(ctx, row, answers, connection)
    return done


def _merged(old: Row | None, a: AnnotationRecord, *, via: str) -> Row:
    """The row after hearing ``a``, whatever came before; pure."""
    fresh: Row = {
        "id": a.id,
        "task": a.task,
        "annotator": a.annotator,
        "item": a.item,
        "mirrored": a.mirrored,
        "slice": a.slice,
        "at": a.at,
        "lead_time": a.lead_time,
        "preference": a.preference,
        "answer": a.answer or None,
        "updated": a.updated,
        "latest": a.preference,
        "latest_answer": a.answer or None,
        "latest_updated": a.updated,
        "interference": None,
        "deleted_at": None,
        "via": via,
    }
    if not a.by_owner:
        fresh |= {"preference": None, "answer": None, "interference": MEDDLED if a.edited else FORGED}
    if old is None:
        return fresh
    new = dict(old)
    if old["annotator"] is None:  # a deletion that came before its annotation
        return {**fresh, "deleted_at": None if via == "catch-up" else old["deleted_at"]}
    if a.updated < old["updated"]:  # an older version than the first we saw is nearer to the first answer
        keep = ("latest", "latest_answer", "latest_updated", "deleted_at", "via")
        new = {**fresh, **{k: old[k] for k in keep}}
    elif a.updated > old["latest_updated"]:
        new |= {k: fresh[k] for k in ("latest", "latest_answer", "latest_updated")}
        if not a.by_owner:
            new["interference"] = old["interference"] or CHANGED
        elif old["preference"] is None and old["interference"] is None:  # a skip that was answered after all
            new |= {k: fresh[k] for k in ("preference", "answer", "updated", "lead_time")}
    if via == "catch-up":
        new["deleted_at"] = None
    else:
        new["via"] = via  # the event was on its way when it was pulled
    return new


def _mark_deleted(ctx: Context, row: Row, which: sa.ColumnElement[bool], connection: sa.Connection) -> None:
    connection.execute(
        sa.update(judgments)
        .where(judgments.c.project == row["id"], judgments.c.deleted_at.is_(None), which)
        .values(deleted_at=ctx.clock(), stamp=ctx.store.stamp(row["id"], connection))
    )


def _forget(ctx: Context, row: Row, which: sa.ColumnElement[bool], *, tasks_too: Sequence[int] = ()) -> Applied:
    """Note that judgments are gone in Label Studio."""
    touched = ctx.store.rows(
        sa.select(judgments.c.annotator).where(
            judgments.c.project == row["id"], judgments.c.deleted_at.is_(None), which
        )
    )
    with ctx.store.transaction() as connection:
        _mark_deleted(ctx, row, which, connection)
        if tasks_too:
            connection.execute(sa.delete(tasks).where(tasks.c.project == row["id"], tasks.c.id.in_(tasks_too)))
            connection.execute(
                sa.update(seeds)
                .where(seeds.c.project == row["id"], seeds.c.task.in_(tasks_too), seeds.c.state != "answered")
                .values(state="withdrawn")
            )
    return Applied(Counter({"deleted": len(touched)}), {r["annotator"] for r in touched if r["annotator"]})


def _forget_annotations(ctx: Context, row: Row, ids: Sequence[str]) -> Applied:
    done = _forget(ctx, row, judgments.c.id.in_(ids))
    stone = {"project": row["id"], "deleted_at": ctx.clock(), "via": "event", "stamp": ctx.store.stamp(row["id"])}
    tombstones = [{**stone, "id": i} for i in ids]
    ctx.store.insert_new(judgments, tombstones)
    return done


def _settle_seeds(ctx: Context, row: Row, answers: Sequence[AnnotationRecord], connection: sa.Connection) -> None:
    """An aimed seed that was answered by its annotator is done; answered by another, it went astray."""
    for a in answers:
        connection.execute(
            sa.update(seeds)
            .where(
                seeds.c.project == row["id"],
                seeds.c.task == a.task,
                seeds.c.annotator != "",
                seeds.c.state.in_(("held", "placed")),
            )
            .values(state=sa.case((seeds.c.annotator == a.annotator, "answered"), else_="astray"))
        )


def reconcile(ctx: Context, project: int, *, full: bool = False, track: Track[StudioTask] = silent) -> Applied:
    """Catch up by pulling: what changed since the last pull, or everything with ``full``. Finds again whatever
    webhooks lost, and, when everything is read, what was deleted without an event."""
    row = ctx.store.project(project)
    found = ctx.gateway.project(project)
    done = Applied()
    if found.label_config != row["label_config"]:
        try:
            row = adopt_config(ctx, row, found.label_config)
        except MappingError as problem:
            done.faults.append(str(problem))
    since = None if full else row["cursor"]
    newest, seen = row["cursor"], set()
    for task in track(ctx.gateway.tasks(project, since=since), "catching up"):
        seen.add(task.id)
        try:
            done.add(ingest(ctx, row, task, task.annotations, via="catch-up", complete=True))
        except (MappingError, InputError) as problem:
            done.faults.append(str(problem))
        assert task.updated_at is not None  # noqa: S101  (Label Studio lists every task with it)
        newest = max(newest or "", format_timestamp(parse_timestamp(task.updated_at) - MARGIN_SECONDS))
    if since is None:
        known = {r["id"] for r in ctx.store.rows(sa.select(tasks.c.id).where(tasks.c.project == project))}
        gone = sorted(known - seen)
        if gone:
            done.add(_forget(ctx, row, judgments.c.task.in_(gone), tasks_too=gone))
    if not done.faults:
        ctx.store.execute(sa.update(projects).where(projects.c.id == project).values(cursor=newest))
    return done
