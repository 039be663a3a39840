"""What looks odd in an annotator's work: flags with their evidence. A flag asks for a look; it moves no pay.

Every test gives a p value for each annotator who has enough answers for it. :func:`find_flags` keeps those that the procedure
of Benjamini and Hochberg (1995) lets through at a false discovery rate, over all annotators and tests together.

- ``fast``: the median of the annotator's lead times, each divided by a power of the item's length, beside everybody's (on a
  log scale).
- ``uneven``: the share of answers in less than a third of their own usual time, beside everybody's (on the arcsine scale).
  It finds annotators who consider some answers and click through others.
- ``streak``: the longest run of one side, k of n answers. Sides are random, so its chance is at most (n - k + 2) / 2^k.
- ``one side``: the share of left answers against one half (binomial), for the same reason.
- ``distribution``: answers (with strength) against everybody else's, chi-squared.
- ``copies``: agreement with one annotator who answered before, beyond what either has with the others (binomial) and with
  themself on retests (beta-binomial; two like tastes explain no more). Or agreement with all who answered before, beyond that
  with those who answered after (Fisher's exact test; honest annotators agree as often with both).
- ``memory``: agreement on retests falls with the lag (one-sided test of the slope of agreement over log lag). Repeats are
  remembered and not judged again; raise the minimum lag.
- ``easy only``: agreement beyond chance, with others and with themself, on close pairs against that on the others, beside the same
  ratio of everybody (:mod:`ls_backend.analysis.close_pairs`). Only where something tells which pairs are close.

Honest people differ in pace and in how they use a scale by more than chance. So ``fast``, ``uneven`` and ``distribution`` look
at how far an annotator lies from the median annotator. How much people differ is estimated from the half of them that deviates
least beyond chance, so up to half may be odd (a robust variance; for chi-squared the genomic control of Devlin and Roeder
1999). With few annotators that estimate is poor, and these three flags are false somewhat more often than the rate says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self, TypeGuard

import numpy as np
import scipy

from ls_backend.analysis.additive import CellSums
from ls_backend.analysis.close_pairs import GroupAgreement, agreement_with_others, care_on_close_pairs
from ls_backend.analysis.drift import least_squares
from ls_backend.analysis.first_answers import FirstAnswers, PairColumn, PairCounts
from ls_backend.arrays import Bools, Floats, Ints
from ls_backend.measurement.decidedness import DecidednessSource, PairGroups
from ls_backend.measurement.judgments import Judgments, parts
from ls_backend.measurement.retests import Retests, find_retests

ANSWERS_NEEDED = 20
COMMON_ITEMS_NEEDED = 10  # that the other annotator answered before, to test for copies of one annotator
QUICK = 1 / 3  # of an annotator's usual time
LEAST_SPREAD = 0.1  # of log lead times
MEDIAN_OF_SQUARE = 0.4549  # of a standard normal variable


class FlagName(StrEnum):
    FAST = "fast"
    UNEVEN = "uneven"
    STREAK = "streak"
    ONE_SIDE = "one side"
    DISTRIBUTION = "distribution"
    COPIES = "copies"
    MEMORY = "memory"
    EASY_ONLY = "easy only"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What one test says of one annotator: ``p`` is the chance that an honest annotator shows such evidence."""

    annotator: str
    flag: FlagName
    p: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A suspicion that is kept. ``q`` is its p after control over annotators and tests: the share of false flags among those
    with such a q or less."""

    annotator: str
    flag: FlagName
    p: float
    q: float
    evidence: str


@dataclass(frozen=True)
class Pace:
    """Of annotators, (A,): how many ``known`` lead times they have, each divided by a power of what there is to read; the median of their
    logarithms (``usual``) and its ``spread``, and how many are ``quick``; NaN and 0 where too few are known."""

    known: Ints
    usual: Floats
    spread: Floats
    quick: Ints

    @classmethod
    def of(cls, judgments: Judgments, lengths: Floats | None) -> Self:
        """``lengths`` are the items' sizes, such as words, (I,)."""
        size = np.ones(len(judgments.items)) if lengths is None else np.maximum(lengths, 1.0)
        pace = judgments.lead_time / size[judgments.item] ** 0.5  # reading time grows slower than text
        known = (pace > 0) & np.isfinite(pace)
        people = len(judgments.annotators)
        count = np.bincount(judgments.annotator[known], minlength=people)
        usual, spread, quick = np.full(people, np.nan), np.full(people, np.nan), np.zeros(people, dtype=np.int64)
        for a, rows in enumerate(parts(judgments.annotator, people)):
            if count[a] >= ANSWERS_NEEDED:
                own = pace[rows][known[rows]]
                log = np.log(own)
                usual[a], spread[a] = np.median(log), scipy.stats.median_abs_deviation(log, scale="normal")
                quick[a] = (own < QUICK * np.median(own)).sum()
        return cls(count, usual, spread, quick)


