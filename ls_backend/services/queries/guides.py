"""A project's guide, as annotators and admins read it."""

from dataclasses import dataclass
from typing import TypeAlias

from ls_backend.errors import InputError
from ls_backend.services.context import Context
from ls_backend.services.queries.items import ShownField, shown_of
from ls_backend.store import guides, projects
from ls_backend.store.records import GuideReadRecord, GuideRecord

Version: TypeAlias = GuideRecord  # pages ask the queries, never the store
Read: TypeAlias = GuideReadRecord


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
class GuideHistory:
    """The guide with its versions, newest first, and who read which."""

    guide: Guide
    versions: list[Version]
    reads: list[Read]


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
    return GuideHistory(
        guide_of(ctx, project, reader), guides.versions(ctx.store, project), guides.reads(ctx.store, project)
    )


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
