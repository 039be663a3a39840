"""What looks wrong with a programme as a whole, by name, with the cure: read it before anybody is paid."""

from collections.abc import Sequence
from math import ceil
from typing import Any

UNCLEAR_BELOW = 0.6  # everybody's self-consistency; a coin has 0.5
NEARLY_ALL = 0.8


def signatures(
    *, self_consistency: float | None, bonuses: Sequence[int], chance: tuple[float, float], monitored: float
) -> list[dict[str, Any]]:
    """``unclear_guidelines``, ``contract_too_hard`` and ``noisy_pay``, those that hold.

    ``self_consistency`` is that of all retests together; ``bonuses`` are minor units by annotator; ``chance`` the variances
    that come from chance and from skill, in one unit; ``monitored`` the answers monitored of each annotator, on average.
    """
    found: list[dict[str, Any]] = []
    if self_consistency is not None and self_consistency < UNCLEAR_BELOW:
        found.append(
            {
                "name": "unclear_guidelines",
                "says": f"Everybody together repeats an own answer only {self_consistency:.0%} of the time. The guidelines are "
                "unclear, or the pairs can't be told apart; mend that before paying by consistency.",
            }
        )
    high = max(bonuses, default=0)
    if bonuses and sum(b <= high / 10 for b in bonuses) >= NEARLY_ALL * len(bonuses):
        found.append(
            {
                "name": "contract_too_hard",
                "says": "Nearly everybody is paid next to no bonus. Lower the score at which the bonus starts.",
            }
        )
    noise, skill = chance
    if noise > skill:
        needed = ceil(monitored * noise / skill) if skill > 0 else None
        more = f"about {needed} are needed" if needed else "far more are needed"
        found.append(
            {
                "name": "noisy_pay",
                "says": f"Scores spread more by chance than by skill with {monitored:.0f} monitored answers each; {more} for "
                "chance to be the smaller part.",
                "needed": needed,
            }
        )
    return found