@dataclass(frozen=True)
class Memory:
    """Of annotators, (A,): ``p`` that agreement on retests does not fall with the lag, NaN where nothing tells; and the agreement at
    ``short`` lags and at ``long`` ones."""

    p: Floats
    short: Floats
    long: Floats

    @classmethod
    def of(cls, judgments: Judgments, retests: Retests) -> Self:
        people = len(judgments.annotators)
        p, short, long = (np.full(people, np.nan) for _ in range(3))
        for a, rows in enumerate(parts(retests.annotator, people)):
            log_lag, agreement = np.log1p(retests.lag[rows]), retests.agreement[rows]
            if agreement.size < ANSWERS_NEEDED or np.ptp(agreement) == 0 or np.ptp(log_lag) == 0:
                continue
            slope, error = least_squares(log_lag, agreement)
            p[a] = scipy.special.stdtr(agreement.size - 2, slope / error) if error else float(slope > 0)
            is_short: Bools = log_lag < np.median(log_lag)
            if not is_short.any():
                is_short = log_lag == log_lag.min()
            short[a], long[a] = agreement[is_short].mean(), agreement[~is_short].mean()
        return cls(p, short, long)


@dataclass(frozen=True)
class Habits:
    """What of each annotator's own judgments flags follow from, (A,) each: their ``pace``; the longest run of one side (``streak``); answers
    on the ``left`` side and on either (``sided``); how often they gave each answer from the ``least`` on (``answers``, (A, V)); ``retests``
    and how many of them agreed; ``memory``; and agreement with themself on close pairs and others, where something tells which are close."""

    annotators: tuple[str, ...]
    pace: Pace
    streak: Ints
    left: Ints
    sided: Ints
    least: int
    answers: Ints
    retests: Ints
    retests_agreed: Ints
    memory: Memory
    with_self: GroupAgreement | None

    @classmethod
    def of(cls, judgments: Judgments, *, lengths: Floats | None = None, pair_groups: PairGroups | None = None) -> Self:
        """``lengths`` are the items' sizes, such as words, (I,); ``pair_groups`` says which judgments are on close pairs, where something
        tells."""
        retests, people = find_retests(judgments), len(judgments.annotators)
        left, sided = judgments.side_counts
        return cls(
            annotators=judgments.annotators,
            pace=Pace.of(judgments, lengths),
            streak=_longest_runs(judgments),
            left=left,
            sided=sided,
            least=int(judgments.values[0]),
            answers=judgments.tally.sum(axis=2),
            retests=np.bincount(retests.annotator, minlength=people),
            retests_agreed=np.bincount(retests.annotator[retests.agreement == 1], minlength=people),
            memory=Memory.of(judgments, retests),
            with_self=GroupAgreement.with_self(judgments, retests, pair_groups) if _tells(pair_groups) else None,
        )


