import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from pyarrow import parquet

from ls_backend.analysis.preference_set import PreferenceSet, preference_set
from ls_backend.analysis.selection import Selection
from ls_backend.analysis.splits import Shares, Split
from ls_backend.errors import InputError
from ls_backend.formats.data_files import FileKind
from ls_backend.formats.preference_files import ExportedSet, ExportOptions, FilesInMemory, export_preferences
from ls_backend.formats.preference_manifest import WrittenManifest, changes_since, read_manifest
from ls_backend.formats.set_columns import Layout, Origin, SetForm, facts_by_name
from ls_backend.label_studio.tasks import Message, PairTexts
from ls_backend.measurement.judgments import Judgment, Judgments

ITEMS = 40


def judged(items: int = ITEMS, *, turned: frozenset[int] = frozenset()) -> Judgments:
    return Judgments.of(
        Judgment(who, f"i{n:03d}", -1 if n in turned or n % 3 == 0 else 2, n % 2 == 0, 100.0 * n + k, slice="s")
        for n in range(items)
        for k, who in enumerate(("zoe", "anna"))
    )


def texts_of(items: int = ITEMS) -> dict[str, PairTexts]:
    names = [f"i{n:03d}" for n in range(items)]
    return {name: PairTexts(f"about topic{name} and thing{name}", f"one {name}", f"two {name}") for name in names}


def made(judgments: Judgments) -> tuple[PreferenceSet, Origin]:
    facts = facts_by_name(judgments.annotators, judgments.at[judgments.starts], [])
    return preference_set(judgments, {}, [], q=0.5, selection=Selection()), Origin("project 1", "v1", facts)


def options(kind: FileKind = FileKind.JSONL, shares: Shares = Shares(0.2, 0.2), **layout: object) -> ExportOptions:  # noqa: B008
    return ExportOptions(Selection(), Layout(**layout), shares, kind)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Folder:
    """A set that was exported, and its files by their paths."""

    exported: ExportedSet
    files: dict[str, bytes]

    @property
    def manifest(self) -> WrittenManifest:
        return read_manifest(self.files["manifest.json"].decode().splitlines(keepends=True), source="m")


def folder_of(
    preferences: PreferenceSet, texts: Mapping[str, PairTexts], origin: Origin, options: ExportOptions
) -> Folder:
    files = FilesInMemory()
    return Folder(export_preferences(preferences, texts, origin, options, files), files.contents)


def export(judgments: Judgments | None = None, items: int = ITEMS, **more: object) -> Folder:
    preferences, origin = made(judgments or judged(items))
    return folder_of(preferences, texts_of(items), origin, options(**more))  # type: ignore[arg-type]


def rows_of(exported: Folder, split: Split = Split.TRAIN) -> list[dict[str, object]]:
    return [json.loads(line) for line in exported.files[f"data/{split}.jsonl"].decode().splitlines()]


def written(exported: Folder, folder: Path) -> str:
    for name, content in exported.files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_bytes(content)
    return str(folder)


def test_explicit_and_implicit_prompts_plain_and_in_messages() -> None:
    row = rows_of(export())[0]
    name = row["item"]
    prompt, one, two = f"about topic{name} and thing{name}", f"one {name}", f"two {name}"
    better, worse = (two, one) if int(str(name)[1:]) % 3 == 0 else (one, two)
    assert (row["prompt"], row["chosen"], row["rejected"]) == (prompt, better, worse)
    implicit = rows_of(export(explicit=False))[0]
    assert (implicit["chosen"], implicit["rejected"]) == (f"{prompt}\n\n{better}", f"{prompt}\n\n{worse}")
    assert "prompt" not in implicit
    user, assistant = {"role": "user", "content": prompt}, {"role": "assistant", "content": better}
    talk = rows_of(export(conversational=True))[0]
    assert (talk["prompt"], talk["chosen"]) == ([user], [assistant])
    assert rows_of(export(conversational=True, explicit=False))[0]["chosen"] == [user, assistant]


def test_kto_has_both_completions_and_helpsteer_scores_towards_the_second() -> None:
    pairs, kto = rows_of(export()), rows_of(export(form=SetForm.KTO))
    assert [(row["completion"], row["label"]) for row in kto[:2]] == [
        (pairs[0]["chosen"], True),
        (pairs[0]["rejected"], False),
    ]
    assert len(kto) == 2 * len(pairs)
    for row in rows_of(export(form=SetForm.HELPSTEER)):
        second = int(str(row["item"])[1:]) % 3 == 0
        assert row["response1"] == f"one {row['item']}"
        assert row["overall_preference"] == (1 if second else -2)
        assert [vote["score"] for vote in row["individual_preference"]] == [1 if second else -2] * 2  # type: ignore[attr-defined]


def test_a_row_says_who_voted_by_pseudonym_and_what_is_known_of_the_item() -> None:
    row = rows_of(export())[0]
    votes: list[dict[str, object]] = row["votes"]  # type: ignore[assignment]
    assert [vote["annotator"] for vote in votes] == ["annotator-0001", "annotator-0002"]  # zoe was first
    assert (row["n_votes"], row["n_for_chosen"], row["slice"], row["source"], row["contract"]) == (
        2,
        2,
        "s",
        "project 1",
        "v1",
    )
    assert 0.5 < float(str(row["p_chosen"])) < 1
    assert "zoe" not in str(export().files)


def test_parquet_and_json_lines_hold_the_same() -> None:
    lines, table = rows_of(export()), export(kind=FileKind.PARQUET).files["data/train.parquet"]
    assert parquet.read_table(io.BytesIO(table)).to_pylist() == lines


