from ls_backend.core.estimate import Estimate
from ls_backend.core.reputation import Standing, moved_by, standing_over


def history(*lows: float, n: int = 20) -> list[Estimate]:
    return [Estimate(low + 5, low, low + 10, n) for low in lows]


def test_a_step_up_must_be_deserved_twice_in_a_row() -> None:
    assert standing_over(history(60, 60, 90), minimum=10) is Standing.QUALIFIED
    assert standing_over(history(60, 88, 90), minimum=10) is Standing.EXPERT
    assert standing_over(history(90, 40, 90), minimum=10) is Standing.LEARNING, "one good day"


def test_a_step_is_kept_until_the_reputation_is_clearly_below_it() -> None:
    assert standing_over(history(72, 72, 66), minimum=10) is Standing.TRUSTED
    assert standing_over(history(72, 72, 60), minimum=10) is Standing.QUALIFIED


def test_too_few_checks_are_new() -> None:
    assert standing_over(history(95, 95, n=3), minimum=10) is Standing.NEW
    assert standing_over([], minimum=10) is Standing.NEW
    assert standing_over([Estimate.unknown("nothing")], minimum=10) is Standing.NEW


def test_evidence_is_told_in_words() -> None:
    assert moved_by(80.4, 74.1, what="repeated pairs the same", hits=12, shown=14) == (
        "12 of 14 repeated pairs the same: raises your reputation by 6"
    )
    assert moved_by(60, 70, what="x", hits=1, shown=4).endswith("lowers it by 10")
    assert moved_by(60, 60.2, what="x", hits=1, shown=4).endswith("leaves it as it is")
