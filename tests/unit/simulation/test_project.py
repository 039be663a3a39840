import numpy as np
import pytest

from ls_backend.measurement.attentiveness import EvidenceColumn
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.simulation.project import Design, picks_left, preference, simulate, steady


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_answers_come_as_often_as_the_model_says(eta: float) -> None:
    annotator, rng = steady("k", eta, lam=0.9), np.random.default_rng(3)
    share = np.mean([picks_left(annotator, 0.2, 0.0, rng) for _ in range(20_000)])
    assert share == pytest.approx(eta * 0.2 + (1 - eta) * 0.9, abs=0.015)


def test_a_minority_differs_on_disputable_items_only() -> None:
    minority = steady("minority", 0.95, opposed=0.5)
    assert preference(minority, 0.9, True, taste=0.1) == pytest.approx(0.1)
    assert preference(minority, 0.9, True, taste=0.9) == 0.9
    assert preference(minority, 1.0, False, taste=0.1) == 1.0


def test_the_work_is_as_designed() -> None:
    design = Design(labels=100, overlap=3, retest_rate=0.1, gold_rate=0.05, min_lag=10)
    project = simulate([steady("s", 0.9)] * 9, design, np.random.default_rng(1))
    assert project.judgments.counts.tolist() == [100] * 9
    evidence = gather_evidence(project.judgments, project.gold, min_lag=10)
    assert evidence.retests.min() >= 9, "nearly all with the lag"
    assert evidence.gold.tolist() == [5] * 9
    assert evidence.counts[:, EvidenceColumn.SAME_ORDER_AGREED : EvidenceColumn.GOLD_LEFT_CHOSEN].sum() == 0, (
        "all swapped"
    )
    ordinary = [i for i, item in enumerate(project.judgments.items) if item not in project.gold]
    first = project.judgments.item[project.judgments.first_showings]
    assert set(np.bincount(first, minlength=len(project.judgments.items))[ordinary]) <= {2, 3, 4}


def test_copies_agree_and_the_remembering_repeat_themselves() -> None:
    annotators = [steady("s", 0.9)] * 8 + [steady("c", 0.0, copies=1.0), steady("r", 0.0, remembers=1.0)]
    project = simulate(annotators, Design(labels=200, retest_rate=0.2), np.random.default_rng(2))
    evidence = gather_evidence(project.judgments, project.gold)
    share = evidence.retests_agreed / evidence.retests
    assert share[9] == 1.0
    assert share[8] < 0.7, "copying does not help on repeats"
