"""Handing a project's preferences over."""

import json
from dataclasses import replace

import pytest

from ls_backend.analysis.selection import Selection
from ls_backend.analysis.splits import Shares
from ls_backend.errors import InputError
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.preference_files import MANIFEST, ExportOptions, FilesInMemory
from ls_backend.formats.preference_manifest import read_manifest
from ls_backend.formats.set_columns import Layout, SetForm
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.exporting import export_project
from ls_backend.services.processing import process
from ls_backend.store import judgments as stored
from ls_backend.store.records import AuditRecord
from ls_backend.store.tables import audit
from tests import fakes
from tests.fakes import ADMIN
from tests.filled import filled_project

OPTIONS = ExportOptions(Selection(), Layout(), Shares(), FileKind.JSONL)


def test_a_project_is_exported_by_pseudonym_with_its_texts_and_the_audit_log_says_who_took_it(ctx: Context) -> None:
    project = filled_project(ctx)
    files = FilesInMemory()
    exported = export_project(ctx, ADMIN, project, OPTIONS, files)
    rows = [json.loads(line) for line in files.contents["data/train.jsonl"].decode().splitlines()]
    assert rows
    assert all(row["prompt"] and row["chosen"] != row["rejected"] for row in rows)
    assert not any(row["reviewed"] for row in rows)
    names = {vote["annotator"] for row in rows for vote in row["votes"]}
    assert names <= {ctx.settings.pseudonym(str(n)) for n in range(1000)}
    assert rows[0]["source"] == f"project {project}"
    assert rows[0]["contract"]
    assert any(vote["attentiveness"] is not None for row in rows for vote in row["votes"])
    noted = ctx.store.fetch(AuditRecord, audit.c.what == "preferences exported")
    assert [(entry.actor, entry.detail["digest"]) for entry in noted] == [(ADMIN.name, exported.manifest.digest)]
    again = FilesInMemory()
    export_project(ctx, ADMIN, project, OPTIONS, again)
    assert again == files
    manifest = read_manifest(files.contents[MANIFEST].decode().splitlines(keepends=True), source="f")
    entries = {one.name: one.entry for one in manifest.items}
    assert len(entries) == exported.items == len(rows) + len(files.contents["data/test.jsonl"].splitlines())
    counted = {item: [one.id for one in stored.of_item(ctx.store, project, item)] for item in entries}
    assert {item: entry.annotations.split() for item, entry in entries.items()} == counted
    assert manifest.head.digest == exported.manifest.digest


def test_answers_of_another_task_are_exported_and_not_as_preferences(ctx: Context) -> None:
    made = fakes.project(ctx, tasks=0, label_config=fakes.SENTIMENT)
    ctx.gateway.import_tasks(made, [{"text": f"topic{n} thing{n}"} for n in range(10)])
    attach(ctx, ADMIN, made, MonitoringTerms(contract=fakes.CONTRACT, control="sentiment"))
    with pytest.raises(InputError, match="pass --format answers"):
        export_project(ctx, ADMIN, made, OPTIONS, FilesInMemory())
    studio = fakes.gateway(ctx)
    for number, task in list(studio._tasks.items()):
        if task["project"] == made:
            task["annotations"] = [
                fakes.annotation(id=10 * number + who, completed_by=who, updated_by=who, was_cancelled=False)
                | {"result": fakes.sentiment("good" if who < 4 else "bad")}
                for who in (2, 3, 4)
            ]
    process(ctx, ADMIN, made, pull="all")
    answers = replace(OPTIONS, layout=Layout(SetForm.ANSWERS), shares=Shares(0, 0))
    files = FilesInMemory()
    exported = export_project(ctx, ADMIN, made, answers, files)
    rows = [json.loads(line) for line in files.contents["data/train.jsonl"].decode().splitlines()]
    assert {row["input"] for row in rows} == {f"topic{n} thing{n}" for n in range(10)}
    assert {row["answer"] for row in rows} == {'{"choice":"good"}'}
    assert {row["n_votes"] for row in rows} == {3}
    assert [part.dissent for part in exported.manifest.slices] == [10]
