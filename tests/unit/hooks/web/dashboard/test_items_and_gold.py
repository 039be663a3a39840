"""Items, gold, agreement and the public page: the figures of the queries beneath, escaped texts, and changes that are made once."""

import json
import re
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from ls_backend.analysis.agreement import pairwise_agreement
from ls_backend.analysis.first_answers import FirstAnswers, PairCounts
from ls_backend.measurement.judgments import Judgments
from ls_backend.services.context import Context
from ls_backend.services.ground_truths import lapse
from ls_backend.services.queries.consensus import consensus_of
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.public_figures import LEAST_GROUP, hide_small
from ls_backend.store import audit, gold, scorecards
from ls_backend.store.tables import tasks
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor

EVIL = "<script>alert(1)</script>"


def test_items_come_with_the_consensus_that_is_copied_to_label_studio(
    admin: Visitor, ctx: Context, project: int
) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/items.json")["tables"]["items"]
    consensus = consensus_of(ctx, project, [row["id"] for row in rows])
    assert len(rows) == len(judgments_of(ctx, project).items)
    for row in rows:
        assert row["consensus"]["value"] == pytest.approx(consensus[row["id"]].probability, abs=1e-4)
        assert row["votes"] == consensus[row["id"]].n
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores)


def test_gold_is_not_among_the_items_that_ask_for_a_look_unless_it_is_asked_for(
    admin: Visitor, ctx: Context, project: int
) -> None:
    there = f"/steadyhand/projects/{project}/items"
    (item, *_) = gold.known_answers(ctx.store, project)
    link = f'href="{there}/{item}/"'
    assert not [page for page in (1, 2) if link in admin.get(f"{there}/?page={page}").text]
    assert [page for page in (1, 2) if link in admin.get(f"{there}/?gold=any&page={page}").text]
    assert "gold=any&amp;sort=" in admin.get(f"{there}/?gold=any").text, "sorting leaves the filter as it is"
    assert link in admin.get(f"{there}/?gold=yes").text
    exported = admin.get(f"{there}/").text.partition('"exports"')[2].partition("</span>")[0]
    assert "gold=no" in exported, "the file has what the page shows"


@dataclass(frozen=True)
class Both:
    """How many items two annotators have both answered, and the share of the same answers."""

    items: int
    same: float


def pairwise(judged: Judgments) -> dict[tuple[int, int], Both]:
    """By the numbers of both annotators, the lesser before the greater."""
    pairs = pairwise_agreement(PairCounts.of(FirstAnswers.of(judged, ())), values=judged.values.size)
    columns = (pairs.one.tolist(), pairs.other.tolist(), pairs.n.tolist(), pairs.plain.tolist())
    return {(one, other): Both(n, plain) for one, other, n, plain in zip(*columns, strict=True)}


