"""Gold items."""

import hashlib

import sqlalchemy as sa

from ls_backend.measurement.judgments import GoldItem
from ls_backend.store.engine import Store, canonical
from ls_backend.store.records import GoldRecord
from ls_backend.store.tables import gold
from ls_backend.types import Json


def slices_in_use(store: Store, project: int) -> dict[str, str | None]:
    """Of the items that are not retired, by item."""
    in_use = (gold.c.project == project, gold.c.retired_at.is_(None))
    return dict(store.rows(sa.select(gold.c.item, gold.c.slice).where(*in_use)))


def records(store: Store, project: int) -> list[GoldRecord]:
    """All of them, retired ones too."""
    return store.fetch(GoldRecord, gold.c.project == project, order_by=[gold.c.item])


def find(store: Store, project: int, item: str) -> GoldRecord | None:
    return store.first(GoldRecord, gold.c.project == project, gold.c.item == item)


def change(store: Store, project: int, item: str, connection: sa.Connection, **columns: object) -> None:
    one = sa.and_(gold.c.project == project, gold.c.item == item)
    store.execute(sa.update(gold).where(one).values(**columns), connection=connection)


def data_of(store: Store, project: int, item: str) -> Json:
    """The data of a task that shows a gold item."""
    rows = store.rows(sa.select(gold.c.data).where(gold.c.project == project, gold.c.item == item))
    return dict(rows[0][0])


def known_answers(store: Store, project: int) -> dict[str, GoldItem]:
    """By item; without the data of their tasks, which is much."""
    query = sa.select(gold.c.item, gold.c.preferred, gold.c.explanation, gold.c.answer).where(gold.c.project == project)
    return {
        item: GoldItem(preferred, explanation, answer or "")
        for item, preferred, explanation, answer in store.rows(query)
    }


def digest(store: Store, project: int) -> str:
    """Which items are gold, and their answers; another one when any of that changes."""
    known = known_answers(store, project)
    answers = sorted((item, answer.preferred, answer.answer) for item, answer in known.items())
    return hashlib.sha256(canonical(answers).encode()).hexdigest()[:16]


def count(store: Store, project: int) -> int:
    return store.count(gold, gold.c.project == project)
