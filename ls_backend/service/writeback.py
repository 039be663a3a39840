"""The one door out: scorecards and consensus as copies inside Label Studio, for people to sort and filter.

What is to be written follows from the store: a digest of what was written last stands beside each row, so a run that
failed is taken up by the next one, and nothing is written twice.
"""

import hashlib
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ls_backend.payload import Json, prediction, scorecard_data
from ls_backend.service.context import Context, Track, mapping_of, silent
from ls_backend.service.scoring import consensus_of
from ls_backend.store import Row, canonical, cards, judgments, tasks

MODEL_VERSION = "steadyhand"
WRITING = "?"
SCORE_STEPS = 20  # coarser than weights move from answer to answer, or every task would be written again each time


def write_back(ctx: Context, project: int, *, wait: float = 0.0, track: Track[Any] = silent) -> Counter[str]:
    """Bring the copies up to date; returns how many ``scorecards`` and ``predictions`` were written.

    Raises:
        BusyError: another process is at it, and still was after ``wait`` seconds.
    """
    row = ctx.store.project(project)
    with ctx.store.lease(f"write-{project}", wait=wait):
        return Counter({"scorecards": _scorecards(ctx, row), "predictions": _predictions(ctx, row, track)})


def _scorecards(ctx: Context, row: Row) -> int:
    board = row["board"]
    mine = ctx.store.rows(sa.select(cards).where(cards.c.project == row["id"]))
    if board is None or all(r["digest"] == r["written"] for r in mine):
        return 0
    there = {t["data"].get("annotator"): t for t in ctx.gateway.tasks(board)}
    wanted = {ctx.settings.pseudonym(r["annotator"]): r for r in mine}
    fresh, written = [], 0
    for name, r in wanted.items():
        data = scorecard_data(name, r["card"], updated=_minute(r["changed_at"]))
        if name not in there:
            fresh.append(data)
        elif there[name]["data"] != data:
            ctx.gateway.update_task(there[name]["id"], data=data)
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
        ctx.gateway.import_predictions(row["id"], [{"task": task, **body} for task, body, _ in fresh])
        _mark(ctx, row, {task: digest for task, _, digest in fresh})
    changed = [(task, body, digest) for task, body, digest, written in due if written is not None]
    for task, body, digest in track(changed, "writing consensus"):
        ours = [p for p in ctx.gateway.predictions(task=task) if p["model_version"] == MODEL_VERSION]
        if ours:
            ctx.gateway.update_prediction(ours[0]["id"], result=body["result"], score=body["score"])
        else:
            ctx.gateway.import_predictions(row["id"], [{"task": task, **body}])
        _mark(ctx, row, {task: digest})
    return len(due)


def _due_predictions(ctx: Context, row: Row) -> list[tuple[int, Json, str, str | None]]:
    if mapping_of(row).task != "pair":
        return []  # answers of other tasks are compared, not merged into one
    live = ctx.store.rows(
        sa.select(judgments.c.task, judgments.c.preference).where(
            judgments.c.project == row["id"], judgments.c.deleted_at.is_(None)
        )
    )
    answers = Counter(r["task"] for r in live)
    decided = {r["task"] for r in live if r["preference"] is not None}
    finished = [
        t
        for t in ctx.store.rows(sa.select(tasks).where(tasks.c.project == row["id"]))
        if answers[t["id"]] >= t["overlap"] and t["id"] in decided
    ]
    by_item: dict[str, list[Row]] = defaultdict(list)
    for t in finished:
        by_item[t["item"]].append(t)
    due = []
    for item, agreed in consensus_of(ctx, row["id"], by_item).items():
        for t in by_item[item]:
            result = prediction(
                agreed.preferred, mapping_of(row), mirrored=t["mirrored"], label_config=row["label_config"]
            )
            score = round(agreed.score * SCORE_STEPS) / SCORE_STEPS
            body = {"result": result, "score": score, "model_version": MODEL_VERSION}
            digest = hashlib.sha256(canonical(body).encode()).hexdigest()
            if digest != t["written"]:
                due.append((t["id"], body, digest, t["written"]))
    return due


def _mark(ctx: Context, row: Row, written: dict[int, str]) -> None:
    with ctx.store.transaction() as connection:
        for task, digest in written.items():
            connection.execute(
                sa.update(tasks).where(tasks.c.project == row["id"], tasks.c.id == task).values(written=digest)
            )
