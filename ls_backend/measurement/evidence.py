"""What the judgments say of each annotator: every monitored answer, what they add up to, and what a contract may look at in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.contracts.terms import Measure, Measured
from ls_backend.measurement import gold as gold_items
from ls_backend.measurement import retests as retest
from ls_backend.measurement.attentiveness import (
    COLUMNS,
    GOLD_LEFT,
    GOLD_RIGHT,
    LEFT,
    NOT_LEFT,
    NOT_RIGHT,
    OTHER_ORDER,
    RIGHT,
    SAME,
    SAME_ORDER,
    TIE,
    TIES,
    Attentiveness,
    GuessRates,
    Likelihood,
    likelihood,
)
from ls_backend.measurement.judgments import GoldItem, Judgments


@dataclass(frozen=True)
class Checks:
    """All monitored answers in order of annotator and time, as columns (m,): the ``annotator``, the ``row`` of the judgment, how
    far it ``agreed`` in [0, 1], whether it is a ``retest`` (else gold), and the columns of evidence
    (:func:`ls_backend.measurement.attentiveness.likelihood`) that agreement and disagreement go to. A retest lies where its later showing
    does. ``guess_rates`` is what is known of everybody's guesses."""

    annotator: Ints
    row: Ints
    agreed: Floats
    retest: Bools
    hit: Ints
    miss: Ints
    guess_rates: GuessRates


def find_checks(judgments: Judgments, gold: Mapping[str, GoldItem], *, min_lag: int = 0) -> Checks:
    """Find them."""
    pairs, known = retest.retests(judgments, min_lag=min_lag), gold_items.answers(judgments, gold)
    row = np.concatenate([pairs.again, known.row])
    order = np.argsort(row, kind="stable")
    row = row[order]
    hit, miss = (np.concatenate(two)[order] for two in zip(_of_retests(judgments, pairs), _of_gold(known), strict=True))
    return Checks(
        annotator=judgments.annotator[row],
        row=row,
        agreed=np.concatenate([pairs.agreement, known.agreement])[order],
        retest=order < pairs.again.size,
        hit=hit,
        miss=miss,
        guess_rates=_guess_rates(judgments, gold, known),
    )


def _of_retests(judgments: Judgments, pairs: retest.Retests) -> tuple[Ints, Ints]:
    if judgments.answers:  # no sides
        return np.full(pairs.again.size, SAME_ORDER), np.full(pairs.again.size, OTHER_ORDER)
    left_first, left_again = (
        np.sign(judgments.preference[rows]) * np.where(judgments.mirrored[rows], -1, 1)
        for rows in (pairs.first, pairs.again)
    )
    tied = (left_first == 0) | (left_again == 0)
    hit = np.where(tied, TIES, np.where(pairs.swapped, SAME, SAME_ORDER))
    moved = np.where(pairs.swapped, np.where(left_again > 0, LEFT, RIGHT), OTHER_ORDER)
    return hit, np.where(tied, TIE, moved)


def _of_gold(known: gold_items.GoldAnswers) -> tuple[Ints, Ints]:
    return np.where(known.on_left, GOLD_LEFT, GOLD_RIGHT), np.where(known.on_left, NOT_LEFT, NOT_RIGHT)


def _guess_rates(judgments: Judgments, gold: Mapping[str, GoldItem], known: gold_items.GoldAnswers) -> GuessRates:
    people = len(judgments.annotators)
    if not judgments.answers:
        ties = judgments.tally[:, judgments.values == 0].sum(axis=(1, 2))
        return GuessRates(ties=ties / np.maximum(judgments.counts, 1))
    who, count = judgments.annotator[known.row], judgments.counts[judgments.annotator[known.row]]
    total, n = np.zeros(people), np.zeros(people)
    for step in range(1, retest.BESIDE + 1):  # answers to other items, beside the known answer of this one
        other = judgments.starts[who] + (known.row - judgments.starts[who] + step) % count
        kept = judgments.item[other] != judgments.item[known.row]
        near = gold_items.similarity_to_gold(judgments, gold, other[kept], known.row[kept])
        total += np.bincount(who[kept], near, minlength=people)
        n += np.bincount(who[kept], minlength=people)
    return GuessRates(same=retest.chance_agreement(judgments), right=total / np.maximum(n, 1))


