"""The guide: as annotators read it, and the page on which admins write and publish it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import request
from markupsafe import Markup

from hooks.web.dashboard.cells import Moment, Unit
from hooks.web.dashboard.columns import annotator_column
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from hooks.web.markdown import render
from ls_backend.errors import InputError
from ls_backend.services.guides import GuideReport, drop_exemplar, note_read, publish_guide
from ls_backend.services.queries.guides import Guide, Read, RequiredGuide, Version, guide_history, guide_of, to_read
from ls_backend.services.queries.people import People, people


@dataclass(frozen=True, slots=True)
class GuidePage:
    """A guide, and its text as HTML; ``to_read`` says that whoever looks has to read it before they go on, ``required`` which version
    admins asked to be read, and ``lacks`` why nobody is kept from tasks until then."""

    guide: Guide
    html: Markup
    to_read: bool = False
    required: RequiredGuide | None = None
    lacks: str = ""


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/guide/<int:number>/", Permission.OWN)
    def read(number: int) -> Page:
        guide = guide_of(ctx, number, viewer().user)
        newest = [guide.newest] if guide.newest else []
        tables = {"version": whole("The newest version", VERSION_COLUMNS, newest)}
        shown = _shown(guide, mark_new=True, to_read=to_read(ctx, number, viewer().user) is not None)
        return Page("Guide", "guide.html", shown, tables, tab="me")

    @pages.form("/guide/<int:number>/read", read, Permission.OWN)
    def have_read(number: int) -> tuple[str, str]:
        version = request.form.get("version", "")
        if not version.isdigit():
            raise InputError("say which version was read")
        note_read(ctx, viewer().user, number, int(version))
        return address("guide", number), "Noted. What changes from now on is marked for you."

    @pages.page("/projects/<int:number>/guide/", Permission.READ)
    def guide(number: int) -> Page:
        history = guide_history(ctx, number, viewer().user)
        known = people(ctx, by_name=viewer().sees_names)
        unread = {"unread": _unread_table(number, known, history.required)} if history.required else {}
        return Page(
            title="Guide",
            template="guide_edit.html",
            record=replace(_shown(history.guide, mark_new=False), required=history.required, lacks=history.lacks),
            tables={
                "versions": whole(
                    "Versions",
                    (*VERSION_COLUMNS, BY_COLUMN) if viewer().is_admin else VERSION_COLUMNS,
                    history.versions,
                ),
                "reads": whole("Who read it", _read_columns(number, known), history.reads, nothing="Nobody yet."),
                **unread,
            },
            project=number,
            tab="guide",
        )

    @pages.form("/projects/<int:number>/guide/publish", guide)
    def publish(number: int) -> tuple[str, str]:
        required = "required" in request.form
        report = publish_guide(ctx, viewer().actor, number, request.form.get("text", ""), required=required)
        return address("projects", number, "guide"), _published(report)

    @pages.form("/projects/<int:number>/guide/exemplars/<item>/drop", guide)
    def drop(number: int, item: str) -> tuple[str, str]:
        dropped = drop_exemplar(ctx, viewer().actor, number, item)
        said = "The guide shows it no more." if dropped else "The guide does not show it."
        return address("projects", number, "guide"), said


def _shown(guide: Guide, *, mark_new: bool, to_read: bool = False) -> GuidePage:
    read = guide.read.text if mark_new and guide.read else None
    return GuidePage(guide, render(guide.newest.text, read=read) if guide.newest else Markup(""), to_read)


def _published(report: GuideReport) -> str:
    """What publishing did."""
    said = [f"Version {report.version} is published."] if report.changed else []
    if report.requiring_changed:
        kept = f"Version {report.required} is to be read before annotators go on."
        said.append("Annotators go on without having read it." if report.required is None else kept)
    return " ".join([*(said or ["Nothing was changed."]), *([report.lacks] if report.lacks else [])])


def _unread_table(number: int, known: People, required: RequiredGuide) -> Table[str]:
    columns = (annotator_column(number, known, lambda annotator: annotator),)
    title = f"Who has labelled here and has not read version {required.version} yet"
    return whole(title, columns, required.unread, nothing="Nobody.")


def _read_columns(number: int, known: People) -> Sequence[Column[Read]]:
    return (
        annotator_column(number, known, lambda read: read.annotator),
        Column("version", "Version", lambda read: read.version, unit=Unit.NUMBER),
        Column("at", "When", lambda read: Moment(read.at)),
    )


VERSION_COLUMNS: Sequence[Column[Version]] = (
    Column("version", "Version", lambda version: version.version, unit=Unit.NUMBER),
    Column("at", "Published", lambda version: Moment(version.at)),
)
BY_COLUMN: Column[Version] = Column("by", "By", lambda version: version.by)
