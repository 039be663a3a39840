"""What annotators together prefer, weighted by how attentive each is."""

from collections.abc import Iterable

import numpy as np

from ls_backend.analysis.consensus import Consensus, consensus_by_item
from ls_backend.arrays import Floats
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import Context
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import scorecards

PRIOR_WEIGHT = 0.5  # of a vote whose annotator's reputation is not known yet


def vote_weights(ctx: Context, project: int, judgments: Judgments) -> Floats:
    """How much each annotator's vote counts, (A,): the reputation as a share, where it is known."""
    reputation = {card.annotator: card.reputation.value for card in scorecards.of_project(ctx.store, project)}
    values = (reputation.get(annotator) for annotator in judgments.annotators)
    return np.array([PRIOR_WEIGHT if value is None else value / 100 for value in values])


def consensus_of(ctx: Context, project: int, items: Iterable[str]) -> dict[str, Consensus]:
    """Weighted consensus over all tasks that show an item, of those that have one (:func:`ls_backend.analysis.consensus.consensus_by_item`)."""
    judgments = judgments_of(ctx, project)
    by_index = consensus_by_item(judgments, vote_weights(ctx, project, judgments), judgments.rows_on(items))
    return {judgments.items[index]: consensus for index, consensus in by_index.items()}
