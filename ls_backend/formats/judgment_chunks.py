"""Judgments in a table that is larger than memory, chunk by chunk, by the means by which a whole table is read. Pure.

What a cell means may rest on the whole column: the order of month and day, whether answers are ratings, whether a column only numbers
the rows. So the first chunk gives a :class:`ChunkReader`, all chunks are read by it, and :class:`WholeTable` adds up what they say. If
that gives another reader, all is read once more by this one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from ls_backend.errors import InputError
from ls_backend.formats.answers import AnswerReader
from ls_backend.formats.cells import NO_VALUE, DateOrder
from ls_backend.formats.coded import Coded
from ls_backend.formats.columns import EXPECTED_NAMES, TIME_WORDS, USUAL_NAMES, find_columns, is_date
from ls_backend.formats.csv_judgments import (
    Counts,
    InnerLine,
    Manner,
    notes_on_rows,
    read_rows,
    refuse_options_of_exports,
    refuse_swallowed_rows,
    swallowed_rows,
)
from ls_backend.formats.judgment_table import ReadingOptions, Repeats
from ls_backend.formats.line_errors import MAX_MESSAGES, LineErrors
from ls_backend.formats.listed_preferences import place_of_lists
from ls_backend.formats.notes import ReadingNote
from ls_backend.formats.spread_answers import groups_of
from ls_backend.formats.table_chunks import Chunk, ChunkedTable, NotInChunksError, numbering, scan_chunk
from ls_backend.formats.table_scan import Begin, TableScan
from ls_backend.formats.tables import Table, normalised, notes_on_scan, numbers_rows, table_of, unnamed_column
from ls_backend.formats.task_answers import COLUMNS as TASK_ANSWERS
from ls_backend.label_studio.tasks import Message, PairTexts
from ls_backend.measurement.judgments import GoldItem, JudgmentColumns

_NO_LINES = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ChunkReader:
    """How each chunk is read: how the table ``begin``s, the ``table`` without its rows, in which ``manner`` its cells are read,
    whether a row may still begin with its number (``may_be_numbered``), and whether what pairs show is kept (``keeps_texts``), or only
    compared."""

    begin: Begin
    table: Table
    manner: Manner
    may_be_numbered: bool
    keeps_texts: bool = False

    @classmethod
    def of(cls, chunked: ChunkedTable, options: ReadingOptions, *, keeps_texts: bool = False) -> "ChunkReader":
        """By what the first chunk says.

        Raises:
            NotInChunksError: the table can only be read as a whole, or texts are to be kept of something else than pairs.
            InputError: names the column, and what to fix.
        """
        refuse_options_of_exports(chunked.source, options)
        with closing(chunked.chunks()) as chunks:
            chunk, is_all = next(chunks), next(chunks, None) is None
        scan = scan_chunk(chunk, chunked.begin, source=chunked.source)
        delimiter = chunked.begin.delimiter
        table = table_of(scan, delimiter, source=chunked.source, expected=EXPECTED_NAMES)
        _refuse_what_needs_all_rows(table, options, is_all=is_all)
        table = replace(table, notes=())
        columns = find_columns(table, options.columns)
        manner = Manner.of(table, columns, options)
        if keeps_texts and not manner.is_pair:
            raise NotInChunksError(
                f"{table.source} holds other answers than preferences, which are exported as a whole; leave --in-parts out"
            )
        read = read_rows(table, replace(manner, part_dates=DateOrder.EU))
        manner = replace(
            manner,
            part_dates=_likely_order(manner, read.counts),
            part_answers=_without_notes(manner.answer_reader(read.counts)),
            part_times=read.counts.with_time if len(read.judgments) else None,
        )
        return cls(chunked.begin, _without_rows(table), manner, numbering(chunk, chunked.begin)[0], keeps_texts)

    def read(self, chunk: Chunk) -> "ChunkRead":
        """What a chunk says.

        Raises:
            InputError: names the line, and what to fix.
        """
        source = self.table.source
        numbered = numbering(chunk, self.begin) if self.may_be_numbered else (False, False)
        if self.is_numbered and not numbered[0]:
            raise _partly_numbered(source)
        scan = scan_chunk(chunk, self.begin, source=source)
        unnamed = self._columns_left_out(scan)
        table = replace(
            self.table,
            cells=tuple(scan.columns[place] for place in self.table.places),
            lines=scan.lines,
            too_long=scan.too_long,
            has_breaks=scan.has_breaks,
        )
        rows = read_rows(table, self.manner)
        return ChunkRead(
            rows.judgments,
            rows.gold,
            {
                item: TextFigures(_digest(repr(texts)), texts.words, texts if self.keeps_texts else None)
                for item, texts in rows.texts.items()
            },
            rows.counts,
            replace(scan, columns=(), lines=_NO_LINES, too_long=()),
            sorted(rows.errors.messages)[:MAX_MESSAGES],
            len(rows.errors.messages),
            tuple({inner.annotator: inner for inner in swallowed_rows(table, self.manner.columns)}.values()),
            numbered,
            unnamed,
        )

    @property
    def is_numbered(self) -> bool:
        """Whether each row of the first chunk begins with its number, for which the header has no name."""
        return self.begin.names != self.begin.written

    def _columns_left_out(self, scan: TableScan) -> dict[int, bool]:
        """Of the columns that number the rows, or are empty, in the first chunk, by their places: whether they number those of this one."""
        number = {}
        for place, name in enumerate(scan.header):
            if place in self.table.places or not scan.rows:
                continue
            number[place] = numbers_rows(scan.columns[place])
            if name and not number[place]:
                raise NotInChunksError(
                    f"{self.table.source}: the column {name!r} numbers the first rows and not all; leave it out, or call it otherwise"
                )
            if not number[place] and any(scan.columns[place].cells):
                raise unnamed_column(self.table.source, place)
        return {place: numbers for place, numbers in number.items() if scan.lines.size}


@dataclass(frozen=True, slots=True)
class TextFigures:
    """Of the texts of a pair: a ``digest``, how many ``words`` there are to read, and the texts themselves where they are ``kept``."""

    digest: bytes
    words: int
    kept: PairTexts | None = None


@dataclass(frozen=True, slots=True)
class ChunkRead:
    """What a chunk says: its ``judgments``; gold, and figures of each pair's ``texts``, by item; what was counted, of cells and of
    rows (``scan``, without them); the first ``errors`` and how many there are; lines within cells that read as rows (``inner``); its
    :func:`numbering`; and which columns that are left out number the rows (``numbers``), by their places; the others are empty."""

    judgments: JudgmentColumns
    gold: dict[str, GoldItem]
    texts: dict[str, TextFigures]
    counts: Counts
    scan: TableScan
    errors: list[tuple[int, str]]
    wrong: int
    inner: tuple[InnerLine, ...]
    numbering: tuple[bool, bool]
    numbers: dict[int, bool]


@dataclass
class WholeTable:
    """What all chunks say together that were :meth:`added <add>`: the counts, the least and the greatest preference (``reach``), how many
    judgments there are, whether each item's gold, margin and texts are to be compared (``has_gold``, ``has_margins``, ``has_texts``)."""

    reader: ChunkReader
    counts: Counts = field(default_factory=Counts)
    judgments: int = 0
    reach: tuple[int, int] = (0, 0)
    has_gold: bool = False
    has_margins: bool = False
    has_texts: bool = False
    with_times: bool | None = None
    scan: TableScan = field(default_factory=lambda: TableScan([], (), _NO_LINES, 0))
    errors: list[tuple[int, str]] = field(default_factory=list)
    wrong: int = 0
    inner: dict[str, InnerLine] = field(default_factory=dict)
    annotators: set[str] = field(default_factory=set)
    numbering: tuple[bool, bool] = (True, False)
    numbers: dict[int, bool] = field(default_factory=dict)

    def add(self, read: ChunkRead) -> None:
        """Add a chunk, in the order of the file."""
        judged, counts = read.judgments, read.counts
        self.counts.add(counts)
        if len(judged):
            self._compare_times(counts, int(judged.number[0]))
            least, greatest = int(judged.preference.min()), int(judged.preference.max())
            self.reach = (min(self.reach[0], least), max(self.reach[1], greatest))
        self.judgments += len(judged)
        self.annotators.update(judged.annotators)
        self.has_gold |= bool(read.gold)
        self.has_texts |= bool(read.texts)
        self.has_margins |= not np.isnan(judged.margin).all()
        self.scan = _together(self.scan, read.scan)
        self.errors = [*self.errors, *read.errors][:MAX_MESSAGES]
        self.wrong += read.wrong
        for inner in read.inner:
            self.inner.setdefault(inner.annotator, inner)
        for place, numbers in read.numbers.items():
            if self.numbers.setdefault(place, numbers) is not numbers:
                raise unnamed_column(self.reader.table.source, place)
        self.numbering = (self.numbering[0] and read.numbering[0], self.numbering[1] or read.numbering[1])

    def _compare_times(self, counts: Counts, line: int) -> None:
        if self.with_times is None:
            self.with_times = self.counts.with_time = counts.with_time
        elif self.with_times is not counts.with_time:
            self.errors.append(
                (line, "`at` is given on some lines and not on others; give it on all, or leave the column out")
            )
            self.wrong += 1

    def other_reader(self) -> ChunkReader | None:
        """How the chunks are to be read by what all of them say, if that is not how they were read.

        Raises:
            InputError: dates don't tell which is the month and which the day.
        """
        manner = self.reader.manner
        order, _ = manner.date_order(self.counts)
        answers = _without_notes(manner.answer_reader(self.counts))
        by_all = replace(manner, part_dates=order or manner.part_dates, part_answers=answers)
        return None if by_all == manner else replace(self.reader, manner=by_all)

    def refuse_what_is_wrong(self) -> None:
        """Raises InputError that names the lines, and what to fix."""
        table = self.reader.table
        if self.reader.may_be_numbered and all(self.numbering) is not self.reader.is_numbered:
            raise _partly_numbered(table.source)
        refuse_swallowed_rows(table.source, (self.inner[name] for name in sorted(self.inner.keys() & self.annotators)))
        errors = LineErrors(table.source)
        errors.messages = self.errors
        errors.raise_if_any(further=self.wrong - len(self.errors))

    def notes(self, repeats: Repeats, beside: Iterable[ReadingNote]) -> list[ReadingNote]:
        """How the table was read, as of one that is read as a whole; ``beside`` is what follows from its halves."""
        table = self.reader.table
        return [
            *notes_on_scan(self.scan, has_index=any(self.numbers.values())),
            *self.reader.manner.columns.notes,
            *repeats.notes("row"),
            *beside,
            *notes_on_rows(table, self.counts, self.annotators, self.reader.manner),
        ]


