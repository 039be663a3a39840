"""Judgments of a table that is larger than memory, partitioned in files by annotator, and by item: by DuckDB, which groups and joins
them without holding them.

What a cell means is found out by the reader of all tables, chunk by chunk (:mod:`ls_backend.formats.judgment_chunks`). Here judgments
are put where their annotator's others are, in a folder, and what rests on an item's rows by several annotators is grouped by item: its
gold, its margin, its texts.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

import numpy as np

from ls_backend.arrays import Floats
from ls_backend.errors import NO_ROOM, InputError
from ls_backend.formats.columns import EXPECTED_NAMES, UNLIKE_NAMES
from ls_backend.formats.csv_judgments import PUT_TOGETHER_TWICE
from ls_backend.formats.judgment_chunks import (
    ChunkRead,
    ChunkReader,
    WholeTable,
    arrow_of,
    arrow_of_texts,
    judgments_of,
    texts_of,
)
from ls_backend.formats.judgment_table import ReadingOptions, Repeats
from ls_backend.formats.line_errors import MAX_MESSAGES
from ls_backend.formats.notes import NoteKind, ReadingNote, counted
from ls_backend.formats.table_chunks import (
    DEFAULT_SIZE,
    ChunkedTable,
    ChunkSize,
    NotInChunksError,
    OpenFile,
    chunked_table,
)
from ls_backend.label_studio.tasks import PairTexts
from ls_backend.measurement.judgments import NO_JUDGMENTS, GoldItem, JudgmentColumns

ROWS_IN_A_PART = 1_000_000
TEXTS_BY_ITEM = "texts_by_item"
ENGINE_MEMORY = "1GB"
ROWS_THAT_WAIT = 10_000
"""Rows of each part that are held back before they are written."""
ENGINE_THREADS = 2
Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Run(Protocol):
    """Applies a function to many things, here or on workers; the results come in the order of the things."""

    def __call__(self, function: Callable[[Thing], Result], things: Iterable[Thing], /) -> Iterator[Result]: ...


class Partition(StrEnum):
    """What all rows of a part have in common with no row of another, and the name of the folder in which the parts are."""

    BY_ANNOTATOR = "by_annotator"
    BY_ITEM = "by_item"


@dataclass(frozen=True, slots=True)
class Parts:
    """The judgments of a table in a ``folder``, ``partitioned`` by annotator or by item in parts with ``numbers``: nobody, or no item, is
    in two of them. ``is_pair`` says that they are of pairs, ``is_timed`` that all have a time of day, ``reach`` is the least and the
    greatest preference; where it ``keeps_texts``, the parts by item have those of pairs."""

    folder: Path
    partitioned: Partition
    numbers: tuple[int, ...]
    is_pair: bool
    is_timed: bool
    has_gold: bool
    has_margins: bool
    has_texts: bool
    keeps_texts: bool
    reach: tuple[int, int]

    @property
    def note(self) -> ReadingNote:
        """What is to be said of the parts."""
        text = f"the file is taken in {counted(len(self.numbers), 'part')} by annotator, so that it need not be in memory as a whole"
        return ReadingNote(NoteKind.UNDERSTOOD, text)

    def judgments(self, part: int) -> JudgmentColumns:
        """Those of a part, in the order of the file; where a row has no margin, with that of its item."""
        engine = self._engine(part)
        rows = engine.sql(JUDGMENTS_WITH_MARGINS if self.has_margins else JUDGMENTS)
        return judgments_of(rows.to_arrow_table(), is_pair=self.is_pair)

    def gold(self, part: int) -> dict[str, GoldItem]:
        """The gold items that are judged in a part."""
        if not self.has_gold:
            return {}
        rows = self._engine(part).sql("FROM known SEMI JOIN judgments USING (item)").fetchall()
        return {item: GoldItem(preferred, answer=answer) for item, preferred, answer in rows}

    def gather_words(self) -> None:
        """Put together what chunks say of how much there is to read in an item, before :meth:`words` are asked for."""
        if self.has_texts:
            words = self._engine().sql("FROM texts SELECT DISTINCT item, words")
            words.write_parquet(str(self.folder / "words.parquet"))

    def words(self, part: int) -> dict[str, int]:
        """How much there is to read, of the items with texts that are judged in a part."""
        if not self.has_texts:
            return {}
        return dict(self._engine(part).sql("FROM words SEMI JOIN judgments USING (item)").fetchall())

    def texts(self, part: int) -> dict[str, PairTexts]:
        """What the items of a part by item show, as far as it is known; of a table whose texts were kept."""
        if not self.has_texts:
            return {}
        files = self.folder / TEXTS_BY_ITEM / f"part={part}"
        if not files.exists():
            return {}
        rows = self._engine(part).read_parquet(str(files / "*.parquet"), hive_partitioning=False)
        return texts_of(rows.to_arrow_table())

    def known_of(self, items: Collection[str]) -> dict[str, GoldItem]:
        """The gold items among some."""
        if not self.has_gold:
            return {}
        rows = self._engine().execute("FROM known WHERE item IN $items", {"items": list(items)}).fetchall()
        return {item: GoldItem(preferred, answer=answer) for item, preferred, answer in rows}

    def count_items(self) -> "ItemCounts":
        engine = self._engine()

        def count(of: str) -> int:
            return int(engine.sql(of).fetchall()[0][0])

        return ItemCounts(
            judged=count("SELECT count(DISTINCT item) FROM judgments") if self.numbers else 0,
            known=count("SELECT count(*) FROM known") if self.has_gold else 0,
            with_texts=count("SELECT count(DISTINCT item) FROM texts") if self.has_texts else 0,
        )

    def sizes_of_margins(self) -> Floats | None:
        """Those of all items that are no gold, (n,), in no order; None where there are no margins."""
        if not self.has_margins:
            return None
        but_gold = "FROM margins ANTI JOIN known USING (item) SELECT size"
        rows = self._engine().sql(but_gold if self.has_gold else "FROM margins SELECT size")
        return np.asarray(rows.fetchnumpy()["size"], dtype=np.float64)

    def by_item(self, *, rows_in_a_part: int) -> "Parts":
        """The same judgments in parts by item, of about so many rows, or of one item that has more; in the same folder."""
        if self.numbers:
            engine = self._engine()
            rows = int(engine.sql("SELECT count(*) FROM judgments").fetchall()[0][0])
            count = 1 + rows // rows_in_a_part
            _write_parts(engine, "judgments", Partition.BY_ITEM, count, self.folder / Partition.BY_ITEM)
            if self.keeps_texts and self.has_texts:
                _write_parts(engine, "texts", Partition.BY_ITEM, count, self.folder / TEXTS_BY_ITEM)
        return replace(self, partitioned=Partition.BY_ITEM, numbers=_numbers(self.folder, Partition.BY_ITEM))

    def _engine(self, part: int | None = None) -> Any:
        """DuckDB with the judgments of one part, or of all."""
        return _engine(self.folder, self.partitioned, part=part)


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many items were ``judged``, of how many the answer is ``known``, and how many have texts."""

    judged: int
    known: int
    with_texts: int


