"""Gold items from what the experts of another project agree on."""

import json

import pytest

from ls_backend.errors import InputError
from ls_backend.services.attaching import AttachReport, MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.gold_items import retire
from ls_backend.services.guides import drop_exemplar, show_exemplar
from ls_backend.services.processing import process
from ls_backend.services.queries.status import status
from ls_backend.store import gold, tasks
from ls_backend.store.records import AuditRecord, GoldRecord
from ls_backend.store.tables import audit
from ls_backend.types import Json
from tests import fakes
from tests.fakes import ADMIN, annotation, pair, sentiment


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.project(ctx)


@pytest.fixture
def experts(ctx: Context, made: int) -> int:
    """A project whose tasks have the texts of the first five of the monitored one, those of the second with sides swapped, and one of
    its own."""
    number = ctx.gateway.create_project(title="Experts", label_config=ctx.gateway.project(made).label_config).id
    swapped = pair(1) | {"response_a": pair(1)["response_b"], "response_b": pair(1)["response_a"]}
    ctx.gateway.import_tasks(number, [pair(0), swapped, pair(2), pair(3), pair(4), pair(50)])
    return number


def say(ctx: Context, project: int, n: int, *answers: tuple[int, str | list[Json] | None]) -> int:
    """The n-th task's annotations as ``(annotator, answer)``; None skips."""
    ours = sorted(number for number, task in fakes.gateway(ctx)._tasks.items() if task["project"] == project)
    studio = fakes.gateway(ctx).task_json(ours[n])
    studio["annotations"] = [
        annotation(None, id=1000 * ours[n] + who, completed_by=who, updated_by=who, was_cancelled=said is None)
        | {"result": fakes.result(said)}
        for who, said in answers
    ]
    fakes.gateway(ctx).clock.now += 120
    studio["updated_at"] = fakes.gateway(ctx).clock.iso
    return ours[n]


def attach_it(ctx: Context, project: int, **terms: object) -> AttachReport:
    return attach(
        ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT, slice_field="slice", min_lag=2, **terms)
    )  # type: ignore[arg-type]


def record(ctx: Context, project: int, n: int) -> GoldRecord:
    (one,) = (g for g in gold.records(ctx.store, project) if g.data["prompt"] == f"question {n}")
    return one


def preferred(n: int, field: str) -> int:
    """The canonical side of a response."""
    first = min(pair(n)["response_a"], pair(n)["response_b"])
    return 1 if pair(n)[field] == first else -1


def test_what_experts_agree_on_is_gold_and_the_rest_is_counted_aloud(ctx: Context, made: int, experts: int) -> None:
    task = say(ctx, experts, 0, (7, "left"), (8, "left"))
    say(ctx, experts, 1, (7, "left"), (8, None))  # left is response_b there
    say(ctx, experts, 2, (7, "left"), (8, "right"))
    say(ctx, experts, 3, (7, "tie"), (8, "tie"))
    say(ctx, experts, 4, (7, "tie"), (8, "left"))
    say(ctx, experts, 5, (7, "left"))
    report = attach_it(ctx, made, gold_project=experts)
    assert report.gold == 2
    (note,) = (note for note in report.notes if note.startswith("Gold of the experts"))
    assert note == (
        f"Gold of the experts in project {experts}: 2 items; left out: 2 items on which they disagree, 1 item that is a tie to them, "
        "1 item whose texts no task of this project has."
    )
    assert len(gold.records(ctx.store, made)) == 2
    one, other = record(ctx, made, 0), record(ctx, made, 1)
    assert (one.preferred, one.author, one.truth_of_task, one.truth_of_project) == (
        preferred(0, "response_a"),
        None,
        task,
        experts,
    )
    assert (other.preferred, other.author) == (preferred(1, "response_b"), "7")
    assert {one.slice, other.slice} == {"s0", "s1"}, "its data are those of the monitored project's own task"