def test_items_that_two_annotators_have_both_answered(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/items.json?both=11,12")["tables"]["items"]
    judged = judgments_of(ctx, project)
    assert len(rows) == pairwise(judged)[judged.annotators.index("11"), judged.annotators.index("12")].items > 0


def test_the_heat_map_says_what_inspect_says(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/agreement.json")["tables"]["pairs"]
    judged = judgments_of(ctx, project)
    agreement = pairwise(judged)
    for row in rows:
        a, b = (judged.annotators.index(row[name].removeprefix("user").partition("@")[0]) for name in ("one", "other"))
        both = agreement.get((min(a, b), max(a, b)))
        assert row["items"] == (0 if both is None else both.items)
        if both is not None:
            assert row["same"]["value"] == pytest.approx(both.same, abs=1e-4)


def test_confusions_count_each_pair_of_answers_once(admin: Visitor, ctx: Context, project: int) -> None:
    tables = admin.json(f"/steadyhand/projects/{project}/agreement.json")["tables"]
    items = sum(both.items for both in pairwise(judgments_of(ctx, project)).values())
    assert sum(row["pairs"] for row in tables["confusions"]) == items
    assert sum(row["items"] for row in tables["items"]) > 0


def test_an_item_shows_who_said_what_and_texts_with_html_are_escaped(
    admin: Visitor, ctx: Context, project: int
) -> None:
    item = admin.json(f"/steadyhand/projects/{project}/items.json")["tables"]["items"][0]["id"]
    evil = {"prompt": EVIL, "response_a": f"answer {EVIL}", "response_b": "reply", "slice": EVIL}
    ctx.store.execute(sa.update(tasks).where(tasks.c.item == item).values(data=evil))
    page = admin.get(f"/steadyhand/projects/{project}/items/{item}/").text
    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)") >= 2
    answers = admin.json(f"/steadyhand/projects/{project}/items/{item}.json")["tables"]["answers"]
    assert {answer["said"] for answer in answers} <= {"response 1", "response 2", "a tie"}
    assert admin.get(f"/steadyhand/projects/{project}/items/nonsense/").status_code == 404


def test_gold_is_retired_and_brought_back_once(admin: Visitor, ctx: Context, project: int) -> None:
    (item, *_) = gold.known_answers(ctx.store, project)
    there = f"/steadyhand/projects/{project}/gold/{item}"
    before = scorecards.of_project(ctx.store, project)
    assert "nobody is shown it any more" in admin.after(f"{there}/retire").text
    assert "It was retired before" in admin.after(f"{there}/retire").text
    assert item not in gold.slices_in_use(ctx.store, project)
    assert item in gold.known_answers(ctx.store, project)  # its answers still count
    assert scorecards.of_project(ctx.store, project) == before
    for _ in range(2):
        assert "in use" in admin.after(f"{there}/bring-back").text
    assert item in gold.slices_in_use(ctx.store, project)
    log = [entry.what for entry in audit.records(ctx.store, project)]
    assert (log.count("gold retired"), log.count("gold brought back")) == (1, 1)


def test_the_page_tells_what_lapsed_from_what_an_admin_retired_and_lets_the_admin_decide(
    admin: Visitor, ctx: Context, project: int
) -> None:
    (record, *_) = gold.records(ctx.store, project)
    there = f"/steadyhand/projects/{project}/gold/{record.item}"
    lapse(ctx, ADMIN, record)
    page = admin.get(f"{there}/").text
    for part in ("no, lapsed", "it is placed again when they do", "Bring it back", "Retire it"):
        assert part in page
    assert "nobody is shown it any more" in admin.after(f"{there}/retire").text
    page = admin.get(f"{there}/").text
    assert "no, retired" in page
    assert "Retire it" not in page
    rows = admin.json(f"/steadyhand/projects/{project}/gold.json")["tables"]["gold"]
    assert "retired" in {row["advice"] for row in rows}


def test_an_explanation_is_changed_and_escaped(admin: Visitor, ctx: Context, project: int) -> None:
    (item, *_) = gold.known_answers(ctx.store, project)
    page = admin.after(f"/steadyhand/projects/{project}/gold/{item}/explanation", explanation=EVIL).text
    assert EVIL not in page
    assert gold.known_answers(ctx.store, project)[item].explanation == EVIL
    assert EVIL not in admin.get(f"/steadyhand/projects/{project}/items/{item}/").text
    assert admin.post(f"/steadyhand/projects/{project}/gold/{item}/explanation", explanation=" ").status_code == 400
    (noted,) = [entry for entry in audit.records(ctx.store, project) if entry.what == "gold explained"]
    assert noted.detail["after"] == EVIL
    assert noted.detail["before"].startswith("because of")


def test_an_item_becomes_gold_and_its_answers_checks(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/items.json")["tables"]["items"]
    item = next(row["id"] for row in rows if not row["gold"] and row["votes"] >= 2)
    there = f"/steadyhand/projects/{project}/items/{item}/gold"
    checked = sum(card.gold.n for card in scorecards.of_project(ctx.store, project))
    assert admin.post(there, response="").status_code == 400
    reasonless = admin.post(there, response="1")
    assert reasonless.status_code == 400
    assert "say why, in a sentence" in reasonless.text
    assert item not in gold.known_answers(ctx.store, project)
    assert "gold now" in admin.after(there, response="1", explanation="plain").text
    assert "gold already" in admin.after(there, response="1").text
    assert admin.post(there, response="2").status_code == 400
    votes = next(row["votes"] for row in rows if row["id"] == item)
    assert sum(card.gold.n for card in scorecards.of_project(ctx.store, project)) == checked + votes


def test_what_gold_would_change_is_shown_before_and_is_what_happens(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/items.json")["tables"]["items"]
    rows = [row for row in rows if not row["gold"] and row["votes"] >= 3]
    item, consensus = max(((row["id"], row["consensus"]["value"]) for row in rows), key=lambda pair: pair[1])
    there = f"/steadyhand/projects/{project}/items/{item}/gold"
    right, wrong = admin.get(f"{there}/?response=1").text, admin.get(f"{there}/?response=2").text
    assert consensus > 0.5
    assert "Most annotators prefer the other response" in wrong
    assert "Most annotators prefer the other response" not in right
    shown = admin.json(f"{there}.json?response=2")["tables"]["effect"]
    otherwise = sum(not row["as_expected"] for row in shown)
    assert f"{otherwise} of {len(shown)} annotators who have answered it said otherwise" in wrong
    before = {card.annotator: card for card in scorecards.of_project(ctx.store, project)}
    assert item not in gold.known_answers(ctx.store, project), "looking changes nothing"
    admin.after(there, response="2", explanation="plain")
    cards = {f"user{card.annotator}@example.com": card for card in scorecards.of_project(ctx.store, project)}
    for row in shown:
        card = cards[row["annotator"]]
        assert (row["standing_after"], row["bonus_after"]["minor"]) == (card.standing.value, card.bonus_minor)
        assert row["reputation_after"]["value"] == pytest.approx(card.reputation.value, abs=1e-3)

    out = f"/steadyhand/projects/{project}/gold/{item}/withdraw"
    assert admin.post(out, reason=" ").status_code == 400
    back = {row["annotator"]: row for row in admin.json(f"{out}.json")["tables"]["effect"]}
    assert "no longer count" in admin.after(out, reason="the other one is better").text
    assert "withdrawn before" in admin.after(out, reason="twice").text
    after = {card.annotator: card for card in scorecards.of_project(ctx.store, project)}
    assert after == before, "as if it had never been gold"
    for name, row in back.items():
        assert row["bonus_after"]["minor"] == before[name.removeprefix("user").partition("@")[0]].bonus_minor
    assert item not in gold.known_answers(ctx.store, project)
    assert item not in gold.slices_in_use(ctx.store, project)
    (noted,) = [entry for entry in audit.records(ctx.store, project) if entry.what == "gold withdrawn"]
    assert (noted.detail["reason"], noted.detail["explanation"], noted.detail["preferred"]) == (
        "the other one is better",
        "plain",
        -1,
    )
    assert admin.post(f"/steadyhand/projects/{project}/gold/{item}/bring-back").status_code == 400
    assert "gold now" in admin.after(there, response="1", explanation="the right one").text
    assert gold.known_answers(ctx.store, project)[item].preferred == 1


def test_gold_that_good_annotators_keep_failing_is_named_first(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/gold.json")["tables"]["gold"]
    easy = next(row for row in reversed(rows) if (row["good"]["value"] or 0) == 1 and row["good"]["n"] >= 3)
    (record,) = [r for r in gold.records(ctx.store, project) if r.explanation and easy["item"] in r.data["prompt"]]
    with ctx.store.transaction() as connection:  # somebody wrote down the wrong answer
        gold.change(ctx.store, project, record.item, connection, preferred=-record.preferred)
    rows = admin.json(f"/steadyhand/projects/{project}/gold.json")["tables"]["gold"]
    assert (rows[0]["item"], rows[0]["advice"]) == (easy["item"], "doubt it")
    assert "Good annotators keep failing" in admin.get(f"/steadyhand/projects/{project}/gold/").text


def test_what_is_published_names_nobody_and_no_item(admin: Visitor, ctx: Context, project: int) -> None:
    page = admin.get(f"/steadyhand/projects/{project}/public/page.html")
    assert "attachment" in page.headers["Content-Disposition"]
    judged = judgments_of(ctx, project)
    words = [*judged.items, *(ctx.settings.pseudonym(a) for a in judged.annotators), "@example.com", "question "]
    assert not [word for word in words if word in page.text]
    assert not re.search(r"(src|href)=", page.text)
    assert "<script" not in page.text
    tables = json.dumps(admin.json(f"/steadyhand/projects/{project}/public.json"))
    assert not [word for word in words if word in tables]


@pytest.mark.parametrize(
    "counts",
    [
        {"new": 0, "learning": 3, "qualified": 20, "trusted": 6, "expert": 0},
        {"new": 1, "learning": 1, "qualified": 20, "trusted": 6, "expert": 0},
        {"new": 4, "learning": 4, "qualified": 9, "trusted": 0, "expert": 0},
        {"new": 3, "learning": 0, "qualified": 0, "trusted": 0, "expert": 0},
        {"new": 7, "learning": 8, "qualified": 9, "trusted": 0, "expert": 0},
    ],
)
def test_a_small_group_follows_from_nothing_that_is_shown(counts: dict[str, int]) -> None:
    shown = hide_small(counts)
    hidden = [name for name, n in shown.items() if n is None]
    assert all(n is None or n == 0 or n >= LEAST_GROUP for n in shown.values())
    assert all(shown[name] in (None, n) for name, n in counts.items())
    assert len(hidden) != 1
    if any(n and n >= LEAST_GROUP for n in shown.values()):
        assert not hidden or sum(counts[name] for name in hidden) >= LEAST_GROUP
