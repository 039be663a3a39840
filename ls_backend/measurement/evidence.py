"""What the judgments say of each annotator: the checks, what they add up to, and what a contract may look at in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.contracts.terms import Measure, Measured
from ls_backend.measurement.attentiveness import (
    DECIDED_RETEST_COLUMNS,
    ETA_EDGES,
    SAME_ORDER_COLUMNS,
    Attentiveness,
    EvidenceColumn,
    GroupedQ,
    GuessRates,
    Likelihood,
    Mixture,
    beta_cells,
    likelihood,
)
from ls_backend.measurement.decidedness import GroupRule, PairGroups, pair_groups
from ls_backend.measurement.estimate import INTERVAL_LEVEL
from ls_backend.measurement.gold import GoldAnswers, gold_answers, similarity_to_gold
from ls_backend.measurement.judgments import GoldItem, Judgments
from ls_backend.measurement.retests import COMPARED_ANSWERS, Retests, chance_agreement, find_retests

MILD = 0.3  # a bias to one side that takes nothing off: up to 65 of 100 answers on it
ONE_SIDED = 0.7  # one from which same-order retests tell nothing: 85 of 100
BEYOND_CHANCE = 3.0  # standard deviations


@dataclass(frozen=True)
class Checks:
    """All checks in order of annotator and time, as columns (m,): the ``annotator``, the ``row`` of the judgment, how far it
    ``agreed`` in [0, 1], whether it ``is_retest`` (else gold), whether its sides were ``swapped``, and the
    :class:`EvidenceColumn` that agreement and disagreement go to. A retest lies where its later showing does. ``guess_rates`` are
    those of all annotators, ``pair_groups`` the pairs that were taken for decided."""

    annotator: Ints
    row: Ints
    agreed: Floats
    is_retest: Bools
    swapped: Bools
    agreed_column: Ints
    disagreed_column: Ints
    guess_rates: GuessRates
    pair_groups: PairGroups

    @property
    def is_decided(self) -> Bools:
        """Which checks are retests of pairs that were taken for decided, (m,)."""
        return self.agreed_column >= DECIDED_RETEST_COLUMNS.start

    @property
    def owed_to_side(self) -> Floats:
        """The part of each check's agreement that is owed to taking one side, (m,); where it is 1, the check can't tell."""
        if self.guess_rates.side is None or not self.guess_rates.side.any():
            return np.zeros(self.row.size)
        same_order = np.isin(self.agreed_column, SAME_ORDER_COLUMNS)
        return np.where(same_order, self.guess_rates.side[self.annotator], 0.0)


def find_checks(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    allow_for_side: bool = True,
    group_pairs: bool = True,
    rule: GroupRule | None = None,
) -> Checks:
    """All retests with at least ``min_lag`` own judgments between the showings, and all first answers on gold items. Whoever takes
    one side agrees on same-order retests anyway; without ``allow_for_side`` that counts like any other agreement. Retests of pairs
    are taken for decided are counted apart, unless ``group_pairs`` is false, by the project's ``rule`` where these judgments are a
    part of it."""
    retests, on_gold = find_retests(judgments, min_lag=min_lag), gold_answers(judgments, gold)
    groups = pair_groups(judgments, gold, rule) if group_pairs else PairGroups.none(judgments)
    row = np.concatenate([retests.again, on_gold.row])
    order = np.argsort(row, kind="stable")
    row = row[order]
    columns = zip(_retest_columns(judgments, retests, groups), _gold_columns(on_gold), strict=True)
    agreed_column, disagreed_column = (np.concatenate(pair)[order] for pair in columns)
    return Checks(
        annotator=judgments.annotator[row],
        row=row,
        agreed=np.concatenate([retests.agreement, on_gold.agreement])[order],
        is_retest=order < retests.again.size,
        swapped=np.concatenate([retests.swapped, np.zeros(on_gold.row.size, dtype=np.bool_)])[order],
        agreed_column=agreed_column,
        disagreed_column=disagreed_column,
        guess_rates=_guess_rates(judgments, gold, on_gold, allow_for_side),
        pair_groups=groups,
    )


def _retest_columns(judgments: Judgments, retests: Retests, groups: PairGroups) -> tuple[Ints, Ints]:
    column = EvidenceColumn
    if judgments.answers:  # no sides
        size = retests.again.size
        return np.full(size, column.SAME_ORDER_AGREED), np.full(size, column.SAME_ORDER_DISAGREED)
    left_first, left_again = (
        np.sign(judgments.preference[rows]) * np.where(judgments.mirrored[rows], -1, 1)
        for rows in (retests.first, retests.again)
    )
    tied = (left_first == 0) | (left_again == 0)
    agreed = np.where(retests.swapped, column.SWAPPED_AGREED, column.SAME_ORDER_AGREED)
    same_side = np.where(left_again > 0, column.SWAPPED_BOTH_LEFT, column.SWAPPED_BOTH_RIGHT)
    disagreed = np.where(retests.swapped, same_side, column.SAME_ORDER_DISAGREED)
    offset = np.where(groups.is_decided[retests.first], DECIDED_RETEST_COLUMNS.start, 0)
    return np.where(tied, column.BOTH_TIES, agreed) + offset, np.where(tied, column.ONE_TIE, disagreed) + offset


def _gold_columns(on_gold: GoldAnswers) -> tuple[Ints, Ints]:
    column = EvidenceColumn
    return (
        np.where(on_gold.on_left, column.GOLD_LEFT_CHOSEN, column.GOLD_RIGHT_CHOSEN),
        np.where(on_gold.on_left, column.GOLD_LEFT_NOT_CHOSEN, column.GOLD_RIGHT_NOT_CHOSEN),
    )


def _guess_rates(
    judgments: Judgments, gold: Mapping[str, GoldItem], on_gold: GoldAnswers, allow_for_side: bool
) -> GuessRates:
    people = len(judgments.annotators)
    if not judgments.answers:
        ties = judgments.tally[:, judgments.values == 0].sum(axis=(1, 2))
        side = _owed_to_side(*judgments.side_counts) if allow_for_side else None
        return GuessRates(ties=ties / np.maximum(judgments.counts, 1), side=side)
    annotator = judgments.annotator[on_gold.row]
    start, count = judgments.starts[annotator], judgments.counts[annotator]
    total, n = np.zeros(people), np.zeros(people)
    for step in range(1, COMPARED_ANSWERS + 1):  # answers to other items, beside the known answer of this one
        other = start + (on_gold.row - start + step) % count
        differs = judgments.item[other] != judgments.item[on_gold.row]
        similarity = similarity_to_gold(judgments, gold, other[differs], on_gold.row[differs])
        total += np.bincount(annotator[differs], similarity, minlength=people)
        n += np.bincount(annotator[differs], minlength=people)
    return GuessRates(retest=chance_agreement(judgments), gold=total / np.maximum(n, 1))


def _owed_to_side(left: Ints, sided: Ints) -> Floats:
    """The part of the agreement on same-order retests that is owed to taking one side, (A,), by how many of an annotator's
    ``sided`` answers chose the ``left`` side: the square of the bias b. It is 0 where b is mild, for then lam allows for it, or
    may be chance (arcsine test), and 1 from :data:`ONE_SIDED` on."""
    bias = np.abs(np.where(sided > 0, 2 * left / np.maximum(sided, 1) - 1, 0.0))
    real = (bias >= MILD) & (np.arcsin(bias) * np.sqrt(sided) >= BEYOND_CHANCE)
    return np.where(real, np.where(bias >= ONE_SIDED, 1.0, bias**2), 0.0)


@dataclass(frozen=True)
class Evidence:
    """Sums per annotator (A,): ``judgments``; ``retests`` that can tell, and how many of them were the same
    (``retests_agreed``), both without what is owed to taking one side; answers on ``gold`` items and how many of them were right
    (``gold_right``); and the ``counts`` (A, columns) that :func:`likelihood` takes, in which older checks may weigh less.
    ``decided_share`` is the share of pairs that were taken for decided."""

    judgments: Ints
    retests: Ints
    retests_agreed: Floats
    gold: Ints
    gold_right: Floats
    counts: Floats
    guess_rates: GuessRates
    decided_share: float = 0.0

    @property
    def checks(self) -> Ints:
        """How many checks there are, (A,)."""
        return self.retests + self.gold

    @property
    def checks_agreed(self) -> Floats:
        """How many of them agreed, with the annotator's earlier answer or with gold, (A,)."""
        return self.retests_agreed + self.gold_right

    def likelihood(self, *, q: float | GroupedQ | None = None, best: bool = False) -> Likelihood:
        by_attentiveness = likelihood(self.counts, self.guess_rates, q=q, best=best, decided_share=self.decided_share)
        return replace(by_attentiveness, n=self.checks)

    def attentiveness(
        self,
        *,
        q: float | GroupedQ | None = None,
        pooled: bool = False,
        level: float = INTERVAL_LEVEL,
        reference: Attentiveness | None = None,
    ) -> Attentiveness:
        """The posterior; what-if evidence is judged by the prior, the q and the anchor of a ``reference``, the project's."""
        by_attentiveness = self.likelihood(q=q if reference is None else reference.grouped_q)
        return by_attentiveness.attentiveness(pooled=pooled, level=level, reference=reference)

    def posterior(self, mixture: Mixture, *, level: float = INTERVAL_LEVEL) -> Attentiveness:
        """The posterior by what a whole project says of q and of the prior."""
        by_attentiveness = replace(likelihood(self.counts, self.guess_rates, mixture=mixture), n=self.checks)
        return by_attentiveness.attentiveness(level=level, mixture=mixture)


