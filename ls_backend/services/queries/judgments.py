"""The judgments of a project that count, read once and then only what came since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ls_backend.errors import TooLargeError
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import CachedJudgments, Context
from ls_backend.store import judgments as stored
from ls_backend.store import projects, sums
from ls_backend.store.judgments import OwnRows
from ls_backend.store.records import JudgmentChange, ProjectRecord

CACHED_PROJECTS = 8


@dataclass(frozen=True, slots=True)
class OwnJudgments:
    """All that is stored of some annotators, and the ``judgments`` of it that count."""

    rows: OwnRows
    judgments: Judgments


@dataclass(frozen=True, slots=True)
class MarkedJudgments:
    """Those of a single annotator, and the mark that was there before they were read: they hold all that it stands for."""

    mark: int
    own: OwnJudgments


OwnRead = dict[str, MarkedJudgments]
"""What was read of single annotators, to be used again where nothing has changed since."""


def own_judgments(ctx: Context, project: ProjectRecord, annotators: Sequence[str]) -> OwnJudgments:
    """Of some annotators."""
    rows = stored.of_annotators(ctx.store, project.id, annotators)
    return OwnJudgments(rows, Judgments.of(rows.judgments, top_strength=project.mapping.top_strength))


def marked_judgments(ctx: Context, project: ProjectRecord, annotator: str) -> MarkedJudgments:
    """Of one annotator."""
    mark = sums.mark_of(ctx.store, project.id, annotator)  # before they are read
    return MarkedJudgments(mark, own_judgments(ctx, project, [annotator]))


def judgments_of(ctx: Context, project: int) -> Judgments:
    """All judgments of a project that count. Rows are read once: those that came since are merged in; where a row that was read has
    changed, all are read again.

    Raises:
        TooLargeError: there are more than may be held in memory.
    """
    count, most = sums.tally(ctx.store, project).counting, ctx.settings.pages_up_to
    if count > most:
        raise TooLargeError(
            f"project {project} has {count:,} judgments, and what looks through all of them at once is for at most {most:,}",
            command="STEADYHAND_PAGES_UP_TO raises that, at about half a kilobyte of memory for each",
        )
    cached = ctx.judgments_cache.get(project)
    if cached is None:
        return _read_all(ctx, project)
    changes = stored.changes_since(ctx.store, project, cached.revision)
    if not changes:
        return cached.judgments
    if not cached.ids.isdisjoint(change.id for change in changes):
        return _read_all(ctx, project)
    added = _collect(changes)
    judgments = cached.judgments.merged_with(added) if added else cached.judgments
    if judgments is None:
        return _read_all(ctx, project)
    cached.ids.update(change.id for change in changes)
    return _remember(ctx, project, CachedJudgments(_newest(changes), cached.ids, judgments))


def _read_all(ctx: Context, project: int) -> Judgments:
    changes = stored.changes_since(ctx.store, project, -1)
    mapping = projects.get(ctx.store, project, detached=True).mapping
    judgments = _collect(changes, top_strength=mapping.top_strength)
    return _remember(ctx, project, CachedJudgments(_newest(changes), {change.id for change in changes}, judgments))


def _collect(changes: Iterable[JudgmentChange], *, top_strength: int = 0) -> Judgments:
    rows = (change.judgment for change in changes if change.judgment is not None)
    return Judgments.of(rows, top_strength=top_strength)


def _newest(changes: list[JudgmentChange]) -> int:
    return max((change.revision for change in changes), default=-1)


def _remember(ctx: Context, project: int, cached: CachedJudgments) -> Judgments:
    cache = ctx.judgments_cache
    cache.pop(project, None)  # so that it is the newest
    cache[project] = cached
    for oldest in list(cache)[:-CACHED_PROJECTS]:
        cache.pop(oldest, None)
    return cached.judgments
