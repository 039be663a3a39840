"""Which pairs are taken for decided, and what that does to the estimate."""

import numpy as np
import pytest

from ls_backend.measurement.attentiveness import Anchor, EvidenceColumn, likelihood
from ls_backend.measurement.decidedness import DecidednessSource, margin_rule, pair_groups
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.simulation.project import Design, margin_with_noise, misleading_margin, simulate, steady


def judged(
    preferences: list[int], margins: list[float | None] | None = None, annotator: str = "a", top_strength: int = 0
) -> Judgments:
    margins = margins or [None] * len(preferences)
    rows = zip(preferences, margins, strict=True)
    return Judgments.of(
        (Judgment(annotator, f"i{n:02}", p, False, float(n), margin=m) for n, (p, m) in enumerate(rows)),
        top_strength=top_strength,
    )


def test_the_greatest_tenth_of_margins_whatever_their_sign_is_taken_for_decided() -> None:
    margins: list[float | None] = [*map(float, range(1, 20)), -40.0]
    groups = pair_groups(judged([1] * 20, margins), {})
    assert np.flatnonzero(groups.is_decided).tolist() == [18, 19]
    assert groups.source is DecidednessSource.MARGIN
    assert groups.decided_share == pytest.approx(0.1)


def test_gold_is_in_no_group_and_moves_no_threshold() -> None:
    margins: list[float | None] = [*map(float, range(1, 20)), -40.0]
    groups = pair_groups(judged([1] * 20, margins), {"i19": GoldItem(1)})
    assert np.flatnonzero(groups.is_decided).tolist() == [17, 18]


def test_margins_that_are_all_alike_or_mostly_missing_tell_nothing() -> None:
    assert pair_groups(judged([1] * 20, [0.5] * 20), {}).source is DecidednessSource.NONE
    assert pair_groups(judged([1] * 20, [None] * 11 + [1.0] * 8 + [2.0]), {}).source is DecidednessSource.NONE


def test_where_most_margins_are_none_the_others_are_still_the_greatest() -> None:
    groups = pair_groups(judged([1] * 20, [0.0] * 19 + [2.0]), {})
    assert np.flatnonzero(groups.is_decided).tolist() == [19]


def test_by_strength_the_strongest_of_the_own_answers_are_decided() -> None:
    groups = pair_groups(judged([1, -1, 2, 3, -3, 1, 1, 2, 1, 1], top_strength=3), {})
    assert np.flatnonzero(groups.is_decided).tolist() == [2, 3, 4, 7]
    assert groups.source is DecidednessSource.STRENGTH


def test_by_strength_answers_for_the_second_response_count_where_they_are_stronger_than_all_for_the_first() -> None:
    assert np.flatnonzero(pair_groups(judged([-3, -1, 1, 1]), {}).is_decided).tolist() == [0]


def test_whoever_calls_everything_strong_has_no_decided_pairs() -> None:
    assert not pair_groups(judged([3, -3, 3, 3, -3, 3, 1, 2], top_strength=3), {}).is_decided.any()


def test_a_plain_choice_and_other_tasks_have_no_groups() -> None:
    assert pair_groups(judged([1, -1, 0, 1]), {}).source is DecidednessSource.NONE
    rows = [Judgment("a", f"i{n}", 0, False, float(n), answer="x", margin=float(n)) for n in range(9)]
    assert pair_groups(Judgments.of(rows), {}).source is DecidednessSource.NONE


def test_a_retest_is_counted_in_the_group_of_its_first_showing() -> None:
    rows = [Judgment("a", f"i{n}", 1, False, float(n), margin=float(n)) for n in range(10)]
    rows += [Judgment("a", "i9", 1, True, 10.0, margin=9.0), Judgment("a", "i1", -1, True, 11.0, margin=1.0)]
    counts = gather_evidence(Judgments.of(rows), {}).counts[0]
    assert counts[EvidenceColumn.DECIDED_SWAPPED_AGREED] == 1
    assert counts[EvidenceColumn.SWAPPED_BOTH_LEFT] + counts[EvidenceColumn.SWAPPED_BOTH_RIGHT] == 1
    assert counts.sum() == 2
    ungrouped = find_checks(Judgments.of(rows), {}, group_pairs=False)
    assert not ungrouped.is_decided.any()


