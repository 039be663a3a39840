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


OwnRead = dict[str, OwnJudgments]
"""What was read of single annotators by whoever holds the lease of processing: it changes by nobody else."""


def own_judgments(ctx: Context, project: ProjectRecord, annotators: Sequence[str], read: OwnRead) -> OwnJudgments:
    """Of some annotators; of a single one only where it was not ``read`` yet."""
    if len(annotators) == 1 and annotators[0] in read:
        return read[annotators[0]]
    rows = stored.of_annotators(ctx.store, project.id, annotators)
    own = OwnJudgments(rows, Judgments.of(rows.judgments, top_strength=project.mapping.top_strength))
    if len(annotators) == 1:
        read[annotators[0]] = own
    return own


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
