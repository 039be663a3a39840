"""What annotators together answer in other tasks than pairs, weighted by how attentive each is.

An annotator of attentiveness eta gives the true answer with chance eta and guesses otherwise; a guess follows the shares pi of
answers in the whole set. So each item's posterior follows from its votes, without iterating; where everybody is equally attentive, the
answer is that of a majority vote.

- *choice*: P(k | true j) = eta [k = j] + (1 - eta) pi_k, with pi as the prior of j.
- *choices*: the same for each option by itself, named or not; the answer is the options that are named more likely than not.
- *rating*: the same over the ratings there are, but an attentive answer lies near the true one: [k = j] becomes a Laplace kernel whose
  width follows from how far two answers to an item lie apart: 1.5 widths on average where both are attentive, and as far as answers
  to different items otherwise. The answer is the posterior median.
- *ranking*: by the mean place, weighted by eta (Borda 1781). It has no confidence, only how like the votes are to it.

Spans, boxes and buckets are not merged into one answer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ls_backend.arrays import Floats, Ints
from ls_backend.errors import InputError
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.similarity import answer_kind, canonical, similarity

MOST_CERTAIN = 0.999  # an attentiveness of 1 would rule out all others for ever
LEAST_WIDTH = 0.1
GUESSES = 100  # answers, from all over the set, that all others are compared with to see how far guesses lie apart
PRIOR_ANSWERS = 1.0  # of each answer, so that none is impossible


@dataclass(frozen=True, slots=True)
class AnswerConsensus:
    """The ``answer`` (canonical JSON) to an item; ``confidence`` is its posterior, None for rankings; ``agreement`` how like the votes
    are to it, weighted, in [0, 1]."""

    answer: str
    confidence: float | None
    agreement: float


Merge = Callable[[Sequence[Any], Floats], tuple[Any, float | None]]
"""From the votes on an item and their attentiveness to what the answer says, and its posterior."""


def answer_consensus(judgments: Judgments, votes: Ints, eta: Floats) -> dict[int, AnswerConsensus]:
    """The consensus by item (index into ``items``), from votes, rows (m,), of which an annotator has one on an item; ``eta`` (A,).

    Raises:
        InputError: answers are of several kinds, or of one that is not merged.
    """
    if not votes.size:
        return {}
    answers = [json.loads(text) for text in judgments.answers]
    kind = _kind(answers)
    top = next((answer.get("of") for answer in answers), None)
    votes = votes[np.argsort(judgments.item[votes], kind="stable")]
    said = judgments.answer[votes]
    contents = [answer[kind] for answer in answers]
    weight = np.clip(eta[judgments.annotator[votes]], 0.0, MOST_CERTAIN)
    merge = _MERGES[kind]([contents[code] for code in said.tolist()], judgments.item[votes], weight)
    edges = np.flatnonzero(np.diff(judgments.item[votes], prepend=-1, append=-1)).tolist()
    found = {}
    for start, end in pairwise(edges):
        codes, own = said[start:end].tolist(), weight[start:end]
        content, confidence = merge([contents[code] for code in codes], own)
        answer = canonical({kind: content, **({"of": top} if kind == "rating" else {})})
        agreement = agreement_with(answer, [judgments.answers[code] for code in codes], own)
        found[int(judgments.item[votes[start]])] = AnswerConsensus(answer, confidence, agreement)
    return found


def agreement_with(answer: str, votes: Sequence[str], weight: Floats) -> float:
    """How like votes (n,) are to an answer, weighted (n,); all alike where nobody weighs anything."""
    alike = np.array([similarity(answer, vote) for vote in votes])
    total = float(weight.sum())
    return float(weight @ alike) / total if total else float(alike.mean())


def _kind(answers: Sequence[Mapping[str, Any]]) -> str:
    kinds = sorted({str(answer_kind(dict(answer))) for answer in answers})
    if len(kinds) != 1 or kinds[0] not in _MERGES:
        raise InputError(
            f"answers of the kind {', '.join(kinds)} are not merged into one; those of one kind are: {', '.join(_MERGES)}"
        )
    tops = {answer["of"] for answer in answers if "of" in answer}
    if len(tops) > 1:
        raise InputError(
            f"ratings up to {', '.join(map(str, sorted(tops)))} are not merged into one; give them one scale"
        )
    return kinds[0]


def _shares(values: Sequence[Any], options: Sequence[Any]) -> Floats:
    """The share of each option among all answers, none quite 0."""
    place = {option: n for n, option in enumerate(options)}
    counts = np.bincount([place[value] for value in values], minlength=len(options)) + PRIOR_ANSWERS
    return np.asarray(counts / counts.sum())


def _posterior(prior: Floats, likelihood: Floats) -> Floats:
    """Of options (K,), from votes (n, K)."""
    log = np.log(prior) + np.log(likelihood).sum(axis=0)
    weights = np.exp(log - log.max())
    return np.asarray(weights / weights.sum())


def _choice_merge(values: Sequence[str], _items: Ints, _eta: Floats) -> Merge:
    options = sorted(set(values))
    pi = _shares(values, options)
    place = {option: n for n, option in enumerate(options)}

    def merge(votes: Sequence[str], eta: Floats) -> tuple[str, float]:
        said = np.array([place[vote] for vote in votes])
        hit = np.arange(len(options)) == said[:, None]
        posterior = _posterior(pi, eta[:, None] * hit + (1 - eta[:, None]) * pi[said][:, None])
        best = int(posterior.argmax())
        return options[best], float(posterior[best])

    return merge


def _choices_merge(values: Sequence[Sequence[str]], _items: Ints, _eta: Floats) -> Merge:
    options = sorted({option for value in values for option in value})
    named = {option: sum(option in value for value in values) for option in options}
    share = {option: (count + PRIOR_ANSWERS) / (len(values) + 2 * PRIOR_ANSWERS) for option, count in named.items()}

    def merge(votes: Sequence[Sequence[str]], eta: Floats) -> tuple[list[str], float]:
        chosen, confidence = [], 1.0
        for option in options:
            pi = share[option]
            names = np.array([option in vote for vote in votes])
            guess = np.where(names, pi, 1 - pi)
            likelihood = np.stack([eta * ~names, eta * names], axis=1) + ((1 - eta) * guess)[:, None]
            likely = float(_posterior(np.array([1 - pi, pi]), likelihood)[1])
            if likely > 0.5:
                chosen.append(option)
            confidence *= max(likely, 1 - likely)
        return chosen, confidence

    return merge


def _rating_merge(values: Sequence[float], items: Ints, eta: Floats) -> Merge:
    grid = np.array(sorted(set(values)), dtype=np.float64)
    pi = _shares(values, grid.tolist())
    width = _width(np.array(values, dtype=np.float64), items, eta)
    kernel = np.exp(-np.abs(grid[:, None] - grid) / width)
    kernel /= kernel.sum(axis=0)  # of the answer given (first) where another is true (second)

    def merge(votes: Sequence[float], eta: Floats) -> tuple[float, float]:
        said = np.searchsorted(grid, votes)
        posterior = _posterior(pi, eta[:, None] * kernel[said] + (1 - eta[:, None]) * pi[said][:, None])
        median = min(int(np.searchsorted(np.cumsum(posterior), 0.5)), grid.size - 1)
        return float(grid[median]), float(posterior[median])

    return merge


def _width(values: Floats, items: Ints, eta: Floats) -> float:
    """The width of attentive answers about the true one, from neighbouring votes, sorted by item."""
    same = items[1:] == items[:-1]
    if not same.any():
        return LEAST_WIDTH
    distance, both = np.abs(np.diff(values))[same].mean(), (eta[1:] * eta[:-1])[same].mean()
    of_guesses = np.abs(values[:, None] - values[:: max(values.size // GUESSES, 1)]).mean()
    return float(max((distance - (1 - both) * of_guesses) / (1.5 * max(both, 0.01)), LEAST_WIDTH))


def _ranking_merge(_values: Sequence[Sequence[str]], _items: Ints, _eta: Floats) -> Merge:
    def merge(votes: Sequence[Sequence[str]], eta: Floats) -> tuple[list[str], None]:
        elements = sorted({element for vote in votes for element in vote})
        weight = eta if eta.sum() else np.ones_like(eta)
        places = [
            [
                list(vote).index(element) if element in vote else (len(vote) + len(elements) - 1) / 2
                for element in elements
            ]
            for vote in votes
        ]
        mean = weight @ np.array(places, dtype=np.float64).reshape(len(votes), -1)
        return [elements[n] for n in np.argsort(mean, kind="stable").tolist()], None

    return merge


_MERGES: Mapping[str, Callable[[Sequence[Any], Ints, Floats], Merge]] = {
    "choice": _choice_merge,
    "choices": _choices_merge,
    "rating": _rating_merge,
    "ranking": _ranking_merge,
}
