"""Which gold items and which retests an annotator is due, and when. Pure.

Every annotator's judgments are cut into blocks of ``1 / rate``, and in each block one seed of a kind falls due, at a place drawn
from a keyed hash. So the rate is exact, the places can't be guessed, and the same history always gives the same seeds. A retest
repeats an own earlier judgment that lies at least ``min_lag`` own judgments back. Slices are served evenly: the slice with the
fewest seeds so far comes first.

Where some pairs are taken for decided (:mod:`ls_backend.measurement.decidedness`), a share ``focus`` of the retests is of those,
since they tell more; the others are of the rest, so that close pairs are not free to be guessed and nobody learns which come
back. Those that lie at least ``lag`` judgments back come before others, since memory fades.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

from ls_backend.errors import InputError

DEFAULT_RETEST_RATE = 0.1
DEFAULT_GOLD_RATE = 0.1
GREATEST_RATE = 0.5
DEFAULT_MIN_LAG = 10
DEFAULT_LAG = 50
DEFAULT_RETEST_FOCUS = 0.7


class Routing(StrEnum):
    """How seeds reach annotators: reserved for one of them (needs the plugin), or answered by everyone."""

    AIMED = "aimed"
    EVERYONE = "everyone"


class SeedKind(StrEnum):
    GOLD = "gold"
    RETEST = "retest"


@dataclass(frozen=True, slots=True)
class SeedPolicy:
    """Rates are shares of an annotator's judgments; ``salt`` is secret, so that nobody can foretell the schedule; ``focus`` is the
    share of retests that repeats decided pairs, where some are known, and ``lag`` what such retests aim for."""

    retest_rate: float
    gold_rate: float
    min_lag: int
    salt: str
    focus: float = DEFAULT_RETEST_FOCUS
    lag: int = DEFAULT_LAG

    def __post_init__(self) -> None:
        for name in ("retest_rate", "gold_rate"):
            if not 0 <= getattr(self, name) <= GREATEST_RATE:
                raise InputError(
                    f"{name} is {getattr(self, name)}; give a share between 0 and {GREATEST_RATE}, such as 0.1"
                )
        if self.min_lag < 1:
            raise InputError(f"min_lag is {self.min_lag}; a retest needs at least 1 other judgment in between")
        if not 0 <= self.focus <= 1:
            raise InputError(f"retest_focus is {self.focus}; give a share between 0 and 1, such as 0.7")

    def rate(self, kind: SeedKind) -> float:
        return self.gold_rate if kind is SeedKind.GOLD else self.retest_rate


@dataclass(frozen=True, slots=True)
class PastJudgment:
    """One judgment of an annotator's history: the item, its slice, and whether the pair is taken for decided."""

    item: str
    slice: str | None
    decided: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """A showing for one annotator (``item`` must not be ordinary work to them)."""

    kind: SeedKind
    item: str


