"""What is ahead of an annotator: the next standing, and what the next answers would add."""

from dataclasses import dataclass

from ls_backend.contracts.terms import Contract, Measured
from ls_backend.measurement.reputation import REQUIRED, STANDINGS, Standing
from ls_backend.measurement.scorecard import Scorecard

NEXT_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class NextStanding:
    """The next standing, what the lower end of the reputation must reach for it, and where that lies now; with too few checks the
    number that is ``missing``. ``is_reached``: it was reached just now, and counts once it holds at the next look, too."""

    name: Standing
    required: float
    lower_end: float
    missing: int
    is_reached: bool = False


def next_standing(card: Scorecard, contract: Contract) -> NextStanding | None:
    """None for who has the highest."""
    rank = STANDINGS.index(card.standing)
    if rank == len(STANDINGS) - 1:
        return None
    required = REQUIRED[rank - 1] if rank else 0.0
    missing = max(0, contract.minimum.monitored - card.attentiveness.n)
    lower_end = card.reputation.low or 0.0
    reached = bool(rank) and not missing and lower_end >= required
    return NextStanding(STANDINGS[rank + 1], required, round(lower_end, 1), missing, is_reached=reached)


def next_bonus(card: Scorecard, contract: Contract) -> int | None:
    """What the next :data:`NEXT_ANSWERS` answers would add if they are as careful as those so far, in minor units; None while the score
    that the contract pays by is not known."""
    measure = contract.bonus_terms.measure
    if card.pay_score is None or card.attentiveness.n < contract.minimum.monitored:
        return None
    scores = dict.fromkeys(("self_consistency", "gold", "attentiveness")) | {measure.value: card.pay_score}

    def bonus(judgments: int) -> int:
        return contract.bonus(Measured(judgments, contract.minimum.monitored, **scores)).minor

    return bonus(card.judgments + NEXT_ANSWERS) - bonus(card.judgments)
