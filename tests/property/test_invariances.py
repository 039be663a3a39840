"""What must hold for all inputs."""

import itertools
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_backend.contracts.terms import Contract, Measured
from ls_backend.formats.answers import parse_side
from ls_backend.label_studio import predictions, tasks
from ls_backend.label_studio.annotations import AnnotationRecord
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from ls_backend.programme import seed_schedule
from ls_backend.services.ingest import merged
from ls_backend.store.records import JudgmentRecord, Source
from ls_templates.catalog import CATALOG
from ls_templates.plugin.guard.seal import seal, unseal
from tests.fakes import CONTRACT, consensus

TERMS = Contract.parse(CONTRACT)
MAPPING = CATALOG["pairwise_scale"].mapping
GOLD = {"i0": GoldItem(1), "i1": GoldItem(-1)}
few = settings(max_examples=40, deadline=None)


@st.composite
def rows(draw: st.DrawFn) -> list[Judgment]:
    """Judgments with ids of their own, times that may collide, and repeats."""
    count = draw(st.integers(0, 30))
    return [
        Judgment(
            annotator=draw(st.sampled_from("abc")),
            item=draw(st.sampled_from(["i0", "i1", "i2", "i3", "i4"])),
            preference=draw(st.integers(-2, 2)),
            mirrored=draw(st.booleans()),
            at=float(draw(st.integers(0, 12))),
            id=f"{n:03d}",
        )
        for n in range(count)
    ]


def score(judged: list[Judgment], gold: dict[str, GoldItem] = GOLD) -> dict[str, Scorecard]:
    return {c.annotator: c for c in scorecards(ScoringInput(Judgments.of(judged), gold, TERMS))}


def numbers(card: Scorecard) -> list[float]:
    """All figures of a card; the last digit may differ, as sums over annotators are taken in the order of names."""
    found = card.to_dict()
    estimates = [found[k] for k in ("self_consistency", "gold", "position_bias", "attentiveness", "reputation")]
    flat = [-1.0 if v is None else float(v) for e in estimates for v in e.values()]
    return [*flat, float(found["judgments"]), float(found["retests"])]


