"""What looks wrong with a programme as a whole, by name, with the cure. Read it before anybody is paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

UNCLEAR_BELOW = 0.6  # self-consistency of all annotators together; a coin has 0.5
NEARLY_ALL = 0.8  # share of the annotators
NEXT_TO_NOTHING = 0.1  # share of the highest bonus


class WarningSignName(StrEnum):
    UNCLEAR_GUIDELINES = "unclear_guidelines"
    CONTRACT_TOO_HARD = "contract_too_hard"
    NOISY_PAY = "noisy_pay"
    BUDGET_TOO_SMALL = "budget_too_small"


@dataclass(frozen=True, slots=True)
class WarningSign:
    """``says`` is what is wrong and how to fix it; ``needed`` the checks that each annotator needs for pay that is not noisy,
    where that is known."""

    name: WarningSignName
    says: str
    needed: int | None = None


def warning_signs(
    *, self_consistency: float | None, bonuses: Sequence[int], noise: float, skill: float, checks: float
) -> list[WarningSign]:
    """The warning signs that the figures of a programme show.

    ``self_consistency`` is what is usual among the annotators, None without any retest; ``bonuses`` are in minor units, by annotator;
    ``noise`` and ``skill`` the variances of scores (or of pay) by chance and by skill, in one unit; ``checks`` how many each
    annotator has, on average.
    """
    return [*_unclear_guidelines(self_consistency), *_contract_too_hard(bonuses), *_noisy_pay(noise, skill, checks)]


def _unclear_guidelines(self_consistency: float | None) -> Iterator[WarningSign]:
    if self_consistency is not None and self_consistency < UNCLEAR_BELOW:
        yield WarningSign(
            WarningSignName.UNCLEAR_GUIDELINES,
            f"As a rule, annotators repeat their own answer only {100 * self_consistency:.0f} % of the time. The guidelines are "
            "unclear, or the pairs can't be told apart, or many answer without care: find out which before anybody is paid.",
        )


def _contract_too_hard(bonuses: Sequence[int]) -> Iterator[WarningSign]:
    little = NEXT_TO_NOTHING * max(bonuses, default=0)
    if bonuses and sum(bonus <= little for bonus in bonuses) >= NEARLY_ALL * len(bonuses):
        yield WarningSign(
            WarningSignName.CONTRACT_TOO_HARD,
            "Nearly everybody is paid next to no bonus. Lower the score at which the bonus starts.",
        )


def _noisy_pay(noise: float, skill: float, checks: float) -> Iterator[WarningSign]:
    if noise <= skill:
        return
    needed = ceil(checks * noise / skill) if skill > 0 else None
    more = f"about {needed} are needed" if needed else "far more are needed"
    yield WarningSign(
        WarningSignName.NOISY_PAY,
        f"Scores vary more by chance than by skill with {checks:.0f} checks each; {more} for chance to be the "
        "smaller part.",
        needed,
    )
