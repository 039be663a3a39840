"""Figures follow every so many answers: nobody reads from them which answers were checks."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import roc_auc_score

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from ls_backend.programme.seed_schedule import SeedKind, SeedPolicy, seeds_owed
from ls_backend.programme.telling import TOLD_EVERY, told_next
from ls_backend.simulation.project import Design, simulate, steady
from tests.fakes import CONTRACT


def card() -> Scorecard:
    simulated = simulate((steady("a", 0.9),), Design(labels=60, overlap=1), rng=np.random.default_rng(0))
    (made,) = scorecards(ScoringInput(simulated.judgments, simulated.gold, Contract.parse(CONTRACT)))
    return made


def test_figures_stay_until_the_next_step_and_follow_a_settlement() -> None:
    made = card()
    after = {n: replace(made, judgments=n) for n in (TOLD_EVERY - 1, TOLD_EVERY, 2 * TOLD_EVERY - 1, 2 * TOLD_EVERY)}
    before, first, still, second = after.values()
    assert told_next(before, None) is None
    assert told_next(first, None) is first
    assert told_next(still, first) is first
    assert told_next(second, first) is second
    paid = replace(before, settled_minor=120)
    assert told_next(paid, None) is paid
    assert told_next(replace(still, settled_minor=120), first) is not first


def test_who_knew_the_number_of_checks_in_each_step_would_hardly_tell_them() -> None:
    known, seeds = [], []
    for salt in range(60):
        policy = SeedPolicy(0.1, 0.1, 10, f"salt {salt}")
        owed = [sum(seeds_owed(n, kind, "a", policy) for kind in SeedKind) for n in range(20 * TOLD_EVERY + 1)]
        is_seed = np.diff(owed).clip(max=1)
        known.append(np.repeat(is_seed.reshape(20, TOLD_EVERY).sum(axis=1), TOLD_EVERY))
        seeds.append(is_seed)
    assert roc_auc_score(np.concatenate(seeds), np.concatenate(known)) <= 0.55
