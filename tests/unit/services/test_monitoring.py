"""Attaching and detaching: said before, done once, undone wholly."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa

from ls_backend import services
from ls_backend.errors import GatewayError, InputError, MappingError, NotAttachedError
from ls_backend.label_studio.gateway import MissingError
from ls_backend.services import Context, MonitoringTerms
from ls_backend.services.monitoring import SECRET_HEADER
from ls_backend.store.tables import judgments, seeds
from tests import fakes

TERMS = MonitoringTerms(contract=fakes.CONTRACT, gold=fakes.gold_pairs(4), slice_field="slice", annotators=3, min_lag=2)


def test_a_dry_run_tells_the_cost_and_writes_nothing(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    before = copy.deepcopy((fakes.gateway(ctx)._tasks, fakes.gateway(ctx)._projects))
    report = services.attach(ctx, made, TERMS, dry_run=True)
    assert report["cost"] == {"annotators": 3, "ordinary": 20, "gold": 12, "retests": 2 * (2 * 3 - 1), "extra": 22}
    assert not report["written"]
    assert (fakes.gateway(ctx)._tasks, fakes.gateway(ctx)._projects) == before
    assert ctx.store.attached() == []


def test_one_webhook_with_the_secret_and_only_what_we_listen_to(ctx: Context) -> None:
    made = fakes.project(ctx)
    services.attach(ctx, made, TERMS)
    (hook,) = fakes.gateway(ctx).webhooks_json(made)
    assert hook["headers"] == {SECRET_HEADER: ctx.settings.webhook_secret(made)}
    assert "ANNOTATION_CREATED" in hook["actions"]
    (backend,) = fakes.gateway(ctx).backends.values()
    assert backend["password"] == ctx.settings.ml_password(made)


def test_attaching_again_takes_over_the_terms_and_makes_nothing_twice(ctx: Context) -> None:
    made = fakes.project(ctx)
    services.attach(ctx, made, TERMS)
    tasks = len(list(fakes.gateway(ctx).tasks(made)))
    again = MonitoringTerms(
        contract=fakes.CONTRACT.replace("test-1", "test-2"), gold=TERMS.gold, slice_field="slice", annotators=3
    )
    report = services.attach(ctx, made, again)
    assert report["seeded"] == 0
    assert len(list(fakes.gateway(ctx).tasks(made))) == tasks
    assert len(fakes.gateway(ctx).webhooks(made)) == len(fakes.gateway(ctx).backends) == 1
    assert services.status(ctx, made)[0]["contract"] == "test-2"


def test_judgments_made_before_count_from_the_start(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    gate.annotate(next(iter(gate.tasks(made))).id, 7, "left")
    services.attach(ctx, made, TERMS)
    assert services.status(ctx, made)[0]["judgments"] == 1


def test_detaching_leaves_the_project_as_it_was_found_and_our_store_keeps_all(plugged: Context) -> None:
    made = fakes.project(plugged, tasks=20)
    gate = fakes.gateway(plugged)
    before = copy.deepcopy(({t.id: t.data for t in gate.tasks(made)}, gate.project(made)))
    services.attach(
        plugged, made, MonitoringTerms(contract=fakes.CONTRACT, gold=TERMS.gold, gold_rate=0.5, slice_field="slice")
    )
    board = plugged.store.project(made)["board"]
    for _ in range(6):
        task = next(t for t in gate.tasks(made) if not t.annotations)
        gate.clock.tick(10)
        fakes.deliver(plugged, gate.annotate(task.id, 7, "left"))
        services.move(plugged, made)
    services.write_back(plugged, made)
    report = services.detach(plugged, made)
    assert report["seeds_removed"] > 0
    after = ({t.id: t.data for t in gate.tasks(made)}, gate.project(made))
    assert after == before
    assert gate.webhooks(made) == []
    assert gate.backends == {}
    assert gate.predictions(project=made) == []
    with pytest.raises(MissingError):
        gate.project(board)
    assert plugged.store.count(judgments) == 6
    with pytest.raises(NotAttachedError):
        services.status(plugged)


def test_detaching_waits_for_what_is_being_written(ctx: Context) -> None:
    """Label Studio on SQLite gives the id of a deleted scorecard to the next task, which a late copy would overwrite."""
    made = fakes.project(ctx, tasks=20)
    services.attach(ctx, made, TERMS)
    board = ctx.store.project(made)["board"]
    with ThreadPoolExecutor(1) as pool:
        with ctx.store.lease(f"write-{made}"):
            done = pool.submit(services.detach, ctx, made)
            with pytest.raises(TimeoutError):
                done.result(timeout=0.7)
            assert fakes.gateway(ctx).project(board)
        assert done.result(timeout=20)["seeds_removed"] > 0
    with pytest.raises(NotAttachedError):
        services.write_back(ctx, made)


def test_detaching_removes_seeds_and_no_task_that_took_the_id_of_one(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    services.attach(ctx, made, TERMS)
    gate = fakes.gateway(ctx)
    placed = [s["task"] for s in ctx.store.rows(sa.select(seeds))]
    gate.update_task(placed[0], data=fakes.pair(999))
    assert services.detach(ctx, made)["seeds_removed"] == len(placed) - 1
    assert {t.id for t in gate.tasks(made)} & set(placed) == {placed[0]}


def test_a_panels_overlaps_are_given_back(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    services.attach(ctx, made, TERMS)
    assert {t.overlap for t in fakes.gateway(ctx).tasks(made)} == {1, 3}
    services.detach(ctx, made)
    assert {t.overlap for t in fakes.gateway(ctx).tasks(made)} == {1}
    assert len(list(fakes.gateway(ctx).tasks(made))) == 20


def test_a_project_can_be_attached_again_after_it_was_detached(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    services.attach(ctx, made, TERMS)
    services.detach(ctx, made)
    assert services.attach(ctx, made, TERMS)["seeded"] > 0


def test_predictions_are_not_shown_while_labelling(ctx: Context) -> None:
    made = fakes.project(ctx)
    report = services.attach(ctx, made, TERMS)
    assert fakes.gateway(ctx).project(made).show_collab_predictions is False
    assert any("no longer shown" in note for note in report["notes"])


def test_an_empty_project_and_missing_gold_are_said(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=0)
    notes = " ".join(services.attach(ctx, made, MonitoringTerms(contract=fakes.CONTRACT, annotators=2))["notes"])
    assert "no tasks yet" in notes
    assert "No gold items" in notes
    assert "guard is off" in notes


def test_scorecards_are_hidden_from_annotators(plugged: Context) -> None:
    made = fakes.attach(plugged)
    board = plugged.store.project(made)["board"]
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
        services.attach(ctx, made, terms)
    assert ctx.store.attached() == []
    assert fakes.gateway(ctx).webhooks(made) == []


def test_an_attachment_that_fails_halfway_leaves_nothing_behind(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    before = copy.deepcopy(gate.project(made))
    gate.fail_on = {"create_ml_backend"}
    with pytest.raises(GatewayError):
        services.attach(ctx, made, TERMS)
    assert gate.webhooks(made) == []
    assert gate.project(made) == before
    assert ctx.store.attached() == []
    gate.fail_on = set()
    assert services.attach(ctx, made, TERMS)["written"]


def test_gold_that_annotators_could_tell_is_refused(ctx: Context) -> None:
    made = fakes.project(ctx)
    gate = fakes.gateway(ctx)
    gate.import_tasks(made, [])
    for task in gate.tasks(made):
        gate.task_json(task.id)["data"]["source"] = "web"
    with pytest.raises(InputError, match="lacks the field 'source'"):
        services.attach(ctx, made, TERMS)


def test_unknown_projects_and_configs_are_said(ctx: Context) -> None:
    with pytest.raises(GatewayError, match="project 77"):
        services.attach(ctx, 77, TERMS)
    made = fakes.project(ctx, label_config="<View><Text name='t' value='$prompt'/></View>")
    with pytest.raises(MappingError, match="no preference control"):
        services.attach(ctx, made, TERMS)


def test_changed_overlaps_of_a_panel_are_noticed(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=20)
    services.attach(ctx, made, TERMS)
    gate = fakes.gateway(ctx)
    gate.clock.tick(1)
    for task in list(gate.tasks(made)):
        gate.update_task(task.id, overlap=1)
    services.reconcile(ctx, made, full=True)
    assert "overlap of" in str(services.status(ctx, made)[0]["attention"])


def test_nobody_attached_says_how_to_start(ctx: Context) -> None:
    with pytest.raises(NotAttachedError, match="steadyhand attach"):
        services.status(ctx)


def test_the_audit_log_keeps_who_did_what(ctx: Context) -> None:
    made = fakes.attach(ctx, annotators=2)
    services.detach(ctx, made)
    whats = [r["what"] for r in ctx.store.rows(sa.text("select what from audit order by id"))]  # type: ignore[arg-type]
    assert whats == ["attached", "detached"]


def test_status_names_whose_work_asks_for_a_look(plugged: Context) -> None:
    made = fakes.project(plugged, tasks=60)
    services.attach(plugged, made, TERMS)
    gate = fakes.gateway(plugged)
    for n, task in enumerate([t.id for t in gate.tasks(made)][:44]):
        plugged.clock.tick(20.0)  # type: ignore[attr-defined]
        services.take_in(plugged, gate.annotate(task, 7 + n % 2, "left" if n % 2 else ["left", "right"][n % 4 // 2]))
    services.rescore(plugged, made)
    said = [line for line in services.status(plugged, made)[0]["attention"] if "Odd work" in line]
    assert len(said) == 1
    assert "one side: 8" in said[0]
    found = services.inspect(plugged, made, rng=np.random.default_rng(1))
    assert {flag.annotator for flag in found.flags} == {"8"}
