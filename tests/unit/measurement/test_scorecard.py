import json
from dataclasses import fields, replace

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.reputation import Standing
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import Scorecard, ScoringInput, scorecards
from tests import fakes

CONTRACT = Contract.parse(fakes.CONTRACT.replace("monitored = 4", "monitored = 10"))


def work(name: str, *, items: int = 30, again: int = 10, gold_right: bool = True, left: bool = False) -> list[Judgment]:
    """Answers that always prefer the first response (or the left side), gold on the items below 8."""
    rows = []
    for n in range(items):
        mirrored = n % 2 == 1
        preference = (-1 if mirrored else 1) if left else 1
        if n < 8 and not gold_right and not left:
            preference = -1
        rows.append(Judgment(name, f"{n}", preference, mirrored, at=n, id=f"{name}-{n}"))
    for n in range(again):
        mirrored = n % 2 == 0
        preference = (-1 if mirrored else 1) if left else rows[n].preference
        rows.append(Judgment(name, f"{n}", preference, mirrored, at=1000 + n, id=f"{name}-again-{n}"))
    return rows


GOLD = {f"{n}": GoldItem(1) for n in range(8)}


def score(rows: list[Judgment], gold: dict[str, GoldItem] = GOLD) -> dict[str, Scorecard]:
    return {c.annotator: c for c in scorecards(ScoringInput(Judgments.of(rows), gold, CONTRACT))}


def test_care_shows_in_every_figure_and_is_paid() -> None:
    cards = score(work("careful") + work("left", left=True) + work("wrong", gold_right=False))
    careful, left = cards["careful"], cards["left"]
    assert (careful.judgments, careful.retests, careful.retests_swapped) == (40, 10, 10)
    assert careful.self_consistency.value == 1.0
    assert left.self_consistency.value == 0.0
    assert left.position_bias.value == 1.0
    assert careful.position_bias.value == 0.0
    assert careful.reputation.value is not None
    assert left.reputation.value is not None
    assert careful.reputation.value > 80 > 30 > left.reputation.value
    assert careful.bonus_minor > left.bonus_minor == 0
    assert careful.standing in (Standing.QUALIFIED, Standing.TRUSTED)
    assert cards["wrong"].gold.value == 0.0


def test_there_is_little_doubt_of_who_is_far_from_what_is_paid_and_none_is_said_before_enough_is_monitored() -> None:
    cards = score(work("left", left=True) + work("careful") + work("new", items=4, again=0, left=True))
    doubts = {name: card.doubt for name, card in cards.items()}
    assert doubts["new"] is None
    assert doubts["left"] is not None
    assert doubts["careful"] is not None
    assert doubts["left"] < 0.02 < doubts["careful"] < 0.3


def test_what_is_not_known_is_null_with_a_reason() -> None:
    card = score(work("new", items=3, again=0), {})["new"].to_dict()
    assert card["self_consistency"]["value"] is None
    assert card["gold"]["value"] is None
    assert card["attentiveness"]["value"] is None
    assert card["reputation"]["value"] is None
    assert card["standing"] == "new"
    assert card["bonus_minor"] == 0
    assert any(r.startswith("self_consistency: no retest") for r in card["reasons"])


def test_without_gold_attentiveness_is_only_a_bound_and_says_so() -> None:
    card = score(work("a"), {})["a"]
    assert card.attentiveness.value is None
    assert "lower bound" in card.attentiveness.reason
    assert card.reputation.value is not None


def test_agreeing_with_nobody_costs_nothing() -> None:
    """The same care with the opposite taste everywhere but on gold earns the same."""
    majority = [r for n in range(3) for r in work(f"m{n}")]
    mirror = [
        Judgment(r.annotator, r.item, r.preference if r.item in GOLD else -r.preference, r.mirrored, r.at, r.id)
        for r in work("minority")
    ]
    cards = score(majority + mirror)
    assert cards["minority"].reputation == cards["m0"].reputation
    assert cards["minority"].bonus_minor == cards["m0"].bonus_minor


def test_no_judgments_no_scorecards() -> None:
    assert score([]) == {}


def test_what_agreed_never_lowers_the_reputation_in_words() -> None:
    rows = [Judgment("a", f"{n}", 1, False, float(n)) for n in range(6)]
    rows += [Judgment("a", "0", 1, True, 90.0)]
    for judged, gold in (
        (rows, {"1": GoldItem(1)}),
        (rows, {"1": GoldItem(1), "2": GoldItem(1)}),
        (rows[:-1], {"1": GoldItem(1)}),
    ):
        (card,) = scorecards(ScoringInput(Judgments.of(judged), gold, Contract.parse(fakes.CONTRACT)))
        told = [r for r in card.reasons if r.startswith("reputation:")]
        assert told
        assert not any("lowers" in r for r in told)


def test_who_works_on_stays_known_though_old_evidence_fades() -> None:
    rows = [Judgment("a", f"{n}", 1, False, float(n)) for n in range(200)]
    gold = {f"{n}": GoldItem(1) for n in range(0, 200, 5)}
    plain_input = ScoringInput(Judgments.of(rows), gold, Contract.parse(fakes.CONTRACT))
    (card,) = scorecards(replace(plain_input, measurement=MeasurementOptions(half_life=5)))
    assert card.attentiveness.n == 40
    assert card.standing is not Standing.NEW
    (plain,) = scorecards(plain_input)
    assert plain.reputation.low is not None
    assert card.reputation.low is not None
    assert card.reputation.low < plain.reputation.low, "less is known"
    assert card.bonus_minor == plain.bonus_minor, "pay does not fade"


def test_a_scorecard_is_written_as_json_by_its_fields_and_read_again() -> None:
    for card in [*score(work("a") + work("left", left=True)).values(), *score(work("new", again=0), {}).values()]:
        written = json.loads(json.dumps(card.to_dict()))
        assert list(written) == [f.name for f in fields(Scorecard)]
        read = Scorecard.from_dict(written)
        assert read.to_dict() == written
        assert (read.annotator, read.anchor, read.standing) == (card.annotator, card.anchor, card.standing)
        assert read.reasons == card.reasons
        assert read.reputation.n == card.reputation.n
        assert set(written["reputation"]) == {"value", "low", "high", "n"}


def test_a_scorecard_says_how_many_retests_were_swapped() -> None:
    rows = work("a")
    as_before = [replace(row, mirrored=not row.mirrored) if row.at >= 1006 else row for row in rows]
    card = score(as_before)["a"]
    assert (card.retests, card.retests_swapped, card.to_dict()["retests_swapped"]) == (10, 6, 6)
    (other_task,) = score([replace(row, answer="cat", mirrored=False) for row in rows], {}).values()
    assert (other_task.retests, other_task.retests_swapped) == (10, None)


def test_a_scorecard_of_an_earlier_version_does_not_say_it() -> None:
    written = score(work("a"))["a"].to_dict()
    del written["retests_swapped"]
    assert Scorecard.from_dict(written).retests_swapped is None
