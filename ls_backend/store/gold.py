"""Gold items."""

import sqlalchemy as sa

from ls_backend.measurement.judgments import GoldItem
from ls_backend.store.engine import Store
from ls_backend.store.records import GoldRecord
from ls_backend.store.tables import gold


def records(store: Store, project: int) -> dict[str, GoldRecord]:
    """By item."""
    return {record.item: record for record in store.fetch(GoldRecord, gold.c.project == project)}


def known_answers(store: Store, project: int) -> dict[str, GoldItem]:
    """By item; without the data of their tasks, which is much."""
    query = sa.select(gold.c.item, gold.c.preferred, gold.c.explanation, gold.c.answer).where(gold.c.project == project)
    return {
        item: GoldItem(preferred, explanation, answer or "")
        for item, preferred, explanation, answer in store.rows(query)
    }


def count(store: Store, project: int) -> int:
    return store.count(gold, gold.c.project == project)
