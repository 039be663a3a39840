"""Dawid and Skene's model (*Maximum likelihood estimation of observer error-rates using the EM algorithm*, 1979), to compare
our consensus with: every item has one true answer, every annotator a confusion matrix. Expectation-maximisation from the
majority vote, as crowd-kit does it, over columns.

Where tastes differ there is no single true answer, and a minority seems to err: that is why nothing is paid by this.
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.judgments import Judgments

LEAST_PROBABILITY = 1e-10


@dataclass(frozen=True)
class DawidSkene:
    """``probability`` (I, V) of each answer being the true one, ``confusion`` (A, V, V) the chance of an answer (second) where
    another (third) is true, ``prior`` (V,), and the answers ``values`` (V,)."""

    probability: Floats
    confusion: Floats
    prior: Floats
    values: Ints


def dawid_skene(judgments: Judgments, *, iterations: int = 20) -> DawidSkene:
    """Fit on first answers."""
    first = judgments.first_showings
    item, annotator = judgments.item[first], judgments.annotator[first]
    values, answer = np.unique(judgments.preference[first], return_inverse=True)
    items, people, size = len(judgments.items), len(judgments.annotators), values.size
    votes = np.bincount(item * size + answer, minlength=items * size).reshape(items, size)
    answers_on = votes.sum(axis=1, keepdims=True)
    probability: Floats = votes / np.maximum(answers_on, 1)
    is_answered = answers_on[:, 0] > 0
    cell = annotator * size + answer
    is_used = (np.bincount(cell, minlength=people * size) > 0).reshape(people, size)
    confusion, prior = _confusion(cell, item, probability, is_used), probability[is_answered].mean(axis=0)
    for _ in range(iterations):
        log = np.log2(confusion).reshape(people * size, size)
        likelihood = np.stack([np.bincount(item, log[cell, v], minlength=items) for v in range(size)], axis=1)
        likelihood += np.log2(np.maximum(prior, LEAST_PROBABILITY))
        likelihood = np.exp2(likelihood - likelihood.max(axis=1, keepdims=True))
        probability = likelihood / likelihood.sum(axis=1, keepdims=True)
        prior = probability[is_answered].mean(axis=0)
        confusion = _confusion(cell, item, probability, is_used)
    return DawidSkene(probability, confusion, prior, values)


def _confusion(cell: Ints, item: Ints, probability: Floats, is_used: Bools) -> Floats:
    """``cell`` (n,) is annotator and answer in one code; ``is_used`` (A, V) says which answers an annotator ever gave."""
    people, size = is_used.shape
    columns = [np.bincount(cell, probability[item, v], minlength=people * size) for v in range(size)]
    counts = np.asarray(np.stack(columns, axis=1).reshape(people, size, size), dtype=np.float64)
    counts = np.where(is_used[:, :, None], np.maximum(counts, LEAST_PROBABILITY), 0.0)
    total = counts.sum(axis=1, keepdims=True)
    return np.asarray(np.where(is_used[:, :, None], counts / np.where(total > 0, total, 1.0), 1.0))
