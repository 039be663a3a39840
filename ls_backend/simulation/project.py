"""Simulated projects: items, annotators with tastes and habits, and what they answer.

Annotators answer by the model of :mod:`ls_backend.measurement.attentiveness`, with habits on top: attentiveness that changes
over the work, copying, remembering repeats, always one side. An item's preference probability p (of the majority, for its first
response) is drawn from Beta(1/2, 1/2) unless the design says otherwise, so q = E[(2p - 1)^2] = 1/2; the minority's is 1 - p on a
share ``opposed`` of the items. Where a design has margins, or several strengths, most retests may repeat the pairs that are taken
for decided (:mod:`ls_backend.measurement.decidedness`): an attentive answer is the stronger the more decided the pair, a guess as
strong as that on any pair. Every answer counts towards an annotator's ``labels``, retests and gold included, so that methods
are compared at equal cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.decidedness import DECIDED_SHARE
from ls_backend.measurement.judgments import GoldItem, Judgments

FIRST_ANSWER_AT = 1_700_000_000.0
SECONDS_BETWEEN_ANSWERS = 30.0
DEALT_AT_ONCE = 10  # items
STRENGTH_NOISE = 1.0  # standard deviation, on the logit of p
STRENGTH_STEPS: Floats = np.array([1.5, 4.0])  # between strengths, on the logit of p

Margin = Callable[[Floats, np.random.Generator], Floats]
"""From the majority's p (I,) the margins (I,) that something else gives."""


@dataclass(frozen=True, slots=True)
class SimulatedAnnotator:
    """``eta`` gives attentiveness by the share of the work that is done; ``lam`` is the chance that a guess picks the left side;
    ``opposed`` the share of items on which the taste is the opposite of the majority's; ``copies`` the chance of taking an
    earlier answer of somebody else; ``remembers`` that of repeating the own answer on a retest; ``sharpness`` multiplies the logit of
    p, so that preferences are more, or less, decided than the majority's; pairs on which they are less decided, as |2p - 1|, than
    ``guesses_under`` are guessed."""

    name: str
    eta: Callable[[float], float]
    lam: float = 0.5
    opposed: float = 0.0
    copies: float = 0.0
    remembers: float = 0.0
    sharpness: float = 1.0
    guesses_under: float = 0.0

    def attentiveness(self, p: float, progress: float) -> float:
        """How attentive they are to a pair that they prefer with chance ``p``."""
        return 0.0 if abs(2 * p - 1) < self.guesses_under else self.eta(progress)


def steady(name: str, eta: float, **habits: float) -> SimulatedAnnotator:
    """An annotator whose attentiveness stays the same."""
    return SimulatedAnnotator(name, lambda _progress: eta, **habits)


def preference(annotator: SimulatedAnnotator, majority: float, disputable: bool, taste: float) -> float:
    """This annotator's chance of preferring a response that the majority prefers with chance ``majority``; ``taste`` in
    [0, 1) is fixed for annotator and item, or for the item where all of a minority share a taste."""
    own = 1 - majority if disputable and taste < annotator.opposed else majority
    return own if annotator.sharpness == 1 else float(_sharpened(np.array([own]), annotator.sharpness)[0])


def _sharpened(p: Floats, sharpness: float) -> Floats:
    return np.asarray(scipy.special.expit(sharpness * _logit(p)))


def _logit(p: Floats) -> Floats:
    return np.asarray(scipy.special.logit(np.clip(p, 1e-9, 1 - 1e-9)))


def picks_left(annotator: SimulatedAnnotator, p_left: float, progress: float, rng: np.random.Generator) -> bool:
    """One answer: True for the left response, which the annotator prefers with chance ``p_left``; ``progress`` in [0, 1] is the
    share of the work that is done."""
    attentive = rng.random() < annotator.eta(progress)
    return bool(rng.random() < (p_left if attentive else annotator.lam))


