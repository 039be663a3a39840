"""How alike answers are: worked by hand, against scipy, and what must hold for all of them."""

import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from ls_backend.errors import InputError
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.similarity import canonical, similarities, similarity


def alike(one: dict[str, Any], other: dict[str, Any]) -> float:
    return similarity(canonical(one), canonical(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"choice": "cat"}, {"choice": "cat"}, 1),
        ({"choice": "cat"}, {"choice": "dog"}, 0),
        ({"choices": ["a", "b"]}, {"choices": ["b", "c"]}, 1 / 3),
        ({"choices": []}, {"choices": []}, 1),
        ({"rating": 4, "of": 5}, {"rating": 2, "of": 5}, 0.5),
        ({"rating": 1, "of": 5}, {"rating": 5, "of": 5}, 0),
        ({"ranking": ["a", "b", "c"]}, {"ranking": ["a", "c", "b"]}, 2 / 3),
        ({"ranking": ["a", "b", "c"]}, {"ranking": ["c", "b", "a"]}, 0),
        ({"rating": 4, "of": 5}, {"rating": 4.0, "of": 5}, 1),
        ({"buckets": {"good": ["a", "b"], "bad": ["c"]}}, {"buckets": {"good": ["b", "a"], "bad": ["c"]}}, 2 / 3),
        ({"buckets": {"good": ["a", "b"], "bad": ["c"]}}, {"buckets": {"good": ["a", "b", "c"]}}, 1 / 3),
        ({"buckets": {"good": ["a"]}}, {"buckets": {"bad": ["a"]}}, 0),
        ({"buckets": {"good": ["a"]}}, {"buckets": {"good": ["a"], "bad": []}}, 1),
        ({"spans": [[0, 10, "x"]]}, {"spans": [[5, 15, "x"]]}, 5 / 15),
        ({"spans": [[0.05, 1.05, "x"]]}, {"spans": [[0.95, 1.95, "x"]]}, 0.1 / 1.9),
        ({"spans": [[0, 10, "x"]]}, {"spans": [[0, 10, "y"]]}, 0),
        ({"spans": [[0, 5, "x"], [5, 10, "x"]]}, {"spans": [[0, 10, "x"]]}, 1),
        ({"spans": []}, {"spans": []}, 1),
        ({"spans": []}, {"spans": [[0, 3, "x"]]}, 0),
        ({"boxes": [[0, 0, 10, 10, "x"]]}, {"boxes": [[5, 0, 10, 10, "x"]]}, 50 / 150),
        ({"boxes": [[0, 0, 10, 10, "x"]]}, {"boxes": [[0, 0, 10, 10, "x"], [50, 50, 5, 5, "x"]]}, 2 / 3),
        ({"boxes": [[0, 0, 10, 10, "x"]]}, {"boxes": [[0, 0, 10, 10, "y"]]}, 0),
        ({"boxes": []}, {"boxes": []}, 1),
        ({"choice": "4"}, {"rating": 4, "of": 5}, 0),
    ],
)
def test_worked_by_hand(one: dict[str, Any], other: dict[str, Any], expected: float) -> None:
    assert alike(one, other) == pytest.approx(expected)
    assert alike(other, one) == pytest.approx(expected)


def test_boxes_are_matched_so_that_they_fit_best() -> None:
    """Taken in order, the second box would be left with the worse partner."""
    mine = {"boxes": [[0, 0, 10, 10, "x"], [6, 0, 10, 10, "x"]]}
    theirs = {"boxes": [[5, 0, 10, 10, "x"], [30, 0, 10, 10, "x"]]}
    fits = [5 / 15, 9 / 11]  # of the first and of the second with the one that overlaps both
    assert alike(mine, theirs) == pytest.approx(2 * max(fits) / 4)


