"""Self-consistency beside expert monitoring, by how preferences are distributed (arXiv 2502.06387, section 3).

An expert has preferences of their own and answers by them. Expert monitoring needs an expert's answer for each item; retests
need none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.analysis.sample_size import (
    gold_agreement,
    gold_information,
    retest_agreement,
    retest_information,
    smallest_error,
)
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
        information_self=retest_information(CAREFUL, q),
        information_expert=gold_information(CAREFUL, r),
        information_gold=gold_information(CAREFUL, 1.0),
        error_self=smallest_error(CHECKS, retest_agreement(CARELESS, q), retest_agreement(CAREFUL, q)),
        error_expert=smallest_error(CHECKS, gold_agreement(CARELESS, r), gold_agreement(CAREFUL, r)),
        error_gold=smallest_error(CHECKS, gold_agreement(CARELESS, 1.0), gold_agreement(CAREFUL, 1.0)),
    )
