"""The guide of a project: what is asked of annotators, in versions, with exemplars."""

from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, gold, guides, projects, tasks
from ls_backend.store.records import ExemplarRecord, GuideReadRecord, GuideRecord
from ls_templates.mapping import TaskKind

MOST_CHARACTERS = 200_000
MOST_REASON_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class GuideReport:
    """The version of a project's guide, and whether it is a new one."""

    project: int
    version: int
    changed: bool


def publish_guide(ctx: Context, actor: Actor, project: int, text: str) -> GuideReport:
    """Make a text (Markdown) the newest version of a project's guide. The same text again is no new version.

    Raises:
        InputError: no text, or a very long one.
        NotAttachedError: we do not monitor the project.
    """
    text = text.replace("\r\n", "\n").strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise InputError(f"a guide has 1 to {MOST_CHARACTERS} characters, this one {len(text)}")
    projects.get(ctx.store, project)
    newest = guides.newest(ctx.store, project)
    if newest is not None and newest.text == text:
        return GuideReport(project, newest.version, changed=False)
    version = newest.version + 1 if newest else 1
    with ctx.store.transaction() as connection:
        record = GuideRecord(project, version, text, ctx.clock(), actor.name)
        ctx.store.save(record, connection=connection)
        audit.note(ctx.store, project, "guide published", actor=actor.name, connection=connection, version=version)
    return GuideReport(project, version, changed=True)


def note_read(ctx: Context, annotator: str, project: int, version: int) -> None:
    """An annotator says that they read a version; what is newer is marked for them from now on.

    Raises:
        InputError: there is no such version.
    """
    projects.get(ctx.store, project)
    if guides.version(ctx.store, project, version) is None:
        raise InputError(f"the guide has no version {version}; open it again")
    earlier = guides.read_by(ctx.store, project, annotator)
    if earlier is None or earlier.version < version:
        ctx.store.save(GuideReadRecord(project, annotator, version, ctx.clock()))


def show_exemplar(ctx: Context, actor: Actor, project: int, item: str, *, preferred: int, reason: str) -> None:
    """Show an item in the guide, with the better response and why. ``preferred`` is +1 for its first response in canonical order, -1 for
    the second. Annotators read the answer from now on.

    Raises:
        InputError: no reason, no such item, another task than pairs, or gold that is in use.
    """
    reason = reason.strip()
    if preferred not in (1, -1) or not 0 < len(reason) <= MOST_REASON_CHARACTERS:
        raise InputError(f"say which response is better, 1 or 2, and why in 1 to {MOST_REASON_CHARACTERS} characters")
    if projects.get(ctx.store, project).mapping.task is not TaskKind.PAIR:
        raise InputError("exemplars are pairs; write examples of another task into the guide's text")
    if tasks.one_of_item(ctx.store, project, item) is None:
        raise InputError(f"no task of project {project} shows item {item}")
    known = gold.find(ctx.store, project, item)
    if known is not None and known.retired_at is None and known.withdrawn_at is None:
        raise InputError("this item is gold in use, and the guide would give its answer away; retire it first")
    ctx.store.save(ExemplarRecord(project, item, preferred, reason, ctx.clock(), actor.name))
    audit.note(ctx.store, project, "exemplar shown", actor=actor.name, item=item, preferred=preferred)


def drop_exemplar(ctx: Context, actor: Actor, project: int, item: str) -> bool:
    """Show an item in the guide no more; False where it was not."""
    projects.get(ctx.store, project)
    if not guides.drop_exemplar(ctx.store, project, item):
        return False
    audit.note(ctx.store, project, "exemplar dropped", actor=actor.name, item=item)
    return True
