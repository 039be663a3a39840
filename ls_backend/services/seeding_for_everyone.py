"""Seeds that everyone answers: for projects without the plugin.

Some tasks and their retests, and all gold, get an overlap as large as the number of annotators. Gold is released at once, a retest
when everybody now at work has answered its first showing long enough ago.
"""

from collections.abc import Collection, Mapping, Sequence

from ls_backend.label_studio.records import StudioTask
from ls_backend.label_studio.tasks import swap_sides
from ls_backend.label_studio.timestamps import format_timestamp
from ls_backend.measurement.decidedness import decided_items
from ls_backend.measurement.judgments import Judgment
from ls_backend.programme.seed_schedule import Seed, SeedKind, is_released, keyed_draw, sample_for_everyone
from ls_backend.services.context import Context, Track
from ls_backend.store import gold, judgments, pauses, seeds, tasks
from ls_backend.store.records import ProjectRecord, SeedRecord, SeedState
from ls_backend.store.seeds import FOR_EVERYONE
from ls_backend.types import Json

RECENT_LAGS = 4  # whoever answered within so many minimum lags (times the annotators) is at work
JUST_PLANNED_SECONDS = 5.0


def place_for_everyone(ctx: Context, project: ProjectRecord, track: Track) -> int:
    """Plan what is missing, make the tasks, and release what is due; returns how many were made or released."""
    _plan(ctx, project)
    return _release_gold(ctx, project) + _make_tasks(ctx, project, track) + _release_retests(ctx, project)


def _plan(ctx: Context, project: ProjectRecord) -> None:
    """Write down the seeds that are missing, in an order drawn by chance: gold items without a seed, and retests as tasks come."""
    planned = [Seed(SeedKind.RETEST, item) for item in _missing_retests(ctx, project)]
    planned += [Seed(SeedKind.GOLD, item) for item in _missing_gold(ctx, project)]
    for seed in sorted(planned, key=lambda s: keyed_draw(project.salt, "order", s.item)):
        data = _data_of(ctx, project, seed)
        seeds.plan(ctx.store, project.id, seed, FOR_EVERYONE, data)


def _missing_gold(ctx: Context, project: ProjectRecord) -> list[str]:
    seeded = seeds.state_by_item(ctx.store, project.id, FOR_EVERYONE, SeedKind.GOLD)
    return [item for item in gold.slices_in_use(ctx.store, project.id) if item not in seeded]


def _missing_retests(ctx: Context, project: ProjectRecord) -> list[str]:
    """Items to be answered twice, of those that nobody has answered yet. The rate is that of all items which nobody had answered
    when the project was attached."""
    seeded = seeds.state_by_item(ctx.store, project.id, FOR_EVERYONE, SeedKind.RETEST)
    sampled = [item for item, state in seeded.items() if state not in seeds.LOST]
    policy = project.seed_policy
    if policy.retest_rate * tasks.count_ordinary(ctx.store, project.id) <= len(sampled):
        return []  # before items and answers are read, which costs more
    answered = judgments.answered_items(ctx.store, project.id)
    gold_items = gold.known_answers(ctx.store, project.id)
    items = {
        item: section
        for item, section in tasks.ordinary_items(ctx.store, project.id).items()
        if item not in gold_items and answered.get(item, project.attached_at) >= project.attached_at
    }
    decided = decided_items(tasks.ordinary_margins(ctx.store, project.id))
    return sample_for_everyone(items, policy, sampled=sampled, excluded={*seeded, *answered}, decided=decided)


def _data_of(ctx: Context, project: ProjectRecord, seed: Seed) -> Json:
    """What the seed's task shows: a retest the first showing with its sides swapped, gold on sides drawn by chance."""
    if seed.kind is SeedKind.RETEST:
        first = tasks.first_ordinary(ctx.store, project.id, seed.item)
        return swap_sides(tasks.data_of(ctx.store, project.id, first), project.mapping)
    data = gold.data_of(ctx.store, project.id, seed.item)
    return swap_sides(data, project.mapping) if keyed_draw(project.salt, "side", seed.item) < 0.5 else data


