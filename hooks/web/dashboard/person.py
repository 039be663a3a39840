"""One annotator: course, evidence, hours, flags, agreement, pay, what they were told, notes; pausing and resuming."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from hooks.web.dashboard import charts
from hooks.web.dashboard.annotators import annotator_columns
from hooks.web.dashboard.answers import expected_in_words, in_words
from hooks.web.dashboard.cells import Moment, Money, Named, Unit, text, total
from hooks.web.dashboard.columns import period_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.project import WEEK_COLUMNS
from hooks.web.dashboard.tables import Column, Table, paged, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.anomalies import Flag
from ls_backend.analysis.courses import Week
from ls_backend.measurement.estimate import Estimate
from ls_backend.services.notes import add_note
from ls_backend.services.pausing import pause, resume
from ls_backend.services.queries.items import excerpts_of
from ls_backend.services.queries.ledger import PayLine
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.person import (
    Answer,
    GoldEvidence,
    Note,
    Pause,
    Person,
    RetestEvidence,
    person_of,
)
from ls_backend.services.queries.standing import OwnStanding
from ls_backend.types import Json
from ls_templates.plugin.protocol import STATIC

PANEL_WORDS: Json = json.loads((STATIC / "words.en.json").read_text(encoding="utf-8"))
Evidence = TypeVar("Evidence", RetestEvidence, GoldEvidence)
PERSON = "/projects/<int:number>/annotators/<annotator>/"


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page(PERSON, Permission.READ)
    def person(number: int, annotator: str) -> Page:
        found = person_of(ctx, number, annotator)
        if found is None:
            raise NotFound(f"Nobody with the id {annotator} has done anything in project {number}.")
        known = people(ctx, by_name=viewer().sees_names)
        return Page(
            title=known.name(annotator),
            template="person.html",
            record=found,
            tables=_tables(found, number, known, excerpts_of(ctx, number)),
            charts=_charts(found),
            project=number,
            tab="annotators",
        )

    def _name(annotator: str) -> str:
        return people(ctx, by_name=viewer().sees_names).name(annotator)

    @pages.form(PERSON + "pause/", person)
    def pause_person(number: int, annotator: str) -> tuple[str, str]:
        report = pause(ctx, viewer().actor, number, annotator, request.form.get("reason", ""))
        name = _name(annotator)
        outcome = f"{name} is paused: nothing is served to them any more, and the panel tells them why."
        return _address(number, annotator), outcome if report.changed else f"{name} was paused already."

    @pages.form(PERSON + "resume/", person)
    def resume_person(number: int, annotator: str) -> tuple[str, str]:
        report = resume(ctx, viewer().actor, number, annotator, request.form.get("reason", ""))
        name = _name(annotator)
        return _address(number, annotator), (
            f"{name} is served tasks again." if report.changed else f"{name} was not paused."
        )

    @pages.form(PERSON + "notes/", person)
    def write_note(number: int, annotator: str) -> tuple[str, str]:
        report = add_note(ctx, viewer().actor, number, annotator, request.form.get("text", ""))
        return f"{_address(number, annotator)}#notes", (
            "The note is kept." if report.added else "This note was kept already."
        )


def _address(number: int, annotator: str) -> str:
    return address("projects", number, "annotators", annotator)


# --- tables -----------------------------------------------------------------------------------------------------------


def _tables(person: Person, number: int, known: People, excerpts: Mapping[str, str]) -> dict[str, Table[Any]]:
    for_admins: dict[str, Table[Any]] = {
        "pay": whole("Pay lines", PAY_COLUMNS, person.pay, nothing="Nothing was settled for them yet."),
        "pauses": whole("Pauses, the latest first", PAUSE_COLUMNS, person.pauses, nothing="They were never paused."),
        "notes": whole("Notes, the latest first", NOTE_COLUMNS, person.notes, nothing="No note yet."),
    }
    is_admin = viewer().is_admin
    return {
        "annotator": whole("Figures", annotator_columns(number, known, with_money=is_admin), [person.row]),
        "weeks": whole("Week by week", COURSE_COLUMNS, person.weeks),
        "retests": paged(
            "Retests, the latest first",
            _retest_columns(number, excerpts),
            person.retests,
            request.args,
            name="retests",
            nothing="No retest was answered yet that lies far enough from its first showing.",
        ),
        "gold": paged(
            "Gold items, the latest first",
            _gold_columns(number, excerpts),
            person.gold,
            request.args,
            name="gold",
            nothing="No gold item was answered yet.",
        ),
        "hours": whole("Work by hour of the day, UTC", HOUR_COLUMNS, list(enumerate(person.hours))),
        "flags": whole("Flags", FLAG_COLUMNS, person.row.flags, nothing="Nothing looks odd in this work."),
        "agreement": whole("Agreement with others", AGREEMENT_COLUMNS, list(person.agreement.items())),
        "told": whole("What the panel tells them", TOLD_COLUMNS, told(person.told, with_money=is_admin)),
        **(for_admins if is_admin else {}),
    }


COURSE_COLUMNS: Sequence[Column[Week]] = (
    *WEEK_COLUMNS,
    Column("retests", "Retests", lambda week: week.self_consistency.n),
    Column("gold_items", "Gold items", lambda week: week.gold.n),
)


def _moment(at: float | None) -> Moment | None:
    return None if at is None else Moment(at)


def _same(agreement: float) -> bool | float:
    """Yes or no, or how far."""
    return bool(agreement) if agreement in (0, 1) else agreement


def _words(answer: Answer) -> str:
    return in_words(answer.preference, answer.mirrored, answer.text)


def _item_column(number: int, excerpts: Mapping[str, str], item: Callable[[Evidence], str]) -> Column[Evidence]:
    """The item by how it begins, with the link to its page."""
    return Column(
        "item",
        "Item",
        lambda row: Named(item(row), excerpts.get(item(row)) or item(row)),
        link=lambda row: address("projects", number, "items", item(row)),
    )


def _retest_columns(number: int, excerpts: Mapping[str, str]) -> Sequence[Column[RetestEvidence]]:
    return (
        _item_column(number, excerpts, lambda retest: retest.item),
        Column("first_at", "First shown", lambda retest: Moment(retest.first.at)),
        Column("first_answer", "First answer", lambda retest: _words(retest.first)),
        Column("again_at", "Shown again", lambda retest: Moment(retest.again.at)),
        Column("again_answer", "Answer then", lambda retest: _words(retest.again)),
        Column("same", "Same", lambda retest: _same(retest.agreement), unit=Unit.SHARE),
        Column("lag", "Lag", lambda retest: retest.lag, hint="Own judgments in between"),
        Column("swapped", "Sides swapped", lambda retest: retest.swapped),
        Column(
            "tells",
            "Counts",
            lambda retest: retest.tells,
            hint="It does not where the sides were not swapped and the annotator takes one side anyway",
        ),
    )


def _gold_columns(number: int, excerpts: Mapping[str, str]) -> Sequence[Column[GoldEvidence]]:
    return (
        _item_column(number, excerpts, lambda gold: gold.item),
        Column("at", "Answered", lambda gold: Moment(gold.answer.at)),
        Column("answer", "Answer", lambda gold: _words(gold.answer)),
        Column("expected", "Expected", lambda gold: expected_in_words(gold.expected.preferred, gold.expected.answer)),
        Column("right", "As expected", lambda gold: _same(gold.agreement), unit=Unit.SHARE),
        Column("explanation", "Explanation", lambda gold: gold.expected.explanation or None),
    )


HOUR_COLUMNS: Sequence[Column[tuple[int, int]]] = (
    Column("hour", "Hour", lambda hour: f"{hour[0]:02}:00"),
    Column("judgments", "Judgments", lambda hour: hour[1]),
)
FLAG_COLUMNS: Sequence[Column[Flag]] = (
    Column("flag", "Flag", lambda flag: flag.flag),
    Column("evidence", "Evidence", lambda flag: flag.evidence),
    Column(
        "p",
        "Chance if honest",
        lambda flag: f"{flag.p:.2g}",
        hint="How probable such evidence is by chance alone for an honest annotator",
    ),
    Column(
        "q",
        "False flags",
        lambda flag: f"{flag.q:.2g}",
        hint="The share of flags with evidence as weak as this that are false",
    ),
)
AGREEMENT_COLUMNS: Sequence[Column[tuple[str, Estimate]]] = (
    Column("slice", "Slice", lambda row: row[0] or "all"),
    Column(
        "agreement",
        "Others who answered the same",
        lambda row: row[1],
        unit=Unit.SHARE,
        hint="First answers, gold left out. It moves neither reputation nor pay: a different taste is no fault",
    ),
    Column("items", "Items", lambda row: row[1].n, hint="That others answered, too"),
)
PAY_COLUMNS: Sequence[Column[PayLine]] = (
    Column("entry", "Line", lambda line: line.entry, unit=Unit.NUMBER),
    period_column(None, lambda line: line.period),
    Column("kind", "Kind", lambda line: line.kind),
    Column("amount", "Amount", lambda line: Money(line.minor, line.currency), totals=total),
    Column("reasons", "Arithmetic", lambda line: "; ".join(line.reasons)),
    Column("contract", "Contract", lambda line: line.contract_version),
    Column("at", "Settled", lambda line: Moment(line.at)),
)
PAUSE_COLUMNS: Sequence[Column[Pause]] = (
    Column("from", "From", lambda pause: Moment(pause.paused_at)),
    Column("by", "By", lambda pause: pause.paused_by),
    Column("reason", "Reason", lambda pause: pause.reason),
    Column("until", "Until", lambda pause: _moment(pause.resumed_at)),
    Column("resumed_by", "Resumed by", lambda pause: pause.resumed_by),
)
NOTE_COLUMNS: Sequence[Column[Note]] = (
    Column("at", "Written", lambda note: Moment(note.at)),
    Column("by", "By", lambda note: note.by),
    Column("text", "Note", lambda note: note.text),
)


# --- what they were told ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """A figure of the panel, as it stands there."""

    label: str
    value: str


TOLD_COLUMNS: Sequence[Column[Told]] = (
    Column("label", "What", lambda told: told.label),
    Column("value", "What it says", lambda told: told.value),
)


def told(standing: OwnStanding, *, with_money: bool) -> list[Told]:
    """The figures of the annotator's panel (``ls_templates/plugin/static/panel.js``), called as it calls them."""
    unknown = Estimate.unknown("")
    missing = "" if standing.known else f"; {standing.needed - standing.checked} more checked answers until it is known"
    shown = [("paused", standing.paused)] if standing.paused else []
    shown += [
        ("standing", PANEL_WORDS["standings"][standing.standing] + missing),
        ("reputation", text((standing.reputation if standing.known else None) or unknown, Unit.SCORE)),
        ("consistency", text(standing.self_consistency or unknown, Unit.SHARE)),
    ]
    if with_money:
        shown.append(("bonus", str(Money(standing.bonus_minor, standing.currency))))
        if standing.settled:
            shown.append(("settled", str(Money(standing.settled_minor, standing.currency))))
    shown.append(("answers", str(standing.judgments)))
    return [Told(PANEL_WORDS[name], value) for name, value in shown]


# --- charts -----------------------------------------------------------------------------------------------------------


def _charts(person: Person) -> dict[str, Markup]:
    return {
        "weeks": charts.courses(
            "Self-consistency and gold by week, in per cent; the same figures stand in the table below",
            [str(Moment(week.start))[:10] for week in person.weeks],
            [
                charts.Line("Self-consistency", [week.self_consistency for week in person.weeks]),
                charts.Line("Gold", [week.gold for week in person.weeks]),
            ],
        ),
        "hours": charts.counts(
            "Judgments by hour of the day in UTC; the same figures stand in the table below",
            [f"{hour:02}" for hour in range(len(person.hours))],
            person.hours,
        ),
    }