@pytest.mark.parametrize("kind", FileKind)
def test_the_same_input_gives_the_same_bytes_in_whatever_order_it_comes(kind: FileKind) -> None:
    one = export(kind=kind)
    rows = [
        Judgment(
            judgments.annotators[judgments.annotator[n]],
            judgments.items[judgments.item[n]],
            int(judgments.preference[n]),
            bool(judgments.mirrored[n]),
            float(judgments.at[n]),
            slice="s",
        )
        for judgments in [judged()]
        for n in np.random.default_rng(1).permutation(len(judgments)).tolist()
    ]
    assert export(Judgments.of(rows), kind=kind).files == one.files


def test_the_card_declares_every_split_and_column() -> None:
    exported = export()
    head = yaml.safe_load(exported.files["README.md"].decode().split("---\n")[1])
    declared = [entry["path"] for entry in head["configs"][0]["data_files"]]
    assert declared == [f"data/{split}.jsonl" for split in ("train", "validation", "test")]
    assert {*declared} == {path for path in exported.files if "data/" in path}
    assert [feature["name"] for feature in head["dataset_info"]["features"]] == list(rows_of(exported)[0])


def test_what_changed_since_an_earlier_export_is_said() -> None:
    earlier, later = export(items=30), export(judged(40, turned=frozenset({1})), items=40)
    changes = changes_since(earlier.manifest, later.manifest)
    assert changes.new == tuple(f"i{n:03d}" for n in range(30, 40))
    assert changes.other_rows == changes.turned == ("i001",)
    assert not any((changes.same, changes.gone, changes.moved, changes.settings))
    back = changes_since(later.manifest, earlier.manifest)
    assert (back.gone, back.new, back.turned) == (changes.new, (), ("i001",))
    same = changes_since(earlier.manifest, export(items=30).manifest)
    assert same.same
    other = changes_since(earlier.manifest, export(items=30, shares=Shares(0.5, 0)).manifest)
    assert other.settings == ("shares.test", "shares.validation")
    assert other.moved
    assert earlier.manifest.head.files == earlier.exported.manifest.files
    assert len([*earlier.manifest.items]) == earlier.exported.items == 30


@pytest.mark.parametrize("text", ["{}", "", "x", '{"version": 1}'])
def test_another_file_is_no_manifest(text: str) -> None:
    with pytest.raises(InputError, match="no manifest"):
        read_manifest(text.splitlines(keepends=True), source="m")


def test_an_item_that_is_cut_off_is_no_manifest() -> None:
    lines = export().files["manifest.json"].decode().splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if '"i004"' in line)
    written = read_manifest([*lines[:place], lines[place][:30]], source="m")
    assert [next(written.items).name for _ in range(4)] == ["i000", "i001", "i002", "i003"]
    with pytest.raises(InputError, match="no manifest"):
        next(written.items)


def test_refusals_say_what_is_missing() -> None:
    preferences, origin = made(judged())
    with pytest.raises(InputError, match="columns prompt, response_a and response_b"):
        folder_of(preferences, {}, origin, options())
    talk = {name: replace(texts, prompt=(Message("user", "hi"),)) for name, texts in texts_of().items()}
    with pytest.raises(InputError, match="--texts conversational"):
        folder_of(preferences, talk, origin, options())
    assert rows_of(folder_of(preferences, talk, origin, options(conversational=True)))
    nothing = preference_set(judged(), {}, [], q=0.5, selection=Selection(min_reputation=50))
    with pytest.raises(InputError, match=r"nothing is left to export \(40 items no vote left\)"):
        folder_of(nothing, texts_of(), origin, options())


def test_pairs_without_a_prompt_are_said() -> None:
    preferences, origin = made(judged())
    bare = {name: replace(texts, prompt="") for name, texts in texts_of().items()}
    folder = folder_of(preferences, bare, origin, options(explicit=False, conversational=True))
    assert ["40 pairs without a prompt" in note.text for note in folder.exported.notes] == [True]
    assert [message["role"] for message in rows_of(folder)[0]["chosen"]] == ["assistant"]  # type: ignore[attr-defined]


def test_an_empty_split_is_said() -> None:
    folder = export(items=2, shares=Shares(0.001, 0))
    assert ["the split test is empty" in note.text for note in folder.exported.notes] == [True]
    assert "data/test.jsonl" not in folder.files


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize("form", [form for form in SetForm if form is not SetForm.ANSWERS])
@pytest.mark.parametrize("conversational", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_datasets_loads_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: FileKind, form: SetForm, conversational: bool
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    exported = export(kind=kind, form=form, conversational=conversational)
    loaded = datasets.load_dataset(written(exported, tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(part) for name, part in loaded.items()} == {s.value: n for s, n in exported.exported.rows.items()}
    assert loaded["train"].to_list() == rows_of(export(form=form, conversational=conversational))


@pytest.mark.filterwarnings("ignore")
def test_trl_takes_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    trl = pytest.importorskip("trl.data_utils")
    for conversational in (False, True):
        explicit = rows_of(export(conversational=conversational))[0]
        implicit = rows_of(export(conversational=conversational, explicit=False))[0]
        assert trl.is_conversational(explicit) == trl.is_conversational(implicit) == conversational
        taken = trl.maybe_extract_prompt(implicit)
        if conversational:
            assert taken["prompt"] == explicit["prompt"]
            assert taken["chosen"] == explicit["chosen"]
        else:
            assert (taken["prompt"] + taken["chosen"]) == implicit["chosen"]
        assert (
            trl.is_conversational(rows_of(export(form=SetForm.KTO, conversational=conversational))[0]) == conversational
        )
