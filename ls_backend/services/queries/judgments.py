"""The judgments of a project that count, read once and then only what came since."""

from collections.abc import Iterable

from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import CachedJudgments, Context
from ls_backend.store import judgments as stored
from ls_backend.store import projects
from ls_backend.store.records import JudgmentChange

CACHED_PROJECTS = 8


def judgments_of(ctx: Context, project: int) -> Judgments:
    """The judgments that count. Rows are read once: those that came since are merged in; where a row that was read has changed,
    all are read again."""
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