def _release_gold(ctx: Context, project: ProjectRecord) -> int:
    """Release gold whose task was made by a run that was cut short."""
    hidden = seeds.in_state(ctx.store, project.id, FOR_EVERYONE, SeedState.HIDDEN, kind=SeedKind.GOLD)
    for seed in hidden:
        if seed.task is not None:
            _release(ctx, seed, seed.task)
    return len(hidden)


def _make_tasks(ctx: Context, project: ProjectRecord, track: Track) -> int:
    """Make the tasks of planned seeds, which nobody is served: they count as labelled."""
    planned = seeds.in_state(ctx.store, project.id, FOR_EVERYONE, SeedState.PLANNED)
    orphans = _made_by_earlier_runs(ctx, project, planned)
    for seed in track(planned, "seeding"):
        if seed.kind is SeedKind.RETEST:
            first = tasks.first_ordinary(ctx.store, project.id, seed.item)
            ctx.gateway.update_task(first, overlap=project.annotators)
        orphan = next((o for o in orphans if o.data == seed.data and not _just_planned(ctx, seed)), None)
        if orphan is None:
            task = ctx.gateway.create_task(project.id, seed.data, overlap=project.annotators, is_labeled=True)
        else:
            orphans.remove(orphan)
            task = orphan.id
        seeds.set_state(ctx.store, seed.id, SeedState.HIDDEN, task=task)
        if seed.kind is SeedKind.GOLD:
            _release(ctx, seed, task)
    return len(planned)


def _made_by_earlier_runs(ctx: Context, project: ProjectRecord, planned: Sequence[SeedRecord]) -> list[StudioTask]:
    """Tasks that an earlier run made for planned seeds, and was cut short before noting their ids."""
    earlier = [seed.planned_at for seed in planned if not _just_planned(ctx, seed)]
    if not earlier:
        return []
    known = seeds.tasks_of(ctx.store, project.id) | tasks.ids(ctx.store, project.id)
    since = format_timestamp(min(earlier) - JUST_PLANNED_SECONDS)
    return [task for task in ctx.gateway.tasks(project.id, since=since) if task.id not in known and task.is_labeled]


def _just_planned(ctx: Context, seed: SeedRecord) -> bool:
    """By this run: the lease kept others out since."""
    return ctx.clock() - seed.planned_at < JUST_PLANNED_SECONDS


def _release(ctx: Context, seed: SeedRecord, task: int) -> None:
    ctx.gateway.update_task(task, is_labeled=False)
    seeds.set_state(ctx.store, seed.id, SeedState.PLACED)


def _release_retests(ctx: Context, project: ProjectRecord) -> int:
    """Show retests whose first showing everybody now at work has answered long enough ago."""
    hidden = seeds.in_state(ctx.store, project.id, FOR_EVERYONE, SeedState.HIDDEN, kind=SeedKind.RETEST)
    if not hidden:
        return 0
    active = _at_work(ctx, project) - pauses.now(ctx.store, project.id).keys()
    answered = _last_answers(ctx, project, [seed.item for seed in hidden])
    due = [seed for seed in hidden if _is_released(ctx, project, answered.get(seed.item, {}), active)]
    for seed in due:
        if seed.task is not None:
            _release(ctx, seed, seed.task)
    return len(due)


def _at_work(ctx: Context, project: ProjectRecord) -> set[str]:
    """Annotators of the latest judgments."""
    window = RECENT_LAGS * project.min_lag * max(project.annotators, 1)
    return judgments.latest_annotators(ctx.store, project.id, window)


def _last_answers(ctx: Context, project: ProjectRecord, items: list[str]) -> dict[str, dict[str, Judgment]]:
    """Each annotator's last answer, by item."""
    last: dict[str, dict[str, Judgment]] = {}
    for judgment in sorted(judgments.on_items(ctx.store, project.id, items), key=lambda j: (j.at, j.id)):
        last.setdefault(judgment.item, {})[judgment.annotator] = judgment
    return last


def _is_released(
    ctx: Context, project: ProjectRecord, last_answer: Mapping[str, Judgment], active: Collection[str]
) -> bool:
    if not last_answer.keys() >= set(active):
        return False  # before anything is counted
    since = {name: judgments.count_since(ctx.store, project.id, last_answer[name]) for name in active}
    return is_released(since, min_lag=project.min_lag)
