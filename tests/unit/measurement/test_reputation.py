import numpy as np

from ls_backend.measurement.reputation import Standing, explain_change, standings


def after(*lows: float, n: int = 20) -> Standing:
    low = np.array(lows)[:, None]
    return standings(low, np.full(low.shape, n), minimum=10)[0]


def test_a_step_up_must_be_deserved_twice_in_a_row() -> None:
    assert after(60, 60, 90) is Standing.QUALIFIED
    assert after(60, 88, 90) is Standing.EXPERT
    assert after(90, 40, 90) is Standing.LEARNING, "one good day"
    assert after(90) is Standing.LEARNING


def test_a_step_is_kept_until_the_reputation_is_clearly_below_it() -> None:
    assert after(72, 72, 66) is Standing.TRUSTED
    assert after(72, 72, 60) is Standing.QUALIFIED


def test_too_few_checks_are_new() -> None:
    assert after(95, 95, n=3) is Standing.NEW
    assert standings(np.full((2, 1), 95.0), np.zeros((2, 1), dtype=np.int64), minimum=0) == [Standing.NEW]


def test_everybody_stands_for_themself() -> None:
    low = np.array([[90.0, 50.0, 10.0]] * 3)
    assert standings(low, np.full(low.shape, 20), minimum=10) == [
        Standing.EXPERT,
        Standing.QUALIFIED,
        Standing.LEARNING,
    ]


def test_evidence_is_told_in_words() -> None:
    assert explain_change(80.4, 74.1, what="repeated pairs the same", agreed=12, checks=14) == (
        "12 of 14 repeated pairs the same: raises it by 6"
    )
    assert explain_change(60, 70, what="x", agreed=1, checks=4).endswith("lowers it by 10")
    assert explain_change(60, 60.2, what="x", agreed=1, checks=4).endswith("leaves it as it is")
