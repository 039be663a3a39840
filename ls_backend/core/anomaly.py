"""What looks odd in somebody's work, each flag with its evidence and chance. A flag asks for a look; it moves no pay.

Every test gives a p value for each annotator it can be made for; :func:`flags` keeps, over all annotators and tests together,
those that the procedure of Benjamini and Hochberg (1995) lets through at the false discovery rate ``rate``.

- ``fast``: the share of answers quicker than a third of everybody's usual time for an item of that length would take
  (binomial against everybody's share).
- ``uneven``: the same against their own usual time: some answers are considered, others clicked through.
- ``streak``: the longest run of one side; its chance is at most n s^k, s the larger share of a side, k the run's length.
- ``one side``: the share of left answers against one half (binomial): sides are random, so honest answers balance.
- ``distribution``: answers (with strength) against everybody else's, chi-squared.
- ``copies``: agreement with one annotator who answered before beyond what either has with the rest (binomial); or with all who
  answered before beyond that with those who answered after (Fisher's exact test: the honest agree as often with both).
- ``memory``: agreement on retests falls with the lag (one-sided test of the slope of agreement over log lag): repeats are
  remembered, not judged again; raise the minimum lag.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, chi2_contingency, false_discovery_control, fisher_exact, linregress

from ls_backend.core import retest
from ls_backend.core.agreement import pair_rows
from ls_backend.core.judgments import Floats, Judgments, parts

FEW = 20
QUICK = 1 / 3


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
    pace = _pace(judgments, lengths)
    found = [
        *fast(judgments, pace),
        *uneven(judgments, pace),
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


def fast(judgments: Judgments, pace: Floats) -> Iterable[Flag]:
    """``pace`` is the lead time by what there is to read, NaN where it is not known, (n,)."""
    if np.isfinite(pace).sum() >= 2 * FEW:
        yield from _quick(judgments, pace, np.full(pace.size, np.nanmedian(pace)), "fast", "the usual time")


def uneven(judgments: Judgments, pace: Floats) -> Iterable[Flag]:
    """``pace`` as in :func:`fast`."""
    usual = np.full(pace.size, np.nan)
    for rows in parts(judgments.annotator, len(judgments.annotators)):
        own = pace[rows]
        if np.isfinite(own).any():
            usual[rows] = np.nanmedian(own)
    yield from _quick(judgments, pace, usual, "uneven", "their own usual time")


def _pace(judgments: Judgments, lengths: Floats | None) -> Floats:
    size = np.ones(len(judgments.items)) if lengths is None else np.maximum(lengths, 1.0)
    pace = judgments.lead_time / size[judgments.item] ** 0.5  # reading time grows slower than text
    return np.where((pace > 0) & np.isfinite(pace), pace, np.nan)


def _quick(judgments: Judgments, pace: Floats, usual: Floats, flag: str, than: str) -> Iterable[Flag]:
    """Everybody's share of quick answers against that of the others."""
    people = len(judgments.annotators)
    known, quick = (
        np.bincount(judgments.annotator[rows], minlength=people) for rows in (np.isfinite(pace), pace < QUICK * usual)
    )
    for name, n, k in zip(judgments.annotators, known.tolist(), quick.tolist(), strict=True):
        others = int(known.sum()) - n
        if n < FEW or others < FEW:
            continue
        share = (int(quick.sum()) - k + 1) / (others + 2)
        said = f"{k} of {n} answers in less than a third of {than}; others {share:.0%}"
        yield Flag(name, flag, float(binom.sf(k - 1, n, share)), said)


def streaks(judgments: Judgments) -> Iterable[Flag]:
    sides = judgments.picked_left
    for name, rows in zip(judgments.annotators, parts(judgments.annotator, len(judgments.annotators)), strict=True):
        own = sides[rows]
        own = own[own != 0]
        if own.size < FEW:
            continue
        change = np.flatnonzero(np.diff(own)) + 1
        run = int(np.diff(np.concatenate([[0], change, [own.size]])).max())
        share = max(float((own > 0).mean()), float((own < 0).mean()))
        chance = 1.0 if share == 1 else min(1.0, own.size * max(share, 0.5) ** run)
        yield Flag(name, "streak", chance, f"{run} answers in a row on one side, {own.size} in all")


def one_side(judgments: Judgments) -> Iterable[Flag]:
    for name, left, n in zip(judgments.annotators, *judgments.left.tolist(), strict=True):
        if n >= FEW:
            chance = min(1.0, 2 * float(binom.sf(max(left, n - left) - 1, n, 0.5)))
            yield Flag(name, "one side", chance, f"{left} of {n} answers for the left side")


def distribution(judgments: Judgments) -> Iterable[Flag]:
    values, table = judgments.values, judgments.tally.sum(axis=2)
    for a, name in enumerate(judgments.annotators):
        own, others = table[a], table.sum(axis=0) - table[a]
        seen = (own + others) > 0
        if own.sum() < FEW or others.sum() < FEW or seen.sum() < 3:
            continue
        expected = own.sum() * others / others.sum()
        if (expected[seen] < 1).any():
            continue
        chance = float(chi2_contingency(np.stack([own[seen], others[seen]])).pvalue)
        top = int(np.argmax(np.abs(own - expected)))
        yield Flag(
            name,
            "distribution",
            chance,
            f"answers {values[top]:+d} {own[top]} times, others would {expected[top]:.0f} times",
        )


def copies(judgments: Judgments) -> Iterable[Flag]:
    people = len(judgments.annotators)
    one, other = pair_rows(judgments)
    if not one.size or people < 3:
        return
    same = (retest.alike(judgments, one, other) == 1).astype(np.float64)
    later = np.where(judgments.at[one] >= judgments.at[other], one, other)
    earlier = np.where(later == one, other, one)
    n, agreed = np.zeros((people, people)), np.zeros((people, people))
    at = (judgments.annotator[later], judgments.annotator[earlier])  # (who came later, after whom)
    np.add.at(n, at, 1.0)
    np.add.at(agreed, at, same)
    both, agree_both = n + n.T, agreed + agreed.T
    for a, name in enumerate(judgments.annotators):
        tests = []
        for b in np.flatnonzero((n[a] >= 10) & (n[a] >= 0.5 * both[a])):
            usual = max(
                (agree_both[c].sum() - agree_both[a, b] + 1) / (both[c].sum() - both[a, b] + 2) for c in (a, int(b))
            )
            said = f"the same as {judgments.annotators[b]} before on {agreed[a, b]:.0f} of {n[a, b]:.0f} items; with others {usual:.0%}"
            tests.append((float(binom.sf(agreed[a, b] - 1, n[a, b], usual)), said))
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
    pairs = retest.retests(judgments)
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
