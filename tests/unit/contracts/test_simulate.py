import numpy as np
import pytest

from ls_backend.contracts.simulate import KINDS, Kind, picks_left, preference


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_answers_come_as_often_as_the_model_says(eta: float) -> None:
    kind, rng = Kind("k", eta, eta, lam=0.9), np.random.default_rng(3)
    share = np.mean([picks_left(kind, 0.2, 0.0, rng) for _ in range(20_000)])
    assert share == pytest.approx(eta * 0.2 + (1 - eta) * 0.9, abs=0.015)


def test_a_minority_differs_on_disputable_items_only() -> None:
    minority = next(k for k in KINDS if k.name == "minority")
    assert preference(minority, 0.9, True, taste=0.1) == pytest.approx(0.1)
    assert preference(minority, 0.9, True, taste=0.9) == 0.9
    assert preference(minority, 1.0, False, taste=0.1) == 1.0


def test_the_improving_improve() -> None:
    improving = next(k for k in KINDS if k.name == "improving")
    assert improving.eta(0.0) < improving.eta(0.5) < improving.eta(1.0)
