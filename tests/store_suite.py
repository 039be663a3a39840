"""What a store must do, on whichever database: tests/unit runs it over SQLite, tests/integration over PostgreSQL. A subclass has the
fixtures ``store``, which is empty, and ``other``, another process's store on the same database."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ls_backend.contracts.terms import Contract
from ls_backend.errors import BusyError, InputError, NotAttachedError
from ls_backend.measurement.decidedness import DecidednessSource, GroupRule
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.scale import MeasurementOptions
from ls_backend.measurement.scorecard import Scorecard, ScoringInput
from ls_backend.measurement.scorecard import scorecards as scorecards_from
from ls_backend.measurement.settlement import EntryKind
from ls_backend.programme.onboarding import OnboardingTerms, Stage
from ls_backend.programme.pilot import Arm
from ls_backend.programme.seed_schedule import Routing, Seed, SeedKind
from ls_backend.services.backup import back_up
from ls_backend.services.context import Context
from ls_backend.services.erasing import erase
from ls_backend.services.settling import approve, settle
from ls_backend.services.verifying import verify
from ls_backend.store import (
    Store,
    audit,
    choices,
    dashboard_links,
    engine,
    gold,
    guides,
    inbox,
    judgments,
    ledger,
    notes,
    onboarding,
    pauses,
    pilots,
    projects,
    scorecards,
    seeds,
    sums,
    tables,
    tasks,
    unclear,
    unread,
    waiting,
)
from ls_backend.store.engine import LEASE_SECONDS, newest_schema_version
from ls_backend.store.judgments import Activity, JudgmentCounts
from ls_backend.store.records import (
    ArmRecord,
    ChoiceRecord,
    Connections,
    EventState,
    ExemplarRecord,
    GoldRecord,
    GuideReadRecord,
    GuideRecord,
    InboxRecord,
    Interference,
    JudgmentRecord,
    NewcomerRecord,
    NewEvent,
    OddWork,
    OnboardingItemRecord,
    OnboardingRecord,
    OriginalSettings,
    ProjectRecord,
    ScaleRecord,
    ScorecardRecord,
    SeedState,
    SettlementKind,
    Source,
    SumsRecord,
    TaskRecord,
    UnclearReason,
    UnreadTaskRecord,
)
from tests import fakes
from tests.fakes import ADMIN, Clock

PENDING, APPLIED, UNREADABLE, DROPPED = EventState
GOLD, RETEST = SeedKind.GOLD, SeedKind.RETEST


def clock_of(store: Store) -> Clock:
    assert isinstance(store.clock, Clock)
    return store.clock


def project(number: int) -> ProjectRecord:
    return ProjectRecord(
        id=number,
        title="Pairs",
        label_config=fakes.PAIRWISE.label_config,
        mapping=fakes.PAIRWISE.mapping,
        fields=("prompt", "response_a", "response_b"),
        contract=fakes.CONTRACT,
        routing=Routing.AIMED,
        retest_rate=0.1,
        gold_rate=0.05,
        min_lag=2,
        annotators=3,
        slice_field=None,
        salt=fakes.SALT,
        original_settings=OriginalSettings(model_version="v1"),
        connections=Connections(webhook=4),
        scorecard_project=None,
        cursor=None,
        attached_at=1.0,
        detached_at=None,
        measurement=MeasurementOptions(q=0.8),
        odd_work=OddWork({"fast": ["7"]}, 10, "digest"),
    )


def judgment(identity: str, annotator: str | None = "ann", item: str = "i1", **more: Any) -> JudgmentRecord:
    base = JudgmentRecord(
        project=1,
        id=identity,
        task=10,
        annotator=annotator,
        item=item,
        mirrored=False,
        slice=None,
        at=100.0,
        lead_time=5.0,
        preference=1,
        updated=100.0,
        latest=1,
        latest_updated=100.0,
        interference=None,
        deleted_at=None,
        source=Source.EVENT,
        answer=None,
        latest_answer=None,
        revision=1,
    )
    return replace(base, **more)


def task(number: int, item: str = "i1", **more: Any) -> TaskRecord:
    return replace(TaskRecord(1, number, item, False, None, 1, {"prompt": f"p{number}"}, words=3), **more)


def gold_item(item: str, **more: Any) -> GoldRecord:
    return replace(GoldRecord(1, item, 1, "because", "s0", {"prompt": f"p {item}"}, None), **more)


def scorecard(annotator: str) -> Scorecard:
    judged = Judgments.of([Judgment(annotator, f"i{n}", 1, False, float(n)) for n in range(3)])
    (card,) = scorecards_from(ScoringInput(judged, {}, Contract.parse(fakes.CONTRACT)))
    return Scorecard.from_dict(card.to_dict())  # rounded as it is kept


def unwritten(store: Store) -> list[str]:
    """Of project 1, asked for one by one."""
    return [record.annotator for some in scorecards.unwritten(store, 1, at_once=1) for record in some]


def card_record(annotator: str, digest: str, **more: Any) -> ScorecardRecord:
    return replace(ScorecardRecord(1, annotator, scorecard(annotator), digest, 5.0), **more)


def add_event(store: Store, key: str, **more: Any) -> bool:
    (is_stored,) = inbox.add(store, [replace(NewEvent(key, 1, "{}", digest="d"), **more)])
    return is_stored


def row(**columns: object) -> dict[str, object]:
    return columns


class StoreSuite:
    # --- the database itself ------------------------------------------------------------------------------------------

    def test_the_migrations_make_exactly_the_tables_of_the_code(self, store: Store) -> None:
        with store.engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), tables.metadata)
        assert differences == []
        assert store.rows(sa.text("SELECT version_num FROM alembic_version")) == [(newest_schema_version(),)]

    def test_who_opens_it_again_changes_nothing(self, store: Store, other: Store) -> None:
        add_event(store, "k")
        assert sa.inspect(other.engine).get_table_names() == sa.inspect(store.engine).get_table_names()
        assert other.count(tables.inbox) == 1

    def test_a_transaction_is_there_as_a_whole_or_not_at_all(self, store: Store, other: Store) -> None:
        def note_two_then_fail() -> None:
            with store.transaction() as connection:
                audit.note(store, 1, "one", actor="a", connection=connection)
                audit.note(store, 1, "two", actor="a", connection=connection)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            note_two_then_fail()
        assert audit.count(other, 1) == 0

    def test_a_record_is_saved_once_by_its_key_and_then_changed(self, store: Store) -> None:
        store.save(task(1, words=3))
        store.save(task(1, words=4, item="another"), only=("words",))
        (stored,) = store.fetch(TaskRecord)
        assert (stored.words, stored.item) == (4, "i1")
        store.upsert([task(1), task(2)], {"overlap": tables.tasks.c.overlap + 1})
        store.save_all([])
        assert [record.overlap for record in store.fetch(TaskRecord, order_by=[tables.tasks.c.id])] == [2, 1]

    def test_json_comes_back_as_it_went_in(self, store: Store) -> None:
        data = {"a": [1, 2.5, None, True], "ö": {"nested": "\U0001f600 'quoted' \"twice\""}, "empty": {}}
        store.save(task(1, data=data))
        assert tasks.data_of(store, 1, 1) == data

    def test_records_and_enums_come_back_as_what_they_are(self, store: Store) -> None:
        rule = GroupRule(DecidednessSource.MARGIN, 1.25, True, 0.5)
        store.save(ScaleRecord(1, "f", rule, "t", None, 7, 90))
        assert sums.rule(store, 1) == rule
        assert sums.judgments_scaled(store, 1) == 90
        scale = sums.scale(store, 1)
        assert scale is not None
        assert (scale.scale, scale.revision) == (None, 7)
        store.save(judgment("1", interference=Interference.CHANGED, source=Source.CATCH_UP))
        (stored,) = store.fetch(JudgmentRecord)
        assert (stored.interference, stored.source) == (Interference.CHANGED, Source.CATCH_UP)

    def test_large_and_small_numbers_come_back_exactly(self, store: Store) -> None:
        store.save(judgment("1", at=1_780_000_000.123456, updated=0.1 + 0.2, revision=2**40))
        (stored,) = store.fetch(JudgmentRecord)
        assert (stored.at, stored.updated, stored.revision) == (1_780_000_000.123456, 0.1 + 0.2, 2**40)

    def test_a_backup_is_of_all_that_is_there(self, store: Store, tmp_path: Path) -> None:
        audit.note(store, 1, "something", actor="a")
        clock = clock_of(store)
        url = store.engine.url.render_as_string(hide_password=False)
        ctx = Context(store, fakes.FakeGateway(clock), fakes.settings(database_url=url), clock)
        back_up(ctx, tmp_path / "copy")
        assert (tmp_path / "copy").stat().st_size > 0
        with pytest.raises(InputError):
            back_up(ctx, tmp_path / "copy")

    # --- leases -------------------------------------------------------------------------------------------------------

    def test_a_lease_has_one_holder_over_all_processes_and_is_given_back(self, store: Store, other: Store) -> None:
        with store.lease("a"):
            with pytest.raises(BusyError), other.lease("a"):
                pass
            with other.lease("b"):
                pass
        with other.lease("a"):
            pass

    def test_who_waits_for_a_lease_gets_it(self, store: Store, other: Store) -> None:
        order: list[str] = []
        begun = threading.Event()

        def first() -> None:
            with store.lease("a"):
                begun.set()
                time.sleep(0.3)
                order.append("first")

        thread = threading.Thread(target=first)
        thread.start()
        assert begun.wait(10)
        with other.lease("a", wait=20):
            order.append("second")
        thread.join()
        assert order == ["first", "second"]

    def test_of_many_who_want_a_lease_at_once_one_has_it_at_a_time(self, store: Store, other: Store) -> None:
        inside, most = 0, 0

        def work(n: int) -> None:
            nonlocal inside, most
            with (store, other)[n % 2].lease("a", wait=60):
                inside += 1
                most = max(most, inside)
                time.sleep(0.01)
                inside -= 1

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, range(12)))
        assert most == 1
        assert store.count(tables.leases) == 0

    def test_a_dead_holder_holds_nobody_up_for_long(self, store: Store, other: Store) -> None:
        store.insert_new(tables.leases, [row(name="a", holder="the dead", until=clock_of(store)() + LEASE_SECONDS)])
        with pytest.raises(BusyError), other.lease("a"):
            pass
        clock_of(store).tick(LEASE_SECONDS + 1)
        with other.lease("a"), pytest.raises(BusyError), store.lease("a"):
            pass

    def test_several_leases_are_taken_in_order_and_all_are_given_back(self, store: Store, other: Store) -> None:
        with store.lease("b"):
            with pytest.raises(BusyError, match="holds b;"), other.lease("a", "b", "c"):
                pass
            with other.lease("a", "c"), pytest.raises(BusyError), store.lease("c"):
                pass
        assert store.count(tables.leases) == 0

    def test_a_lease_is_renewed_while_work_goes_on(
        self, store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "LEASE_SECONDS", 1.0)
        monkeypatch.setattr(store, "clock", time.time)
        monkeypatch.setattr(other, "clock", time.time)
        with store.lease("a"):
            time.sleep(1.5)
            with pytest.raises(BusyError), other.lease("a"):
                pass

    # --- the inbox ----------------------------------------------------------------------------------------------------

    def test_an_event_is_stored_once_by_its_key_however_many_bring_it(self, store: Store, other: Store) -> None:
        def bring(n: int) -> bool:
            return add_event((store, other)[n % 2], f"k{n // 8}")

        with ThreadPoolExecutor(6) as pool:
            stored = list(pool.map(bring, range(40)))
        assert sum(stored) == store.count(tables.inbox) == 5

    def test_events_that_come_together_are_stored_once_and_wait_in_their_order(self, store: Store) -> None:
        first, second = (NewEvent(key, 1, "{}", digest="d") for key in "ba")
        with store.transaction() as connection:
            assert inbox.add(store, [first], connection=connection) == [True]
            assert inbox.add(store, [first, second, second], connection=connection) == [False, True, False]
            assert inbox.add(store, [], connection=connection) == []
        assert [record.key for record in inbox.pending(store, 1, limit=9)] == ["b", "a"]

    def test_events_wait_oldest_first_and_of_their_project(self, store: Store) -> None:
        for n in range(5):
            clock_of(store).tick()
            add_event(store, f"k{n}", project=1 + n % 2, body=f"body {n}")
        assert [event.body for event in inbox.pending(store, 1, limit=2)] == ["body 0", "body 2"]
        assert waiting.count(store, PENDING) == 5
        assert waiting.oldest(store) == clock_of(store).now - 4

    def test_events_are_counted_once_in_the_state_they_come_to(self, store: Store) -> None:
        for n in range(6):
            add_event(store, f"k{n}")
        ids = [event.id for event in inbox.pending(store, 1, limit=10)]
        inbox.mark(store, ids[:2], APPLIED)
        inbox.mark(store, ids[:3], APPLIED)  # as after a process that died between applying and marking
        inbox.mark(store, [ids[3]], DROPPED, "was detached")
        inbox.mark(store, [ids[4]], UNREADABLE, "not an event")
        assert inbox.counts(store, 1) == {APPLIED: 3, DROPPED: 1, UNREADABLE: 1, PENDING: 1}
        assert inbox.counts(store, 2) == {}
        assert inbox.first_error(store, 1) == "not an event"
        assert inbox.retry_unreadable(store, 1) == 1
        assert inbox.counts(store, 1) == {APPLIED: 3, DROPPED: 1, PENDING: 2}
        counted = store.count_by(tables.inbox.c.state, where=tables.inbox.c.project == 1)
        assert inbox.counts(store, 1) == {state: n for (state,), n in counted.items()}

    def test_two_who_mark_the_same_events_count_them_once(self, store: Store, other: Store) -> None:
        for n in range(20):
            add_event(store, f"k{n}")
        ids = [event.id for event in inbox.pending(store, 1, limit=100)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: inbox.mark((store, other)[n % 2], ids, APPLIED), range(8)))
        assert inbox.counts(store, 1) == {APPLIED: 20}

    def test_what_was_kept_for_long_enough_loses_its_body_and_keeps_a_digest(self, store: Store) -> None:
        for n in range(4):
            add_event(store, f"k{n}", body="body", digest=f"digest {n}")
            clock_of(store).tick(10)
        ids = [event.id for event in inbox.pending(store, 1, limit=10)]
        inbox.mark(store, [ids[0], ids[3]], APPLIED)
        inbox.mark(store, [ids[1]], DROPPED)
        before = clock_of(store).now - 15  # all but the last one were received before
        assert inbox.empty_bodies(store, before, limit=1) == 1
        assert inbox.empty_bodies(store, before, limit=10) == 1
        assert inbox.empty_bodies(store, before, limit=10) == 0
        events = store.fetch(InboxRecord, order_by=[tables.inbox.c.id])
        assert [event.body for event in events] == ["", "", "body", "body"]
        assert [event.digest for event in events] == [f"digest {n}" for n in range(4)]

    # --- judgments ----------------------------------------------------------------------------------------------------

    def test_a_judgment_is_one_row_whatever_is_heard_of_it(self, store: Store) -> None:
        store.save(judgment("1", preference=1, revision=1))
        store.save(judgment("1", preference=1, latest=-1, revision=2))
        (stored,) = store.fetch(JudgmentRecord)
        assert (stored.preference, stored.latest, stored.revision) == (1, -1, 2)
        assert judgments.highest_revision(store, 1) == 2
        assert judgments.next_revision(store, 1) == 3
        assert judgments.next_revision(store, 2) == 1

    def test_what_counts_is_answered_and_not_deleted(self, store: Store) -> None:
        store.save(judgment("1", at=30.0))
        store.save(judgment("2", at=20.0, item="i2", source=Source.CATCH_UP, revision=2))
        store.save(judgment("3", preference=None, latest=None, at=40.0, revision=3))
        store.save(judgment("4", deleted_at=9.0, revision=4))
        store.save(judgment("5", annotator="bob", preference=None, interference=Interference.FORGED, revision=5))
        assert judgments.tally(store, 1) == JudgmentCounts(counting=2, caught_up=1, interfered=1)
        assert judgments.tally(store, 1, ["bob"]) == JudgmentCounts(0, 0, 1)
        assert judgments.annotators(store, 1) == ["ann"]
        assert judgments.annotators(store, 1, since=31.0) == []
        assert [record.id for record in judgments.of_annotator(store, 1, "ann")] == ["2", "1"]
        assert [record.id for record in judgments.of_item(store, 1, "i1")] == ["1"]
        assert judgments.last_at(store, 1) == 30.0
        assert judgments.activity(store, 1) == {"ann": Activity(skipped=1, last_active=40.0)}
        own = judgments.of_annotators(store, 1, ["ann", "bob"])
        assert sorted(one.id for one in own.judgments) == ["1", "2"]
        assert (own.caught_up["ann"], own.interfered["bob"]) == (1, 1)

    def test_rows_written_since_a_revision_are_read_alone(self, store: Store) -> None:
        for n in range(4):
            store.save(judgment(str(n), revision=n + 1, deleted_at=5.0 if n == 3 else None))
        changes = sorted(judgments.changes_since(store, 1, 2), key=lambda change: change.revision)
        assert [(change.id, change.judgment is None) for change in changes] == [("2", False), ("3", True)]
        assert len(judgments.changes_since(store, 1, -1)) == 4
        assert judgments.latest_annotators(store, 1, 2) == {"ann"}

    def test_a_deletion_is_noted_also_before_its_annotation(self, store: Store) -> None:
        store.save(judgment("1"))
        store.save(judgment("2", task=11, item="i2"))
        with judgments.writing(store, 1) as connection:
            assert judgments.mark_deleted(store, 1, connection, ids=["1", "9"]) == [("ann", "i1")]
            alive = judgments.on_tasks(store, 1, [10, 11], connection)
            assert [record.id for record in alive] == ["2"]
            assert judgments.mark_deleted(store, 1, connection, tasks=[10, 11]) == [("ann", "i2")]
            judgments.add_tombstones(store, 1, ["1", "9"], connection)
        with store.transaction() as connection:
            known = judgments.with_ids(store, 1, ["1", "2", "8", "9"], connection)
        assert {identity: record.deleted_at for identity, record in known.items()} == dict.fromkeys(
            ("1", "2", "9"), clock_of(store).now
        )
        assert judgments.tally(store, 1).counting == 0

    def test_what_is_written_at_once_has_a_revision_higher_than_all_before(self, store: Store, other: Store) -> None:
        store.save(project(1))

        def write(n: int) -> None:
            one = (store, other)[n % 2]
            with judgments.writing(one, 1) as connection:
                judgments.save_all(one, 1, [judgment(f"{n}-{k}", f"ann{n}") for k in range(3)], connection)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(12)))
        revisions = sorted(change.revision for change in judgments.changes_since(store, 1, -1))
        assert revisions == list(range(1, 37)), "no two share one, and none is left out"

    def test_judgments_by_item_and_time(self, store: Store) -> None:
        for n, (annotator, item, at) in enumerate(
            [("b", "i1", 3.0), ("a", "i1", 2.0), ("a", "i2", 1.0), ("a", "i2", 4.0)]
        ):
            store.save(judgment(str(n), annotator, item, at=at, task=20 + n, revision=n, margin=float(-n)))
        assert judgments.ids_by_item(store, 1) == {"i1": ["1", "0"], "i2": ["2", "3"]}
        assert judgments.answered_items(store, 1) == {"i1": 2.0, "i2": 1.0}
        assert judgments.first_task(store, 1, "a", "i2") == 22
        assert [(one.id, one.margin) for one in judgments.before(store, 1, 4.0)] == [
            ("2", -2.0),
            ("1", -1.0),
            ("0", 0.0),
        ]
        assert sorted(one.id for one in judgments.on_items(store, 1, ["i2", "i3"])) == ["2", "3"]
        assert judgments.count_since(store, 1, Judgment("a", "i2", 1, False, 1.0, "2")) == 2
        store.save(gold_item("i1"))
        assert judgments.margins(store, 1, gold.items(1)).tolist() == [3.0]

    # --- sums, scale, scorecards --------------------------------------------------------------------------------------

    def test_who_is_marked_is_stale_until_folded_and_a_later_mark_stays(self, store: Store) -> None:
        with store.transaction() as connection:
            sums.mark(store, 1, ["b", "a", None], connection)
        assert sums.stale(store, 1) == [("a", 1, 0), ("b", 1, 0)]
        numbers = np.array([1.5, -0.25, np.inf])
        with store.transaction() as connection:
            sums.mark(store, 1, ["b"], connection)
            folded = [SumsRecord(1, name, 1, 1, 7, 2, 1, sums.pack(numbers)) for name in ("a", "b")]
            sums.save(store, folded, connection)
        assert sums.stale(store, 1) == [("b", 2, 7)]
        assert [sums.mark_of(store, 1, name) for name in ("a", "b", "c")] == [1, 2, 0]
        assert sums.annotators(store, 1) == ["a", "b"]
        names, rows = sums.rows(store, 1)
        assert (names, rows.tolist()) == (["a", "b"], [numbers.tolist()] * 2)

    def test_counts_come_from_sums_and_of_the_stale_from_judgments(self, store: Store) -> None:
        store.save(judgment("1", "a"))
        store.save(judgment("2", "b", source=Source.CATCH_UP, revision=2))
        assert sums.tally(store, 1) == JudgmentCounts(2, 1, 0), "nothing was folded yet"
        store.save(ScaleRecord(1, "f", GroupRule(), "t", None, 2, 2))
        store.save(SumsRecord(1, "a", 1, 1, 40, 3, 2, None))
        store.save(SumsRecord(1, "b", 2, 1, 70, 0, 0, None))
        assert sums.tally(store, 1) == JudgmentCounts(40 + 1, 3 + 1, 2)

    def test_what_changes_of_gold_marks_who_judged_it_and_the_scale(self, store: Store) -> None:
        store.save(judgment("1", "a", "i1"))
        store.save(judgment("2", "b", "i2", revision=2))
        store.save(ScaleRecord(1, "f", GroupRule(), "t", None, 2, 2))
        with store.transaction() as connection:
            sums.mark_all(store, 1, connection)
            sums.save(store, [SumsRecord(1, name, 1, 1, 1, 0, 0, None) for name in ("a", "b")], connection)
        assert sums.stale(store, 1) == []
        with store.transaction() as connection:
            sums.mark_items(store, 1, ["i2"], connection)
        assert [name for name, *_ in sums.stale(store, 1)] == ["b"]
        scale = sums.scale(store, 1)
        assert scale is not None
        assert scale.revision == sums.DUE
        with store.transaction() as connection:
            sums.mark_all(store, 1, connection)
        assert [name for name, *_ in sums.stale(store, 1)] == ["a", "b"]

    def test_a_scorecard_comes_back_as_it_was_and_its_copy_is_remembered(self, store: Store) -> None:
        first = card_record("a", "one", told=scorecard("a"))
        with store.transaction() as connection:
            scorecards.save_all(store, [first, card_record("b", "two")], connection)
        assert scorecards.find(store, 1, "a") == first
        assert [card.annotator for card in scorecards.of_annotators(store, 1, ["b", "c"])] == ["b"]
        assert unwritten(store) == ["a", "b"]
        scorecards.mark_written(store, [first])
        with store.transaction() as connection:
            scorecards.save_all(store, [replace(first, changed_at=8.0)], connection)
        assert unwritten(store) == ["b"]
        with store.transaction() as connection:
            scorecards.save_all(store, [replace(first, digest="other", changed_at=9.0)], connection)
        assert unwritten(store) == ["a", "b"]
        assert [record.digest for record in scorecards.records(store, 1, ["a"])] == ["other"]
        with store.transaction() as connection:
            scorecards.forget_written(store, 1, connection)
        assert [record.written_digest for record in scorecards.records(store, 1)] == [None, None]
        assert (scorecards.count(store, 1), scorecards.last_change(store, 1)) == (2, 9.0)
        assert (scorecards.count(store, 2), scorecards.last_change(store, 2)) == (0, None)

    def test_a_scorecard_that_is_no_more_stays_until_its_copy_is_deleted(self, store: Store) -> None:
        copied, other = card_record("a", "one", written_digest="one"), card_record("b", "two")
        for record in (copied, other):
            store.save(record)
        with store.transaction() as connection:
            for name in ("a", "b"):
                scorecards.withdraw(store, 1, name, connection)
        assert (scorecards.count(store, 1), scorecards.of_project(store, 1)) == (0, [])
        assert scorecards.gone(store, 1) == ["a"]
        scorecards.forget_gone(store, 1, ["a"])
        assert store.count(tables.scorecards) == 0

    # --- tasks, gold, seeds -------------------------------------------------------------------------------------------

    def test_ordinary_tasks_are_those_that_are_no_seeds(self, store: Store) -> None:
        with store.transaction() as connection:
            for record in (
                task(1, overlap=2, slice="s", margin=0.5),
                task(2, "i2", overlap=3),
                task(3, "i1", mirrored=True, overlap=5, margin=0.7),
                task(4, "i4"),
            ):
                tasks.save_all(store, [record], connection)
        seed = seeds.plan(store, 1, Seed(RETEST, "i1"), "ann", {})
        assert seed is not None
        seeds.set_state(store, seed.id, SeedState.PLACED, task=3)
        assert (tasks.count_ordinary(store, 1), tasks.asked(store, 1)) == (3, 6)
        assert tasks.ordinary_items(store, 1) == {"i1": "s", "i2": None, "i4": None}
        assert tasks.ordinary_margins(store, 1) == {"i1": 0.5}
        assert tasks.first_ordinary(store, 1, "i1") == 1
        assert tasks.margins_of_items(store, 1, ["i1", "i2"]) == {"i1": 0.5}
        chosen = tasks.one_of_item(store, 1, "i1")
        assert chosen is not None
        assert chosen.id == 1
        assert tasks.data_by_item(store, 1)["i1"] == {"prompt": "p1"}
        assert tasks.words_by_item(store, 1) == {"i1": 3, "i2": 3, "i4": 3}
        assert sorted(tasks.of_items(store, 1, ["i1", "i4"])) == [1, 3, 4]
        assert tasks.count_changed_overlaps(store, 1, 5) == 0
        assert tasks.count_changed_overlaps(store, 1, 8) == 1
        with store.transaction() as connection:
            tasks.delete(store, 1, [1, 2], connection)
        assert tasks.ids(store, 1) == {3, 4}

    def test_a_consensus_that_is_due_again_meanwhile_stays_due(self, store: Store) -> None:
        with store.transaction() as connection:
            for n in (1, 2, 3):
                tasks.save_all(store, [task(n, f"i{n}")], connection)
            tasks.mark_due(store, 1, ["i1", "i2"], connection)
        numbers = tasks.due(store, 1, limit=10)
        assert numbers == {1: 1, 2: 1}
        with store.transaction() as connection:
            tasks.mark_due(store, 1, ["i2"], connection)
        tasks.no_longer_due(store, 1, numbers)
        assert tasks.due(store, 1, limit=10) == {2: 2}
        tasks.mark_all_due(store, 1)
        assert tasks.due(store, 1, limit=2) == {1: 1, 2: 3}

    def test_a_finished_task_has_the_answers_it_asks_for(self, store: Store) -> None:
        with store.transaction() as connection:
            for record in (task(1, "i1", overlap=2), task(2, "i2", overlap=2), task(3, "i3")):
                tasks.save_all(store, [record], connection)
        for n, (number, preference, deleted_at) in enumerate(
            [(1, 1, None), (1, None, None), (2, 1, None), (2, 1, 5.0), (3, None, None)]
        ):
            store.save(
                judgment(
                    str(n), f"a{n}", f"i{number}", task=number, preference=preference, deleted_at=deleted_at, revision=n
                )
            )
        assert [finished.id for finished in tasks.finished(store, 1, [1, 2, 3])] == [1]
        tasks.mark_written(store, 1, {1: "digest"})
        assert tasks.finished(store, 1, [1])[0].written_digest == "digest"
        with store.transaction() as connection:
            tasks.save_all(store, [task(1, "i1", overlap=1)], connection)
        assert tasks.finished(store, 1, [1])[0].written_digest == "digest", "what was copied stays"
        with store.transaction() as connection:
            tasks.forget_written(store, 1, connection)
        assert tasks.finished(store, 1, [1])[0].written_digest is None
        assert set(tasks.due(store, 1, limit=10)) == {1, 2, 3}

    def test_tasks_of_which_something_was_kept_aside(self, store: Store) -> None:
        for number in (3, 1, 2):
            store.save(UnreadTaskRecord(1, number, "why"))
        store.save(UnreadTaskRecord(1, 2, "another reason"))
        assert (unread.ids(store, 1), unread.count(store, 1), unread.count(store, 2)) == ({1, 2, 3}, 3, 0)
        assert [record.why for record in unread.first(store, 1, limit=2)] == ["why", "another reason"]
        unread.forget(store, 1, [2, 9])
        assert unread.ids(store, 1) == {1, 3}
        with store.transaction() as connection:
            unread.forget_all(store, 1, connection)
        assert unread.count(store, 1) == 0

    def test_gold_is_in_use_retired_or_withdrawn(self, store: Store) -> None:
        for record in (
            gold_item("i1", author="7"),
            gold_item("i2", retired_at=1.0, preferred=-1, slice=None),
            gold_item("i3", withdrawn_at=1.0),
            gold_item("i4", preferred=0, answer='"good"'),
        ):
            store.save(record)
        known = {
            "i1": GoldItem(1, "because", "", "7"),
            "i2": GoldItem(-1, "because"),
            "i4": GoldItem(0, "because", '"good"'),
        }
        assert gold.known_answers(store, 1) == known
        assert gold.known_of(store, 1, ["i2", "i3", "i9"]) == {"i2": known["i2"]}
        assert gold.known_of(store, 1, []) == {}
        assert gold.slices_in_use(store, 1) == {"i1": "s0", "i4": "s0"}
        assert gold.count_in_use(store, 1) == 2
        assert [gold.count_retired(store, 1, lapsed=lapsed) for lapsed in (False, True)] == [1, 0]
        assert [record.item for record in gold.records(store, 1)] == ["i1", "i2", "i3", "i4"]
        assert gold.data_of(store, 1, "i3") == {"prompt": "p i3"}
        before = gold.digest(store, 1)
        with store.transaction() as connection:
            gold.change(store, 1, "i1", connection, withdrawn_at=2.0)
        assert gold.digest(store, 1) != before
        changed = gold.find(store, 1, "i1")
        assert changed is not None
        assert changed.withdrawn_at == 2.0

    def test_more_items_than_fit_into_a_statement_are_asked_in_parts(self, store: Store) -> None:
        store.save(gold_item("i1200"))
        store.save(judgment("1", "a", "i1200"))
        items = [f"i{n}" for n in range(2000)]
        assert set(gold.known_of(store, 1, items)) == {"i1200"}
        assert [one.item for one in judgments.on_items(store, 1, items)] == ["i1200"]

    def test_a_seed_is_planned_once_and_goes_through_its_states(self, store: Store, other: Store) -> None:
        def plan(n: int) -> bool:
            return seeds.plan((store, other)[n % 2], 1, Seed(GOLD, "g1"), "ann", {"prompt": "p"}) is not None

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(plan, range(8))) == 1
        (planned,) = seeds.in_state(store, 1, "ann", SeedState.PLANNED)
        assert (planned.data, planned.task) == ({"prompt": "p"}, None)
        seeds.set_state(store, planned.id, SeedState.HIDDEN, task=70)
        assert seeds.of_annotator(store, 1, "ann")[0].data is None, "of those that are made, without the data"
        seeds.set_state(store, planned.id, SeedState.PLACED)
        assert (seeds.open_tasks(store, 1), seeds.tasks_of(store, 1)) == ({70}, {70})
        with store.transaction() as connection:
            seeds.mark_answered(store, 1, {70: "ann"}, connection)
        assert seeds.counts(store, 1) == {(GOLD, SeedState.ANSWERED): 1}
        with store.transaction() as connection:
            seeds.mark_answered(store, 1, {70: "bob"}, connection)
            seeds.withdraw(store, 1, [70], connection)
        assert seeds.counts(store, 1) == {(GOLD, SeedState.ANSWERED): 1}, "what was answered stays"

    def test_a_seed_that_another_answers_is_misrouted_and_one_without_its_task_withdrawn(self, store: Store) -> None:
        for n, annotator in enumerate(("ann", "ann", seeds.FOR_EVERYONE)):
            planned = seeds.plan(store, 1, Seed(RETEST, f"i{n}"), annotator, {})
            assert planned is not None
            seeds.set_state(store, planned.id, SeedState.PLACED, task=n)
        with store.transaction() as connection:
            seeds.withdraw(store, 1, [1], connection)
            seeds.mark_answered(store, 1, {0: "bob", 2: "bob"}, connection)
        assert seeds.state_by_item(store, 1, "ann", RETEST) == {"i0": SeedState.MISROUTED, "i1": SeedState.WITHDRAWN}
        assert [seed.state for seed in seeds.with_tasks(store, 1) if seed.annotator == ""] == [SeedState.PLACED]
        with store.transaction() as connection:
            seeds.delete_all(store, 1, connection)
        assert seeds.counts(store, 1) == {}

    # --- what people do -----------------------------------------------------------------------------------------------

    def test_a_project_comes_back_as_it_was_and_is_attached_until_it_is_not(self, store: Store) -> None:
        for number in (2, 1):
            store.save(project(number))
        assert projects.attached(store) == [project(1), project(2)]
        projects.change(store, 2, detached_at=5.0, cursor="2026-11-27T00:00:00Z")
        assert projects.attached(store) == [project(1)]
        assert projects.get(store, 2, detached=True) == replace(
            project(2), detached_at=5.0, cursor="2026-11-27T00:00:00Z"
        )

    def test_an_unknown_project_says_how_to_start(self, store: Store) -> None:
        with pytest.raises(NotAttachedError, match="steadyhand attach --project 9"):
            projects.get(store, 9)
        assert (projects.find(store, 9), projects.attached(store)) == (None, [])

    def test_the_audit_log_is_read_newest_first(self, store: Store) -> None:
        audit.note(store, 1, "attached", actor="a", gold=3, why=None)
        audit.note(store, 2, "attached", actor="b")
        audit.note(store, 1, "paused", actor="c", annotator="7")
        assert [entry.what for entry in audit.records(store, 1)] == ["paused", "attached"]
        assert [entry.actor for entry in audit.everywhere(store)] == ["c", "b", "a"]
        assert audit.records(store, 1)[1].detail == {"gold": 3, "why": None}

    def test_a_link_is_used_once(self, store: Store, other: Store) -> None:
        with ThreadPoolExecutor(4) as pool:
            used = list(pool.map(lambda n: dashboard_links.use((store, other)[n % 2], "nonce"), range(6)))
        assert sum(used) == 1

    def test_notes_pauses_choices_and_unclear_items(self, store: Store) -> None:
        with store.transaction() as connection:
            notes.add(store, 1, "7", "first", by="a", connection=connection)
            notes.add(store, 1, "7", "second", by="a", connection=connection)
            pauses.begin(store, 1, "7", "tired", by="a", connection=connection)
            question = unclear.add(
                store, 1, "7", UnclearReason.BOTH_BAD, "both", task=3, item="i1", connection=connection
            )
        assert [note.text for note in notes.of_annotator(store, 1, "7")] == ["second", "first"]
        pause = pauses.now(store, 1)["7"]
        with store.transaction() as connection:
            pauses.change_reason(store, pause.id, "very tired", connection)
            pauses.end(store, pause.id, by="b", connection=connection)
            unclear.answer(store, question, "take the shorter one", by="a", connection=connection)
        assert pauses.now(store, 1) == {}
        (ended,) = pauses.of_annotator(store, 1, "7")
        assert (ended.reason, ended.resumed_by) == ("very tired", "b")
        assert unclear.waiting(store, 1) == []
        answered = unclear.find(store, 1, question)
        assert answered is not None
        assert (answered.reason, answered.answer) == (UnclearReason.BOTH_BAD, "take the shorter one")
        assert unclear.of_item(store, 1, "i1") == unclear.of_annotator(store, 1, "7") == [answered]
        assert not choices.hides_figures(store, "7")
        store.save(ChoiceRecord("7", True, 1.0))
        assert choices.hides_figures(store, "7")
        assert choices.of_annotator(store, "7") == ChoiceRecord("7", True, 1.0)

    def test_guides_have_versions_readers_and_exemplars(self, store: Store) -> None:
        for number in (1, 2, 3):
            store.save(GuideRecord(1, number, f"text {number}", 1.0, "a"))
        newest = guides.newest(store, 1)
        assert newest is not None
        assert [guide.version for guide in guides.versions(store, 1)] == [newest.version, 2, 1] == [3, 2, 1]
        assert guides.version(store, 1, 3) == newest
        assert guides.version(store, 1, 4) is None
        assert guides.required(store, 1) is None
        with store.transaction() as connection:
            guides.require(store, 1, 2, connection)
        assert guides.required(store, 1) == 2
        with store.transaction() as connection:
            guides.require_none(store, 1, connection)
        assert guides.required(store, 1) is None
        store.save(GuideReadRecord(1, "7", 1, 1.0))
        store.save(GuideReadRecord(1, "7", 2, 2.0))
        assert guides.reads(store, 1) == [guides.read_by(store, 1, "7")] == [GuideReadRecord(1, "7", 2, 2.0)]
        for at, item in ((2.0, "i1"), (1.0, "i2")):
            store.save(ExemplarRecord(1, item, 1, "why", at, "a"))
        assert [exemplar.item for exemplar in guides.exemplars_of(store, 1)] == ["i2", "i1"]
        assert guides.exemplar(store, 1, "i2") == ExemplarRecord(1, "i2", 1, "why", 1.0, "a")
        assert guides.drop_exemplar(store, 1, "i2")
        assert not guides.drop_exemplar(store, 1, "i2")

    def test_what_became_of_newcomers_outlives_their_onboarding(self, store: Store) -> None:
        terms = OnboardingTerms(training=4, calibration=3, tries=2, pass_mark=0.75)
        store.save(OnboardingRecord(1, 2, terms, 1.0))
        store.save(OnboardingItemRecord(1, "i1", 1, "", "why"))
        store.save(NewcomerRecord(1, "7", Stage.CALIBRATION, 1, 3, 1, 0.5, 1.0))
        stored = onboarding.of_project(store, 1)
        assert stored is not None
        assert stored.terms == terms
        assert set(onboarding.items(store, 1)) == {"i1"}
        with store.transaction() as connection:
            onboarding.forget(store, 1, connection)
        assert (onboarding.of_project(store, 1), onboarding.items(store, 1)) == (None, {})
        (newcomer,) = onboarding.newcomers_of(store, 1)
        assert (
            newcomer
            == onboarding.newcomer(store, 1, "7")
            == NewcomerRecord(1, "7", Stage.CALIBRATION, 1, 3, 1, 0.5, 1.0)
        )

    def test_pilots_have_names_arms_and_times(self, store: Store) -> None:
        def add(name: str, started_at: float) -> int:
            contracts = {"contract_a": fakes.CONTRACT, "contract_b": fakes.CONTRACT}
            with store.transaction() as connection:
                return pilots.add(
                    store,
                    row(
                        project=1,
                        name=name,
                        alpha=0.05,
                        salt="s",
                        looks=0,
                        started_at=started_at,
                        started_by="a",
                        **contracts,
                    ),
                    connection,
                )

        first = add("one", 10.0)
        pilots.change(store, first, stopped_at=20.0)
        second = add("two", 30.0)
        with pytest.raises(sa.exc.IntegrityError):
            add("two", 40.0)
        pilots.add_newcomer(store, ArmRecord(second, "c", Arm.A, 1, 0.5, 2.0))
        pilots.add_newcomer(store, ArmRecord(second, "c", Arm.B, 1, 0.5, 3.0))
        assert [member.arm for member in pilots.members(store, second, ["c"])] == [Arm.A], "the first one stays"
        store.execute(sa.delete(tables.arms))
        assert pilots.named(store, 1, "one") == pilots.of_project(store, 1)[1]
        running = pilots.running(store, 1)
        assert running is not None
        assert running.id == second
        assert [pilot.id for pilot in pilots.ran_between(store, 1, 5.0, 25.0)] == [first]
        assert [pilot.name for pilot in pilots.of_project(store, 1)] == ["two", "one"]
        for name, arm in (("b", Arm.B), ("a", Arm.A)):
            store.save(ArmRecord(second, name, arm, 0, None, 1.0))
        assert [(member.annotator, member.arm) for member in pilots.members(store, second)] == [
            ("a", Arm.A),
            ("b", Arm.B),
        ]
        assert [member.annotator for member in pilots.members(store, second, ["b"])] == ["b"]

    # --- money, and forgetting a person -------------------------------------------------------------------------------

    def test_no_two_lines_follow_the_same_one(self, store: Store) -> None:
        line = row(
            project=1, settlement=1, annotator="7", period="all", kind=EntryKind.PAY, minor=2**40, currency="EUR",
            contract_version="1", evidence="e", detail={"why": ["x"]}, at=1.0,
        )  # fmt: skip
        with store.transaction() as connection:
            ledger.add_line(store, {**line, "previous": "0", "hash": "1"}, connection)
        with pytest.raises(sa.exc.IntegrityError), store.transaction() as connection:
            ledger.add_line(store, {**line, "previous": "0", "hash": "2"}, connection)
        with store.transaction() as connection:
            ledger.add_line(
                store, {**line, "kind": EntryKind.CORRECTION, "minor": -5, "previous": "1", "hash": "2"}, connection
            )
            ledger.add_line(store, {**line, "project": 2, "previous": "0", "hash": "1"}, connection)
            assert ledger.last_hash(store, 1, connection) == "2"
        assert [stored.minor for stored in ledger.lines(store, project=1)] == [2**40, -5]
        assert ledger.totals(store, 1) == ledger.booked(store, 1, "all", ["7"]) == {"7": 2**40 - 5}
        assert ledger.totals(store, 1, ["8"]) == ledger.booked(store, 1, "2026-11") == {}
        assert [stored.minor for stored in ledger.lines_of(store, 1, "7")] == [-5, 2**40]
        (_, first) = ledger.lines_of(store, 1, "7")
        assert (first.detail, ledger.line(store, 1, first.id)) == ({"why": ["x"]}, first)
        assert ledger.last_line(store, 1) == ledger.lines(store, project=1)[-1].id
        assert ledger.last_line(store, 3) == 0
        assert ledger.payouts(store, 1) == {"7": 2**41 - 5}, "of both projects, which share the settlement here"

    def test_settlements_exports_and_disputes(self, store: Store) -> None:
        settlement = row(
            project=1, name="2026-10", kind=SettlementKind.PERIOD, start=0.0, end=50.0, digest="d", settled_at=60.0, settled_by="a"
        )  # fmt: skip
        with store.transaction() as connection:
            number = ledger.add_settlement(store, settlement, '{"judgments": []}', connection)
        assert ledger.evidence_of(store, number) == {"judgments": []}
        with store.transaction() as connection:
            ledger.replace_evidence(store, number, '{"judgments": [1]}', connection)
        assert ledger.evidence_of(store, number) == {"judgments": [1]}
        assert ledger.settlement(store, number) == ledger.settlement_named(store, 1, "2026-10")
        with pytest.raises(sa.exc.IntegrityError), store.transaction() as connection:
            ledger.add_settlement(store, settlement, "{}", connection)
        assert (ledger.settled_until(store, 1), ledger.settled_until(store, 2)) == (50.0, 0.0)
        ledger.approve(store, number, by="b")
        (settled,) = ledger.settled(store, 1, SettlementKind.PERIOD)
        assert ledger.pay_details_before(store, 1, 50.0) == []
        assert (settled.approved_by, ledger.settled(store, 1, SettlementKind.RESOLUTION)) == ("b", [])
        export = row(
            project=1, settlement=number, number=1, form="csv", total_minor=5, at=1.0, by="a", files={"a.csv": "x"}
        )
        ledger.add_export(store, export)
        with pytest.raises(sa.exc.IntegrityError):
            ledger.add_export(store, export)
        assert (ledger.exports_with_files(store, number), ledger.export_files(store, number, 1)) == (
            {1},
            {"a.csv": "x"},
        )
        assert ledger.exports_of(store, project=1) == ledger.exports_of(store, settlement=number) != []
        objection = ledger.add_dispute(store, row(project=1, entry=1, annotator="7", text="too little", at=1.0))
        assert [one.id for one in ledger.open_disputes(store, 1)] == [objection]
        with store.transaction() as connection:
            ledger.resolve_dispute(store, objection, connection, text="right", minor=3, by="a")
        assert ledger.open_disputes(store, 1) == []
        (resolved,) = ledger.disputes_of(store, 1, "7")
        assert (resolved.minor, resolved) == (3, ledger.dispute(store, 1, objection))

    def test_a_settled_ledger_holds_shows_what_was_changed_and_outlives_a_person(self, store: Store) -> None:
        ctx = self._settled(store)
        (project,) = (record.id for record in projects.attached(store))
        amounts = [line.minor for line in ledger.lines(store, project=project)]
        assert len(amounts) == 3
        assert verify(ctx).faults == ()
        (forgotten,) = erase(ctx, ADMIN, "4")
        assert verify(ctx).faults == ()
        assert [line.minor for line in ledger.lines(store, project=project)] == amounts
        by_name = Counter(line.annotator for line in ledger.lines(store, project=project))
        assert by_name == {"2": 1, "3": 1, forgotten.alias: 1}
        assert judgments.annotators(store, project) == sorted(["2", "3", forgotten.alias])
        assert inbox.counts(store, project) == {APPLIED: store.count(tables.inbox)}
        store.execute(sa.update(tables.ledger).where(tables.ledger.c.annotator == "2").values(minor=1))
        assert any("was changed after it was written" in fault for fault in verify(ctx).faults)

    @staticmethod
    def _settled(store: Store) -> Context:
        clock = clock_of(store)
        ctx = Context(store, fakes.FakeGateway(clock), fakes.settings(), clock)
        project = fakes.attach(ctx, tasks=8, gold=2, retest_rate=0.0, routing="everyone", annotators=3)
        gate = fakes.gateway(ctx)
        for n, shown in enumerate(list(gate.tasks(project))):
            for who in (2, 3, 4):
                clock.tick(60)
                fakes.deliver(ctx, gate.annotate(shown.id, who, "left" if (n + who) % 3 else "right"))
        settle(ctx, ADMIN, project, "all", though_running=True)
        approve(ctx, ADMIN, project, "all")
        return ctx


def empty(store: Store) -> None:
    """Delete everything."""
    with store.transaction() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
