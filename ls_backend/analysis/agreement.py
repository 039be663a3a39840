"""Agreement between annotators over overlap. It is shown to people and moves neither reputation nor pay.

Krippendorff's alpha (*Content Analysis*, 2004) is nominal, or ordinal where answers carry strength, with a bootstrap interval over items.
It follows from how many items have which pattern of answers: parts of the items add up, and drawing items again is drawing from those
numbers. Agreement of pairs of annotators is plain, graded and Cohen's kappa. An annotator's first answer on an item counts. Graded agreement gives the credit 1 - |x - y| / range to two strengths, so that
neighbours on the scale nearly agree (weighted kappa with linear weights, Cohen 1968).
"""

import json
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import scipy

from ls_backend.analysis.first_answers import FirstAnswers, PairColumn, PairCounts
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportion, proportions
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of

Level = Literal["nominal", "ordinal"]
RESAMPLES = 200


Answer = int | str
Pattern = tuple[tuple[Answer, int], ...]
"""How often which answers were given on an item."""


@dataclass(frozen=True)
class AnswerPatterns:
    """How many ``items`` that two or more answered have each pattern of answers. ``are_comparable`` says that answers are one of several, or
    on a scale, so that there is an alpha; else the answers in the patterns are left out. ``are_on_scale`` says that they have an order."""

    items: Mapping[Pattern, int]
    are_comparable: bool
    are_on_scale: bool

    @classmethod
    def of(cls, first: FirstAnswers, *, slice_: int | None = None) -> Self:
        """Of all answers, or of those of a slice."""
        judged = first.judgments
        comparable, on_scale = _have_alpha(judged), judged.values.size > 3 or any(map(_is_rating, judged.answers))
        rows, item = first.row, first.item
        if slice_ is not None:
            of_slice = judged.slice[rows] == slice_
            rows, item = rows[of_slice], item[of_slice]
        answer = judged.answer if judged.answers else judged.preference
        names: Sequence[Answer] = judged.answers
        code = answer[rows] if comparable else np.zeros(rows.size, dtype=np.int64)
        if not judged.answers:
            names, code = judged.values.tolist(), code - judged.values[0]
        return cls(_patterns(item, code, names if comparable else [""]), comparable, on_scale)

    def __add__(self, other: "AnswerPatterns") -> "AnswerPatterns":
        return AnswerPatterns(
            Counter(self.items) + Counter(other.items),
            self.are_comparable and other.are_comparable,
            self.are_on_scale or other.are_on_scale,
        )


def _patterns(item: Ints, code: Ints, names: Sequence[Answer]) -> Counter[Pattern]:
    """The patterns of answers (n,), by their codes."""
    cells, times = np.unique(item * len(names) + code, return_counts=True)
    said = (cells % len(names)) * (int(times.max(initial=0)) + 1) + times  # an answer and how often it was given
    _, start, kinds = np.unique(cells // len(names), return_index=True, return_counts=True)
    answers = np.add.reduceat(times, start) if start.size else start
    patterns = Counter[Pattern]()
    for count in np.unique(kinds[answers > 1]).tolist():
        begins = start[(kinds == count) & (answers > 1)]
        pattern = np.zeros(begins.size, dtype=np.int64)
        for step in range(count):
            _, place = np.unique(said[begins + step], return_inverse=True)
            _, example, pattern, items = np.unique(
                pattern * (int(place.max()) + 1) + place, return_index=True, return_inverse=True, return_counts=True
            )
        for begin, n in zip(begins[example].tolist(), items.tolist(), strict=True):
            of_item = slice(begin, begin + count)
            given = zip((cells[of_item] % len(names)).tolist(), times[of_item].tolist(), strict=True)
            patterns[tuple((names[k], m) for k, m in given)] += n
    return patterns


def krippendorff_alpha(
    patterns: AnswerPatterns,
    *,
    level: Level | None = None,
    rng: np.random.Generator | None = None,
    mass: float = INTERVAL_LEVEL,
) -> Estimate:
    """Alpha, by the order of the answers where they have one. With ``rng`` it has a percentile interval of ``mass`` from resampled items;
    without, the interval is the value itself."""
    items = sum(patterns.items.values())
    if not patterns.are_comparable:
        return Estimate.unknown("only single choices and ratings have an alpha; see self-consistency", n=items)
    table = _PatternTable.of(patterns.items)
    if items < 2 or len(table.answers) < 2:
        return Estimate.unknown("fewer than two items with two answers, or everybody answered the same", n=items)
    level = level or ("ordinal" if patterns.are_on_scale else "nominal")
    value = table.alpha(table.items, level)
    if rng is None:
        return Estimate(value, value, value, items)
    drawn = (rng.multinomial(items, table.items / items) for _ in range(RESAMPLES))
    resampled = [table.alpha(of_patterns, level) for of_patterns in drawn if table.have_two_answers(of_patterns)]
    tail = (1 - mass) / 2
    low, high = (float(np.quantile(resampled, x)) for x in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value), items)


