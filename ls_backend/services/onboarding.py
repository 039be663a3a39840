"""Onboarding: newcomers are trained and calibrated in a Label Studio project of their own, and then served the project's tasks.

Nothing of it enters reputation or pay: the training project is not monitored, and its items are none of the project's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ls_backend.errors import GatewayError, InputError
from ls_backend.formats.pairs import Pair, gold_item, task_data
from ls_backend.label_studio.annotations import AnnotationRecord, read_annotation
from ls_backend.label_studio.records import PluginStatus, StudioTask
from ls_backend.label_studio.tasks import read_showing, swap_sides
from ls_backend.measurement.similarity import similarity
from ls_backend.programme.onboarding import (
    OnboardingTerms,
    Progress,
    Stage,
    chance_to_pass,
    has_feedback,
    progress,
)
from ls_backend.programme.seed_schedule import keyed_draw
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.guides import GuideNews, guide_news
from ls_backend.store import audit, gold, judgments, onboarding, projects, tasks
from ls_backend.store.records import NewcomerRecord, OnboardingItemRecord, OnboardingRecord, ProjectRecord
from ls_backend.types import Json
from ls_templates.mapping import TaskKind
from ls_templates.plugin.protocol import OnboardingRequest

MOST_NEWCOMERS = 10_000  # the training's overlap: everybody answers each item
EXCERPT = 60  # characters
GUESSING = 0.5


@dataclass(frozen=True, slots=True)
class OnboardingReport:
    """The onboarding of a project: where it takes place, and how probably somebody passes who guesses on pairs."""

    project: int
    training_project: int
    terms: OnboardingTerms
    guess_passes: float


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said of a training answer: of which item, whether it was right, what was expected (``side`` is left or right, "" in other
    tasks than pairs), and why."""

    excerpt: str
    right: bool
    side: str
    answer: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a newcomer is told: where they stand, what was expected of their last answer if that was training, and whether there is a guide
    to read. It never speaks of an item of a calibration."""

    stage: Stage
    progress: Progress
    pass_mark: float
    feedback: Feedback | None
    guide: GuideNews | None


def set_up_onboarding(
    ctx: Context, actor: Actor, project: int, items: Sequence[Pair], terms: OnboardingTerms
) -> OnboardingReport:
    """Train newcomers of an attached project first. Who has labelled in it is admitted. With the items it has already, a project's
    onboarding takes over the new terms.

    Raises:
        InputError: an item is gold, ordinary work or twice there, or the project has other onboarding items. GatewayError: the plugin or
        its guard is missing.
    """
    record, plugin = projects.get(ctx.store, project), ctx.gateway.plugin()
    if lacks := what_onboarding_lacks(plugin):
        raise GatewayError(lacks)
    shown = _items(ctx, record, items)
    before = onboarding.of_project(ctx.store, project)
    if before is not None and onboarding.items(ctx.store, project).keys() != {item.item for item, _ in shown}:
        raise InputError(
            f"project {project} trains newcomers with other items already; detach it, then attach it with the new ones"
        )
    training = before.training_project if before else _make_training(ctx, record, [data for _, data in shown])
    with ctx.store.transaction() as connection:
        ctx.store.save(OnboardingRecord(project, training, terms, ctx.clock()), connection=connection)
        for item, _ in shown:
            ctx.store.save(item, connection=connection)
        audit.note(ctx.store, project, "onboarding set up", actor=actor.name, connection=connection, training=training)
    ctx.gateway.set_training(project, training=training, admitted=sorted(judgments.annotators(ctx.store, project)))
    return OnboardingReport(project, training, terms, chance_to_pass(GUESSING, terms))


def what_onboarding_lacks(plugin: PluginStatus | None) -> str:
    """What Label Studio lacks to keep newcomers from tasks; "" where it lacks nothing."""
    if plugin is None:
        return "onboarding needs the Steadyhand plugin inside Label Studio, which does not answer"
    if not plugin.guard:
        return "onboarding needs the guard: name the admins in STEADYHAND_ADMINS where Label Studio runs"
    return "" if plugin.training else f"the plugin ({plugin.version}) is too old for onboarding; update it"


def _items(ctx: Context, project: ProjectRecord, pairs: Sequence[Pair]) -> list[tuple[OnboardingItemRecord, Json]]:
    """Each item, and the task that shows it."""
    known, ordinary = gold.known_answers(ctx.store, project.id), tasks.data_by_item(ctx.store, project.id)
    found: dict[str, tuple[OnboardingItemRecord, Json]] = {}
    for pair in pairs:
        data = task_data(pair, project.mapping, project.fields, None)
        showing = read_showing(data, project.mapping, project.fields)
        if showing is None:
            raise InputError(f"onboarding item {pair.excerpt} lacks a field that the label config shows")
        if showing.item in known or showing.item in ordinary:
            what = "gold" if showing.item in known else "a task"
            raise InputError(
                f"onboarding item {pair.excerpt} is {what} of the project, and newcomers would learn its answer"
            )
        if showing.item in found:
            raise InputError(f"onboarding item {pair.excerpt} stands twice in the file; keep one")
        expected = gold_item(pair, mirrored=showing.mirrored)
        item = OnboardingItemRecord(project.id, showing.item, expected.preferred, expected.answer, pair.explanation)
        if keyed_draw(project.salt, "onboarding", showing.item) < 0.5:
            data = swap_sides(data, project.mapping)
        found[showing.item] = item, data
    return list(found.values())


def _make_training(ctx: Context, project: ProjectRecord, data: list[Json]) -> int:
    made = ctx.gateway.create_project(
        f"{project.title}: training"[-50:],
        project.label_config,
        description="For newcomers: training, then a calibration. Made by Steadyhand.",
        maximum_annotations=MOST_NEWCOMERS,
    ).id
    ctx.gateway.set_policy(made, corrections=False)
    ctx.gateway.import_tasks(made, data)
    return made


def hear_of_newcomer(ctx: Context, request: OnboardingRequest) -> Told:
    """Where a newcomer stands by what they have answered in the training; the first answer on each item counts.

    Raises:
        InputError: the project has no onboarding, or an answer can't be read.
    """
    project, annotator = projects.get(ctx.store, request.project), str(request.user)
    record = onboarding.of_project(ctx.store, project.id)
    if record is None:
        raise InputError(f"project {project.id} has no onboarding")
    known = onboarding.items(ctx.store, project.id)
    answers: dict[str, tuple[AnnotationRecord, Json]] = {}
    for sent in request.answers:
        answer = _read(project, annotator, sent)
        if answer is not None and answer.item in known:
            answers.setdefault(answer.item, (answer, sent["data"]))
    agreed = [_agreement(answer, known[answer.item]) for answer, _ in answers.values()]
    now = progress(agreed, record.terms)
    _save(ctx, project.id, annotator, now)
    feedback = None
    if answers and has_feedback(len(answers) - 1, record.terms):
        last, data = list(answers.values())[-1]
        feedback = _feedback(project, last, data, known[last.item], right=agreed[-1] == 1)
    return Told(now.stage, now, record.terms.pass_mark, feedback, guide_news(ctx, project.id, annotator))


def _read(project: ProjectRecord, annotator: str, sent: Json) -> AnnotationRecord | None:
    """An answer; None where its task shows no item."""
    data = sent.get("data") or {}
    showing = read_showing(data, project.mapping, project.fields)
    if showing is None:
        return None
    annotation = {key: sent.get(key) for key in ("id", "created_at", "result")} | {"completed_by": annotator}
    task = StudioTask.from_json({"id": 0, "data": data})
    return read_annotation(annotation, task, showing, project.mapping)


def _agreement(answer: AnnotationRecord, expected: OnboardingItemRecord) -> float:
    """How right an answer is, 0 to 1; one that was skipped is wrong, and so is a tie."""
    if answer.preference is None:
        return 0.0
    if expected.answer:
        return similarity(answer.answer, expected.answer)
    return float(answer.preference * expected.preferred > 0)


def _feedback(
    project: ProjectRecord, answer: AnnotationRecord, data: Json, expected: OnboardingItemRecord, *, right: bool
) -> Feedback:
    is_pair = project.mapping.task is TaskKind.PAIR
    on_left = (expected.preferred > 0) != answer.mirrored
    texts = [str(data[field]) for field in project.fields if field in data]
    excerpt = next((text for text in texts if text), "")
    return Feedback(
        excerpt=excerpt if len(excerpt) <= EXCERPT else f"{excerpt[: EXCERPT - 1]}…",
        right=right,
        side=("left" if on_left else "right") if is_pair else "",
        answer=expected.answer,
        explanation=expected.explanation,
    )


def _save(ctx: Context, project: int, annotator: str, now: Progress) -> None:
    score = now.tries[-1].score.value if now.tries else None
    before = onboarding.newcomer(ctx.store, project, annotator)
    record = NewcomerRecord(
        project, annotator, now.stage, now.done, now.of, len(now.tries), score, before.at if before else ctx.clock()
    )
    if record != before:
        ctx.store.save(
            NewcomerRecord(project, annotator, now.stage, now.done, now.of, len(now.tries), score, ctx.clock())
        )
    if now.stage in (Stage.PASSED, Stage.FAILED) and (before is None or before.stage is not now.stage):
        audit.note(
            ctx.store, project, f"newcomer {now.stage}", actor=f"user {annotator}", score=score, tries=len(now.tries)
        )


def end_onboarding(ctx: Context, project: int) -> None:
    """Serve everybody, and take the training project away; what became of newcomers is kept."""
    record = onboarding.of_project(ctx.store, project)
    if record is None:
        return
    plugin = ctx.gateway.plugin()
    if plugin is not None and plugin.training:
        ctx.gateway.set_training(project, training=None)
    ctx.gateway.delete_project(record.training_project)
    with ctx.store.transaction() as connection:
        onboarding.forget(ctx.store, project, connection)
