"""How alike two answers are, in [0, 1], where a task is not a choice between two responses.

An answer is canonical JSON, an object with one key that says its kind; the same answer is always the same text:

- ``{"choice": "cat"}``: one of several. Alike if equal.
- ``{"choices": ["cat", "dog"]}``: any number of several. Jaccard index: common ones by all named.
- ``{"rating": 4, "of": 5}``: 1 to ``of``. 1 - |x - y| / (of - 1).
- ``{"ranking": ["b", "a", "c"]}``: share of the pairs that stand in the same order, (1 + Kendall's tau) / 2; an element that only
  one ranking has stands in the same order with none.
- ``{"spans": [[3, 9, "person"]]}``: start (included), end (not), label. Characters under the same label in both, by those in
  either (Jaccard index over (character, label)).
- ``{"boxes": [[10, 20, 30, 40, "car"]]}``: left, top, width, height, label. Boxes of one label are matched so that their
  intersections over unions add up to the most; twice that sum by the number of boxes of both (a Dice coefficient whose
  matches count by how well they fit). Rotation is not looked at.

No regions in both are alike entirely.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import scipy

from ls_backend.arrays import Floats, Ints
from ls_backend.errors import InputError
from ls_backend.types import Json

KINDS = ("choice", "choices", "rating", "ranking", "buckets", "spans", "boxes")
DEFAULT_TOP = 5
GREATEST_TOP = 1_000_000  # of ratings; greater ones are mistakes


def top_of(ratings: Iterable[float]) -> int:
    """The highest rating that could be given where such were: ``DEFAULT_TOP``, or more if one is higher. Infinite ones and NaN are
    mistakes and say nothing."""
    return max(DEFAULT_TOP, math.ceil(max(filter(math.isfinite, ratings), default=0)))


def canonical(answer: object) -> str:
    """The one text of an answer.

    Raises:
        InputError: it is none of the kinds above; names what is wrong and how to write it.
    """
    if not isinstance(answer, dict):
        raise InputError(f"{answer!r} is not an answer; write an object such as {{'choice': 'cat'}}")
    kind = answer_kind(answer)
    try:
        if kind is None:
            raise ValueError(f"it has none of the keys {', '.join(KINDS)}")
        normalised = _NORMALISE[kind](answer)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise InputError(f"{json.dumps(answer, default=str)[:80]} is not an answer: {error}") from error
    return json.dumps(normalised, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def answer_kind(answer: Json) -> str | None:
    """Which of the kinds an answer is; None if it is none."""
    return next((kind for kind in KINDS if kind in answer), None)


def _choice(answer: Json) -> Any:
    if not isinstance(answer["choice"], str) or not answer["choice"]:
        raise ValueError("choice must be a text")
    return {"choice": answer["choice"]}


def _texts(answer: Json, key: str) -> list[str]:
    texts = answer[key]
    if not isinstance(texts, list) or any(not isinstance(x, str) for x in texts) or len(set(texts)) < len(texts):
        raise ValueError(f"{key} must be a list of different texts")
    return texts


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _rating(answer: Json) -> Any:
    value, top = answer["rating"], answer.get("of", DEFAULT_TOP)
    if not _is_number(value) or type(top) is not int or not 1 <= value <= top or not 2 <= top <= GREATEST_TOP:
        raise ValueError("rating must be a number from 1 to `of`, and `of` at least 2")
    return {"rating": int(value) if value == int(value) else value, "of": top}


def _buckets(answer: Json) -> Any:
    buckets = answer["buckets"]
    if not isinstance(buckets, dict):
        raise ValueError("buckets must be an object of lists")
    elements = [element for name in buckets for element in _texts(buckets, name)]
    if len(set(elements)) < len(elements):
        raise ValueError("an element lies in two buckets")
    return {"buckets": {name: buckets[name] for name in buckets if buckets[name]}}


def _regions(answer: Json, key: str, numbers: int) -> Any:
    regions = []
    for region in answer[key]:
        *place, label = region
        if len(place) != numbers or not all(map(_is_number, place)) or not isinstance(label, str):
            raise ValueError(f"each of the {key} must be a list of {numbers} numbers and a label")
        if (place[1] < place[0]) if numbers == 2 else (place[2] < 0 or place[3] < 0):
            raise ValueError(f"{region} ends before it begins")
        regions.append([*(round(float(x), 3) for x in place), label])
    return {key: sorted(regions)}


_NORMALISE: dict[str, Callable[[Json], Any]] = {
    "choice": _choice,
    "choices": lambda a: {"choices": sorted(_texts(a, "choices"))},
    "rating": _rating,
    "ranking": lambda a: {"ranking": _texts(a, "ranking")},
    "buckets": _buckets,
    "spans": lambda a: _regions(a, "spans", 2),
    "boxes": lambda a: _regions(a, "boxes", 4),
}


@lru_cache(maxsize=65536)
def _read(text: str) -> tuple[str, Any, Any]:
    """Its kind, what it says, and the highest rating."""
    answer = json.loads(text)
    kind = next(k for k in KINDS if k in answer)
    return kind, answer[kind], answer.get("of")


def similarity(one: str, other: str) -> float:
    """How alike two canonical answers are, in [0, 1]; 0 between different kinds."""
    if one == other:
        return 1.0
    if not one or not other:
        return 0.0
    (kind, a, top), (other_kind, b, other_top) = _read(one), _read(other)
    if kind != other_kind or kind == "choice" or top != other_top:
        return 0.0
    if kind == "rating":
        return float(1 - abs(a - b) / (top - 1))
    if kind == "choices":
        return len(set(a) & set(b)) / len(set(a) | set(b))
    if kind == "ranking":
        return _ranking(a, b)
    if kind == "buckets":
        return _bucket_rankings(a, b)
    return _spans(a, b) if kind == "spans" else _boxes(a, b)


def similarities(answers: Sequence[str], one: Ints, other: Ints) -> Floats:
    """Of pairs of answers, by their indices (m,) -> (m,); each different pair is compared once."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    pairs, which = np.unique(low * len(answers) + high, return_inverse=True)
    values = [similarity(answers[p // len(answers)], answers[p % len(answers)]) for p in pairs.tolist()]
    return np.asarray(values, dtype=np.float64)[which]


def _ranking(a: list[str], b: list[str]) -> float:
    place_a, place_b = ({x: n for n, x in enumerate(ranking)} for ranking in (a, b))
    pairs = list(combinations(sorted({*a, *b}), 2))
    common = [(x, y) for x, y in pairs if {x, y} <= place_a.keys() & place_b.keys()]
    same_order = sum((place_a[x] < place_a[y]) == (place_b[x] < place_b[y]) for x, y in common)
    return same_order / len(pairs) if pairs else 1.0


def _bucket_rankings(a: dict[str, list[str]], b: dict[str, list[str]]) -> float:
    place_a, place_b = ({x: (name, n) for name in buckets for n, x in enumerate(buckets[name])} for buckets in (a, b))
    elements = sorted({*place_a, *place_b})
    if len(elements) < 2:
        return float({x: name for x, (name, _) in place_a.items()} == {x: name for x, (name, _) in place_b.items()})
    same_bucket = {x for x in place_a.keys() & place_b.keys() if place_a[x][0] == place_b[x][0]}
    pairs = list(combinations(elements, 2))
    alike = sum(
        {x, y} <= same_bucket
        and (place_a[x][0] != place_a[y][0] or (place_a[x] < place_a[y]) == (place_b[x] < place_b[y]))
        for x, y in pairs
    )
    return alike / len(pairs)


def _by_label(regions: list[list[Any]]) -> dict[str, list[list[float]]]:
    places: dict[str, list[list[float]]] = defaultdict(list)
    for *place, label in regions:
        places[label].append(place)
    return places


def _spans(a: list[list[Any]], b: list[list[Any]]) -> float:
    first, second = _by_label(a), _by_label(b)
    both = either = 0.0
    for label in {*first, *second}:
        edges = sorted({x for start, end in first[label] + second[label] for x in (start, end)})
        for start, end in pairwise(edges):
            inside = [any(s <= start and end <= e for s, e in spans[label]) for spans in (first, second)]
            both += (end - start) * all(inside)
            either += (end - start) * any(inside)
    return both / either if either else 1.0


def _boxes(a: list[list[Any]], b: list[list[Any]]) -> float:

    first, second = _by_label(a), _by_label(b)
    fit = 0.0
    for label in first.keys() & second.keys():
        x, y = np.array(first[label])[:, None], np.array(second[label])[None]
        low, high = np.maximum(x[..., :2], y[..., :2]), np.minimum(x[..., :2] + x[..., 2:], y[..., :2] + y[..., 2:])
        common = np.prod(np.maximum(high - low, 0), axis=2)
        union = np.prod(x[..., 2:], axis=2) + np.prod(y[..., 2:], axis=2) - common
        shared = np.where(union > 0, common / np.where(union > 0, union, 1), 0.0)
        fit += float(shared[scipy.optimize.linear_sum_assignment(shared, maximize=True)].sum())
    return 2 * fit / (len(a) + len(b))
