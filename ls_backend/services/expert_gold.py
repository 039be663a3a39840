"""Gold items from a project of experts: what they agree on is the expected answer to the items of a monitored project with the same
texts. Kept up to date as tasks are pulled.

An answer that is new becomes gold; another one that the experts agree on now changes the known answer; where they agree no longer, or none
of them answers any more, the item lapses until they do; an answer that can't be read, as where the expert's account was deleted, lets
nothing lapse. What an admin retired stays retired. Gold from elsewhere stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ls_backend.errors import GatewayError, InputError, MappingError
from ls_backend.formats.notes import counted
from ls_backend.label_studio.annotations import read_annotation
from ls_backend.label_studio.config import check_mapping, find_mapping
from ls_backend.label_studio.records import StudioProject, StudioTask
from ls_backend.label_studio.tasks import read_showing
from ls_backend.label_studio.timestamps import format_timestamp, parse_timestamp
from ls_backend.measurement.judgments import GoldItem
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ground_truths import gold_record, lapse, renew, save_gold
from ls_backend.store import gold, guides, projects, tasks
from ls_backend.store.records import GoldRecord, ProjectRecord
from ls_backend.types import Json
from ls_templates.mapping import AnswerMapping


@dataclass(frozen=True, slots=True)
class ExpertAnswer:
    """What experts agree on, and the first task of theirs that shows the item."""

    known: GoldItem
    task: int


@dataclass(frozen=True, slots=True)
class ExpertAnswers:
    """What the experts of a ``project`` say, by item: what they agree on; the items on which they ``disagree`` and those on which they say
    ``tie``; and which annotations can't be read (``faults``), and the items of which no answer can be (``unread``). ``cursor`` is when the last of their tasks
    was changed."""

    project: int
    agreed: Mapping[str, ExpertAnswer]
    disagree: frozenset[str]
    tie: frozenset[str]
    unread: frozenset[str]
    faults: tuple[str, ...]
    cursor: str | None

    def notes(self, items: Iterable[str]) -> list[str]:
        """What became gold and what did not, where the monitored project shows some ``items``."""
        shown = self.agreed.keys() & {*items}
        left_out = [
            (len(self.disagree), "on which they disagree"),
            (len(self.tie), "that is a tie to them"),
            (len(self.agreed) - len(shown), "whose texts no task of this project has"),
        ]
        said = [f"{counted(count, 'item')} {why}" for count, why in left_out if count]
        note = f"Gold of the experts in project {self.project}: {counted(len(shown), 'item')}"
        return [
            note + (f"; left out: {', '.join(said)}." if said else "."),
            f"Whoever may open project {self.project} can read the known answers.",
        ]


def read_experts(ctx: Context, project: ProjectRecord, experts: int) -> ExpertAnswers:
    """What the experts of another project say on the items of this one. Of pairs the side counts, not how strongly.

    Raises:
        InputError: their project asks something else. GatewayError: it can't be read.
    """
    mapping = _mapping(project, ctx.gateway.project(experts))
    said: dict[str, dict[tuple[int, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    first_task: dict[str, int] = {}
    faults, unread, changed = list[str](), set[str](), list[float]()
    for task in sorted(ctx.gateway.tasks(experts), key=lambda task: task.id):
        showing = read_showing(task.data, mapping, project.fields)
        changed += [parse_timestamp(task.updated_at)] if task.updated_at else []
        if showing is None:
            continue
        for annotation in task.annotations:
            try:
                answer = read_annotation(annotation, task, showing, mapping)
            except (InputError, MappingError) as fault:
                faults.append(f"experts' {fault}")
                unread.add(showing.item)
                continue
            if answer.preference is not None:
                side = (answer.preference > 0) - (answer.preference < 0)
                said[showing.item][side, answer.answer].add(answer.annotator)
                first_task.setdefault(showing.item, task.id)
    cursor = format_timestamp(max(changed)) if changed else None
    agreed = {}
    tie, disagree = set(), set()
    for item, by_answer in said.items():
        (side, text), people = next(iter(by_answer.items()))
        if len(by_answer) > 1:
            disagree.add(item)
        elif not side and not text:
            tie.add(item)
        else:
            author = next(iter(people)) if len(people) == 1 else ""
            agreed[item] = ExpertAnswer(GoldItem(side, answer=text, author=author), first_task[item])
    return ExpertAnswers(
        experts, agreed, frozenset(disagree), frozenset(tie), frozenset(unread - said.keys()), tuple(faults), cursor
    )


def _mapping(project: ProjectRecord, experts: StudioProject) -> AnswerMapping:
    """How the experts' answers are read: as those of the project, or by their own label config."""
    try:
        check_mapping(project.mapping, experts.label_config)
        return project.mapping
    except MappingError:
        pass
    cure = "give both projects the same label config"
    try:
        mapping = find_mapping(experts.label_config)
    except MappingError as error:
        raise InputError(f"the answers in project {experts.id} can't be read: {error}; {cure}") from error
    same = (mapping.task, mapping.left, mapping.right, mapping.top) == (
        project.mapping.task,
        project.mapping.left,
        project.mapping.right,
        project.mapping.top,
    )
    if not same:
        raise InputError(f"project {experts.id} asks something else than project {project.id}; {cure}")
    return mapping


