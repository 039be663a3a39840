"""A set of preferences as a folder: its splits, a dataset card, and a manifest. Pure.

``datasets.load_dataset(FOLDER)`` reads it by the head of the card. The manifest says what went in, by which settings, and the digest
of the data; the same input gives the same bytes, so no time stands in it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ls_backend.analysis.answer_set import AnswerSet
from ls_backend.analysis.preference_set import PreferenceSet
from ls_backend.analysis.selection import Selection, SliceCount
from ls_backend.analysis.splits import Shares, Split, split_by_prompt
from ls_backend.errors import InputError
from ls_backend.formats.answer_columns import ExportedAnswer
from ls_backend.formats.answer_columns import columns_of as answer_columns
from ls_backend.formats.data_files import FileKind, json_line, parquet_file
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.preference_card import card
from ls_backend.formats.preference_columns import ExportedPair, prompt_as_text, rows_of_pair
from ls_backend.formats.preference_columns import columns_of as pair_columns
from ls_backend.formats.preference_manifest import ItemEntry, Manifest
from ls_backend.formats.set_columns import Column, Layout, Origin, SetForm
from ls_backend.label_studio.tasks import PairTexts
from ls_backend.measurement.estimate import Estimate
from ls_backend.records import to_dict
from ls_backend.types import Json

LARGE_GROUP = 0.1  # of all prompts
CARD, MANIFEST = "README.md", "manifest.json"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported, and how it is written."""

    selection: Selection
    layout: Layout
    shares: Shares
    file_kind: FileKind = FileKind.JSONL


@dataclass(frozen=True)
class ExportedSet:
    """A folder's ``files`` by their paths in it. ``rows`` are counted by split; ``label_smoothing`` is what trainers may be given
    for the whole set. ``notes`` say what was left out beside the counts by slice."""

    files: Mapping[str, bytes]
    manifest: Manifest
    rows: Mapping[Split, int]
    label_smoothing: Estimate
    notes: tuple[ReadingNote, ...]


@dataclass(frozen=True, slots=True)
class WrittenItem:
    """An item as rows; ``chosen`` is which response is chosen, 0 in other tasks than pairs."""

    item: str
    slice: str | None
    chosen: int
    rows: list[Json]


@dataclass(frozen=True)
class SetContent:
    """What a folder is made of. ``keys`` are the texts that items are split by, in the order in which they were judged first; items
    without one are left out. ``wrong`` is the share of rows that are expected to be wrong; ``q`` is None in other tasks than pairs."""

    keys: Mapping[str, str]
    columns: Sequence[Column[Any]]
    items: Iterable[WrittenItem]
    slices: tuple[SliceCount, ...]
    wrong: Estimate
    q: float | None
    notes: tuple[ReadingNote, ...] = ()


def export_preferences(
    preferences: PreferenceSet, texts: Mapping[str, PairTexts], origin: Origin, options: ExportOptions
) -> ExportedSet:
    """The folder of a set of preferences; ``texts`` are those of its items.

    Raises:
        InputError: no item has texts, no row is left, or a prompt does not fit the layout.
    """
    keys = {item: _key(texts[item]) for item in preferences.items if item in texts}
    if preferences.items and not keys:
        raise InputError(
            f"{origin.source} does not say what its pairs show; a table needs the columns prompt, response_a and response_b "
            "(response_a the one that `left` calls a)"
        )
    columns = pair_columns(options.layout, origin)
    written = (
        WrittenItem(
            row.item,
            row.slice,
            1 if row.chosen_first else 2,
            rows_of_pair(ExportedPair(row, texts[row.item]), columns, options.layout.form),
        )
        for row in preferences.rows
        if row.item in keys
    )
    notes = (
        *_notes_on_texts(sum(row.item not in keys for row in preferences.rows)),
        *_notes_on_prompts(sum(row.item in keys and not texts[row.item].prompt for row in preferences.rows)),
    )
    content = SetContent(keys, columns, written, preferences.slices, preferences.label_smoothing, preferences.q, notes)
    return _folder(content, origin, options)


def export_answers(answers: AnswerSet, shown: Mapping[str, str], origin: Origin, options: ExportOptions) -> ExportedSet:
    """The folder of a set of other answers; ``shown`` is what items show.

    Raises:
        InputError: the layout is for pairs, or no row is left.
    """
    if options.layout.form is not SetForm.ANSWERS:
        raise InputError(f"{origin.source} holds other answers than preferences; pass --format {SetForm.ANSWERS}")
    columns = answer_columns(origin)
    keys = {item: shown[item] for item in answers.items if item in shown}
    written = (
        WrittenItem(row.item, row.slice, 0, [{c.name: c.value(ExportedAnswer(row, shown[row.item])) for c in columns}])
        for row in answers.rows
        if row.item in keys
    )
    notes = tuple(_notes_on_texts(sum(row.item not in keys for row in answers.rows)))
    content = SetContent(keys, columns, written, answers.slices, answers.wrong, None, notes)
    return _folder(content, origin, options)


