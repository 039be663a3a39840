"""A database that an earlier version filled is upgraded, keeps what it knew, and serves on.

``filled_0_1_0.sql`` is a dump of what version 0.1.0 wrote: a project that everyone answers seeds of, with scorecards, interference, an
unreadable event, a settled and approved period, a payout export, disputes and a running pilot; and a detached project.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_backend.errors import InputError
from ls_backend.label_studio.records import StudioTask
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import Routing, SeedKind
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ingest import ingest
from ls_backend.services.pilots import peek_at_pilot
from ls_backend.services.queries.standing import standing_of
from ls_backend.services.queries.status import status
from ls_backend.services.retention import DAY, empty_old_events
from ls_backend.services.scoring import rescore, score_changes, scored_by
from ls_backend.services.settling import settle
from ls_backend.services.verifying import verify
from ls_backend.store import (
    Store,
    gold,
    inbox,
    judgments,
    ledger,
    pilots,
    projects,
    scorecards,
    seeds,
    sums,
    tables,
    tasks,
)
from ls_backend.store.records import (
    AuditRecord,
    EventState,
    InboxRecord,
    Interference,
    JudgmentRecord,
    SeedState,
    SettlementKind,
    Source,
    TaskRecord,
)
from tests import fakes
from tests.fakes import ADMIN

ATTACHED, DETACHED = 1, 1000
ANNOTATORS = ["7", "8"]


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Context]:
    """A context on the filled database of 0.1.0, after the upgrade."""
    path = tmp_path / "steadyhand.sqlite3"
    with sqlite3.connect(path) as old:
        old.executescript((Path(__file__).parent / "filled_0_1_0.sql").read_text(encoding="utf-8"))
    clock = fakes.Clock()
    ctx = Context(Store(f"sqlite:///{path}", clock=clock), fakes.FakeGateway(clock), fakes.settings(), clock)
    yield ctx
    ctx.store.close()


def test_projects_keep_their_terms_and_what_was_connected(upgraded: Context) -> None:
    project = projects.get(upgraded.store, ATTACHED)
    assert (project.routing, project.annotators, project.retest_rate) == (Routing.EVERYONE, 2, 0.3)
    assert project.connections.webhook is not None
    assert project.connections.ml_backend is not None
    assert project.original_settings.show_collab_predictions is True
    assert project.scorecard_project is not None
    assert project.parsed_contract.version == "test-1"
    detached = projects.get(upgraded.store, DETACHED, detached=True)
    assert (detached.routing, detached.is_attached) == (Routing.AIMED, False)


def test_states_have_their_new_names(upgraded: Context) -> None:
    assert inbox.counts(upgraded.store, ATTACHED)[EventState.UNREADABLE] == 1
    states = seeds.counts(upgraded.store, ATTACHED)
    assert {state for _, state in states} == {SeedState.HIDDEN, SeedState.MISROUTED, SeedState.PLACED}
    assert states[SeedKind.RETEST, SeedState.PLACED] == 5


def test_judgments_keep_answers_interference_and_source(upgraded: Context) -> None:
    rows = upgraded.store.fetch(JudgmentRecord, tables.judgments.c.project == ATTACHED)
    assert judgments.tally(upgraded.store, ATTACHED).counting == len(rows) == 62
    assert {row.interference for row in rows} == {None, Interference.CHANGED}
    assert {row.source for row in rows} == {Source.EVENT}
    assert all(judgments.counts(row.preference, row.deleted_at) for row in rows)


def test_tasks_know_how_many_words_they_show(upgraded: Context) -> None:
    shown = upgraded.store.fetch(TaskRecord, tables.tasks.c.project == ATTACHED)
    assert {task.words for task in shown} == {6}, "a prompt and two responses of two words each"
    assert set(tasks.words_by_item(upgraded.store, ATTACHED)) == {task.item for task in shown}


def test_scorecards_are_read_as_they_were_written_and_computed_the_same(upgraded: Context) -> None:
    before = {card.annotator: card for card in scorecards.of_project(upgraded.store, ATTACHED)}
    assert sorted(before) == ANNOTATORS
    rescore(upgraded, ADMIN, ATTACHED)
    after = {card.annotator: card for card in scorecards.of_project(upgraded.store, ATTACHED)}
    for annotator in ANNOTATORS:
        assert (after[annotator].judgments, after[annotator].gold) == (
            before[annotator].judgments,
            before[annotator].gold,
        )
        assert after[annotator].bonus_minor == before[annotator].bonus_minor
    assert standing_of(upgraded, ATTACHED, "7").settled_minor == 185


def test_what_is_kept_after_the_upgrade_is_what_a_fold_gives(upgraded: Context) -> None:
    assert sums.scale(upgraded.store, ATTACHED) is None
    assert sums.tally(upgraded.store, ATTACHED) == judgments.tally(upgraded.store, ATTACHED)
    score_changes(upgraded, ATTACHED)
    assert sums.tally(upgraded.store, ATTACHED) == judgments.tally(upgraded.store, ATTACHED)
    known = gold.known_answers(upgraded.store, ATTACHED)
    kept = {card.annotator: card.to_dict() for card in scorecards.of_project(upgraded.store, ATTACHED)}
    assert kept == {card.annotator: card.to_dict() for card in scored_by(upgraded, ATTACHED, known)}
    assert len(tasks.due(upgraded.store, ATTACHED, limit=1000)) == len(tasks.ids(upgraded.store, ATTACHED))


def test_events_of_earlier_versions_are_emptied_too(upgraded: Context) -> None:
    fakes.gateway(upgraded).clock.tick(365 * DAY)
    counts = inbox.counts(upgraded.store, ATTACHED)
    applied = upgraded.store.fetch(InboxRecord, tables.inbox.c.state == EventState.APPLIED)
    assert applied
    assert all(event.body and event.digest is None for event in applied)
    empty_old_events(upgraded)
    emptied = upgraded.store.fetch(InboxRecord, tables.inbox.c.state == EventState.APPLIED)
    assert {event.body for event in emptied} == {""}
    assert all(event.digest for event in emptied)
    (waiting,) = upgraded.store.fetch(InboxRecord, tables.inbox.c.state == EventState.UNREADABLE)
    assert waiting.body
    assert inbox.counts(upgraded.store, ATTACHED) == counts


def test_the_ledger_holds_and_knows_what_is_settled(upgraded: Context) -> None:
    assert verify(upgraded).faults == ()
    period, resolution = ledger.settled(upgraded.store, ATTACHED)
    assert (period.kind, resolution.kind) == (SettlementKind.PERIOD, SettlementKind.RESOLUTION)
    assert period.settled_by == period.approved_by == ADMIN.name
    assert [dispute.text for dispute in ledger.open_disputes(upgraded.store, ATTACHED)] == ["still open"]
    projects.change(upgraded.store, ATTACHED, detached_at=1.0)  # there is no Label Studio to read again
    with pytest.raises(InputError, match="overlaps 2023-11"):
        settle(upgraded, ADMIN, ATTACHED, "all", preview=True)


def test_pilots_and_the_audit_log_are_there(upgraded: Context) -> None:
    pilot = pilots.running(upgraded.store, ATTACHED)
    assert pilot is not None
    assert pilot.looks == 1
    assert {member.arm for member in pilots.members(upgraded.store, pilot.id)} == {Arm.A, Arm.B}
    assert peek_at_pilot(upgraded, ATTACHED).look is None
    entries = upgraded.store.fetch(AuditRecord)
    assert {entry.actor for entry in entries} == {""}, "0.1.0 did not note who"


def test_it_serves_on(upgraded: Context) -> None:
    """One more annotation becomes a judgment and moves the scorecard."""
    before = standing_of(upgraded, ATTACHED, "7").judgments
    (task,) = upgraded.store.fetch(TaskRecord, tables.tasks.c.project == ATTACHED, limit=1)
    annotation = {
        "id": 999_999,
        "completed_by": 7,
        "updated_by": 7,
        "created_at": upgraded.clock.iso,  # type: ignore[attr-defined]
        "updated_at": upgraded.clock.iso,  # type: ignore[attr-defined]
        "lead_time": 5.0,
        "result": fakes.result("left"),
    }
    shown = StudioTask(id=task.id, data=task.data, overlap=task.overlap, annotations=(annotation,))
    applied = ingest(upgraded, projects.get(upgraded.store, ATTACHED), [shown], source=Source.EVENT)
    assert applied.counts["new"] == 1
    rescore(upgraded, Actor.service(), ATTACHED)
    assert standing_of(upgraded, ATTACHED, "7").judgments == before + 1
    assert status(upgraded, ATTACHED)[0].judgments == 63
