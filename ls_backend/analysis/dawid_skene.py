"""Dawid and Skene's model (*Maximum likelihood estimation of observer error-rates using the EM algorithm*, 1979), to compare
our consensus with: every item has one true answer, every annotator a confusion matrix. Expectation-maximisation from the
majority vote, as crowd-kit does it, over columns.

Where tastes differ there is no one true answer, and a minority comes out as erring: that is why nothing is paid by this.
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments

LEAST = 1e-10


@dataclass(frozen=True)
class Fitted:
    """``probability`` (I, V) of each answer being the true one, ``confusion`` (A, V, V) the chance of an answer (second) where
    another (third) is true, ``prior`` (V,), and the answers ``values`` (V,)."""

    probability: Floats
    confusion: Floats
    prior: Floats
    values: Ints


def dawid_skene(judgments: Judgments, *, iterations: int = 20) -> Fitted:
    """Fit on first answers."""
    kept = judgments.first_showings
    item, who = judgments.item[kept], judgments.annotator[kept]
    values, label = np.unique(judgments.preference[kept], return_inverse=True)
    items, people, size = len(judgments.items), len(judgments.annotators), values.size
    votes = np.bincount(item * size + label, minlength=items * size).reshape(items, size)
    answered = votes.sum(axis=1, keepdims=True)
    probability: Floats = votes / np.maximum(answered, 1)
    there = answered[:, 0] > 0
    cell = who * size + label
    seen = (np.bincount(cell, minlength=people * size) > 0).reshape(people, size)
    confusion, prior = _confusion(cell, item, probability, seen), probability[there].mean(axis=0)
    for _ in range(iterations):
        log = np.log2(confusion).reshape(people * size, size)
        likely = np.stack([np.bincount(item, log[cell, v], minlength=items) for v in range(size)], axis=1)
        likely += np.log2(np.maximum(prior, LEAST))
        likely = np.exp2(likely - likely.max(axis=1, keepdims=True))
        probability = likely / likely.sum(axis=1, keepdims=True)
        prior = probability[there].mean(axis=0)
        confusion = _confusion(cell, item, probability, seen)
    return Fitted(probability, confusion, prior, values)


def _confusion(cell: Ints, item: Ints, probability: Floats, seen: Bools) -> Floats:
    people, size = seen.shape
    columns = [np.bincount(cell, probability[item, v], minlength=people * size) for v in range(size)]
    counted = np.asarray(np.stack(columns, axis=1).reshape(people, size, size), dtype=np.float64)
    found = np.where(seen[:, :, None], np.maximum(counted, LEAST), 0.0)
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(np.where(seen[:, :, None], found / np.where(total > 0, total, 1.0), 1.0))
