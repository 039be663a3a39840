"""Overlap with tastes: it finds the careless better and leaves a minority alone."""

import numpy as np

from ls_backend.analysis.tastes import overlap, tastes
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.simulation import studies
from ls_backend.simulation.project import Design, simulate
from ls_backend.simulation.studies import Arm

PLAN = Design(labels=200, overlap=3, retest_rate=0.1, gold_rate=0.05)


def test_the_careless_are_found_and_the_minority_is_not_punished() -> None:
    arms = [Arm("own", studies.attentiveness, PLAN), Arm("overlap", studies.with_overlap, PLAN)]
    own, wide = studies.detection(arms, seeds=40)
    assert own["auc"] >= 0.95
    assert own["minority_flagged"] <= 0.07
    assert wide["auc"] >= 0.97
    assert wide["minority_flagged"] <= 0.07


def test_a_shared_minority_taste_is_told_from_the_majority() -> None:
    outcome = simulate(studies.PEOPLE, Design(labels=400, overlap=4), np.random.default_rng(11))
    base = gather_evidence(outcome.judgments, outcome.gold, min_lag=10).attentiveness(pooled=True)
    found = tastes(base, overlap(outcome.judgments, outcome.gold))
    taste = found.share.argmax(axis=1)
    minority, careful = taste[studies.CARELESS : studies.CARELESS + studies.MINORITY], taste[-studies.CAREFUL :]
    assert (careful == np.bincount(careful).argmax()).mean() > 0.9
    assert (minority != np.bincount(careful).argmax()).mean() > 0.8


def test_pairs_are_counted_once_each_way_and_gold_is_left_out() -> None:
    outcome = simulate(studies.PEOPLE[:6], Design(labels=60), np.random.default_rng(1))
    pairs = overlap(outcome.judgments, outcome.gold)
    np.testing.assert_array_equal(pairs.n, pairs.n.T)
    assert np.diag(pairs.n).sum() == 0
    assert (pairs.agreed <= pairs.n).all()
    first = outcome.judgments.first_showings
    sizes = np.bincount(outcome.judgments.item[first])
    ordinary = [i for i, name in enumerate(outcome.judgments.items) if name not in outcome.gold and i < sizes.size]
    assert pairs.n.sum() == sum(sizes[i] * (sizes[i] - 1) for i in ordinary)
