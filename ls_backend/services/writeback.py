"""The one door out: scorecards and consensus as copies inside Label Studio, for people to sort and filter.

What is to be written follows from the store: a digest of what was written last stands beside each row, so a run that
failed is taken up by the next one, and nothing is written twice.
"""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from ls_backend.label_studio.predictions import consensus_result
from ls_backend.label_studio.records import NewPrediction
from ls_backend.label_studio.scorecard_project import scorecard_task_data
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.services.context import Context, Track, mapping_of, silent
from ls_backend.services.scoring import consensus_of
from ls_backend.store.engine import Row, canonical
from ls_backend.store.tables import cards, judgments, tasks
from ls_backend.types import Json

MODEL_VERSION = "steadyhand"
WRITING = "?"
STAYS = 0.1  # how far a score may move before it is written again: weights move a little with every answer


def write_back(ctx: Context, project: int, *, wait: float = 0.0, track: Track[Any] = silent) -> Counter[str]:
    """Bring the copies up to date; returns how many ``scorecards`` and ``predictions`` were written.

    Raises:
        BusyError: another process is at it, or detaches the project, and still was after ``wait`` seconds.
        NotAttachedError: it is detached.
    """
    with ctx.store.lease(f"write-{project}", wait=wait):
        row = ctx.store.project(project)
        return Counter({"scorecards": _scorecards(ctx, row), "predictions": _predictions(ctx, row, track)})


def _scorecards(ctx: Context, row: Row) -> int:
    board = row["board"]
    mine = ctx.store.rows(sa.select(cards).where(cards.c.project == row["id"]))
    if board is None or all(r["digest"] == r["written"] for r in mine):
        return 0
    there = {t.data.get("annotator"): t for t in ctx.gateway.tasks(board)}
    wanted = {ctx.settings.pseudonym(r["annotator"]): r for r in mine}
    fresh, written = [], 0
    for name, r in wanted.items():
        data = scorecard_task_data(name, Scorecard.from_dict(r["card"]), updated=_minute(r["changed_at"]))
        if name not in there:
            fresh.append(data)
        elif there[name].data != data:
            ctx.gateway.update_task(there[name].id, data=data)
            written += 1
    ctx.gateway.import_tasks(board, fresh)
    for r in mine:
        ctx.store.execute(
            sa.update(cards)
            .where(cards.c.project == row["id"], cards.c.annotator == r["annotator"])
            .values(written=r["digest"])
        )
    return written + len(fresh)


def _minute(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def _predictions(ctx: Context, row: Row, track: Track[Any]) -> int:
    """Consensus and its score on finished tasks; a low score asks for review."""
    due = _due_predictions(ctx, row)
    fresh = [(task, body, digest) for task, body, digest, written in due if written is None]
    if fresh:
        _mark(ctx, row, {task: WRITING for task, _, _ in fresh})
        ctx.gateway.import_predictions(row["id"], [NewPrediction(task, **body) for task, body, _ in fresh])
        _mark(ctx, row, {task: digest for task, _, digest in fresh})
    changed = [(task, body, digest) for task, body, digest, written in due if written is not None]
    for task, body, digest in track(changed, "writing consensus"):
        ours = [p for p in ctx.gateway.predictions(task=task) if p.model_version == MODEL_VERSION]
        if ours:
            ctx.gateway.update_prediction(ours[0].id, result=body["result"], score=body["score"])
        else:
            ctx.gateway.import_predictions(row["id"], [NewPrediction(task, **body)])
        _mark(ctx, row, {task: digest})
    return len(due)


def _due_predictions(ctx: Context, row: Row) -> list[tuple[int, Json, str, str | None]]:
    """Of finished tasks, where the preferred side is another than was written last, or the score has moved far from it."""
    answers = (
        sa.select(judgments.c.task, sa.func.count().label("n"), sa.func.count(judgments.c.preference).label("decided"))
        .where(judgments.c.project == row["id"], judgments.c.deleted_at.is_(None))
        .group_by(judgments.c.task)
        .subquery()
    )
    finished = ctx.store.rows(
        sa.select(tasks.c.id, tasks.c.item, tasks.c.mirrored, tasks.c.written)
        .join(answers, answers.c.task == tasks.c.id)
        .where(tasks.c.project == row["id"], answers.c.n >= tasks.c.overlap, answers.c.decided > 0)
    )
    mapping, agreed = mapping_of(row), consensus_of(ctx, row["id"], (t["item"] for t in finished))

    @cache
    def shown(preferred: int, mirrored: bool) -> tuple[list[Json], str]:
        result = consensus_result(preferred, mapping, mirrored=mirrored, label_config=row["label_config"])
        return result, hashlib.sha256(canonical(result).encode()).hexdigest()[:40]

    due = []
    for t in finished:
        if (found := agreed.get(t["item"])) is None:
            continue
        result, digest = shown(found.preferred, bool(t["mirrored"]))
        before, _, score = (t["written"] or "").partition("/")
        if before != digest or abs(float(score) - found.score) > STAYS:
            body = {"result": result, "score": round(found.score, 2), "model_version": MODEL_VERSION}
            due.append((t["id"], body, f"{digest}/{body['score']}", t["written"]))
    return due


def _mark(ctx: Context, row: Row, written: dict[int, str]) -> None:
    with ctx.store.transaction() as connection:
        for task, digest in written.items():
            connection.execute(
                sa.update(tasks).where(tasks.c.project == row["id"], tasks.c.id == task).values(written=digest)
            )
