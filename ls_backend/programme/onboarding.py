"""How a newcomer becomes an annotator of a project: training with feedback, then a calibration with a pass mark and limited tries. Pure.

A newcomer answers items whose answers are known, in their own order. The first ones are training: after each they are told what was
expected, and why. The next ones are a calibration without feedback; if too few of its answers are right, the ones after that are the
next try, as long as there is one. None of these items is seen again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import scipy

from ls_backend.errors import InputError
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportion

DEFAULT_PASS_MARK = 0.8
DEFAULT_TRIES = 2
FEWEST_CALIBRATION = 5
TRAINING_SHARE = 3  # every third item, at least


class Stage(StrEnum):
    """Where a newcomer is."""

    TRAINING = "training"
    CALIBRATION = "calibration"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OnboardingTerms:
    """So many ``training`` items, then up to ``tries`` calibrations of ``calibration`` items; one is passed where the share of right
    answers reaches ``pass_mark``."""

    training: int
    calibration: int
    tries: int
    pass_mark: float

    @classmethod
    def of(cls, items: int, *, pass_mark: float = DEFAULT_PASS_MARK, tries: int = DEFAULT_TRIES) -> "OnboardingTerms":
        """How so many items are shared out: a third for training, the rest evenly over the tries; what is left over is training too.

        Raises:
            InputError: the items are too few, or the pass mark or the tries make no sense.
        """
        if not 0.5 < pass_mark <= 1:
            raise InputError(f"the pass mark is {pass_mark}; give a share above 0.5, such as 0.8")
        if tries < 1:
            raise InputError(f"{tries} tries; give at least 1")
        calibration = (items - items // TRAINING_SHARE) // tries
        if calibration < FEWEST_CALIBRATION:
            needed = next(
                n for n in range(items, 100 * (tries + 1)) if (n - n // TRAINING_SHARE) // tries >= FEWEST_CALIBRATION
            )
            raise InputError(
                f"{items} onboarding items are too few for {tries} tries of at least {FEWEST_CALIBRATION}; give {needed} or "
                "more, or fewer tries"
            )
        return cls(items - calibration * tries, calibration, tries, pass_mark)

    def is_passed(self, right: float) -> bool:
        """Whether so many right answers pass a calibration."""
        return right / self.calibration >= self.pass_mark - 1e-9  # a mark such as 0.7 is no exact number


@dataclass(frozen=True, slots=True)
class Try:
    """A calibration that is over: the share of right answers with its interval."""

    score: Estimate
    passed: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of the ``of`` items of the present stage are answered; ``tries`` are those that are over, ``left`` how many may follow."""

    stage: Stage
    done: int
    of: int
    tries: tuple[Try, ...]
    left: int


def progress(agreed: Sequence[float], terms: OnboardingTerms) -> Progress:
    """Where somebody stands whose answers, in the order in which they were given, ``agreed`` so far with the known ones (0 to 1).
    Answers after a try that was passed, or after the last one, count for nothing."""
    answered = len(agreed) - terms.training
    if answered < 0:
        return Progress(Stage.TRAINING, len(agreed), terms.training, (), terms.tries)
    tries: list[Try] = []
    while len(tries) < terms.tries and answered >= terms.calibration * (len(tries) + 1):
        start = terms.training + terms.calibration * len(tries)
        right = sum(agreed[start : start + terms.calibration])
        score = proportion(right, terms.calibration, level=INTERVAL_LEVEL, reason="no item")
        tries.append(Try(score, terms.is_passed(right)))
        if tries[-1].passed:
            return Progress(Stage.PASSED, terms.calibration, terms.calibration, tuple(tries), 0)
    left = terms.tries - len(tries)
    if not left:
        return Progress(Stage.FAILED, terms.calibration, terms.calibration, tuple(tries), 0)
    done = answered - terms.calibration * len(tries)
    return Progress(Stage.CALIBRATION, done, terms.calibration, tuple(tries), left)


def has_feedback(number: int, terms: OnboardingTerms) -> bool:
    """Whether the answer of this number, from 0, is told what was expected."""
    return number < terms.training


def chance_to_pass(right: float, terms: OnboardingTerms) -> float:
    """How probably somebody passes in one of the tries who answers each item right with a chance of ``right``."""
    needed = next(n for n in range(terms.calibration + 1) if terms.is_passed(n))
    once = float(scipy.stats.binom.sf(needed - 1, terms.calibration, right))
    return 1 - (1 - once) ** terms.tries
