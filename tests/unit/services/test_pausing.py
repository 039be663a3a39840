"""Pausing annotators and serving them again."""

from dataclasses import replace

import pytest

from ls_backend.errors import GatewayError, InputError, NotAttachedError
from ls_backend.label_studio.gateway import MissingError
from ls_backend.label_studio.records import PluginStatus
from ls_backend.programme.seed_schedule import Routing
from ls_backend.services import detaching
from ls_backend.services.context import Context
from ls_backend.services.pausing import pause, resume
from ls_backend.services.processing import process
from ls_backend.services.queries.attention import needs_of
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.standing import standing_of
from ls_backend.services.queries.status import status
from ls_backend.services.seeding import place_seeds, seed_project
from ls_backend.store import pauses, projects, seeds
from ls_backend.store.records import SeedState
from ls_backend.types import Json
from tests import fakes
from tests.fakes import ADMIN

WHY = "Please read the guidelines again; we talk on Friday."


@pytest.fixture
def project(plugged: Context) -> int:
    return fakes.attach(plugged, tasks=40, retest_rate=0.2, gold_rate=0.2)


def work(ctx: Context, project: int, annotator: int, answers: int) -> None:
    """Answer ordinary tasks, and have the answers applied without seeding."""
    gateway = fakes.gateway(ctx)
    open_tasks = [t.id for t in gateway.tasks(project) if not t.annotations and t.id not in gateway.reserved]
    for task in open_tasks[:answers]:
        gateway.clock.tick(10)
        fakes.deliver(ctx, gateway.annotate(task, annotator, "left"))


def test_a_paused_annotator_is_kept_from_tasks_and_reads_why(plugged: Context, project: int) -> None:
    report = pause(plugged, ADMIN, project, "2", f"  {WHY} ")
    assert report.changed
    assert fakes.gateway(plugged).paused == {(project, "2"): WHY}
    assert standing_of(plugged, project, "2").paused == WHY
    assert standing_of(plugged, project, "3").paused is None
    resumed = resume(plugged, ADMIN, project, "2")
    assert resumed.changed
    assert fakes.gateway(plugged).paused == {}
    assert standing_of(plugged, project, "2").paused is None
    (record,) = pauses.of_annotator(plugged.store, project, "2")
    assert (record.paused_by, record.resumed_by) == (ADMIN.name, ADMIN.name)


def test_pausing_and_resuming_twice_does_it_once(plugged: Context, project: int) -> None:
    assert [pause(plugged, ADMIN, project, "2", WHY).changed for _ in range(2)] == [True, False]
    assert [resume(plugged, ADMIN, project, "2").changed for _ in range(2)] == [True, False]
    assert len(pauses.of_annotator(plugged.store, project, "2")) == 1
    assert [entry.what for entry in audit_log(plugged, project)][:2] == ["resumed", "paused"]
    assert audit_log(plugged, project)[1].detail == {"annotator": "2", "reason": WHY}


def test_pausing_again_repairs_the_plugin_and_another_reason_replaces_the_first(plugged: Context, project: int) -> None:
    pause(plugged, ADMIN, project, "2", WHY)
    fakes.gateway(plugged).paused.clear()  # somebody restored an old copy of Label Studio's database
    pause(plugged, ADMIN, project, "2", WHY)
    assert fakes.gateway(plugged).paused == {(project, "2"): WHY}
    assert pause(plugged, ADMIN, project, "2", "another reason").changed
    assert fakes.gateway(plugged).paused == {(project, "2"): "another reason"}
    assert [p.reason for p in pauses.of_annotator(plugged.store, project, "2")] == ["another reason"]


@pytest.mark.parametrize(
    ("plugin", "cure"),
    [
        (None, "needs the Steadyhand plugin"),
        (PluginStatus("0.0.9", guard=True), "is 0.0.9 and does not know pauses: update the plugin"),
        (PluginStatus("0.1.0", guard=False, pauses=True), "name the admins in STEADYHAND_ADMINS"),
    ],
)
def test_where_it_would_not_hold_nobody_is_called_paused(
    plugged: Context, project: int, plugin: PluginStatus | None, cure: str
) -> None:
    fakes.gateway(plugged).plugin_status = plugin
    with pytest.raises(GatewayError, match=cure):
        pause(plugged, ADMIN, project, "2", WHY)
    assert pauses.now(plugged.store, project) == {}
    fakes.gateway(plugged).plugin_status = PluginStatus("0.1.0", guard=True, pauses=True)
    fakes.gateway(plugged).fail_on = {"set_pause"}
    with pytest.raises(GatewayError, match="switched off"):
        pause(plugged, ADMIN, project, "2", WHY)
    assert pauses.now(plugged.store, project) == {}


