"""What admins wrote down about annotators."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import NoteRecord
from ls_backend.store.tables import notes


def of_annotator(store: Store, project: int, annotator: str) -> list[NoteRecord]:
    """Newest first."""
    theirs = (notes.c.project == project, notes.c.annotator == annotator)
    return store.fetch(NoteRecord, *theirs, order_by=[notes.c.id.desc()])


def add(store: Store, project: int, annotator: str, text: str, *, by: str, connection: sa.Connection) -> int:
    row = {"project": project, "annotator": annotator, "text": text, "at": store.clock(), "by": by}
    return store.insert(notes, row, connection=connection)
