"""What a team may publish of its quality: sums over everybody, and no group of fewer than five.

A group that is hidden must not follow from the others and the total. So where one is hidden, the smallest shown one is hidden with it
until the hidden ones together are at least five, and more than one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.contracts.explain import explain
from ls_backend.measurement.estimate import Estimate, proportion
from ls_backend.measurement.evidence import gather_evidence
from ls_backend.measurement.reputation import Standing
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import checked_judgments_of, figure, scorecards_of
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.overview import summary_of
from ls_backend.services.queries.project_overview import SliceAgreement, agreement_by_slice
from ls_backend.store import projects

LEAST_GROUP = 5


@dataclass(frozen=True, slots=True)
class Group:
    """How many annotators a standing has; None: hidden, because they are few."""

    name: str
    annotators: int | None


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Over all annotators: None where there are fewer than five. ``agreement`` leaves out slices of fewer than five items."""

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
    shares = figure(ctx, project, "shares of all", lambda: _shares(ctx, project)).value
    return PublicFigures(
        annotators=people if is_enough else None,
        judgments=len(judged),
        items=len(judged.items),
        self_consistency=shares[0] if is_enough else hidden,
        gold=shares[1] if is_enough else hidden,
        checks=summary_of(ctx, record).checks.value,
        standings=[Group(name, n) for name, n in hide_small(counts).items()],
        agreement=[row for row in agreement_by_slice(ctx, project) if is_enough and row.alpha.n >= LEAST_GROUP],
        contract=explain(record.parsed_contract),
        is_enough=is_enough,
    )


def _shares(ctx: Context, project: int) -> tuple[Estimate, Estimate]:
    """Self-consistency and gold accuracy of all checks together."""
    checked = checked_judgments_of(ctx, project).value
    evidence = gather_evidence(checked.judgments, checked.gold, checks=checked.checks)
    reason = "no such check was answered yet"
    return (
        proportion(evidence.retests_agreed.sum(), evidence.retests.sum(), reason=reason),
        proportion(evidence.gold_right.sum(), evidence.gold.sum(), reason=reason),
    )


def hide_small(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Sizes of groups, None for the hidden ones. An empty group is shown: it says nothing of anybody."""
    hidden = {name for name, n in counts.items() if 0 < n < LEAST_GROUP}
    shown = sorted((n, name) for name, n in counts.items() if n >= LEAST_GROUP)
    while hidden and shown and (len(hidden) < 2 or sum(counts[name] for name in hidden) < LEAST_GROUP):
        hidden.add(shown.pop(0)[1])
    if len(hidden) == 1:  # it would follow from the total: hide how many have none too
        hidden |= {name for name, n in counts.items() if n == 0}
    return {name: None if name in hidden else n for name, n in counts.items()}
