"""Events in any order, twice, forged, lost: what counts in the end."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from ls_backend.errors import InputError, NotAttachedError
from ls_backend.label_studio.records import StudioProject, StudioTask
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.catch_up import catch_up
from ls_backend.services.context import Context
from ls_backend.services.events import apply_inbox, receive_event
from ls_backend.services.ingest import Applied
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.services.queries.status import status
from ls_backend.store import projects, unread
from ls_backend.store.judgments import counting
from ls_backend.store.records import UnreadTaskRecord
from ls_backend.store.tables import inbox, judgments
from ls_templates.catalog import CATALOG
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def made(ctx: Context) -> int:
    return fakes.attach(ctx, gold=0, retest_rate=0.0, routing="everyone", annotators=3)


def own(ctx: Context, made: int) -> list[int]:
    return [t.id for t in fakes.gateway(ctx).tasks(made)]


def rows(ctx: Context) -> list[dict[str, Any]]:
    return ctx.store.rows(sa.select(judgments))


def live(ctx: Context, made: int) -> int:
    return ctx.store.count(judgments, counting(made))


def apply(ctx: Context, made: int, *bodies: dict[str, Any]) -> Applied:
    for body in bodies:
        fakes.deliver(ctx, body)
    return apply_inbox(ctx, ADMIN, made)


def test_an_event_becomes_a_judgment_once(ctx: Context, made: int) -> None:
    event = fakes.gateway(ctx).annotate(own(ctx, made)[0], 7, "left")
    assert fakes.deliver(ctx, event)
    assert not fakes.deliver(ctx, event)
    assert apply_inbox(ctx, ADMIN, made).counts["new"] == 1
    (row,) = rows(ctx)
    assert (row.annotator, row.source, abs(row.preference)) == ("7", "event", 1)
    assert apply_inbox(ctx, ADMIN, made).counts == {}


def test_the_first_answer_counts_and_a_later_edit_is_kept_beside_it(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    created = gate.annotate(task, 7, "left")
    fakes.gateway(ctx).clock.tick(60)
    edited = gate.edit(task, created["annotation"]["id"], "right", by=7)
    apply(ctx, made, created, edited)
    (row,) = rows(ctx)
    assert row.latest == -row.preference
    assert row.interference is None


def test_the_order_of_events_does_not_matter(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    created = json.loads(json.dumps(gate.annotate(task, 7, "left")))
    gate.clock.tick(60)
    edited = gate.edit(task, created["annotation"]["id"], "right", by=7)
    apply(ctx, made, edited)
    apply(ctx, made, created)
    (row,) = rows(ctx)
    first = judgments_of(ctx, made).picked_left.tolist()
    assert first == [1]
    assert row.latest == -row.preference


def test_a_deletion_may_come_before_what_it_deletes(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    created = gate.annotate(task, 7, "left")
    gone = gate.remove(task, created["annotation"]["id"])
    apply(ctx, made, gone)
    apply(ctx, made, created)
    assert live(ctx, made) == 0
    assert len(rows(ctx)) == 1, "nothing is ever removed"


def test_deleted_tasks_take_their_judgments_along(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    apply(ctx, made, gate.annotate(task, 7, "left"))
    project = {"id": made}
    apply(ctx, made, {"action": "TASKS_DELETED", "tasks": [{"id": task}], "project": project})
    assert live(ctx, made) == 0


def test_skips_are_kept_and_do_not_count_until_answered(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    skipped = gate.annotate(task, 7, None)
    apply(ctx, made, skipped)
    assert (len(rows(ctx)), live(ctx, made)) == (1, 0)
    gate.clock.tick(60)
    apply(ctx, made, gate.edit(task, skipped["annotation"]["id"], "left", by=7))
    assert live(ctx, made) == 1


def test_an_annotation_in_anothers_name_is_kept_reported_and_does_not_count(ctx: Context, made: int) -> None:
    done = apply(ctx, made, fakes.gateway(ctx).annotate(own(ctx, made)[0], 7, "left", by=8))
    assert done.counts["interference"] == 1
    assert live(ctx, made) == 0
    assert "another's name" in str(status(ctx, made)[0].attention)
    assert f"`steadyhand audit --project {made}`" in str(status(ctx, made)[0].attention)


def test_interference_is_noted_once_in_the_audit_log(ctx: Context, made: int) -> None:
    gate, (one, two, *_) = fakes.gateway(ctx), own(ctx, made)
    forged = gate.annotate(one, 7, "left", by=8)
    created = gate.annotate(two, 7, "left")
    apply(ctx, made, forged)
    apply(ctx, made, created)
    gate.clock.tick(60)
    apply(ctx, made, gate.edit(two, created["annotation"]["id"], "right", by=9))
    catch_up(ctx, ADMIN, made, full=True)
    changed, made_for_another, *_ = audit_log(ctx, made)
    assert [changed.what, made_for_another.what] == ["interference"] * 2
    assert [changed.actor, made_for_another.actor] == ["user 9", "user 8"]
    assert made_for_another.detail == {
        "annotation": str(forged["annotation"]["id"]),
        "annotator": "7",
        "interference": "made in another's name",
    }
    assert changed.detail["interference"] == "changed later by somebody else"
    assert [e.what for e in audit_log(ctx, made)].count("interference") == 2


def test_meddling_later_changes_nothing_that_counts(ctx: Context, made: int) -> None:
    gate, task = fakes.gateway(ctx), own(ctx, made)[0]
    created = gate.annotate(task, 7, "left")
    apply(ctx, made, created)
    before = judgments_of(ctx, made).preference.tolist()
    gate.clock.tick(60)
    done = apply(ctx, made, gate.edit(task, created["annotation"]["id"], "right", by=8))
    assert done.counts["interference"] == 1
    assert judgments_of(ctx, made).preference.tolist() == before


def test_what_webhooks_lost_is_found_by_pulling(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    apply(ctx, made, gate.annotate(tasks[0], 7, "left"))
    gate.annotate(tasks[1], 7, "right")  # lost
    done = catch_up(ctx, ADMIN, made)
    assert (done.counts["new"], done.counts["known"]) == (1, 1)
    assert status(ctx, made)[0].recovered == 1
    assert catch_up(ctx, ADMIN, made).counts["new"] == 0


def test_an_event_that_pulling_overtook_was_not_lost(ctx: Context, made: int) -> None:
    on_its_way = fakes.gateway(ctx).annotate(own(ctx, made)[0], 7, "left")
    catch_up(ctx, ADMIN, made)
    assert apply(ctx, made, on_its_way).counts["changed"] == 1
    assert status(ctx, made)[0].recovered == 0
    assert live(ctx, made) == 1


def test_pulling_reads_only_what_changed_since(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    catch_up(ctx, ADMIN, made)
    gate.clock.tick(3600)
    gate.annotate(tasks[3], 7, "left")
    assert sum(catch_up(ctx, ADMIN, made).counts.values()) == 1
    late = catch_up(ctx, ADMIN, made)
    assert late.counts["known"] == 1, "the last minute is read again: rows may be committed late"


def test_pulling_notices_deletions_and_a_full_pull_those_of_tasks(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    events = [gate.annotate(t, 7, "left") for t in tasks[:3]]
    apply(ctx, made, *events)
    gate.clock.tick(1)
    gate.remove(tasks[0], events[0]["annotation"]["id"])
    assert catch_up(ctx, ADMIN, made).counts["deleted"] == 1
    gate.delete_task(tasks[1])
    assert catch_up(ctx, ADMIN, made).counts["deleted"] == 0, "nothing tells of a deleted task"
    assert catch_up(ctx, ADMIN, made, full=True).counts["deleted"] == 1
    assert live(ctx, made) == 1


def test_what_can_not_be_read_is_kept_aside_and_holds_up_nothing(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    first = gate.annotate(tasks[0], 7, "left")["annotation"]["id"]
    catch_up(ctx, ADMIN, made)
    gate.clock.tick(3600)
    gate.edit(tasks[0], first, "sideways", by=7)  # known, and not to be read any more
    gate.annotate(tasks[0], 8, "right")
    odd = gate.annotate(tasks[1], 7, "upward")["annotation"]["id"]
    gate.annotate(tasks[1], 8, "left")
    gate.task_json(tasks[2])["annotations"] = ["no annotation"]
    gate.task_json(tasks[2])["updated_at"] = gate.clock.iso
    gate.annotate(tasks[3], 7, "left")
    pulled = catch_up(ctx, ADMIN, made)
    assert (pulled.counts["new"], pulled.counts["deleted"], len(pulled.faults)) == (3, 0, 3)
    assert live(ctx, made) == 4
    (why,) = [text for text in status(ctx, made)[0].attention if text.startswith("Kept aside")]
    for part in (
        f"task {tasks[0]}, annotation {first}: ",
        "'upward'",
        "not as Label Studio sends it",
        "reconcile --full",
    ):
        assert part in why
    gate.clock.tick(3600)
    gate.annotate(tasks[4], 7, "left")
    catch_up(ctx, ADMIN, made)
    assert catch_up(ctx, ADMIN, made).faults == [], "the cursor went on"
    assert unread.ids(ctx.store, made) == {*tasks[:3]}
    assert len(catch_up(ctx, ADMIN, made, full=True).faults) == 3
    gate.edit(tasks[1], odd, "right", by=7)
    assert catch_up(ctx, ADMIN, made).counts["new"] == 1
    assert unread.ids(ctx.store, made) == {tasks[0], tasks[2]}
    gate.remove(tasks[0], first)
    gate.delete_task(tasks[2])
    assert catch_up(ctx, ADMIN, made, full=True).counts["deleted"] == 1
    assert unread.ids(ctx.store, made) == set()


def test_answers_of_a_deleted_account_stay_as_they_were_and_others_of_it_are_counted(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    gate.annotate(tasks[0], 7, "left")
    catch_up(ctx, ADMIN, made)
    gate.annotate(tasks[0], 8, "left")
    gate.annotate(tasks[1], 7, "right")
    for task in tasks[:2]:  # the account of 7 is deleted
        for annotation in gate.task_json(task)["annotations"]:
            if annotation["completed_by"] == 7:
                annotation |= {"completed_by": None, "updated_by": None}
    pulled = catch_up(ctx, ADMIN, made, full=True)
    assert (pulled.counts["without author"], pulled.counts["deleted"], pulled.faults) == (2, 0, [])
    assert sorted(row.annotator for row in ctx.store.rows(sa.select(judgments).where(counting(made)))) == ["7", "8"]


def test_more_than_a_few_tasks_that_can_not_be_read_are_counted(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    for task in tasks[:5]:
        gate.annotate(task, 7, "sideways")
    gate.annotate(tasks[0], 8, "upward")
    catch_up(ctx, ADMIN, made)
    assert "that names it (and 1 more); task " in str(status(ctx, made)[0].attention)
    assert "; and 2 more tasks. What is corrected" in str(status(ctx, made)[0].attention)


def test_what_was_kept_aside_is_read_again_when_the_label_config_changes(ctx: Context, made: int) -> None:
    gate, tasks = fakes.gateway(ctx), own(ctx, made)
    gate.annotate(tasks[0], 7, "sideways")
    catch_up(ctx, ADMIN, made)
    gate.clock.tick(3600)
    gate.annotate(tasks[1], 7, "left")
    catch_up(ctx, ADMIN, made)
    gate.task_json(tasks[0])["annotations"][0]["result"] = fakes.result("left")  # as if the label config now meant that
    catch_up(ctx, ADMIN, made)
    assert live(ctx, made) == 1
    changed = gate.project(made).label_config.replace("Which response is better?", "Which one?")
    gate.change_label_config(made, changed)
    assert catch_up(ctx, ADMIN, made).counts["new"] == 1
    assert unread.ids(ctx.store, made) == set()


def test_an_outage_while_tasks_are_read_is_no_fault_of_theirs(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.gateway(ctx).annotate(own(ctx, made)[0], 7, "left")
    before = projects.get(ctx.store, made).cursor
    fakes.gateway(ctx).clock.tick(3600)

    def fail(*_: object, **__: object) -> Applied:
        raise OSError("no space left on device")

    monkeypatch.setattr("ls_backend.services.catch_up.ingest", fail)
    with pytest.raises(OSError, match="no space"):
        catch_up(ctx, ADMIN, made)
    assert (projects.get(ctx.store, made).cursor, unread.ids(ctx.store, made)) == (before, set())


def test_a_label_config_that_still_fits_is_taken_over(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    changed = gate.project(made).label_config.replace("Which response is better?", "Which one?")
    gate.change_label_config(made, changed)
    assert apply(ctx, made, gate.annotate(own(ctx, made)[0], 7, "left")).faults == []
    assert projects.get(ctx.store, made).label_config == changed


def test_a_label_config_that_fits_no_longer_is_said_until_it_does(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    before = gate.project(made).label_config
    gate.change_label_config(made, CATALOG["pairwise_scale"].label_config)
    assert "no meaning is given to left:1" in catch_up(ctx, ADMIN, made).faults[0]
    assert "answers are read by the one before" in str(status(ctx, made)[0].attention)
    assert projects.get(ctx.store, made).label_config == before
    gate.change_label_config(made, before)
    assert catch_up(ctx, ADMIN, made).faults == []
    assert "label config" not in str(status(ctx, made)[0].attention)


def test_a_pull_does_not_put_a_label_config_in_the_place_of_a_newer_one(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, (first, *_) = fakes.gateway(ctx), own(ctx, made)
    original = gate.project(made).label_config
    older, newer = (original.replace("Which response is better?", text) for text in ("Which one?", "Which of them?"))
    gate.change_label_config(made, older)
    ask = gate.project

    def project(number: int) -> StudioProject:
        read = ask(number)
        body = gate.annotate(first, 7, "left")  # while the answer is on its way
        body["project"]["label_config"] = newer
        apply(ctx, made, body)
        return read

    with monkeypatch.context() as patched:
        patched.setattr(gate, "project", project)
        catch_up(ctx, ADMIN, made)
    assert projects.get(ctx.store, made).label_config == newer


def test_events_wait_when_the_label_config_no_longer_fits_and_nothing_is_lost(ctx: Context, made: int) -> None:
    gate = fakes.gateway(ctx)
    gate.change_label_config(made, CATALOG["pairwise_scale"].label_config)
    done = apply(ctx, made, gate.annotate(own(ctx, made)[0], 7, "left:2"))
    assert "no meaning is given to left:1" in done.faults[0]
    assert ctx.store.count(inbox, inbox.c.state == "unreadable") == 1
    assert "1 event is kept aside" in str(status(ctx, made)[0].attention)
    attach(
        ctx,
        ADMIN,
        made,
        MonitoringTerms(contract=fakes.CONTRACT, routing="everyone", annotators=3, retest_rate=0.0),
    )
    assert ctx.store.count(inbox, inbox.c.state == "unreadable") == 0
    assert live(ctx, made) == 1


@pytest.mark.parametrize("odd", ["\ud800", "\0"])
def test_what_no_database_takes_is_quoted_in_the_reason_and_holds_up_nothing(ctx: Context, made: int, odd: str) -> None:
    gate, (first, second, *_) = fakes.gateway(ctx), own(ctx, made)
    body = gate.annotate(first, 7, "left")
    body["annotation"] |= {"id": odd, "result": fakes.result("neither of the words")}
    fakes.deliver(ctx, body)
    apply(ctx, made, gate.annotate(second, 7, "left"))
    escaped = {"\ud800": "\\ud800", "\0": "\\x00"}[odd]
    assert f"task {first}, annotation {escaped}: the answer" in "".join(status(ctx, made)[0].attention)
    assert live(ctx, made) == 1


def test_receiving_refuses_what_is_no_event(ctx: Context, made: int) -> None:
    with pytest.raises(InputError, match="not JSON"):
        receive_event(ctx, b"{")
    with pytest.raises(NotAttachedError, match="project 99"):
        fakes.deliver(ctx, {"action": "ANNOTATION_CREATED", "annotation": {"id": 1}, "project": {"id": 99}})


def test_what_is_read_once_and_merged_is_what_a_fresh_reading_gives(ctx: Context) -> None:
    """Answers, an edit, a deletion and a second reader: always the fold over all rows."""
    made = fakes.attach(ctx, tasks=12, gold=2)
    gate = fakes.gateway(ctx)
    tasks = [t.id for t in gate.tasks(made)]
    other = Context(ctx.store, ctx.gateway, ctx.settings, ctx.clock)

    def same() -> None:
        fresh = judgments_of(Context(ctx.store, ctx.gateway, ctx.settings, ctx.clock), made)
        for reader in (ctx, other):
            held = judgments_of(reader, made)
            assert (held.annotators, held.items) == (fresh.annotators, fresh.items)
            np.testing.assert_array_equal(held.item, fresh.item)
            np.testing.assert_array_equal(held.preference, fresh.preference)

    bodies = []
    for n, task in enumerate(tasks):
        ctx.clock.tick()  # type: ignore[attr-defined]
        bodies.append(gate.annotate(task, 5 + n % 2, "left"))
        fakes.deliver(ctx, bodies[-1])
        apply_inbox(ctx, ADMIN, made)
        if n % 3 == 0:
            same()
    assert judgments_of(ctx, made) is judgments_of(ctx, made), "nothing new, nothing read"
    ctx.clock.tick(60)  # type: ignore[attr-defined]
    for body in (
        gate.edit(tasks[0], bodies[0]["annotation"]["id"], "right", by=5),
        gate.remove(tasks[1], bodies[1]["annotation"]["id"]),
    ):
        before = len(judgments_of(ctx, made))
        fakes.deliver(ctx, body)
        apply_inbox(ctx, ADMIN, made)
        same()
    assert len(judgments_of(ctx, made)) == before - 1


def during_a_pull(ctx: Context, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen after Label Studio has said what it holds, and before that is taken in."""
    gate = fakes.gateway(ctx)
    asked = gate.tasks

    def answers(project: int, *, since: str | None = None) -> Iterator[StudioTask]:
        said = [*asked(project, since=since)]
        happens()
        yield from said

    monkeypatch.setattr(gate, "tasks", answers)


