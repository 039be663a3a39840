"""Gold items from Label Studio's ground truths."""

import pytest

from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.gold_items import bring_back, explain, retire
from ls_backend.services.ground_truths import GroundTruths
from ls_backend.services.guides import drop_exemplar, show_exemplar
from ls_backend.services.processing import process
from ls_backend.services.queries.gold import gold_rows
from ls_backend.services.queries.status import status
from ls_backend.store import gold, projects, tasks
from ls_backend.store.records import AuditRecord
from ls_backend.store.tables import audit
from tests import fakes
from tests.fakes import ADMIN, annotation


def answer(ctx: Context, task: int, *answers: tuple[int, str, bool]) -> None:
    """The task's annotations as ``(annotator, answer, is ground truth)``; a ground truth was marked by user 1."""
    studio = fakes.gateway(ctx).task_json(task)
    studio["annotations"] = [
        annotation(said, id=100 * task + who, completed_by=who, updated_by=1 if truth else who, ground_truth=truth)
        for who, said, truth in answers
    ]
    fakes.gateway(ctx).clock.now += 120
    studio["updated_at"] = fakes.gateway(ctx).clock.iso


def first_task(ctx: Context, project: int) -> int:
    return min(number for number, task in fakes.gateway(ctx)._tasks.items() if task["project"] == project)


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.project(ctx)


def attach_it(ctx: Context, project: int, **terms: object) -> None:
    attach(ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT, slice_field="slice", min_lag=2, **terms))  # type: ignore[arg-type]


def test_truths_that_are_there_and_those_that_come_are_gold(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True), (3, "right", False))
    attach_it(ctx, made, ground_truths=True)
    (record,) = gold.records(ctx.store, made)
    assert (record.author, record.truth_of_task, record.slice) == ("2", task, "s0")
    said = {"left": fakes.pair(0)["response_a"], "right": fakes.pair(0)["response_b"]}["left"]
    first = sorted((fakes.pair(0)["response_a"], fakes.pair(0)["response_b"]))[0]
    assert record.preferred == (1 if said == first else -1)
    answer(ctx, task + 1, (3, "right", True))
    process(ctx, ADMIN, made, pull="recent")
    assert len(gold.records(ctx.store, made)) == 2


def test_a_truth_that_changes_changes_gold_and_one_that_is_unmarked_is_retired_and_comes_back(
    ctx: Context, made: int
) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    (before,) = gold.records(ctx.store, made)
    answer(ctx, task, (2, "left", False), (3, "right", True))
    process(ctx, ADMIN, made, pull="recent")
    (changed,) = gold.records(ctx.store, made)
    assert (changed.preferred, changed.author) == (-before.preferred, "3")
    answer(ctx, task, (2, "left", False), (3, "right", False))
    process(ctx, ADMIN, made, pull="recent")
    assert gold.records(ctx.store, made)[0].retired_at is not None
    answer(ctx, task, (3, "right", True))
    process(ctx, ADMIN, made, pull="recent")
    assert gold.records(ctx.store, made)[0].retired_at is None
    noted = [entry.what for entry in ctx.store.fetch(AuditRecord, audit.c.what.like("gold %"))]
    assert noted == ["gold changed", "gold retired", "gold brought back"]


def test_what_an_admin_retired_stays_so_whatever_its_truth_says_until_the_admin_brings_it_back(
    ctx: Context, made: int
) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    (before,) = gold.records(ctx.store, made)
    assert retire(ctx, ADMIN, made, before.item)
    for answers in ([(2, "left", True)], [(2, "left", False)], [(2, "left", True)], [(3, "right", True)]):
        answer(ctx, task, *answers)
        process(ctx, ADMIN, made, pull="recent")
        assert gold.count_in_use(ctx.store, made) == 0, answers
    (project,) = status(ctx, made)
    assert (project.gold, project.gold_retired, project.gold_lapsed) == (0, 1, 0)
    (row,) = gold_rows(ctx, made)
    assert (row.advice, row.why.startswith("it is placed no more until an admin")) == ("retired", True)
    assert bring_back(ctx, ADMIN, made, before.item)
    process(ctx, ADMIN, made, pull="all")
    (after,) = gold.records(ctx.store, made)
    assert (after.retired_at, after.preferred, after.author) == (None, -before.preferred, "3")
    answer(ctx, task, (3, "right", False))
    process(ctx, ADMIN, made, pull="recent")
    assert gold.records(ctx.store, made)[0].lapsed