@pytest.mark.slow
@few
@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_doubles_do_not_matter(judged: list[Judgment], rng: Any) -> None:
    shuffled = judged + judged[: len(judged) // 2]
    rng.shuffle(shuffled)
    assert score(shuffled) == score(judged)


@few
@given(rows(), st.integers(1, 10), st.booleans())
def test_judgments_that_come_later_are_merged_as_if_all_had_come_at_once(
    judged: list[Judgment], parts: int, other_task: bool
) -> None:
    if other_task:
        judged = [replace(j, preference=0, answer=f'{{"rating":{j.preference + 3},"of":5}}') for j in judged]
    judged = [replace(j, at=j.at + n / 100, slice=[None, "s", "t"][n % 3]) for n, j in enumerate(judged)]
    held = Judgments.of(judged[: parts + 1])
    for start in range(parts + 1, len(judged), parts):
        fresh = Judgments.of(judged[start : start + parts])
        found = held.merged_with(fresh)
        assert found is not None
        held = found
    expected = Judgments.of(judged)
    assert (held.annotators, held.items, held.answers) == (expected.annotators, expected.items, expected.answers)
    for name in ("annotator", "item", "answer", "preference", "mirrored", "position", "at", "lead_time"):
        np.testing.assert_array_equal(getattr(held, name), getattr(expected, name), err_msg=name)
    slices = [[None if c < 0 else j.slices[c] for c in j.slice] for j in (held, expected)]
    assert slices[0] == slices[1]
    assert score(judged) == {c.annotator: c for c in scorecards(ScoringInput(held, GOLD, TERMS))}


@few
@given(rows())
def test_names_do_not_matter(judged: list[Judgment]) -> None:
    names = {"a": "z", "b": "y", "c": "x"}
    renamed = [Judgment(names[j.annotator], "new" + j.item, j.preference, j.mirrored, j.at, j.id) for j in judged]
    fresh = score(renamed, {"new" + k: v for k, v in GOLD.items()})
    before = score(judged)
    assert {names[k] for k in before} == set(fresh)
    for name, card in before.items():
        assert numbers(fresh[names[name]]) == pytest.approx(numbers(card), abs=2e-4, rel=1e-5)
        assert abs(fresh[names[name]].bonus_minor - card.bonus_minor) <= 1


@pytest.mark.slow
@few
@given(rows())
def test_mirroring_every_showing_changes_nothing_but_the_position_bias(judged: list[Judgment]) -> None:
    flipped = [Judgment(j.annotator, j.item, j.preference, not j.mirrored, j.at, j.id) for j in judged]
    for name, card in score(flipped).items():
        other = score(judged)[name]
        assert card.self_consistency == other.self_consistency
        assert card.gold == other.gold
        if card.position_bias.value is not None and other.position_bias.value is not None:
            assert abs(card.position_bias.value + other.position_bias.value) < 1e-12


@pytest.mark.slow
@few
@given(rows())
def test_every_estimate_is_inside_its_interval_and_its_range(judged: list[Judgment]) -> None:
    for card in score(judged).values():
        for estimate, top in (
            (card.self_consistency, 1),
            (card.gold, 1),
            (card.attentiveness, 1),
            (card.reputation, 100),
        ):
            if estimate.value is None:
                assert estimate.low is None
                assert estimate.reason
            else:
                assert estimate.low is not None
                assert estimate.high is not None
                assert 0 <= estimate.low <= estimate.value + 1e-9
                assert estimate.value <= estimate.high + 1e-9 <= top + 2e-9
        assert 0 <= card.bonus_minor <= TERMS.bonus_terms.cap_minor


share = st.floats(0, 1, allow_nan=False)


@given(share, share, st.integers(0, 5000), st.integers(0, 50))
def test_pay_never_falls_with_the_measured_score_and_stays_within_its_bounds(
    one: float, other: float, judgments: int, monitored: int
) -> None:
    low, high = sorted((one, other))
    pay = [TERMS.bonus(Measured(judgments, monitored, None, None, s)).minor for s in (low, high)]
    assert 0 <= pay[0] <= pay[1] <= TERMS.bonus_terms.cap_minor
    more = TERMS.bonus(Measured(judgments + 1, monitored, None, None, high)).minor
    assert more >= pay[1]


@given(share, st.integers(0, 3000))
def test_a_bonus_is_exact_to_half_a_minor_unit(score_: float, judgments: int) -> None:
    terms = TERMS.bonus_terms
    exact = Fraction(f"{score_:.4f}") - Fraction(str(terms.start))
    exact = min(max(exact / (Fraction(str(terms.full)) - Fraction(str(terms.start))), Fraction(0)), Fraction(1))
    exact = min(exact * judgments * terms.per_judgment_minor, Fraction(terms.cap_minor))
    assert abs(TERMS.bonus(Measured(judgments, 99, None, None, score_)).minor - exact) <= Fraction(1, 2)


text = st.text(min_size=1, max_size=12)


@given(text, text, text)
def test_swapping_twice_is_nothing_and_once_mirrors_the_same_item(prompt: str, a: str, b: str) -> None:
    data = {"prompt": prompt, "response_a": a, "response_b": b}
    fields = ("prompt", "response_a", "response_b")
    assert tasks.swap_sides(tasks.swap_sides(data, MAPPING), MAPPING) == data
    one, two = (tasks.read_showing(d, MAPPING, fields) for d in (data, tasks.swap_sides(data, MAPPING)))
    assert one is not None
    assert two is not None
    assert one.item == two.item
    assert (one.mirrored != two.mirrored) == (a != b)


@given(st.sampled_from(sorted(MAPPING.values)))
def test_every_answer_of_a_template_is_read_and_written(value: str) -> None:
    strength = parse_side(value)
    made = predictions.consensus_result(
        (strength > 0) - (strength < 0), MAPPING, mirrored=False, label_config=CATALOG["pairwise_scale"].label_config
    )
    assert parse_side(made[0]["value"]["choices"][0]) in (0, 1, -1)
    json.dumps(made)


@given(st.lists(st.tuples(st.integers(-2, 2), share), max_size=12))
def test_consensus_is_a_probability_inside_its_interval_and_ignores_order(votes: list[tuple[int, float]]) -> None:
    found = consensus(votes)
    assert 0 < found.low <= found.high < 1 or found.n == 0
    assert 0 <= found.score < 1
    assert abs(consensus(votes[::-1]).probability - found.probability) < 1e-12


@given(st.integers(0, 2**32 - 1), text)
def test_sealing_can_be_undone_with_the_key(task: int, key: str) -> None:
    assert unseal(seal(task, key), key) == task


@few
@given(
    st.floats(0, 0.4),
    st.floats(0, 0.4),
    st.integers(1, 12),
    st.integers(0, 120),
    st.text(max_size=5),
    st.integers(0, 9),
)
def test_seeds_never_exceed_what_is_owed_and_keep_the_lag(
    retest: float, gold: float, lag: int, labels: int, salt: str, pool: int
) -> None:
    policy = seed_schedule.SeedPolicy(retest, gold, lag, salt)
    control: dict[str, str | None] = {f"g{n}": None for n in range(pool)}
    history: list[seed_schedule.PastJudgment] = []
    given_seeds: list[seed_schedule.Seed] = []
    for n in range(labels):
        seed = seed_schedule.next_seed(history, given_seeds, control, annotator="a", policy=policy)
        if seed is None:
            history.append(seed_schedule.PastJudgment(f"o{n}", None))
            continue
        if seed.kind == "retest":
            first = next(k for k, seen in enumerate(history) if seen.item == seed.item)
            assert len(history) - first - 1 >= lag
        else:
            assert seed.item not in {s.item for s in history}
        given_seeds.append(seed)
        history.append(seed_schedule.PastJudgment(seed.item, None))
    for kind, rate in (("retest", retest), ("gold", gold)):
        assert sum(s.kind == kind for s in given_seeds) <= rate * labels + 1


def version(updated: float, preference: int | None, *, by_owner: bool = True) -> AnnotationRecord:
    changed_by = None if by_owner else "8"
    return AnnotationRecord(
        "1", 3, "7", "i", False, preference, 100.0, updated, 5.0, None, updated > 101, changed_by=changed_by
    )


@given(st.permutations([version(100, 1), version(200, -1), version(300, 1), version(400, -1, by_owner=False)]))
def test_versions_of_an_annotation_merge_to_the_same_row_in_any_order(order: list[AnnotationRecord]) -> None:
    def fold(versions: list[AnnotationRecord]) -> dict[str, Any]:
        row: JudgmentRecord | None = None
        for version in versions:
            row = merged(row, version, project=1, source=Source.EVENT)
        assert row is not None
        return {name: getattr(row, name) for name in ("preference", "latest", "updated", "latest_updated")}

    expected = {"preference": 1, "latest": -1, "updated": 100, "latest_updated": 400}
    assert fold(order) == expected
    assert fold([*order, *itertools.islice(order, 2)]) == expected
