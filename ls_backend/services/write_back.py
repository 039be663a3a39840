"""The one door out: scorecards and consensus as copies inside Label Studio, for people to sort and filter.

What is to be written follows from the store: a digest of what was written last stands beside each row, so a run that
failed is continued by the next one, and nothing is written twice.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain

from ls_backend.label_studio.predictions import consensus_result
from ls_backend.label_studio.records import NewPrediction, StudioTask
from ls_backend.label_studio.scorecard_project import scorecard_task_data
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.connections import set_scorecard_label_config
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.queries.consensus import consensus_of
from ls_backend.services.queries.inspection import odd_work
from ls_backend.store import canonical, projects, scorecards, sums, tasks
from ls_backend.store.records import ProjectRecord, ScorecardRecord
from ls_backend.types import Json

CONSENSUS_VERSION = "steadyhand"  # by this model version our predictions are known in Label Studio
WRITING = "?"  # the digest of a prediction that is being written
TASKS_AT_ONCE = SCORECARDS_AT_ONCE = 500
SCORE_TOLERANCE = (
    0.1  # how far a score may change before it is written again: weights change a little with every answer
)


@dataclass(frozen=True, slots=True)
class DuePrediction:
    """A consensus to be written: ``digest`` is what will stand beside the task, ``before`` what stands there now."""

    task: int
    result: list[Json]
    score: float
    digest: str
    before: str | None

    @property
    def as_new(self) -> NewPrediction:
        return NewPrediction(self.task, self.result, self.score, CONSENSUS_VERSION)


def write_back(ctx: Context, actor: Actor, project: int, *, wait: float = 0.0, track: Track = silent) -> Counter[str]:
    """Bring the copies up to date; returns how many ``scorecards`` and ``predictions`` were written.

    Raises:
        BusyError: another process writes, or detaches the project, and still does after ``wait`` seconds.
        NotAttachedError: it is detached.
    """
    with ctx.store.lease(leases.writing_back(project), wait=wait):
        record = projects.get(ctx.store, project)
        written = Counter(
            {"scorecards": _write_scorecards(ctx, record), "predictions": _write_predictions(ctx, record, track)}
        )
        _note_odd_work(ctx, record)
        return written


def _note_odd_work(ctx: Context, project: ProjectRecord) -> None:
    """So that `status` need not look for it."""
    looked_for = odd_work(ctx, project.id, sums.tally(ctx.store, project.id).counting)
    if looked_for != project.odd_work:
        projects.change(ctx.store, project.id, odd_work=looked_for)


def _write_scorecards(ctx: Context, project: ProjectRecord) -> int:
    gone = scorecards.gone(ctx.store, project.id)
    in_turn = scorecards.unwritten(ctx.store, project.id, at_once=SCORECARDS_AT_ONCE)
    first = next(in_turn, [])
    if project.scorecard_project is None or not (gone or first):
        return 0
    set_scorecard_label_config(ctx, project.scorecard_project)
    copies = {str(task.data.get("annotator")): task for task in ctx.gateway.tasks(project.scorecard_project)}
    for annotator in gone:
        if (copy := copies.pop(ctx.settings.pseudonym(annotator), None)) is not None:
            ctx.gateway.delete_task(copy.id)
    scorecards.forget_gone(ctx.store, project.id, gone)
    return sum(_write_some(ctx, project.scorecard_project, records, copies) for records in chain([first], in_turn))


def _write_some(
    ctx: Context, scorecard_project: int, records: Sequence[ScorecardRecord], copies: Mapping[str, StudioTask]
) -> int:
    """Bring the ``copies`` of some scorecards up to date, which stand there by pseudonym; returns how many were written."""
    new_tasks, updated = [], 0
    for record in records:
        pseudonym = ctx.settings.pseudonym(record.annotator)
        data = scorecard_task_data(pseudonym, record.scorecard, updated=_minute(record.changed_at))
        if pseudonym not in copies:
            new_tasks.append(data)
        elif copies[pseudonym].data != data:
            ctx.gateway.update_task(copies[pseudonym].id, data=data)
            updated += 1
    ctx.gateway.import_tasks(scorecard_project, new_tasks)
    scorecards.mark_written(ctx.store, records)
    return updated + len(new_tasks)


def _minute(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def _write_predictions(ctx: Context, project: ProjectRecord, track: Track) -> int:
    """Consensus and its score on finished tasks; a low score asks for review. Only on tasks whose item was answered since, some at a
    time."""
    written = 0
    while candidates := tasks.due(ctx.store, project.id, limit=TASKS_AT_ONCE):
        written += _write_some_predictions(ctx, project, list(candidates), track)
        tasks.no_longer_due(ctx.store, project.id, candidates)
    return written


def _write_some_predictions(ctx: Context, project: ProjectRecord, candidates: Sequence[int], track: Track) -> int:
    due = _due_predictions(ctx, project, candidates)
    first_ones = [p for p in due if p.before is None]
    if first_ones:
        tasks.mark_written(ctx.store, project.id, {p.task: WRITING for p in first_ones})
        ctx.gateway.import_predictions(project.id, [p.as_new for p in first_ones])
        tasks.mark_written(ctx.store, project.id, {p.task: p.digest for p in first_ones})
    for p in track([p for p in due if p.before is not None], "writing consensus"):
        ours = [x for x in ctx.gateway.predictions(task=p.task) if x.model_version == CONSENSUS_VERSION]
        if ours:
            ctx.gateway.update_prediction(ours[0].id, result=p.result, score=p.score)
        else:
            ctx.gateway.import_predictions(project.id, [p.as_new])
        tasks.mark_written(ctx.store, project.id, {p.task: p.digest})
    return len(due)


def _due_predictions(ctx: Context, project: ProjectRecord, candidates: Sequence[int]) -> list[DuePrediction]:
    """Of some tasks, where they are finished and the preferred side is another than was written last, or the score has moved far from it."""
    finished = tasks.finished(ctx.store, project.id, candidates)
    consensus = consensus_of(ctx, project.id, (task.item for task in finished))

    @cache
    def result_of(preferred: int, mirrored: bool) -> tuple[list[Json], str]:
        result = consensus_result(preferred, project.mapping, mirrored=mirrored, label_config=project.label_config)
        return result, hashlib.sha256(canonical(result).encode()).hexdigest()[:40]

    due = []
    for task in finished:
        agreed = consensus.get(task.item)
        if agreed is None:
            continue
        result, digest = result_of(agreed.preferred, task.mirrored)
        digest_before, _, score_before = (task.written_digest or "").partition("/")
        if digest_before != digest or abs(float(score_before) - agreed.score) > SCORE_TOLERANCE:
            score = round(agreed.score, 2)
            due.append(DuePrediction(task.id, result, score, f"{digest}/{score}", task.written_digest))
    return due
