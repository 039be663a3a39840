"""Scoring everybody from scratch, beside crowd-kit's Wawa over the same judgments."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import Wawa

from ls_backend.contracts.terms import Contract
from ls_backend.core.judgments import GoldItem, Judgments
from ls_backend.core.scorecard import scorecards
from tests.fakes import CONTRACT

pytestmark = pytest.mark.bench


def columns(n: int, people: int) -> Judgments:
    rng = np.random.default_rng(1)
    annotator = np.sort(rng.integers(0, people, n))
    counts = np.bincount(annotator, minlength=people)
    position = np.arange(n) - (np.cumsum(counts) - counts)[annotator]
    items = n // 3
    return Judgments(
        annotators=tuple(f"a{k}" for k in range(people)),
        items=tuple(f"i{k}" for k in range(items)),
        annotator=annotator,
        item=rng.integers(0, items, n),
        preference=rng.choice([-1, 1], n),
        mirrored=rng.random(n) < 0.5,
        position=position,
    )


def median_seconds(action: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


@pytest.mark.filterwarnings("ignore")
def test_a_full_rescore_beside_wawa() -> None:
    judged = columns(1_000_000, 500)
    gold = {i: GoldItem(1) for i in judged.items[:5000]}
    terms = Contract.parse(CONTRACT)
    frame = pd.DataFrame({"task": judged.item, "worker": judged.annotator, "label": judged.preference}).drop_duplicates(
        ["task", "worker"]
    )
    ours = median_seconds(lambda: scorecards(judged, gold, terms, min_lag=3))
    theirs = median_seconds(lambda: Wawa().fit(frame))
    print(f"\nScoring 1,000,000 judgments: ours {ours:.2f} s, Wawa {theirs:.2f} s, ratio {theirs / ours:.1f}")