def test_a_pause_can_be_ended_when_the_plugin_is_gone(plugged: Context, project: int) -> None:
    pause(plugged, ADMIN, project, "2", WHY)
    fakes.gateway(plugged).plugin_status = None
    assert resume(plugged, ADMIN, project, "2").changed


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_pause_needs_a_reason_that_can_be_read(plugged: Context, project: int, reason: str) -> None:
    with pytest.raises(InputError, match="1 to 500 characters"):
        pause(plugged, ADMIN, project, "2", reason)


def test_whom_label_studio_does_not_know_can_not_be_paused(plugged: Context, project: int) -> None:
    with pytest.raises(InputError, match="'eve' is no user"):
        pause(plugged, ADMIN, project, "eve", WHY)
    with pytest.raises(MissingError, match="no user 99"):
        pause(plugged, ADMIN, project, "99", WHY)
    with pytest.raises(NotAttachedError):
        pause(plugged, ADMIN, project + 100, "2", WHY)


def test_no_seed_is_placed_for_a_paused_annotator(plugged: Context, project: int) -> None:
    pause(plugged, ADMIN, project, "2", WHY)
    work(plugged, project, 2, 10)
    work(plugged, project, 3, 10)
    seed_project(plugged, ADMIN, project)
    process(plugged, ADMIN, project)
    placed = fakes.gateway(plugged).reserved.values()
    assert "3" in placed
    assert "2" not in placed
    resume(plugged, ADMIN, project, "2")
    seed_project(plugged, ADMIN, project)
    assert "2" in fakes.gateway(plugged).reserved.values()


def test_retests_for_everyone_do_not_wait_for_a_paused_annotator(plugged: Context) -> None:
    project = fakes.attach(
        plugged, tasks=12, gold=0, overlap=2, retest_rate=0.2, min_lag=1, routing=Routing.EVERYONE, annotators=2
    )
    hidden = seeds.in_state(plugged.store, project, seeds.FOR_EVERYONE, SeedState.HIDDEN)
    assert hidden
    work_on_all(plugged, project, 2, {seed.task for seed in hidden})
    gateway = fakes.gateway(plugged)
    other = next(t.id for t in gateway.tasks(project) if t.data not in [swapped(seed.data) for seed in hidden])
    gateway.clock.tick(10)
    fakes.deliver(plugged, gateway.annotate(other, 3, "left"))  # at work, and has not met the first showing
    process(plugged, ADMIN, project)
    assert not seeds.in_state(plugged.store, project, seeds.FOR_EVERYONE, SeedState.PLACED)
    pause(plugged, ADMIN, project, "3", WHY)
    assert place_seeds(plugged, project) > 0


def swapped(data: Json) -> Json:
    return {**data, "response_a": data["response_b"], "response_b": data["response_a"]}


def work_on_all(ctx: Context, project: int, annotator: int, but: set[int | None]) -> None:
    gateway = fakes.gateway(ctx)
    for task in [t.id for t in gateway.tasks(project) if t.id not in but]:
        gateway.clock.tick(10)
        fakes.deliver(ctx, gateway.annotate(task, annotator, "left"))


def test_who_is_paused_is_named_in_the_status_and_among_what_needs_somebody(plugged: Context, project: int) -> None:
    assert not [text for text in status(plugged, project)[0].attention if "Paused" in text]
    record = projects.get(plugged.store, project)
    assert not needs_of(plugged, record)  # and is kept, as nothing changes in the judgments
    pause(plugged, ADMIN, project, "2", WHY)
    (text,) = [text for text in status(plugged, project)[0].attention if "Paused" in text]
    assert f"2 ({WHY})" in text
    assert f"steadyhand resume --project {project}" in text
    (need,) = needs_of(plugged, record)
    assert (need.what, need.annotator) == ("Paused", "2")
    assert WHY in need.why


def test_detaching_serves_everybody_again(plugged: Context, project: int) -> None:
    other = fakes.attach(plugged, tasks=4)
    for number, annotator in ((project, "2"), (project, "3"), (other, "2")):
        pause(plugged, ADMIN, number, annotator, WHY)
    detaching.detach(plugged, ADMIN, project)
    assert fakes.gateway(plugged).paused == {(other, "2"): WHY}
    assert pauses.now(plugged.store, project) == {}


def test_the_plugins_status_tells_what_an_older_one_lacks() -> None:
    assert not PluginStatus.from_json({"version": "0.1.0", "guard": True}).pauses
    assert replace(PluginStatus("0.1.0", guard=True), pauses=True) == PluginStatus.from_json(
        {"version": "0.1.0", "guard": True, "pauses": True}
    )