def _refuse_what_needs_all_rows(table: Table, options: ReadingOptions, *, is_all: bool) -> None:
    """Raises NotInChunksError where a table can only be read as a whole; ``is_all`` says that these are all of its rows."""
    names = [normalised(name) for name in table.columns]
    if place_of_lists(names) is not None:
        raise NotInChunksError(
            f"{table.source} holds lists of preferences, which are read as a whole; write a row for each"
        )
    if any(len(members) > 1 for members in groups_of(table.columns).values()):
        raise NotInChunksError(
            f"{table.source} may hold answers that are spread over columns, which are read as a whole; write them into one column"
        )
    if not {*names}.isdisjoint(TASK_ANSWERS):
        raise NotInChunksError(f"{table.source} holds answers as JSON in one column, which are read as a whole")
    if is_all or "at" in options.columns or not {"at", *USUAL_NAMES["at"]}.isdisjoint(names):
        return
    for name, column in zip(names, table.cells, strict=True):
        if name in TIME_WORDS and not _are_dates(column):
            raise NotInChunksError(
                f"{table.source}: its first rows don't tell whether {name} says when answers were given; say it, as in --columns at={name}, "
                "or leave the column out"
            )


def _partly_numbered(source: str) -> NotInChunksError:
    return NotInChunksError(
        f"{source}: only a part of the rows begins with a number; write a name for each column into the header"
    )