def margin_with_noise(noise: float) -> Margin:
    """A reward model's margin: the logit of p, with normal noise of that standard deviation; of infinite noise, noise alone."""

    def margin(p: Floats, rng: np.random.Generator) -> Floats:
        drawn = rng.standard_normal(p.size)
        return drawn if np.isinf(noise) else _logit(p) + noise * drawn

    return margin


def misleading_margin(p: Floats, rng: np.random.Generator) -> Floats:
    """A margin that is greatest where people are most divided."""
    return np.asarray(1 / (0.1 + np.abs(margin_with_noise(0.5)(p, rng))))


@dataclass(frozen=True, slots=True)
class Design:
    """How a simulated project is laid out: ``labels`` of each annotator in total; ``overlap`` answers on each ordinary item;
    ``r`` is how certain gold is; ``beta`` the shape of p, both parameters; ``margin`` what is known of p; ``strengths``
    1 or 3; ``focus`` the share of retests that repeats decided pairs, where some are known."""

    labels: int = 200
    overlap: int = 3
    retest_rate: float = 0.1
    gold_rate: float = 0.05
    min_lag: int = 10
    r: float = 0.95
    beta: float = 0.5
    margin: Margin | None = None
    strengths: int = 1
    focus: float = 0.7

    @property
    def gold_items(self) -> int:
        return round(self.gold_rate * self.labels)

    @property
    def retests(self) -> int:
        """Of each annotator."""
        return round(self.retest_rate * self.labels)

    @property
    def ordinary_labels(self) -> int:
        """Of each annotator."""
        return self.labels - self.gold_items - self.retests


@dataclass(frozen=True)
class SimulatedProject:
    """What was answered, and the truth: gold, each annotator's attentiveness on average, (A,), and the majority's p by index of
    ``judgments.items``, (I,)."""

    judgments: Judgments
    gold: dict[str, GoldItem]
    eta: Floats
    p: Floats
    annotators: tuple[SimulatedAnnotator, ...] = ()

    @property
    def is_ordinary(self) -> Bools:
        """Which items are no gold, (I,)."""
        return np.array([name not in self.gold for name in self.judgments.items], dtype=np.bool_)


@dataclass(frozen=True)
class _Items:
    """``p`` (I,) of the majority, ``disputed`` (I,) in [0, 1): annotators whose ``opposed`` is higher have the opposite taste.
    The first ``ordinary`` items are no gold. ``margin`` (I,) is NaN where not known."""

    ordinary: int
    p: Floats
    first_preferred: Bools
    disputed: Floats
    margin: Floats

    @property
    def gold(self) -> Ints:
        return np.arange(self.ordinary, self.p.size)


@dataclass(frozen=True)
class _Showings:
    """What is shown to whom, as columns (n,)."""

    annotator: Ints
    item: Ints
    mirrored: Bools
    position: Ints


def simulate(annotators: Sequence[SimulatedAnnotator], design: Design, rng: np.random.Generator) -> SimulatedProject:
    """Everybody's work. Annotator n is called ``f"{n:04d}"``."""
    items = _draw_items(len(annotators), design, rng)
    first_answers = _draw_first_answers(annotators, items, design, rng) if design.strengths > 1 else None
    showings = _deal(annotators, items, first_answers, design, rng)
    answer, eta = _answer(annotators, items, showings, first_answers, design, rng)
    people, n = len(annotators), answer.size
    return SimulatedProject(
        judgments=Judgments(
            annotators=tuple(f"{a:04d}" for a in range(people)),
            items=tuple(f"{i:06d}" for i in range(items.p.size)),
            annotator=showings.annotator,
            item=showings.item,
            preference=answer,
            mirrored=showings.mirrored,
            at=FIRST_ANSWER_AT + SECONDS_BETWEEN_ANSWERS * showings.position + showings.annotator / max(people, 1),
            lead_time=np.full(n, np.nan),
            margin=items.margin[showings.item],
            slices=(),
            slice=np.full(n, -1),
            top_strength=design.strengths if design.strengths > 1 else 0,
        ),
        gold={
            f"{i:06d}": GoldItem(1 if first else -1)
            for i, first in zip(items.gold.tolist(), items.first_preferred.tolist(), strict=True)
        },
        eta=eta.reshape(people, design.labels).mean(axis=1),
        p=items.p,
        annotators=tuple(annotators),
    )


