import numpy as np
import pytest

from ls_backend.analysis.consensus import consensus_of_items
from ls_backend.analysis.decidedness import decidedness
from ls_backend.analysis.gold_use import gold_use
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.simulation.project import Design, simulate, steady
from tests.fakes import consensus


def test_preferences_are_the_consensus_of_each_item() -> None:
    outcome = simulate([steady("s", e) for e in (0.9, 0.5, 0.7)], Design(labels=60), np.random.default_rng(2))
    judged, weight = outcome.judgments, np.array([0.9, 0.5, 0.7])
    found = consensus_of_items(judged, weight)
    first = judged.first_showings
    for i in (0, 5, 30):
        rows = np.flatnonzero(first & (judged.item == i))
        one = consensus([(int(judged.preference[n]), float(weight[judged.annotator[n]])) for n in rows])
        assert found.probability[i] == pytest.approx(one.probability)
        assert (found.low[i], found.high[i]) == pytest.approx((one.low, one.high))


@pytest.mark.parametrize(("beta", "q"), [(0.25, 2 / 3), (0.5, 0.5), (2.0, 0.2)])
def test_decidedness_is_recovered(beta: float, q: float) -> None:
    outcome = simulate([steady("s", 0.9)] * 30, Design(labels=200, beta=beta), np.random.default_rng(3))
    found = decidedness(outcome.judgments, outcome.eta, outcome.gold, rng=np.random.default_rng(1))[""]
    assert found.value == pytest.approx(q, abs=0.06)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high  # type: ignore[operator]


def gold_rows(right: list[bool]) -> list[Judgment]:
    return [Judgment(f"a{n:02}", "g", 1 if r else -1, False, float(n)) for n, r in enumerate(right)]


@pytest.mark.parametrize(
    ("right", "advice"),
    [
        ([True] * 4, "wait"),
        ([True] * 10, "refresh"),
        ([False, True] * 5, "retire"),
        ([False] * 4 + [True] * 8, "keep"),
        ([False] * 3 + [True] * 27, "retire"),
    ],
)
def test_gold_that_tells_nothing_or_too_many_know_is_named(right: list[bool], advice: str) -> None:
    others = 0 if len(right) == 30 else 40
    judged = Judgments.of([*gold_rows(right), *(Judgment(f"b{n}", "x", 1, False, 0.0) for n in range(others))])
    careless_first = np.linspace(0.1, 0.95, len(right))
    eta = np.concatenate([careless_first, np.full(others, 0.9)])
    if advice == "retire" and len(right) == 10:
        eta[: len(right)] = 0.9
    (use,) = gold_use(judged, {"g": GoldItem(1)}, eta)
    assert use.advice == advice
    assert use.exposure == len(right)
