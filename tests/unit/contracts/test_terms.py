from pathlib import Path

import pytest

import ls_backend.contracts
from ls_backend.contracts.explain import explain
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
    early = contract.bonus(measured(0.9, monitored=9))
    assert early.minor == 175
    assert "9 of 10 monitored" in early.reason
    assert contract.bonus(measured(None)).minor == 175
    assert contract.bonus(measured(0.1, monitored=9)).minor == 0, "or further checks would cost the careless money"


def test_the_reason_holds_the_arithmetic() -> None:
    reason = Contract.parse(TEXT).bonus(measured(0.75)).reason
    assert reason == (
        "self-consistency 0.7500 between 0.6 (nothing) and 0.9 (full): 50 answers x 0.07 EUR x 0.5000 = 1.75 EUR"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("full = 0.9", "full = 0.5"), "bonus: Value error, full (0.5) must be above start (0.6)"),
        (("full = 0.9\n", ""), "bonus.full is missing"),
        (("cap_minor", "cap_minr"), "bonus.cap_minr is not a key here"),
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


BINARY = TEXT.replace('"linear"', '"binary"').replace("start = 0.6\nfull = 0.9", "threshold = 0.8")
TIERED = """
version = "t"
currency = "EUR"
[base]
per_judgment_minor = 20
[bonus]
kind = "tiered"
measure = "gold"
cap_minor = 900
tiers = [{from_score = 0.6, per_judgment_minor = 3}, {from_score = 0.9, per_judgment_minor = 9}]
[minimum]
monitored = 5
[improvement]
minor = 250
least = 0.1
"""


def test_a_binary_bonus_is_all_or_nothing() -> None:
    contract = Contract.parse(BINARY)
    assert [contract.bonus(measured(s)).minor for s in (0.7999, 0.8, 1.0)] == [0, 350, 350]
    assert "below 0.8: 50 answers x 0.00 EUR = 0.00 EUR" in contract.bonus(measured(0.7)).reason


def test_what_a_score_earns_as_a_share_of_the_highest_rate() -> None:
    binary, linear, tiered = Contract.parse(BINARY), Contract.parse(TEXT), Contract.parse(TIERED)
    assert [binary.rate_share(score) for score in (0.7999, 0.8, 1.0)] == [0, 1, 1]
    assert [linear.rate_share(score) for score in (0.1, 0.6, 1.0)] == [0, 0, 1]
    assert [tiered.rate_share(score) for score in (0.59, 0.6, 0.9)] == pytest.approx([0, 1 / 3, 1])


def test_nobody_is_checked_less_before_enough_is_monitored_nor_where_it_decides_nothing() -> None:
    linear = Contract.parse(TEXT)
    assert linear.may_check_less(20)
    assert not linear.may_check_less(9), "too few monitored answers"
    unpaid = Contract.parse(TEXT.replace("per_judgment_minor = 7", "per_judgment_minor = 0"))
    assert not unpaid.may_check_less(20), "no bonus decides nothing"
    improving = Contract.parse(TEXT + "[improvement]\nminor = 100\n")
    assert not improving.may_check_less(20), "fewer checks would hide a gain"


def test_a_tiered_bonus_goes_up_in_steps_and_pay_adds_up() -> None:
    contract = Contract.parse(TIERED)

    def pay(score: float, gain: float | None = None) -> tuple[int, int, int]:
        paid = contract.pay(Measured(50, 20, None, score, None, gain))
        assert paid.minor == paid.base.minor + paid.bonus.minor + paid.improvement.minor
        return paid.base.minor, paid.bonus.minor, paid.improvement.minor

    assert pay(0.5) == (1000, 0, 0)
    assert pay(0.6) == (1000, 150, 0)
    assert pay(0.95, gain=0.1) == (1000, 450, 250)
    assert pay(0.95, gain=0.09) == (1000, 450, 0)


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (BINARY, ("threshold = 0.8", "threshhold = 0.8"), "bonus.threshold is missing"),
        (BINARY, ('kind = "binary"\n', ""), "bonus.kind is missing; add kind"),
        (BINARY, ('"binary"', '"quadratic"'), "bonus: Input tag 'quadratic'"),
        (TIERED, ("from_score = 0.9", "from_score = 0.5"), "the tier from 0.5 must lie above the one from 0.6"),
        (TIERED, ("tiers = [", "tiers = [] #"), "bonus.tiers: Tuple should have at least 1 item"),
        (TIERED, ("least = 0.1", "least = 0"), "improvement.least: Input should be greater than 0 (got 0)"),
    ],
)
def test_other_kinds_name_the_key_and_the_cure_too(text: str, change: tuple[str, str], said: str) -> None:
    with pytest.raises(ContractError) as error:
        Contract.parse(text.replace(*change))
    assert said in str(error.value)


def test_the_explanation_works_examples_that_the_contract_pays() -> None:
    text = explain(Contract.parse(TIERED))
    assert "0.20 EUR for each answer, always" in text
    assert "score 0.90: 40.00 EUR base pay + 9.00 EUR bonus" in text  # 200 x 9, capped
    assert "score 0.60: 40.00 EUR base pay + 6.00 EUR bonus" in text
    assert "0.10 above your own best earlier period" in text
    assert "threshold" not in explain(Contract.parse(BINARY))
