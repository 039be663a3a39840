"""How the monitored projects stand, and what needs attention, with the cure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ls_backend.errors import GatewayError, NotAttachedError
from ls_backend.formats.notes import counted
from ls_backend.label_studio.records import PluginStatus
from ls_backend.measurement.decidedness import DecidednessSource, GroupRule
from ls_backend.programme.seed_schedule import Routing
from ls_backend.services.context import Context
from ls_backend.services.queries.guides import required_guide, what_requiring_lacks
from ls_backend.services.queries.inspection import odd_work
from ls_backend.services.queries.periods import period_name
from ls_backend.store import (
    audit,
    gold,
    inbox,
    ledger,
    pauses,
    projects,
    scorecards,
    seeds,
    sums,
    tasks,
    unclear,
    unread,
)
from ls_backend.store.records import EventState, ProjectRecord

GUARD_CURE = (
    "The guard is off: every member can read gold, retests and secrets. Start Label Studio with the Steadyhand plugin "
    "and name the admins in STEADYHAND_ADMINS."
)

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """``events`` counts events by state, ``seeds`` seeds by kind and state; ``recovered`` judgments were found by catching up;
    ``gold`` items are in use;
    ``decided_by`` is what tells which pairs are decided, ``retest_focus`` the share of retests that repeats those, and
    ``adaptive`` says whether checks are spent where they decide."""

    project: int
    title: str
    label_studio: str
    routing: Routing
    plugin: bool
    guard: bool
    contract: str
    scorecard_project: int | None
    judgments: int
    recovered: int
    annotators: int
    events: dict[EventState, int]
    seeds: dict[str, int]
    gold: int
    gold_retired: int
    gold_lapsed: int
    caught_up_to: str | None
    audit: int
    attention: tuple[str, ...]
    decided_by: DecidednessSource
    retest_focus: float
    adaptive: bool


def status(ctx: Context, project: int | None = None) -> list[ProjectStatus]:
    """How the attached projects stand, or one of them.

    Raises:
        NotAttachedError: none is attached, or not this one.
    """
    records = projects.attached(ctx.store) if project is None else [projects.get(ctx.store, project)]
    if not records:
        raise NotAttachedError(
            "no project is monitored", command="`steadyhand attach --project ID --contract FILE` starts it"
        )
    plugin, warnings = _plugin(ctx)
    return [_status(ctx, record, plugin, warnings) for record in records]


def _plugin(ctx: Context) -> tuple[PluginStatus | None, list[str]]:
    """The plugin inside Label Studio, where it answers, and what is to be said of it."""
    try:
        plugin = ctx.gateway.plugin()
    except GatewayError as error:
        return None, [str(error)]
    return plugin, [] if plugin and plugin.guard else [GUARD_CURE]


def _status(ctx: Context, record: ProjectRecord, plugin: PluginStatus | None, warnings: Sequence[str]) -> ProjectStatus:
    store, project = ctx.store, record.id
    events = inbox.counts(store, project)
    tally = sums.tally(store, project)
    attention = [
        *warnings,
        *trouble(ctx, record, events, interfered=tally.interfered),
        *_waiting(ctx, project),
        *_paused(ctx, project),
        *_unread(ctx, project, plugin),
        *_odd_work(ctx, project, tally.counting),
    ]
    return ProjectStatus(
        project=project,
        title=record.title,
        label_studio=ctx.gateway.url,
        routing=record.routing,
        plugin=plugin is not None,
        guard=bool(plugin and plugin.guard),
        contract=record.parsed_contract.version,
        scorecard_project=record.scorecard_project,
        judgments=tally.counting,
        recovered=tally.caught_up,
        annotators=scorecards.count(store, project),
        events=events,
        seeds={f"{kind} {state}": n for (kind, state), n in seeds.counts(store, project).items()},
        gold=gold.count_in_use(store, project),
        gold_retired=gold.count_retired(store, project, lapsed=False),
        gold_lapsed=gold.count_retired(store, project, lapsed=True),
        caught_up_to=record.cursor,
        audit=audit.count(store, project),
        attention=tuple(attention),
        decided_by=(sums.rule(store, project) or GroupRule()).source,
        retest_focus=record.retest_focus,
        adaptive=record.adaptive,
    )


def trouble(ctx: Context, record: ProjectRecord, events: Mapping[EventState, int], *, interfered: int) -> list[str]:
    """What is wrong with ``events`` (how many are in each state), tasks, annotations and seeds; so many annotations somebody else
    ``interfered`` with."""
    attention = []
    if unreadable := events.get(EventState.UNREADABLE, 0):
        why = inbox.first_error(ctx.store, record.id)
        what = (
            "1 event is kept aside because it"
            if unreadable == 1
            else f"{unreadable} events are kept aside because they"
        )
        attention.append(f"{what} can't be applied: {why}. `steadyhand replay --project {record.id}` tries again")
    if kept_aside := unread.count(ctx.store, record.id):
        reasons = [task.why for task in unread.first(ctx.store, record.id, limit=MOST_REASONS)]
        left = kept_aside - len(reasons)
        more = f"; and {counted(left, 'more task')}" if left else ""
        attention.append(
            f"Kept aside when tasks were read: {'; '.join(reasons)}{more}. What is corrected in Label Studio is read by itself; "
            f"`steadyhand reconcile --full --project {record.id}` tries all again"
        )
    if record.config_fault:
        attention.append(
            f"Label Studio's label config of today can't be read, and answers are read by the one before: {record.config_fault}"
        )
    if record.gold_faults:
        shown = [*record.gold_faults[:MOST_REASONS]]
        if len(record.gold_faults) > MOST_REASONS:
            shown.append(f"and {len(record.gold_faults) - MOST_REASONS} more")
        attention.append(f"Gold of experts: {'; '.join(shown)}")
    if interfered:
        what = "1 annotation was" if interfered == 1 else f"{interfered} annotations were"
        attention.append(
            f"{what} made or changed in another's name; `steadyhand audit --project {record.id}` says by whom"
        )
    if record.routing is Routing.EVERYONE:
        changed = tasks.count_changed_overlaps(ctx.store, record.id, record.annotators)
        if changed:
            seeded = counted(changed, "seeded task")
            attention.append(f"The overlap of {seeded} was changed; was the project's `annotations per task` edited?")
    return attention


def _waiting(ctx: Context, project: int) -> list[str]:
    """What an admin has to answer or to approve."""
    waiting = []
    if disputes := len(ledger.open_disputes(ctx.store, project)):
        what = "1 dispute is open" if disputes == 1 else f"{disputes} disputes are open"
        waiting.append(f"{what}; `steadyhand ledger disputes --project {project}` shows what they say.")
    waiting += [
        f"Settled by {settlement.settled_by} and not approved yet: {period_name(settlement.name)}; "
        f"`steadyhand ledger approve --project {project} --period {settlement.name}` does."
        for settlement in ledger.unapproved(ctx.store, project)
    ]
    if questions := len(unclear.waiting(ctx.store, project)):
        what = (
            "1 question about an unclear item waits"
            if questions == 1
            else f"{questions} questions about unclear items wait"
        )
        waiting.append(f"{what} for an answer, on the page Items of the dashboard.")
    return waiting


def _paused(ctx: Context, project: int) -> list[str]:
    """Who is served nothing, and why."""
    paused = pauses.now(ctx.store, project)
    if not paused:
        return []
    text = "; ".join(f"annotator {annotator} ({pause.reason})" for annotator, pause in paused.items())
    return [f"Paused: {text}. `steadyhand resume --project {project} --annotator ID` serves them again."]


def _unread(ctx: Context, project: int, plugin: PluginStatus | None) -> list[str]:
    """Who has not read the version of the guide that is to be read, and whether they are served tasks all the same."""
    required = required_guide(ctx, project)
    if required is None or not required.unread:
        return []
    lacks = what_requiring_lacks(plugin)
    return [
        f"Version {required.version} of the guide is to be read before going on. Who has labelled and not read it yet: annotator {', '.join(required.unread)}."
        + (f" They are served tasks all the same. {lacks}" if lacks else "")
    ]


def _odd_work(ctx: Context, project: int, count: int) -> list[str]:
    """Whose work asks for a look, by name of what is odd."""
    if count > ctx.settings.pages_up_to:
        return [
            f"Odd work is looked for among at most {ctx.settings.pages_up_to:,} judgments (STEADYHAND_PAGES_UP_TO)."
        ]
    who_by_what = odd_work(ctx, project, count).who
    if not who_by_what:
        return []
    text = "; ".join(f"{what}: annotator {', '.join(who)}" for what, who in who_by_what.items())
    return [
        f"Odd work ({text}); `steadyhand inspect --project {project}` says why. It moves neither reputation nor pay."
    ]
