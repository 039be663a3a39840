"""What a fixed piece of evidence pays, to the minor unit."""

from typing import Any

import pytest

from ls_backend.errors import InputError
from ls_backend.measurement.settlement import MODEL, entries
from tests import fakes


def snapshot(**more: Any) -> dict[str, Any]:
    """Three annotators on 60 items: every third is gold, every fifth is asked again at the end; they err on every 4th, 7th, 31st."""
    rows = []
    for who, errs in ((1, 4), (2, 7), (3, 31)):
        shown = [*range(60), *range(0, 60, 5)]
        for n, item in enumerate(shown):
            answer = -1 if n % errs == 1 else 1
            rows.append([f"{who}-{n}", str(who), f"i{item:02}", answer, n % 2 == 0, 100.0 * n + who, None])
    return {
        "model": MODEL,
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


def test_the_same_evidence_pays_what_it_paid_before() -> None:
    """Where this fails because the model has changed on purpose, raise settlement.MODEL: what was settled stays as it was."""
    assert MODEL == 1
    assert [(e.annotator, e.minor) for e in entries(snapshot())] == [("1", 31), ("2", 208), ("3", 697)]


def test_evidence_of_another_model_is_refused_and_its_periods_stay() -> None:
    with pytest.raises(InputError, match="settled by version 0 of the model"):
        entries(snapshot(model=0))
    terms = {k: v for k, v in snapshot().items() if k not in ("judgments", "gold", "earlier")}
    old = terms | {"period": "2026-09", "booked": {"1": 1}}
    for model, corrected in ((MODEL, True), (0, False)):
        found = entries(snapshot(earlier=[old | {"model": model}]))
        assert any(e.kind == "correction" for e in found) == corrected
