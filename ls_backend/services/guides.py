"""The guide of a project: what is asked of annotators, in versions, with exemplars.

A version can be required: it is to be read before going on. The plugin, which keeps annotators from tasks until then, is told after the
store, so that no text is lost while Label Studio is down; publishing the same text again tells it once more.
"""

import contextlib
from dataclasses import dataclass

import sqlalchemy as sa

from ls_backend.errors import GatewayError, InputError
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.queries.guides import AGAIN, what_requiring_lacks
from ls_backend.store import audit, gold, guides, projects, tasks
from ls_backend.store.records import ExemplarRecord, GuideReadRecord, GuideRecord
from ls_templates.mapping import TaskKind

MOST_CHARACTERS = 200_000
MOST_REASON_CHARACTERS = 1000
MAX_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class GuideReport:
    """The version of a project's guide, and whether it is a new one (``changed``). ``required`` is the version that is to be read before
    going on, None for none, and ``requiring_changed`` says whether that is another one than before; ``lacks`` says why nobody is kept
    from tasks until then, "" where all is well."""

    project: int
    version: int
    changed: bool
    required: int | None
    requiring_changed: bool
    lacks: str


def publish_guide(ctx: Context, actor: Actor, project: int, text: str, *, required: bool | None = None) -> GuideReport:
    """Make a text (Markdown) the newest version of a project's guide. The same text again is no new version. ``required`` says whether
    this version is to be read before going on; with False none is, and with None all stays as it is.

    Raises:
        InputError: no text, or a very long one.
        NotAttachedError: we do not monitor the project.
        BusyError: somebody else is publishing just now.
    """
    text = text.replace("\r\n", "\n").strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise InputError(f"a guide has 1 to {MOST_CHARACTERS} characters, this one {len(text)}")
    projects.get(ctx.store, project)
    with ctx.store.lease(leases.guiding(project), wait=MAX_WAIT_SECONDS):
        newest, before = guides.newest(ctx.store, project), guides.required(ctx.store, project)
        changed = newest is None or newest.text != text
        version = (newest.version if newest else 0) + changed
        after = before if required is None else version if required else None
        with ctx.store.transaction() as connection:
            if changed:
                record = GuideRecord(project, version, text, ctx.clock(), actor.name)
                ctx.store.save(record, connection=connection)
                _note(ctx, actor, project, "guide published", version, connection)
            if after is None and before is not None:
                guides.require_none(ctx.store, project, connection)
                _note(ctx, actor, project, "guide no longer required", before, connection)
            elif after is not None and after != before:
                guides.require(ctx.store, project, after, connection)
                _note(ctx, actor, project, "guide required", after, connection)
        lacks = _tell_plugin(ctx, project, after) if after is not None or required is not None else ""
    return GuideReport(project, version, changed, after, after != before, lacks)


def _note(ctx: Context, actor: Actor, project: int, what: str, version: int, connection: sa.Connection) -> None:
    audit.note(ctx.store, project, what, actor=actor.name, connection=connection, version=version)


def tell_plugin_again(ctx: Context, project: int) -> None:
    """Tell the plugin once more which version is to be read, and who has read it, where one is to be read."""
    with ctx.store.lease(leases.guiding(project), wait=MAX_WAIT_SECONDS):
        version = guides.required(ctx.store, project)
        if version is not None:
            _tell_plugin(ctx, project, version)


def let_everybody_on(ctx: Context, project: int) -> None:
    """The plugin keeps nobody from tasks any more, though our store still says which version is to be read.

    Raises:
        GatewayError: the plugin does not answer.
    """
    plugin = ctx.gateway.plugin()
    if plugin is not None and plugin.guides:
        ctx.gateway.set_guide(project, version=None)


def _tell_plugin(ctx: Context, project: int, version: int | None) -> str:
    """Why nobody is kept from tasks; "" where they are, or where no version is to be read."""
    if version is None:
        with contextlib.suppress(GatewayError):  # it asks us before it keeps somebody
            let_everybody_on(ctx, project)
        return ""
    try:
        if lacks := what_requiring_lacks(ctx.gateway.plugin()):
            return lacks
        readers = [read.annotator for read in guides.reads(ctx.store, project) if read.version >= version]
        ctx.gateway.set_guide(project, version=version, readers=readers)
    except GatewayError as error:
        return f"The plugin inside Label Studio was not told ({error.plain.rstrip('.')}). Once that is mended, {AGAIN}"
    return ""


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
