"""The list of studies; and flags on people who differ as people do: the odd one is found, the others, of either taste, are
seldom named."""

import subprocess
import sys

import pytest

from ls_backend.simulation.studies import StudyOptions
from ls_backend.simulation.studies.flags import ODD_HABITS, raise_flags
from ls_backend.simulation.studies.flags import run as run_flags


def test_the_odd_are_named_and_the_faultless_seldom() -> None:
    rows = run_flags(StudyOptions(seeds=8))
    assert [row.found for row in rows[:6]] == pytest.approx([1] * 6, abs=0.15), rows
    assert all(row.found >= 0.1 for row in rows), "these two take more data"
    assert all(row.majority_named <= 0.025 and row.minority_named <= 0.05 for row in rows), rows


def test_a_taste_that_few_share_is_no_copying() -> None:
    assert not [n for seed in range(15) for n, flag in raise_flags(ODD_HABITS[0], seed) if flag == "copies"]


def test_the_same_seed_gives_the_same_flags() -> None:
    assert raise_flags(ODD_HABITS[3], 3) == raise_flags(ODD_HABITS[3], 3)


def test_the_list_of_studies_imports_no_scipy() -> None:
    code = "import sys; from ls_backend.simulation.studies import STUDIES; assert not [m for m in sys.modules if 'scipy' in m]"
    subprocess.run([sys.executable, "-c", code], check=True)