def present_expert_gold(
    project: ProjectRecord, present: Sequence[StudioTask], answers: ExpertAnswers
) -> dict[str, GoldRecord]:
    """The gold items that follow from experts' answers, by item, of the project's tasks."""
    gold_items: dict[str, GoldRecord] = {}
    for task in present:
        showing = read_showing(task.data, project.mapping, project.fields)
        answer = answers.agreed.get(showing.item) if showing else None
        if showing and answer and showing.item not in gold_items:
            gold_items[showing.item] = _record(
                project, answers.project, showing.item, task.data, answer, mirrored=showing.mirrored
            )
    return gold_items


def _record(
    project: ProjectRecord, experts: int, item: str, data: Json, answer: ExpertAnswer, *, mirrored: bool
) -> GoldRecord:
    return gold_record(
        project, item, data, answer.known, mirrored=mirrored, truth_of_task=answer.task, truth_of_project=experts
    )


def follow_experts(ctx: Context, actor: Actor, project: ProjectRecord, *, anew: bool) -> Sequence[str]:
    """Bring the gold of experts up to date. Their project is read where it has changed, or ``anew``, because this one has new tasks or
    everything is to be read; and while their answers contradict what stands here, as it may be corrected here. Returns what is wrong, and
    notes it: those contradictions, and answers that can't be read."""
    experts = project.gold_project
    if experts is None:
        return ()
    try:
        if not anew and not _has_changed(ctx, experts, project.gold_cursor):
            return project.gold_faults
        answers = read_experts(ctx, project, experts)
    except (GatewayError, InputError) as error:
        unread = (f"the gold of experts stays as it was: {error}",)
        projects.change(ctx.store, project.id, gold_faults=unread, gold_cursor=None)
        return unread
    contradictions = tuple(_take(ctx, actor, project, experts, answers))
    faults = (*answers.faults, *contradictions)
    projects.change(ctx.store, project.id, gold_faults=faults, gold_cursor=None if contradictions else answers.cursor)
    return faults


def _take(ctx: Context, actor: Actor, project: ProjectRecord, experts: int, answers: ExpertAnswers) -> Iterator[str]:
    """Bring the gold up to what the experts of a project say; what contradicts it is left as it was, and said."""
    records = {record.item: record for record in gold.records(ctx.store, project.id)}
    exemplars = {shown.item for shown in guides.exemplars_of(ctx.store, project.id)}
    for item, answer in answers.agreed.items():
        before = records.get(item)
        if item in exemplars and (before is None or before.lapsed):
            yield (
                f"the experts of project {experts} make the item {item} gold (task {answer.task}), and the guide shows it with its answer; drop "
                "it there"
            )
        elif before is None:
            added = _new_record(ctx, project, item, answer, experts)
            if added is not None:
                save_gold(ctx, actor, added, "gold added")
        elif before.truth_of_project != experts:
            if (before.preferred, before.answer or "") != (answer.known.preferred, answer.known.answer):
                yield (
                    f"the experts of project {experts} say something else (task {answer.task}) than the gold item {item}; correct one of them"
                )
        else:
            renew(ctx, actor, before, answer.known, answer.task)
    for item, before in records.items():
        if before.truth_of_project == experts and item not in answers.agreed and item not in answers.unread:
            lapse(ctx, actor, before)


def _has_changed(ctx: Context, experts: int, since: str | None) -> bool:
    """Whether the experts' project has changed since it was read."""
    changed = (task.updated_at for task in ctx.gateway.tasks(experts, since=since))
    return since is None or any(at and parse_timestamp(at) > parse_timestamp(since) for at in changed)


def _new_record(
    ctx: Context, project: ProjectRecord, item: str, answer: ExpertAnswer, experts: int
) -> GoldRecord | None:
    """The gold item that an answer makes; None where no task of the project shows the item."""
    task = tasks.one_of_item(ctx.store, project.id, item)
    if task is None:
        return None
    return _record(project, experts, item, task.data, answer, mirrored=task.mirrored)
