"""What looks wrong with a project's programme as a whole, from its scorecards."""

import numpy as np

from ls_backend.analysis.warning_signs import WarningSign, warning_signs
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import unsettled_figure
from ls_backend.services.queries.periods import WHOLE
from ls_backend.services.queries.unsettled import unsettled_work
from ls_backend.store import ledger, projects, scorecards

STANDARD_ERRORS_WIDE = 3.29  # a 90 % interval of a normal distribution, in standard errors


def warning_signs_of(ctx: Context, project: int) -> list[WarningSign]:
    """Read them before anybody is paid.

    Who has nothing to be settled, or too few checks in it for a score, is no sign of a contract that is too hard.
    """
    cards = scorecards.of_project(ctx.store, project)
    needed = projects.get(ctx.store, project, detached=True).parsed_contract.minimum.monitored
    unsettled = unsettled_work(ctx, project)
    is_whole = ledger.settlement_named(ctx.store, project, WHOLE) is not None  # then what is not settled is a remainder
    scored = [name for name, work in unsettled.items() if work.judgments and work.checks >= needed]
    consistency = [(card.self_consistency.value, card.self_consistency.n) for card in cards]
    reputations = [card.reputation for card in cards]
    widths = [r.high - r.low for r in reputations if r.high is not None and r.low is not None]
    values = [r.value for r in reputations if r.value is not None]
    checks = [r.n for r in reputations if r.value is not None]
    chance = float(np.mean([(width / STANDARD_ERRORS_WIDE) ** 2 for width in widths])) if widths else 0.0
    spread = float(np.var(values)) if values else 0.0
    return warning_signs(
        self_consistency=_typical([(value, n) for value, n in consistency if value is not None]),
        bonuses=[
            card.bonus_minor
            for card in cards
            if card.annotator in scored and card.pay_score is not None and not is_whole
        ],
        noise=chance,
        skill=spread,
        checks=float(np.mean(checks)) if checks else 0.0,
    )


def warning_signs_figure(ctx: Context, project: int) -> list[WarningSign]:
    """The same for pages, which do not wait for a large project."""
    return unsettled_figure(ctx, project, "warning signs", lambda: warning_signs_of(ctx, project))


def _typical(values: list[tuple[float, int]]) -> float | None:
    """The value at which half of all observations is reached, so that a few careless annotators do not speak for all; None of none."""
    half, seen = sum(n for _, n in values) / 2, 0
    for value, n in sorted(values):
        seen += n
        if seen >= half and seen:
            return value
    return None
