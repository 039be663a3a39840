"""What looks odd in somebody's work, each flag with its evidence and chance. A flag asks for a look; it moves no pay.

Every test gives a p value for each annotator it can be made for; :func:`flags` keeps, over all annotators and tests together,
those that the procedure of Benjamini and Hochberg (1995) lets through at the false discovery rate ``rate``.

- ``fast``: the median of the own lead times, each by the item's length, beside everybody's (on a log scale).
- ``uneven``: the share of answers in less than a third of the own usual time, beside everybody's (on the arcsine scale): some
  answers are considered, others clicked through.
- ``streak``: the longest run of one side, k of n answers: sides are random, so its chance is at most (n - k + 2) / 2^k.
- ``one side``: the share of left answers against one half (binomial), for the same reason.
- ``distribution``: answers (with strength) against everybody else's, chi-squared.
- ``copies``: agreement with one annotator who answered before beyond what either has with the rest (binomial) and with themself
  on retests (beta-binomial: like tastes explain no more); or with all who answered before beyond that with those who answered
  after (Fisher's exact test: the honest agree as often with both).
- ``memory``: agreement on retests falls with the lag (one-sided test of the slope of agreement over log lag): repeats are
  remembered, not judged again; raise the minimum lag.

Honest people differ in pace and in how they use a scale by more than chance. So ``fast``, ``uneven`` and ``distribution`` look at
how far somebody lies from the median annotator, and what half of them deviate beyond their chance is taken for how much people
differ (a robust variance; for chi-squared the genomic control of Devlin and Roeder 1999): up to half of them may be odd. Where
few annotators tell how much people differ, these three are false somewhat more often than the rate says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import (
    betabinom,
    binom,
    chi2,
    chi2_contingency,
    false_discovery_control,
    fisher_exact,
    linregress,
    median_abs_deviation,
    norm,
)

from ls_backend.analysis.agreement import pair_rows
from ls_backend.arrays import Floats
from ls_backend.measurement import retests as retest
from ls_backend.measurement.judgments import Judgments, parts

FEW = 20
QUICK = 1 / 3
MEDIAN_OF_SQUARE = 0.4549  # of a standard normal variable


@dataclass(frozen=True, slots=True)
class Flag:
    """``p`` is the chance of such evidence from an honest annotator, ``q`` that after control over annotators and tests: the
    share of false flags among those with such a q or less."""

    annotator: str
    name: str
    p: float
    evidence: str
    q: float = 1.0


def flags(judgments: Judgments, *, lengths: Floats | None = None, rate: float = 0.05) -> list[Flag]:
    """All flags at a false discovery rate, the least likely first. ``lengths`` are the items' sizes, such as words, (I,)."""
    paces = _paces(judgments, lengths)
    found = [
        *fast(paces),
        *uneven(paces),
        *streaks(judgments),
        *one_side(judgments),
        *distribution(judgments),
        *copies(judgments),
        *memory(judgments),
    ]
    if not found:
        return []
    adjusted = false_discovery_control([f.p for f in found])
    kept = [
        Flag(f.annotator, f.name, f.p, f.evidence, float(q)) for f, q in zip(found, adjusted, strict=True) if q <= rate
    ]
    return sorted(kept, key=lambda f: (f.p, f.annotator, f.name))


def fast(paces: Mapping[str, Floats]) -> Iterable[Flag]:
    """``paces`` are known lead times by what there is to read, by annotator."""
    own = {name: np.log(pace) for name, pace in paces.items()}
    usual = np.array([np.median(o) for o in own.values()])
    spread = np.array([median_abs_deviation(o, scale="normal") for o in own.values()])
    many = np.array([o.size for o in own.values()])
    z = _apart(-usual, np.pi / 2 * np.maximum(spread, 0.1) ** 2 / np.maximum(many, 1))
    for name, chance, beside in zip(own, norm.sf(z).tolist(), np.exp(usual - _middle(usual)).tolist(), strict=True):
        yield Flag(name, "fast", chance, f"half of the answers in less than {beside:.0%} of the usual time")


def uneven(paces: Mapping[str, Floats]) -> Iterable[Flag]:
    """``paces`` as in :func:`fast`."""
    quick = np.array([(o < QUICK * np.median(o)).sum() for o in paces.values()])
    many = np.array([o.size for o in paces.values()])
    z = _apart(np.arcsin(np.sqrt((quick + 3 / 8) / (many + 3 / 4))), 1 / (4 * many + 2))
    usual = _middle(quick / np.maximum(many, 1))
    for name, chance, k, n in zip(paces, norm.sf(z).tolist(), quick.tolist(), many.tolist(), strict=True):
        said = f"{k} of {n} answers in less than a third of their own usual time; {usual:.0%} are usual"
        yield Flag(name, "uneven", chance, said)


def _paces(judgments: Judgments, lengths: Floats | None) -> dict[str, Floats]:
    """The known ones of who has enough, by annotator."""
    size = np.ones(len(judgments.items)) if lengths is None else np.maximum(lengths, 1.0)
    pace = judgments.lead_time / size[judgments.item] ** 0.5  # reading time grows slower than text
    known = (pace > 0) & np.isfinite(pace)
    rows = parts(judgments.annotator, len(judgments.annotators))
    own = {name: pace[r][known[r]] for name, r in zip(judgments.annotators, rows, strict=True)}
    return {name: o for name, o in own.items() if o.size >= FEW}


def _middle(values: Floats) -> float:
    return float(np.median(values)) if values.size else np.nan


