import numpy as np
import pytest

from ls_backend.analysis.decidedness import OverlapSums
from ls_backend.analysis.first_answers import FirstAnswers
from ls_backend.simulation.project import Design, simulate, steady


@pytest.mark.parametrize(("beta", "q"), [(0.25, 2 / 3), (0.5, 0.5), (2.0, 0.2)])
def test_decidedness_is_recovered(beta: float, q: float) -> None:
    project = simulate([steady("s", 0.9)] * 30, Design(labels=200, beta=beta), np.random.default_rng(3))
    estimate = OverlapSums.of(FirstAnswers.of(project.judgments, project.gold), project.eta).decidedness()
    assert estimate.value is not None
    assert estimate.value == pytest.approx(q, abs=0.06)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < estimate.value < estimate.high


def test_the_interval_is_that_of_drawing_items_again_and_its_sums_add_up_over_parts() -> None:
    project = simulate([steady("s", 0.9)] * 8, Design(labels=150, overlap=4), np.random.default_rng(5))
    judged, eta = project.judgments, np.linspace(0.5, 0.95, 8)
    estimate = OverlapSums.of(FirstAnswers.of(judged, project.gold), eta).decidedness()
    numerators, denominators = [], []
    for item in np.unique(judged.item).tolist():
        rows = np.flatnonzero((judged.item == item) & judged.first_showings)
        pairs = [(a, b) for n, a in enumerate(rows) for b in rows[n + 1 :]]
        if pairs and judged.items[item] not in project.gold:
            numerators.append(sum(1 if judged.preference[a] == judged.preference[b] else -1 for a, b in pairs))
            denominators.append(sum(eta[judged.annotator[a]] * eta[judged.annotator[b]] for a, b in pairs))
    drawn = np.random.default_rng(1).integers(0, len(numerators), (4000, len(numerators)))
    resampled = np.array(numerators)[drawn].sum(axis=1) / np.array(denominators)[drawn].sum(axis=1)
    assert estimate.n == len(numerators)
    assert estimate.value == pytest.approx(sum(numerators) / sum(denominators), rel=1e-12)
    assert estimate.low == pytest.approx(np.quantile(resampled, 0.05), abs=0.01)
    assert estimate.high == pytest.approx(np.quantile(resampled, 0.95), abs=0.01)


def test_of_one_item_nothing_is_known() -> None:
    assert OverlapSums(items=1, expected=1).decidedness().value is None
