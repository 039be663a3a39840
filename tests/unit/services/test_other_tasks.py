"""Other tasks than pairs, from attaching to pay."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from ls_backend.errors import InputError, MappingError
from ls_backend.formats.pairs import read_gold
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.detaching import detach
from ls_backend.services.pilots import PilotTerms, peek_at_pilot, start_pilot
from ls_backend.services.processing import apply_event, process
from ls_backend.services.queries.status import status
from ls_backend.services.settling import settle
from ls_backend.services.verifying import verify
from ls_backend.services.write_back import write_back
from ls_backend.store.tables import judgments, scorecards, seeds
from tests import fakes
from tests.fakes import ADMIN

GOLD = read_gold(
    "\n".join(json.dumps({"text": f"gold {n}", "answer": "good" if n % 2 else "bad"}) for n in range(6)), source="g"
)
TERMS = MonitoringTerms(
    contract=fakes.CONTRACT, gold=GOLD, control="sentiment", min_lag=2, retest_rate=0.3, gold_rate=0.3, routing="aimed"
)


@pytest.fixture
def sentiments(plugged: Context) -> tuple[Context, int]:
    made = plugged.gateway.create_project("Texts", fakes.SENTIMENT).id
    plugged.gateway.import_tasks(made, [{"text": f"text {n}"} for n in range(40)])
    return plugged, made


def work(ctx: Context, project: int, annotator: int, labels: int) -> None:
    """Answers by the text's number, so that the same text gets the same answer; what is reserved comes first."""
    gate = fakes.gateway(ctx)
    for _ in range(labels):
        waiting = [t for t in gate.tasks(project) if not t.annotations]
        mine = [t for t in waiting if gate.reserved.get(t.id) == str(annotator)]
        task = (mine or [t for t in waiting if t.id not in gate.reserved])[0]
        number = int(task.data["text"].split()[1])
        said = "good" if number % 2 else "bad"
        ctx.clock.tick(30.0)  # type: ignore[attr-defined]
        apply_event(ctx, ADMIN, gate.annotate(task.id, annotator, fakes.sentiment(said)))
        process(ctx, ADMIN, project, wait=1.0)


def test_from_attaching_to_pay(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    report = attach(ctx, ADMIN, project, TERMS)
    assert report.gold == 6
    work(ctx, project, 7, 24)
    made = ctx.store.rows(sa.select(seeds).where(seeds.c.project == project))
    assert {s.kind for s in made if s.state == "answered"} == {"gold", "retest"}
    assert all(list(s.data) == ["text"] for s in made)
    card = ctx.store.rows(sa.select(scorecards.c.scorecard))[0].scorecard
    assert card.self_consistency.value == 1
    assert card.gold.value == 1
    assert card.anchor == "gold"
    assert card.attentiveness.value > 0.6
    assert card.position_bias.value is None
    assert "answers have no sides" not in str(card.reasons)
    told = ctx.store.rows(sa.select(judgments.c.answer).where(judgments.c.project == project))
    assert {t.answer for t in told} == {'{"choice":"good"}', '{"choice":"bad"}'}
    assert status(ctx, project)[0].judgments == 24

    settled = settle(ctx, ADMIN, project, "all", though_running=True)
    assert settled.total_minor > 0
    assert verify(ctx, project).faults == ()
    write_back(ctx, ADMIN, project, wait=5.0)
    assert fakes.gateway(ctx).predictions(project=project) == [], "answers of other tasks are not merged"


def test_a_pilot_knows_no_review_load_where_there_is_no_consensus(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    attach(ctx, ADMIN, project, TERMS)
    gate = fakes.gateway(ctx)

    def both_answer(some: slice) -> None:
        for task in [t.id for t in gate.tasks(project) if t.id not in gate.reserved][some]:
            for annotator in (7, 8):
                ctx.clock.tick(30.0)  # type: ignore[attr-defined]
                apply_event(ctx, ADMIN, gate.annotate(task, annotator, fakes.sentiment("good")))

    both_answer(slice(0, 4))
    other = fakes.CONTRACT.replace("test-1", "b-1")
    start_pilot(ctx, ADMIN, project, PilotTerms("p", fakes.CONTRACT, other))
    both_answer(slice(4, 8))
    assert peek_at_pilot(ctx, project).review_load.annotators == 0


def test_an_edit_is_kept_beside_the_first_answer(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    attach(ctx, ADMIN, project, TERMS)
    gate = fakes.gateway(ctx)
    task = next(iter(gate.tasks(project))).id
    first = gate.annotate(task, 7, fakes.sentiment("good"))
    apply_event(ctx, ADMIN, first)
    ctx.clock.tick(60.0)  # type: ignore[attr-defined]
    apply_event(ctx, ADMIN, gate.edit(task, first["annotation"]["id"], fakes.sentiment("bad"), by=7))  # type: ignore[arg-type]
    (row,) = ctx.store.rows(sa.select(judgments).where(judgments.c.project == project))
    assert (row.answer, row.latest_answer) == ('{"choice":"good"}', '{"choice":"bad"}')


def test_without_a_control_it_is_asked_for_and_a_wrong_one_is_named(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    with pytest.raises(MappingError, match=r"pass --control NAME \(sentiment\)"):
        attach(ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT))
    with pytest.raises(MappingError, match=r"no control 'mood'.*sentiment \(choice\)"):
        attach(ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT, control="mood"))
    with pytest.raises(InputError, match="does not fit the project's task"):
        attach(
            ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT, control="sentiment", gold=fakes.gold_pairs(1))
        )


def test_how_attentiveness_is_measured_is_kept_and_said(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    how = MeasurementOptions(q=0.9, half_life=50)
    attach(
        ctx,
        ADMIN,
        project,
        MonitoringTerms(contract=fakes.CONTRACT, control="sentiment", min_lag=2, retest_rate=0.3, measurement=how),
    )
    work(ctx, project, 7, 16)
    card = ctx.store.rows(sa.select(scorecards.c.scorecard))[0].scorecard
    assert card.anchor == "given"
    assert any("rests on the q that was given" in r for r in card.reasons)


def test_another_task_in_a_project_with_judgments_is_refused(sentiments: tuple[Context, int]) -> None:
    ctx, project = sentiments
    attach(ctx, ADMIN, project, TERMS)
    work(ctx, project, 7, 3)
    detach(ctx, ADMIN, project)
    both = fakes.SENTIMENT.replace("</View>", '<Rating name="stars" toName="text"/></View>')
    fakes.gateway(ctx).change_label_config(project, both)
    with pytest.raises(
        InputError, match="judgments on choice by sentiment, which can't be scored together with rating by stars"
    ):
        attach(ctx, ADMIN, project, replace(TERMS, control="stars", gold=(), gold_rate=0.0))
    attach(ctx, ADMIN, project, TERMS)
