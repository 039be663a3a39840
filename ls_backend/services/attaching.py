"""Attaching a project: reading what is there, connecting Label Studio, and seeding."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ls_backend.contracts.terms import Contract, Measure
from ls_backend.errors import GatewayError, InputError
from ls_backend.formats.pairs import Pair, gold_item, task_data
from ls_backend.label_studio.config import check_mapping, find_control_mapping, find_mapping, read_label_config
from ls_backend.label_studio.records import PluginStatus, StudioProject, StudioTask
from ls_backend.label_studio.tasks import NO_MARGIN, MarginSource, read_showing, slice_of
from ls_backend.measurement.decidedness import MOST
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.programme.seed_costs import SeedCost, cost_aimed, cost_for_everyone
from ls_backend.programme.seed_schedule import (
    DEFAULT_GOLD_RATE,
    DEFAULT_LAG,
    DEFAULT_MIN_LAG,
    DEFAULT_RETEST_FOCUS,
    DEFAULT_RETEST_RATE,
    Routing,
    sample_for_everyone,
)
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.connections import connect, disconnect
from ls_backend.services.context import Context, Track, silent
from ls_backend.services.expert_gold import present_expert_gold, read_experts
from ls_backend.services.ground_truths import present_truths
from ls_backend.services.onboarding import OnboardingReport
from ls_backend.services.processing import process
from ls_backend.services.queries.status import GUARD_CURE
from ls_backend.services.write_back import CONSENSUS_VERSION
from ls_backend.store import audit, gold, inbox, judgments, projects, seeds, sums
from ls_backend.store.records import Connections, GoldRecord, OriginalSettings, ProjectRecord
from ls_templates.mapping import AnswerMapping, TaskKind


@dataclass(frozen=True)
class MonitoringTerms:
    """What a project is attached with. ``routing`` is None for what is possible; ``annotators`` is how many answer each seed where everyone
    does (None: the organisation's members but ourselves); ``margin_source`` says where the margin of a task stands; ``retest_focus`` and ``lag`` are those of the seed policy; ``ground_truths`` says that
    Label Studio's ground truths are gold too; ``gold_project`` is another project, whose experts' answers are; ``adaptive`` spends checks where they decide; ``control`` names the control to monitor where the task is not a choice
    between two responses."""

    contract: str
    gold: Sequence[Pair] = ()
    ground_truths: bool = False
    gold_project: int | None = None
    retest_rate: float = DEFAULT_RETEST_RATE
    gold_rate: float = DEFAULT_GOLD_RATE
    min_lag: int = DEFAULT_MIN_LAG
    routing: Routing | None = None
    slice_field: str | None = None
    annotators: int | None = None
    mapping: AnswerMapping | None = None
    control: str | None = None
    measurement: MeasurementOptions = field(default_factory=MeasurementOptions)
    margin_source: MarginSource = NO_MARGIN
    retest_focus: float = DEFAULT_RETEST_FOCUS
    lag: int = DEFAULT_LAG
    adaptive: bool = False


@dataclass(frozen=True, slots=True)
class AttachReport:
    """What attaching does, or would do (``written`` is False then). ``faults`` says which annotations can't be read. ``seeded`` and ``scorecard_project`` are None until it is done."""

    project: int
    title: str
    routing: Routing
    guard: bool
    tasks: int
    gold: int
    cost: SeedCost
    notes: tuple[str, ...]
    faults: tuple[str, ...] = ()
    written: bool = False
    seeded: int | None = None
    scorecard_project: int | None = None
    onboarding: OnboardingReport | None = None


def attach(
    ctx: Context,
    actor: Actor,
    project: int,
    terms: MonitoringTerms,
    *,
    dry_run: bool = False,
    track: Track = silent,
) -> AttachReport:
    """Switch monitoring on: read what is there, connect webhook and ML backend, and seed. Attaching an attached project
    again takes over the new terms. With ``dry_run`` nothing is written; the cost is reported.

    Raises:
        SteadyhandError: says what is wrong, before anything was written where it can be known before.
    """
    contract = Contract.parse(terms.contract)
    studio, plugin = ctx.gateway.project(project), ctx.gateway.plugin()
    mapping = _mapping(terms, studio.label_config)
    routing = _routing(terms, contract, plugin)
    present = list(ctx.gateway.tasks(project))
    before = projects.find(ctx.store, project)
    if before and judgments.tally(ctx.store, project).counting:
        _refuse_another_task(before.mapping, mapping, project)
    if contract.bonus_terms.measure is Measure.GOLD and not _has_gold(terms) and before is None:
        raise InputError("the contract pays by gold accuracy, and there are no gold items; give --gold FILE")
    record = _record(ctx, studio, terms, mapping, routing, before)
    policy = record.seed_policy  # refuses impossible rates
    if routing is Routing.AIMED and policy.retest_rate + policy.gold_rate >= 1:
        raise InputError("retest_rate and gold_rate come to 1, which leaves no ordinary work; lower one of them")
    with_margin = _tasks_with_margin(record, present)
    gold_items = _gold_records(record, terms.gold, present)
    if terms.ground_truths:
        gold_items = present_truths(record, present) | gold_items
    experts = read_experts(ctx, record, terms.gold_project) if terms.gold_project is not None else None
    if experts:
        gold_items = present_expert_gold(record, present, experts) | gold_items
    report = AttachReport(
        project=project,
        title=studio.title,
        routing=routing,
        guard=bool(plugin and plugin.guard),
        tasks=len(present),
        gold=len(gold_items),
        cost=_cost(ctx, record, present, gold_items),
        notes=(
            *_notes(studio, present, plugin, gold_items, terms),
            *_margin_notes(record, with_margin, len(present)),
            *(experts.notes(_items(record, present)) if experts else ()),
        ),
        faults=experts.faults if experts else (),
    )
    if dry_run:
        return report
    _save(ctx, record, gold_items)
    try:
        connect(ctx, record, studio, plugin)
    except GatewayError:
        if before is None or not before.is_attached:
            with ctx.store.lease(leases.writing_back(project), wait=60.0):
                disconnect(ctx, projects.get(ctx.store, project))  # nothing half connected stays behind
        raise
    inbox.retry_unreadable(ctx.store, project)
    applied = process(ctx, actor, project, pull="all", wait=60.0, track=track)
    audit.note(ctx.store, project, "attached", actor=actor.name, contract=contract.version, routing=routing)
    return replace(
        report,
        faults=tuple(applied.faults),
        written=True,
        seeded=applied.counts["placed"],
        scorecard_project=projects.get(ctx.store, project).scorecard_project,
    )


def _has_gold(terms: MonitoringTerms) -> bool:
    return bool(terms.gold) or terms.ground_truths or terms.gold_project is not None


def _items(project: ProjectRecord, present: Sequence[StudioTask]) -> set[str]:
    """The items that tasks show."""
    showings = (read_showing(task.data, project.mapping, project.fields) for task in present)
    return {showing.item for showing in showings if showing}


def _mapping(terms: MonitoringTerms, label_config: str) -> AnswerMapping:
    if terms.mapping:
        mapping = terms.mapping
    elif terms.control:
        mapping = find_control_mapping(terms.control, label_config)
    else:
        mapping = find_mapping(label_config)
    check_mapping(mapping, label_config)
    return mapping


def _routing(terms: MonitoringTerms, contract: Contract, plugin: PluginStatus | None) -> Routing:
    routing = Routing(terms.routing or (Routing.AIMED if plugin else Routing.EVERYONE))
    if routing is Routing.AIMED and not plugin:
        raise InputError(
            "routing `aimed` needs the Steadyhand plugin inside Label Studio, which does not answer; start Label Studio "
            "with DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings, or use --routing everyone"
        )
    if terms.adaptive and contract.bonus_terms.measure is not Measure.ATTENTIVENESS:
        raise InputError(
            "--adaptive changes which pairs are repeated for whom, and the contract pays by another measure than attentiveness, "
            "which does not allow for that; leave --adaptive out, or pay by attentiveness"
        )
    if routing is Routing.EVERYONE and terms.adaptive:
        raise InputError(
            "--adaptive gives each annotator as many checks as they need, but with routing `everyone` all get the same; "
            "leave --adaptive out, or use --routing aimed"
        )
    return routing


def _refuse_another_task(before: AnswerMapping, after: AnswerMapping, project: int) -> None:
    what, other = (
        "pairs" if m.task is TaskKind.PAIR else f"{m.task} by {m.control}" + (f" up to {m.top}" if m.top else "")
        for m in (before, after)
    )
    if what != other:
        raise InputError(
            f"project {project} has judgments on {what}, which can't be scored together with {other}; import its tasks into "
            "a new project and attach that"
        )


def _record(
    ctx: Context,
    studio: StudioProject,
    terms: MonitoringTerms,
    mapping: AnswerMapping,
    routing: Routing,
    before: ProjectRecord | None,
) -> ProjectRecord:
    """The project as it will be monitored. What an attached project has connected stays."""
    attached = before if before is not None and before.is_attached else None
    if terms.gold_project == studio.id:
        raise InputError(
            f"--gold project:{studio.id} names the monitored project itself; its own known answers are --gold ground-truth"
        )
    if attached and attached.routing is not routing:
        raise InputError(
            f"project {studio.id} is routed by {attached.routing}; detach it first, then attach it with {routing}"
        )
    annotators = terms.annotators
    if annotators is None:
        annotators = max(1, len(ctx.gateway.members()) - 1) if routing is Routing.EVERYONE else 1
    original = OriginalSettings(studio.show_collab_predictions, studio.model_version)
    return ProjectRecord(
        id=studio.id,
        title=studio.title,
        label_config=studio.label_config,
        mapping=mapping,
        fields=read_label_config(studio.label_config).fields,
        contract=terms.contract,
        routing=routing,
        retest_rate=terms.retest_rate,
        gold_rate=terms.gold_rate,
        min_lag=terms.min_lag,
        annotators=annotators,
        slice_field=terms.slice_field,
        salt=before.salt if before else secrets.token_hex(16),
        original_settings=attached.original_settings if attached else original,
        connections=attached.connections if attached else Connections(),
        scorecard_project=attached.scorecard_project if attached else None,
        cursor=attached.cursor if attached else None,
        attached_at=attached.attached_at if attached else ctx.clock(),
        detached_at=None,
        measurement=terms.measurement,
        margin_source=terms.margin_source,
        retest_focus=terms.retest_focus,
        lag=terms.lag,
        takes_ground_truths=terms.ground_truths,
        gold_project=terms.gold_project,
        adaptive=terms.adaptive,
    )


def _tasks_with_margin(project: ProjectRecord, present: Sequence[StudioTask]) -> int:
    """How many tasks have a margin.

    Raises:
        InputError: none has one, or an annotator would see it.
    """
    source = project.margin_source
    if not source:
        return 0
    if source.model == CONSENSUS_VERSION:
        raise InputError(
            f"the predictions of {CONSENSUS_VERSION} are our own consensus: what others answer must not move anybody's reputation or "
            "pay; name another model"
        )
    if project.mapping.task is not TaskKind.PAIR:
        raise InputError("margins are for pairs of responses, and this project has another task; leave them out")
    shown = [field for field in source.fields if field in project.fields]
    if shown:
        raise InputError(
            f"the label config shows the field {shown[0]}, so annotators would see the margin; take it out there"
        )
    count = sum(source.read(task) is not None for task in present)
    if present and not count and source.model:
        models = sorted({prediction.model_version for task in present for prediction in task.predictions} - {""})
        raise InputError(f"no task has a score in {source}; there are predictions of {', '.join(models) or 'no model'}")
    if present and not count:
        there = ", ".join(sorted(present[0].data)) or "none"
        raise InputError(f"no task has a number in {source}; the first task has the fields {there}")
    return count


def _gold_records(
    project: ProjectRecord, pairs: Sequence[Pair], present: Sequence[StudioTask]
) -> dict[str, GoldRecord]:
    """Gold items by item."""
    sample = present[0].data if present else None
    records: dict[str, GoldRecord] = {}
    for pair in pairs:
        data = task_data(pair, project.mapping, project.fields, sample)
        showing = read_showing(data, project.mapping, project.fields)
        if showing is None:
            raise InputError(f"gold item {pair.excerpt} lacks a field that the label config shows")
        answer = gold_item(pair, mirrored=showing.mirrored)
        record = GoldRecord(
            project=project.id,
            item=showing.item,
            preferred=answer.preferred,
            explanation=pair.explanation,
            slice=slice_of(data, project.slice_field) if project.slice_field else pair.slice,
            data=data,
            answer=answer.answer or None,
        )
        earlier = records.get(showing.item, record)
        if (earlier.preferred, earlier.answer) != (record.preferred, record.answer):
            raise InputError(f"gold item {pair.excerpt} is given twice, with different answers; keep the right one")
        records[showing.item] = record
    return records


def _cost(
    ctx: Context, project: ProjectRecord, present: Sequence[StudioTask], gold_items: dict[str, GoldRecord]
) -> SeedCost:
    seeded = seeds.tasks_of(ctx.store, project.id)
    ordinary = [task for task in present if task.id not in seeded]
    judgments_asked = sum(task.overlap for task in ordinary)
    if project.routing is Routing.AIMED:
        annotators = max(project.annotators, len(ctx.gateway.members()) - 1)
        return cost_aimed(judgments_asked, len(gold_items), annotators, project.seed_policy)
    unanswered: dict[str, str | None] = {}
    for task in ordinary:
        showing = read_showing(task.data, project.mapping, project.fields)
        if showing and not task.total_annotations and showing.item not in gold_items:
            unanswered[showing.item] = slice_of(task.data, project.slice_field)
    sample = sample_for_everyone(unanswered, project.seed_policy)
    overlap = max((task.overlap for task in ordinary), default=1)
    return cost_for_everyone(judgments_asked, len(sample), len(gold_items), project.annotators, overlap)


def _notes(
    studio: StudioProject,
    present: Sequence[StudioTask],
    plugin: PluginStatus | None,
    gold_items: dict[str, GoldRecord],
    terms: MonitoringTerms,
) -> list[str]:
    notes = []
    if not present:
        notes.append("The project has no tasks yet: seeds will follow when it has.")
    if not gold_items and terms.measurement.q is None and not terms.measurement.best:
        notes.append("No gold items: attentiveness has no scale, and reputation rests on a lower bound.")
    if not (plugin and plugin.guard):
        notes.append(GUARD_CURE)
    if terms.ground_truths and not (plugin and plugin.guard):
        notes.append("Ground truths are gold, and without the guard every member can read and set them.")
    if studio.show_collab_predictions:
        notes.append("Predictions are no longer shown while labelling (they would show the others' answers).")
    return notes


def _margin_notes(project: ProjectRecord, with_margin: int, present: int) -> list[str]:
    if project.margin_source and with_margin < MOST * present:
        return [
            f"Only {with_margin} of {present} tasks have a margin, so it is not used: any earlier pairs are repeated. It is "
            "used from half of them on."
        ]
    if with_margin:
        return [f"Retests are mostly of the decided pairs, by the margin of {with_margin} of {present} tasks."]
    return []


FROM_GOLD_FILE = ("preferred", "explanation", "slice", "data", "answer", "author", "truth_of_task", "truth_of_project")
"""The columns of gold that are written anew: what was retired or withdrawn since stays so."""


def _save(ctx: Context, project: ProjectRecord, gold_items: dict[str, GoldRecord]) -> None:
    known = gold.known_answers(ctx.store, project.id)
    changed = [item for item, record in gold_items.items() if known.get(item) != record.known]
    with judgments.writing(ctx.store, project.id, replayable=False) as connection:
        ctx.store.save(project, connection=connection)
        for record in gold_items.values():
            ctx.store.save(record, connection=connection, only=FROM_GOLD_FILE)
        sums.mark_items(ctx.store, project.id, changed, connection)