def test_rankings_are_alike_as_kendalls_tau_has_it() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = rng.permutation(6), rng.permutation(6)
        tau = kendalltau(np.argsort(a), np.argsort(b)).statistic
        assert alike({"ranking": [*map(str, a)]}, {"ranking": [*map(str, b)]}) == pytest.approx((1 + tau) / 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("cat", "is not an answer"),
        ({"colour": "red"}, "none of the keys choice, choices"),
        ({"choice": ""}, "choice must be a text"),
        ({"choices": ["a", "a"]}, "list of different texts"),
        ({"rating": 6, "of": 5}, "from 1 to `of`"),
        ({"spans": [[9, 3, "x"]]}, "ends before it begins"),
        ({"boxes": [[1, 2, 3, "x"]]}, "4 numbers and a label"),
    ],
)
def test_what_is_no_answer_is_refused_and_says_why(answer: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        canonical(answer)


labels = st.sampled_from("xyz")
number = st.integers(0, 40)
spans = st.lists(st.tuples(number, st.integers(1, 9), labels).map(lambda s: [s[0], s[0] + s[1], s[2]]), max_size=4)
boxes = st.lists(st.tuples(number, number, st.integers(1, 20), st.integers(1, 20), labels).map(list), max_size=4)
answers = st.one_of(
    labels.map(lambda x: {"choice": x}),
    st.sets(labels).map(lambda x: {"choices": sorted(x)}),
    st.integers(1, 7).map(lambda x: {"rating": x, "of": 7}),
    st.permutations("abcd").map(lambda x: {"ranking": list(x)}),
    spans.map(lambda x: {"spans": x}),
    boxes.map(lambda x: {"boxes": x}),
)


@given(answers, answers)
def test_alike_is_symmetric_between_0_and_1_and_1_with_itself(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = canonical(one), canonical(other)
    assert canonical(json.loads(a)) == a
    assert 0 <= similarity(a, b) <= 1 + 1e-12
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert similarity(a, a) == 1


def test_many_pairs_at_once_are_the_same_one_by_one() -> None:
    texts = sorted({canonical({"rating": n, "of": 5}) for n in range(1, 6)})
    one, other = (np.array(x) for x in zip(*itertools.product(range(5), repeat=2), strict=True))
    expected = [similarity(texts[a], texts[b]) for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(similarities(texts, one, other), expected)


# --- annotators of other tasks ----------------------------------------------------------------------------------------


def worker(
    name: str, eta: float, kind: str, rng: np.random.Generator, items: int = 150, again: int = 60
) -> list[Judgment]:
    """Answers by the story: attentive ones are the item's truth with a little noise, guesses are some other item's."""

    def truth(item: int) -> dict[str, Any]:
        own = np.random.default_rng([item, 9])
        if kind == "choice":
            return {"choice": "abcd"[own.integers(4)]}
        if kind == "rating":
            return {"rating": int(own.integers(1, 6)), "of": 5}
        if kind == "ranking":
            return {"ranking": [*map(str, own.permutation(5))]}
        starts = own.integers(0, 90, 2)
        if kind == "spans":
            return {"spans": [[int(s), int(s) + 10, "x"] for s in starts]}
        return {"boxes": [[int(s), int(t), 20, 20, "x"] for s, t in zip(starts, own.integers(0, 80, 2), strict=True)]}

    rows = []
    for n, item in enumerate([*range(items), *range(again)]):
        said = truth(item if rng.random() < eta else int(rng.integers(1000, 9000)))
        rows.append(Judgment(name, f"{item:04}", 0, False, float(n), id=f"{name}{n}", answer=canonical(said)))
    return rows


@pytest.mark.parametrize("kind", ["choice", "rating", "ranking", "spans", "boxes"])
def test_the_careless_are_told_from_the_careful_in_every_kind_of_task(kind: str) -> None:
    rng = np.random.default_rng(3)
    eta = np.array([0.95, 0.95, 0.7, 0.3, 0.0])
    rows = [j for a, e in enumerate(eta) for j in worker(f"{a}", e, kind, rng)]
    careful = {j.item: j.answer for j in worker("truth", 1.0, kind, rng)}
    gold = {f"{n:04}": GoldItem(0, answer=careful[f"{n:04}"]) for n in range(100, 130)}
    model = gather_evidence(Judgments.of(rows), gold).attentiveness(pooled=True)
    assert (np.diff(model.mean[[0, 2, 3, 4]]) < 0).all(), model.mean
    assert np.abs(model.mean - eta).max() < 0.2
    assert model.low[0] > model.high[3]
    assert ((model.low <= eta + 0.05) & (eta <= model.high + 0.05)).all()


def test_who_always_says_the_same_is_not_known_by_that_and_gold_tells() -> None:
    rows = [
        Judgment("a", f"{n % 40}", 0, False, float(n), id=f"{n}", answer=canonical({"choice": "no"})) for n in range(60)
    ]
    judged = Judgments.of(rows)
    found = gather_evidence(judged, {})
    assert found.retests_agreed.tolist() == [20]
    assert found.guess_rates.chances[0].tolist() == [1.0]
    assert found.attentiveness().mean[0] == pytest.approx(0.5)
    gold = {f"{n}": GoldItem(0, answer=canonical({"choice": "yes" if n % 2 else "no"})) for n in range(20)}
    assert gather_evidence(judged, gold).attentiveness().high[0] < 0.45


def test_gold_of_pairs_says_nothing_of_other_tasks() -> None:
    rows = [Judgment("a", f"{n}", 0, False, float(n), answer=canonical({"choice": "x"})) for n in range(4)]
    assert find_checks(Judgments.of(rows), {"1": GoldItem(1)}).row.size == 0
