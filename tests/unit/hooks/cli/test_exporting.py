import json
from pathlib import Path

import pytest

from hooks.cli import exporting, in_parts
from ls_backend.services.context import Context
from tests.fakes import annotation, pair
from tests.filled import filled_project
from tests.unit.hooks.cli.test_cli import call

HEAD = "annotator,pair,left,answer,prompt,response_a,response_b\n"


def table(tmp_path: Path, items: int = 30) -> str:
    rows = [
        f"{who},p{n},{'ab'[n % 2]},{'left' if n % 2 else 'right'},ask topic{n} thing{n},one {n},two {n}\n"
        for n in range(items)
        for who in ("anna", "bob")
    ]
    path = tmp_path / "judgments.csv"
    path.write_text(HEAD + "".join(rows))
    return str(path)


def test_a_table_with_texts_is_exported_and_the_same_command_gives_the_same_folder(tmp_path: Path) -> None:
    out = tmp_path / "set"
    words = ("export", table(tmp_path), "--format", "trl", "--out", str(out), "--test", "0.3")
    code, said = call(*words)
    assert code == 0, said
    assert "label_smoothing for the whole set" in said
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    rows = [json.loads(line) for line in (out / "data" / "train.jsonl").read_text().splitlines()]
    assert {row["chosen"].split()[0] for row in rows} == {"two"}
    code, said = call(*words, "--since", str(out))
    assert code == 0
    assert "The data is the same" in said
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    code, said = call(*words, "--files", "parquet", "--json")
    assert code == 0
    assert json.loads(said)["rows"]["train"] == len(rows)
    assert {path.name for path in (out / "data").iterdir()} == {"train.parquet", "test.parquet"}


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_export_that_fails_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "set"
    assert call("export", table(tmp_path), "--out", str(out))[0] == 0
    before = files_in(out)
    code, said = call("export", table(tmp_path, items=20), "--out", str(out), "--min-reputation", "99")
    assert (code, "nothing is left" in said) == (1, True)
    assert files_in(out) == before


def test_nothing_is_removed_that_a_manifest_names_elsewhere(tmp_path: Path) -> None:
    out, elsewhere, beside = tmp_path / "set", tmp_path / "notes.txt", tmp_path / "set" / "data" / "old.jsonl"
    assert call("export", table(tmp_path), "--out", str(out))[0] == 0
    for file in (elsewhere, beside):
        file.write_text("mine")
    manifest = out / "manifest.json"
    head = manifest.read_text()
    more = f'"files": {{"../notes.txt": "", "data/../../notes.txt": "", "{elsewhere}": "", "data/old.jsonl": "",'
    manifest.write_text(head.replace('"files": {', more))
    assert call("export", table(tmp_path), "--out", str(out))[0] == 0
    assert (elsewhere.exists(), beside.exists(), manifest.read_text() == head) == (True, False, True)


def test_in_parts_the_folder_is_that_of_the_whole_and_a_large_file_is_taken_so_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb")
    words = ("export", table(tmp_path), "--test", "0.3", "--out")
    code, said = call(*words, str(tmp_path / "whole"))
    assert (code, "in 1 part by annotator" in said) == (0, False)
    code, said = call(*words, str(tmp_path / "parts"), "--in-parts", "--since", str(tmp_path / "whole"))
    assert (code, "in 1 part by annotator" in said, "The data is the same" in said) == (0, True, True), said
    monkeypatch.setattr(in_parts, "LARGE_TEXT", 100)
    code, said = call(*words, str(tmp_path / "large"))
    assert (code, "in 1 part by annotator" in said) == (0, True)
    whole = files_in(tmp_path / "whole")
    assert files_in(tmp_path / "parts") == files_in(tmp_path / "large") == whole
    code, said = call(*words, str(tmp_path / "dry"), "--dry-run")
    assert (code, "in 1 part by annotator" in said, (tmp_path / "dry").exists()) == (0, True, False)


def test_other_answers_are_exported_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("duckdb")
    path = tmp_path / "answers.csv"
    path.write_text("annotator,item,answer\n" + "".join(f"a,topic{n} thing{n},cat\n" for n in range(30)))
    words = ("export", str(path), "--format", "answers", "--out", str(tmp_path / "set"))
    code, said = call(*words, "--in-parts")
    assert (code, "are exported as a whole; leave --in-parts out" in said) == (1, True)
    monkeypatch.setattr(in_parts, "LARGE_TEXT", 100)
    code, said = call(*words)
    assert (code, "in 1 part by annotator" in said) == (0, False), said