@dataclass(frozen=True)
class Evidence:
    """Sums per annotator (A,): ``judgments``; ``retests`` and how many of them were the ``same``; gold items ``shown`` and how many
    were ``right``; and the ``counts`` (A, 11) that :func:`ls_backend.measurement.attentiveness.likelihood` takes, old ones weighing less
    where they are forgotten."""

    judgments: Ints
    retests: Ints
    same: Floats
    shown: Ints
    right: Floats
    counts: Floats
    guess_rates: GuessRates

    @property
    def monitored(self) -> Ints:
        return self.retests + self.shown

    @property
    def agreed(self) -> Floats:
        """Monitored answers that agreed, with oneself or with gold, (A,)."""
        return self.same + self.right

    def likelihood(self, *, q: float | None = None, best: bool = False) -> Likelihood:
        return replace(likelihood(self.counts, self.guess_rates, q=q, best=best), n=self.monitored)

    def attentiveness(
        self, *, q: float | None = None, pooled: bool = False, level: float = 0.9, like: Attentiveness | None = None
    ) -> Attentiveness:
        """The posterior; what-if evidence is judged ``like`` that of a project: by its prior, its q and its anchor."""
        seen = self.likelihood(q=q if like is None else like.q)
        return seen.attentiveness(pooled=pooled, level=level, like=like)


def gather_evidence(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    part: Bools | None = None,
    checks: Checks | None = None,
    half_life: float | None = None,
) -> Evidence:
    """Over all judgments, or a part of them: a mask (n,). ``checks`` are all checks, where they are at hand; with a ``half_life``
    in own judgments, evidence weighs half as much when so many have followed it."""
    checks = checks or find_checks(judgments, gold, min_lag=min_lag)
    weight = None
    if half_life is not None:
        end = judgments.starts + judgments.counts - 1
        weight = 0.5 ** ((end[checks.annotator] - checks.row) / half_life)
    if part is None:
        return sum_checks(checks, judgments.counts, None, weight)
    done = np.bincount(judgments.annotator[part], minlength=len(judgments.annotators))
    return sum_checks(checks, done, part[checks.row], weight)


def sum_checks(checks: Checks, judged: Ints, kept: Bools | None = None, weight: Floats | None = None) -> Evidence:
    """Sums of checks, or of those ``kept`` (m,), by annotator; ``judged`` (A,) is how many judgments they come from."""
    people = judged.size
    every = np.ones(checks.row.size) if weight is None else weight
    told = every if kept is None else every * kept
    hit, miss = checks.annotator * COLUMNS + checks.hit, checks.annotator * COLUMNS + checks.miss
    size = people * COLUMNS
    counts = np.bincount(hit, told * checks.agreed, size) + np.bincount(miss, told * (1 - checks.agreed), size)
    kind = checks.annotator * 2 + checks.retest
    there = np.ones(checks.row.size) if kept is None else kept.astype(np.float64)
    n, hits = (np.bincount(kind, w, 2 * people).reshape(people, 2) for w in (there, there * checks.agreed))
    return Evidence(
        judgments=judged.astype(np.int64),
        retests=n[:, 1].astype(np.int64),
        same=np.asarray(hits[:, 1], dtype=np.float64),
        shown=n[:, 0].astype(np.int64),
        right=np.asarray(hits[:, 0], dtype=np.float64),
        counts=np.asarray(counts.reshape(people, COLUMNS), dtype=np.float64),
        guess_rates=checks.guess_rates,
    )


def measured(evidence: Evidence, model: Attentiveness) -> list[Measured]:
    """What a contract may look at, one entry per annotator."""
    columns = (
        evidence.judgments,
        evidence.monitored,
        evidence.same,
        evidence.retests,
        evidence.right,
        evidence.shown,
        model.mean,
    )
    return [
        Measured(
            judgments=judged,
            monitored=monitored,
            self_consistency=same / retests if retests else None,
            gold=right / shown if shown else None,
            attentiveness=eta if monitored else None,
        )
        for judged, monitored, same, retests, right, shown, eta in zip(*(c.tolist() for c in columns), strict=True)
    ]


def halves(judgments: Judgments, part: Bools) -> tuple[Bools, Bools]:
    """Each annotator's earlier and later half of a part, as masks (n,); the middle one of an odd number is in the later."""
    people = len(judgments.annotators)
    before: Ints = np.cumsum(part) - part
    rank = before - before[judgments.starts][judgments.annotator]  # every annotator has a row
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
    checks: Checks,
    q: float | None,
) -> list[float | None]:
    """How far each annotator's score lies above their own best before, at least: in the part as a whole and in both of its
    halves. None where there is no best before, or a half without checks."""
    scores = []
    for mask in (part, *halves(judgments, part)):
        seen = gather_evidence(judgments, gold, part=mask, checks=checks)
        scores.append([getattr(m, measure) for m in measured(seen, seen.attentiveness(q=q))])
    return [
        None if name not in best or None in three else min(three) - best[name]
        for name, three in zip(judgments.annotators, zip(*scores, strict=True), strict=True)
    ]
