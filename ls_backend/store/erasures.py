"""What is rewritten where a person is forgotten, and the notes of it."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from ls_backend.store import sums as stored_sums
from ls_backend.store.engine import Store
from ls_backend.store.inbox import set_state
from ls_backend.store.judgments import next_revision
from ls_backend.store.records import ErasureRecord, EventState
from ls_backend.store.tables import (
    arms,
    audit,
    choices,
    disputes,
    erasures,
    exports,
    gold,
    guide_reads,
    inbox,
    judgments,
    ledger,
    newcomers,
    notes,
    pauses,
    pilots,
    scorecards,
    seeds,
    sums,
    unclear,
)

FORGOTTEN = "(forgotten)"
ALIAS = "erased-"
"""How the alias of a forgotten person begins."""


def is_alias(annotator: str | None) -> bool:
    """Whether this is the alias of somebody who was forgotten."""
    return annotator is not None and annotator.startswith(ALIAS)


def projects_with(store: Store, annotator: str) -> list[int]:
    """The projects in which something is stored of an annotator."""
    found: set[int] = set()
    for table in (judgments, ledger, notes, pauses, seeds, scorecards, disputes, unclear, guide_reads, newcomers):
        query = sa.select(table.c.project).where(table.c.annotator == annotator).distinct()
        found |= {int(row[0]) for row in store.rows(query)}
    of_gold = sa.select(gold.c.project).where(gold.c.author == annotator).distinct()
    return sorted(found | {int(row[0]) for row in store.rows(of_gold)})


def rename(store: Store, project: int, annotator: str, alias: str, connection: sa.Connection) -> int:
    """Put an alias in the place of an annotator wherever the row must stay, and delete what tells of the person; returns how many
    judgments stay."""

    def theirs(table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.project == project, table.c.annotator == annotator)

    def run(statement: sa.Executable) -> int:
        return store.execute(statement, connection=connection)

    revision = next_revision(store, project, connection)
    values = {"annotator": alias, "lead_time": None, "revision": revision}
    answers = run(sa.update(judgments).where(theirs(judgments)).values(**values))
    of_lines = sa.select(ledger.c.settlement).where(theirs(ledger))
    run(sa.update(exports).where(exports.c.settlement.in_(of_lines)).values(files=None))
    run(sa.update(ledger).where(theirs(ledger)).values(annotator=alias))
    run(sa.update(seeds).where(theirs(seeds)).values(annotator=alias))
    answered = {"annotator": alias, "text": FORGOTTEN, "resolution": FORGOTTEN}
    run(sa.update(disputes).where(theirs(disputes)).values(**answered))
    of_project = sa.select(pilots.c.id).where(pilots.c.project == project)
    in_arm = sa.and_(arms.c.pilot.in_(of_project), arms.c.annotator == annotator)
    run(sa.update(arms).where(in_arm).values(annotator=alias))
    run(sa.update(gold).where(gold.c.project == project, gold.c.author == annotator).values(author=alias))
    run(sa.update(unclear).where(theirs(unclear)).values(annotator=alias, text=FORGOTTEN))
    for table in (notes, pauses, sums, guide_reads, newcomers):
        run(sa.delete(table).where(theirs(table)))
    run(sa.delete(choices).where(choices.c.annotator == annotator))
    run(sa.delete(scorecards).where(theirs(scorecards), scorecards.c.written_digest.is_(None)))
    run(sa.update(scorecards).where(theirs(scorecards)).values(digest=""))  # until its copy is deleted
    stored_sums.mark(store, project, [alias], connection)
    stored_sums.scale_is_due(store, project, connection)
    return answers


def rename_in_audit(store: Store, project: int, names: Collection[str], alias: str, connection: sa.Connection) -> None:
    for number, actor, detail in store.rows(
        sa.select(audit.c.id, audit.c.actor, audit.c.detail).where(audit.c.project == project), connection=connection
    ):
        after = {
            key: alias if key in ("annotator", "user") and value in names else value for key, value in detail.items()
        }
        actor_after = alias if actor in names else actor
        if (after, actor_after) != (detail, actor):
            one = sa.update(audit).where(audit.c.id == number).values(detail=after, actor=actor_after)
            store.execute(one, connection=connection)


def bodies(store: Store, project: int, connection: sa.Connection) -> list[tuple[int, str]]:
    """Events that still have a body, but for those that came meanwhile and wait to be applied."""
    with_body = sa.and_(inbox.c.project == project, inbox.c.body != "", inbox.c.state != EventState.PENDING)
    query = sa.select(inbox.c.id, inbox.c.body).where(with_body)
    return [(int(number), body) for number, body in store.rows(query, connection=connection)]


def empty(store: Store, event: int, digest: str, connection: sa.Connection) -> None:
    """Take the body from an event; one that was kept aside is dropped."""
    kept_aside = sa.and_(inbox.c.id == event, inbox.c.state == EventState.UNREADABLE)
    set_state(store, kept_aside, connection, state=EventState.DROPPED)
    kept = sa.func.coalesce(inbox.c.digest, digest)
    emptied = sa.update(inbox).where(inbox.c.id == event).values(body="", digest=kept)
    store.execute(emptied, connection=connection)


def of_project(store: Store, project: int | None = None) -> list[ErasureRecord]:
    """Notes of erasures, oldest first."""
    which = [] if project is None else [erasures.c.project == project]
    return store.fetch(ErasureRecord, *which, order_by=[erasures.c.id])


def last_hash(store: Store, project: int, connection: sa.Connection) -> str | None:
    query = sa.select(erasures.c.hash).where(erasures.c.project == project).order_by(erasures.c.id.desc()).limit(1)
    rows = store.rows(query, connection=connection)
    return str(rows[0][0]) if rows else None


def add(store: Store, row: Mapping[str, Any], connection: sa.Connection) -> None:
    store.insert(erasures, row, connection=connection)
