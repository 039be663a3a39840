"""The parts of the plugin that need no Label Studio; the rest is tested inside one (tests/integration)."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import roc_auc_score

import ls_templates.plugin
from ls_templates.plugin.guard.pace import AnswerKind, Pace
from ls_templates.plugin.guard.seal import TOP, seal, unseal

HERE = Path(ls_templates.plugin.__file__).parent


def test_sealing_is_a_permutation_with_ids_of_one_length() -> None:
    sealed = [seal(n, "key") for n in range(3000)]
    assert len(set(sealed)) == 3000
    assert [unseal(s, "key") for s in sealed] == list(range(3000))
    assert {len(str(s)) for s in sealed} == {10}
    assert seal(1, "key") != seal(1, "other")


@pytest.mark.parametrize("foreign", [0, 7, TOP - 1, 2 * TOP, 10**15])
def test_what_is_no_sealed_id_opens_nothing(foreign: int) -> None:
    assert unseal(foreign, "key") == -1


def test_sealed_ids_tell_nothing_of_the_order() -> None:
    sealed = [seal(n, "key") for n in range(2000)]
    assert abs(scipy.stats.spearmanr(range(2000), sealed).statistic) < 0.06


def test_the_plugin_imports_nothing_but_what_label_studio_brings() -> None:
    allowed = {
        "django",
        "rest_framework",
        "requests",
        "label_studio",
        "tasks",
        "users",
        "data_manager",
        "projects",
        "ls_templates",
    }
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                top = name.partition(".")[0]
                assert top in allowed or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_the_fast_kind_is_held_back_to_the_times_of_the_slow_one() -> None:
    rng = np.random.default_rng(2)
    pace, seen = Pace(), []
    for _ in range(4000):
        fast = bool(rng.random() < 0.2)
        took = float(rng.gamma(20, 0.002)) * (0.8 if fast else 1.0)
        kind = AnswerKind.RESERVED if fast else AnswerKind.SLOWEST
        seen.append((fast, took + pace.delay_of(took, kind)))
    late = seen[500:]
    shown = [np.array([t for fast, t in late if fast is kind]) for kind in (True, False)]
    assert abs(roc_auc_score([fast for fast, _ in late], [t for _, t in late]) - 0.5) < 0.04
    assert np.median(shown[0]) == pytest.approx(np.median(shown[1]), rel=0.05)
    assert pace.delay_of(1.0, AnswerKind.SLOWEST) == 0.0


def test_little_known_holds_nobody() -> None:
    pace = Pace()
    assert [pace.delay_of(0.01, AnswerKind.RESERVED) for _ in range(20)] == [0.0] * 20
