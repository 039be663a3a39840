"""A set of preferences as a folder: its splits, a dataset card, and a manifest. Pure.

``datasets.load_dataset(FOLDER)`` reads it by the head of the card. The manifest says what went in, by which settings, and the digest
of the data; the same input gives the same bytes, so no time stands in it.
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, Self

from ls_backend.analysis.answer_set import AnswerSet
from ls_backend.analysis.preference_set import PreferenceRow, PreferenceSet
from ls_backend.analysis.selection import Selection, SliceCount
from ls_backend.analysis.splits import Shares, Split, split_by_prompt
from ls_backend.errors import InputError
from ls_backend.formats.answer_columns import ExportedAnswer
from ls_backend.formats.answer_columns import columns_of as answer_columns
from ls_backend.formats.data_files import FileKind, RowFile, json_line, row_file
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.preference_card import card
from ls_backend.formats.preference_columns import ExportedPair, prompt_as_text, rows_of_pair
from ls_backend.formats.preference_columns import columns_of as pair_columns
from ls_backend.formats.preference_manifest import ItemEntry, Manifest, NamedEntry
from ls_backend.formats.set_columns import Column, Layout, Origin, SetForm
from ls_backend.label_studio.tasks import PairTexts
from ls_backend.measurement.estimate import Estimate
from ls_backend.records import to_dict

LARGE_GROUP = 0.1  # of all prompts
CARD, MANIFEST, DATA = "README.md", "manifest.json", "data"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported, and how it is written."""

    selection: Selection
    layout: Layout
    shares: Shares
    file_kind: FileKind = FileKind.JSONL


class NewFiles(Protocol):
    """Where the files of a folder are written, by their paths in it."""

    def create(self, path: str) -> BinaryIO: ...


@dataclass(frozen=True)
class FilesInMemory:
    """Files that are written to memory; their ``contents`` by path, as soon as they are closed."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def create(self, path: str) -> BinaryIO:
        return _FileInMemory(path, self.contents)


class _FileInMemory(io.BytesIO):
    def __init__(self, path: str, contents: dict[str, bytes]) -> None:
        super().__init__()
        self._path, self._contents = path, contents

    def close(self) -> None:
        if not self.closed:
            self._contents[self._path] = self.getvalue()
        super().close()


@dataclass(frozen=True)
class ExportedSet:
    """A folder that was written: its ``manifest``, and how many ``items`` are in it. ``rows`` are counted by split; ``notes`` say what
    was left out beside the counts by slice."""

    manifest: Manifest
    items: int
    rows: Mapping[Split, int]
    notes: tuple[ReadingNote, ...]


@dataclass(frozen=True, slots=True)
class ItemRows:
    """An item as rows, which are ``lines`` of JSON; ``chosen`` is which response is chosen, 0 in other tasks than pairs."""

    item: str
    slice: str | None
    chosen: int
    lines: bytes

    @property
    def digest(self) -> str:
        return _digest(self.lines)


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """An item's rows, and the split they belong to."""

    rows: ItemRows
    split: Split


class SetItems(Protocol):
    """The items of a set: their rows in the order in which they were judged first, and then their entries in order of their names."""

    def in_order(self) -> Iterator[PlacedRows]: ...
    def by_name(self) -> Iterable[NamedEntry]: ...


@dataclass(frozen=True)
class SetContent:
    """What a folder is made of. ``wrong`` is the share of rows that are expected to be wrong; ``q`` is None in other tasks than pairs;
    of so many ``prompts`` the largest group of near-clones is ``largest_group``."""

    columns: Sequence[Column[Any]]
    items: SetItems
    slices: tuple[SliceCount, ...]
    wrong: Estimate
    q: float | None
    prompts: int
    largest_group: int
    notes: tuple[ReadingNote, ...] = ()


