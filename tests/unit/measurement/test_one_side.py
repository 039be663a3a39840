"""Retests whose sides stand as before, and people who nearly always take one side: they repeat themselves whatever they read."""

from dataclasses import replace

import numpy as np
import pytest

from ls_backend.contracts.terms import Contract, Measure
from ls_backend.measurement import evidence
from ls_backend.measurement.attentiveness import EvidenceColumn, GuessRates, likelihood, log_probabilities
from ls_backend.measurement.evidence import find_checks, gather_evidence
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.pay import PayInput, period_pay
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from tests import fakes

ITEMS, GOLD_ITEMS = 80, {f"i{n:03}": GoldItem(1) for n in range(12)}


def contract(measure: Measure = Measure.ATTENTIVENESS, minimum: int = 10, share: float = 0.0) -> Contract:
    text = fakes.CONTRACT.replace("start", f'measure = "{measure}"\nstart')
    return Contract.parse(text.replace("monitored = 4", f"monitored = {minimum}\nshare = {share}"))


def simulated(
    people: list[tuple[float, float]], *, retests: int = 20, swapped: int = 0, seed: int = 1, items: int = ITEMS
) -> Judgments:
    """By the annotator model: each of the ``people`` has an attentiveness and a chance that a guess goes left. All answer all items,
    the first twelve as gold has it, then some again, of which the first ``swapped`` have their sides swapped."""
    rng = np.random.default_rng(seed)
    p = np.where(np.arange(items) < len(GOLD_ITEMS), 1.0, rng.beta(0.5, 0.5, items))
    rows = []
    for person, (eta, lam) in enumerate(people):
        mirrored = rng.random(items) < 0.5
        once, again = rng.permutation(items), rng.permutation(items)[:retests]
        shown = [(i, mirrored[i]) for i in once] + [(i, mirrored[i] ^ (n < swapped)) for n, i in enumerate(again)]
        for n, (item, second_on_left) in enumerate(shown):
            guess = (rng.random() < lam) != second_on_left
            first = rng.random() < p[item] if rng.random() < eta else guess
            rows.append(Judgment(f"{person:04}", f"i{item:03}", 1 if first else -1, bool(second_on_left), float(n)))
    return Judgments.of(rows)


def score(judged: Judgments, terms: Contract | None = None, gold: dict[str, GoldItem] | None = None) -> list[Scorecard]:
    return scorecards(ScoringInput(judged, gold or {}, terms or contract()))


CAREFUL = [(0.9, 0.5)] * 20
ONE_SIDED = [pytest.param(lam, id=name) for name, lam in (("left", 1.0), ("right", 0.0), ("left 95 %", 0.95))]


@pytest.mark.parametrize("lam", ONE_SIDED)
@pytest.mark.parametrize("measure", [Measure.ATTENTIVENESS, Measure.SELF_CONSISTENCY])
@pytest.mark.parametrize("minimum", [10, 0])
def test_who_takes_one_side_is_not_known_by_repeats_in_the_same_order_and_not_paid(
    lam: float, measure: Measure, minimum: int
) -> None:
    people = [*CAREFUL, *[(0.0, lam)] * 60]
    cards = score(simulated(people, retests=40), contract(measure, minimum))
    for card in cards[len(CAREFUL) :]:
        assert card.retests == 40
        for unknown in (card.self_consistency, card.weighted_consistency, card.kappa, card.attentiveness):
            assert unknown.value is None
        assert card.reputation.value is None
        assert card.reputation.n == 0
        assert card.standing is Standing.NEW
        assert card.bonus_minor == 0
        assert any("40 of 40 repeats showed the sides in the same order" in why for why in card.reasons)
        assert not any(why.startswith("reputation: 40") for why in card.reasons)
    assert all(card.reputation.value is not None for card in cards[: len(CAREFUL)])
    assert sum(card.bonus_minor for card in cards[: len(CAREFUL)]) > 0


