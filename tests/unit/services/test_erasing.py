"""A person is forgotten; the ledger stays, holds, and pays nobody else another amount."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from ls_backend.errors import InputError
from ls_backend.programme.onboarding import Stage
from ls_backend.services import disputes, notes
from ls_backend.services.context import Context
from ls_backend.services.erasing import erase
from ls_backend.services.processing import process
from ls_backend.services.scoring import rescore
from ls_backend.services.settling import approve, settle
from ls_backend.services.verifying import verify
from ls_backend.store import gold, ledger, scorecards, tables
from ls_backend.store.records import (
    ChoiceRecord,
    GuideReadRecord,
    NewcomerRecord,
    UnclearReason,
    UnclearRecord,
    UnreadTaskRecord,
)
from tests import fakes
from tests.fakes import ADMIN

GONE = "777001"


@pytest.fixture
def settled(ctx: Context) -> int:
    """A settled project of three annotators, one of whom has a name that is found nowhere else."""
    project = fakes.attach(ctx, tasks=20, gold=3, retest_rate=0.0, routing="everyone", annotators=3)
    gate = fakes.gateway(ctx)
    for n, task in enumerate(list(gate.tasks(project))):
        for who in (2, 3, int(GONE)):
            gate.clock.tick(60)
            fakes.deliver(ctx, gate.annotate(task.id, who, "left" if (n + who) % 3 else "right"))
    settle(ctx, ADMIN, project, "all", though_running=True)
    approve(ctx, ADMIN, project, "all")
    notes.add_note(ctx, ADMIN, project, GONE, "talked to them")
    ctx.store.save(
        UnclearRecord(0, project, 1, "item", GONE, UnclearReason.OTHER, f"I, {GONE}, can't tell", 1.0, None, None, None)
    )
    ctx.store.save(GuideReadRecord(project, GONE, 1, 1.0))
    ctx.store.save(NewcomerRecord(project, GONE, Stage.TRAINING, 1, 3, 0, None, 1.0))
    ctx.store.save(ChoiceRecord(GONE, True, 1.0))
    ctx.store.save(UnreadTaskRecord(project, 1, f"task 1: it holds '{GONE}'"))
    return project


def amounts(ctx: Context, project: int) -> list[int]:
    return [line.minor for line in ledger.lines(ctx.store, project=project)]


def test_nothing_leads_back_and_the_ledger_holds(ctx: Context, settled: int) -> None:
    before = amounts(ctx, settled)
    others = {c.annotator: c.to_dict() for c in scorecards.of_project(ctx.store, settled) if c.annotator != GONE}
    (done,) = erase(ctx, ADMIN, GONE)
    assert (done.judgments, done.lines) == (23, 1)
    assert verify(ctx).faults == ()
    assert amounts(ctx, settled) == before
    cards = {card.annotator: card.to_dict() for card in scorecards.of_project(ctx.store, settled)}
    assert {name: cards[name] for name in others} == others
    assert done.alias in cards
    evidence = ledger.evidence_of(ctx.store, ledger.settled(ctx.store, settled)[0].id)
    assert GONE not in str(evidence)
    database = str(ctx.store.engine.url.database)
    with sqlite3.connect(database) as connection:
        assert GONE not in "\n".join(connection.iterdump())


def test_a_pull_of_what_label_studio_still_has_brings_nothing_back(ctx: Context) -> None:
    project = fakes.attach(ctx, tasks=20, gold=0, routing="everyone", annotators=3, ground_truths=True)
    gate = fakes.gateway(ctx)
    for n, task in enumerate(list(gate.tasks(project))):
        gate.clock.tick(60)
        fakes.deliver(ctx, gate.annotate(task.id, int(GONE), "left"))
        if n < 2:
            gate.task_json(task.id)["annotations"][-1]["ground_truth"] = True
    process(ctx, ADMIN, project, pull="all")
    assert [record.author for record in gold.records(ctx.store, project)] == [GONE, GONE]
    (done,) = erase(ctx, ADMIN, GONE)
    process(ctx, ADMIN, project, pull="all")
    assert [record.author for record in gold.records(ctx.store, project)] == [done.alias, done.alias]
    with sqlite3.connect(str(ctx.store.engine.url.database)) as connection:
        assert GONE not in "\n".join(connection.iterdump())


def test_what_was_rewritten_can_not_be_rewritten_again_unseen(ctx: Context, settled: int) -> None:
    erase(ctx, ADMIN, GONE)
    ctx.store.execute(sa.update(tables.ledger).where(tables.ledger.c.annotator.like("erased-%")).values(minor=1))
    assert any("was changed after it was written" in fault for fault in verify(ctx).faults)


def test_a_changed_note_of_an_erasure_shows(ctx: Context, settled: int) -> None:
    (done,) = erase(ctx, ADMIN, GONE)
    ctx.store.execute(sa.update(tables.erasures).values(by="nobody"))
    assert any(done.alias in fault for fault in verify(ctx).faults)


def test_two_are_forgotten_one_after_the_other_and_work_goes_on(ctx: Context, settled: int) -> None:
    erase(ctx, ADMIN, GONE)
    erase(ctx, ADMIN, "3")
    assert verify(ctx).faults == ()
    rescore(ctx, ADMIN, settled)
    gate = fakes.gateway(ctx)
    gate.clock.tick(60)
    task = next(iter(gate.tasks(settled))).id
    fakes.deliver(ctx, gate.annotate(task, 4, "left"))
    process(ctx, ADMIN, settled)
    assert "4" in {card.annotator for card in scorecards.of_project(ctx.store, settled)}
    assert verify(ctx).faults == ()


def test_an_open_objection_is_resolved_first(ctx: Context, settled: int) -> None:
    (line,) = ledger.lines_of(ctx.store, settled, GONE)
    disputes.dispute(ctx, ADMIN, settled, line.id, "too little")
    with pytest.raises(InputError, match="resolve it first"):
        erase(ctx, ADMIN, GONE)


def test_who_is_not_known_is_named(ctx: Context, settled: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing is stored of annotator 4242"):
        erase(ctx, ADMIN, "4242")
