import numpy as np
import pytest

from ls_backend.analysis.gold_use import gold_use
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments


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
    judgments = Judgments.of([*gold_rows(right), *(Judgment(f"b{n}", "x", 1, False, 0.0) for n in range(others))])
    careless_first = np.linspace(0.1, 0.95, len(right))
    eta = np.concatenate([careless_first, np.full(others, 0.9)])
    if advice == "retire" and len(right) == 10:
        eta[: len(right)] = 0.9
    (use,) = gold_use(judgments, {"g": GoldItem(1)}, eta, people=eta.size)
    assert use.advice == advice
    assert use.exposure == len(right)
