"""Notes of admins about annotators. No annotator reads them."""

from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, notes, projects

MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class NoteReport:
    """Whether a note was ``added``; the same words by the same person a second time are not."""

    added: bool


def add_note(ctx: Context, actor: Actor, project: int, annotator: str, text: str) -> NoteReport:
    """Write down something about an annotator.

    Raises:
        InputError: no text, or a long one.
    """
    text = text.strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise InputError(f"a note has 1 to {MOST_CHARACTERS} characters, this one {len(text)}")
    projects.get(ctx.store, project)
    newest = next(iter(notes.of_annotator(ctx.store, project, annotator)), None)
    if newest is not None and (newest.text, newest.by) == (text, actor.name):  # sent twice
        return NoteReport(added=False)
    with ctx.store.transaction() as connection:
        number = notes.add(ctx.store, project, annotator, text, by=actor.name, connection=connection)
        noted = {"annotator": annotator, "note": number}
        audit.note(ctx.store, project, "note written", actor=actor.name, connection=connection, **noted)
    return NoteReport(added=True)