def test_gold_follows_the_experts(ctx: Context, made: int, experts: int) -> None:
    attach_it(ctx, made, gold_project=experts)
    assert gold.records(ctx.store, made) == []
    say(ctx, experts, 0, (7, "left"), (8, "left"))
    process(ctx, ADMIN, made, pull="recent")
    assert record(ctx, made, 0).preferred == preferred(0, "response_a")
    say(ctx, experts, 0, (7, "right"), (8, "right"))
    process(ctx, ADMIN, made, pull="recent")
    assert record(ctx, made, 0).preferred == preferred(0, "response_b")
    say(ctx, experts, 0, (7, "left"), (8, "right"))
    process(ctx, ADMIN, made, pull="recent")
    assert (record(ctx, made, 0).retired_at is not None, record(ctx, made, 0).lapsed) == (True, True)
    say(ctx, experts, 0, (7, "right"), (8, "right"))
    process(ctx, ADMIN, made, pull="recent")
    assert record(ctx, made, 0).retired_at is None
    noted = [entry.what for entry in ctx.store.fetch(AuditRecord, audit.c.what.like("gold %"))]
    assert noted == ["gold added", "gold changed", "gold retired", "gold brought back"]


def test_an_item_that_is_imported_later_becomes_gold_then(ctx: Context, made: int, experts: int) -> None:
    say(ctx, experts, 5, (7, "left"))
    attach_it(ctx, made, gold_project=experts)
    fakes.gateway(ctx).clock.now += 120
    ctx.gateway.import_tasks(made, [pair(50, slice="s0")])
    process(ctx, ADMIN, made, pull="recent")
    assert record(ctx, made, 50).preferred == preferred(50, "response_a")


def test_what_somebody_retired_stays_retired_and_gold_from_elsewhere_stays_as_it_is(
    ctx: Context, made: int, experts: int
) -> None:
    pairs = fakes.read_gold(json.dumps(pair(1, slice="s1", gold="a")), source="g")
    say(ctx, experts, 0, (7, "left"))
    attach_it(ctx, made, gold_project=experts, gold=pairs)
    retire(ctx, ADMIN, made, record(ctx, made, 0).item)
    say(ctx, experts, 1, (7, "left"))
    applied = process(ctx, ADMIN, made, pull="all")
    assert record(ctx, made, 0).retired_at is not None
    assert any("say something else" in fault for fault in applied.faults)
    assert (record(ctx, made, 1).preferred, record(ctx, made, 1).truth_of_project) == (preferred(1, "response_a"), None)


def test_what_the_guide_shows_with_its_answer_does_not_become_gold(ctx: Context, made: int, experts: int) -> None:
    attach_it(ctx, made, gold_project=experts)
    item = next(
        name for name, data in tasks.data_by_item(ctx.store, made).items() if data["prompt"] == pair(0)["prompt"]
    )
    show_exemplar(ctx, ADMIN, made, item, preferred=1, reason="plain")
    say(ctx, experts, 0, (7, "left"))
    assert any("the guide shows it with its answer" in fault for fault in process(ctx, ADMIN, made, pull="all").faults)
    assert gold.records(ctx.store, made) == []
    drop_exemplar(ctx, ADMIN, made, item)
    process(ctx, ADMIN, made, pull="all")
    assert record(ctx, made, 0).retired_at is None


def test_without_a_change_the_experts_are_not_read_again(ctx: Context, made: int, experts: int) -> None:
    say(ctx, experts, 0, (7, "left"))
    attach_it(ctx, made, gold_project=experts)
    fakes.gateway(ctx).clock.now += 3600
    process(ctx, ADMIN, made, pull="recent")
    read: list[str | None] = []
    tasks = ctx.gateway.tasks
    ctx.gateway.tasks = lambda project, *, since=None: (
        (  # type: ignore[method-assign,misc,assignment]
            read.append(since) if project == experts else None
        )
        or tasks(project, since=since)
    )
    process(ctx, ADMIN, made, pull="recent")
    assert None not in read


def test_experts_who_can_not_be_read_leave_gold_as_it_was(ctx: Context, made: int, experts: int) -> None:
    say(ctx, experts, 0, (7, "left"))
    attach_it(ctx, made, gold_project=experts)
    ctx.gateway.delete_project(experts)
    applied = process(ctx, ADMIN, made, pull="all")
    assert any("the gold of experts stays as it was" in fault for fault in applied.faults)
    assert record(ctx, made, 0).retired_at is None
    assert "Gold of experts: the gold of experts stays as it was" in str(status(ctx, made)[0].attention)


