import re
from dataclasses import replace

from ls_backend.label_studio.saved_tabs import STUDIO_COLUMNS
from ls_backend.label_studio.scorecard_project import (
    IN_WORDS,
    SCORECARD_FIELDS,
    SCORECARD_LABEL_CONFIG,
    SCORECARD_TAB,
    scorecard_task_data,
)
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


def test_a_scorecard_is_copied_in_numbers_that_people_read() -> None:
    estimate = Estimate(93.46, 80.04, 97.0, 12)
    card = replace(CARD, reputation=estimate, judgments=640, bonus_minor=1234)
    data = scorecard_task_data("annotator-1", card, updated="2026-11-21 08:00")
    assert set(data) == {*SCORECARD_FIELDS, IN_WORDS}
    assert (data["reputation"], data["reputation_low"], data["judgments"]) == (93.5, 80.0, 640)
    assert (data["bonus"], data["currency"]) == (12.34, "EUR")
    assert data["gold_accuracy"] is None
    assert "reputation 93.5, " in str(data[IN_WORDS])
    assert "gold accuracy not known" in str(data[IN_WORDS])


def test_its_label_config_names_nothing_that_can_be_unknown() -> None:
    data = scorecard_task_data("annotator-1", CARD, updated="2026-11-21 08:00")
    named = re.findall(r'value="\$(\w+)"', SCORECARD_LABEL_CONFIG)
    assert named
    assert all(isinstance(data[field], str) and data[field] for field in named)


def test_its_tab_sorts_numbers_as_numbers_and_shows_our_columns_alone() -> None:
    tab = SCORECARD_TAB.to_json()
    assert tab["ordering"] == ["-tasks:data.reputation"]
    assert tab["columnsDisplayType"]["tasks:data.reputation"] == "Number"
    assert "tasks:data.annotator" not in tab["columnsDisplayType"]
    assert {f"tasks:{column}" for column in STUDIO_COLUMNS} | {f"tasks:data.{IN_WORDS}"} == set(
        tab["hiddenColumns"]["explore"]
    )
