from typing import Any

from ls_backend.analysis.warning_signs import WarningSign, warning_signs

SOUND = {"self_consistency": 0.7, "bonuses": [300, 500, 900], "noise": 1.0, "skill": 4.0, "checks": 20.0}


def signs(**changes: Any) -> list[WarningSign]:
    return warning_signs(**(SOUND | changes))


def names(**changes: Any) -> list[str]:
    return [sign.name for sign in signs(**changes)]


def test_each_is_named_where_it_holds_and_only_there() -> None:
    assert names() == []
    assert names(self_consistency=0.55) == ["unclear_guidelines"]
    assert names(self_consistency=None) == []
    assert names(bonuses=[0] * 9 + [800]) == ["contract_too_hard"]
    assert names(bonuses=[0, 0]) == ["contract_too_hard"]
    assert names(bonuses=[]) == []
    assert names(noise=4.0, skill=1.0) == ["noisy_pay"]


def test_noisy_pay_says_how_many_checks_it_takes() -> None:
    (noisy,) = signs(noise=4.0, skill=1.0)
    assert noisy.needed == 80
    assert "about 80 are needed" in noisy.says
    (noisy,) = signs(noise=4.0, skill=0.0)
    assert noisy.needed is None