@dataclass
class ItemsInMemory:
    """Items whose rows are ``made`` as they are asked for; the splits are by item."""

    made: Iterable[ItemRows]
    splits: Mapping[str, Split]
    annotations: Mapping[str, Sequence[str]]
    entries: dict[str, ItemEntry] = field(default_factory=dict)

    def in_order(self) -> Iterator[PlacedRows]:
        for rows in self.made:
            split, judged_by = self.splits[rows.item], " ".join(self.annotations.get(rows.item, ()))
            self.entries[rows.item] = ItemEntry(split, rows.chosen, rows.digest, judged_by)
            yield PlacedRows(rows, split)

    def by_name(self) -> Iterable[NamedEntry]:
        return (NamedEntry(name, self.entries[name]) for name in sorted(self.entries))


@dataclass(frozen=True, slots=True)
class TextCounts:
    """How many items are left out because nobody knows what they show (``unknown``), and how many are ``without_prompt``."""

    unknown: int = 0
    without_prompt: int = 0

    @classmethod
    def of(cls, rows: Sequence[PreferenceRow], texts: Mapping[str, PairTexts]) -> "TextCounts":
        known = [row.item for row in rows if row.item in texts]
        return cls(len(rows) - len(known), sum(not texts[item].prompt for item in known))

    def __add__(self, other: "TextCounts") -> "TextCounts":
        return TextCounts(self.unknown + other.unknown, self.without_prompt + other.without_prompt)

    def notes(self) -> tuple[ReadingNote, ...]:
        return (*_notes_on_texts(self.unknown), *_notes_on_prompts(self.without_prompt))


def export_preferences(
    preferences: PreferenceSet,
    texts: Mapping[str, PairTexts],
    origin: Origin,
    options: ExportOptions,
    files: NewFiles,
) -> ExportedSet:
    """Write the folder of a set of preferences; ``texts`` are those of its items.

    Raises:
        InputError: no item has texts, no row is left, or a prompt does not fit the layout.
    """
    keys = {item: key_of(texts[item]) for item in preferences.items if item in texts}
    if preferences.items and not keys:
        raise without_texts(origin)
    columns = pair_columns(options.layout, origin)
    by_prompt = split_by_prompt([*keys.values()], options.shares)
    splits = dict(zip(keys, by_prompt.of_prompts, strict=True))
    content = SetContent(
        columns,
        ItemsInMemory(pair_rows(preferences.rows, texts, columns, options.layout), splits, origin.annotations),
        preferences.slices,
        preferences.label_smoothing,
        preferences.q,
        len(keys),
        by_prompt.largest_group,
        TextCounts.of(preferences.rows, texts).notes(),
    )
    return write_set(content, origin, options, files)


def pair_rows(
    rows: Iterable[PreferenceRow],
    texts: Mapping[str, PairTexts],
    columns: Sequence[Column[ExportedPair]],
    layout: Layout,
) -> Iterator[ItemRows]:
    """The rows of items whose texts are known.

    Raises:
        InputError: a prompt does not fit the layout.
    """
    for row in rows:
        if row.item in texts:
            lines = map(json_line, rows_of_pair(ExportedPair(row, texts[row.item]), columns, layout.form))
            yield ItemRows(row.item, row.slice, 1 if row.chosen_first else 2, b"".join(lines))


def export_answers(
    answers: AnswerSet, shown: Mapping[str, str], origin: Origin, options: ExportOptions, files: NewFiles
) -> ExportedSet:
    """Write the folder of a set of other answers; ``shown`` is what items show.

    Raises:
        InputError: the layout is for pairs, or no row is left.
    """
    if options.layout.form is not SetForm.ANSWERS:
        raise InputError(f"{origin.source} holds other answers than preferences; pass --format {SetForm.ANSWERS}")
    columns = answer_columns(origin)
    keys = {item: shown[item] for item in answers.items if item in shown}
    by_text = split_by_prompt([*keys.values()], options.shares)
    rows = (
        ItemRows(
            row.item,
            row.slice,
            0,
            json_line({column.name: column.value(ExportedAnswer(row, shown[row.item])) for column in columns}),
        )
        for row in answers.rows
        if row.item in keys
    )
    content = SetContent(
        columns,
        ItemsInMemory(rows, dict(zip(keys, by_text.of_prompts, strict=True)), origin.annotations),
        answers.slices,
        answers.wrong,
        None,
        len(keys),
        by_text.largest_group,
        tuple(_notes_on_texts(sum(row.item not in keys for row in answers.rows))),
    )
    return write_set(content, origin, options, files)