def test_what_comes_while_everything_is_pulled_is_not_taken_for_deleted(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, (first, *_) = fakes.gateway(ctx), own(ctx, made)
    apply(ctx, made, gate.annotate(first, 7, "left"))

    def more() -> None:
        gate.clock.tick(5)
        apply(ctx, made, gate.annotate(first, 8, "right"))
        data = fakes.pair(77)
        task = gate.create_task(made, data, overlap=1, is_labeled=False)
        apply(ctx, made, gate.annotate(task, 8, "left"))

    with monkeypatch.context() as patched:
        during_a_pull(ctx, patched, more)
        assert catch_up(ctx, ADMIN, made, full=True).counts["deleted"] == 0
    assert live(ctx, made) == 3


def test_what_is_deleted_while_everything_is_pulled_stays_so(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, (first, *_) = fakes.gateway(ctx), own(ctx, made)
    event = gate.annotate(first, 7, "left")
    apply(ctx, made, event)
    gate.clock.tick(5)
    with monkeypatch.context() as patched:
        during_a_pull(ctx, patched, lambda: apply(ctx, made, gate.remove(first, event["annotation"]["id"])))
        catch_up(ctx, ADMIN, made, full=True)
    assert live(ctx, made) == 0


def test_a_deletion_that_nobody_told_of_is_noticed_by_the_next_pull(ctx: Context, made: int) -> None:
    gate, (first, *_) = fakes.gateway(ctx), own(ctx, made)
    event = gate.annotate(first, 7, "left")
    apply(ctx, made, event)
    gate.clock.tick(5)
    gate.remove(first, event["annotation"]["id"])
    assert catch_up(ctx, ADMIN, made).counts["deleted"] == 1
    assert live(ctx, made) == 0


def test_a_label_config_that_comes_while_tasks_are_pulled_has_them_pulled_again(
    ctx: Context, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, (first, *_) = fakes.gateway(ctx), own(ctx, made)
    catch_up(ctx, ADMIN, made)
    assert projects.get(ctx.store, made).cursor is not None
    ctx.store.save(UnreadTaskRecord(made, first, "it had another choice"))
    changed = projects.get(ctx.store, made).label_config.replace("<View>", "<View><Header value='new'/>", 1)

    def another() -> None:
        body = gate.annotate(first, 7, "left")
        body["project"]["label_config"] = changed
        apply(ctx, made, body)

    with monkeypatch.context() as patched:
        during_a_pull(ctx, patched, another)
        catch_up(ctx, ADMIN, made, full=True)
    assert projects.get(ctx.store, made).label_config == changed
    assert projects.get(ctx.store, made).cursor is None, "so that the next pull reads everything"
