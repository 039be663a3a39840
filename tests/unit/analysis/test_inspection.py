"""A close look, as records and as the JSON that commands print."""

import numpy as np
import pytest

from ls_backend.analysis.inspection import InspectionOptions, concerns, inspection
from ls_backend.measurement.judgments import Judgment, Judgments
from ls_backend.measurement.similarity import canonical
from ls_backend.records import to_dict
from ls_backend.simulation.project import Design, SimulatedProject, simulate, steady


@pytest.fixture(scope="module")
def project() -> SimulatedProject:
    annotators = [steady("careful", 0.9)] * 6 + [steady("left", 0.0, lam=1.0)]
    return simulate(annotators, Design(labels=120, gold_rate=0.1), np.random.default_rng(2))


def test_an_inspection_as_json_has_the_keys_that_scripts_read(project: SimulatedProject) -> None:
    looked_at = to_dict(inspection(project.judgments, project.gold, rng=np.random.default_rng(1)))
    figures = ["agreement", "pairwise", "decidedness", "gold", "flags", "annotators", "knowable"]
    assert list(looked_at) == [*figures, "by_lag", "decided_by", "grouped_q"]
    assert list(looked_at["pairwise"][0]) == ["annotators", "items", "same_side", "weighted", "kappa"]
    assert list(looked_at["gold"][0]) == ["item", "exposure", "difficulty", "discrimination", "advice", "why"]
    assert list(looked_at["flags"][0]) == ["annotator", "flag", "p", "q", "evidence"]
    over_time = ["annotator", "attentiveness", "alarm", "evidence", "trend"]
    assert list(looked_at["annotators"][0]) == [*over_time, "with_overlap", "own_taste", "on_decided", "on_close"]
    assert list(looked_at["agreement"][""]) == ["value", "low", "high", "n"]


def test_concerns_are_the_same_as_in_an_inspection(project: SimulatedProject) -> None:
    looked_at = inspection(project.judgments, project.gold, rng=np.random.default_rng(1))
    found = concerns(project.judgments, project.gold)
    assert (found.gold, found.flags) == (looked_at.gold, looked_at.flags)
    assert ("0006", "one side") in {(flag.annotator, flag.flag) for flag in found.flags}
    alarms = {concern.annotator for concern in found.annotators if concern.alarm}
    assert alarms == {annotator.annotator for annotator in looked_at.annotators if annotator.alarm} == {"0006"}


def test_without_false_discoveries_nothing_is_flagged(project: SimulatedProject) -> None:
    options = InspectionOptions(required=0.0, false_discovery_rate=0.0)
    found = concerns(project.judgments, project.gold, options=options)
    assert found.flags == ()
    assert not any(concern.alarm for concern in found.annotators)


def test_other_tasks_than_pairs_have_no_figures_from_overlap() -> None:
    rows = [
        Judgment(f"a{a}", f"i{i}", 0, False, float(i), answer=canonical({"choice": "xy"[(i + a) % 2]}))
        for a in range(3)
        for i in range(10)
    ]
    looked_at = inspection(Judgments.of(rows), {}, rng=np.random.default_rng(1))
    assert (looked_at.pairwise, looked_at.decidedness) == ((), {})
    assert {(a.with_overlap, a.own_taste) for a in looked_at.annotators} == {(None, None)}
