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
WEAK_BY = 0.1  # a slice's upper end lies so far under the share over everything
ANSWERS_NEEDED = 40


class TipKind(StrEnum):
    """What a tip or a strength is about."""

    CONSISTENT = "consistent"
    KNOWN_ANSWERS = "known answers"
    SIDE = "side"
    TIES = "ties"
    SLICE = "slice"
    TREND = "trend"


@dataclass(frozen=True, slots=True)
class Tip:
    """A strength, or something to do better, in words."""

    kind: TipKind
    is_strength: bool
    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One annotator's figures. ``left_bias`` is -1 (always right) to 1 (always left); ``ties`` the share of ties; ``by_slice`` the
    self-consistency of each slice; ``trend`` the change of agreement over the work beyond what is expected, at a strict level."""

    judgments: int
    self_consistency: Estimate
    gold: Estimate
    left_bias: Estimate
    ties: Estimate
    by_slice: Mapping[str, Estimate]
    trend: Estimate


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
                f"You chose the {side} answer {share:.0%} of the time. Sides are drawn by chance: read both answers to the end "
                "before you choose.",
            )
    if ties.low is not None and ties.low > MANY_TIES:
        yield Tip(
            TipKind.TIES,
            False,
            f"{ties.value:.0%} of your answers are ties. Where one answer is a little better, say so.",
        )
    overall = profile.self_consistency.value
    for name, estimate in sorted(profile.by_slice.items()):
        if overall is not None and estimate.high is not None and estimate.high < overall - WEAK_BY:
            yield Tip(
                TipKind.SLICE,
                False,
                f"In “{name}” your answers change more often than elsewhere. Take more time there, or look at the guide.",
            )
    if trend.high is not None and trend.high < 0:
        yield Tip(
            TipKind.TREND,
            False,
            "Your later answers hold less well than your earlier ones. Shorter sessions, or a break, may help.",
        )