@dataclass(frozen=True)
class Meetings:
    """What of the items that several annotators answered flags follow from: the counts of each two annotators (``pairs``), and
    :func:`agreement_with_others`, where something tells which pairs are close."""

    pairs: PairCounts
    with_others: CellSums | None

    @classmethod
    def of(cls, first: FirstAnswers, pair_groups: PairGroups | None) -> Self:
        return cls(PairCounts.of(first), agreement_with_others(first, pair_groups) if _tells(pair_groups) else None)

    def __add__(self, other: "Meetings") -> "Meetings":
        with_others = None
        if self.with_others is not None and other.with_others is not None:
            with_others = self.with_others + other.with_others
        return Meetings(self.pairs + other.pairs, with_others)


def find_flags(habits: Habits, meetings: Meetings, *, false_discovery_rate: float = 0.05) -> list[Flag]:
    """All flags at a false discovery rate, the least likely first."""
    suspicions = [
        *fast(habits),
        *uneven(habits),
        *streaks(habits),
        *one_side(habits),
        *distribution(habits),
        *copies(habits, meetings.pairs),
        *memory(habits),
        *easy_only(habits, meetings),
    ]
    if not suspicions:
        return []
    adjusted = scipy.stats.false_discovery_control([s.p for s in suspicions])
    flags = [
        Flag(s.annotator, s.flag, s.p, float(q), s.evidence)
        for s, q in zip(suspicions, adjusted, strict=True)
        if q <= false_discovery_rate
    ]
    return sorted(flags, key=lambda f: (f.p, f.annotator, f.flag))


# --- pace ---------------------------------------------------------------------------------------------------------------


def fast(habits: Habits) -> Iterator[Suspicion]:
    enough = np.flatnonzero(habits.pace.known >= ANSWERS_NEEDED)
    usual, spread, n = habits.pace.usual[enough], habits.pace.spread[enough], habits.pace.known[enough]
    z = _deviations(-usual, np.pi / 2 * np.maximum(spread, LEAST_SPREAD) ** 2 / np.maximum(n, 1))
    share_of_usual = np.exp(usual - _median(usual))
    for a, p, share in zip(enough.tolist(), scipy.stats.norm.sf(z).tolist(), share_of_usual.tolist(), strict=True):
        evidence = f"half of the answers in less than {share:.0%} of the usual time"
        yield Suspicion(habits.annotators[a], FlagName.FAST, p, evidence)


def uneven(habits: Habits) -> Iterator[Suspicion]:
    enough = np.flatnonzero(habits.pace.known >= ANSWERS_NEEDED)
    quick, n = habits.pace.quick[enough], habits.pace.known[enough]
    z = _deviations(np.arcsin(np.sqrt((quick + 3 / 8) / (n + 3 / 4))), 1 / (4 * n + 2))
    usual = _median(quick / np.maximum(n, 1))
    for a, p, k, m in zip(enough.tolist(), scipy.stats.norm.sf(z).tolist(), quick.tolist(), n.tolist(), strict=True):
        evidence = f"{k} of {m} answers in less than a third of their own usual time; {usual:.0%} are usual"
        yield Suspicion(habits.annotators[a], FlagName.UNEVEN, p, evidence)


def _deviations(values: Floats, chance_variance: Floats) -> Floats:
    """How far each value lies above the median one, (A,), in standard deviations. The variance is that of chance, and that by
    which people differ."""
    distance = values - _median(values)
    people_variance = max(_median(distance**2 / MEDIAN_OF_SQUARE - chance_variance), 0.0)
    return np.asarray(distance / np.sqrt(chance_variance + people_variance))


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else np.nan


# --- sides and answers --------------------------------------------------------------------------------------------------


def _longest_runs(judgments: Judgments) -> Ints:
    """The longest run of answers on one side, ties left out, by annotator, (A,)."""
    picked = np.flatnonzero(judgments.picked_left)
    annotator, side = judgments.annotator[picked], judgments.picked_left[picked]
    begins = np.ones(picked.size, dtype=np.bool_)
    begins[1:] = (annotator[1:] != annotator[:-1]) | (side[1:] != side[:-1])
    start = np.flatnonzero(begins)
    longest = np.zeros(len(judgments.annotators), dtype=np.int64)
    np.maximum.at(longest, annotator[start], np.diff(start, append=picked.size))
    return longest