def test_what_is_wrong_with_the_experts_is_said_until_it_is_corrected(ctx: Context, made: int, experts: int) -> None:
    say(ctx, experts, 0, (7, "right"))
    pairs = fakes.read_gold(json.dumps(pair(0, slice="s0", gold="a")), source="g")
    attach_it(ctx, made, gold_project=experts, gold=pairs)
    contradiction = "say something else"
    for _ in range(2):
        assert contradiction in str(process(ctx, ADMIN, made, pull="recent").faults)
        assert contradiction in str(status(ctx, made)[0].attention)
    say(ctx, experts, 0, (7, "left"))
    assert process(ctx, ADMIN, made, pull="recent").faults == []
    assert "experts" not in str(status(ctx, made)[0].attention)


def test_answers_that_can_not_be_read_are_told_while_the_experts_change_nothing(
    ctx: Context, made: int, experts: int
) -> None:
    attach_it(ctx, made, gold_project=experts)
    say(ctx, experts, 0, (7, "no such answer"))
    for _ in range(2):  # the second time the experts' project is not read again
        assert "experts' " in str(process(ctx, ADMIN, made, pull="recent").faults)
        assert "Gold of experts: experts' " in str(status(ctx, made)[0].attention)


def test_gold_stays_where_an_experts_account_was_deleted_and_nobody_says_otherwise(
    ctx: Context, made: int, experts: int
) -> None:
    attach_it(ctx, made, gold_project=experts)
    for n in (0, 1):
        say(ctx, experts, n, (7, "left"))
    process(ctx, ADMIN, made, pull="recent")
    alone, among_others = (
        say(ctx, experts, 0, (7, "left")),
        say(ctx, experts, 1, (7, "left"), (8, "left"), (9, "right")),
    )
    for task in (alone, among_others):
        fakes.gateway(ctx).task_json(task)["annotations"][0]["completed_by"] = None
    assert f"experts' task {alone}, annotation" in str(process(ctx, ADMIN, made, pull="recent").faults)
    assert record(ctx, made, 0).retired_at is None
    assert record(ctx, made, 1).lapsed, "the others disagree"


def test_what_is_corrected_here_becomes_gold_though_the_experts_change_nothing(
    ctx: Context, made: int, experts: int
) -> None:
    attach_it(ctx, made, gold_project=experts)
    item = next(name for name, data in tasks.data_by_item(ctx.store, made).items() if data["prompt"] == "question 0")
    show_exemplar(ctx, ADMIN, made, item, preferred=1, reason="plain")
    say(ctx, experts, 0, (7, "left"))
    process(ctx, ADMIN, made, pull="recent")
    assert "the guide shows it with its answer" in str(status(ctx, made)[0].attention)
    drop_exemplar(ctx, ADMIN, made, item)
    assert process(ctx, ADMIN, made, pull="recent").faults == []
    assert record(ctx, made, 0).preferred == preferred(0, "response_a")
    assert "experts" not in str(status(ctx, made)[0].attention)


def test_of_other_tasks_the_answers_must_be_the_same(ctx: Context) -> None:
    made, experts = (ctx.gateway.create_project(title=t, label_config=fakes.SENTIMENT).id for t in ("Texts", "Experts"))
    for number in (made, experts):
        ctx.gateway.import_tasks(number, [{"text": f"t{n}"} for n in range(3)])
    say(ctx, experts, 0, (7, sentiment("good")), (8, sentiment("good")))
    say(ctx, experts, 1, (7, sentiment("good")), (8, sentiment("neither")))
    report = attach(
        ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, control="sentiment", gold_project=experts)
    )
    assert report.gold == 1
    (one,) = gold.records(ctx.store, made)
    assert (one.data["text"], one.answer) == ("t0", '{"choice":"good"}')


def test_a_project_that_asks_something_else_is_refused(ctx: Context, made: int) -> None:
    other = ctx.gateway.create_project(title="Others", label_config=fakes.SENTIMENT).id
    with pytest.raises(InputError, match=rf"the answers in project {other} can't be read.*the same label config"):
        attach_it(ctx, made, gold_project=other)
    other = ctx.gateway.create_project(title="Tag", label_config=fakes.PAIRWISE_TAG).id
    with pytest.raises(InputError, match=f"project {other} asks something else than project {made}"):
        attach_it(ctx, made, gold_project=other)
    with pytest.raises(InputError, match="names the monitored project itself"):
        attach_it(ctx, made, gold_project=made)