JUDGMENTS = "FROM judgments ORDER BY number"
JUDGMENTS_WITH_MARGINS = """
FROM judgments LEFT JOIN margins USING (item)
SELECT judgments.* REPLACE (if(isnan(margin), coalesce(size, margin), margin) AS margin)
ORDER BY number
"""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that holds a table, how it is to be read, and in what portions."""

    open: OpenFile
    source: str
    encoding: str
    options: ReadingOptions
    size: ChunkSize = DEFAULT_SIZE
    rows_in_a_part: int = ROWS_IN_A_PART

    def chunked(self) -> ChunkedTable:
        """Raises what :func:`chunked_table` does."""
        return chunked_table(
            self.open,
            source=self.source,
            encoding=self.encoding,
            expected=EXPECTED_NAMES,
            unlike=UNLIKE_NAMES,
            size=self.size,
        )


@contextmanager
def parts_of(file: TableFile, run: Run, *, keeps_texts: bool = False) -> Iterator[tuple[Parts, WholeTable]]:
    """The parts of a file, in a folder that is there for a while. Raises what :func:`partition` and :func:`chunked_table` do; where what is
    done with them finds no room, InputError on the disk, and NotInChunksError in memory."""
    with TemporaryDirectory(prefix="steadyhand-") as folder, _refusing_where_no_room_is(file.source, folder):
        rows = file.rows_in_a_part
        yield partition(file.chunked(), file.options, Path(folder), run, rows_in_a_part=rows, keeps_texts=keeps_texts)


@contextmanager
def _refusing_where_no_room_is(source: str, folder: str) -> Iterator[None]:
    on_disk: tuple[type[Exception], ...] = (OSError,)
    in_memory: tuple[type[Exception], ...] = ()
    with suppress(ImportError):  # said where the engine is begun
        import duckdb

        on_disk, in_memory = (OSError, duckdb.IOException), (duckdb.OutOfMemoryException,)
    try:
        yield
    except in_memory as error:
        raise NotInChunksError(
            f"{source} needs more memory in parts than DuckDB may take, which is {ENGINE_MEMORY}, or than it may put on the disk "
            f"({_first_line(error)}); name a folder with more room by TMPDIR, or leave --in-parts out on a machine with more memory"
        ) from error
    except on_disk as error:
        if isinstance(error, OSError) and error.errno not in NO_ROOM:
            raise
        raise InputError(
            f"{source}: the folder for temporary files, {folder}, can't hold its parts ({_first_line(error)}); name one with more room by TMPDIR"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def partition(
    chunked: ChunkedTable,
    options: ReadingOptions,
    folder: Path,
    run: Run,
    *,
    rows_in_a_part: int,
    keeps_texts: bool = False,
) -> tuple[Parts, WholeTable]:
    """The judgments of a table in parts of about so many rows, or of one annotator who has more; and what was seen on the way.

    Raises:
        NotInChunksError: the table can only be read as a whole.
        InputError: names the line, or the column, and what to fix; or the engine is not installed.
    """
    _engine(folder)
    reader: ChunkReader | None = ChunkReader.of(chunked, options, keeps_texts=keeps_texts)
    while reader is not None:
        whole = WholeTable(reader)
        _write(chunked, whole, folder, 1 + chunked.rows // rows_in_a_part, run)
        reader = whole.other_reader()
    whole.refuse_what_is_wrong()
    _group_by_item(folder, whole)
    parts = Parts(
        folder,
        Partition.BY_ANNOTATOR,
        _numbers(folder, Partition.BY_ANNOTATOR),
        whole.reader.manner.is_pair,
        whole.counts.is_timed,
        whole.has_gold,
        whole.has_margins,
        whole.has_texts,
        keeps_texts,
        whole.reach,
    )
    return parts, whole


def notes_on_halves(parts: Parts, whole: WholeTable, repeats: Repeats) -> list[ReadingNote]:
    """A warning where the second half of the rows says the same as the first."""
    half = whole.judgments // 2
    if half < 2 or whole.judgments % 2 or repeats.untimed < half:
        return []
    rows = _engine(parts.folder, parts.partitioned).execute(
        """
        WITH ranked AS (FROM judgments SELECT * EXCLUDE (number, "at", margin), row_number() OVER (ORDER BY number) AS rank)
        SELECT count(*) FROM (
            FROM ranked SELECT * EXCLUDE rank, rank % $half AS place GROUP BY ALL HAVING count(*) = 2
        )
        """,
        {"half": half},
    )
    return [PUT_TOGETHER_TWICE] if rows.fetchall() == [(half,)] else []


def _write(chunked: ChunkedTable, whole: WholeTable, folder: Path, count: int, run: Run) -> None:
    """Read all chunks, and write their judgments by annotator."""
    for name in (Partition.BY_ANNOTATOR, "gold", "texts"):
        rmtree(folder / name, ignore_errors=True)
    import pyarrow as pa  # heavy, and only there where it is installed

    raised: list[Exception] = []

    def batches() -> Iterator[Any]:
        try:
            for number, read in enumerate(run(whole.reader.read, chunked.chunks())):
                whole.add(read)
                _write_about_items(read, folder, number)
                yield arrow_of(read.judgments)
        except UnicodeEncodeError:
            raised.append(NotInChunksError(f"{chunked.source} holds half a character; write it anew"))
        except Exception as error:  # noqa: BLE001  (it has to pass through the engine, which would rename it)
            raised.append(error)

    engine = _engine(folder)
    engine.register("rows", pa.RecordBatchReader.from_batches(arrow_of(NO_JUDGMENTS).schema, batches()))
    _write_parts(engine, "rows", Partition.BY_ANNOTATOR, count, folder / Partition.BY_ANNOTATOR)
    if raised:
        raise raised[0]


def _write_parts(engine: Any, rows: str, partition: Partition, count: int, folder: Path) -> None:
    """Write a view's rows into a folder, in so many parts."""
    name = "annotator" if partition is Partition.BY_ANNOTATOR else "item"
    of_parts = engine.sql(f"FROM {rows} SELECT *, hash({name}) % $count AS part", params={"count": count})
    of_parts.write_parquet(str(folder), partition_by=["part"], overwrite=True)


