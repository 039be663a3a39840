"""What looks wrong with a project's programme as a whole, from its scorecards."""

import numpy as np

from ls_backend.analysis.warning_signs import WarningSign, warning_signs
from ls_backend.services.context import Context
from ls_backend.store import scorecards

STANDARD_ERRORS_WIDE = 3.29  # a 90 % interval of a normal distribution, in standard errors


def warning_signs_of(ctx: Context, project: int) -> list[WarningSign]:
    """Read them before anybody is paid."""
    cards = scorecards.of_project(ctx.store, project)
    retests = sum(card.self_consistency.n for card in cards)
    same = sum((card.self_consistency.value or 0) * card.self_consistency.n for card in cards)
    reputations = [card.reputation for card in cards]
    widths = [r.high - r.low for r in reputations if r.high is not None and r.low is not None]
    values = [r.value for r in reputations if r.value is not None]
    checks = [r.n for r in reputations if r.value is not None]
    chance = float(np.mean([(width / STANDARD_ERRORS_WIDE) ** 2 for width in widths])) if widths else 0.0
    spread = float(np.var(values)) if values else 0.0
    return warning_signs(
        self_consistency=same / retests if retests else None,
        bonuses=[card.bonus_minor for card in cards],
        noise=chance,
        skill=spread,
        checks=float(np.mean(checks)) if checks else 0.0,
    )
