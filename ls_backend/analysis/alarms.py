"""Whether an annotator is below the required attentiveness, over their checks in order (:mod:`ls_backend.analysis.drift`).

The hypothesis is that everybody's attentiveness is at least what is required. A check then agrees with at least the chance
c + (1 - c) eta^2 q for a retest and g + (1 - g) eta for gold, c and g being the guess rates
(:mod:`ls_backend.measurement.attentiveness`). The bets are on parts of the required attentiveness.
"""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis import drift
from ls_backend.arrays import Floats, Ints
from ls_backend.measurement.attentiveness import GroupedQ
from ls_backend.measurement.evidence import Checks
from ls_backend.measurement.judgments import ranks

PARTS_BET_ON = (0.0, 0.4, 0.7)  # of the required attentiveness


@dataclass(frozen=True)
class AlarmProcess:
    """By annotator, after each of their checks, (A, checks): the ``evidence`` against the required attentiveness, and the
    ``row`` of the check's judgment. Where an annotator has fewer checks, the last entry is repeated."""

    evidence: Floats
    row: Ints


def alarm_process(checks: Checks, q: GroupedQ, required: float, *, people: int) -> AlarmProcess:
    """The e-process of every annotator, of so many; evidence of 1 / alpha is an alarm at error alpha."""
    who = checks.annotator
    place = ranks(who)
    shape = (people, int(place.max(initial=-1)) + 1)
    agreed, row = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    agreed[who, place], row[who, place] = checks.agreed, checks.row
    chance = np.full((1 + len(PARTS_BET_ON), *shape), 0.5)
    for k, part in enumerate((1.0, *PARTS_BET_ON)):
        chance[k, who, place] = expected_agreement(checks, np.full(people, part * required), q)
    evidence = drift.evidence_over_time(agreed, chance[0], chance[1:])
    return AlarmProcess(evidence, np.maximum.accumulate(row, axis=1))


def expected_agreement(checks: Checks, eta: Floats, q: GroupedQ) -> Floats:
    """How often each check (m,) would agree if the annotators had attentiveness ``eta`` (A,)."""
    on_retests, on_gold = checks.guess_rates.chances
    who = checks.annotator
    by_guessing = np.where(checks.is_retest, on_retests[who], on_gold[who])
    q_of_check = np.where(checks.is_decided, q[1], q[0])
    by_care = np.where(checks.is_retest, eta[who] ** 2 * q_of_check, eta[who])
    return np.asarray(by_guessing + (1 - by_guessing) * by_care)
