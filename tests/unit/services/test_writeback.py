"""Copies inside Label Studio: complete, resumable, and not written when nothing changed."""

import pytest
import sqlalchemy as sa

from ls_backend.errors import GatewayError
from ls_backend.label_studio.scorecard_project import IN_WORDS, SCORECARD_FIELDS
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.queries.standing import standing_of
from ls_backend.services.write_back import write_back
from ls_backend.store import projects, scorecards
from ls_backend.store.tables import tasks as stored
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=6, gold=0, retest_rate=0.0, routing="everyone", annotators=2, overlap=2)


def label(ctx: Context, made: int, answers: dict[int, str]) -> None:
    gate = fakes.gateway(ctx)
    for task in list(gate.tasks(made)):
        for annotator, answer in answers.items():
            if not any(a["completed_by"] == annotator for a in task.annotations):
                gate.clock.tick(5)
                fakes.deliver(ctx, gate.annotate(task.id, annotator, answer))
    process(ctx, ADMIN, made)


def test_scorecards_hold_a_pseudonym_and_nothing_personal(ctx: Context, made: int) -> None:
    label(ctx, made, {2: "left", 3: "right"})
    assert write_back(ctx, ADMIN, made)["scorecards"] == 2
    board = projects.get(ctx.store, made).scorecard_project
    cards = [t.data for t in fakes.gateway(ctx).tasks(board)]
    assert {c["annotator"] for c in cards} == {ctx.settings.pseudonym("2"), ctx.settings.pseudonym("3")}
    assert all(set(c) == {*SCORECARD_FIELDS, IN_WORDS} for c in cards)
    assert "@" not in str(cards)


def test_nothing_is_written_when_nothing_changed(ctx: Context, made: int) -> None:
    label(ctx, made, {2: "left"})
    write_back(ctx, ADMIN, made)
    gate = fakes.gateway(ctx)
    gate.calls.clear()
    assert write_back(ctx, ADMIN, made) == {"scorecards": 0, "predictions": 0}
    assert gate.calls == []


def test_a_changed_scorecard_is_updated_in_place(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    first, *_ = list(gate.tasks(made))
    fakes.deliver(ctx, gate.annotate(first.id, 2, "left"))
    process(ctx, ADMIN, made)
    write_back(ctx, ADMIN, made)
    label(ctx, made, {2: "left"})
    write_back(ctx, ADMIN, made)
    (card,) = gate.tasks(projects.get(ctx.store, made).scorecard_project)
    assert card.data["judgments"] == 6


def test_the_copy_of_a_scorecard_goes_with_it_and_comes_back(ctx: Context, made: int) -> None:
    label(ctx, made, {2: "left", 3: "right"})
    write_back(ctx, ADMIN, made)
    gateway, scorecard_project = fakes.gateway(ctx), projects.get(ctx.store, made).scorecard_project
    assert scorecard_project is not None
    remove_all(ctx, made, 3)
    assert scorecards.count(ctx.store, made) == 1
    assert standing_of(ctx, made, "3").judgments == 0
    assert write_back(ctx, ADMIN, made)["scorecards"] == 0
    assert [t.data["annotator"] for t in gateway.tasks(scorecard_project)] == [ctx.settings.pseudonym("2")]
    gateway.calls.clear()
    write_back(ctx, ADMIN, made)
    assert gateway.calls == []
    label(ctx, made, {3: "left"})
    assert write_back(ctx, ADMIN, made)["scorecards"] == 1
    remove_all(ctx, made, 3)
    label(ctx, made, {3: "left"})
    write_back(ctx, ADMIN, made)
    copies = {t.data["annotator"] for t in gateway.tasks(scorecard_project)}
    assert copies == {ctx.settings.pseudonym("2"), ctx.settings.pseudonym("3")}


def remove_all(ctx: Context, project: int, annotator: int) -> None:
    gateway = fakes.gateway(ctx)
    for task in list(gateway.tasks(project)):
        for annotation in [a for a in task.annotations if a["completed_by"] == annotator]:
            fakes.deliver(ctx, gateway.remove(task.id, annotation["id"]))
    process(ctx, ADMIN, project)


def test_consensus_stands_on_finished_tasks_only_and_is_low_where_people_disagree(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    one, two, three, *_ = [t.id for t in gate.tasks(made)]
    for task, answers in ((one, ("left", "left")), (two, ("left", "right")), (three, ("left",))):
        for annotator, answer in enumerate(answers, 2):
            gate.clock.tick(5)
            fakes.deliver(ctx, gate.annotate(task, annotator, answer))
    process(ctx, ADMIN, made)
    assert write_back(ctx, ADMIN, made)["predictions"] == 2
    scores = {p.task: p.score for p in gate.predictions(project=made)}
    assert set(scores) == {one, two}
    assert scores[one] > scores[two] == 0.0
    agreed = next(p for p in gate.predictions(task=one))
    assert agreed.result[0]["value"] == {"choices": ["left"]}


def test_a_score_that_moves_a_little_is_not_written_again_and_one_that_moves_far_is(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    tasks = [t.id for t in gate.tasks(made)]
    for task in tasks:
        fakes.deliver(ctx, gate.annotate(task, 2, "left"))
        fakes.deliver(ctx, gate.annotate(task, 3, "left"))
    process(ctx, ADMIN, made)
    assert write_back(ctx, ADMIN, made)["predictions"] == 6
    before = {p.task: p.score for p in gate.predictions(project=made)}
    copies = {task: f"{before[task] + moved:.2f}" for task, moved in zip(tasks, (0.0, 0.09, 0.11), strict=False)}
    for task, score in copies.items():
        (kept,) = ctx.store.rows(
            sa.select(stored.c.written_digest).where(stored.c.project == made, stored.c.id == task)
        )
        mark = kept.written_digest.split("/")[0] + "/" + score
        ctx.store.execute(
            sa.update(stored).where(stored.c.project == made, stored.c.id == task).values(written_digest=mark, due=1)
        )
    assert write_back(ctx, ADMIN, made)["predictions"] == 1
    assert len(gate.predictions(project=made)) == 6
    assert write_back(ctx, ADMIN, made)["predictions"] == 0


def test_a_write_back_that_failed_is_taken_up_without_doubling(ctx: Context, made: int) -> None:
    label(ctx, made, {2: "left", 3: "left"})
    gate = fakes.gateway(ctx)
    gate.fail_on = {"import_predictions"}
    with pytest.raises(GatewayError):
        write_back(ctx, ADMIN, made)
    gate.fail_on = set()
    write_back(ctx, ADMIN, made)
    write_back(ctx, ADMIN, made)
    assert len(gate.predictions(project=made)) == 6
    assert len(list(gate.tasks(projects.get(ctx.store, made).scorecard_project))) == 2


def test_what_annotators_see_of_themselves_says_nothing_of_items_or_others(ctx: Context, made: int) -> None:
    label(ctx, made, {2: "left", 3: "right"})
    seen = standing_of(ctx, made, "2")
    assert (seen.judgments, seen.known) == (6, False)
    assert "gold" not in str(seen.why).lower().replace("gold items", "")
    assert standing_of(ctx, made, "99").judgments == 0
