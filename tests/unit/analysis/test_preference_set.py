from collections.abc import Sequence

import numpy as np
import pytest

from ls_backend.analysis.preference_set import PreferenceSet, measured_q, preference_set
from ls_backend.analysis.selection import LeftOut, Selection, Ties
from ls_backend.contracts.terms import Contract
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scorecard import ScoringInput, scorecards
from ls_backend.simulation.project import Design, simulate, steady
from ls_backend.simulation.studies.population import FORTY_ANNOTATORS
from tests.fakes import CONTRACT

TERMS = Contract.parse(CONTRACT)
Said = tuple[str, str, int, bool]


def collect(said: Sequence[Said], slices: dict[str, str] | None = None) -> Judgments:
    """From ``(annotator, item, preference, mirrored)``, in the order of time."""
    return Judgments.of(
        Judgment(who, item, preference, mirrored, float(n), lead_time=float(n), slice=(slices or {}).get(item))
        for n, (who, item, preference, mirrored) in enumerate(said)
    )


def chosen(said: Sequence[Said], gold: dict[str, GoldItem] | None = None, **selection: object) -> PreferenceSet:
    return preference_set(collect(said), gold or {}, [], q=1 / 3, selection=Selection(**selection))  # type: ignore[arg-type]


def test_a_retest_is_no_second_vote_and_says_how_well_the_item_is_repeated() -> None:
    (row,) = chosen([("a", "i", 1, False), ("b", "i", 1, True), ("a", "i", -1, True), ("b", "i", 1, False)]).rows
    assert [(vote.annotator, vote.preference, vote.chosen_left) for vote in row.votes] == [
        ("a", 1, True),
        ("b", 1, False),
    ]
    assert (row.retests, row.retests_same, row.seen_left, row.for_chosen) == (2, 1, 1, 2)
    assert row.lead_time == 0.5
    assert row.effective_votes == pytest.approx(0.5)  # two of attentiveness one half


def test_swapping_the_responses_swaps_the_chosen_one_and_nothing_else() -> None:
    said = [("a", "i", 2, False), ("b", "i", 1, True), ("c", "i", -1, True)]
    (one,), (other,) = chosen(said).rows, chosen([(a, i, -p, not m) for a, i, p, m in said]).rows
    assert (one.chosen_first, other.chosen_first) == (True, False)
    assert one.votes == other.votes
    for figure in ("margin", "weight", "confidence", "decidedness", "strength"):
        assert getattr(one, figure) == pytest.approx(getattr(other, figure))
    assert one.p_chosen.low == pytest.approx(other.p_chosen.low)


def test_more_agreement_is_more_margin_confidence_and_weight() -> None:
    rows = {
        row.item: row
        for row in chosen(
            [
                *((who, "clear", 1, False) for who in "abcd"),
                *((w, "close", s, False) for w, s in zip("abc", (1, 1, -1), strict=True)),
            ]
        ).rows
    }
    for figure in ("margin", "confidence", "weight", "decidedness"):
        assert getattr(rows["clear"], figure) > getattr(rows["close"], figure)
    assert rows["close"].margin > 0


@pytest.mark.parametrize(
    ("ties", "items", "votes"), [(Ties.DROP, ["won"], 1), (Ties.HALF, ["won"], 2), (Ties.KEEP, ["won", "tied"], 2)]
)
def test_ties_are_dropped_or_count_half_or_stay(ties: Ties, items: list[str], votes: int) -> None:
    found = chosen([("a", "won", -1, False), ("b", "won", 0, False), ("a", "tied", 0, False)], ties=ties)
    assert [row.item for row in found.rows] == items
    assert len(found.rows[0].votes) == votes
    assert [row.is_even for row in found.rows] == [item == "tied" for item in items]
    (part,) = found.slices
    why = {Ties.DROP: LeftOut.NO_VOTE, Ties.HALF: LeftOut.UNDECIDED}
    assert sum(part.left_out.values()) == (ties is not Ties.KEEP)
    if ties is not Ties.KEEP:
        assert part.left_out[why[ties]] == 1


def test_gold_is_left_out_or_has_its_known_answer() -> None:
    said, gold = [("a", "g", 1, False), ("a", "i", 1, False)], {"g": GoldItem(-1)}
    assert [row.item for row in chosen(said, gold).rows] == ["i"]
    row = chosen(said, gold, include_gold=True).rows[0]
    assert (row.item, row.chosen_first, row.confidence, row.is_gold, row.margin) == ("g", False, 1.0, True, 0.0)
    assert row.votes[0].preference == -1


def test_what_filters_take_is_counted_by_slice_and_so_is_dissent() -> None:
    said = [(who, "x", 1, False) for who in "abc"] + [("d", "x", -1, False), ("a", "y", 1, False)]
    judgments = collect(said, {"x": "maths", "y": "poems"})
    found = preference_set(judgments, {}, [], q=1 / 3, selection=Selection(min_confidence=0.65))
    by_slice = {part.slice: part for part in found.slices}
    assert [row.item for row in found.rows] == ["x"]
    maths, poems = by_slice["maths"], by_slice["poems"]
    assert (maths.items, maths.rows, maths.votes, maths.votes_used) == (1, 1, 4, 4)
    assert (maths.dissent, maths.dissent_used) == (1, 1)
    assert (poems.items, poems.rows, poems.votes, poems.votes_used) == (1, 0, 1, 0)
    assert poems.left_out[LeftOut.UNSURE] == 1


@pytest.mark.parametrize("careless", [2, 20])
def test_the_smoothing_is_the_share_of_rows_on_the_wrong_side(careless: int) -> None:
    people = [*[steady("careless", 0.3)] * careless, *[steady("careful", 0.9)] * (40 - careless)]
    expected, wrong, rows = 0.0, 0, 0
    for seed in range(3):
        project = simulate(people, Design(overlap=5, labels=100), np.random.default_rng(seed))
        judgments, gold = project.judgments, project.gold
        cards = scorecards(ScoringInput(judgments, gold, TERMS, min_lag=10))
        q = measured_q(judgments, gold, min_lag=10)
        found = preference_set(judgments, gold, cards, q=q, selection=Selection())
        p = dict(zip(judgments.items, project.p.tolist(), strict=True))
        assert found.label_smoothing.value is not None
        expected += found.label_smoothing.value * len(found.rows)
        wrong += sum((p[row.item] > 0.5) != row.chosen_first for row in found.rows)
        rows += len(found.rows)
    assert wrong / rows == pytest.approx(expected / rows, abs=0.02)


def test_votes_below_the_reputation_do_not_count_and_nobody_unknown_does() -> None:
    project = simulate(FORTY_ANNOTATORS, Design(overlap=5, labels=100), np.random.default_rng(1))
    cards = scorecards(ScoringInput(project.judgments, project.gold, TERMS, min_lag=10))
    good = {card.annotator for card in cards if (card.reputation.value or 0) >= 70}
    found = preference_set(project.judgments, project.gold, cards, q=0.5, selection=Selection(min_reputation=70))
    assert {vote.annotator for row in found.rows for vote in row.votes} <= good
    assert 0 < len(good) < len(cards)
    unknown = preference_set(project.judgments, project.gold, [], q=0.5, selection=Selection(min_reputation=70))
    assert not unknown.rows
    assert unknown.label_smoothing.value is None
