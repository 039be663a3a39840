"""How often an alarm ever comes over a thousand looks, for annotators who are just at what is required, and how soon after their
chance of agreeing falls (at answer 100)."""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.drift import evidence_over_time
from ls_backend.simulation.studies import StudyOptions

LOOKS = 1000
FALL_AT = 100  # answers
ALPHA = 0.05
REQUIRED = 0.7  # chance of agreeing
DROPS = (0.0, 0.1, 0.2, 0.3)  # of that chance
DROPS_BET_ON = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """``alarms`` is the share of annotators who ever had one."""

    drop: float
    alarms: float
    median_answers_to_alarm: float | None


def run(options: StudyOptions) -> list[AlarmRow]:
    rng = np.random.default_rng(6)
    return [_alarms(drop, options.seeds, rng) for drop in DROPS]


def _alarms(drop: float, annotators: int, rng: np.random.Generator) -> AlarmRow:
    chance = np.where(np.arange(LOOKS) < FALL_AT, REQUIRED, REQUIRED - drop)
    agreed = (rng.random((annotators, LOOKS)) < chance).astype(np.float64)
    lower = np.stack([np.full_like(agreed, REQUIRED - bet) for bet in DROPS_BET_ON])
    is_high = evidence_over_time(agreed, np.full_like(agreed, REQUIRED), lower) >= 1 / ALPHA
    has_alarm = is_high.any(axis=1)
    answers = np.where(has_alarm, is_high.argmax(axis=1) - FALL_AT, LOOKS)
    return AlarmRow(drop, float(has_alarm.mean()), None if drop == 0 else float(np.median(answers)))
