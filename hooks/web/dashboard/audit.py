"""Who did what, in all projects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from hooks.web.dashboard.cells import Moment, Money, Named, Unit, number
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.services.queries.audit import Deed, whole_audit_log
from ls_backend.services.queries.items import excerpts_of
from ls_backend.services.queries.people import People, people
from ls_backend.services.queries.periods import period_name
from ls_backend.services.queries.projects import attached_projects, monitored_project
from ls_backend.services.queries.unclear import reason_in_words


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/audit/", Permission.MANAGE)
    def audit() -> Page:
        log = whole_audit_log(ctx)
        known = people(ctx, by_name=viewer().sees_names)
        readers = {
            project: Reader(known, excerpts_of(ctx, project), monitored_project(ctx, project).parsed_contract.currency)
            for project in attached_projects(ctx)
        }
        elsewhere = Reader(known, {}, "")
        columns = _columns(lambda deed: readers.get(deed.project, elsewhere))
        return Page(
            title="Audit log",
            template="audit.html",
            record=log,
            tables={"audit": Table("Who did what", columns, log, request.args, order="-at")},
            tab="audit",
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """Puts details of entries of one project into words: names of annotators, how items begin, shares in per cent, amounts as money."""

    known: People
    excerpts: Mapping[str, str]
    currency: str

    def in_words(self, detail: Mapping[str, Any]) -> str:
        """The details of an entry, ``name: value`` separated by commas."""
        return ", ".join(f"{self._name(name)}: {self._value(name, value)}" for name, value in detail.items())

    def _name(self, name: str) -> str:
        return {"entry": "line", "minor": "amount", "preferred": "better"}.get(name, name.replace("_", " "))

    def _value(self, name: str, value: object) -> str:
        match name, value:
            case _, dict():
                return f"({self.in_words(value)})"
            case "annotator", _:
                return self.known.name(str(value))
            case "item", _:
                return self.item(str(value))
            case "period", _:
                return period_name(str(value))
            case "reason", str():
                return reason_in_words(value)
            case "minor", int():
                return str(Money(value, self.currency)).strip()
            case "preferred", int():
                return "response 1" if value > 0 else "response 2"
            case _, float() if name.endswith("_rate"):
                return f"{100 * value:g} %"
            case _, float():
                return number(value, Unit.PLAIN)
        return str(value)

    def actor(self, actor: str) -> str:
        """Who did it: annotators by the name that the viewer may see."""
        kind, _, annotator = actor.partition(" ")
        return self.known.name(annotator) if kind == "user" and annotator.isdecimal() else actor

    def item(self, item: str) -> str:
        return f"“{self.excerpts[item]}”" if self.excerpts.get(item) else item

    def about(self, detail: Mapping[str, Any]) -> Named | None:
        """Whom or what an entry is about, where that has a page."""
        if "annotator" in detail:
            return Named(str(detail["annotator"]), self.known.name(str(detail["annotator"])))
        if "item" in detail:
            return Named(str(detail["item"]), self.item(str(detail["item"])))
        if "period" in detail:
            return Named(str(detail["period"]), period_name(str(detail["period"])))
        return None


def _page_about(deed: Deed) -> str | None:
    for name, place in (("annotator", "annotators"), ("item", "items"), ("period", "pay")):
        if name in deed.detail:
            return address("projects", deed.project, place, str(deed.detail[name]))
    return None


def _columns(reader: Callable[[Deed], Reader]) -> Sequence[Column[Deed]]:
    return (
        Column("at", "When", lambda deed: Moment(deed.at)),
        Column(
            "project",
            "Project",
            lambda deed: deed.project,
            unit=Unit.NUMBER,
            has_choices=True,
            link=lambda deed: address("projects", deed.project),
        ),
        Column("actor", "Who", lambda deed: reader(deed).actor(deed.actor), has_choices=True),
        Column("what", "What", lambda deed: deed.what, has_choices=True),
        Column("about", "About", lambda deed: reader(deed).about(deed.detail), link=_page_about),
        Column("detail", "Details", lambda deed: reader(deed).in_words(deed.detail)),
    )
