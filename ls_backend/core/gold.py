"""Accuracy on gold (control) items: items whose preferred response is known and beyond dispute.

The first answer of an annotator on a gold item counts. A tie on a gold item is not its preferred side, so it is wrong.
"""

from collections.abc import Mapping

import numpy as np

from ls_backend.core.judgments import Bools, GoldItem, Ints, Judgments


def evidence(judgments: Judgments, gold: Mapping[str, GoldItem], *, part: Bools | None = None) -> Ints:
    """What gold says to the annotator model, as counts of shape (annotators, 4).

    ``part`` is a mask of the judgments (n,) to look at only. Columns: gold stood left and was chosen; left and not chosen; right and chosen; right and not chosen.
    """
    known = np.zeros(len(judgments.items), dtype=np.int64)
    for name, item in gold.items():
        if name in judgments.item_index:
            known[judgments.item_index[name]] = item.preferred
    preferred = known[judgments.item] if len(judgments) else np.zeros(0, dtype=np.int64)
    counted = (preferred != 0) & judgments.first_showings
    if part is not None:
        counted &= part
    on_left = (preferred > 0) != judgments.mirrored
    right_answer = np.sign(judgments.preference) == preferred
    outcome = 2 * ~on_left + ~right_answer
    cell = judgments.annotator[counted] * 4 + outcome[counted]
    return np.bincount(cell, minlength=4 * len(judgments.annotators)).reshape(-1, 4).astype(np.int64)
