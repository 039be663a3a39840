"""What a fixed piece of evidence pays, to the minor unit."""

from typing import Any

import pytest

from ls_backend.errors import InputError
from ls_backend.measurement.pay import MODEL_VERSION
from ls_backend.measurement.settlement import Entry, EntryKind, Snapshot, digest, entries
from tests import fakes

FIRST_DIGEST = (
    "92d8ccb88983f1ec187587753c02da39125f17de1042fed7e4742d5445c64d2f"  # of an old ledger: it must verify for ever
)


def snapshot(**more: Any) -> dict[str, Any]:
    """Three annotators on 60 items: every third is gold, every fifth is asked again at the end; they err on every 4th, 7th, 31st."""
    rows = []
    for who, errs in ((1, 4), (2, 7), (3, 31)):
        shown = [*range(60), *range(0, 60, 5)]
        for n, item in enumerate(shown):
            answer = -1 if n % errs == 1 else 1
            rows.append([f"{who}-{n}", str(who), f"i{item:02}", answer, n % 2 == 0, 100.0 * n + who, None])
    return {
        "model": MODEL_VERSION,
        "period": "2026-10",
        "start": 0.0,
        "end": 1e9,
        "contract": fakes.CONTRACT,
        "contracts": {},
        "min_lag": 5,
        "q": None,
        "best": {},
        "judgments": rows,
        "gold": {f"i{item:02}": 1 for item in range(0, 60, 3)},
        "earlier": [],
    } | more


def lines_of(evidence: dict[str, Any]) -> list[Entry]:
    return entries(Snapshot.from_dict(evidence))


def test_a_snapshot_is_read_from_json_and_written_again_to_the_letter() -> None:
    earlier = snapshot(model=1, period="2026-09", best={"1": 0.5}, contracts={"2": fakes.CONTRACT})
    for name in ("judgments", "gold", "earlier"):
        del earlier[name]
    evidence = snapshot(model=1, earlier=[earlier | {"booked": {"1": 31}}])
    evidence["judgments"][3][-1] = '{"choice":"cat"}'
    evidence["gold"]["i01"] = '{"choice":"cat"}'
    read = Snapshot.from_dict(evidence)
    assert read.to_dict() == evidence
    assert digest(read.to_dict()) == digest(evidence) == FIRST_DIGEST


def test_the_first_snapshots_had_fewer_keys_and_are_still_read() -> None:
    first = snapshot()
    del first["q"]
    first["judgments"] = [row[:-1] for row in first["judgments"]]
    assert lines_of(first) == lines_of(snapshot())


def test_the_same_evidence_pays_what_it_paid_before() -> None:
    """Where this fails because the model has changed on purpose, raise settlement.MODEL_VERSION: what was settled stays as it was."""
    assert MODEL_VERSION == 3
    assert [(e.annotator, e.minor) for e in lines_of(snapshot())] == [("1", 8), ("2", 212), ("3", 699)]
    assert lines_of(snapshot(model=2)) == lines_of(snapshot()), "nothing tells which pairs are decided"
    first_model = lines_of(snapshot(model=1))
    assert [(e.annotator, e.minor) for e in first_model] == [("1", 31), ("2", 208), ("3", 697)]


def test_margins_are_evidence_and_count_since_the_third_model() -> None:
    evidence = snapshot()
    for row in evidence["judgments"]:
        row.append(float(row[2][1:]) - 55)  # the first items have the greatest margins
    assert Snapshot.from_dict(evidence).to_dict() == evidence
    assert lines_of(evidence | {"model": 2}) == lines_of(snapshot())
    assert lines_of(evidence) != lines_of(snapshot())


def test_evidence_of_another_model_is_refused_and_its_periods_stay() -> None:
    with pytest.raises(InputError, match="settled by version 0 of the model"):
        lines_of(snapshot(model=0))
    terms = {k: v for k, v in snapshot().items() if k not in ("judgments", "gold", "earlier")}
    old = terms | {"period": "2026-09", "booked": {"1": 1}}
    for model, corrected in ((MODEL_VERSION, True), (0, False)):
        lines = lines_of(snapshot(earlier=[old | {"model": model}]))
        assert any(e.kind is EntryKind.CORRECTION for e in lines) == corrected


def test_a_pilots_contract_rewards_improvement_also_where_the_projects_does_not() -> None:
    rewarding = fakes.CONTRACT + "\n[improvement]\nminor = 500\nleast = 0.05\n"
    lines = lines_of(snapshot(contracts={"3": rewarding}, best={"3": 0.3}))
    assert {e.annotator: e.detail["parts"]["improvement"] for e in lines} == {"1": 0, "2": 0, "3": 500}


def test_a_snapshot_keeps_who_a_known_answer_is_from() -> None:
    evidence = snapshot()
    evidence["gold"]["i00"] = [1, "1"]
    again = Snapshot.from_dict(evidence)
    assert again.gold["i00"].author == "1"
    assert again.to_dict()["gold"] == evidence["gold"]
