"""Preferences to take away: what the command gives, as an archive."""

import io
import json
import threading
import zipfile

import pytest

from ls_backend.analysis.selection import Selection
from ls_backend.analysis.splits import Shares
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.preference_files import ExportedSet, ExportOptions, FilesInMemory
from ls_backend.formats.set_columns import Layout
from ls_backend.services import exporting, figure_cache
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.exporting import export_project
from ls_backend.store import audit
from tests import fakes
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor


def test_the_set_is_that_of_the_command_and_the_same_click_gives_the_same_bytes(
    admin: Visitor, ctx: Context, project: int
) -> None:
    there = f"/steadyhand/projects/{project}/export/"
    answer = admin.post(f"{there}set")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    options = ExportOptions(Selection(), Layout(), Shares(), FileKind.JSONL)
    expected = FilesInMemory()
    export_project(ctx, ADMIN, project, options, expected)
    assert files == expected.contents
    assert admin.post(f"{there}set").data == answer.data
    taken = [record.actor for record in audit.records(ctx.store, project) if record.what == "preferences exported"]
    assert taken == ["user1@example.com"] * 3


def test_the_page_shows_what_a_set_holds(admin: Visitor, ctx: Context, project: int) -> None:
    rows = admin.json(f"/steadyhand/projects/{project}/export.json")["tables"]["slices"]
    options = ExportOptions(Selection(), Layout(), Shares(), FileKind.JSONL)
    manifest = export_project(ctx, ADMIN, project, options, FilesInMemory()).manifest
    assert [(row["slice"], row["rows"], row["dissent"]) for row in rows] == [
        (part.slice, part.rows, part.dissent) for part in manifest.slices
    ]
    assert "the label_smoothing for the whole set" in admin.get(f"/steadyhand/projects/{project}/export/").text


def test_what_the_form_asks_for_is_done(admin: Visitor, project: int) -> None:
    asked = {"form": "kto", "texts": "conversational", "gold_items": "include", "test": "20", "min_confidence": "70 %"}
    answer = admin.post(f"/steadyhand/projects/{project}/export/set", **asked)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("manifest.json"))
        settings = json.loads(archive.read(name))["settings"]
    assert settings["layout"] == {"form": "kto", "explicit": True, "conversational": True}
    assert settings["selection"]["include_gold"] is True
    assert (settings["selection"]["min_confidence"], settings["shares"]["test"]) == (0.7, 0.2)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("form", "nonsense", "choose one of trl, kto, helpsteer, answers"),
        ("form", "answers", "preferences are not exported as answers"),
        ("test", "many", "write a number"),
        ("min_confidence", "100", "write a number"),
        ("validation", "95", "nothing to train on"),
    ],
)
def test_what_cannot_be_read_is_refused(admin: Visitor, project: int, field: str, value: str, message: str) -> None:
    answer = admin.post(f"/steadyhand/projects/{project}/export/set", **{field: value})
    assert answer.status_code == 400
    assert message in answer.text


def test_another_task_has_a_form_of_its_own(admin: Visitor, ctx: Context) -> None:
    made = fakes.project(ctx, tasks=0, label_config=fakes.SENTIMENT)
    attach(ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, control="sentiment"))
    assert "for choices, ratings and rankings" in admin.get(f"/steadyhand/projects/{made}/export/").text
    answer = admin.post(f"/steadyhand/projects/{made}/export/set", form="trl")
    assert (answer.status_code, "pass --format answers" in answer.text) == (400, True)


def test_a_set_that_takes_long_is_made_once_and_taken_by_asking_again(
    admin: Visitor, ctx: Context, project: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, may_end = list[int](), threading.Event()

    def slow(*arguments: object) -> ExportedSet:
        made.append(1)
        assert may_end.wait(10)
        return export_project(*arguments)  # type: ignore[arg-type]

    there = f"/steadyhand/projects/{project}/export/set"
    assert admin.get(f"/steadyhand/projects/{project}/export/").status_code == 200  # its figures are there from here on
    monkeypatch.setattr(exporting, "export_project", slow)
    monkeypatch.setattr(figure_cache, "FIRST_PATIENCE_SECONDS", 0.05)
    for _ in range(2):
        answer = admin.post(there, form="kto", test="20")
        assert answer.status_code == 503
        assert "The set is being made" in answer.text
        assert "Nothing was changed" not in answer.text
        assert '<option value="kto" selected>' in answer.text
        assert 'name="test" inputmode="decimal" value="20"' in answer.text
    may_end.set()
    monkeypatch.setattr(figure_cache, "FIRST_PATIENCE_SECONDS", 10)
    answer = admin.post(there, form="kto", test="20")
    assert answer.status_code == 200
    assert made == [1]
    assert admin.post(there, form="kto", test="20").data == answer.data
    assert made == [1, 1], "what was taken is not kept"
