"""Who agrees with whom, how agreement spreads over items, and which answers meet."""

from collections.abc import Sequence
from dataclasses import dataclass

from ls_backend.analysis.agreement import (
    Confusion,
    ItemAgreement,
    agreement_between,
    agreement_over_items,
    confusions,
)
from ls_backend.measurement.estimate import Estimate
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.project_overview import SliceAgreement, agreement_by_slice
from ls_backend.store import projects

MATRIX_SIZE = 20  # annotators that fit on a page


@dataclass(frozen=True, slots=True)
class Together:
    """Two annotators, and how often they gave the same answer."""

    one: str
    other: str
    same: Estimate


@dataclass(frozen=True, slots=True)
class AgreementOverview:
    """``shown`` are the annotators of the matrix, ``together`` each two of them; ``others`` are those that are left out."""

    shown: tuple[str, ...]
    others: int
    together: list[Together]
    by_slice: list[SliceAgreement]
    over_items: list[ItemAgreement]
    confusions: list[Confusion]


def agreement_overview(ctx: Context, project: int, *, of: Sequence[str] = ()) -> AgreementOverview:
    """Agreement in a project; the matrix is ``of`` some annotators, by default those with the most judgments.

    Raises:
        NotAttachedError: we do not monitor it.
    """
    projects.get(ctx.store, project)
    judged = judgments_of(ctx, project)
    by_work = sorted(zip((-judged.counts).tolist(), judged.annotators, strict=True))
    shown = tuple(name for name in of if name in judged.annotators)[:MATRIX_SIZE]
    shown = shown or tuple(sorted(name for _, name in by_work[:MATRIX_SIZE]))
    pairs = [(one, other) for n, one in enumerate(shown) for other in shown[n + 1 :]]
    return AgreementOverview(
        shown=shown,
        others=len(judged.annotators) - len(shown),
        together=figure(
            ctx,
            project,
            f"agreement of {','.join(shown)}",
            lambda: [Together(one, other, agreement_between(judged, one, other)) for one, other in pairs],
        ).value,
        by_slice=agreement_by_slice(ctx, project),
        over_items=figure(ctx, project, "agreement over items", lambda: agreement_over_items(judged)).value,
        confusions=figure(ctx, project, "confusions", lambda: confusions(judged)).value,
    )
