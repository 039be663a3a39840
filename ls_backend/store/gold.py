"""Gold items."""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa

from ls_backend.measurement.judgments import GoldItem
from ls_backend.store.engine import Store, canonical
from ls_backend.store.records import GoldRecord
from ls_backend.store.tables import gold, judgments
from ls_backend.types import Json


def slices_in_use(store: Store, project: int) -> dict[str, str | None]:
    """Of the items that are neither retired nor withdrawn, by item."""
    return dict(store.rows(sa.select(gold.c.item, gold.c.slice).where(*_in_use(project))))


def _in_use(project: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (gold.c.project == project, gold.c.retired_at.is_(None), gold.c.withdrawn_at.is_(None))


def records(store: Store, project: int) -> list[GoldRecord]:
    """All of them, retired and withdrawn ones too."""
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
    """By item, without the withdrawn ones, and without the data of their tasks, which is much."""
    return _known_answers(store, project)


def _known_answers(store: Store, project: int, *which: sa.ColumnElement[bool]) -> dict[str, GoldItem]:
    columns = (gold.c.item, gold.c.preferred, gold.c.explanation, gold.c.answer, gold.c.author)
    query = sa.select(*columns).where(gold.c.project == project, gold.c.withdrawn_at.is_(None), *which)
    return {
        item: GoldItem(preferred, explanation, answer or "", author or "")
        for item, preferred, explanation, answer, author in store.rows(query)
    }


def known_to(store: Store, project: int, annotators: Collection[str]) -> dict[str, GoldItem]:
    """The known answers of what some annotators have judged."""
    judged = sa.select(judgments.c.item).where(judgments.c.project == project, judgments.c.annotator.in_(annotators))
    return _known_answers(store, project, gold.c.item.in_(judged))


def items(project: int) -> sa.Select[tuple[str]]:
    """The query for the items that are gold and not withdrawn."""
    return sa.select(gold.c.item).where(gold.c.project == project, gold.c.withdrawn_at.is_(None))


def digest(store: Store, project: int) -> str:
    """Which items are gold, and their answers; another one when any of that changes."""
    known = known_answers(store, project)
    answers = sorted((item, answer.preferred, answer.answer, answer.author) for item, answer in known.items())
    return hashlib.sha256(canonical(answers).encode()).hexdigest()[:16]


def count_in_use(store: Store, project: int) -> int:
    """Those that may be placed: neither retired nor withdrawn."""
    return store.count(gold, *_in_use(project))


def count_retired(store: Store, project: int, *, lapsed: bool) -> int:
    """Those that are placed no more, because they have lapsed or because an admin retired them."""
    retired = (gold.c.retired_at.is_not(None), gold.c.withdrawn_at.is_(None), gold.c.lapsed.is_(lapsed))
    return store.count(gold, gold.c.project == project, *retired)
