import numpy as np
import pytest

from ls_backend.analysis.decidedness import decidedness
from ls_backend.simulation.project import Design, simulate, steady


@pytest.mark.parametrize(("beta", "q"), [(0.25, 2 / 3), (0.5, 0.5), (2.0, 0.2)])
def test_decidedness_is_recovered(beta: float, q: float) -> None:
    project = simulate([steady("s", 0.9)] * 30, Design(labels=200, beta=beta), np.random.default_rng(3))
    estimate = decidedness(project.judgments, project.eta, project.gold, rng=np.random.default_rng(1))[""]
    assert estimate.value == pytest.approx(q, abs=0.06)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < estimate.value < estimate.high  # type: ignore[operator]