def _folder(content: SetContent, origin: Origin, options: ExportOptions) -> ExportedSet:
    found = split_by_prompt([*content.keys.values()], options.shares)
    splits = dict(zip(content.keys, found.of_prompts, strict=True))
    is_parquet = options.file_kind is FileKind.PARQUET
    rows: dict[Split, list[Json]] = {split: [] for split in Split}
    lines: dict[Split, list[bytes]] = {split: [] for split in Split}
    entries = {}
    by_split = Counter[tuple[str | None, Split]]()
    for one in content.items:
        split = splits[one.item]
        as_lines = [json_line(row) for row in one.rows]
        rows[split] += one.rows if is_parquet else ()
        lines[split] += as_lines
        entries[one.item] = ItemEntry(
            split, one.chosen, _digest(b"".join(as_lines)), " ".join(origin.annotations.get(one.item, ()))
        )
        by_split[one.slice, split] += 1
    counts = {split: len(lines[split]) for split in Split if lines[split]}
    if not counts:
        raise InputError(_why_empty(content.slices, origin))
    data = {
        f"data/{split}.{options.file_kind}": parquet_file(rows[split], content.columns)
        if is_parquet
        else b"".join(lines[split])
        for split in counts
    }
    manifest = Manifest(
        source=origin.source,
        settings=to_dict(options),
        digest=_digest(json.dumps({path: _digest(written) for path, written in data.items()}).encode()),
        files={path: _digest(written) for path, written in data.items()},
        rows={split.value: count for split, count in counts.items()},
        label_smoothing=content.wrong,
        q=content.q,
        slices=content.slices,
        annotators=tuple(sorted(str(facts["annotator"]) for facts in origin.annotators.values())),
        items=entries,
    )
    files = {
        CARD: card(manifest, content.columns, options.layout, by_split).encode(errors="replace"),
        MANIFEST: manifest.to_text().encode(errors="replace"),
        **data,
    }
    notes = (
        *content.notes,
        *_notes_on_clones(found.largest_group, len(content.keys)),
        *_notes_on_splits(counts, options.shares),
    )
    return ExportedSet(files, manifest, counts, content.wrong, notes)


def _key(texts: PairTexts) -> str:
    """What a pair is split by: the prompt; where there is none, the responses."""
    return prompt_as_text(texts.prompt) or f"{texts.first}\n{texts.second}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _why_empty(slices: Sequence[SliceCount], origin: Origin) -> str:
    reasons = Counter[str]()
    for part in slices:
        reasons.update({str(reason): count for reason, count in part.left_out.items() if count})
    why = ", ".join(f"{counted(count, 'item')} {reason}" for reason, count in reasons.items()) or "nothing was judged"
    return f"{origin.source}: nothing is left to export ({why}); ask for less, or collect more"


def _notes_on_clones(largest: int, prompts: int) -> Iterator[ReadingNote]:
    if largest > max(LARGE_GROUP * prompts, 2):
        text = (
            f"{largest} of {prompts} prompts say nearly the same, as prompts of one template do, and are kept in one split; the "
            "shares of the splits are off by as much"
        )
        yield ReadingNote(NoteKind.WARNING, text)


def _notes_on_texts(unknown: int) -> Iterator[ReadingNote]:
    if unknown:
        text = f"{counted(unknown, 'item')} whose texts are not known (their tasks were deleted)"
        yield ReadingNote(NoteKind.LEFT_OUT, text)


def _notes_on_prompts(empty: int) -> Iterator[ReadingNote]:
    if empty:
        text = f"{counted(empty, 'pair')} without a prompt, which trainers that need one refuse; such pairs are split by their responses"
        yield ReadingNote(NoteKind.WARNING, text)


def _notes_on_splits(counts: Mapping[Split, int], shares: Shares) -> Iterator[ReadingNote]:
    wanted = {
        Split.TEST: shares.test,
        Split.VALIDATION: shares.validation,
        Split.TRAIN: 1 - shares.test - shares.validation,
    }
    for split, share in wanted.items():
        if share > 0 and split not in counts:
            text = f"the split {split} is empty: there are too few prompts for a share of {share:g}"
            yield ReadingNote(NoteKind.WARNING, text)
