"""Disputes about lines of the ledger, and their resolution by lines of their own; disputes about figures, which are answered in words."""

from dataclasses import dataclass

from ls_backend.contracts.terms import money
from ls_backend.errors import InputError
from ls_backend.measurement.settlement import Entry, EntryKind
from ls_backend.services import leases
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.services.ledger_lines import NewSettlement, write_settlement
from ls_backend.services.scoring import score_changes
from ls_backend.store import audit, ledger, projects
from ls_backend.store.records import DisputedFigure, DisputeRecord, LedgerLine, SettlementKind
from ls_backend.types import Json

MAX_WAIT_SECONDS = 30.0


def dispute(ctx: Context, actor: Actor, project: int, entry: int, text: str) -> int:
    """Note that an annotator disputes a line; returns the dispute's number.

    Raises:
        InputError: there is no such line, or no text.
    """
    line = _line(ctx, project, entry)
    number = _note(ctx, project, line.annotator, text, entry=entry)
    audit.note(ctx.store, project, "dispute noted", actor=actor.name, dispute=number, entry=entry)
    return number


def dispute_figure(ctx: Context, actor: Actor, project: int, annotator: str, figure: DisputedFigure, text: str) -> int:
    """Note that an annotator disputes a figure of theirs; returns the dispute's number.

    Raises:
        InputError: no text.
    """
    number = _note(ctx, project, annotator, text, figure=figure)
    audit.note(ctx.store, project, "dispute noted", actor=actor.name, dispute=number, figure=figure)
    return number


def _note(
    ctx: Context,
    project: int,
    annotator: str,
    text: str,
    *,
    entry: int | None = None,
    figure: DisputedFigure | None = None,
) -> int:
    text = text.strip()
    if not text:
        raise InputError("say what is disputed, in a sentence")
    row = {"project": project, "entry": entry, "figure": figure, "annotator": annotator, "text": text}
    return ledger.add_dispute(ctx.store, {**row, "at": ctx.clock()})


def _line(ctx: Context, project: int, entry: int) -> LedgerLine:
    line = ledger.line(ctx.store, project, entry)
    if line is None:
        raise InputError(
            f"the ledger of project {project} has no line {entry}", command="`steadyhand ledger why` lists them"
        )
    return line


@dataclass(frozen=True, slots=True)
class Resolution:
    """``period`` is the name under which the amount is approved and exported, None where nothing is paid."""

    dispute: int
    minor: int
    currency: str
    period: str | None
    resolved_by: str


def resolve(ctx: Context, actor: Actor, project: int, number: int, *, minor: int, text: str) -> Resolution:
    """Resolve a dispute; ``minor`` > 0 is paid by a line of its own.

    Raises:
        InputError: no such open dispute, a negative amount, or no text. BusyError: another process writes into the ledger.
    """
    text = text.strip()
    if minor < 0 or not text:
        raise InputError("a dispute takes nothing away: pay 0 or more, and say why in a sentence")
    of_project = projects.get(ctx.store, project, detached=True)
    with ctx.store.lease(leases.settling(project), wait=MAX_WAIT_SECONDS):
        record = ledger.dispute(ctx.store, project, number)
        if record is None or not record.is_open:
            raise InputError(
                f"project {project} has no open dispute {number}", command="`steadyhand ledger disputes` lists them"
            )
        payment = _payment(ctx, actor, record, minor, text) if minor else None
        with ctx.store.transaction() as connection:
            if payment:
                write_settlement(ctx, actor, of_project, payment, connection)
            ledger.resolve_dispute(ctx.store, number, connection, text=text, minor=minor, by=actor.name)
            noted = {"dispute": number, "minor": minor}
            audit.note(ctx.store, project, "dispute resolved", actor=actor.name, connection=connection, **noted)
    if of_project.is_attached:
        score_changes(ctx, project)
    return Resolution(number, minor, of_project.parsed_contract.currency, payment.name if payment else None, actor.name)


def _payment(ctx: Context, actor: Actor, record: DisputeRecord, minor: int, text: str) -> NewSettlement:
    """The line that pays for a dispute, as a settlement of its own."""
    if record.entry is None:
        raise InputError(
            f"dispute {record.id} is about a figure, and no line pays for it: pay 0, and answer what you do about the figure"
        )
    line, now = _line(ctx, record.project, record.entry), ctx.clock()
    detail: Json = {"reasons": [f"dispute {record.id}: {text} = {money(minor, line.currency)}"]}
    snapshot: Json = {
        "dispute": record.id,
        "annotator": line.annotator,
        "period": line.period,
        "minor": minor,
        "by": actor.name,
        **detail,
    }
    entry = Entry(line.annotator, line.period, EntryKind.DISPUTE, minor, detail)
    name = f"{line.period}-dispute-{record.id}"
    return NewSettlement(name, SettlementKind.RESOLUTION, now, now, snapshot, [entry])
