"""What the judgments of a part of the time say of each annotator, and what a contract may look at in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ls_backend.contracts.terms import Measure, Measured
from ls_backend.core import gold as gold_items
from ls_backend.core import retest
from ls_backend.core.attention import Attention, attention
from ls_backend.core.judgments import Bools, GoldItem, Ints, Judgments


@dataclass(frozen=True)
class Evidence:
    """Counts per annotator (A,): ``judgments``, ``retests`` and how many of them were the ``same``; ``outcomes`` (A, 5) and
    ``gold`` (A, 4) as :mod:`ls_backend.core.attention` takes them."""

    judgments: Ints
    retests: Ints
    same: Ints
    outcomes: Ints
    gold: Ints

    @property
    def monitored(self) -> Ints:
        return np.asarray(self.outcomes.sum(axis=1) + self.gold.sum(axis=1))

    @property
    def right(self) -> Ints:
        """Gold items on which the known answer was chosen, (A,)."""
        return np.asarray(self.gold[:, 0] + self.gold[:, 2])

    @property
    def agreed(self) -> Ints:
        """Monitored answers that agreed, with oneself or with gold, ties left out, (A,)."""
        return np.asarray(self.outcomes[:, 0] + self.outcomes[:, 3] + self.right)

    def attention(self, *, level: float = 0.9, q: float | None = None, pooled: bool = False) -> Attention:
        return attention(self.outcomes, self.gold, level=level, q=q, pooled=pooled)


def collect(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    part: Bools | None = None,
    pairs: retest.Retests | None = None,
) -> Evidence:
    """Over all judgments, or a part of them: a mask (n,). A retest belongs to where its later showing lies. ``pairs`` are all
    retests, where they are at hand."""
    people = len(judgments.annotators)
    pairs = pairs or retest.retests(judgments, min_lag=min_lag)
    done = judgments.annotator
    if part is not None:
        pairs, done = retest.within(pairs, part), done[part]
    return Evidence(
        judgments=np.bincount(done, minlength=people).astype(np.int64),
        retests=np.bincount(pairs.annotator, minlength=people).astype(np.int64),
        same=np.bincount(pairs.annotator[pairs.same], minlength=people).astype(np.int64),
        outcomes=retest.evidence(judgments, pairs),
        gold=gold_items.evidence(judgments, gold, part=part),
    )


def measured(found: Evidence, model: Attention) -> list[Measured]:
    """What a contract may look at, one entry per annotator."""
    right, shown = found.right, found.gold.sum(axis=1)
    return [
        Measured(
            judgments=int(found.judgments[a]),
            monitored=int(found.monitored[a]),
            self_consistency=float(found.same[a] / found.retests[a]) if found.retests[a] else None,
            gold=float(right[a] / shown[a]) if shown[a] else None,
            attentiveness=float(model.mean[a]) if found.monitored[a] else None,
        )
        for a in range(found.judgments.size)
    ]


def halves(judgments: Judgments, part: Bools) -> tuple[Bools, Bools]:
    """Each annotator's earlier and later half of a part, as masks (n,); the middle one of an odd number is in the later."""
    people = len(judgments.annotators)
    before: Ints = np.cumsum(part) - part
    first = np.searchsorted(judgments.annotator, np.arange(people))  # every annotator has a row
    rank = before - before[first][judgments.annotator]
    size = np.bincount(judgments.annotator[part], minlength=people)
    early = part & (rank < size[judgments.annotator] // 2)
    return early, part & ~early


def gains(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    part: Bools,
    best: Mapping[str, float],
    *,
    measure: Measure,
    min_lag: int,
    q: float | None,
) -> list[float | None]:
    """How far each annotator's score lies above their own best before, at least: in the part as a whole and in both of its
    halves. None where there is no best before, or a half without checks."""
    scores = []
    for mask in (part, *halves(judgments, part)):
        found = collect(judgments, gold, min_lag=min_lag, part=mask)
        scores.append([getattr(m, measure) for m in measured(found, found.attention(q=q))])
    return [
        None if name not in best or None in three else min(three) - best[name]
        for name, three in zip(judgments.annotators, zip(*scores, strict=True), strict=True)
    ]