def counts_of(
    other: tuple[int, int], decided: tuple[int, int], gold: tuple[int, int] = (0, 0), people: int = 60
) -> np.ndarray:
    column = EvidenceColumn
    counts = np.zeros((people, len(column)))
    counts[:, column.SWAPPED_AGREED], counts[:, column.SWAPPED_BOTH_LEFT] = other
    counts[:, column.DECIDED_SWAPPED_AGREED], counts[:, column.DECIDED_SWAPPED_BOTH_LEFT] = decided
    counts[:, column.GOLD_LEFT_CHOSEN], counts[:, column.GOLD_LEFT_NOT_CHOSEN] = gold
    return counts


def test_each_group_has_a_q_of_its_own() -> None:
    other, decided = likelihood(counts_of((12, 8), (19, 1), (10, 0)), decided_share=0.1).attentiveness().grouped_q
    assert 0.1 < other < 0.4
    assert 0.8 < decided <= 1


def test_a_group_without_retests_has_a_q_near_that_of_the_other() -> None:
    """It borrows: with one retest, it is nearer to the other group's than with twenty that say otherwise."""
    few = likelihood(counts_of((12, 8), (1, 0), (10, 0), people=1), decided_share=0.1).attentiveness().grouped_q
    many = likelihood(counts_of((12, 8), (20, 0), (10, 0), people=1), decided_share=0.1).attentiveness().grouped_q
    assert few[1] - few[0] < many[1] - many[0]


def test_a_given_q_is_that_of_all_pairs() -> None:
    posterior = likelihood(counts_of((12, 8), (19, 1)), q=0.4, decided_share=0.2).attentiveness()
    assert posterior.anchor is Anchor.GIVEN
    assert posterior.q == pytest.approx(0.4)
    assert posterior.grouped_q[1] > posterior.grouped_q[0]


def test_without_an_anchor_the_greater_q_is_taken_to_be_one() -> None:
    posterior = likelihood(counts_of((12, 8), (19, 1)), decided_share=0.2).attentiveness()
    assert posterior.anchor is Anchor.NONE
    assert posterior.grouped_q[1] == pytest.approx(1.0)
    assert posterior.grouped_q[0] < 0.5


def test_a_careful_annotator_is_told_from_a_careless_one_by_fewer_checks() -> None:
    """The same numbers of checks: repeats of decided pairs tell more than repeats of any."""
    gaps = []
    for margin in (None, margin_with_noise(1.0)):
        people = [steady("careful", 0.9)] * 20 + [steady("careless", 0.4)] * 20
        project = simulate(people, Design(labels=200, margin=margin), np.random.default_rng(3))
        mean = gather_evidence(project.judgments, project.gold).attentiveness().mean
        gaps.append((mean[:20].mean() - mean[20:].mean()) / np.sqrt(mean[:20].var() + mean[20:].var()))
    assert gaps[1] > 1.2 * gaps[0]


def test_margins_that_mislead_cost_certainty_and_bias_nothing() -> None:
    errors = []
    for seed in range(10):
        people = [steady("any", eta) for eta in np.linspace(0.05, 0.95, 40)]
        project = simulate(
            people, Design(labels=200, r=1.0, margin=misleading_margin), np.random.default_rng([seed, 9])
        )
        posterior = gather_evidence(project.judgments, project.gold).attentiveness()
        assert posterior.grouped_q[1] < posterior.grouped_q[0]
        errors.append(posterior.mean - project.eta)
    assert abs(np.mean(errors)) < 0.02


def test_thresholds_of_many_items_stay_while_a_few_more_come() -> None:
    sizes = np.random.default_rng(1).gamma(2.0, 1.0, 5000)
    thresholds = {rule.threshold for n in range(4900, 5000, 10) if (rule := margin_rule(sizes[:n]))}
    assert len(thresholds) <= 2
    share = float((sizes >= max(thresholds)).mean())
    assert 0.09 <= share <= 0.12
