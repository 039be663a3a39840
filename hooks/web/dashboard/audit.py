"""Who did what, in all projects."""

from collections.abc import Sequence
from typing import Any

from flask import request

from hooks.web.dashboard.cells import Moment
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table
from hooks.web.dashboard.viewer import Permission
from ls_backend.services.queries.audit import Deed, whole_audit_log


def register(pages: Pages) -> None:
    @pages.page("/audit/", Permission.MANAGE)
    def audit() -> Page:
        log = whole_audit_log(pages.ctx)
        return Page(
            title="Audit log",
            template="audit.html",
            record=log,
            tables={"audit": Table("Who did what", AUDIT_COLUMNS, log, request.args, order="-at")},
            tab="audit",
        )


def in_words(detail: dict[str, Any]) -> str:
    """The details of an entry, ``name: value`` separated by commas."""
    return ", ".join(f"{name.replace('_', ' ')}: {_value(value)}" for name, value in detail.items())


def _value(value: object) -> str:
    return f"({in_words(value)})" if isinstance(value, dict) else str(value)


AUDIT_COLUMNS: Sequence[Column[Deed]] = (
    Column("at", "When", lambda deed: Moment(deed.at)),
    Column(
        "project",
        "Project",
        lambda deed: deed.project,
        has_choices=True,
        link=lambda deed: address("projects", deed.project),
    ),
    Column("actor", "Who", lambda deed: deed.actor, has_choices=True),
    Column("what", "What", lambda deed: deed.what, has_choices=True),
    Column("detail", "Details", lambda deed: in_words(deed.detail)),
)