def _numbers(folder: Path, partition: Partition) -> tuple[int, ...]:
    """Of the parts that are there."""
    return tuple(sorted(int(path.name.removeprefix("part=")) for path in (folder / partition).glob("part=*")))


def _write_about_items(read: ChunkRead, folder: Path, number: int) -> None:
    """Write what a chunk says of items: what is known of their answers, and their texts, or figures of them."""
    import pyarrow as pa
    from pyarrow import parquet

    gold = {
        "item": list(read.gold),
        "preferred": [known.preferred for known in read.gold.values()],
        "answer": [known.answer for known in read.gold.values()],
    }
    for name, table in (("gold", pa.table(gold)), ("texts", arrow_of_texts(read.texts))):
        if table.num_rows:
            (folder / name).mkdir(exist_ok=True)
            parquet.write_table(table, folder / name / f"{number}.parquet")


def _group_by_item(folder: Path, whole: WholeTable) -> None:
    """Put together what chunks say of an item.

    Raises:
        InputError: they say different things.
    """
    engine, source = _engine(folder), whole.reader.table.source

    def refuse(differing: str, what: str, cure: str) -> None:
        items = [item for (item,) in engine.execute(f"{differing} ORDER BY item").fetchmany(MAX_MESSAGES + 1)]
        if items:
            messages = [f"{source}: {what} of {item!r} differ from an earlier line; {cure}" for item in items]
            more = ["... and more items like these"] if len(items) > MAX_MESSAGES else []
            raise InputError("\n".join([*messages[:MAX_MESSAGES], *more]))

    if whole.has_texts:
        texts = "FROM texts SELECT item GROUP BY item HAVING min(digest) <> max(digest)"
        refuse(texts, "the texts", "a pair has one prompt and two responses")
    if whole.has_gold:
        gold = "FROM gold SELECT item GROUP BY item HAVING count(DISTINCT (preferred, answer)) > 1"
        refuse(gold, "gold answers", "an item has one known answer")
        engine.sql("FROM gold SELECT DISTINCT item, preferred, answer").write_parquet(str(folder / "known.parquet"))
    if whole.has_margins:
        engine.sql(
            "FROM judgments SELECT item, min(abs(margin)) AS size, max(abs(margin)) AS greatest WHERE NOT isnan(margin) GROUP BY item"
        ).write_parquet(str(folder / "margins.parquet"))
        engine.read_parquet(str(folder / "margins.parquet")).create_view("margins")
        refuse("FROM margins SELECT item WHERE size <> greatest", "margins", "a pair has one margin")