@dataclass(frozen=True)
class _PatternTable:
    """Patterns, K of them in order: on how many ``items`` (K,), and how often each of the ``answers``, in their order, was given there:
    ``times`` (K, V), and ``squares`` (K,), the sum of their squares."""

    items: Ints
    answers: tuple[Answer, ...]
    times: "scipy.sparse.csr_array"  # in quotes, as it takes a tenth of a second to import
    squares: Floats

    @classmethod
    def of(cls, patterns: Mapping[Pattern, int]) -> Self:
        ordered = sorted(patterns.items(), key=lambda of_items: [(_place(answer), n) for answer, n in of_items[0]])
        answers = tuple(sorted({answer for pattern, _ in ordered for answer, _ in pattern}, key=_place))
        column = {answer: place for place, answer in enumerate(answers)}
        row = np.repeat(np.arange(len(ordered)), [len(pattern) for pattern, _ in ordered])
        columns = [column[answer] for pattern, _ in ordered for answer, _ in pattern]
        times = np.array([n for pattern, _ in ordered for _, n in pattern], dtype=np.float64)
        return cls(
            items=np.array([items for _, items in ordered], dtype=np.int64),
            answers=answers,
            times=scipy.sparse.csr_array((times, (row, columns)), shape=(len(ordered), len(answers))),
            squares=np.bincount(row, times**2, len(ordered)).astype(np.float64),
        )

    def have_two_answers(self, items: Ints) -> bool:
        """Whether not everybody answers the same where there are so many items of each pattern, (K,)."""
        return int(((self.times.T @ items) > 0).sum()) > 1

    def alpha(self, items: Ints, level: Level) -> float:
        """Where there are so many items of each pattern, (K,). By level, answers differ by 0 or 1, or by the answers between them, which are
        distances between midranks; sums of squares of distances follow from sums and sums of squares."""
        given = self.times.T @ items
        n, on_item = given.sum(), np.asarray(self.times.sum(axis=1))
        if level == "nominal":
            observed, expected = on_item**2 - self.squares, n**2 - (given**2).sum()
        else:
            rank = (np.cumsum(given) - given / 2) / n - 0.5
            observed = 2 * (on_item * (self.times @ rank**2) - (self.times @ rank) ** 2)
            expected = 2 * (n * (given * rank**2).sum() - (given * rank).sum() ** 2)
        return float(1 - (items * observed / (on_item - 1)).sum() / (expected / (n - 1)))


def _is_rating(answer: str) -> bool:
    return answer.startswith('{"of"')


def _place(answer: Answer) -> tuple[float, str]:
    """Where an answer stands in the order of all: a rating or a preference by its value, others after them."""
    if isinstance(answer, int):
        return answer, ""
    return (json.loads(answer)["rating"] if _is_rating(answer) else np.inf), answer


def _answer_counts(judgments: Judgments) -> tuple[Ints, Ints]:
    """How often each answer was given on each item that two or more answered, (items, answers), and the answers (V,)."""
    rows = judgments.first_showings
    answer = judgments.answer if judgments.answers else judgments.preference
    values, code = np.unique(answer[rows], return_inverse=True)
    cell = judgments.item[rows] * values.size + code
    table = np.bincount(cell, minlength=len(judgments.items) * values.size).reshape(len(judgments.items), values.size)
    return table[table.sum(axis=1) >= 2].astype(np.int64), values


