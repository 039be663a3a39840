"""What annotators together prefer, weighted by how attentive each is."""

from collections.abc import Iterable

import numpy as np

from ls_backend.analysis.consensus import Consensus, consensus_by_item, weights_of
from ls_backend.arrays import Floats
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import Context
from ls_backend.store import judgments as stored
from ls_backend.store import scorecards


def vote_weights(ctx: Context, project: int, judgments: Judgments) -> Floats:
    """How much each annotator's vote counts, (A,)."""
    return weights_of(scorecards.of_project(ctx.store, project), judgments.annotators)


def consensus_of(ctx: Context, project: int, items: Iterable[str]) -> dict[str, Consensus]:
    """Weighted consensus over all tasks that show an item, of those that have one (:func:`ls_backend.analysis.consensus.consensus_by_item`),
    from the judgments on these items alone."""
    judged = Judgments.of(stored.on_items(ctx.store, project, sorted(set(items))))
    weights = weights_of(scorecards.of_annotators(ctx.store, project, judged.annotators), judged.annotators)
    by_index = consensus_by_item(judged, weights, np.arange(len(judged)))
    return {judged.items[index]: consensus for index, consensus in by_index.items()}
