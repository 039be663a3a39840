"""Threads that write to SQLite take turns, in the order in which they came."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from ls_backend.services.context import Context
from ls_backend.store.tables import leases
from ls_backend.store.turns import Turns

PATIENCE = 20.0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def take(turns: Turns, order: list[str], name: str) -> None:
    with turns.taken():
        order.append(name)


def wait_in_line(pool: ThreadPoolExecutor, turns: Turns, order: list[str], names: str) -> list[Future[None]]:
    """Threads that wait for the turn, one behind the other."""
    waiting = []
    for name in names:
        before = len(turns._waiting)
        waiting.append(pool.submit(take, turns, order, name))
        while len(turns._waiting) == before:
            time.sleep(0.001)
    return waiting


def test_first_come_first_served_and_whoever_comes_again_is_last(pool: ThreadPoolExecutor) -> None:
    turns, order = Turns(patience=PATIENCE), list[str]()
    with turns.taken():
        waiting = wait_in_line(pool, turns, order, "bca")
    take(turns, order, "again")
    for other in waiting:
        other.result(PATIENCE)
    assert order == ["b", "c", "a", "again"]


def test_whoever_has_the_turn_may_take_it_again_and_keeps_it(pool: ThreadPoolExecutor) -> None:
    turns, order = Turns(patience=PATIENCE), list[str]()
    with turns.taken():
        (other,) = wait_in_line(pool, turns, order, "b")
        take(turns, order, "inner")
        order.append("outer")
    other.result(PATIENCE)
    assert order == ["inner", "outer", "b"]


def test_the_turn_is_handed_on_after_an_error() -> None:
    turns, order = Turns(patience=PATIENCE), list[str]()
    with pytest.raises(KeyError), turns.taken():
        raise KeyError
    take(turns, order, "next")
    assert order == ["next"]


def test_who_waits_too_long_goes_on_without_and_takes_nobodys_turn(pool: ThreadPoolExecutor) -> None:
    turns, order = Turns(patience=0.05), list[str]()
    with turns.taken():
        pool.submit(take, turns, order, "impatient").result(PATIENCE)
        assert turns._is_taken
    take(turns, order, "next")
    assert order == ["impatient", "next"]
    assert not turns._waiting


def test_one_at_a_time_however_many_come(pool: ThreadPoolExecutor) -> None:
    turns, inside, most = Turns(patience=PATIENCE), list[int](), list[int]()

    def many(_: int) -> None:
        for _ in range(200):
            with turns.taken():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    list(pool.map(many, range(8)))
    assert len(most) == 1600
    assert max(most) == 1


def test_a_write_waits_for_a_transaction_of_another_thread_and_not_for_its_own(
    ctx: Context, pool: ThreadPoolExecutor
) -> None:
    row = {"holder": "h", "until": 1.0}
    has_begun, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with ctx.store.transaction() as connection:
            ctx.store.insert_new(leases, [{"name": "first", **row}], connection=connection)
            has_begun.set()
            assert may_end.wait(PATIENCE)

    slow = pool.submit(write_slowly)
    assert has_begun.wait(PATIENCE)
    other = pool.submit(ctx.store.insert_new, leases, [{"name": "second", **row}])
    assert not other.done()
    assert ctx.store.count(leases) == 0, "reading waits for nobody"
    may_end.set()
    slow.result(PATIENCE)
    assert other.result(PATIENCE) == 1
    with ctx.store.transaction():
        assert ctx.store.execute(sa.delete(leases)) == 2
