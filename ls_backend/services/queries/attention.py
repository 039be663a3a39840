"""What needs somebody: each with its reason and the page where it is dealt with, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ls_backend.analysis.inspection import Inspection
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure, inspection_of
from ls_backend.services.queries.status import trouble
from ls_backend.services.queries.warning_signs import warning_signs_of
from ls_backend.store import inbox, judgments, ledger, pauses
from ls_backend.store.records import ProjectRecord, SettlementKind


class Place(StrEnum):
    """The page of a project where something is dealt with."""

    OVERVIEW = ""
    ANNOTATORS = "annotators"
    GOLD = "gold"
    PAY = "pay"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that needs somebody: what and why. ``annotator`` is whom it is about, "" for nobody in particular."""

    project: int
    what: str
    why: str
    place: Place
    annotator: str = ""


def needs_of(ctx: Context, project: ProjectRecord) -> list[Need]:
    """Of a project: what is broken, who waits for an answer, who is paused, whom to look at, which gold to change, what to think over."""
    faults = figure(ctx, project.id, "faults", lambda: list(_broken(ctx, project))).value
    odd_work = figure(ctx, project.id, "odd work", lambda: list(_odd_work(ctx, project))).value
    return [*faults, *_waiting(ctx, project), *_paused(ctx, project), *odd_work]


def _odd_work(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    close_look = inspection_of(ctx, project.id).value
    yield from _people(project, close_look)
    yield from _gold(project, close_look)
    yield from _signs(ctx, project)


def _broken(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    events, tally = inbox.counts(ctx.store, project.id), judgments.tally(ctx.store, project.id)
    for text in trouble(ctx, project, events, interfered=tally.interfered):
        yield Need(project.id, "Something is wrong", text, Place.OVERVIEW)


def _waiting(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for dispute in ledger.open_disputes(ctx.store, project.id):
        yield Need(project.id, "A dispute is open", dispute.text, Place.PAY, dispute.annotator)
    for settlement in ledger.settled(ctx.store, project.id, SettlementKind.PERIOD):
        if settlement.approved_at is None:
            why = f"{settlement.name} was settled by {settlement.settled_by}. Look through it, and approve it."
            yield Need(project.id, "A settlement waits for approval", why, Place.PAY)


def _paused(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for pause in pauses.now(ctx.store, project.id).values():
        why = f"Since {datetime.fromtimestamp(pause.paused_at, UTC):%Y-%m-%d}, by {pause.paused_by}: {pause.reason}"
        yield Need(project.id, "Paused", why, Place.ANNOTATORS, pause.annotator)


def _people(project: ProjectRecord, close_look: Inspection) -> Iterator[Need]:
    for annotator in close_look.annotators:
        if annotator.alarm:
            why = "The checks say that attentiveness is below what is required. Talk to them before more is labelled."
            yield Need(project.id, "Below what is required", why, Place.ANNOTATORS, annotator.annotator)
    for flag in close_look.flags:
        yield Need(project.id, f"Odd work: {flag.flag}", flag.evidence, Place.ANNOTATORS, flag.annotator)


def _gold(project: ProjectRecord, close_look: Inspection) -> Iterator[Need]:
    outdated = [use for use in close_look.gold if use.is_outdated]
    if outdated:
        why = f"{outdated[0].why} ({outdated[0].item[:12]})" + (
            f", and {len(outdated) - 1} more" if len(outdated) > 1 else ""
        )
        yield Need(project.id, f"{len(outdated)} gold items need a look", why, Place.GOLD)


def _signs(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for sign in warning_signs_of(ctx, project.id):
        yield Need(project.id, "Think over before paying", sign.says, Place.PAY)
