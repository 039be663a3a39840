"""Self-consistency beside expert monitoring, by how preferences are distributed (arXiv 2502.06387, section 3).

An expert has preferences of their own and answers by them. Expert monitoring needs an expert's answer for each item; retests
need none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.analysis.sample_size import agree, error, expert_information, same, self_information
from ls_backend.simulation.studies import StudyOptions

CARELESS, CAREFUL = 0.4, 0.9  # attentiveness
CHECKS = 50
Q_OF_PREFERENCES: Mapping[str, float] = {  # q = 1 / (2 a + 1) for Beta(a, a)
    "p = 0 or 1": 1.0,
    "Beta(0.25, 0.25)": 1 / 1.5,
    "Beta(0.5, 0.5)": 1 / 2,
    "uniform": 1 / 3,
    "Beta(2, 2)": 1 / 5,
}


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """q and r, the Fisher information of one check about the attentiveness of a careful annotator, and the error of telling a
    careless from a careful one by 50 checks, of each scheme."""

    preferences: str
    q: float
    r: float
    information_self: float
    information_expert: float
    information_gold: float
    error_self: float
    error_expert: float
    error_gold: float


def run(_options: StudyOptions) -> list[SchemeRow]:
    """These figures are exact, so nothing is simulated."""
    return [_scheme(name, q) for name, q in Q_OF_PREFERENCES.items()]


def _scheme(preferences: str, q: float) -> SchemeRow:
    r = q  # an expert who answers by the same p: E[(2p - 1)(2p - 1)]
    return SchemeRow(
        preferences=preferences,
        q=q,
        r=r,
        information_self=self_information(CAREFUL, q),
        information_expert=expert_information(CAREFUL, r),
        information_gold=expert_information(CAREFUL, 1.0),
        error_self=error(CHECKS, same(CARELESS, q), same(CAREFUL, q)),
        error_expert=error(CHECKS, agree(CARELESS, r), agree(CAREFUL, r)),
        error_gold=error(CHECKS, agree(CARELESS, 1.0), agree(CAREFUL, 1.0)),
    )
