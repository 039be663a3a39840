"""Preferences to take away: what a set would hold, and the set itself. The same use case as `steadyhand export`."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from flask import Response, request

from hooks.web.dashboard.cells import total
from hooks.web.dashboard.pages import Page, Pages
from hooks.web.dashboard.tables import Column, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.analysis.selection import LeftOut, Selection, SliceCount, Ties
from ls_backend.analysis.splits import Shares
from ls_backend.errors import InputError
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.preference_files import ExportOptions
from ls_backend.formats.set_columns import Layout, SetForm
from ls_backend.services.exporting import prepared_set
from ls_backend.services.queries.preferences import exportable

Word = TypeVar("Word", bound=StrEnum)
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of all files in an archive, so that the same set is the same file."""


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/export/", Permission.MANAGE)
    def export(number: int) -> Page:
        record = exportable(ctx, number)
        slices = whole("What a set holds", SLICE_COLUMNS, record.slices if record else ())
        return Page("Export", "export.html", record, {"slices": slices}, {}, number, "export")

    @pages.download("/projects/<int:number>/export/set", export)
    def take(number: int) -> Response:
        prepared = prepared_set(ctx, viewer().actor, number, _options())
        return _as_archive(prepared.files, f"preferences-{number}-{prepared.exported.manifest.digest[:8]}")


def _options() -> ExportOptions:
    """What the form asks for."""
    test, validation = _number("test", 10, below=100) / 100, _number("validation", 0, below=100) / 100
    if test + validation >= 1:
        raise InputError(
            "the shares for testing and validation leave nothing to train on; together they must be below 100 %"
        )
    return ExportOptions(
        Selection(
            request.form.get("gold_items") == "include",
            _word("ties", Ties, Ties.HALF),
            max(0.5, _number("min_confidence", 50, below=100) / 100),
            _number("min_reputation", 0, below=100),
        ),
        Layout(
            _word("form", SetForm, SetForm.TRL),
            request.form.get("prompts") != "implicit",
            request.form.get("texts") == "conversational",
        ),
        Shares(test, validation),
        _word("files", FileKind, FileKind.JSONL),
    )


def _word(name: str, kind: type[Word], default: Word) -> Word:
    text = request.form.get(name, default.value)
    try:
        return kind(text)
    except ValueError:
        raise InputError(f"{name} is {text!r}; choose one of {', '.join(kind)}") from None


def _number(name: str, default: float, *, below: float) -> float:
    text = request.form.get(name, "").strip().removesuffix("%").replace(",", ".") or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < below:
        raise InputError(f"{name.replace('_', ' ')} is {text!r}; write a number from 0 to below {below:g}")
    return value


def _as_archive(files: Mapping[str, bytes], stem: str) -> Response:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(f"{stem}/{name}", FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    response = Response(archive.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.zip"'
    return response


def _left_out(reason: LeftOut) -> Column[SliceCount]:
    return Column(reason.name.lower(), reason.value.capitalize(), lambda part: part.left_out[reason], totals=total)


SLICE_COLUMNS: Sequence[Column[SliceCount]] = (
    Column("slice", "Slice", lambda part: part.slice),
    Column("items", "Items", lambda part: part.items, totals=total),
    Column("rows", "In the set", lambda part: part.rows, totals=total),
    *(_left_out(reason) for reason in LeftOut),
    Column("votes", "Votes", lambda part: part.votes, totals=total),
    Column("votes_used", "Used", lambda part: part.votes_used, totals=total),
    Column("dissent", "Dissent", lambda part: part.dissent, totals=total, hint="Votes against the consensus"),
    Column("dissent_used", "Used of it", lambda part: part.dissent_used, totals=total),
)
