"""Which gold items and which retests go to whom, and when. Pure.

Every annotator's judgments are cut into blocks of ``1 / rate``; one seed of a kind falls due at a place in each block
drawn from a keyed hash, so the rate is exact, the places can't be guessed, and the same history always gives the same
plan. Retests repeat an own earlier judgment that lies at least ``min_lag`` own judgments back; slices are served
evenly: the slice with the smallest share of seeds so far comes first.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import ceil

from ls_backend.errors import InputError
from ls_backend.types import Json


class SeedKind(StrEnum):
    GOLD = "gold"
    RETEST = "retest"


@dataclass(frozen=True, slots=True)
class SeedPolicy:
    """Rates are shares of an annotator's judgments; ``salt`` is secret, so that nobody can foretell the plan."""

    retest_rate: float
    gold_rate: float
    min_lag: int
    salt: str

    def __post_init__(self) -> None:
        for name in ("retest_rate", "gold_rate"):
            if not 0 <= getattr(self, name) <= 0.5:
                raise InputError(f"{name} is {getattr(self, name)}; give a share between 0 and 0.5, such as 0.1")
        if self.min_lag < 1:
            raise InputError(f"min_lag is {self.min_lag}; a retest needs at least 1 other judgment in between")

    def rate(self, kind: SeedKind) -> float:
        return self.gold_rate if kind is SeedKind.GOLD else self.retest_rate


@dataclass(frozen=True, slots=True)
class PastJudgment:
    """One judgment of an annotator's history: the item and its slice."""

    item: str
    slice: str | None


@dataclass(frozen=True, slots=True)
class Seed:
    """A showing to be made for one annotator (``item`` must not be ordinary work to them)."""

    kind: SeedKind
    item: str


def keyed_draw(*parts: object) -> float:
    """A number in [0, 1) that only who knows all parts can foretell."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def seeds_owed(n: int, kind: SeedKind, annotator: str, policy: SeedPolicy) -> int:
    """How many seeds of a kind an annotator with ``n`` judgments should have been given."""
    rate = policy.rate(kind)
    if rate == 0:
        return 0
    full, into = divmod(n * rate, 1)
    return int(full) + (keyed_draw(policy.salt, annotator, kind, int(full)) <= into)


def kinds_owed(n: int, given: Iterable[Seed], *, annotator: str, policy: SeedPolicy) -> list[SeedKind]:
    """The kinds of which an annotator with ``n`` judgments was given too few so far, first the one that lacks most, and
    where they lack alike the one given less, so that neither keeps the other waiting."""
    made = Counter(seed.kind for seed in given)
    kinds = (SeedKind.GOLD, SeedKind.RETEST)
    lacking = {kind: seeds_owed(n, kind, annotator, policy) - made[kind] for kind in kinds}
    return sorted((k for k in kinds if lacking[k] > 0), key=lambda k: (-lacking[k], made[k]))


def next_seed(
    history: Sequence[PastJudgment],
    given: Sequence[Seed],
    gold: Mapping[str, str | None],
    *,
    annotator: str,
    policy: SeedPolicy,
) -> Seed | None:
    """The next seed for an annotator, or None.

    ``history`` is in order of time; ``given`` are the seeds made for them so far, answered or not; ``gold`` maps gold
    items to their slices.
    """
    n = len(history)
    used = {seed.item for seed in given}
    shown = Counter(seen.item for seen in history)
    for kind in kinds_owed(n, given, annotator=annotator, policy=policy):
        if kind is SeedKind.GOLD:
            pool = {i: s for i, s in gold.items() if i not in used and i not in shown}
        else:
            old = history[: max(0, n - policy.min_lag)]
            pool = {s.item: s.slice for s in old if shown[s.item] == 1 and s.item not in used and s.item not in gold}
        item = _evenly(
            pool, [s for s in given if s.kind == kind], history, gold, lambda i: keyed_draw(policy.salt, annotator, i)
        )
        if item is not None:
            return Seed(kind, item)
    return None


def _evenly(
    pool: Mapping[str, str | None],
    given: Iterable[Seed],
    history: Sequence[PastJudgment],
    gold: Mapping[str, str | None],
    chance: Callable[[str], float],
) -> str | None:
    """An item of the slice that was seeded least so far, by chance within it."""
    slices = {s.item: s.slice for s in history} | dict(gold)
    count = Counter(slices.get(seed.item) for seed in given)
    return min(pool, key=lambda i: (count[pool[i]], chance(i)), default=None)


@dataclass(frozen=True, slots=True)
class Cost:
    """What seeding costs so many ``annotators``, in judgments beyond the ``ordinary`` ones."""

    annotators: int
    ordinary: int
    gold: int
    retests: int

    @property
    def extra(self) -> int:
        return self.gold + self.retests

    def to_dict(self) -> Json:
        return {**asdict(self), "extra": self.extra}


def cost_aimed(ordinary: int, gold_items: int, annotators: int, policy: SeedPolicy) -> Cost:
    """Expected cost when seeds are reserved for single annotators: the rates are shares of all judgments, so ``ordinary``
    judgments become ordinary / (1 - rates). Nobody answers a gold item twice."""
    total = ordinary / (1 - policy.retest_rate - policy.gold_rate) if ordinary else 0
    return Cost(
        annotators,
        ordinary,
        min(round(total * policy.gold_rate), gold_items * max(annotators, 1)),
        round(total * policy.retest_rate),
    )


def sample_for_everyone(items: Mapping[str, str | None], policy: SeedPolicy) -> list[str]:
    """The items that a whole panel answers twice: ``ceil(retest_rate * items)`` of them, evenly over slices."""
    by_slice: dict[str | None, list[str]] = {}
    for item in sorted(items, key=lambda i: keyed_draw(policy.salt, "panel", i)):
        by_slice.setdefault(items[item], []).append(item)
    ranked = [(rank / len(group), item) for group in by_slice.values() for rank, item in enumerate(group)]
    return [item for _, item in sorted(ranked)[: ceil(policy.retest_rate * len(items))]]


def cost_for_everyone(ordinary: int, sample: int, gold_items: int, annotators: int, overlap: int) -> Cost:
    """Cost when a panel of ``annotators`` answers the sample twice and every gold item; the sample's tasks had
    ``overlap`` answers each before."""
    return Cost(annotators, ordinary, gold_items * annotators, sample * (2 * annotators - overlap))


def is_released(
    last_answer: Mapping[str, int], active: Iterable[str], counts: Mapping[str, int], *, min_lag: int
) -> bool:
    """Whether a panel's retest may be shown: every active annotator has answered the first showing, and at least
    ``min_lag`` more since. ``last_answer`` maps annotators to the position of that answer, ``counts`` to how many
    judgments they have made."""
    people = list(active)
    return bool(people) and all(a in last_answer and counts[a] - last_answer[a] - 1 >= min_lag for a in people)