def _engine(folder: Path, partition: Partition = Partition.BY_ANNOTATOR, *, part: int | None = None) -> Any:
    """DuckDB, with what a folder holds as views, the ``judgments`` of one part or of all.

    Raises:
        InputError: it is not installed.
    """
    engine = engine_in(folder)
    for view, files in (
        ("judgments", f"{partition}/part={'*' if part is None else part}/*.parquet"),
        ("gold", "gold/*.parquet"),
        ("texts", "texts/*.parquet"),
        ("known", "known.parquet"),
        ("words", "words.parquet"),
        ("margins", "margins.parquet"),
    ):
        if next(folder.glob(files), None):
            engine.read_parquet(str(folder / files), hive_partitioning=False).create_view(view)
    return engine


def engine_in(folder: Path) -> Any:
    """DuckDB, which spills into a folder what it can't hold.

    Raises:
        InputError: it is not installed; or a worker does not see the folder.
    """
    if not folder.is_dir():
        raise InputError(f"a worker does not see the folder {folder}; name one by TMPDIR that all machines share")
    try:
        import duckdb
    except ImportError as error:
        raise InputError(
            "files in parts need DuckDB; `pip install steadyhand[large]`, or leave --in-parts out"
        ) from error
    engine = duckdb.connect(
        config={
            "memory_limit": ENGINE_MEMORY,
            "temp_directory": str(folder / "spilled"),
            "threads": ENGINE_THREADS,
            "preserve_insertion_order": False,
            "partitioned_write_flush_threshold": ROWS_THAT_WAIT,
        }
    )
    engine.execute("SET enable_progress_bar = false")  # it goes to standard output, where figures are
    return engine
