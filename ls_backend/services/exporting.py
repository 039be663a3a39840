"""Handing the preferences of a project, or its answers, over to trainers."""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.analysis.answer_set import answer_set
from ls_backend.errors import NotReadyError
from ls_backend.formats.preference_files import (
    ExportedSet,
    ExportOptions,
    FilesInMemory,
    NewFiles,
    export_answers,
    export_preferences,
)
from ls_backend.formats.set_columns import Origin, annotator_facts
from ls_backend.label_studio.tasks import PairTexts, read_pair_texts, shown_text
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.preferences import preferences_of
from ls_backend.store import audit, gold, projects, scorecards, tasks
from ls_backend.store import judgments as stored
from ls_backend.store.records import ProjectRecord
from ls_templates.mapping import TaskKind


@dataclass(frozen=True, slots=True)
class PreparedSet:
    """A set as files, by their paths."""

    exported: ExportedSet
    files: Mapping[str, bytes]


def export_project(ctx: Context, actor: Actor, project: int, options: ExportOptions, files: NewFiles) -> ExportedSet:
    """Write the set that follows from a project as it stands; the audit log says who took it.

    Raises:
        NotAttachedError: we do not monitor the project.
        InputError: the form is not for its task, its answers are not merged into one, or nothing is left to export.
    """
    record = projects.get(ctx.store, project, detached=True)
    judgments, cards = judgments_of(ctx, project), scorecards.of_project(ctx.store, project)
    by_name = {card.annotator: card for card in cards}
    facts = {name: annotator_facts(ctx.settings.pseudonym(name), by_name.get(name)) for name in judgments.annotators}
    origin = Origin(f"project {project}", record.parsed_contract.version, facts, stored.ids_by_item(ctx.store, project))
    if record.mapping.task is TaskKind.PAIR:
        preferences = preferences_of(ctx, project, options.selection)
        exported = export_preferences(preferences, _texts(ctx, record), origin, options, files)
    else:
        answers = answer_set(judgments, gold.known_answers(ctx.store, project), cards, options.selection)
        shown = {item: shown_text(data, record.fields) for item, data in tasks.data_by_item(ctx.store, project).items()}
        exported = export_answers(answers, shown, origin, options, files)
    audit.note(
        ctx.store,
        project,
        "preferences exported",
        actor=actor.name,
        digest=exported.manifest.digest,
        items=exported.items,
    )
    return exported


def prepared_set(ctx: Context, actor: Actor, project: int, options: ExportOptions) -> PreparedSet:
    """The same for who can't wait long, such as a page: made on a thread of its own, and kept until it is taken, or until another
    set of the project is asked for.

    Raises:
        NotReadyError: it is being made; who asks again gets it.
    """

    def prepare() -> PreparedSet:
        files = FilesInMemory()
        return PreparedSet(export_project(ctx, actor, project, options, files), files.contents)

    key = ("set", project, actor.name, options)
    ctx.figures_cache.forget(lambda other: isinstance(other, tuple) and other[:2] == key[:2] and other != key)
    try:
        made = ctx.figures_cache.get(key, None, prepare, clock=ctx.clock)
    except NotReadyError as error:
        raise NotReadyError(
            "The set is being made; the more judgments a project has, the longer that takes: about a minute for a million. "
            "Press `Make the set` again in a moment, with the same choices."
        ) from error
    ctx.figures_cache.forget(lambda other: other == key)
    return made.value


def _texts(ctx: Context, record: ProjectRecord) -> dict[str, PairTexts]:
    context = [name for name in record.fields if name not in (record.mapping.left, record.mapping.right)]
    read = (
        (item, read_pair_texts(data, record.mapping, context))
        for item, data in tasks.data_by_item(ctx.store, record.id).items()
    )
    return {item: texts for item, texts in read if texts is not None}
