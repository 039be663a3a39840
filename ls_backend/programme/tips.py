"""What an annotator is told of their own habits: strengths first, then at most three tips, each from a pattern with enough evidence.

A tip never names an item, nor says which items were checks. Each is given only where an interval leaves out that there is nothing to say;
``tests/unit/programme/test_tips.py`` says how often somebody without a habit is told of one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ls_backend.measurement.estimate import Estimate

MOST_TIPS = 3
GOOD_CONSISTENCY, GOOD_GOLD = 0.7, 0.8  # the lower end of what is called a strength
SIDE_HABIT = 0.15  # of the left bias, from -1 to 1
MANY_TIES = 0.5
SLOWER_WHERE_LONG = 0.2  # of the pace, its upper end: with that, ten times the text takes 1.6 times the time
ANSWERS_NEEDED = 40


class TipKind(StrEnum):
    """What a tip or a strength is about."""

    CONSISTENT = "consistent"
    KNOWN_ANSWERS = "known answers"
    SIDE = "side"
    TIES = "ties"
    SLICE = "slice"
    LATE = "late in a sitting"
    PACE = "pace on long items"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class Tip:
    """A strength, or something to do better, in words; ``about`` is the side or the slice that it speaks of, "" for none."""

    kind: TipKind
    is_strength: bool
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One annotator's figures. ``left_bias`` is -1 (always right) to 1 (always left); ``ties`` the share of ties; ``by_slice`` how
    much better checks come out in each slice than elsewhere; ``trend`` the change of agreement over the work beyond what is expected, ``late`` that from the first hour of a sitting to what comes
    after it; ``pace`` how many times faster time grows than length: 1 where twice the text takes twice the time, 0 where it takes as long.
    All at strict levels."""

    judgments: int
    self_consistency: Estimate
    gold: Estimate
    left_bias: Estimate
    ties: Estimate
    by_slice: Mapping[str, Estimate]
    trend: Estimate
    late: Estimate
    pace: Estimate


def tips(profile: Profile) -> list[Tip]:
    """Strengths first, then tips, the most telling first."""
    strengths = list(_strengths(profile))
    habits = list(_habits(profile)) if profile.judgments >= ANSWERS_NEEDED else []
    return [*strengths, *habits[:MOST_TIPS]]


def _strengths(profile: Profile) -> Iterator[Tip]:
    consistency, gold = profile.self_consistency, profile.gold
    if consistency.low is not None and consistency.low >= GOOD_CONSISTENCY:
        yield Tip(TipKind.CONSISTENT, True, "Your answers hold: you mostly choose the same when a pair comes again.")
    if gold.low is not None and gold.low >= GOOD_GOLD:
        yield Tip(TipKind.KNOWN_ANSWERS, True, "Where an answer is beyond dispute, you nearly always find it.")


def _habits(profile: Profile) -> Iterator[Tip]:
    bias, ties, trend = profile.left_bias, profile.ties, profile.trend
    if bias.value is not None and bias.low is not None and bias.high is not None:
        side = "left" if bias.low > SIDE_HABIT else "right" if bias.high < -SIDE_HABIT else ""
        if side:
            share = (1 + abs(bias.value)) / 2
            yield Tip(
                TipKind.SIDE,
                False,
                f"You chose the {side} answer {100 * share:.0f} % of the time. Sides are drawn by chance: read both answers to the end "
                "before you choose.",
                side,
            )
    if ties.low is not None and ties.low > MANY_TIES:
        yield Tip(
            TipKind.TIES,
            False,
            f"{100 * (ties.value or 0):.0f} % of your answers are ties. Where one answer is a little better, say so.",
        )
    for name, estimate in sorted(profile.by_slice.items()):
        if estimate.high is not None and estimate.high < 0:
            yield Tip(
                TipKind.SLICE,
                False,
                f"In “{name}” your answers hold less well than elsewhere. Take more time there, or look at the guide.",
                name,
            )
    if profile.pace.high is not None and profile.pace.high < SLOWER_WHERE_LONG:
        yield Tip(
            TipKind.PACE,
            False,
            "You take hardly more time for long items than for short ones. Long answers differ in places that are easily skipped: read "
            "them to the end.",
        )
    if profile.late.high is not None and profile.late.high < 0:
        yield Tip(
            TipKind.LATE,
            False,
            "After the first hour of a sitting your answers hold less well than before. Take a break after an hour.",
        )
    elif trend.high is not None and trend.high < 0:
        yield Tip(
            TipKind.TREND,
            False,
            "Your later answers hold less well than your earlier ones. Shorter sessions, or a break, may help.",
        )
