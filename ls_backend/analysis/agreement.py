"""Agreement between annotators over overlap. Shown to people and used for consensus; moves neither reputation nor pay.

Krippendorff's alpha (*Content Analysis*, 2004; the computation is the ``krippendorff`` package's) nominal, or ordinal where answers
carry strength, with a bootstrap interval over items; the pairwise matrix of plain agreement and of Cohen's kappa; all of it
per slice too. An annotator's first answer on an item counts. Plain agreement of strengths gives credit
1 - |x - y| / range, so that neighbours on the scale agree nearly (weighted kappa with linear weights, Cohen 1968).
"""

import json
from dataclasses import dataclass
from typing import Literal

import krippendorff
import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import agreement_of, graded_agreement

Level = Literal["nominal", "ordinal"]
RESAMPLES = 200


def pairs_of(judgments: Judgments) -> tuple[Ints, Ints, Ints, Bools]:
    """All pairs of first answers on the same item, each once: annotators a and b, the item, whether they chose one side.
    Shapes (m,)."""
    first, second = pair_rows(judgments)
    same = agreement_of(judgments, first, second) == 1
    return judgments.annotator[first], judgments.annotator[second], judgments.item[first], same


def pair_rows(judgments: Judgments) -> tuple[Ints, Ints]:
    """The rows of those pairs, two of (m,)."""
    kept = np.flatnonzero(judgments.first_showings)
    order = kept[np.argsort(judgments.item[kept], kind="stable")]
    item = judgments.item[order]
    one, other = [], []
    for step in range(1, order.size):  # neighbours in the sorted list at every distance within an item
        together = np.flatnonzero(item[step:] == item[:-step])
        if not together.size:
            break
        one.append(order[together + step])
        other.append(order[together])
    nothing = np.zeros(0, dtype=np.int64)
    return (np.concatenate(one), np.concatenate(other)) if one else (nothing, nothing)


def counts(judgments: Judgments, *, slice_: int | None = None) -> tuple[Ints, Ints]:
    """How often each answer was given on each item that two or more answered: (items, answers) and the answers (V,)."""
    kept = judgments.first_showings if slice_ is None else judgments.first_showings & (judgments.slice == slice_)
    given = judgments.answer if judgments.answers else judgments.preference
    values, code = np.unique(given[kept], return_inverse=True)
    cell = judgments.item[kept] * values.size + code
    table = np.bincount(cell, minlength=len(judgments.items) * values.size).reshape(len(judgments.items), values.size)
    return table[table.sum(axis=1) >= 2].astype(np.int64), values


def alpha(
    judgments: Judgments,
    *,
    level: Level = "nominal",
    slice_: int | None = None,
    rng: np.random.Generator | None = None,
    mass: float = 0.9,
) -> Estimate:
    """Krippendorff's alpha; with ``rng`` a percentile interval from resampled items, else none wider than the value."""
    table, values = counts(judgments, slice_=slice_)
    if judgments.answers:
        if not comparable(judgments):
            return Estimate.unknown("only single choices and ratings have an alpha; see self-consistency", n=len(table))
        ratings = [json.loads(judgments.answers[v]).get("rating", v) for v in values]
        order = np.argsort(ratings)
        table, values = table[:, order], np.array(ratings)[order]
    if table.shape[0] < 2 or (table.sum(axis=0) > 0).sum() < 2:
        return Estimate.unknown(
            "fewer than two items with two answers, or everybody answered the same", n=table.shape[0]
        )
    value = _alpha(table, values, level)
    if rng is None:
        return Estimate(value, value, value, table.shape[0])
    again = []
    for _ in range(RESAMPLES):
        picked = table[rng.integers(0, table.shape[0], table.shape[0])]
        if (picked.sum(axis=0) > 0).sum() > 1:
            again.append(_alpha(picked, values, level))
    tail = (1 - mass) / 2
    low, high = (float(np.quantile(again, x)) for x in (tail, 1 - tail))
    return Estimate(value, min(low, value), max(high, value), table.shape[0])


def comparable(judgments: Judgments) -> bool:
    """Whether answers of another task are one of several, or on a scale."""
    return all(json.loads(answer).keys() & {"choice", "rating"} for answer in judgments.answers if answer)


def _alpha(table: Ints, values: Ints, level: Level) -> float:
    return float(krippendorff.alpha(value_counts=table, value_domain=list(values), level_of_measurement=level))


@dataclass(frozen=True)
class Pairwise:
    """Between annotators, (A, A): how many items both answered ``n``, share of the same side ``plain``, with credit for
    neighbours on the scale ``weighted``, and Cohen's ``kappa`` of the sides; NaN where n is 0 or kappa is undefined."""

    n: Ints
    plain: Floats
    weighted: Floats
    kappa: Floats


def pairwise(judgments: Judgments) -> Pairwise:
    """All pairs of annotators, over the items both have answered."""
    people = len(judgments.annotators)
    one, other = pair_rows(judgments)
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    side = np.sign(judgments.preference)
    n, same, credit = (np.zeros((people, people)) for _ in range(3))
    table = np.zeros((people, people, 3, 3))
    at = (judgments.annotator[rows], judgments.annotator[columns])
    np.add.at(n, at, 1.0)
    np.add.at(same, at, agreement_of(judgments, rows, columns))
    np.add.at(credit, at, graded_agreement(judgments, rows, columns))
    np.add.at(table, (*at, side[rows] + 1, side[columns] + 1), 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain, weighted = same / n, credit / n
        expected = (table.sum(axis=3) * table.sum(axis=2)).sum(axis=2) / n**2
        kappa = (plain - expected) / (1 - expected)
    return Pairwise(n.astype(np.int64), plain, weighted, np.where(np.isfinite(kappa), kappa, np.nan))
