"""How retests agree by their lag: memory fades, so agreement that falls with the lag was remembered, not judged again."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions
from ls_backend.measurement.judgments import Judgments
from ls_backend.measurement.retests import find_retests

EDGES = (0, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class LagAgreement:
    """Agreement of the retests with ``least`` to ``most`` own judgments in between, None for any number from the least on."""

    least: int
    most: int | None
    agreement: Estimate


def agreement_by_lag(judgments: Judgments, *, min_lag: int = 0) -> list[LagAgreement]:
    """By the lags between :data:`EDGES`, of everybody's retests; those without any are left out."""
    retests = find_retests(judgments, min_lag=min_lag)
    band = np.searchsorted(EDGES, retests.lag, side="right") - 1
    n = np.bincount(band, minlength=len(EDGES))
    agreed = np.bincount(band, retests.agreement, minlength=len(EDGES))
    limits = [*pairwise(EDGES), (EDGES[-1], None)]
    shares = proportions(agreed, n, level=INTERVAL_LEVEL, reason="no retest with such a lag")
    return [
        LagAgreement(least, None if following is None else following - 1, share)
        for (least, following), share in zip(limits, shares, strict=True)
        if share.n
    ]