@pytest.mark.parametrize("measure", [Measure.ATTENTIVENESS, Measure.SELF_CONSISTENCY])
def test_what_is_not_known_pays_what_the_contract_says_of_that(measure: Measure) -> None:
    for minimum in (10, 0):
        (card,) = score(simulated([(0.0, 1.0)]), contract(measure, minimum, share=0.25))
        assert card.bonus_minor == 0.25 * 10 * card.judgments
        assert any(f"0 of {minimum} monitored answers needed" in why for why in card.reasons)


@pytest.mark.parametrize("lam", ONE_SIDED)
def test_repeats_with_swapped_sides_still_tell(lam: float) -> None:
    cards = score(simulated([*CAREFUL, *[(0.0, lam)] * 20], retests=40, swapped=20))
    for card in cards[len(CAREFUL) :]:
        assert (card.self_consistency.n, card.reputation.n) == (20, 20)
        assert card.self_consistency.value is not None
        assert card.self_consistency.value < 0.35
        assert card.reputation.value is not None
        assert card.reputation.value < 30
        assert card.bonus_minor == 0
        assert any("20 of 40 repeats showed the sides in the same order" in why for why in card.reasons)


@pytest.mark.parametrize("lam", ONE_SIDED)
def test_gold_still_tells(lam: float) -> None:
    cards = score(simulated([*CAREFUL, *[(0.0, lam)] * 20], retests=40), gold=GOLD_ITEMS)
    for card in cards[len(CAREFUL) :]:
        assert card.self_consistency.value is None
        assert card.reputation.n == len(GOLD_ITEMS)
    values = [card.reputation.value or 0.0 for card in cards]
    assert np.mean(values[len(CAREFUL) :]) < 25 < 75 < np.mean(values[: len(CAREFUL)])


def test_who_takes_one_side_in_a_period_is_not_known_in_it_whatever_came_before() -> None:
    steady = Judgments.of(
        Judgment("0000", f"i{n % 60}", 1 if n % 60 < 30 else -1, bool(n % 2), float(n)) for n in range(120)
    )
    later = [
        Judgment("0000", f"late{n % 30}", -1 if n % 2 else 1, bool(n % 2), 1000.0 + n) for n in range(60)
    ]  # each twice, sides as before
    judged = steady.merged_with(Judgments.of(later))
    assert judged is not None
    for measure in (Measure.ATTENTIVENESS, Measure.SELF_CONSISTENCY):
        terms = contract(measure, 0)
        before = period_pay(PayInput(judged, {}, terms, end=1000.0))["0000"]
        late = period_pay(PayInput(judged, {}, terms, start=1000.0))["0000"]
        assert (before.measured.monitored, late.measured.monitored) == (60, 0)
        assert late.measured.attentiveness is None
        assert late.measured.self_consistency is None
        assert late.pay.bonus.minor == 0 < before.pay.bonus.minor