def write_set(content: SetContent, origin: Origin, options: ExportOptions, files: NewFiles) -> ExportedSet:
    """Write a folder: its rows as they come, then what is to be said of them.

    Raises:
        InputError: no row is left.
    """
    by_split = Counter[tuple[str | None, Split]]()
    with _DataFiles(files, options.file_kind, content.columns) as data:
        for one in content.items.in_order():
            data.add(one)
            by_split[one.rows.slice, one.split] += 1
    counts = {split: data.rows[split] for split in Split if data.rows[split]}
    if not counts:
        raise nothing_left(content.slices, origin)
    digests = {data.path(split): data.digests[split].hexdigest() for split in counts}
    manifest = Manifest(
        source=origin.source,
        settings=to_dict(options),
        digest=_digest(json.dumps(digests).encode()),
        files=digests,
        rows={split.value: count for split, count in counts.items()},
        label_smoothing=content.wrong,
        q=content.q,
        slices=content.slices,
        annotators=tuple(sorted(str(facts["annotator"]) for facts in origin.annotators.values())),
    )
    with files.create(CARD) as file:
        file.write(card(manifest, content.columns, options.layout, by_split).encode(errors="replace"))
    with files.create(MANIFEST) as file:
        for line in manifest.lines(content.items.by_name()):
            file.write(line.encode(errors="replace"))
    notes = (
        *content.notes,
        *_notes_on_clones(content.largest_group, content.prompts),
        *_notes_on_splits(counts, options.shares),
    )
    return ExportedSet(manifest, by_split.total(), counts, notes)


class _DataFiles:
    """The files of the splits that have rows, and their digests."""

    def __init__(self, files: NewFiles, kind: FileKind, columns: Sequence[Column[Any]]) -> None:
        self._files, self._kind, self._columns = files, kind, columns
        self._open: dict[Split, RowFile] = {}
        self.rows = Counter[Split]()
        self.digests = {split: hashlib.sha256() for split in Split}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._open.values():
            file.close()

    def path(self, split: Split) -> str:
        return f"{DATA}/{split}.{self._kind}"

    def add(self, one: PlacedRows) -> None:
        if one.split not in self._open:
            file = _DigestedFile(self._files.create(self.path(one.split)), self.digests[one.split])
            self._open[one.split] = row_file(self._kind, file, self._columns)
        self._open[one.split].add(one.rows.lines)
        self.rows[one.split] += one.rows.lines.count(b"\n")


class _DigestedFile(io.RawIOBase):
    """A file that is written from its beginning to its end, and taken into a digest meanwhile."""

    def __init__(self, file: BinaryIO, digest: "hashlib._Hash") -> None:
        self._file, self._digest, self._size = file, digest, 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._digest.update(content)
        self._file.write(content)
        written = len(content)
        self._size += written
        return written

    def tell(self) -> int:
        return self._size

    def close(self) -> None:
        self._file.close()
        super().close()


def without_texts(origin: Origin) -> InputError:
    """No item has texts."""
    return InputError(
        f"{origin.source} does not say what its pairs show; a table needs the columns prompt, response_a and response_b "
        "(response_a the one that `left` calls a)"
    )


def key_of(texts: PairTexts) -> str:
    """What a pair is split by: the prompt; where there is none, the responses."""
    return prompt_as_text(texts.prompt) or f"{texts.first}\n{texts.second}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def nothing_left(slices: Sequence[SliceCount], origin: Origin) -> InputError:
    """No row is left, with the reasons."""
    reasons = Counter[str]()
    for part in slices:
        reasons.update({str(reason): count for reason, count in part.left_out.items() if count})
    why = ", ".join(f"{counted(count, 'item')} {reason}" for reason, count in reasons.items()) or "nothing was judged"
    return InputError(f"{origin.source}: nothing is left to export ({why}); ask for less, or collect more")


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