def _are_dates(column: Coded[str]) -> bool:
    """Whether all cells are dates, of those that say something."""
    texts = [text for text in column.cells if text not in NO_VALUE]
    return bool(texts) and all(map(is_date, texts))


def _without_rows(table: Table) -> Table:
    return replace(table, cells=(), lines=_NO_LINES, too_long=(), given=0)


def _likely_order(manner: Manner, counts: Counts) -> DateOrder:
    """The order of month and day as far as a part of a table tells."""
    try:
        return manner.date_order(counts)[0] or DateOrder.EU
    except InputError:
        return DateOrder.EU


def _without_notes(reader: AnswerReader | None) -> AnswerReader | None:
    return None if reader is None else replace(reader, notes=())


def _together(one: TableScan, other: TableScan) -> TableScan:
    """The counts of rows of two parts of a table."""
    return replace(
        other,
        rows=one.rows + other.rows,
        empty_rows=one.empty_rows + other.empty_rows,
        repeated_headers=one.repeated_headers + other.repeated_headers,
        short_rows=one.short_rows + other.short_rows,
    )


def _digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def arrow_of(judgments: JudgmentColumns) -> Any:
    """Judgments as a batch of pyarrow."""
    import pyarrow as pa

    def names(texts: Sequence[str], codes: Any) -> Any:
        indices = pa.array(codes.astype(np.int32), mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(texts), pa.string()))

    has_answers = bool(judgments.answers)
    return pa.RecordBatch.from_pydict(
        {
            "annotator": names(judgments.annotators, judgments.annotator),
            "item": names(judgments.items, judgments.item),
            "slice": names(judgments.slices, judgments.slice),
            "answer": names(judgments.answers if has_answers else [""], judgments.answer),
            "preference": judgments.preference.astype(np.int8),
            "mirrored": judgments.mirrored,
            "at": judgments.at,
            "number": judgments.number.astype(np.int64),
            "lead_time": judgments.lead_time,
            "margin": judgments.margin,
        }
    )


