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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import scipy

from ls_backend.analysis.agreement import rows_of_pairs
from ls_backend.analysis.close_pairs import care_on_close_pairs
from ls_backend.arrays import Bools, Floats
from ls_backend.measurement import retests as retest
from ls_backend.measurement.decidedness import PairGroups
from ls_backend.measurement.judgments import Judgments, parts

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


def find_flags(
    judgments: Judgments,
    *,
    lengths: Floats | None = None,
    pair_groups: PairGroups | None = None,
    false_discovery_rate: float = 0.05,
) -> list[Flag]:
    """All flags at a false discovery rate, the least likely first. ``lengths`` are the items' sizes, such as words, (I,);
    ``pair_groups`` says which judgments are on close pairs, where something tells."""
    paces = _paces(judgments, lengths)
    suspicions = [
        *fast(paces),
        *uneven(paces),
        *streaks(judgments),
        *one_side(judgments),
        *distribution(judgments),
        *copies(judgments),
        *memory(judgments),
        *easy_only(judgments, pair_groups),
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


def easy_only(judgments: Judgments, pair_groups: PairGroups | None) -> Iterator[Suspicion]:
    """Whoever considers the pairs that are easy, and guesses the others."""
    if pair_groups is None or not pair_groups.is_close.any():
        return
    care = care_on_close_pairs(judgments, pair_groups)
    for a in np.flatnonzero(~np.isnan(care.p)).tolist():
        evidence = (
            f"on close pairs {care.close[a]:+.0%} agreement beyond chance, on others {care.others[a]:+.0%}; by everybody's ratio "
            f"{care.expected[a]:+.0%} was to be expected"
        )
        yield Suspicion(judgments.annotators[a], FlagName.EASY_ONLY, float(care.p[a]), evidence)


def _paces(judgments: Judgments, lengths: Floats | None) -> dict[str, Floats]:
    """The known lead times by what there is to read, by annotator, of those who have enough."""
    size = np.ones(len(judgments.items)) if lengths is None else np.maximum(lengths, 1.0)
    pace = judgments.lead_time / size[judgments.item] ** 0.5  # reading time grows slower than text
    known = (pace > 0) & np.isfinite(pace)
    rows = parts(judgments.annotator, len(judgments.annotators))
    paces = {name: pace[r][known[r]] for name, r in zip(judgments.annotators, rows, strict=True)}
    return {name: own for name, own in paces.items() if own.size >= ANSWERS_NEEDED}


def fast(paces: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """``paces`` are known lead times by what there is to read, by annotator."""
    logs = [np.log(pace) for pace in paces.values()]
    usual = np.array([np.median(log) for log in logs])
    spread = np.array([scipy.stats.median_abs_deviation(log, scale="normal") for log in logs])
    n = np.array([log.size for log in logs])
    z = _deviations(-usual, np.pi / 2 * np.maximum(spread, LEAST_SPREAD) ** 2 / np.maximum(n, 1))
    share_of_usual = np.exp(usual - _median(usual))
    for name, p, share in zip(paces, scipy.stats.norm.sf(z).tolist(), share_of_usual.tolist(), strict=True):
        yield Suspicion(name, FlagName.FAST, p, f"half of the answers in less than {share:.0%} of the usual time")


def uneven(paces: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """``paces`` as in :func:`fast`."""
    quick = np.array([(pace < QUICK * np.median(pace)).sum() for pace in paces.values()])
    n = np.array([pace.size for pace in paces.values()])
    z = _deviations(np.arcsin(np.sqrt((quick + 3 / 8) / (n + 3 / 4))), 1 / (4 * n + 2))
    usual = _median(quick / np.maximum(n, 1))
    for name, p, k, m in zip(paces, scipy.stats.norm.sf(z).tolist(), quick.tolist(), n.tolist(), strict=True):
        evidence = f"{k} of {m} answers in less than a third of their own usual time; {usual:.0%} are usual"
        yield Suspicion(name, FlagName.UNEVEN, p, evidence)


def _deviations(values: Floats, chance_variance: Floats) -> Floats:
    """How far each value lies above the median one, (A,), in standard deviations. The variance is that of chance, and that by
    which people differ."""
    distance = values - _median(values)
    people_variance = max(_median(distance**2 / MEDIAN_OF_SQUARE - chance_variance), 0.0)
    return np.asarray(distance / np.sqrt(chance_variance + people_variance))


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else np.nan


# --- sides and answers --------------------------------------------------------------------------------------------------


def streaks(judgments: Judgments) -> Iterator[Suspicion]:
    for name, rows in zip(judgments.annotators, parts(judgments.annotator, len(judgments.annotators)), strict=True):
        sides = judgments.picked_left[rows]
        sides = sides[sides != 0]
        if sides.size < ANSWERS_NEEDED:
            continue
        changes = np.flatnonzero(np.diff(sides)) + 1
        longest = int(np.diff(np.concatenate([[0], changes, [sides.size]])).max())
        p = min(1.0, (sides.size - longest + 2) * 0.5**longest)
        yield Suspicion(name, FlagName.STREAK, p, f"{longest} answers in a row on one side, {sides.size} in all")


def one_side(judgments: Judgments) -> Iterator[Suspicion]:
    for name, left, n in zip(judgments.annotators, *judgments.side_counts.tolist(), strict=True):
        if n >= ANSWERS_NEEDED:
            p = min(1.0, 2 * float(scipy.stats.binom.sf(max(left, n - left) - 1, n, 0.5)))
            yield Suspicion(name, FlagName.ONE_SIDE, p, f"{left} of {n} answers for the left side")


def distribution(judgments: Judgments) -> Iterator[Suspicion]:
    counts = judgments.tally.sum(axis=2)
    everybody = counts.sum(axis=0)
    degrees = int((everybody > 0).sum()) - 1
    if degrees < 2:
        return
    names, sizes, statistics, evidence = [], [], [], []
    for name, own in zip(judgments.annotators, counts, strict=True):
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
        evidence.append(
            f"answers {judgments.values[most]:+d} {own[most]} times, others would {expected[most]:.0f} times"
        )
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


def _agreement_in_time(judgments: Judgments) -> _AgreementInTime:
    people = len(judgments.annotators)
    one, other = rows_of_pairs(judgments)
    same = (retest.agreement_of(judgments, one, other) == 1).astype(np.float64)
    later = np.where(judgments.at[one] >= judgments.at[other], one, other)
    earlier = np.where(later == one, other, one)
    cell = judgments.annotator[later] * people + judgments.annotator[earlier]
    n, agreed = (
        np.bincount(cell, weights, minlength=people**2).reshape(people, people).astype(np.float64)
        for weights in (None, same)
    )
    pairs = retest.find_retests(judgments)
    repeated = np.bincount(pairs.annotator, pairs.agreement == 1, minlength=people).astype(np.float64)
    return _AgreementInTime(n, agreed, np.bincount(pairs.annotator, minlength=people).astype(np.float64), repeated)


def copies(judgments: Judgments) -> Iterator[Suspicion]:
    if len(judgments.annotators) < 3:
        return
    known = _agreement_in_time(judgments)
    for a, name in enumerate(judgments.annotators):
        tests = [*_copies_of_one(known, a, judgments.annotators), *_copies_of_all(known, a)]
        if tests:
            p, evidence = min(tests)
            yield Suspicion(name, FlagName.COPIES, min(1.0, p * len(tests)), evidence)


def _copies_of_one(known: _AgreementInTime, a: int, names: tuple[str, ...]) -> Iterator[tuple[float, str]]:
    """p value and evidence that annotator a copies, for each annotator who answered most of the common items before."""
    (n, agreed), (n_with_all, agreed_with_all) = known.both, known.with_all
    for b in np.flatnonzero((known.n[a] >= COMMON_ITEMS_NEEDED) & (known.n[a] >= 0.5 * n[a])).tolist():
        hits, items = known.agreed[a, b], known.n[a, b]
        usual = max((agreed_with_all[c] - agreed[a, b] + 1) / (n_with_all[c] - n[a, b] + 2) for c in (a, b))
        # two honest people, of whatever taste, agree no more than they do with themselves on average: 2 xy <= x^2 + y^2
        repeated = known.retests_agreed[a] + known.retests_agreed[b]
        changed = known.retests[a] + known.retests[b] - repeated
        by_taste = float(scipy.stats.betabinom.sf(hits - 1, items, repeated + 0.5, changed + 0.5))
        by_usual = float(scipy.stats.binom.sf(hits - 1, items, usual))
        yield (
            max(by_usual, by_taste),
            f"the same as {names[b]} before on {hits:.0f} of {items:.0f} items; with others {usual:.0%}",
        )


def _copies_of_all(known: _AgreementInTime, a: int) -> Iterator[tuple[float, str]]:
    """p value and evidence that annotator a agrees more with earlier answers than with later ones."""
    earlier, earlier_agreed = known.n[a].sum(), known.agreed[a].sum()
    later, later_agreed = known.n[:, a].sum(), known.agreed[:, a].sum()
    if min(earlier, later) < ANSWERS_NEEDED:
        return
    table = [[earlier_agreed, earlier - earlier_agreed], [later_agreed, later - later_agreed]]
    yield (
        float(scipy.stats.fisher_exact(table, alternative="greater").pvalue),
        f"agrees with {earlier_agreed / earlier:.0%} of earlier answers and {later_agreed / later:.0%} of later ones",
    )


# --- memory -------------------------------------------------------------------------------------------------------------


def memory(judgments: Judgments) -> Iterator[Suspicion]:
    pairs = retest.find_retests(judgments)
    for name, rows in zip(judgments.annotators, parts(pairs.annotator, len(judgments.annotators)), strict=True):
        log_lag, agreement = np.log1p(pairs.lag[rows]), pairs.agreement[rows]
        if agreement.size < ANSWERS_NEEDED or np.ptp(agreement) == 0 or np.ptp(log_lag) == 0:
            continue
        slope = scipy.stats.linregress(log_lag, agreement, alternative="less")
        is_short: Bools = log_lag < np.median(log_lag)
        if not is_short.any():
            is_short = log_lag == log_lag.min()
        short, long = agreement[is_short].mean(), agreement[~is_short].mean()
        evidence = f"{short:.0%} the same at short lags, {long:.0%} at long ones"
        yield Suspicion(name, FlagName.MEMORY, float(slope.pvalue), evidence)
