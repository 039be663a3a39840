"""Guides: their versions, who read which, and the exemplars that stand in them."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import ExemplarRecord, GuideReadRecord, GuideRecord
from ls_backend.store.tables import exemplars, guide_reads, guides


def newest(store: Store, project: int) -> GuideRecord | None:
    return next(iter(versions(store, project)), None)


def versions(store: Store, project: int) -> list[GuideRecord]:
    """Newest first."""
    return store.fetch(GuideRecord, guides.c.project == project, order_by=[guides.c.version.desc()])


def version(store: Store, project: int, number: int) -> GuideRecord | None:
    return store.first(GuideRecord, guides.c.project == project, guides.c.version == number)


def required(store: Store, project: int) -> int | None:
    """The version that is to be read before going on; None where there is none."""
    query = sa.select(sa.func.max(guides.c.version)).where(guides.c.project == project, guides.c.required)
    number = store.rows(query)[0][0]
    return None if number is None else int(number)


def require(store: Store, project: int, number: int, connection: sa.Connection) -> None:
    one = sa.and_(guides.c.project == project, guides.c.version == number)
    store.execute(sa.update(guides).where(one).values(required=True), connection=connection)


def require_none(store: Store, project: int, connection: sa.Connection) -> None:
    """Whichever version was read, or none: everybody may go on."""
    asked = sa.and_(guides.c.project == project, guides.c.required)
    store.execute(sa.update(guides).where(asked).values(required=False), connection=connection)


def reads(store: Store, project: int) -> list[GuideReadRecord]:
    """Who read which version last."""
    return store.fetch(GuideReadRecord, guide_reads.c.project == project, order_by=[guide_reads.c.annotator])


def read_by(store: Store, project: int, annotator: str) -> GuideReadRecord | None:
    return store.first(GuideReadRecord, guide_reads.c.project == project, guide_reads.c.annotator == annotator)


def exemplars_of(store: Store, project: int) -> list[ExemplarRecord]:
    """In the order in which they were taken in."""
    return store.fetch(ExemplarRecord, exemplars.c.project == project, order_by=[exemplars.c.at, exemplars.c.item])


def exemplar(store: Store, project: int, item: str) -> ExemplarRecord | None:
    return store.first(ExemplarRecord, exemplars.c.project == project, exemplars.c.item == item)


def drop_exemplar(store: Store, project: int, item: str) -> bool:
    """Whether there was one."""
    theirs = sa.and_(exemplars.c.project == project, exemplars.c.item == item)
    return store.execute(sa.delete(exemplars).where(theirs)) > 0