def streaks(habits: Habits) -> Iterator[Suspicion]:
    for name, longest, n in zip(habits.annotators, habits.streak.tolist(), habits.sided.tolist(), strict=True):
        if n >= ANSWERS_NEEDED:
            p = min(1.0, (n - longest + 2) * 0.5**longest)
            yield Suspicion(name, FlagName.STREAK, p, f"{longest} answers in a row on one side, {n} in all")


def one_side(habits: Habits) -> Iterator[Suspicion]:
    for name, left, n in zip(habits.annotators, habits.left.tolist(), habits.sided.tolist(), strict=True):
        if n >= ANSWERS_NEEDED:
            p = min(1.0, 2 * float(scipy.stats.binom.sf(max(left, n - left) - 1, n, 0.5)))
            yield Suspicion(name, FlagName.ONE_SIDE, p, f"{left} of {n} answers for the left side")


def distribution(habits: Habits) -> Iterator[Suspicion]:
    counts = habits.answers
    everybody = counts.sum(axis=0)
    degrees = int((everybody > 0).sum()) - 1
    if degrees < 2:
        return
    names, sizes, statistics, evidence = [], [], [], []
    for name, own in zip(habits.annotators, counts, strict=True):
        others = everybody - own
        used = everybody > 0
        if own.sum() < ANSWERS_NEEDED or others.sum() < ANSWERS_NEEDED:
            continue
        expected = own.sum() * others / others.sum()
        if (expected[used] < 1).any():
            continue
        most = int(np.argmax(np.abs(own - expected)))
        names.append(name)
        sizes.append(int(own.sum()))
        statistics.append(float(scipy.stats.chi2_contingency(np.stack([own[used], others[used]])).statistic))
        evidence.append(f"answers {habits.least + most:+d} {own[most]} times, others would {expected[most]:.0f} times")
    if not names:
        return
    statistic, n = np.array(statistics), np.array(sizes)
    people_differ = max(_median((statistic / scipy.stats.chi2.median(degrees) - 1) / n), 0.0)
    p_values = scipy.stats.chi2.sf(statistic / (1 + n * people_differ), degrees).tolist()
    for name, p, text in zip(names, p_values, evidence, strict=True):
        yield Suspicion(name, FlagName.DISTRIBUTION, p, text)


# --- copies -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _AgreementInTime:
    """``n`` (A, A) is how many items annotator a (first) answered after annotator b (second), ``agreed`` (A, A) how many of
    these answers were the same. ``retests`` (A,) and ``retests_agreed`` (A,) are those of each annotator."""

    n: Floats
    agreed: Floats
    retests: Floats
    retests_agreed: Floats

    @cached_property
    def both(self) -> tuple[Floats, Floats]:
        """Items that both answered, whoever came first, and how many of these answers were the same; (A, A) each."""
        return self.n + self.n.T, self.agreed + self.agreed.T

    @cached_property
    def with_all(self) -> tuple[Floats, Floats]:
        """The same of each annotator with all others together, (A,) each."""
        n, agreed = self.both
        return n.sum(axis=1), agreed.sum(axis=1)


def copies(habits: Habits, pairs: PairCounts) -> Iterator[Suspicion]:
    if len(habits.annotators) < 3:
        return
    one, other = pairs.total(PairColumn.ONE_LATER_SAME), pairs.total(PairColumn.OTHER_LATER_SAME)
    differed = pairs.total(PairColumn.ONE_LATER_DIFFERED), pairs.total(PairColumn.OTHER_LATER_DIFFERED)
    known = _AgreementInTime(
        pairs.matrix(one + differed[0], other + differed[1]),
        pairs.matrix(one, other),
        habits.retests.astype(np.float64),
        habits.retests_agreed.astype(np.float64),
    )
    for a, name in enumerate(habits.annotators):
        before = np.flatnonzero((known.n[a] >= COMMON_ITEMS_NEEDED) & (known.n[a] >= 0.5 * known.both[0][a]))
        of_one = _likest_of_one(known, a, before, habits.annotators)
        tests = [test for test in (of_one, _copies_of_all(known, a)) if test is not None]
        if tests:
            p, evidence = min(tests)
            yield Suspicion(
                name, FlagName.COPIES, min(1.0, p * (before.size + len(tests) - (of_one is not None))), evidence
            )