def test_what_an_admin_decides_while_tasks_are_read_stays(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    (before,) = gold.records(ctx.store, made)
    truths = GroundTruths.of(ctx, projects.get(ctx.store, made))
    explain(ctx, ADMIN, made, before.item, "plain")
    retire(ctx, ADMIN, made, before.item)
    answer(ctx, task, (3, "right", True))
    truths.take(ctx, ADMIN, ctx.gateway.task(task))
    (after,) = gold.records(ctx.store, made)
    assert (after.preferred, after.author, after.explanation) == (-before.preferred, "3", "plain")
    assert after.retired_at is not None


def test_a_lapsed_item_can_be_retired_for_good_or_brought_back_for_good(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    for other in (0, 1):
        answer(ctx, task + other, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    for other in (0, 1):
        answer(ctx, task + other, (2, "left", False))
    process(ctx, ADMIN, made, pull="recent")
    (project,) = status(ctx, made)
    assert (project.gold, project.gold_retired, project.gold_lapsed) == (0, 0, 2)
    assert {row.advice for row in gold_rows(ctx, made)} == {"lapsed"}
    one, other = gold.records(ctx.store, made)
    assert retire(ctx, ADMIN, made, one.item)
    assert not retire(ctx, ADMIN, made, one.item)
    assert bring_back(ctx, ADMIN, made, other.item)
    process(ctx, ADMIN, made, pull="all")  # there is still no mark on either
    assert [record.retired_at is None for record in gold.records(ctx.store, made)] == [False, True]
    for number in (0, 1):
        answer(ctx, task + number, (2, "left", True))
    process(ctx, ADMIN, made, pull="recent")
    assert [record.retired_at is None for record in gold.records(ctx.store, made)] == [False, True]


def test_a_truth_that_can_not_be_read_leaves_gold_as_it_is_and_holds_up_no_other(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    (before,) = gold.records(ctx.store, made)
    answer(ctx, task, (2, "sideways", True))
    answer(ctx, task + 1, (2, "left", True))
    cursor = projects.get(ctx.store, made).cursor
    applied = process(ctx, ADMIN, made, pull="recent")
    assert [f"task {task}, annotation {100 * task + 2}: " in fault for fault in applied.faults] == [True]
    assert before in gold.records(ctx.store, made)
    assert gold.count_in_use(ctx.store, made) == 2
    assert f"Kept aside when tasks were read: task {task}, " in str(status(ctx, made)[0].attention)
    assert (projects.get(ctx.store, made).cursor or "") > (cursor or "")
    answer(ctx, task, (2, "left", False))
    process(ctx, ADMIN, made, pull="recent")
    assert gold.count_in_use(ctx.store, made) == 1
    assert "Kept aside" not in str(status(ctx, made)[0].attention)


def test_a_second_truth_does_not_take_the_place_of_one_that_can_not_be_read(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    answer(ctx, task, (2, "left", True))
    attach_it(ctx, made, ground_truths=True)
    before = gold.records(ctx.store, made)
    answer(ctx, task, (2, "sideways", True), (3, "right", True))
    process(ctx, ADMIN, made, pull="recent")
    assert gold.records(ctx.store, made) == before


def test_what_the_guide_shows_with_its_answer_does_not_become_gold(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    attach_it(ctx, made, ground_truths=True)
    item = tasks.ordinary_items(ctx.store, made)
    shown = next(name for name in item if tasks.first_ordinary(ctx.store, made, name) == task)
    show_exemplar(ctx, ADMIN, made, shown, preferred=1, reason="plain")
    answer(ctx, task, (2, "left", True))
    assert any(
        "the guide shows it with its answer" in fault for fault in process(ctx, ADMIN, made, pull="recent").faults
    )
    assert gold.records(ctx.store, made) == []
    drop_exemplar(ctx, ADMIN, made, shown)
    process(ctx, ADMIN, made, pull="all")
    assert gold.count_in_use(ctx.store, made) == 1


def test_gold_from_a_file_stays_and_a_truth_that_contradicts_it_is_a_fault(ctx: Context, made: int) -> None:
    pairs = fakes.read_gold(
        '{"prompt": "question 0", "response_a": "answer 0", "response_b": "reply 0", "gold": "a", "slice": "s0"}',
        source="g",
    )
    task = first_task(ctx, made)
    attach_it(ctx, made, ground_truths=True, gold=pairs)
    answer(ctx, task, (2, "right", True))
    applied = process(ctx, ADMIN, made, pull="recent")
    assert any("its ground truth says something else" in fault for fault in applied.faults)
    (record,) = gold.records(ctx.store, made)
    assert (record.truth_of_task, record.retired_at) == (None, None)


def test_without_being_asked_truths_are_no_gold(ctx: Context, made: int) -> None:
    answer(ctx, first_task(ctx, made), (2, "left", True))
    attach_it(ctx, made)
    process(ctx, ADMIN, made, pull="all")
    assert gold.records(ctx.store, made) == []


def test_marking_an_answer_is_no_interference(ctx: Context, made: int) -> None:
    task = first_task(ctx, made)
    attach_it(ctx, made, ground_truths=True)
    answer(ctx, task, (2, "left", False))
    process(ctx, ADMIN, made, pull="recent")
    answer(ctx, task, (2, "left", True))
    studio = fakes.gateway(ctx).task_json(task)
    studio["annotations"][0]["updated_at"] = "2026-11-22T08:00:00Z"  # after it was created
    process(ctx, ADMIN, made, pull="recent")
    assert len(gold.records(ctx.store, made)) == 1
    assert not ctx.store.fetch(AuditRecord, audit.c.what == "interference")