def gather_evidence(
    judgments: Judgments,
    gold: Mapping[str, GoldItem],
    *,
    min_lag: int = 0,
    part: Bools | None = None,
    checks: Checks | None = None,
    half_life: float | None = None,
) -> Evidence:
    """Over all judgments, or a part of them, a mask (n,), which then tells who takes one side. ``checks`` are all checks, where
    they are at hand; with a ``half_life`` in own judgments, a check weighs half as much when so many have followed it."""
    checks = checks or find_checks(judgments, gold, min_lag=min_lag)
    weight = None
    if half_life is not None:
        last_row = judgments.starts + judgments.counts - 1
        weight = 0.5 ** ((last_row[checks.annotator] - checks.row) / half_life)
    if part is None:
        return sum_checks(checks, judgments.counts, weight=weight)
    judged = np.bincount(judgments.annotator[part], minlength=len(judgments.annotators))
    if checks.guess_rates.side is not None:
        side = _owed_to_side(*judgments.side_counts_of(part))
        checks = replace(checks, guess_rates=replace(checks.guess_rates, side=side))
    return sum_checks(checks, judged, counted=part[checks.row], weight=weight)


def sum_checks(checks: Checks, judged: Ints, *, counted: Bools | None = None, weight: Floats | None = None) -> Evidence:
    """Sums by annotator of all checks that can tell, or of those ``counted`` (m,); ``judged`` (A,) is how many judgments they come
    from. Only ``counts`` are weighted (m,)."""
    people, columns = judged.size, len(EvidenceColumn)
    owed = checks.owed_to_side
    if owed.any():
        counted = owed < 1 if counted is None else counted & (owed < 1)
    weighted = np.ones(checks.row.size) if weight is None else weight
    if counted is not None:
        weighted = weighted * counted
    agreed, disagreed = (checks.annotator * columns + c for c in (checks.agreed_column, checks.disagreed_column))
    size = people * columns
    counts = np.bincount(agreed, weighted * checks.agreed, size)
    counts = counts + np.bincount(disagreed, weighted * (1 - checks.agreed), size)
    kind = checks.annotator * 2 + checks.is_retest
    ones = np.ones(checks.row.size) if counted is None else counted.astype(np.float64)
    n, hits = (np.bincount(kind, w, 2 * people).reshape(people, 2) for w in (ones, ones * checks.agreed))
    retests, retests_agreed = n[:, 1], hits[:, 1]
    if owed.any():  # both lose what taking one side gives anyway
        by_side = np.bincount(checks.annotator, ones * owed, people)
        share = np.maximum(retests_agreed - by_side, 0) / np.maximum(retests - by_side, 1e-9)
        retests = np.rint(retests - by_side)
        retests_agreed = np.where(by_side > 0, share * retests, retests_agreed)
    return Evidence(
        judgments=judged.astype(np.int64),
        retests=retests.astype(np.int64),
        retests_agreed=np.asarray(retests_agreed, dtype=np.float64),
        gold=n[:, 0].astype(np.int64),
        gold_right=np.asarray(hits[:, 0], dtype=np.float64),
        counts=np.asarray(counts.reshape(people, columns), dtype=np.float64),
        guess_rates=checks.guess_rates,
        decided_share=checks.pair_groups.decided_share,
    )


