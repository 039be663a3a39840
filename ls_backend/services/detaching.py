"""Detaching a project: taking away what was added to it."""

from dataclasses import dataclass

from ls_backend.programme.seed_schedule import Routing, SeedKind
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.catch_up import catch_up
from ls_backend.services.connections import disconnect, disconnect_webhook
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.events import apply_inbox
from ls_backend.services.guides import let_everybody_on
from ls_backend.services.onboarding import end_onboarding
from ls_backend.services.pausing import resume_all
from ls_backend.services.scoring import score_project
from ls_backend.services.write_back import CONSENSUS_VERSION
from ls_backend.store import audit, projects, scorecards, seeds, tasks
from ls_backend.store.records import ProjectRecord, SeedRecord


@dataclass(frozen=True, slots=True)
class DetachReport:
    project: int
    seeds_removed: int
    predictions_removed: int


def detach(
    ctx: Context,
    actor: Actor,
    project: int,
    *,
    keep_scorecards: bool = False,
    track: Track = silent,
) -> DetachReport:
    """Switch monitoring off and leave the project as it was before. Our store keeps everything, seeds' answers too.

    Until the end no other process may place a seed, which would stay behind, or write: on SQLite Label Studio gives the id of a deleted
    scorecard to the next imported task, and what was meant for the one would overwrite the other.

    Raises:
        BusyError: another process works on the project, and still does after a minute.
    """
    with ctx.store.lease(*leases.processing(project), leases.writing_back(project), wait=60.0):
        record = projects.get(ctx.store, project)
        apply_inbox(ctx, actor, project)
        catch_up(ctx, actor, project)
        record = disconnect_webhook(ctx, record)  # the deletion of seeds is no news, and their judgments stay
        apply_inbox(ctx, actor, project)  # what came until then
        score_project(ctx, project)
        predictions = [p for p in ctx.gateway.predictions(project=project) if p.model_version == CONSENSUS_VERSION]
        for prediction in track(predictions, "removing consensus"):
            ctx.gateway.delete_prediction(prediction.id)
        seeded = seeds.with_tasks(ctx.store, project)
        if record.routing is Routing.EVERYONE:
            _restore_overlaps(ctx, record, seeded)
        removed = _remove_seeds(ctx, project, seeded, track)
        resume_all(ctx, actor, project)
        let_everybody_on(ctx, project)
        end_onboarding(ctx, project)
        disconnect(ctx, record, keep_scorecards=keep_scorecards)
        _forget_copies(ctx, project, seeded)
    audit.note(ctx.store, project, "detached", actor=actor.name, seeds=removed)
    return DetachReport(project, removed, len(predictions))


def _restore_overlaps(ctx: Context, project: ProjectRecord, seeded: list[SeedRecord]) -> None:
    """First showings of retests get the overlap of the project again."""
    overlap = ctx.gateway.project(project.id).maximum_annotations
    items = {seed.item for seed in seeded if seed.kind is SeedKind.RETEST}
    of_seeds = {seed.task for seed in seeded}
    for task in tasks.of_items(ctx.store, project.id, items):
        if task not in of_seeds:
            ctx.gateway.update_task(task, overlap=overlap)


def _remove_seeds(ctx: Context, project: int, seeded: list[SeedRecord], track: Track) -> int:
    """Delete the seeds' tasks, by id and data: the id of a deleted one may be another's by now."""
    data = {seed.task: seed.data for seed in seeded}
    present = [task.id for task in ctx.gateway.tasks(project) if task.id in data and task.data == data[task.id]]
    for task in track(present, "removing seeds"):
        assert isinstance(task, int)  # noqa: S101
        ctx.gateway.delete_task(task)
    return len(present)


def _forget_copies(ctx: Context, project: int, seeded: list[SeedRecord]) -> None:
    """The judgments on seeds stay; their tasks go, so that no later pull misses them."""
    with ctx.store.transaction() as connection:
        of_seeds = [seed.task for seed in seeded if seed.task is not None]
        tasks.delete(ctx.store, project, of_seeds, connection)
        seeds.delete_all(ctx.store, project, connection)
        tasks.forget_written(ctx.store, project, connection)
        scorecards.forget_written(ctx.store, project, connection)