def judgments_of(table: Any, *, is_pair: bool) -> JudgmentColumns:
    """What :func:`arrow_of` wrote, from a table of pyarrow."""
    import pyarrow as pa
    from pyarrow import compute

    def names(name: str) -> Coded[str]:
        column = table.column(name)
        if not pa.types.is_dictionary(column.type):  # names may be long texts, and have more than 2 GB together
            column = compute.dictionary_encode(column.cast(pa.large_string()))
        chunks = column.unify_dictionaries().chunks
        codes = [compute.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False) for chunk in chunks]
        texts = chunks[0].dictionary.to_pylist() if chunks else []
        return Coded(texts, np.concatenate([*codes, _NO_LINES]).astype(np.int32))

    def numbers(name: str) -> Any:
        return table.column(name).to_numpy()

    annotator, item, part, answer = map(names, ("annotator", "item", "slice", "answer"))
    return JudgmentColumns(
        annotators=annotator.cells,
        items=item.cells,
        slices=part.cells,
        answers=() if is_pair else answer.cells,
        annotator=annotator.codes,
        item=item.codes,
        preference=numbers("preference"),
        mirrored=numbers("mirrored"),
        at=numbers("at"),
        number=numbers("number"),
        lead_time=numbers("lead_time"),
        slice=part.codes,
        answer=answer.codes,
        margin=numbers("margin"),
    )


def arrow_of_texts(figures: Mapping[str, TextFigures]) -> Any:
    """What a chunk says of the texts of pairs, as a table of pyarrow. ``turns`` are those of a prompt that is a conversation, as JSON."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        "item": list(figures),
        "digest": [of_item.digest for of_item in figures.values()],
        "words": [of_item.words for of_item in figures.values()],
    }
    kept = [of_item.kept for of_item in figures.values() if of_item.kept is not None]
    if kept:
        prompts = [pair.prompt for pair in kept]
        turns = [
            None if isinstance(prompt, str) else json.dumps([[turn.role, turn.content] for turn in prompt])
            for prompt in prompts
        ]
        columns |= {
            "prompt": pa.array([prompt if isinstance(prompt, str) else "" for prompt in prompts], pa.string()),
            "turns": pa.array(turns, pa.string()),
            "first": pa.array([pair.first for pair in kept], pa.string()),
            "second": pa.array([pair.second for pair in kept], pa.string()),
        }
    return pa.table(columns)


def texts_of(table: Any) -> dict[str, PairTexts]:
    """The texts that :func:`arrow_of_texts` wrote, by item."""
    names = ("item", "prompt", "turns", "first", "second")
    return {
        item: PairTexts(
            prompt if turns is None else tuple(Message(role, content) for role, content in json.loads(turns)),
            first,
            second,
        )
        for item, prompt, turns, first, second in zip(*(table.column(name).to_pylist() for name in names), strict=True)
    }