def test_an_export_of_label_studio_is_exported(tmp_path: Path) -> None:
    tasks = [
        {"id": n, "data": pair(n), "annotations": [annotation("left", id=n, completed_by=7)]} for n in range(1, 20)
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    code, said = call("export", str(path), "--out", str(tmp_path / "set"), "--test", "0")
    assert code == 0, said
    rows = [json.loads(line) for line in (tmp_path / "set" / "data" / "train.jsonl").read_text().splitlines()]
    assert {(row["prompt"], row["chosen"]) for row in rows} == {(f"question {n}", f"answer {n}") for n in range(1, 20)}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--project", "1"), "either a FILE or --project"),
        (("--test", "0.6", "--validation", "0.5"), "nothing to train on"),
        (
            ("--in-parts", "--test", "0.5", "--min-reputation", "99"),
            "nothing is left to export (30 items no vote left)",
        ),
        (("--in-parts", "--format", "answers"), "preferences are not exported as answers"),
        (("--since", "nowhere"), "nowhere/manifest.json can't be read"),
        (("--min-reputation", "99"), "nothing is left to export"),
    ],
)
def test_refusals(tmp_path: Path, more: tuple[str, ...], message: str) -> None:
    code, said = call("export", table(tmp_path), "--out", str(tmp_path / "set"), *more)
    assert (code, message in said) == (1, True), said
    assert not (tmp_path / "set").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    code, said = call("export", table(tmp_path), "--out", str(tmp_path))
    assert (code, "not empty and no earlier export" in said) == (1, True)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("annotator,pair,left,answer\n", "columns prompt, response_a and response_b"),
        ("annotator,pair,left,answer,response_a\n", "not the other response"),
    ],
)
def test_a_table_without_texts_is_refused(tmp_path: Path, head: str, message: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(head + "anna,p,a,left" + ",x" * (head.count(",") - 3) + "\n")
    code, said = call("export", str(path), "--out", str(tmp_path / "set"))
    assert (code, message in said) == (1, True), said


def test_many_prompts_of_one_kind_are_kept_together_and_that_is_said(tmp_path: Path) -> None:
    rows = [f"anna,p{n},a,left,what is the boiling point of thing{n}?,one {n},two {n}\n" for n in range(30)]
    path = tmp_path / "f.csv"
    path.write_text(HEAD + "".join(rows))
    code, said = call("export", str(path), "--out", str(tmp_path / "set"), "--test", "0.5")
    assert code == 0
    assert "30 of 30 prompts say nearly the same" in said
    assert len(list((tmp_path / "set" / "data").iterdir())) == 1


def test_texts_of_a_pair_may_not_differ(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(HEAD + "anna,p,a,left,ask,x,y\nbob,p,a,left,ask,x,z\n")
    code, said = call("export", str(path), "--out", str(tmp_path / "set"))
    assert (code, "line 3: the texts of 'p' differ" in said) == (1, True), said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_answers_of_other_tasks_are_exported_and_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    rows = [f"{who},topic{n} thing{n},{'cat' if who != 'c' else 'dog'},\n" for n in range(20) for who in "abc"]
    path = tmp_path / "answers.csv"
    path.write_text("annotator,item,answer,gold\n" + "".join(rows) + "a,sure,cat,cat\n")
    words = ("export", str(path), "--format", "answers", "--out", str(tmp_path / "set"), "--files", kind)
    code, said = call(*words, "--test", "0.3", "--json")
    assert code == 0, said
    (part,) = json.loads(said)["slices"]
    assert (part["items"], part["rows"], part["left_out"]["gold"], part["dissent"]) == (21, 20, 1, 20)
    loaded = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    (row, *_) = loaded["train"].to_list()
    assert (row["answer"], row["n_votes"], row["votes"][0]["annotator"]) == ('{"choice":"cat"}', 3, "annotator-0001")
    assert sum(map(len, loaded.values())) == 20
    code, said = call("export", str(path), "--out", str(tmp_path / "other"))
    assert (code, "pass --format answers" in said) == (1, True)


def test_a_project_is_exported_and_a_dry_run_is_for_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ctx: Context
) -> None:
    project = filled_project(ctx)
    monkeypatch.setattr(exporting, "service_context", lambda: ctx)
    code, said = call("export", "--project", str(project), "--out", str(tmp_path / "set"), "--json")
    assert code == 0, said
    assert json.loads(said)["rows"]["train"] > 0
    assert f"project {project}" in (tmp_path / "set" / "README.md").read_text()
    code, said = call("export", "--project", str(project), "--out", str(tmp_path / "set"), "--in-parts")
    assert (code, "leave them out with --project" in said) == (1, True)
    code, said = call("export", "--project", str(project), "--out", str(tmp_path / "set"), "--dry-run")
    assert (code, "leave it out with --project" in said) == (1, True)
