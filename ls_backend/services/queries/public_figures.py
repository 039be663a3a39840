"""What a team may publish of its quality: sums over everybody, and no group of fewer than five.

A group that is hidden must not follow from the others and the total. So where one is hidden, the smallest shown one is hidden with it
until the hidden ones together are at least five, and more than one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.contracts.explain import explain
from ls_backend.measurement.estimate import INTERVAL_LEVEL, Estimate, proportions
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.reputation import Standing
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure, inspection_of, scorecards_of
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.overview import summary_of
from ls_backend.services.queries.project_overview import SliceAgreement
from ls_backend.store import gold, projects

LEAST_GROUP = 5


@dataclass(frozen=True, slots=True)
class Group:
    """How many annotators a standing has; None: hidden, because they are few."""

    name: str
    annotators: int | None


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Over all annotators: None where there are fewer than five."""

    annotators: int | None
    judgments: int
    items: int
    self_consistency: Estimate
    gold: Estimate
    checks: float | None
    standings: list[Group]
    agreement: list[SliceAgreement]
    contract: str
    is_enough: bool


def public_figures(ctx: Context, project: int) -> PublicFigures:
    """What may be published of a project.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    record = projects.get(ctx.store, project)
    judged = judgments_of(ctx, project)
    people = len(judged.annotators)
    is_enough = people >= LEAST_GROUP
    counts = {standing.value: 0 for standing in Standing}
    for card in scorecards_of(ctx, project).value:
        counts[card.standing.value] += 1
    hidden = Estimate.unknown("fewer than five annotators")
    shares = figure(ctx, project, "shares of all", lambda: _shares(ctx, project, record.min_lag)).value
    return PublicFigures(
        annotators=people if is_enough else None,
        judgments=len(judged),
        items=len(judged.items),
        self_consistency=shares[0] if is_enough else hidden,
        gold=shares[1] if is_enough else hidden,
        checks=summary_of(ctx, record).checks.value,
        standings=[Group(name, n) for name, n in hide_small(counts).items()],
        agreement=[
            SliceAgreement(name or "all", alpha)
            for name, alpha in inspection_of(ctx, project).value.agreement.items()
            if is_enough
        ],
        contract=explain(record.parsed_contract),
        is_enough=is_enough,
    )


def _shares(ctx: Context, project: int, min_lag: int) -> tuple[Estimate, Estimate]:
    """Self-consistency and gold accuracy of all checks together."""
    evidence = gather_evidence(judgments_of(ctx, project), gold.known_answers(ctx.store, project), min_lag=min_lag)
    hits = np.array([evidence.retests_agreed.sum(), evidence.gold_right.sum()])
    n = np.array([evidence.retests.sum(), evidence.gold.sum()])
    consistency, on_gold = proportions(hits, n, level=INTERVAL_LEVEL, reason="no such check was answered yet")
    return consistency, on_gold


def hide_small(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Sizes of groups, None for the hidden ones. An empty group is shown: it says nothing of anybody."""
    hidden = {name for name, n in counts.items() if 0 < n < LEAST_GROUP}
    shown = sorted((n, name) for name, n in counts.items() if n >= LEAST_GROUP)
    while hidden and shown and (len(hidden) < 2 or sum(counts[name] for name in hidden) < LEAST_GROUP):
        hidden.add(shown.pop(0)[1])
    if len(hidden) == 1:  # it would follow from the total: hide how many have none too
        hidden |= {name for name, n in counts.items() if n == 0}
    return {name: None if name in hidden else n for name, n in counts.items()}
