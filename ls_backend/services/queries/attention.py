"""What needs somebody: each with its reason and the page where it is dealt with, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ls_backend.analysis.inspection import DEFAULT_OPTIONS, Inspection
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure, inspection_of
from ls_backend.services.queries.items import excerpts_of
from ls_backend.services.queries.periods import period_name
from ls_backend.services.queries.status import trouble
from ls_backend.services.queries.unclear import in_words
from ls_backend.services.queries.warning_signs import warning_signs_figure
from ls_backend.store import inbox, ledger, pauses, sums, unclear
from ls_backend.store.records import ProjectRecord


class Place(StrEnum):
    """The page of a project where something is dealt with."""

    OVERVIEW = ""
    ANNOTATORS = "annotators"
    ITEMS = "items"
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
    return [*faults, *_waiting(ctx, project), *_paused(ctx, project), *odd_work, *_signs(ctx, project)]


def _odd_work(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    close_look = inspection_of(ctx, project.id).value
    yield from _people(project, close_look)
    yield from _gold(ctx, project, close_look)


def _broken(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    events, tally = inbox.counts(ctx.store, project.id), sums.tally(ctx.store, project.id)
    for text in trouble(ctx, project, events, interfered=tally.interfered):
        yield Need(project.id, "Something is wrong", text, Place.OVERVIEW)


def _waiting(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for dispute in ledger.open_disputes(ctx.store, project.id):
        yield Need(project.id, "A dispute is open", dispute.text, Place.PAY, dispute.annotator)
    for settlement in ledger.unapproved(ctx.store, project.id):
        why = f"Settled by {settlement.settled_by}: {period_name(settlement.name)}. Look through it, and approve it."
        yield Need(project.id, "A settlement waits for approval", why, Place.PAY)
    questions = unclear.waiting(ctx.store, project.id)
    if questions:
        why = in_words(questions[0]) + (f", and {len(questions) - 1} more" if len(questions) > 1 else "")
        yield Need(project.id, "Items are unclear to annotators", why, Place.ITEMS, questions[0].annotator)


def _paused(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for pause in pauses.now(ctx.store, project.id).values():
        why = f"Since {datetime.fromtimestamp(pause.paused_at, UTC):%Y-%m-%d}, by {pause.paused_by}: {pause.reason}"
        yield Need(project.id, "Paused", why, Place.ANNOTATORS, pause.annotator)


def _people(project: ProjectRecord, close_look: Inspection) -> Iterator[Need]:
    for annotator in close_look.annotators:
        if annotator.alarm:
            why = (
                f"The checks say by odds of {annotator.evidence:.0f} to 1 that attentiveness is below "
                f"{DEFAULT_OPTIONS.required:.2f}, which is required. Talk to them before more is labelled."
            )
            yield Need(project.id, "Below what is required", why, Place.ANNOTATORS, annotator.annotator)
    for flag in close_look.flags:
        yield Need(project.id, f"Odd work: {flag.flag}", flag.evidence, Place.ANNOTATORS, flag.annotator)


def _gold(ctx: Context, project: ProjectRecord, close_look: Inspection) -> Iterator[Need]:
    outdated = [use for use in close_look.gold if use.is_outdated]
    if outdated:
        first = outdated[0]
        why = f"“{excerpts_of(ctx, project.id).get(first.item, first.item)}”: {first.why}" + (
            f"; and {len(outdated) - 1} more" if len(outdated) > 1 else ""
        )
        what = "A gold item needs a look" if len(outdated) == 1 else f"{len(outdated)} gold items need a look"
        yield Need(project.id, what, why, Place.GOLD)


def _signs(ctx: Context, project: ProjectRecord) -> Iterator[Need]:
    for sign in warning_signs_figure(ctx, project.id):
        yield Need(project.id, "Think over before paying", sign.says, Place.PAY)
