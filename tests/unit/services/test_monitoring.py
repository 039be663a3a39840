"""Attaching and detaching: said before, done once, undone wholly."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa

from hooks.report.layout import plain_text
from hooks.report.monitoring import attached
from ls_backend.errors import GatewayError, InputError, MappingError, NotAttachedError
from ls_backend.label_studio.gateway import MissingError
from ls_backend.services import leases
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.catch_up import catch_up
from ls_backend.services.connections import SECRET_HEADER
from ls_backend.services.context import Context
from ls_backend.services.detaching import detach
from ls_backend.services.processing import apply_event, process
from ls_backend.services.queries import inspection
from ls_backend.services.queries.inspection import inspect, odd_work
from ls_backend.services.queries.status import status
from ls_backend.services.scoring import rescore
from ls_backend.services.write_back import write_back
from ls_backend.store import projects
from ls_backend.store.records import AuditRecord
from ls_backend.store.tables import audit, judgments, seeds
from tests import fakes
from tests.fakes import ADMIN
from tests.filled import filled_project

TERMS = MonitoringTerms(contract=fakes.CONTRACT, gold=fakes.gold_pairs(4), slice_field="slice", annotators=3, min_lag=2)


def test_a_dry_run_tells_the_cost_and_writes_nothing(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    before = copy.deepcopy((fakes.gateway(ctx)._tasks, fakes.gateway(ctx)._projects))
    report = attach(ctx, ADMIN, made, TERMS, dry_run=True)
    assert report.cost.to_dict() == {
        "annotators": 3,
        "ordinary": 20,
        "gold": 12,
        "retests": 2 * (2 * 3 - 1),
        "extra": 22,
    }
    assert not report.written
    assert (fakes.gateway(ctx)._tasks, fakes.gateway(ctx)._projects) == before
    assert projects.attached(ctx.store) == []


def test_one_webhook_with_the_secret_and_only_what_we_listen_to(ctx: Context) -> None:
    made = fakes.project(ctx)
    attach(ctx, ADMIN, made, TERMS)
    (hook,) = fakes.gateway(ctx).webhooks_json(made)
    assert hook["headers"] == {SECRET_HEADER: ctx.settings.webhook_secret(made)}
    assert "ANNOTATION_CREATED" in hook["actions"]
    (backend,) = fakes.gateway(ctx).backends.values()
    assert backend["password"] == ctx.settings.ml_password(made)


def test_attaching_again_takes_over_the_terms_and_makes_nothing_twice(ctx: Context) -> None:
    made = fakes.project(ctx)
    attach(ctx, ADMIN, made, TERMS)
    tasks = len(list(fakes.gateway(ctx).tasks(made)))
    again = MonitoringTerms(
        contract=fakes.CONTRACT.replace("test-1", "test-2"), gold=TERMS.gold, slice_field="slice", annotators=3
    )
    report = attach(ctx, ADMIN, made, again)
    assert report.seeded == 0
    assert len(list(fakes.gateway(ctx).tasks(made))) == tasks
    assert len(fakes.gateway(ctx).webhooks(made)) == len(fakes.gateway(ctx).backends) == 1
    assert status(ctx, made)[0].contract == "test-2"


def test_annotations_that_cannot_be_read_are_said_when_attaching(ctx: Context) -> None:
    project = fakes.project(ctx)
    gateway = fakes.gateway(ctx)
    task = next(iter(gateway.tasks(project))).id
    gateway.annotate(task, 7, "neither of them")
    report = attach(ctx, ADMIN, project, TERMS)
    (fault,) = report.faults
    assert f"task {task}" in fault
    assert f"Not read, so not counted: {fault}" in " ".join(plain_text(attached(report)).split())


def test_judgments_made_before_count_from_the_start(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    gate.annotate(next(iter(gate.tasks(made))).id, 7, "left")
    attach(ctx, ADMIN, made, TERMS)
    assert status(ctx, made)[0].judgments == 1


def test_detaching_leaves_the_project_as_it_was_found_and_our_store_keeps_all(plugged: Context) -> None:
    made = fakes.project(plugged, tasks=20)
    gate = fakes.gateway(plugged)
    before = copy.deepcopy(({t.id: t.data for t in gate.tasks(made)}, gate.project(made)))
    attach(
        plugged,
        ADMIN,
        made,
        MonitoringTerms(contract=fakes.CONTRACT, gold=TERMS.gold, gold_rate=0.5, slice_field="slice"),
    )
    board = projects.get(plugged.store, made).scorecard_project
    for _ in range(6):
        task = next(t for t in gate.tasks(made) if not t.annotations)
        gate.clock.tick(10)
        fakes.deliver(plugged, gate.annotate(task.id, 7, "left"))
        process(plugged, ADMIN, made)
    write_back(plugged, ADMIN, made)
    report = detach(plugged, ADMIN, made)
    assert report.seeds_removed > 0
    after = ({t.id: t.data for t in gate.tasks(made)}, gate.project(made))
    assert after == before
    assert gate.webhooks(made) == []
    assert gate.backends == {}
    assert gate.predictions(project=made) == []
    with pytest.raises(MissingError):
        gate.project(board)
    assert plugged.store.count(judgments) == 6
    with pytest.raises(NotAttachedError):
        status(plugged)


def test_detaching_waits_for_what_is_being_written(ctx: Context) -> None:
    """Label Studio on SQLite gives the id of a deleted scorecard to the next task, which a late copy would overwrite."""
    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, TERMS)
    board = projects.get(ctx.store, made).scorecard_project
    with ThreadPoolExecutor(1) as pool:
        with ctx.store.lease(leases.writing_back(made)):
            done = pool.submit(detach, ctx, ADMIN, made)
            with pytest.raises(TimeoutError):
                done.result(timeout=0.7)
            assert fakes.gateway(ctx).project(board)
        assert done.result(timeout=20).seeds_removed > 0
    with pytest.raises(NotAttachedError):
        write_back(ctx, ADMIN, made)


def test_detaching_removes_seeds_and_no_task_that_took_the_id_of_one(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, TERMS)
    gate = fakes.gateway(ctx)
    placed = [s.task for s in ctx.store.rows(sa.select(seeds))]
    gate.update_task(placed[0], data=fakes.pair(999))
    assert detach(ctx, ADMIN, made).seeds_removed == len(placed) - 1
    assert {t.id for t in gate.tasks(made)} & set(placed) == {placed[0]}


def test_a_panels_overlaps_are_given_back(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, TERMS)
    assert {t.overlap for t in fakes.gateway(ctx).tasks(made)} == {1, 3}
    detach(ctx, ADMIN, made)
    assert {t.overlap for t in fakes.gateway(ctx).tasks(made)} == {1}
    assert len(list(fakes.gateway(ctx).tasks(made))) == 20


def test_a_project_can_be_attached_again_after_it_was_detached(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, TERMS)
    detach(ctx, ADMIN, made)
    assert attach(ctx, ADMIN, made, TERMS).seeded > 0


def test_predictions_are_not_shown_while_labelling(ctx: Context) -> None:
    made = fakes.project(ctx)
    report = attach(ctx, ADMIN, made, TERMS)
    assert fakes.gateway(ctx).project(made).show_collab_predictions is False
    assert any("no longer shown" in note for note in report.notes)


def test_an_empty_project_and_missing_gold_are_said(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=0)
    notes = " ".join(attach(ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, annotators=2)).notes)
    assert "no tasks yet" in notes
    assert "No gold items" in notes
    assert "guard is off" in notes


def test_scorecards_are_hidden_from_annotators(plugged: Context) -> None:
    made = fakes.attach(plugged)
    board = projects.get(plugged.store, made).scorecard_project
    assert fakes.gateway(plugged).policies[board] == {"hidden": True}


@pytest.mark.parametrize(
    ("terms", "error", "said"),
    [
        (MonitoringTerms(contract=fakes.CONTRACT, routing="aimed"), InputError, "needs the Steadyhand plugin"),
        (MonitoringTerms(contract=fakes.CONTRACT, retest_rate=0.8), InputError, "retest_rate is 0.8"),
        (MonitoringTerms(contract="currency = 1"), InputError, "version is missing"),
        (
            MonitoringTerms(contract=fakes.CONTRACT.replace('kind = "linear"', 'kind = "linear"\nmeasure = "gold"')),
            InputError,
            "pays by gold accuracy, and there are no gold items",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    ctx: Context, terms: MonitoringTerms, error: type[Exception], said: str
) -> None:
    made = fakes.project(ctx)
    with pytest.raises(error, match=said):
        attach(ctx, ADMIN, made, terms)
    assert projects.attached(ctx.store) == []
    assert fakes.gateway(ctx).webhooks(made) == []


def test_rates_that_leave_no_ordinary_work_are_refused(plugged: Context) -> None:
    project = fakes.project(plugged)
    terms = MonitoringTerms(contract=fakes.CONTRACT, gold=TERMS.gold, retest_rate=0.5, gold_rate=0.5)
    with pytest.raises(InputError, match="leaves no ordinary work"):
        attach(plugged, ADMIN, project, terms)
    assert projects.attached(plugged.store) == []


def test_an_attachment_that_fails_halfway_leaves_nothing_behind(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    before = copy.deepcopy(gate.project(made))
    gate.fail_on = {"create_ml_backend"}
    with pytest.raises(GatewayError):
        attach(ctx, ADMIN, made, TERMS)
    assert gate.webhooks(made) == []
    assert gate.project(made) == before
    assert projects.attached(ctx.store) == []
    gate.fail_on = set()
    assert attach(ctx, ADMIN, made, TERMS).written


def test_gold_that_annotators_could_tell_is_refused(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    gate.import_tasks(made, [])
    for task in gate.tasks(made):
        gate.task_json(task.id)["data"]["source"] = "web"
    with pytest.raises(InputError, match="lacks the field 'source'"):
        attach(ctx, ADMIN, made, TERMS)


def test_unknown_projects_and_configs_are_said(ctx: Context) -> None:
    with pytest.raises(GatewayError, match="project 77"):
        attach(ctx, ADMIN, 77, TERMS)
    made = fakes.project(ctx, label_config="<View><Text name='t' value='$prompt'/></View>")
    with pytest.raises(MappingError, match="no preference control"):
        attach(ctx, ADMIN, made, TERMS)


def test_changed_overlaps_of_a_panel_are_noticed(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    attach(ctx, ADMIN, made, TERMS)
    gate = fakes.gateway(ctx)
    gate.clock.tick(1)
    for task in list(gate.tasks(made)):
        gate.update_task(task.id, overlap=1)
    catch_up(ctx, ADMIN, made, full=True)
    assert "overlap of" in str(status(ctx, made)[0].attention)


def test_nobody_attached_says_how_to_start(ctx: Context) -> None:
    with pytest.raises(NotAttachedError, match="steadyhand attach"):
        status(ctx)


def test_the_audit_log_keeps_who_did_what(ctx: Context) -> None:
    made = fakes.attach(ctx, annotators=2)
    detach(ctx, ADMIN, made)
    entries = ctx.store.fetch(AuditRecord, order_by=[audit.c.id])
    assert [(e.what, e.actor) for e in entries] == [("attached", ADMIN.name), ("detached", ADMIN.name)]


def test_status_asks_label_studio_once_however_many_projects_there_are(plugged: Context) -> None:
    for _ in range(3):
        fakes.attach(plugged, tasks=4, gold=1)
    gate = fakes.gateway(plugged)
    gate.calls.clear()
    assert [project.plugin for project in status(plugged)] == [True] * 3
    assert gate.calls == ["plugin"]
    gate.fail_on = {"plugin"}
    assert all("switched off" in project.attention[0] for project in status(plugged))


def test_status_names_whose_work_asks_for_a_look(plugged: Context) -> None:
    made = fakes.project(plugged, tasks=60)
    attach(plugged, ADMIN, made, TERMS)
    gate = fakes.gateway(plugged)
    for n, task in enumerate([t.id for t in gate.tasks(made)][:44]):
        plugged.clock.tick(20.0)  # type: ignore[attr-defined]
        apply_event(plugged, ADMIN, gate.annotate(task, 7 + n % 2, "left" if n % 2 else ["left", "right"][n % 4 // 2]))
    rescore(plugged, ADMIN, made)
    said = [line for line in status(plugged, made)[0].attention if "Odd work" in line]
    assert len(said) == 1
    assert "one side: annotator 8" in said[0]
    found = inspect(plugged, made, rng=np.random.default_rng(1))
    assert {flag.annotator for flag in found.flags} == {"8"}


def test_odd_work_is_noted_by_writing_back_and_looked_for_again_when_more_is_labelled(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = filled_project(ctx)
    looked_for = odd_work(ctx, project, 640)
    assert looked_for.who["one side"] == ["18"]
    write_back(ctx, ADMIN, project)

    def refuse(*_: object) -> None:
        raise AssertionError("looked for again")

    monkeypatch.setattr(inspection, "concerns", refuse)
    assert odd_work(ctx, project, 640) == odd_work(ctx, project, 646) == looked_for
    assert any("one side: annotator 18" in text for text in status(ctx, project)[0].attention)
    with pytest.raises(AssertionError, match="looked for again"):
        odd_work(ctx, project, 647)