def _draw_items(people: int, design: Design, rng: np.random.Generator) -> _Items:
    ordinary = max(-(-people * design.ordinary_labels // design.overlap), 1)
    total = ordinary + design.gold_items
    p = rng.beta(design.beta, design.beta, total)
    first_preferred = rng.random(design.gold_items) < 0.5
    p[ordinary:] = np.where(first_preferred, (1 + design.r) / 2, (1 - design.r) / 2)
    disputed = rng.random(total)
    margin = np.full(total, np.nan) if design.margin is None else design.margin(p, rng)
    return _Items(ordinary, p, first_preferred, disputed, margin)


@dataclass(frozen=True)
class _FirstAnswers:
    """What decides on the strength of first answers, by annotator and item, (A, I): the draw that is attentive where it is under
    the annotator's attentiveness, and the strengths of an attentive answer and of a guess."""

    draw: Floats
    if_attentive: Ints
    if_guess: Ints

    def strength(self, annotator: int, item: Ints, eta: Floats) -> Ints:
        attentive = self.draw[annotator, item] < eta
        return np.where(attentive, self.if_attentive[annotator, item], self.if_guess[annotator, item])


def _draw_first_answers(
    annotators: Sequence[SimulatedAnnotator], items: _Items, design: Design, rng: np.random.Generator
) -> _FirstAnswers:
    shape = (len(annotators), items.p.size)
    draw = rng.random(shape)
    own = np.stack([_sharpened(items.p, annotator.sharpness) for annotator in annotators])
    if_attentive = _strengths(own, rng)
    if_guess = _strengths(rng.beta(design.beta, design.beta, shape), rng)
    return _FirstAnswers(draw, if_attentive, if_guess)


def _strengths(p: Floats, rng: np.random.Generator) -> Ints:
    """How strong attentive answers on pairs are, 1 to 3."""
    felt = np.abs(_logit(p) + STRENGTH_NOISE * rng.standard_normal(p.shape))
    return 1 + np.searchsorted(STRENGTH_STEPS, felt)


def _deal(
    annotators: Sequence[SimulatedAnnotator],
    items: _Items,
    first_answers: _FirstAnswers | None,
    design: Design,
    rng: np.random.Generator,
) -> _Showings:
    people, labels = len(annotators), design.labels
    annotator, item, mirrored, position = (np.empty(people * labels, dtype=np.int64) for _ in range(4))
    ordinary = _deal_ordinary(people, design.ordinary_labels, items.ordinary, rng)
    by_margin = _greatest_margins(items) if design.margin is not None else None
    for a in range(people):
        rows = slice(a * labels, (a + 1) * labels)
        annotator[rows], position[rows] = a, np.arange(labels)
        once = rng.permutation(np.concatenate([ordinary[a], items.gold]))
        decided = None
        if by_margin is not None:
            decided = by_margin[once]
        elif first_answers is not None:
            own = _sharpened(items.p[once], annotators[a].sharpness)
            eta = np.array([annotators[a].attentiveness(p, k / once.size) for k, p in enumerate(own)])
            decided = first_answers.strength(a, once, eta) == design.strengths
        item[rows], mirrored[rows] = _order(once, once < items.ordinary, decided, design, rng)
    return _Showings(annotator, item, mirrored.astype(np.bool_), position)


def _greatest_margins(items: _Items) -> Bools:
    size = np.abs(items.margin)
    return np.asarray(size >= np.quantile(size[: items.ordinary], 1 - DECIDED_SHARE))


def _deal_ordinary(people: int, labels: int, items: int, rng: np.random.Generator) -> list[Ints]:
    """Which ordinary items each annotator gets: every item about equally often, nobody one twice, dealt a few at a time in
    random order, so that every annotator shares items with every other."""
    times_dealt = np.zeros(items)
    has = np.zeros((people, items), dtype=np.bool_)
    for start in range(0, labels, DEALT_AT_ONCE):
        for a in rng.permutation(people):
            cost = times_dealt + rng.random(items) * 0.9 + 1e6 * has[a]
            size = min(DEALT_AT_ONCE, labels - start, items - 1)
            dealt = np.argpartition(cost, size)[:size]
            has[a, dealt] = True
            times_dealt[dealt] += 1
    return [rng.permutation(np.flatnonzero(row)) for row in has]


def _order(
    once: Ints, is_ordinary: Bools, decided: Bools | None, design: Design, rng: np.random.Generator
) -> tuple[Ints, Bools]:
    """One annotator's items in order, and whether each is mirrored: retests come at least ``min_lag`` after the first showing,
    swapped. So many of them as the design's focus says are of ``decided`` items, of which some are known."""
    min_lag = design.min_lag
    mirrored = rng.random(once.size) < 0.5
    may_repeat = is_ordinary & (np.arange(once.size) < once.size - min_lag)
    repeated = _repeated(may_repeat, decided, design, rng)
    room = np.maximum(once.size - repeated - min_lag, 1)
    later = repeated + min_lag + rng.random(repeated.size) * room
    order = np.argsort(np.concatenate([np.arange(once.size, dtype=np.float64), later]), kind="stable")
    return (
        np.concatenate([once, once[repeated]])[order],
        np.concatenate([mirrored, ~mirrored[repeated]])[order],
    )


def _repeated(may_repeat: Bools, decided: Bools | None, design: Design, rng: np.random.Generator) -> Ints:
    """Which places of an annotator's first showings are repeated later."""
    size = min(design.retests, int(may_repeat.sum()))
    if decided is None:
        return rng.choice(np.flatnonzero(may_repeat), size=size, replace=False)
    of_decided = int(size * design.focus + rng.random())
    groups = [rng.permutation(np.flatnonzero(may_repeat & group)) for group in (decided, ~decided)]
    of_decided = int(np.clip(of_decided, size - groups[1].size, groups[0].size))
    return np.concatenate([groups[0][:of_decided], groups[1][: size - of_decided]])


def _answer(
    annotators: Sequence[SimulatedAnnotator],
    items: _Items,
    showings: _Showings,
    first_showings: _FirstAnswers | None,
    design: Design,
    rng: np.random.Generator,
) -> tuple[Ints, Floats]:
    """Every answer, its sign times its strength, and the annotator's attentiveness then, (n,) each."""
    n = showings.item.size
    answer, attentiveness = np.zeros(n, dtype=np.int64), np.empty(n)
    first_answers: dict[tuple[int, int], int] = {}
    latest_on: dict[int, int] = {}
    draw = rng.random((n, 4))
    for row in np.argsort(showings.position, kind="stable"):  # everybody labels at the same time
        a, i = int(showings.annotator[row]), int(showings.item[row])
        annotator = annotators[a]
        p = preference(annotator, items.p[i], i < items.ordinary, items.disputed[i])
        eta = attentiveness[row] = annotator.attentiveness(p, showings.position[row] / max(design.labels - 1, 1))
        before = first_answers.get((a, i))
        if before is None and first_showings is not None:
            draw[row, 1] = first_showings.draw[a, i]
        if before is not None and draw[row, 0] < annotator.remembers:
            answer[row] = before
        elif before is None and annotator.copies and i in latest_on and draw[row, 0] < annotator.copies:
            answer[row] = latest_on[i]
        elif draw[row, 1] < eta:
            answer[row] = 1 if draw[row, 2] < p else -1
        else:
            left = draw[row, 3] < annotator.lam
            answer[row] = 1 if left != bool(showings.mirrored[row]) else -1
        first_answers.setdefault((a, i), int(answer[row]))
        latest_on[i] = int(answer[row])
        if first_showings is not None:
            strengths = first_showings.if_attentive if draw[row, 1] < eta else first_showings.if_guess
            answer[row] *= strengths[a, i]
    return answer, attentiveness
