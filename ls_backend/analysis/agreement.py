"""Agreement between annotators over overlap. It is shown to people and moves neither reputation nor pay.

Krippendorff's alpha (*Content Analysis*, 2004; computed by the ``krippendorff`` package) is nominal, or ordinal where answers
carry strength, with a bootstrap interval over items; agreement of pairs of annotators is plain, graded and Cohen's kappa. An
annotator's first answer on an item counts. Graded agreement gives the credit 1 - |x - y| / range to two strengths, so that
neighbours on the scale nearly agree (weighted kappa with linear weights, Cohen 1968).
"""

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

import krippendorff
import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportion, proportions
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of, graded_agreement

Level = Literal["nominal", "ordinal"]
RESAMPLES = 200


@dataclass(frozen=True)
class AnswerPairs:
    """All pairs of first answers on the same item but gold, each once, as columns (m,): both annotators, the item, and whether
    the answers are the ``same``."""

    annotator: Ints
    other: Ints
    item: Ints
    same: Bools


def answer_pairs(judgments: Judgments, gold: Container[str]) -> AnswerPairs:
    one, other = rows_of_pairs(judgments)
    ordinary = np.array([name not in gold for name in judgments.items], dtype=np.bool_)[judgments.item[one]]
    one, other = one[ordinary], other[ordinary]
    same = agreement_of(judgments, one, other) == 1
    return AnswerPairs(judgments.annotator[one], judgments.annotator[other], judgments.item[one], same)


def rows_of_pairs(judgments: Judgments) -> tuple[Ints, Ints]:
    """The rows of both answers of each pair, two of (m,)."""
    first_rows = np.flatnonzero(judgments.first_showings)
    by_item = first_rows[np.argsort(judgments.item[first_rows], kind="stable")]
    item = judgments.item[by_item]
    none: Ints = np.zeros(0, dtype=np.int64)
    ones, others = [none], [none]
    for distance in range(1, by_item.size):  # answers on one item stand together in ``by_item``
        starts = np.flatnonzero(item[distance:] == item[:-distance])
        if not starts.size:
            break
        ones.append(by_item[starts + distance])
        others.append(by_item[starts])
    return np.concatenate(ones), np.concatenate(others)


def krippendorff_alpha(
    judgments: Judgments,
    *,
    level: Level = "nominal",
    slice_: int | None = None,
    rng: np.random.Generator | None = None,
    mass: float = INTERVAL_LEVEL,
) -> Estimate:
    """Alpha of all judgments, or of a slice. With ``rng`` it has a percentile interval of ``mass`` from resampled items;
    without, the interval is the value itself."""
    table, values = _answer_counts(judgments, slice_)
    if judgments.answers:
        if not _have_alpha(judgments):
            return Estimate.unknown("only single choices and ratings have an alpha; see self-consistency", n=len(table))
        ratings = [json.loads(judgments.answers[v]).get("rating", v) for v in values]
        order = np.argsort(ratings)
        table, values = table[:, order], np.array(ratings)[order]
    items = table.shape[0]
    if items < 2 or not _answers_differ(table):
        return Estimate.unknown("fewer than two items with two answers, or everybody answered the same", n=items)
    value = _alpha(table, values, level)
    if rng is None:
        return Estimate(value, value, value, items)
    resampled = []
    for _ in range(RESAMPLES):
        drawn = table[rng.integers(0, items, items)]
        if _answers_differ(drawn):
            resampled.append(_alpha(drawn, values, level))
    tail = (1 - mass) / 2
    low, high = (float(np.quantile(resampled, x)) for x in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value), items)


def _answer_counts(judgments: Judgments, slice_: int | None) -> tuple[Ints, Ints]:
    """How often each answer was given on each item that two or more answered, (items, answers), and the answers (V,)."""
    rows = judgments.first_showings if slice_ is None else judgments.first_showings & (judgments.slice == slice_)
    answer = judgments.answer if judgments.answers else judgments.preference
    values, code = np.unique(answer[rows], return_inverse=True)
    cell = judgments.item[rows] * values.size + code
    table = np.bincount(cell, minlength=len(judgments.items) * values.size).reshape(len(judgments.items), values.size)
    return table[table.sum(axis=1) >= 2].astype(np.int64), values


def _have_alpha(judgments: Judgments) -> bool:
    """Whether answers of another task are one of several, or on a scale."""
    return all(json.loads(answer).keys() & {"choice", "rating"} for answer in judgments.answers if answer)


def _answers_differ(table: Ints) -> bool:
    return int((table.sum(axis=0) > 0).sum()) > 1


def _alpha(table: Ints, values: Ints, level: Level) -> float:
    return float(krippendorff.alpha(value_counts=table, value_domain=list(values), level_of_measurement=level))


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
    table, _ = _answer_counts(judgments, None)
    n = table.sum(axis=1)
    share = (table * (table - 1)).sum(axis=1) / np.maximum(n * (n - 1), 1)
    number = np.clip(np.ceil(share * ranges).astype(np.int64) - 1, 0, ranges - 1)
    counted = np.bincount(number, minlength=ranges)
    return [ItemAgreement(k / ranges, (k + 1) / ranges, int(counted[k])) for k in range(ranges)]


def confusions(judgments: Judgments) -> list[Confusion]:
    """Which answers meet on the same item, the most frequent first."""
    table, values = _answer_counts(judgments, None)
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
    """Between annotators, (A, A): how many items both answered (``n``), the share of the same side (``plain``), with credit for
    neighbours on the scale (``graded``), and Cohen's ``kappa`` of the sides. NaN where n is 0 or kappa is undefined."""

    n: Ints
    plain: Floats
    graded: Floats
    kappa: Floats


def pairwise_agreement(judgments: Judgments) -> PairwiseAgreement:
    """All pairs of annotators, over the items both have answered."""
    people = len(judgments.annotators)
    one, other = rows_of_pairs(judgments)
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    side = np.sign(judgments.preference)
    cell = judgments.annotator[rows] * people + judgments.annotator[columns]
    n, same, credit = (
        np.bincount(cell, weights, minlength=people**2).reshape(people, people).astype(np.float64)
        for weights in (None, agreement_of(judgments, rows, columns), graded_agreement(judgments, rows, columns))
    )
    both_sides = (cell * 3 + side[rows] + 1) * 3 + side[columns] + 1
    sides = np.bincount(both_sides, minlength=people**2 * 9).reshape(people, people, 3, 3).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain, graded = same / n, credit / n
        by_chance = (sides.sum(axis=3) * sides.sum(axis=2)).sum(axis=2) / n**2
        kappa = (plain - by_chance) / (1 - by_chance)
    return PairwiseAgreement(n.astype(np.int64), plain, graded, np.where(np.isfinite(kappa), kappa, np.nan))