def keyed_draw(*parts: object) -> float:
    """A number in [0, 1) that nobody can foretell without all parts."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def seeds_owed(judgments: int, kind: SeedKind, annotator: str, policy: SeedPolicy) -> int:
    """How many seeds of a kind an annotator with so many judgments is due in all."""
    rate = policy.rate(kind)
    if rate == 0:
        return 0
    blocks, into_block = divmod(judgments * rate, 1)
    return int(blocks) + (keyed_draw(policy.salt, annotator, kind, int(blocks)) <= into_block)


def kinds_owed(judgments: int, seeds: Iterable[Seed], *, annotator: str, policy: SeedPolicy) -> list[SeedKind]:
    """The kinds of which an annotator with so many judgments has too few ``seeds`` so far.

    The kind that lacks most comes first, and of two that lack as many, the one with fewer seeds: so neither waits for the other.
    """
    so_far = Counter(seed.kind for seed in seeds)
    lacking = {kind: seeds_owed(judgments, kind, annotator, policy) - so_far[kind] for kind in SeedKind}
    return sorted((k for k in SeedKind if lacking[k] > 0), key=lambda k: (-lacking[k], so_far[k]))


def next_seed(
    history: Sequence[PastJudgment],
    seeds: Sequence[Seed],
    gold_items: Mapping[str, str | None],
    *,
    annotator: str,
    policy: SeedPolicy,
    excluded: Collection[str] = (),
    kinds: Sequence[SeedKind] | None = None,
) -> Seed | None:
    """The next seed for an annotator, of the first of the ``kinds`` for which there is an item (by default those of
    :func:`kinds_owed`), or None.

    ``history`` is in order of time; ``seeds`` are those they have so far, answered or not; ``gold_items`` maps gold items to
    their slices. Items that are ``excluded`` become no seeds: theirs were lost, which does not count as a seed.
    """
    slices = {judgment.item: judgment.slice for judgment in history} | dict(gold_items)
    taken = {seed.item for seed in seeds}.union(excluded)
    if kinds is None:
        kinds = kinds_owed(len(history), seeds, annotator=annotator, policy=policy)
    for kind in kinds:
        candidates: Mapping[str, str | None] = _candidates(kind, history, taken, gold_items, policy.min_lag)
        too_young: Collection[str] = ()
        if kind is SeedKind.RETEST and any(judgment.decided for judgment in history):
            decided = {judgment.item for judgment in history if judgment.decided}
            repeated = [seed.item in decided for seed in seeds if seed.kind is SeedKind.RETEST]
            wanted = wants_decided(len(repeated), sum(repeated), annotator, policy)
            candidates = _of_group(candidates, decided, wanted)
            too_young = {judgment.item for judgment in history[max(0, len(history) - policy.lag) :]}
        seeds_of_slice = Counter(slices.get(seed.item) for seed in seeds if seed.kind == kind)
        item = min(
            candidates,
            key=lambda i: (seeds_of_slice[candidates[i]], i in too_young, keyed_draw(policy.salt, annotator, i)),
            default=None,
        )
        if item is not None:
            return Seed(kind, item)
    return None


def _candidates(
    kind: SeedKind,
    history: Sequence[PastJudgment],
    taken: Collection[str],
    gold_items: Mapping[str, str | None],
    min_lag: int,
) -> dict[str, str | None]:
    """Items that may be a seed of a kind, with their slices; those that are ``taken`` may not."""
    times_judged = Counter(judgment.item for judgment in history)
    if kind is SeedKind.GOLD:
        return {i: slice_ for i, slice_ in gold_items.items() if i not in taken and i not in times_judged}
    return {
        judgment.item: judgment.slice
        for judgment in history[: max(0, len(history) - min_lag)]
        if times_judged[judgment.item] == 1 and judgment.item not in taken and judgment.item not in gold_items
    }


def wants_decided(retests: int, of_decided: int, annotator: str, policy: SeedPolicy) -> bool:
    """Whether the next retest is to repeat a decided pair, after so many, of which so many did: the share is exact, what was missed
    for lack of such pairs is made up for, and where it begins is not foretold."""
    start = keyed_draw(policy.salt, annotator, "focus")
    return floor((retests + 1) * policy.focus + start) > of_decided


def _of_group(candidates: Mapping[str, str | None], decided: Collection[str], wanted: bool) -> Mapping[str, str | None]:
    """The candidates that are ``decided``, or the others, as is ``wanted``; all where there are none of those."""
    return {item: section for item, section in candidates.items() if (item in decided) == wanted} or candidates


def sample_for_everyone(
    items: Mapping[str, str | None],
    policy: SeedPolicy,
    *,
    sampled: Collection[str] = (),
    excluded: Collection[str] = (),
    decided: Collection[str] = (),
) -> list[str]:
    """The items that everyone answers twice: ``ceil(retest_rate * items)`` of them, evenly over slices, less those that were
    ``sampled`` before. ``items`` maps items to their slices; those that are ``excluded`` are not chosen any more; those that are
    ``decided`` come as often as the policy's focus says."""
    by_slice: dict[str | None, list[str]] = {}
    for item in sorted(items, key=lambda i: keyed_draw(policy.salt, "panel", i)):
        by_slice.setdefault(items[item], []).append(item)
    before, barred = set(sampled), {*sampled, *excluded}
    ranked = []
    for group in by_slice.values():
        chosen = len(before.intersection(group))
        candidates = _mixed([item for item in group if item not in barred], decided, policy)
        ranked += [((chosen + rank) / len(group), item) for rank, item in enumerate(candidates)]
    lacking = ceil(policy.retest_rate * len(items)) - len(before)
    return [item for _, item in sorted(ranked)[: max(0, lacking)]]


def _mixed(items: Iterable[str], decided: Collection[str], policy: SeedPolicy) -> list[str]:
    """Items in order, so mixed that as many of the first ones as the policy's focus says are decided."""
    groups: dict[bool, deque[str]] = {True: deque(), False: deque()}
    for item in items:
        groups[item in decided].append(item)
    order: list[str] = []
    of_decided = 0
    while groups[True] or groups[False]:
        wanted = wants_decided(len(order), of_decided, "everyone", policy)
        is_decided = wanted if groups[wanted] else not wanted
        order.append(groups[is_decided].popleft())
        of_decided += is_decided
    return order


def is_released(since: Mapping[str, int], *, min_lag: int) -> bool:
    """Whether a retest for everyone may be shown: ``since`` says how many items each active annotator has judged since they answered the
    first showing, which all of them have."""
    return bool(since) and min(since.values()) >= min_lag
