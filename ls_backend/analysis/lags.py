"""How retests agree by their lag: memory fades, so agreement that falls with the lag was remembered, not judged again."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from ls_backend.arrays import Floats, Ints
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


@dataclass(frozen=True)
class LagCounts:
    """By annotator and the lags between :data:`EDGES`, (A, 6): how many retests there are, and how far they ``agreed``."""

    n: Ints
    agreed: Floats

    @classmethod
    def of(cls, judgments: Judgments, *, min_lag: int = 0) -> Self:
        retests = find_retests(judgments, min_lag=min_lag)
        shape = (len(judgments.annotators), len(EDGES))
        cell = retests.annotator * len(EDGES) + np.searchsorted(EDGES, retests.lag, side="right") - 1
        n = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        agreed = np.bincount(cell, retests.agreement, shape[0] * shape[1]).reshape(shape)
        return cls(n, agreed.astype(np.float64))


def agreement_by_lag(counts: LagCounts) -> list[LagAgreement]:
    """By the lags between :data:`EDGES`, of everybody's retests; those without any are left out."""
    limits = [*pairwise(EDGES), (EDGES[-1], None)]
    agreed, n = counts.agreed.sum(axis=0), counts.n.sum(axis=0)
    shares = proportions(agreed, n, level=INTERVAL_LEVEL, reason="no retest with such a lag")
    return [
        LagAgreement(least, None if following is None else following - 1, share)
        for (least, following), share in zip(limits, shares, strict=True)
        if share.n
    ]
