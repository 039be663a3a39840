"""Simulated projects: items, annotators with tastes and habits, and what they answer.

Annotators answer by the model of :mod:`ls_backend.measurement.attentiveness`, with habits on top: attentiveness that changes over the
work, copying, remembering repeats, always one side. An item's preference probability p (of the majority, for its first
response) is drawn from Beta(1/2, 1/2) unless said otherwise, so q = E[(2p - 1)^2] = 1/2; the minority's is 1 - p on a share
``opposed`` of the items. Every answer counts towards an annotator's ``labels``, retests and gold included, so that methods are
compared at equal cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import GoldItem, Judgments

FIRST_AT = 1_700_000_000.0
SECONDS = 30.0
HAND = 10


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated annotator. ``eta`` gives attentiveness by the share of the work done; ``lam`` is the chance that a guess
    picks the left side; ``opposed`` the share of items on which the taste is the opposite of the majority's; ``copies`` the
    chance of taking an earlier answer of somebody else instead of an own; ``remembers`` that of repeating one's own."""

    name: str
    eta: Callable[[float], float]
    lam: float = 0.5
    opposed: float = 0.0
    copies: float = 0.0
    remembers: float = 0.0


def steady(name: str, eta: float, **more: float) -> Person:
    return Person(name, lambda _done: eta, **more)


def preference(person: Person, majority: float, disputable: bool, taste: float) -> float:
    """This annotator's chance of preferring a response that the majority prefers with chance ``majority``; ``taste`` in
    [0, 1) is fixed for annotator and item, or for the item where all of a minority share a taste."""
    return 1 - majority if disputable and taste < person.opposed else majority


def picks_left(person: Person, p_left: float, done: float, rng: np.random.Generator) -> bool:
    """One answer: True for the left response, which the annotator prefers with chance ``p_left``."""
    attentive = rng.random() < person.eta(done)
    return bool(rng.random() < (p_left if attentive else person.lam))


@dataclass(frozen=True, slots=True)
class Plan:
    """``labels`` of each annotator in total; ``overlap`` answers on each ordinary item; ``r`` is how certain gold is;
    ``beta`` the shape of p, both parameters."""

    labels: int = 200
    overlap: int = 3
    retest_rate: float = 0.1
    gold_rate: float = 0.05
    min_lag: int = 10
    r: float = 0.95
    beta: float = 0.5


@dataclass(frozen=True)
class Outcome:
    """What was answered, the gold, what each annotator's attentiveness was on average, (A,), and the items' p by index of
    ``judgments.items``, (I,), of the majority."""

    judgments: Judgments
    gold: dict[str, GoldItem]
    eta: Floats
    p: Floats
    people: tuple[Person, ...] = field(default=())


def simulate(people: Sequence[Person], plan: Plan, rng: np.random.Generator) -> Outcome:
    """Everybody's work. Annotator n is called ``f"{n:04d}"``."""
    count, labels = len(people), plan.labels
    golden, again = round(plan.gold_rate * labels), round(plan.retest_rate * labels)
    ordinary = labels - golden - again
    items = max(-(-count * ordinary // plan.overlap), 1)
    total = items + golden
    p = rng.beta(plan.beta, plan.beta, total)
    known = rng.random(golden) < 0.5
    p[items:] = np.where(known, (1 + plan.r) / 2, (1 - plan.r) / 2)
    disputed = rng.random(total)

    annotator, item, mirrored, position = (np.empty(count * labels, dtype=np.int64) for _ in range(4))
    work = _shares(count, ordinary, items, rng)
    for a in range(count):
        rows = slice(a * labels, (a + 1) * labels)
        own, flipped = _order(work[a], np.arange(items, total), again, plan.min_lag, rng)
        annotator[rows], item[rows], mirrored[rows], position[rows] = a, own, flipped, np.arange(labels)
    turn = np.argsort(position, kind="stable")  # everybody labels at the same time, one after the other

    answer = np.zeros(count * labels, dtype=np.int64)
    attentive = np.empty(count * labels)
    first: dict[tuple[int, int], int] = {}
    latest: dict[int, int] = {}
    chance = rng.random((count * labels, 4))
    for n in turn:
        a, i = int(annotator[n]), int(item[n])
        person = people[a]
        eta = attentive[n] = person.eta(position[n] / max(labels - 1, 1))
        before = first.get((a, i))
        if before is not None and chance[n, 0] < person.remembers:
            answer[n] = before
        elif before is None and person.copies and i in latest and chance[n, 0] < person.copies:
            answer[n] = latest[i]
        elif chance[n, 1] < eta:
            own_p = preference(person, p[i], i < items, disputed[i])
            answer[n] = 1 if chance[n, 2] < own_p else -1
        else:
            left = chance[n, 3] < person.lam
            answer[n] = 1 if left != bool(mirrored[n]) else -1
        first.setdefault((a, i), int(answer[n]))
        latest[i] = int(answer[n])

    gold = {f"{items + g:06d}": GoldItem(1 if known[g] else -1) for g in range(golden)}
    return Outcome(
        judgments=Judgments(
            annotators=tuple(f"{a:04d}" for a in range(count)),
            items=tuple(f"{i:06d}" for i in range(total)),
            annotator=annotator,
            item=item,
            preference=answer,
            mirrored=mirrored.astype(np.bool_),
            position=position,
            at=FIRST_AT + SECONDS * position + annotator / max(count, 1),
            lead_time=np.full(count * labels, np.nan),
            slices=(),
            slice=np.full(count * labels, -1),
        ),
        gold=gold,
        eta=attentive.reshape(count, labels).mean(axis=1),
        p=p,
        people=tuple(people),
    )


def _shares(count: int, ordinary: int, items: int, rng: np.random.Generator) -> list[Ints]:
    """Which ordinary items each annotator gets: every item about equally often, nobody one twice, dealt in small hands in
    random order, so that everybody meets everybody."""
    load = np.zeros(items)
    own = np.zeros((count, items), dtype=np.bool_)
    for start in range(0, ordinary, HAND):
        for a in rng.permutation(count):
            cost = load + rng.random(items) * 0.9 + 1e6 * own[a]
            size = min(HAND, ordinary - start, items - 1)
            dealt = np.argpartition(cost, size)[:size]
            own[a, dealt] = True
            load[dealt] += 1
    return [rng.permutation(np.flatnonzero(row)) for row in own]


def _order(work: Ints, golden: Ints, again: int, min_lag: int, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """One annotator's showings in order, retests at least ``min_lag`` after the first one, swapped."""
    once = rng.permutation(np.concatenate([work, golden]))
    sides = rng.random(once.size) < 0.5
    early = np.isin(once, work) & (np.arange(once.size) < once.size - min_lag)
    repeat = rng.choice(np.flatnonzero(early), size=min(again, int(early.sum())), replace=False)
    when = np.arange(once.size, dtype=np.float64)
    room = np.maximum(once.size - repeat - min_lag, 1)
    later = repeat + min_lag + rng.random(repeat.size) * room
    order = np.argsort(np.concatenate([when, later]), kind="stable")
    shown = np.concatenate([once, once[repeat]])[order]
    flipped = np.concatenate([sides, ~sides[repeat]])[order]
    return shown, flipped
