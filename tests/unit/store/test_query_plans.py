"""What is asked with each event, panel or `status` goes through an index, and not through all there is: with ten million judgments the
difference is seconds. SQLite says how it reads, before it does."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.queries.panel import panel_of
from ls_backend.services.queries.status import status
from ls_backend.store import Store, inbox, judgments, scorecards, sums, waiting
from ls_backend.store.records import EventState
from tests import fakes
from tests.fakes import ADMIN


def plans(ctx: Context, ask: Callable[[Store], object]) -> list[str]:
    """How SQLite reads for each statement that is executed meanwhile."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    sa.event.listen(ctx.store.engine, "before_cursor_execute", note)
    try:
        ask(ctx.store)
    finally:
        sa.event.remove(ctx.store.engine, "before_cursor_execute", note)
    with ctx.store.engine.connect() as connection:
        return [
            str(row[3])
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda store: inbox.pending(store, 1, limit=200), "inbox_open (project=? AND state=?)"),
        (lambda store: inbox.counts(store, 1), "inbox_open (project=? AND state=?)"),
        (lambda store: inbox.first_error(store, 1), "inbox_open (project=? AND state=?)"),
        (lambda store: inbox.empty_bodies(store, 1.0, limit=1), "inbox_bodies (received_at<?)"),
        (lambda store: waiting.count(store, EventState.PENDING), "inbox_open"),
        (lambda store: waiting.oldest(store), "inbox_open"),
        (lambda store: sums.stale(store, 1), "sums_stale (project=?)"),
        (lambda store: scorecards.count(store, 1), "COVERING INDEX scorecards_digest (project=?)"),
        (lambda store: scorecards.gone(store, 1), "scorecards_digest (project=? AND digest=?)"),
        (
            lambda store: [*scorecards.unwritten(store, 1, at_once=1)],
            "scorecards_unwritten (project=? AND annotator>?)",
        ),
        (lambda store: scorecards.last_change(store, 1), "scorecards_changed (project=?)"),
        (lambda store: judgments.highest_revision(store, 1), "judgments_revision (project=?)"),
    ],
)
def test_an_index_has_what_is_asked_often(ctx: Context, ask: Callable[[Store], object], index: str) -> None:
    assert any(index in plan for plan in plans(ctx, ask)), plans(ctx, ask)


def test_neither_status_nor_the_panel_goes_through_a_whole_table(plugged: Context) -> None:
    made = fakes.attach(plugged, gold=2, annotators=2)
    gate = fakes.gateway(plugged)
    fakes.deliver(plugged, gate.annotate(next(iter(gate.tasks(made))).id, 7, "left"))
    process(plugged, ADMIN, made)
    for ask in (lambda _: status(plugged, made), lambda _: panel_of(plugged, made, "7")):
        through_all = {plan for plan in plans(plugged, ask) if plan.startswith("SCAN")}
        assert through_all <= {"SCAN pauses", "SCAN disputes", "SCAN unclear"}  # what people write by hand
