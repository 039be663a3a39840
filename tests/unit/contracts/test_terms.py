from pathlib import Path

import pytest

import ls_backend.contracts
from ls_backend.contracts.terms import Contract, Measured
from ls_backend.errors import ContractError

TEXT = """
version = "v1"
currency = "EUR"
[bonus]
kind = "linear"
measure = "self_consistency"
start = 0.6
full = 0.9
per_judgment_minor = 7
cap_minor = 500
[minimum]
monitored = 10
share = 0.5
"""


def measured(score: float | None, *, judgments: int = 50, monitored: int = 20) -> Measured:
    return Measured(judgments, monitored, score, None, None)


def test_the_bonus_is_linear_between_start_and_full_and_rounded_half_up_once() -> None:
    contract = Contract.parse(TEXT)
    assert contract.bonus(measured(0.6)).minor == 0
    assert contract.bonus(measured(0.9)).minor == 350
    assert contract.bonus(measured(0.75)).minor == 175
    assert contract.bonus(measured(0.75, judgments=51)).minor == 179  # 178.5
    assert contract.bonus(measured(1.0, judgments=1000)).minor == 500
    assert contract.bonus(measured(0.1)).minor == 0, "limited liability"


def test_below_the_minimum_the_contract_says_what_is_paid() -> None:
    contract = Contract.parse(TEXT)
    early = contract.bonus(measured(0.1, monitored=9))
    assert early.minor == 175
    assert "9 of 10 monitored" in early.reason
    assert contract.bonus(measured(None)).minor == 175


def test_the_reason_holds_the_arithmetic() -> None:
    reason = Contract.parse(TEXT).bonus(measured(0.75)).reason
    assert reason == (
        "self-consistency 0.7500 between 0.6 (nothing) and 0.9 (full): 50 judgments x 7 x 0.5000 = 175 EUR minor units"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("full = 0.9", "full = 0.5"), "bonus: Value error, full (0.5) must be above start (0.6)"),
        (("full = 0.9\n", ""), "bonus.full is missing"),
        (("cap_minor", "cap_minr"), "bonus.cap_minr is not a key of a contract"),
        (('"EUR"', '"euro"'), "currency: String should match pattern"),
        (("start = 0.6", "start = 60"), "bonus.start: Input should be less than or equal to 1 (got 60)"),
        (("per_judgment_minor = 7", "per_judgment_minor = -7"), "bonus.per_judgment_minor"),
        (("[minimum]", "[minimum"), "not valid TOML"),
    ],
)
def test_a_bad_contract_names_the_key_and_the_cure(change: tuple[str, str], said: str) -> None:
    with pytest.raises(ContractError) as error:
        Contract.parse(TEXT.replace(*change), source="my.toml")
    assert said in str(error.value)
    assert str(error.value).startswith("my.toml: ")


def test_the_example_can_be_signed() -> None:
    text = (Path(ls_backend.contracts.__file__).parent / "example.toml").read_text()
    assert Contract.parse(text).bonus_terms.measure == "attentiveness"
