"""Overlap with tastes: it finds the careless better and leaves a minority alone."""

import numpy as np
import pytest

from ls_backend.analysis.first_answers import FirstAnswers, PairCounts
from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.simulation.project import Design, simulate
from ls_backend.simulation.studies.detection import (
    IS_MINORITY,
    DetectionMethod,
    attentiveness,
    attentiveness_with_overlap,
    detection,
)
from ls_backend.simulation.studies.population import CAREFUL, FORTY_ANNOTATORS

DESIGN = Design(labels=200, overlap=3, retest_rate=0.1, gold_rate=0.05)


@pytest.mark.slow
def test_the_careless_are_found_and_the_minority_is_not_punished() -> None:
    methods = [
        DetectionMethod("alone", attentiveness, DESIGN),
        DetectionMethod("with overlap", attentiveness_with_overlap, DESIGN),
    ]
    alone, with_overlap = detection(methods, seeds=40)
    assert alone.auc >= 0.95
    assert alone.minority_flagged <= 0.07
    assert with_overlap.auc >= 0.97
    assert with_overlap.minority_flagged <= 0.07


def test_a_shared_minority_taste_is_told_from_the_majority() -> None:
    project = simulate(FORTY_ANNOTATORS, Design(labels=400, overlap=4), np.random.default_rng(11))
    base = gather_evidence(project.judgments, project.gold, min_lag=10).attentiveness(pooled=True)
    fitted = tastes(base, overlap(PairCounts.of(FirstAnswers.of(project.judgments, project.gold))))
    taste = fitted.share.argmax(axis=1)
    minority, careful = taste[IS_MINORITY], taste[-CAREFUL:]
    assert (careful == np.bincount(careful).argmax()).mean() > 0.9
    assert (minority != np.bincount(careful).argmax()).mean() > 0.8


def test_pairs_are_counted_once_each_way_and_gold_is_left_out() -> None:
    project = simulate(FORTY_ANNOTATORS[:6], Design(labels=60), np.random.default_rng(1))
    pairs = overlap(PairCounts.of(FirstAnswers.of(project.judgments, project.gold)))
    np.testing.assert_array_equal(pairs.n, pairs.n.T)
    assert np.diag(pairs.n).sum() == 0
    assert (pairs.agreed <= pairs.n).all()
    first = project.judgments.first_showings
    sizes = np.bincount(project.judgments.item[first])
    ordinary = [i for i, name in enumerate(project.judgments.items) if name not in project.gold and i < sizes.size]
    assert pairs.n.sum() == sum(sizes[i] * (sizes[i] - 1) for i in ordinary)
