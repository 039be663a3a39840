"""How each gold item does."""

from dataclasses import dataclass

import numpy as np

from ls_backend.analysis.gold_use import GoldAdvice, GoldUse
from ls_backend.arrays import Floats
from ls_backend.measurement.estimate import Estimate, proportion
from ls_backend.measurement.gold import gold_answers
from ls_backend.measurement.reputation import Standing
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure, inspection_of, scorecards_of
from ls_backend.services.queries.items import excerpt, expected_in_words
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import gold, projects

GOOD = (Standing.QUALIFIED, Standing.TRUSTED, Standing.EXPERT)
FAILED_BY_GOOD = 0.5  # where fewer good annotators than this answer as expected, the item is doubted
GOOD_NEEDED = 3
NOT_ANSWERED = Estimate.unknown("nobody has answered it yet")


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A gold item: how often it was answered, and the share of answers as expected, of all and by standing; what the close look
    advises. If it has ``lapsed``, it comes back by itself. ``is_doubted``: good annotators keep failing it, so its answer may be wrong."""

    item: str
    excerpt: str
    expected: str
    explanation: str
    slice: str | None
    retired_at: float | None
    withdrawn_at: float | None
    lapsed: bool
    right: Estimate
    by_standing: dict[Standing, Estimate]
    good: Estimate
    use: GoldUse

    @property
    def is_in_use(self) -> bool:
        return self.retired_at is None and self.withdrawn_at is None

    @property
    def advice(self) -> str:
        """What to do with it, or why nothing is to be done any more."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.retired_at is not None:
            return "lapsed" if self.lapsed else "retired"
        return "doubt it" if self.is_doubted else self.use.advice.value

    @property
    def why(self) -> str:
        """The reason of the advice."""
        if self.withdrawn_at is not None:
            return "its answers no longer count"
        if self.lapsed:
            return "its ground truth or its experts say so no longer; it is placed again when they do"
        if self.retired_at is not None:
            return "it is placed no more until an admin brings it back; its answers count"
        return "good annotators keep failing it" if self.is_doubted else self.use.why

    @property
    def is_doubted(self) -> bool:
        return self.good.value is not None and self.good.n >= GOOD_NEEDED and self.good.value < FAILED_BY_GOOD


def gold_rows(ctx: Context, project: int) -> list[GoldRow]:
    """All gold items, those that are doubted first, then by how urgent the advice is; what is retired or withdrawn stands last.

    Raises:
        NotAttachedError: we do not monitor the project.
    """
    record = projects.get(ctx.store, project)
    shares = figure(ctx, project, "gold shares", lambda: _shares(ctx, project)).value
    uses = {use.item: use for use in inspection_of(ctx, project).value.gold}
    unused = _Shares(NOT_ANSWERED, NOT_ANSWERED, {})
    rows = [
        GoldRow(
            item=item.item,
            excerpt=excerpt(item.data, record),
            expected=expected_in_words(item.preferred, item.answer),
            explanation=item.explanation,
            slice=item.slice,
            retired_at=item.retired_at,
            withdrawn_at=item.withdrawn_at,
            lapsed=item.lapsed,
            right=shares.get(item.item, unused).right,
            by_standing=shares.get(item.item, unused).by_standing,
            good=shares.get(item.item, unused).good,
            use=uses.get(item.item) or GoldUse(item.item, 0, None, None, GoldAdvice.WAIT, "nobody has answered it"),
        )
        for item in gold.records(ctx.store, project)
    ]
    urgency = list(GoldAdvice)
    return sorted(
        rows,
        key=lambda row: (
            not row.is_doubted,
            row.withdrawn_at is not None,
            row.retired_at is not None,
            urgency.index(row.use.advice),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Shares:
    right: Estimate
    good: Estimate
    by_standing: dict[Standing, Estimate]


def _shares(ctx: Context, project: int) -> dict[str, _Shares]:
    """Answers as expected, by item."""
    judged = judgments_of(ctx, project)
    answers = gold_answers(judged, gold.known_answers(ctx.store, project))
    standing_of = {card.annotator: card.standing for card in scorecards_of(ctx, project).value}
    standings = np.array([standing_of.get(name, Standing.NEW).value for name in judged.annotators])
    item, standing = judged.item[answers.row], standings[judged.annotator[answers.row]]
    shares = {}
    for index in np.unique(item).tolist():
        rows = item == index
        right, by = answers.agreement[rows], standing[rows]
        good = np.isin(by, [s.value for s in GOOD])
        shares[judged.items[index]] = _Shares(
            _share(right),
            _share(right[good]),
            {s: _share(right[by == s.value]) for s in Standing if (by == s.value).any()},
        )
    return shares


def _share(right: Floats) -> Estimate:
    return proportion(right.sum(), right.size, reason="nobody with this standing has answered it")
