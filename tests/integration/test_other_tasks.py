"""Other tasks than pairs through a real Label Studio: each kind of control, seeded, received, scored."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from ls_backend.formats.pairs import read_gold
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.detaching import detach
from ls_backend.services.processing import process
from ls_backend.store import scorecards
from ls_backend.store.tables import judgments, seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.integration

TEXT = '<Text name="text" value="$text"/>'
LIST = '<List name="text" value="$items" title="Best first"/>'


def region(kind: str, value: dict[str, Any], to_name: str = "text") -> dict[str, Any]:
    return {"from_name": "answer", "to_name": to_name, "type": kind, "value": value, "id": kind}


KINDS: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "choice": (
        TEXT + '<Choices name="answer" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>',
        [region("choices", {"choices": ["good"]})],
        {"choice": "good"},
    ),
    "choices": (
        TEXT
        + '<Choices name="answer" toName="text" choice="multiple"><Choice value="a"/><Choice value="b"/></Choices>',
        [region("choices", {"choices": ["b", "a"]})],
        {"choices": ["a", "b"]},
    ),
    "rating": (
        TEXT + '<Rating name="answer" toName="text" maxRating="7"/>',
        [region("rating", {"rating": 6})],
        {"rating": 6, "of": 7},
    ),
    "ranking": (
        LIST + '<Ranker name="answer" toName="text"/>',
        [region("ranker", {"ranker": {"rank": ["2", "1", "3"]}})],
        {"ranking": ["2", "1", "3"]},
    ),
    "spans": (
        TEXT + '<Labels name="answer" toName="text"><Label value="name"/></Labels>',
        [region("labels", {"start": 0, "end": 4, "text": "text", "labels": ["name"]})],
        {"spans": [[0.0, 4.0, "name"]]},
    ),
    "boxes": (
        '<Image name="text" value="$text"/><RectangleLabels name="answer" toName="text"><Label value="car"/></RectangleLabels>',
        [
            {
                **region(
                    "rectanglelabels",
                    {"x": 1, "y": 2, "width": 30, "height": 4, "rotation": 0, "rectanglelabels": ["car"]},
                ),
                "original_width": 100,
                "original_height": 100,
                "image_rotation": 0,
            }
        ],
        {"boxes": [[1.0, 2.0, 30.0, 4.0, "car"]]},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_seeded_received_and_scored(house: House, kind: str) -> None:
    control, said, expected = KINDS[kind]
    made = house.ctx.gateway.create_project(f"Kind {kind}", f"<View>{control}</View>").id

    def data(name: str) -> dict[str, Any]:
        if kind == "ranking":
            return {"items": [{"id": str(n), "title": f"{name} {n}", "body": ""} for n in (1, 2, 3)]}
        return {"text": f"text {name}"}

    house.ctx.gateway.import_tasks(made, [data(f"{n}") for n in range(14)])
    known = "\n".join(json.dumps({**data(f"known {n}"), "answer": expected}) for n in range(4))
    attach(
        house.ctx,
        ADMIN,
        made,
        MonitoringTerms(
            contract=fakes.CONTRACT,
            gold=read_gold(known, source="gold"),
            control="answer",
            min_lag=2,
            retest_rate=0.3,
            gold_rate=0.3,
        ),
    )
    member = house.member("ann", made)
    served = house.label(member, 24, said, pace=4)  # all tasks, gold, and the retests that these are due
    assert all(list(task["data"]) == list(data("x")) for task in served)
    done = len(served)
    house.settle(made, done)
    told = house.ctx.store.rows(sa.select(judgments.c.answer).where(judgments.c.project == made))
    assert [json.loads(t.answer) for t in told] == [expected] * done
    answered = house.ctx.store.rows(sa.select(seeds).where(seeds.c.project == made, seeds.c.state == "answered"))
    assert {s.kind for s in answered} == {"gold", "retest"}
    scored = scorecards.find(house.ctx.store, made, str(member.id))
    assert scored is not None
    assert scored.scorecard.judgments == done
    assert scored.scorecard.self_consistency.value == 1
    detach(house.ctx, ADMIN, made)
    assert house.ctx.gateway.project(made).title == f"Kind {kind}"


def test_a_project_can_be_attached_again(house: House) -> None:
    """On SQLite Label Studio gives the ids of deleted tasks, such as our seeds, to new ones: nothing may be confused."""
    made = house.project(tasks=12, retest_rate=0.3, gold_rate=0.3, min_lag=2)
    member = house.member("bob", made)

    before = len(house.label(member, 14, pace=4))
    assert house.settle(made, before).judgments == before == 14
    detach(house.ctx, ADMIN, made)
    house.ctx.gateway.import_tasks(made, [fakes.pair(50 + n, slice="s0") for n in range(12)])
    attach(
        house.ctx,
        ADMIN,
        made,
        MonitoringTerms(
            contract=fakes.CONTRACT,
            gold=fakes.gold_pairs(12),
            slice_field="slice",
            min_lag=2,
            retest_rate=0.3,
            gold_rate=0.3,
        ),
    )
    after = len(house.label(member, 14, pace=4))
    assert after == 14
    assert house.settle(made, before + after).judgments == before + after, "none is lost, none is taken for another"
    process(house.ctx, ADMIN, made, pull="all", wait=30.0)
    assert house.settle(made, before + after).judgments == before + after
    answered = house.ctx.store.rows(sa.select(seeds).where(seeds.c.project == made, seeds.c.state == "answered"))
    assert len(answered) >= 2, "seeds are made anew"
