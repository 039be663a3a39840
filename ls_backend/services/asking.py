"""What annotators ask and choose: items that are unclear to them, and whether they see figures while they label."""

from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.label_studio.tasks import read_showing
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import audit, projects, unclear
from ls_backend.store.records import ChoiceRecord, UnclearReason
from ls_templates.plugin.protocol import UnclearRequest

MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class UnclearReport:
    """Whether it was ``added``; the same annotator's word on the same item is not a second time."""

    added: bool


def call_unclear(ctx: Context, request: UnclearRequest) -> UnclearReport:
    """Note that an item is unclear to the annotator who was served it. It moves no figure.

    Raises:
        InputError: an unknown reason, no words where the reason needs them, or a task that shows no item.
        NotAttachedError: we do not monitor the project.
    """
    project, annotator = projects.get(ctx.store, request.project), str(request.user)
    if request.reason not in set(UnclearReason):
        raise InputError(f"{request.reason!r} is no reason; it is one of {', '.join(UnclearReason)}")
    reason, text = UnclearReason(request.reason), request.text.strip()
    if len(text) > MOST_CHARACTERS or (reason is UnclearReason.OTHER and not text):
        raise InputError(f"say what is unclear in 1 to {MOST_CHARACTERS} characters")
    showing = read_showing(request.data, project.mapping, project.fields)
    if showing is None:
        raise InputError(f"task {request.task} shows no item of this project")
    earlier = unclear.of_item(ctx.store, project.id, showing.item)
    if any(other.is_open and other.annotator == annotator for other in earlier):  # sent twice
        return UnclearReport(added=False)
    with ctx.store.transaction() as connection:
        number = unclear.add(
            ctx.store,
            project.id,
            annotator,
            reason,
            text,
            task=request.task,
            item=showing.item,
            connection=connection,
        )
        noted = {"unclear": number, "item": showing.item, "reason": reason}
        audit.note(ctx.store, project.id, "item unclear", actor=f"user {annotator}", connection=connection, **noted)
    return UnclearReport(added=True)


def answer_unclear(ctx: Context, actor: Actor, project: int, number: int, text: str) -> None:
    """Answer whoever called an item unclear. The answer stands on their own page.

    Raises:
        InputError: there is no such open question, or no answer.
    """
    text = text.strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise InputError(f"the annotator reads the answer: write 1 to {MOST_CHARACTERS} characters")
    record = unclear.find(ctx.store, project, number)
    if record is None or not record.is_open:
        raise InputError(f"project {project} has no open question {number}; somebody may have answered it")
    with ctx.store.transaction() as connection:
        unclear.answer(ctx.store, number, text, by=actor.name, connection=connection)
        audit.note(ctx.store, project, "unclear item answered", actor=actor.name, connection=connection, unclear=number)


def choose_figures(ctx: Context, annotator: str, *, hidden: bool) -> None:
    """Whether somebody sees their figures while they label; their own choice."""
    ctx.store.save(ChoiceRecord(annotator, hidden, ctx.clock()))