def measured_by_annotator(evidence: Evidence, posterior: Attentiveness) -> list[Measured]:
    """What a contract may look at, one entry per annotator."""
    columns = (
        evidence.judgments,
        evidence.checks,
        evidence.retests_agreed,
        evidence.retests,
        evidence.gold_right,
        evidence.gold,
        posterior.mean,
    )
    return [
        Measured(
            judgments=judged,
            monitored=checks,
            self_consistency=agreed / retests if retests else None,
            gold=right / gold if gold else None,
            attentiveness=eta if checks else None,
        )
        for judged, checks, agreed, retests, right, gold, eta in zip(*(c.tolist() for c in columns), strict=True)
    ]


def score_posteriors(evidence: Evidence, posterior: Attentiveness, measure: Measure) -> Floats:
    """What a score may be in truth, (A, cells of :data:`ETA`); a share by a uniform prior."""
    if measure is Measure.ATTENTIVENESS:
        return posterior.posterior
    gold = measure is Measure.GOLD
    hits, n = (evidence.gold_right, evidence.gold) if gold else (evidence.retests_agreed, evidence.retests)
    weight = np.asarray(n[:, None] + 2.0, dtype=np.float64)
    cells = beta_cells((hits[:, None] + 1) / weight, weight, ETA_EDGES)
    return np.asarray(cells / cells.sum(axis=1, keepdims=True))


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
    whole: Sequence[Measured],
    best_before: Mapping[str, float],
    *,
    measure: Measure,
    checks: Checks,
    q: float | GroupedQ | None,
) -> list[float | None]:
    """How far each annotator's score lies above their own best before, at least: in the part as a ``whole``, as measured, and in
    both of its halves. None where there is no best before, or a half without checks."""
    spans = [whole]
    for half in halves(judgments, part):
        evidence = gather_evidence(judgments, gold, part=half, checks=checks)
        spans.append(measured_by_annotator(evidence, evidence.attentiveness(q=q)))
    scores = [[getattr(measured, measure) for measured in span] for span in spans]
    return [
        None if name not in best_before or None in three else min(three) - best_before[name]
        for name, three in zip(judgments.annotators, zip(*scores, strict=True), strict=True)
    ]
