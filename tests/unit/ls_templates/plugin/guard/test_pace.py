"""Response times: the quicker kinds of answers are delayed until they look like the slowest."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ls_templates.plugin.guard.pace import AnswerKind, Pace


def test_the_fast_kind_is_delayed_to_the_times_of_the_slow_one() -> None:
    rng = np.random.default_rng(2)
    pace, answers = Pace(), []
    for _ in range(4000):
        fast = bool(rng.random() < 0.2)
        took = float(rng.gamma(20, 0.002)) * (0.8 if fast else 1.0)
        kind = AnswerKind.RESERVED if fast else AnswerKind.SLOWEST
        answers.append((fast, took + pace.delay_of(took, kind)))
    later = answers[500:]
    fast_times, slow_times = [np.array([time for fast, time in later if fast is kind]) for kind in (True, False)]
    assert abs(roc_auc_score([fast for fast, _ in later], [time for _, time in later]) - 0.5) < 0.04
    assert np.median(fast_times) == pytest.approx(np.median(slow_times), rel=0.05)
    assert pace.delay_of(1.0, AnswerKind.SLOWEST) == 0.0


def test_nothing_is_delayed_while_little_is_known() -> None:
    pace = Pace()
    assert [pace.delay_of(0.01, AnswerKind.RESERVED) for _ in range(20)] == [0.0] * 20
