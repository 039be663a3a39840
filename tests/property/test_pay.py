"""What must hold of pay for all scores, contracts and ledgers."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ls_backend.contracts.terms import Contract, Measured
from ls_backend.measurement.pay import MODEL_VERSION
from ls_backend.measurement.settlement import EntryKind, Snapshot, digest, entries

few = settings(max_examples=60, deadline=None)
score = st.floats(0, 1, allow_nan=False)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    kind = draw(st.sampled_from(["linear", "binary", "tiered"]))
    cap = {"kind": kind, "measure": "attentiveness", "cap_minor": draw(st.integers(0, 5000))}
    if kind == "linear":
        start = draw(st.integers(0, 98))
        more: dict[str, Any] = {
            "start": start / 100,
            "full": draw(st.integers(start + 1, 100)) / 100,
            "per_judgment_minor": draw(st.integers(0, 40)),
        }
    elif kind == "binary":
        more = {"threshold": draw(st.integers(0, 100)) / 100, "per_judgment_minor": draw(st.integers(0, 40))}
    else:
        froms = sorted(draw(st.sets(st.integers(0, 100), min_size=1, max_size=4)))
        rates = sorted(draw(st.lists(st.integers(0, 40), min_size=len(froms), max_size=len(froms))))
        more = {"tiers": [{"from_score": f / 100, "per_judgment_minor": r} for f, r in zip(froms, rates, strict=True)]}
    return Contract.model_validate(
        {
            "version": "v",
            "currency": "EUR",
            "base": {"per_judgment_minor": draw(st.integers(0, 10))},
            "bonus": cap | more,
            "minimum": {"monitored": draw(st.integers(0, 30)), "share": draw(st.integers(0, 10)) / 10},
            "improvement": draw(st.one_of(st.none(), st.just({"minor": 100, "least": 0.05}))),
        }
    )


def at(value: float | None, *, judgments: int = 100, monitored: int = 40, gain: float | None = None) -> Measured:
    return Measured(judgments, monitored, None, None, value, gain)


@few
@given(contracts(), score, score, st.integers(0, 400), st.integers(0, 60))
def test_a_higher_score_never_pays_less_and_pay_stays_between_base_and_cap(
    contract: Contract, one: float, other: float, judgments: int, monitored: int
) -> None:
    low, high = sorted((one, other))
    less, more = (contract.pay(at(s, judgments=judgments, monitored=monitored)) for s in (low, high))
    assert less.minor <= more.minor
    for paid in (less, more):
        assert paid.base.minor == judgments * contract.base.per_judgment_minor
        assert 0 <= paid.bonus.minor <= contract.bonus_terms.cap_minor


@few
@given(contracts(), score, st.integers(0, 60), st.integers(0, 60), st.integers(0, 400))
def test_more_retests_of_equal_quality_never_pay_less(
    contract: Contract, value: float, checks: int, further: int, judgments: int
) -> None:
    few_checks = contract.pay(at(value, judgments=judgments, monitored=checks))
    many = contract.pay(at(value, judgments=judgments + further, monitored=checks + further))
    assert many.minor >= few_checks.minor


@few
@given(contracts(), score, st.floats(-1, 1, allow_nan=False), st.floats(-1, 1, allow_nan=False))
def test_a_larger_gain_never_pays_less(contract: Contract, value: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert contract.pay(at(value, gain=low)).minor <= contract.pay(at(value, gain=high)).minor


@st.composite
def snapshots(draw: st.DrawFn) -> dict[str, Any]:
    rows = [
        [
            f"{n}",
            draw(st.sampled_from("ab")),
            f"i{draw(st.integers(0, 6))}",
            draw(st.sampled_from([-1, 1])),
            n % 2 == 0,
            float(n),
        ]
        for n in range(draw(st.integers(1, 40)))
    ]
    contract = (
        'version="v"\ncurrency="EUR"\n[base]\nper_judgment_minor=3\n[bonus]\nkind="linear"\nmeasure="gold"\nstart=0.2\n'
        "full=0.9\nper_judgment_minor=7\ncap_minor=200\n[minimum]\nmonitored=1\n"
    )
    terms = {"model": MODEL_VERSION, "contract": contract, "contracts": {}, "min_lag": 0, "best": {}}
    booked = draw(st.dictionaries(st.sampled_from("abc"), st.integers(0, 500), max_size=3))
    return {
        "period": "now", "start": 20.0, "end": 99.0, **terms, "judgments": rows, "gold": {"i0": 1, "i1": -1},
        "earlier": [{"period": "then", "start": 0.0, "end": 20.0, **terms, "booked": booked}],
    }  # fmt: skip


@few
@given(snapshots())
def test_a_batch_is_worked_out_the_same_again_and_never_takes_money_from_anybody(snapshot: dict[str, Any]) -> None:
    lines = entries(Snapshot.from_dict(snapshot))
    assert lines == entries(Snapshot.from_dict(snapshot))
    assert digest(snapshot) == digest({k: snapshot[k] for k in reversed(list(snapshot))})
    total: dict[str, int] = {}
    for e in lines:
        total[e.annotator] = total.get(e.annotator, 0) + e.minor
    assert all(minor >= 0 for minor in total.values())


@few
@given(snapshots())
def test_once_the_corrections_are_booked_nothing_is_left_to_correct_but_what_could_not_be_taken(
    snapshot: dict[str, Any],
) -> None:
    booked = dict(snapshot["earlier"][0]["booked"])
    for e in entries(Snapshot.from_dict(snapshot)):
        if e.kind is EntryKind.CORRECTION:
            booked[e.annotator] = booked.get(e.annotator, 0) + e.minor
    again = entries(Snapshot.from_dict(snapshot | {"earlier": [snapshot["earlier"][0] | {"booked": booked}]}))
    assert all(e.minor < 0 for e in again if e.kind is EntryKind.CORRECTION)
