from ls_backend.analysis.warning_signs import signatures

FINE = {"self_consistency": 0.7, "bonuses": [300, 500, 900], "chance": (1.0, 4.0), "monitored": 20.0}


def names(**given: object) -> list[str]:
    return [s["name"] for s in signatures(**(FINE | given))]  # type: ignore[arg-type]


def test_each_is_named_where_it_holds_and_only_there() -> None:
    assert names() == []
    assert names(self_consistency=0.55) == ["unclear_guidelines"]
    assert names(self_consistency=None) == []
    assert names(bonuses=[0] * 9 + [800]) == ["contract_too_hard"]
    assert names(bonuses=[0, 0]) == ["contract_too_hard"]
    assert names(bonuses=[]) == []
    assert names(chance=(4.0, 1.0)) == ["noisy_pay"]


def test_noisy_pay_says_how_many_checks_it_takes() -> None:
    (noisy,) = signatures(**(FINE | {"chance": (4.0, 1.0)}))  # type: ignore[arg-type]
    assert noisy["needed"] == 80
    assert "about 80 are needed" in noisy["says"]
    (noisy,) = signatures(**(FINE | {"chance": (4.0, 0.0)}))  # type: ignore[arg-type]
    assert noisy["needed"] is None
