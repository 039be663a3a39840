"""Placing gold items and retests in Label Studio, by the schedule.

A seed is first written down (``planned``). Aimed at one annotator it is then made and reserved in one step by the plugin
(``placed``); for everyone it is made as a task that nobody is served (``hidden``) and released when it is due
(:mod:`ls_backend.services.seeding_for_everyone`). A run that was cut short is continued where it stopped; the table's unique
key makes two runs seed once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ls_backend.label_studio.tasks import swap_sides
from ls_backend.measurement.decidedness import pair_groups
from ls_backend.measurement.judgments import Judgments
from ls_backend.programme.adaptive import GivenSeed, doubt_factor, kinds_due, times_the_rate
from ls_backend.programme.seed_schedule import (
    PastJudgment,
    Routing,
    Seed,
    SeedKind,
    keyed_draw,
    kinds_owed,
    next_seed,
)
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.queries.judgments import OwnRead, marked_judgments
from ls_backend.services.seeding_for_everyone import place_for_everyone
from ls_backend.store import gold, judgments, pauses, projects, scorecards, seeds, sums, tasks
from ls_backend.store.records import ProjectRecord, SeedRecord, SeedState
from ls_backend.types import Json

AT_WORK_SECONDS = 7 * 86_400.0  # whoever judged something in this time is at work
LOOKED_AT_SECONDS = 60.0
MAX_OPEN = 2  # reserved for an annotator at the same time, at most: more would come in a row


@dataclass(frozen=True, slots=True)
class SeedsPlaced:
    project: int
    placed: int


def seed_project(ctx: Context, actor: Actor, project: int, *, wait: float = 60.0, track: Track = silent) -> SeedsPlaced:
    """Place what is due for everybody at work.

    Raises:
        BusyError: another process works on the project, and still does after ``wait`` seconds.
    """
    with ctx.store.lease(leases.placing(project), wait=wait):
        placed = place_seeds(ctx, project, judgments.annotators(ctx.store, project), track=track)
    return SeedsPlaced(project, placed)


def place_seeds(
    ctx: Context, project: int, annotators: Iterable[str] = (), *, read: OwnRead | None = None, track: Track = silent
) -> int:
    """Place what is due: for the named annotators where seeds are aimed, unless they are paused, else for everyone. Returns how many.
    For who holds the lease of placing. What is ``read`` of annotators is noted there."""
    record = projects.get(ctx.store, project)
    if record.routing is Routing.EVERYONE:
        return place_for_everyone(ctx, record, track)
    placed = 0
    for annotator in sorted(set(annotators) - pauses.now(ctx.store, project).keys()):
        marked = marked_judgments(ctx, record, annotator)
        if read is not None:
            read[annotator] = marked
        placed += _aim(ctx, record, annotator, marked.own.judgments)
    return placed


def _aim(ctx: Context, project: ProjectRecord, annotator: str, judged: Judgments) -> int:
    """Plan and place seeds of one annotator."""
    written_down = seeds.of_annotator(ctx.store, project.id, annotator)
    planned = [s for s in written_down if s.state not in seeds.LOST]
    lost_items = {s.item for s in written_down if s.state in seeds.LOST}
    open_seeds = [s for s in planned if s.state is not SeedState.ANSWERED]
    while len(open_seeds) < MAX_OPEN:
        seed = _plan_next(ctx, project, annotator, judged, planned, lost_items)
        if seed is None:
            break
        planned.append(seed)
        open_seeds.append(seed)
    waiting = [s for s in open_seeds if s.state is SeedState.PLANNED]
    for seed in waiting:
        key = f"{project.salt[:8]}-{seed.id}"
        task = ctx.gateway.create_seed(project.id, seed.data, annotator=annotator, key=key)
        with judgments.writing(ctx.store, project.id) as connection:
            seeds.set_state(ctx.store, seed.id, SeedState.PLACED, task=task, connection=connection)
            answered_by = judgments.first_annotator(ctx.store, project.id, task, connection)
            if answered_by is not None:  # at once, before it was noted
                seeds.mark_answered(ctx.store, project.id, {task: answered_by}, connection)
    return len(waiting)


def _times_the_rate(ctx: Context, project: ProjectRecord, annotator: str) -> float:
    """How many times the rates an annotator is checked, where checks are spent where they decide."""
    card = scorecards.find(ctx.store, project.id, annotator)
    return times_the_rate(None if card is None else card.scorecard.doubt, _doubt_factor(ctx, project.id))


def _doubt_factor(ctx: Context, project: int) -> float:
    """By the doubts of those who work at present; looked at now and then."""

    def work_out() -> float:
        since = ctx.clock() - AT_WORK_SECONDS
        at_work = judgments.annotators(ctx.store, project, since=since)
        return doubt_factor([card.doubt for card in scorecards.of_annotators(ctx.store, project, at_work)])

    basis = int(ctx.clock() / LOOKED_AT_SECONDS)
    return ctx.figures_cache.get(("doubt", project), basis, work_out, clock=ctx.clock, patience=10.0).value


def _kinds_due(
    ctx: Context, project: ProjectRecord, judged: Judgments, annotator: str, planned: Sequence[SeedRecord]
) -> list[SeedKind]:
    policy = project.seed_policy
    if not project.adaptive:
        so_far = [Seed(s.kind, s.item) for s in planned]
        return kinds_owed(len(judged), so_far, annotator=annotator, policy=policy)
    given = [GivenSeed(s.kind, s.planned_at, s.state is not SeedState.ANSWERED) for s in planned]
    times = _times_the_rate(ctx, project, annotator)
    return kinds_due(judged.at, given, annotator=annotator, policy=policy, times=times)


def _plan_next(
    ctx: Context,
    project: ProjectRecord,
    annotator: str,
    judged: Judgments,
    planned: list[SeedRecord],
    lost_items: set[str],
) -> SeedRecord | None:
    so_far = [Seed(s.kind, s.item) for s in planned]
    kinds = _kinds_due(ctx, project, judged, annotator, planned)
    if not kinds:
        return None  # before the history is written out, which costs more
    gold_items = gold.slices_in_use(ctx.store, project.id)
    decided = pair_groups(judged, gold_items, sums.rule(ctx.store, project.id)).is_decided.tolist()
    history = zip(judged.history_of(annotator), decided, strict=True)
    seed = next_seed(
        [PastJudgment(item, section, is_decided) for (item, section), is_decided in history],
        so_far,
        gold_items,
        annotator=annotator,
        policy=project.seed_policy,
        excluded=lost_items,
        kinds=kinds,
    )
    if seed is None:
        return None
    data: Json
    if seed.kind is SeedKind.GOLD:
        data = gold.data_of(ctx.store, project.id, seed.item)
        if keyed_draw(project.salt, "side", annotator, seed.item) < 0.5:
            data = swap_sides(data, project.mapping)
    else:
        first = judgments.first_task(ctx.store, project.id, annotator, seed.item)
        data = swap_sides(tasks.data_of(ctx.store, project.id, first), project.mapping)
    return seeds.plan(ctx.store, project.id, seed, annotator, data)