def _have_alpha(judgments: Judgments) -> bool:
    """Whether answers of another task are one of several, or on a scale."""
    return all(json.loads(answer).keys() & {"choice", "rating"} for answer in judgments.answers if answer)


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """How ``items`` with two answers or more spread over shares of agreeing pairs of annotators; the share lies in (``low``, ``high``],
    0 in the first range."""

    low: float
    high: float
    items: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many pairs of annotators gave these two answers on the same item; the same answer twice where they agreed."""

    one: str
    other: str
    pairs: int


def agreement_over_items(judgments: Judgments, *, ranges: int = 5) -> list[ItemAgreement]:
    """How agreement spreads over items, in so many ranges of the same width."""
    table, _ = _answer_counts(judgments)
    n = table.sum(axis=1)
    share = (table * (table - 1)).sum(axis=1) / np.maximum(n * (n - 1), 1)
    number = np.clip(np.ceil(share * ranges).astype(np.int64) - 1, 0, ranges - 1)
    counted = np.bincount(number, minlength=ranges)
    return [ItemAgreement(k / ranges, (k + 1) / ranges, int(counted[k])) for k in range(ranges)]


def confusions(judgments: Judgments) -> list[Confusion]:
    """Which answers meet on the same item, the most frequent first."""
    table, values = _answer_counts(judgments)
    together = table.T @ table
    found = []
    for k in range(values.size):
        for m in range(k, values.size):
            pairs = (together[k, k] - table[:, k].sum()) // 2 if k == m else together[k, m]
            if pairs:
                one, other = sorted(_answer_name(judgments, values[code]) for code in (k, m))
                found.append(Confusion(one, other, int(pairs)))
    return sorted(found, key=lambda confusion: -confusion.pairs)


def _answer_name(judgments: Judgments, value: int) -> str:
    """An answer in words: of a pair by the canonical order of its responses, with its strength on a scale."""
    if judgments.answers:
        return judgments.answers[value]
    if not value:
        return "tie"
    strength = f" (strength {abs(value)})" if judgments.values.size > 3 else ""
    return f"response {1 if value > 0 else 2}{strength}"


def agreement_between(judgments: Judgments, one: str, other: str) -> Estimate:
    """How often two annotators gave the same answer, over the items that both have answered, by their first answers."""
    first = judgments.first_showings
    rows = [np.array(judgments.rows_of(name), dtype=np.int64) for name in (one, other)]
    rows = [own[first[own]] for own in rows]
    _, mine, theirs = np.intersect1d(judgments.item[rows[0]], judgments.item[rows[1]], return_indices=True)
    same = agreement_of(judgments, rows[0][mine], rows[1][theirs])
    return proportion(same.sum(), same.size, reason="they have no item in common")


def agreement_with_others(judgments: Judgments, annotator: int, gold: Container[str]) -> dict[str, Estimate]:
    """How often the others gave the answer of one annotator, by slice, "" being the whole project: the mean over the items but gold
    that both answered of the share of others whose first answer was the same. ``n`` counts items; Jeffreys intervals."""
    firsts = np.flatnonzero(judgments.first_showings)
    own = firsts[judgments.annotator[firsts] == annotator]
    own = own[np.array([judgments.items[i] not in gold for i in judgments.item[own].tolist()], dtype=np.bool_)]
    own_row = np.full(len(judgments.items), -1)
    own_row[judgments.item[own]] = own
    others = firsts[(own_row[judgments.item[firsts]] >= 0) & (judgments.annotator[firsts] != annotator)]
    item = judgments.item[others]
    same = np.bincount(item, agreement_of(judgments, own_row[item], others), minlength=len(judgments.items))
    answers = np.bincount(item, minlength=len(judgments.items))
    shared = np.flatnonzero(answers)
    share, part = same[shared] / answers[shared], judgments.slice[own_row[shared]]
    slices = [("", np.ones(shared.size, dtype=np.bool_))]
    slices += [(name, part == s) for s, name in enumerate(judgments.slices) if name]
    hits, n = (np.array(column) for column in zip(*((share[of].sum(), of.sum()) for _, of in slices), strict=True))
    estimates = proportions(hits, n, level=INTERVAL_LEVEL, reason="no item that others answered, too")
    return dict(zip((name for name, _ in slices), estimates, strict=True))


@dataclass(frozen=True)
class PairwiseAgreement:
    """Of each two annotators with items in common, the ``one`` before the ``other`` in their order, (m,): how many items both answered
    (``n``), the share of the same side (``plain``), with credit for neighbours on the scale (``graded``), and Cohen's ``kappa`` of the sides,
    NaN where it is undefined."""

    one: Ints
    other: Ints
    n: Ints
    plain: Floats
    graded: Floats
    kappa: Floats


def pairwise_agreement(pairs: PairCounts, *, values: int) -> PairwiseAgreement:
    """All pairs of annotators on pairs of responses, over the items both have answered; the scale has so many ``values``."""
    sides = pairs.sides.astype(np.float64)
    n = sides.sum(axis=(1, 2))
    plain = np.trace(sides, axis1=1, axis2=2) / n
    graded = 1 - pairs.total(PairColumn.DISTANCE) / (n * max(values - 1.0, 1.0))
    by_chance = (sides.sum(axis=2) * sides.sum(axis=1)).sum(axis=1) / n**2
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = (plain - by_chance) / (1 - by_chance)
    kappa = np.where(np.isfinite(kappa), kappa, np.nan)
    return PairwiseAgreement(pairs.one, pairs.other, n.astype(np.int64), plain, graded, kappa)
