"""Attaching a project, taking it off again, and how it stands."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from ls_backend.contracts.terms import Contract
from ls_backend.errors import GatewayError, InputError, NotAttachedError
from ls_backend.formats.pairs import Pair, gold_item, task_data
from ls_backend.label_studio.config import check_mapping, find_control_mapping, find_pair_mapping, read_label_config
from ls_backend.label_studio.events import WEBHOOK_ACTIONS
from ls_backend.label_studio.records import PluginStatus, StudioProject, StudioTask
from ls_backend.label_studio.scorecard_project import SCORECARD_LABEL_CONFIG
from ls_backend.label_studio.tasks import read_showing
from ls_backend.measurement.scorecard import MeasurementOptions
from ls_backend.programme import seed_schedule
from ls_backend.services.context import Context, Track, mapping_of, silent
from ls_backend.services.ingest import drain, reconcile
from ls_backend.services.pipeline import move
from ls_backend.services.scoring import concerns, counted, rescore
from ls_backend.services.seeding import sample_of
from ls_backend.services.writeback import MODEL_VERSION
from ls_backend.store.engine import Row
from ls_backend.store.tables import audit, cards, gold, inbox, judgments, projects, seeds, tasks
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping

SECRET_HEADER = "X-Steadyhand-Secret"  # noqa: S105  (the header's name)
GUARD_CURE = (
    "The guard is off: every member can read gold, retests and secrets. Start Label Studio with the Steadyhand plugin "
    "and name the admins in STEADYHAND_ADMINS."
)
LOST_OVERLAP = "the overlap of {n} seeded tasks was changed; was the project's `annotations per task` edited?"


@dataclass(frozen=True)
class MonitoringTerms:
    """What a project is attached with. ``routing`` is ``aimed``, ``panel`` or None for what is possible; ``annotators``
    is the size of the panel (None: the organisation's members but ourselves); ``control`` names what another task than pairs
    is answered by."""

    contract: str
    gold: Sequence[Pair] = ()
    retest_rate: float = 0.1
    gold_rate: float = 0.1
    min_lag: int = 10
    routing: str | None = None
    slice_field: str | None = None
    annotators: int | None = None
    mapping: AnswerMapping | None = None
    control: str | None = None
    measurement: MeasurementOptions = field(default_factory=MeasurementOptions)


def attach(
    ctx: Context, project: int, terms: MonitoringTerms, *, dry_run: bool = False, track: Track[Any] = silent
) -> Json:
    """Switch monitoring on: read what is there, connect webhook and ML backend, and seed. Attaching an attached project
    again takes over the new terms. With ``dry_run`` nothing is written; the cost is told.

    Raises:
        SteadyhandError: says what is wrong, before anything was written where it can be known before.
    """
    contract = Contract.parse(terms.contract)
    found = ctx.gateway.project(project)
    config = found.label_config
    mapping = terms.mapping or (
        find_control_mapping(terms.control, config) if terms.control else find_pair_mapping(config)
    )
    check_mapping(mapping, config)
    plugin = ctx.gateway.plugin()
    routing = terms.routing or ("aimed" if plugin else "panel")
    if routing == "aimed" and not plugin:
        raise InputError(
            "routing `aimed` needs the Steadyhand plugin inside Label Studio, which does not answer; start Label Studio "
            "with DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings, or use --routing panel"
        )
    here = list(ctx.gateway.tasks(project))
    before = ctx.store.rows(sa.select(projects).where(projects.c.id == project))
    if before and ctx.store.count(judgments, counted(project)):
        _refuse_another_task(mapping_of(before[0]), mapping, project)
    row = _row(ctx, found, terms, contract, mapping, routing, before[0] if before else None)
    seed_schedule.SeedPolicy(
        row["retest_rate"], row["gold_rate"], row["min_lag"], row["salt"]
    )  # refuses impossible rates
    control = _control(row, terms.gold, here)
    cost = _cost(ctx, row, here, control)
    report = {
        "project": project,
        "title": found.title,
        "routing": routing,
        "guard": bool(plugin and plugin.guard),
        "tasks": len(here),
        "gold": len(control),
        "cost": {**asdict(cost), "extra": cost.extra},
        "notes": _notes(found, here, plugin, control, terms.measurement),
    }
    if dry_run:
        return {**report, "written": False}
    _write_project(ctx, row, control)
    try:
        _connect(ctx, row, found, plugin)
    except GatewayError:
        if not before or before[0]["detached_at"] is not None:
            with ctx.store.lease(f"write-{project}", wait=60.0):
                _disconnect(ctx, row)  # nothing half done stays behind
        raise
    ctx.store.execute(
        sa.update(inbox).where(inbox.c.project == project, inbox.c.state == "held").values(state="pending")
    )
    placed = move(ctx, project, pull="all", wait=60.0, track=track).counts["placed"]
    ctx.store.note(project, "attached", contract=contract.version, routing=routing)
    return {**report, "written": True, "seeded": placed, "board": ctx.store.project(project)["board"]}


def _refuse_another_task(old: AnswerMapping, new: AnswerMapping, project: int) -> None:
    what, other = (
        "pairs" if m.task == "pair" else f"{m.task} by {m.control}" + (f" up to {m.top}" if m.top else "")
        for m in (old, new)
    )
    if what != other:
        raise InputError(
            f"project {project} has judgments on {what}, which can't be scored together with {other}; import its tasks into "
            "a new project and attach that"
        )


def _row(
    ctx: Context,
    found: StudioProject,
    terms: MonitoringTerms,
    contract: Contract,
    mapping: AnswerMapping,
    routing: str,
    old: Row | None,
) -> Row:
    if contract.bonus_terms.measure == "gold" and not terms.gold and old is None:
        raise InputError("the contract pays by gold accuracy, and there are no gold items; give --gold FILE")
    going_on = old is not None and old["detached_at"] is None
    if going_on and old is not None and old["routing"] != routing:
        raise InputError(
            f"project {found.id} is routed by {old['routing']}; detach it first, then attach it with {routing}"
        )
    annotators = terms.annotators
    if annotators is None:
        annotators = max(1, len(ctx.gateway.members()) - 1) if routing == "panel" else 1
    return {
        "id": found.id,
        "title": found.title,
        "label_config": found.label_config,
        "mapping": {**asdict(mapping), "values": dict(mapping.values)},
        "fields": list(read_label_config(found.label_config).fields),
        "contract": terms.contract,
        "measuring": asdict(terms.measurement),
        "routing": routing,
        "retest_rate": terms.retest_rate,
        "gold_rate": terms.gold_rate,
        "min_lag": terms.min_lag,
        "annotators": annotators,
        "slice_field": terms.slice_field,
        "salt": old["salt"] if old else secrets.token_hex(16),
        "found": old["found"] if old and going_on else _as_found(found),
        "made": old["made"] if old and going_on else {},
        "board": old["board"] if old and going_on else None,
        "cursor": old["cursor"] if old and going_on else None,
        "attached_at": old["attached_at"] if old and going_on else ctx.clock(),
        "detached_at": None,
    }


def _as_found(found: StudioProject) -> Json:
    return {"show_collab_predictions": found.show_collab_predictions, "model_version": found.model_version}


def _control(row: Row, pairs: Sequence[Pair], here: Sequence[StudioTask]) -> dict[str, Row]:
    """Gold items by item, as rows of the store."""
    sample = here[0].data if here else None
    control: dict[str, Row] = {}
    for pair in pairs:
        data = task_data(pair, mapping_of(row), row["label_config"], sample)
        shown = read_showing(data, mapping_of(row), row["fields"])
        if shown is None:
            raise InputError(f"gold item {pair.excerpt} has not what the label config shows")
        known = gold_item(pair, mirrored=shown.mirrored)
        fact = {"preferred": known.preferred, "answer": known.answer or None}
        before = control.get(shown.item, fact)
        if any(before[k] != v for k, v in fact.items()):
            raise InputError(f"gold item {pair.excerpt} is given twice, with different answers; keep the right one")
        section = data.get(row["slice_field"]) if row["slice_field"] else pair.slice
        control[shown.item] = {
            "project": row["id"],
            "item": shown.item,
            **fact,
            "explanation": pair.explanation,
            "slice": section,
            "data": data,
        }
    return control


def _cost(ctx: Context, row: Row, here: Sequence[StudioTask], control: dict[str, Row]) -> seed_schedule.Cost:
    seeded = {r["task"] for r in ctx.store.rows(sa.select(seeds.c.task).where(seeds.c.project == row["id"]))}
    ordinary = [t for t in here if t.id not in seeded]
    policy = seed_schedule.SeedPolicy(row["retest_rate"], row["gold_rate"], row["min_lag"], row["salt"])
    wanted = sum(t.overlap for t in ordinary)
    if row["routing"] == "aimed":
        return seed_schedule.cost_aimed(
            wanted, len(control), max(row["annotators"], len(ctx.gateway.members()) - 1), policy
        )
    open_items: dict[str, str | None] = {}
    for t in ordinary:
        shown = read_showing(t.data, mapping_of(row), row["fields"])
        if shown and not t.total_annotations and shown.item not in control:
            open_items[shown.item] = t.data.get(row["slice_field"]) if row["slice_field"] else None
    overlap = max((t.overlap for t in ordinary), default=1)
    return seed_schedule.cost_for_everyone(
        wanted, len(sample_of(row, open_items)), len(control), row["annotators"], overlap
    )


def _notes(
    found: StudioProject,
    here: Sequence[StudioTask],
    plugin: PluginStatus | None,
    control: dict[str, Row],
    measurement: MeasurementOptions,
) -> list[str]:
    notes = []
    if not here:
        notes.append("The project has no tasks yet: seeds will follow the first judgments.")
    if not control and measurement.q is None and not measurement.best:
        notes.append("No gold items: attentiveness has no scale, and reputation rests on a lower bound.")
    if not (plugin and plugin.guard):
        notes.append(GUARD_CURE)
    if found.show_collab_predictions:
        notes.append("Predictions are no longer shown while labelling (they would show the others' answers).")
    return notes


def _write_project(ctx: Context, row: Row, control: dict[str, Row]) -> None:
    with ctx.store.transaction() as connection:
        ctx.store.upsert(projects, row, connection=connection)
        for item in control.values():
            ctx.store.upsert(gold, item, connection=connection)


def _connect(ctx: Context, row: Row, found: StudioProject, plugin: PluginStatus | None) -> None:
    """Webhook, ML backend and scorecards; what exists stays. Each is noted as soon as it is made."""
    project, settings = row["id"], ctx.settings
    if found.show_collab_predictions:
        ctx.gateway.update_project(project, show_collab_predictions=False)
    hooks = {h.id for h in ctx.gateway.webhooks(project)}
    if row["made"].get("webhook") not in hooks:
        headers = {SECRET_HEADER: settings.webhook_secret(project)}
        made = ctx.gateway.create_webhook(project, settings.webhook_url, headers=headers, actions=WEBHOOK_ACTIONS)
        _made(ctx, row, webhook=made)
    if "ml_backend" not in row["made"]:
        user, password = f"project-{project}", settings.ml_password(project)
        made = ctx.gateway.create_ml_backend(project, settings.ml_base, user=user, password=password)
        _made(ctx, row, ml_backend=made)
        for hook in ctx.gateway.webhooks(project):  # Label Studio adds one without our secret
            if hook.url == settings.ml_base + "/webhook" and hook.id != row["made"]["webhook"]:
                ctx.gateway.delete_webhook(hook.id)
    if row["board"] is None:
        board = ctx.gateway.create_project(
            f"Scorecards of {row['title']}"[:50], SCORECARD_LABEL_CONFIG, description="Kept by Steadyhand."
        )
        row["board"] = board.id
        ctx.store.execute(sa.update(projects).where(projects.c.id == project).values(board=board.id))
    if plugin:
        ctx.gateway.set_policy(row["board"], hidden=True)
        ctx.gateway.set_policy(project, hidden=False)


def _made(ctx: Context, row: Row, **what: Any) -> None:
    row["made"] = {**row["made"], **what}
    ctx.store.execute(sa.update(projects).where(projects.c.id == row["id"]).values(made=row["made"]))


def detach(ctx: Context, project: int, *, keep_scorecards: bool = False, track: Track[Any] = silent) -> Json:
    """Switch monitoring off and leave the project as it was found. Our store keeps everything, seeds' answers too.

    To the end nobody else may place a seed, which would stay behind, or write: on SQLite Label Studio gives the id of a deleted
    scorecard to the next imported task, and what was meant for the one would overwrite the other.

    Raises:
        BusyError: another process is at it, and still was after a minute.
    """
    with ctx.store.lease(f"move-{project}", wait=60.0), ctx.store.lease(f"write-{project}", wait=60.0):
        row = ctx.store.project(project)
        drain(ctx, project)
        reconcile(ctx, project, track=track)
        rescore(ctx, project)
        _stop_listening(ctx, row)  # the deletion of seeds is no news, and their judgments stay
        ours = [p for p in ctx.gateway.predictions(project=project) if p.model_version == MODEL_VERSION]
        for p in track(ours, "removing consensus"):
            ctx.gateway.delete_prediction(p.id)
        seeded = ctx.store.rows(sa.select(seeds).where(seeds.c.project == project, seeds.c.task.is_not(None)))
        if row["routing"] == "panel":
            _restore_overlaps(ctx, row, seeded)
        # by id and data: the id of a deleted one may be another's by now
        shown = {s["task"]: s["data"] for s in seeded}
        there = [t.id for t in ctx.gateway.tasks(project) if t.id in shown and t.data == shown[t.id]]
        for task in track(there, "removing seeds"):
            ctx.gateway.delete_task(task)
        _disconnect(ctx, row, keep_scorecards=keep_scorecards)
        with ctx.store.transaction() as connection:
            own = [s["task"] for s in seeded]  # their judgments stay, and no later pull will miss their tasks
            connection.execute(sa.delete(tasks).where(tasks.c.project == project, tasks.c.id.in_(own)))
            connection.execute(sa.delete(seeds).where(seeds.c.project == project))
            connection.execute(sa.update(tasks).where(tasks.c.project == project).values(written=None))
            connection.execute(sa.update(cards).where(cards.c.project == project).values(written=None))
    ctx.store.note(project, "detached", seeds=len(there))
    return {"project": project, "seeds_removed": len(there), "predictions_removed": len(ours)}


def _disconnect(ctx: Context, row: Row, *, keep_scorecards: bool = False) -> None:
    """Take away what :func:`_connect` made, and set the project as it was found."""
    _stop_listening(ctx, row)
    made = row["made"]
    if "ml_backend" in made:
        ctx.gateway.delete_ml_backend(made["ml_backend"])
    if row["board"] is not None and not keep_scorecards:
        ctx.gateway.delete_project(row["board"])
    ctx.gateway.update_project(row["id"], **row["found"])
    ctx.store.execute(sa.update(projects).where(projects.c.id == row["id"]).values(detached_at=ctx.clock()))


def _stop_listening(ctx: Context, row: Row) -> None:
    if "webhook" in row["made"]:
        ctx.gateway.delete_webhook(row["made"]["webhook"])
        row["made"] = {k: v for k, v in row["made"].items() if k != "webhook"}
        _made(ctx, row)


def _restore_overlaps(ctx: Context, row: Row, seeded: Sequence[Row]) -> None:
    """A panel's originals get the overlap of the project again."""
    overlap = ctx.gateway.project(row["id"]).maximum_annotations
    own = {s["task"] for s in seeded}
    items = {s["item"] for s in seeded if s["kind"] == "retest"}
    for t in ctx.store.rows(sa.select(tasks).where(tasks.c.project == row["id"], tasks.c.item.in_(items))):
        if t["id"] not in own:
            ctx.gateway.update_task(t["id"], overlap=overlap)


def status(ctx: Context, project: int | None = None) -> list[Json]:
    """How the attached projects stand, with what needs attention and the cure.

    Raises:
        NotAttachedError: none is attached, or not this one.
    """
    rows = ctx.store.attached() if project is None else [ctx.store.project(project)]
    if not rows:
        raise NotAttachedError("no project is monitored; `steadyhand attach --project ID --contract FILE` starts it")
    return [_status(ctx, row) for row in rows]


def _status(ctx: Context, row: Row) -> Json:
    project = row["id"]
    attention: list[str] = []
    try:
        plugin = ctx.gateway.plugin()
        if not (plugin and plugin.guard):
            attention.append(GUARD_CURE)
    except GatewayError as error:
        plugin = None
        attention.append(str(error))
    states = Counter(r["state"] for r in ctx.store.rows(sa.select(inbox.c.state).where(inbox.c.project == project)))
    held = ctx.store.rows(sa.select(inbox.c.error).where(inbox.c.project == project, inbox.c.state == "held").limit(1))
    if held:
        attention.append(f"{states['held']} events wait because they can't be read: {held[0]['error']}")
    meddled = ctx.store.count(judgments, judgments.c.project == project, judgments.c.interference.is_not(None))
    if meddled:
        attention.append(f"{meddled} annotations were made or changed in another's name; see the audit log")
    by_seed = Counter(
        (s["kind"], s["state"]) for s in ctx.store.rows(sa.select(seeds).where(seeds.c.project == project))
    )
    if row["routing"] == "panel":
        changed = _changed_overlaps(ctx, row)
        if changed:
            attention.append(LOST_OVERLAP.format(n=changed))
    attention += _odd(ctx, project)
    return {
        "project": project,
        "title": row["title"],
        "label_studio": ctx.gateway.url,
        "routing": row["routing"],
        "plugin": plugin is not None,
        "guard": bool(plugin and plugin.guard),
        "contract": Contract.parse(row["contract"]).version,
        "board": row["board"],
        "judgments": ctx.store.count(judgments, counted(project)),
        "recovered": ctx.store.count(judgments, counted(project), judgments.c.via == "catch-up"),
        "annotators": ctx.store.count(cards, cards.c.project == project),
        "events": dict(states),
        "seeds": {f"{kind} {state}": n for (kind, state), n in sorted(by_seed.items())},
        "gold": ctx.store.count(gold, gold.c.project == project),
        "caught_up_to": row["cursor"],
        "audit": ctx.store.count(audit, audit.c.project == project),
        "attention": attention,
    }


def _odd(ctx: Context, project: int) -> list[str]:
    """Whose work asks for a look, by name of what is odd."""
    found = concerns(ctx, project)
    odd: dict[str, list[str]] = defaultdict(list)
    for concern in found.annotators:
        if concern.alarm:
            odd["below what is required"].append(concern.annotator)
    for flag in found.flags:
        odd[flag.flag].append(flag.annotator)
    for use in found.gold:
        if use.is_outdated:
            odd[f"gold to {use.advice}"].append(use.item)
    if not odd:
        return []
    text = "; ".join(f"{what}: {', '.join(sorted(who))}" for what, who in odd.items())
    return [
        f"Odd work ({text}); `steadyhand inspect --project {project}` says why. It moves neither reputation nor pay."
    ]


def _changed_overlaps(ctx: Context, row: Row) -> int:
    placed = sa.select(seeds.c.task).where(seeds.c.project == row["id"], seeds.c.state == "placed")
    return ctx.store.count(
        tasks, tasks.c.project == row["id"], tasks.c.id.in_(placed), tasks.c.overlap != row["annotators"]
    )
