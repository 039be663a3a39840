"""How far a bonus is expected to be from what the true score earns."""

import numpy as np
import pytest

from ls_backend.contracts.terms import BinaryBonus, Contract, LinearBonus, Measured
from ls_backend.measurement.pay import doubt

BINARY = BinaryBonus(kind="binary", threshold=0.8, per_judgment_minor=5, cap_minor=500)
LINEAR = LinearBonus(kind="linear", start=0.6, full=0.9, per_judgment_minor=5, cap_minor=500)
BELIEF = np.zeros(100)
BELIEF[[59, 80]] = 0.75, 0.25  # 0.595 and 0.805


def doubt_at(bonus: BinaryBonus | LinearBonus, score: float | None, monitored: int = 10) -> float | None:
    contract = Contract.model_validate({"version": "v", "currency": "EUR", "bonus": bonus.model_dump()})
    return doubt(contract, Measured(50, monitored, None, None, score), BELIEF)


def test_at_a_threshold_it_is_the_chance_to_be_on_the_wrong_side() -> None:
    assert doubt_at(BINARY, 0.65) == pytest.approx(0.25)
    assert doubt_at(BINARY, 0.85) == pytest.approx(0.75)


def test_where_a_bonus_rises_it_is_the_distance_as_a_share_of_the_highest() -> None:
    assert doubt_at(LINEAR, 0.66) == pytest.approx(0.75 * 0.2 + 0.25 * (0.205 / 0.3 - 0.2))


def test_it_is_not_known_before_enough_is_monitored() -> None:
    assert doubt_at(BINARY, 0.65, monitored=9) is None
    assert doubt_at(BINARY, None) is None
