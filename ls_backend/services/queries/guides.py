"""A project's guide, as annotators and admins read it."""

from dataclasses import dataclass
from typing import TypeAlias

from ls_backend.errors import GatewayError, InputError
from ls_backend.label_studio.records import PluginStatus
from ls_backend.services.context import Context
from ls_backend.services.queries.items import ShownField, shown_of
from ls_backend.store import erasures, guides, projects, sums
from ls_backend.store.records import GuideReadRecord, GuideRecord

Version: TypeAlias = GuideRecord  # pages ask the queries, never the store
Read: TypeAlias = GuideReadRecord

AGAIN = "publish the guide again as it is."
PLUGIN_SECONDS = 30  # how long the plugin's word is taken for current


@dataclass(frozen=True, slots=True)
class Exemplar:
    """An item as an example: what it shows, its better and its other response, and why."""

    item: str
    context: list[ShownField]
    better: ShownField
    other: ShownField
    reason: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of a project. ``newest`` is None where there is none; ``read`` is the version that the reader read last, None for none.
    ``exemplars`` leaves out items that no task shows any more."""

    project: int
    title: str
    newest: Version | None
    read: Version | None
    exemplars: list[Exemplar]

    @property
    def is_new(self) -> bool:
        """Whether there is something that the reader has not read."""
        return self.newest is not None and (self.read is None or self.read.version < self.newest.version)


@dataclass(frozen=True, slots=True)
class RequiredGuide:
    """The ``version`` that is to be read before going on. ``of`` annotators who have labelled in the project, ``unread`` have not read it
    yet."""

    version: int
    of: int
    unread: list[str]

    @property
    def read(self) -> int:
        return self.of - len(self.unread)


@dataclass(frozen=True, slots=True)
class GuideHistory:
    """The guide with its versions, newest first, who read which, and which one is to be read before going on; ``lacks`` says why nobody
    is kept from tasks until then, "" where they are."""

    guide: Guide
    versions: list[Version]
    reads: list[Read]
    required: RequiredGuide | None
    lacks: str


@dataclass(frozen=True, slots=True)
class GuideNews:
    """What the panel says of the guide: its newest ``version``, and whether the annotator has not read it yet."""

    version: int
    is_new: bool


def guide_of(ctx: Context, project: int, reader: str) -> Guide:
    """The guide as one reader sees it.

    Raises:
        NotAttachedError: we do not monitor the project.
    """
    record, read = projects.get(ctx.store, project), guides.read_by(ctx.store, project, reader)
    return Guide(
        project=project,
        title=record.title,
        newest=guides.newest(ctx.store, project),
        read=guides.version(ctx.store, project, read.version) if read else None,
        exemplars=_exemplars(ctx, project),
    )


def newest_guide(ctx: Context, project: int) -> Version:
    """The newest version.

    Raises:
        InputError: there is none.
    """
    projects.get(ctx.store, project)
    newest = guides.newest(ctx.store, project)
    if newest is None:
        raise InputError(f"project {project} has no guide; publish one by `steadyhand guide --project {project} FILE`")
    return newest


def guide_history(ctx: Context, project: int, reader: str) -> GuideHistory:
    """The guide with everything that admins and reviewers look at."""
    required = required_guide(ctx, project)
    return GuideHistory(
        guide=guide_of(ctx, project, reader),
        versions=guides.versions(ctx.store, project),
        reads=guides.reads(ctx.store, project),
        required=required,
        lacks=_lacks(ctx) if required else "",
    )


def required_guide(ctx: Context, project: int) -> RequiredGuide | None:
    """None where no version is to be read before going on."""
    version = guides.required(ctx.store, project)
    if version is None:
        return None
    read = {read.annotator for read in guides.reads(ctx.store, project) if read.version >= version}
    theirs = [name for name in sums.annotators(ctx.store, project) if not erasures.is_alias(name)]
    return RequiredGuide(version, len(theirs), [name for name in theirs if name not in read])


def to_read(ctx: Context, project: int, annotator: str) -> int | None:
    """The version that an annotator has yet to read before going on; None where there is none.

    Raises:
        NotAttachedError: we do not monitor the project.
    """
    projects.get(ctx.store, project)
    version, read = guides.required(ctx.store, project), guides.read_by(ctx.store, project, annotator)
    return None if version is None or (read is not None and read.version >= version) else version


def what_requiring_lacks(plugin: PluginStatus | None) -> str:
    """Why nobody is kept from tasks until they have read a guide, with the cure; "" where it can be done."""
    if plugin is None:
        return (
            "Keeping annotators from tasks needs the Steadyhand plugin inside Label Studio, which does not answer: start it with "
            f"DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings, then {AGAIN}"
        )
    if not plugin.guides:
        return (
            f"The plugin inside Label Studio is {plugin.version or 'an older one'} and does not know guides that are to be read: update "
            f"the plugin, then {AGAIN}"
        )
    if not plugin.guard:
        return (
            "Keeping annotators from tasks needs the guard, which is off: name the admins in STEADYHAND_ADMINS where Label Studio runs, "
            f"then {AGAIN}"
        )
    return ""


def _lacks(ctx: Context) -> str:
    """As the plugin says, who is asked for now and then only."""

    def ask() -> str:
        try:
            return what_requiring_lacks(ctx.gateway.plugin())
        except GatewayError as error:  # pages must show the guide also while Label Studio is down
            return str(error)

    return ctx.figures_cache.get("requiring", int(ctx.clock() / PLUGIN_SECONDS), ask, clock=ctx.clock).value


def guide_news(ctx: Context, project: int, annotator: str) -> GuideNews | None:
    """None where the project has no guide."""
    newest, read = guides.newest(ctx.store, project), guides.read_by(ctx.store, project, annotator)
    if newest is None:
        return None
    return GuideNews(newest.version, is_new=read is None or read.version < newest.version)


def _exemplars(ctx: Context, project: int) -> list[Exemplar]:
    found = []
    for record in guides.exemplars_of(ctx.store, project):
        context, responses = shown_of(ctx, project, record.item)
        if len(responses) == 2:
            better, other = responses if record.preferred > 0 else responses[::-1]
            found.append(Exemplar(record.item, context, better, other, record.reason))
    return found