def _likest_of_one(known: _AgreementInTime, a: int, before: Ints, names: tuple[str, ...]) -> tuple[float, str] | None:
    """The least p value, with its evidence, that annotator a copies one of those who answered most of the common items ``before`` (b,)."""
    (n, agreed), (n_with_all, agreed_with_all) = known.both, known.with_all
    hits, items = known.agreed[a, before], known.n[a, before]
    usual = np.maximum(
        *((agreed_with_all[c] - agreed[a, before] + 1) / (n_with_all[c] - n[a, before] + 2) for c in (a, before))
    )
    by_usual = scipy.stats.binom.sf(hits - 1, items, usual)
    least: tuple[float, str] | None = None
    for k in np.argsort(by_usual, kind="stable").tolist():  # a p value is no less, so the rest need no look
        if least is not None and by_usual[k] > least[0]:
            break
        # two honest people, of whatever taste, agree no more than they do with themselves on average: 2 xy <= x^2 + y^2
        b = before[k]
        repeated = known.retests_agreed[a] + known.retests_agreed[b]
        changed = known.retests[a] + known.retests[b] - repeated
        by_taste = float(scipy.stats.betabinom.sf(hits[k] - 1, items[k], repeated + 0.5, changed + 0.5))
        evidence = f"the same as {names[b]} before on {hits[k]:.0f} of {items[k]:.0f} items; with others {usual[k]:.0%}"
        test = (max(float(by_usual[k]), by_taste), evidence)
        least = test if least is None else min(least, test)
    return least


def _copies_of_all(known: _AgreementInTime, a: int) -> tuple[float, str] | None:
    """p value and evidence that annotator a agrees more with earlier answers than with later ones."""
    earlier, earlier_agreed = known.n[a].sum(), known.agreed[a].sum()
    later, later_agreed = known.n[:, a].sum(), known.agreed[:, a].sum()
    if min(earlier, later) < ANSWERS_NEEDED:
        return None
    table = [[earlier_agreed, earlier - earlier_agreed], [later_agreed, later - later_agreed]]
    return (
        float(scipy.stats.fisher_exact(table, alternative="greater").pvalue),
        f"agrees with {earlier_agreed / earlier:.0%} of earlier answers and {later_agreed / later:.0%} of later ones",
    )


# --- memory -------------------------------------------------------------------------------------------------------------


def memory(habits: Habits) -> Iterator[Suspicion]:
    known = habits.memory
    for a in np.flatnonzero(~np.isnan(known.p)).tolist():
        evidence = f"{known.short[a]:.0%} the same at short lags, {known.long[a]:.0%} at long ones"
        yield Suspicion(habits.annotators[a], FlagName.MEMORY, float(known.p[a]), evidence)


# --- close pairs --------------------------------------------------------------------------------------------------------


def _tells(pair_groups: PairGroups | None) -> TypeGuard[PairGroups]:
    """Whether something tells which pairs are close."""
    return pair_groups is not None and pair_groups.source is not DecidednessSource.NONE


def easy_only(habits: Habits, meetings: Meetings) -> Iterator[Suspicion]:
    """Whoever considers the pairs that are easy, and guesses the others."""
    if habits.with_self is None or meetings.with_others is None:
        return
    with_others = GroupAgreement.with_others(meetings.with_others, len(habits.annotators))
    care = care_on_close_pairs(with_others, habits.with_self)
    for a in np.flatnonzero(~np.isnan(care.p)).tolist():
        evidence = (
            f"on close pairs {care.close[a]:+.0%} agreement beyond chance, on others {care.others[a]:+.0%}; by everybody's ratio "
            f"{care.expected[a]:+.0%} was to be expected"
        )
        yield Suspicion(habits.annotators[a], FlagName.EASY_ONLY, float(care.p[a]), evidence)