def _apart(values: Floats, chance: Floats) -> Floats:
    """How far each lies above the median one, (A,), in standard deviations of chance, whose variances are given, and of how
    people differ."""
    off = values - _middle(values)
    differ = max(_middle(off**2 / MEDIAN_OF_SQUARE - chance), 0.0)
    return np.asarray(off / np.sqrt(chance + differ))


def streaks(judgments: Judgments) -> Iterable[Flag]:
    sides = judgments.picked_left
    for name, rows in zip(judgments.annotators, parts(judgments.annotator, len(judgments.annotators)), strict=True):
        own = sides[rows]
        own = own[own != 0]
        if own.size < FEW:
            continue
        change = np.flatnonzero(np.diff(own)) + 1
        run = int(np.diff(np.concatenate([[0], change, [own.size]])).max())
        yield Flag(
            name,
            "streak",
            min(1.0, (own.size - run + 2) * 0.5**run),
            f"{run} answers in a row on one side, {own.size} in all",
        )


def one_side(judgments: Judgments) -> Iterable[Flag]:
    for name, left, n in zip(judgments.annotators, *judgments.side_counts.tolist(), strict=True):
        if n >= FEW:
            chance = min(1.0, 2 * float(binom.sf(max(left, n - left) - 1, n, 0.5)))
            yield Flag(name, "one side", chance, f"{left} of {n} answers for the left side")


def distribution(judgments: Judgments) -> Iterable[Flag]:
    values, table = judgments.values, judgments.tally.sum(axis=2)
    names, many, off, said = [], [], [], []
    degrees = int((table.sum(axis=0) > 0).sum()) - 1
    for a, name in enumerate(judgments.annotators):
        own, others = table[a], table.sum(axis=0) - table[a]
        seen = (own + others) > 0
        if own.sum() < FEW or others.sum() < FEW or degrees < 2:
            continue
        expected = own.sum() * others / others.sum()
        if (expected[seen] < 1).any():
            continue
        top = int(np.argmax(np.abs(own - expected)))
        names.append(name)
        many.append(int(own.sum()))
        off.append(float(chi2_contingency(np.stack([own[seen], others[seen]])).statistic))
        said.append(f"answers {values[top]:+d} {own[top]} times, others would {expected[top]:.0f} times")
    statistic, n = np.array(off), np.array(many)
    differ = max(_middle((statistic / chi2.median(degrees) - 1) / n), 0.0) if names else 0.0
    for name, chance, why in zip(names, chi2.sf(statistic / (1 + n * differ), degrees).tolist(), said, strict=True):
        yield Flag(name, "distribution", chance, why)


def copies(judgments: Judgments) -> Iterable[Flag]:
    people = len(judgments.annotators)
    one, other = pair_rows(judgments)
    if not one.size or people < 3:
        return
    same = (retest.agreement_of(judgments, one, other) == 1).astype(np.float64)
    later = np.where(judgments.at[one] >= judgments.at[other], one, other)
    earlier = np.where(later == one, other, one)
    n, agreed = np.zeros((people, people)), np.zeros((people, people))
    at = (judgments.annotator[later], judgments.annotator[earlier])  # (who came later, after whom)
    np.add.at(n, at, 1.0)
    np.add.at(agreed, at, same)
    both, agree_both = n + n.T, agreed + agreed.T
    again = retest.find_retests(judgments)
    repeated = np.bincount(again.annotator, minlength=people)
    kept = np.bincount(again.annotator, again.agreement == 1, minlength=people)
    for a, name in enumerate(judgments.annotators):
        tests = []
        for b in np.flatnonzero((n[a] >= 10) & (n[a] >= 0.5 * both[a])).tolist():
            usual = max((agree_both[c].sum() - agree_both[a, b] + 1) / (both[c].sum() - both[a, b] + 2) for c in (a, b))
            hits, shown = agreed[a, b], n[a, b]
            # two honest people, of whatever taste, agree no more than they do with themselves on average: 2 xy <= x^2 + y^2
            same_again, moved = kept[a] + kept[b], repeated[a] + repeated[b] - kept[a] - kept[b]
            alike = float(betabinom.sf(hits - 1, shown, same_again + 0.5, moved + 0.5))
            said = f"the same as {judgments.annotators[b]} before on {hits:.0f} of {shown:.0f} items; with others {usual:.0%}"
            tests.append((max(float(binom.sf(hits - 1, shown, usual)), alike), said))
        before, after = (agreed[a].sum(), n[a].sum()), (agreed[:, a].sum(), n[:, a].sum())
        if before[1] >= FEW and after[1] >= FEW:
            # somebody honest agrees as often with those who answered before as with those who did after
            table = [[before[0], before[1] - before[0]], [after[0], after[1] - after[0]]]
            said = f"agrees with {before[0] / before[1]:.0%} of earlier answers and {after[0] / after[1]:.0%} of later ones"
            tests.append((float(fisher_exact(table, alternative="greater").pvalue), said))
        if tests:
            chance, said = min(tests)
            yield Flag(name, "copies", min(1.0, chance * len(tests)), said)


def memory(judgments: Judgments) -> Iterable[Flag]:
    pairs = retest.find_retests(judgments)
    for name, rows in zip(judgments.annotators, parts(pairs.annotator, len(judgments.annotators)), strict=True):
        lag, same = np.log1p(pairs.lag[rows]), pairs.agreement[rows]
        if same.size < FEW or np.ptp(same) == 0 or np.ptp(lag) == 0:
            continue
        fitted = linregress(lag, same, alternative="less")
        short = same[lag <= np.median(lag)].mean()
        yield Flag(
            name,
            "memory",
            float(fitted.pvalue),
            f"{short:.0%} the same at short lags, {same[lag > np.median(lag)].mean():.0%} at long ones",
        )
