"""The list of studies; and flags on people who differ as people do: the odd one is found, the others, of either taste, are
seldom named."""

import subprocess
import sys

import numpy as np
import pytest
import scipy

from ls_backend.measurement.attentiveness import ETA
from ls_backend.simulation.studies import StudyOptions, allocation
from ls_backend.simulation.studies.adaptive import compare
from ls_backend.simulation.studies.export import Rows, fit
from ls_backend.simulation.studies.export import run as run_export
from ls_backend.simulation.studies.flags import ODD_HABITS, raise_flags
from ls_backend.simulation.studies.flags import run as run_flags


@pytest.mark.slow
def test_the_odd_are_named_and_the_faultless_seldom() -> None:
    rows = run_flags(StudyOptions(seeds=8))
    assert [row.found for row in rows[:6]] == pytest.approx([1] * 6, abs=0.15), rows
    assert all(row.found >= 0.1 for row in rows), "these two take more data"
    assert all(row.majority_named <= 0.025 and row.minority_named <= 0.05 for row in rows), rows


def test_a_taste_that_few_share_is_no_copying() -> None:
    assert not [n for seed in range(15) for n, flag in raise_flags(ODD_HABITS[0], seed) if flag == "copies"]


def test_the_same_seed_gives_the_same_flags() -> None:
    assert raise_flags(ODD_HABITS[3], 3) == raise_flags(ODD_HABITS[3], 3)


def test_weights_and_margins_of_exported_rows_gain_on_what_the_majority_prefers() -> None:
    rows = {(row.population[:4], row.method): row for row in run_export(StudyOptions(seeds=3))}
    for population in ("half", "a fi"):
        plain, both = rows[population, "plain majority votes"], rows[population, "with weights and margins"]
        assert plain.majority_gain == 0
        assert both.majority_right > plain.majority_right
        assert both.majority_gain == pytest.approx(100 * (both.majority_right - plain.majority_right))
    assert rows["half", "with weights"].majority_gain > 0.5


def test_the_loss_of_the_reward_model_finds_the_direction() -> None:
    rng = np.random.default_rng(1)
    features, taste = rng.normal(size=(3000, 4)), np.array([2.0, -1.0, 0.0, 0.5])
    chosen = rng.random(3000) < 1 / (1 + np.exp(-features @ taste))
    columns = np.arange(3000), chosen, np.ones(3000)
    assert fit(features, Rows(*columns, np.zeros(3000))) == pytest.approx(taste, abs=0.15)
    assert np.abs(fit(features, Rows(*columns, np.full(3000, 2.0)))).sum() > np.abs(taste).sum()


@pytest.mark.slow
def test_checks_where_they_decide_are_as_many_and_put_fewer_on_the_wrong_side() -> None:
    alike, adaptive, fewer = compare(["eta uniform"], ["binary at 0.8"], seeds=6)
    assert alike.checks == 30
    assert adaptive.checks == pytest.approx(30, rel=0.01)
    assert fewer.checks == pytest.approx(22.5, rel=0.02)
    assert adaptive.wrong_rate < alike.wrong_rate
    assert fewer.wrong_rate < 1.1 * alike.wrong_rate
    assert (alike.difference_to_alike, alike.difference_to_alike_error) == (0, 0)
    assert adaptive.difference_to_alike == pytest.approx(adaptive.wrong_rate - alike.wrong_rate)


def test_mistakes_at_a_threshold_are_those_of_the_binomial_distribution() -> None:
    states = allocation.states_of(np.full(100, 0.01), 0.6)
    right = np.arange(10)
    flat = [sum(e * ((1 + e) / 2) ** k * ((1 - e) / 2) ** (9 - k) for e in ETA) for k in right]
    mass = [sum(((1 + e) / 2) ** k * ((1 - e) / 2) ** (9 - k) for e in ETA) for k in right]
    is_paid = np.array(flat) / np.array(mass) >= 0.6
    wrong = [(scipy.stats.binom.pmf(right, 9, (1 + e) / 2) * (is_paid != (e >= 0.6))).sum() for e in ETA]
    assert allocation.alike(states, 3) == pytest.approx(np.mean(wrong))


def test_no_rule_is_better_than_the_best() -> None:
    states = allocation.states_of(allocation.POPULATIONS["eta Beta(6, 2)"], 0.8)
    each, stages = allocation.EACH_STAGE, allocation.STAGES["all"]
    alike = allocation.alike(states, stages)
    assert allocation.best(states, stages, fewest=each, most=each) == pytest.approx(alike, abs=1e-6)
    assert allocation.best(states, stages) < allocation.adaptive(states, stages) < alike


def test_the_list_of_studies_imports_no_scipy() -> None:
    code = "import sys; from ls_backend.simulation.studies import STUDIES; assert not [m for m in sys.modules if 'scipy' in m]"
    subprocess.run([sys.executable, "-c", code], check=True)