@pytest.mark.parametrize("measure", [Measure.ATTENTIVENESS, Measure.SELF_CONSISTENCY])
def test_of_500_careful_people_with_mild_preferences_few_lose_anything(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share in docs/measurement.md, beside what they would get if nothing were taken off."""
    rng = np.random.default_rng(2)
    people = list(zip(rng.uniform(0.8, 1.0, 500).tolist(), rng.choice([0.5, 0.6, 0.7, 0.8], 500).tolist(), strict=True))
    judged = simulated(people)
    cards = score(judged, contract(measure))
    monkeypatch.setattr(evidence, "MILD", 2.0)
    nothing_off = score(judged, contract(measure))
    pairs = list(zip(cards, nothing_off, strict=True))
    assert sum(now.bonus_minor < then.bonus_minor for now, then in pairs) <= 15
    assert sum(now.self_consistency.value != then.self_consistency.value for now, then in pairs) <= 15
    assert all(now.reputation.value is not None for now, _ in pairs)


def test_what_a_preference_for_a_side_gives_anyway_is_taken_off() -> None:
    """Guesses of which 80 % go left agree in 0.68 of all cases; what is left is a coin's half."""
    judged = simulated([(0.0, 0.8)] * 200, retests=60, items=200)
    seen = gather_evidence(judged, {})
    plain = np.bincount(find_checks(judged, {}).annotator, find_checks(judged, {}).agreed) / 60
    assert plain.mean() == pytest.approx(0.68, abs=0.02)
    counted = seen.retests < 60
    assert counted.mean() > 0.9
    assert (seen.retests_agreed / np.maximum(seen.retests, 1)).mean() == pytest.approx(0.5, abs=0.03)
    assert seen.retests[counted].mean() == pytest.approx(60 * (1 - 0.36), rel=0.1)
    (card, *_) = score(judged)
    assert any(f"so that all repeats together count as {seen.retests[0]}" in why for why in card.reasons)


def test_in_the_model_one_sided_answers_agree_as_two_options_with_their_own_shares() -> None:
    eta, q, share = 0.7, 0.6, 0.8
    log_chance = log_probabilities(np.array([eta]), np.array([0.5]), np.array([q]), side=(2 * share - 1) ** 2)
    chance = np.exp(log_chance[:, 0, 0, 0])
    by_chance = share**2 + (1 - share) ** 2
    assert chance[EvidenceColumn.SAME_ORDER_AGREED] == pytest.approx(by_chance + (1 - by_chance) * eta**2 * q)
    assert chance[[3, 4]].sum() == pytest.approx(1.0)
    plain = np.exp(log_probabilities(np.array([eta]), np.array([0.5]), np.array([q]))[:, 0, 0, 0])
    others = [column for column in range(plain.size) if column not in (3, 4)]
    assert (chance[others] == plain[others]).all()


def test_without_repeats_in_the_same_order_nothing_changes_by_a_bit() -> None:
    judged = simulated([*CAREFUL, *[(0.3, 1.0)] * 20], retests=30, swapped=30)
    for gold in ({}, GOLD_ITEMS):
        seen = gather_evidence(judged, gold)
        assert seen.guess_rates.side is not None
        assert seen.guess_rates.side.any()
        plain = likelihood(seen.counts, replace(seen.guess_rates, side=None)).attentiveness(pooled=True)
        assert (seen.attentiveness(pooled=True).posterior == plain.posterior).all()
        assert (seen.retests == 30).all()


def test_a_few_answers_on_one_side_may_be_chance() -> None:
    rows = [Judgment("a", f"{n % 4}", 1 if n % 4 else -1, False, float(n)) for n in range(8)]
    assert gather_evidence(Judgments.of(rows), {}).retests.tolist() == [4], "six of eight"
    always = [replace(row, preference=1) for row in rows]
    assert gather_evidence(Judgments.of(always), {}).retests.tolist() == [0]


def test_on_a_strength_scale_nothing_is_known_either() -> None:
    rng = np.random.default_rng(3)
    rows = [
        Judgment("a", f"{n % 40}", int(rng.integers(1, 4)) * (-1 if n % 2 else 1), bool(n % 2), float(n))
        for n in range(80)
    ]
    (card,) = score(Judgments.of(rows))
    assert card.retests == 40
    assert card.weighted_consistency.value is card.kappa.value is card.self_consistency.value is None


def test_answers_without_sides_are_never_one_sided() -> None:
    rows = [Judgment("a", f"{n % 30}", 0, False, float(n), answer="cat") for n in range(60)]
    seen = gather_evidence(Judgments.of(rows), {})
    assert seen.guess_rates == GuessRates(retest=seen.guess_rates.retest, gold=seen.guess_rates.gold)
    assert seen.retests.tolist() == [30]
    part = gather_evidence(Judgments.of(rows), {}, part=np.ones(60, dtype=np.bool_))
    assert part.retests.tolist() == [30]
