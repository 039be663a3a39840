from dataclasses import replace

from ls_backend.label_studio.scorecard_project import SCORECARD_FIELDS, scorecard_task_data
from ls_backend.measurement.attentiveness import Anchor
from ls_backend.measurement.estimate import Estimate
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scorecard import Scorecard

UNKNOWN = Estimate(None, None, None, 0)
CARD = Scorecard(
    annotator="7",
    judgments=0,
    retests=0,
    self_consistency=Estimate(0.5, 0.5, 0.5, 1),
    weighted_consistency=UNKNOWN,
    kappa=UNKNOWN,
    gold=UNKNOWN,
    position_bias=UNKNOWN,
    attentiveness=UNKNOWN,
    anchor=Anchor.NONE,
    reputation=UNKNOWN,
    standing=Standing.NEW,
    bonus_minor=0,
    settled_minor=0,
    currency="EUR",
    reasons=(),
)


def test_numbers_on_scorecards_sort_as_numbers_though_they_are_strings() -> None:
    def data(reputation: float | None, judgments: int, bonus: int) -> dict[str, str]:
        estimate = Estimate(reputation, reputation, reputation, 1)
        card = replace(CARD, reputation=estimate, judgments=judgments, bonus_minor=bonus)
        return scorecard_task_data("annotator-1", card, updated="2026-11-21 08:00")

    low, high, unknown = data(9.5, 99, 500), data(100.0, 1000, 10_000), data(None, 0, 0)
    for field in ("reputation", "judgments", "bonus"):
        assert unknown[field] < low[field] < high[field]
    assert set(low) == set(SCORECARD_FIELDS)
    assert low["gold_accuracy"] == "-"
