"""Evidence of a part of the time, and gains that last."""

import numpy as np
import pytest
import scipy

from ls_backend.contracts.terms import Measure
from ls_backend.measurement.evidence import (
    find_checks,
    gains,
    gather_evidence,
    halves,
    measured_by_annotator,
    score_posteriors,
)
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments

GOLD = {f"g{n}": GoldItem(1) for n in range(80)}


def answers(right: list[bool], *, annotator: str = "a", start: int = 0) -> list[Judgment]:
    return [
        Judgment(annotator, f"g{start + n}", 1 if ok else -1, False, float(start + n), id=f"{annotator}{start + n}")
        for n, ok in enumerate(right)
    ]


def gained(right: list[bool], best: dict[str, float]) -> float | None:
    judged = Judgments.of(answers(right))
    part = np.ones(len(judged), dtype=np.bool_)
    checks = find_checks(judged, GOLD)
    evidence = gather_evidence(judged, GOLD, checks=checks)
    whole = measured_by_annotator(evidence, evidence.attentiveness())
    return gains(judged, GOLD, part, whole, best, measure=Measure.GOLD, checks=checks, q=None)[0]


def test_a_gain_counts_as_far_as_both_halves_show_it() -> None:
    assert gained([True] * 20, {"a": 0.5}) == 0.5
    assert gained([False] * 10 + [True] * 10, {"a": 0.5}) == -0.5, "one good half is one good day"
    assert gained([True] * 20, {}) is None, "nothing to compare with"
    assert gained([True], {"a": 0.5}) is None, "a half without checks"


def test_halves_are_everybodys_own_and_cover_the_part() -> None:
    judged = Judgments.of(answers([True] * 7) + answers([True] * 4, annotator="b") + answers([True], annotator="c"))
    part = judged.at >= 1
    early, late = halves(judged, part)
    assert not (early & late).any()
    np.testing.assert_array_equal(early | late, part)
    assert [int(early[judged.annotator == a].sum()) for a in range(3)] == [3, 1, 0]
    assert judged.at[early & (judged.annotator == 0)].max() < judged.at[late & (judged.annotator == 0)].min()


def test_a_retest_belongs_to_where_its_later_showing_lies() -> None:
    rows = [*answers([True] * 6), Judgment("a", "g0", 1, True, 50.0, id="again")]
    judged = Judgments.of(rows)
    late = gather_evidence(judged, {}, part=judged.at >= 10)
    assert (late.retests.tolist(), late.retests_agreed.tolist(), late.judgments.tolist()) == ([1], [1], [1])
    assert gather_evidence(judged, {}, part=judged.at < 10).retests.tolist() == [0]
    assert gather_evidence(judged, GOLD, part=judged.at >= 10).gold.sum() == 0, (
        "the first showing of a gold item counts"
    )


def test_old_evidence_is_forgotten_by_half_every_half_life() -> None:
    judged = Judgments.of(answers([False] * 20 + [True] * 20))
    fresh = gather_evidence(judged, GOLD, half_life=5.0)
    ages = np.arange(40)[::-1]
    assert fresh.counts[0].sum() == pytest.approx((0.5 ** (ages / 5)).sum())
    assert (fresh.gold_right.tolist(), fresh.gold.tolist()) == ([20], [40]), "what is shown as a fact is not forgotten"
    assert fresh.attentiveness().mean[0] > gather_evidence(judged, GOLD).attentiveness().high[0]


def test_what_a_score_may_be_is_that_of_its_measure() -> None:
    rows = [Judgment("ann", f"{n}", 1 if n < 6 else -1, n % 2 == 1, at=n) for n in range(8)] + [
        Judgment("new", "0", 1, False, at=99)
    ]
    gold = {f"{n}": GoldItem(1) for n in range(1, 8)}
    evidence = gather_evidence(Judgments.of(rows), gold)
    posterior = evidence.attentiveness()
    by_gold = score_posteriors(evidence, posterior, Measure.GOLD)
    five_of_seven = np.diff(scipy.stats.beta.cdf(np.linspace(0, 1, 101), 6, 3))
    assert by_gold[0] == pytest.approx(five_of_seven, abs=1e-9)
    assert by_gold[1] == pytest.approx(np.full(100, 0.01)), "nothing is known of who answered no gold"
    by_consistency = score_posteriors(evidence, posterior, Measure.SELF_CONSISTENCY)
    assert by_consistency[0] == pytest.approx(np.full(100, 0.01)), "no retest"
    assert score_posteriors(evidence, posterior, Measure.ATTENTIVENESS) is posterior.posterior
