"""The items of a set that is larger than memory, in files: by DuckDB, which puts them in order, and near-clones into one split, without
holding them.

Parts of the items are written as they come, each on its own, here or by workers. Texts that items are split by are told by a digest of
their plain words, the *key*. What :func:`ls_backend.analysis.near_clones.near_clones` does with places in a list is done here with places
in a table, band by band; what is compared and linked is so by its functions.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ls_backend.analysis.near_clones import BANDS, are_near, linked, plain_words, signatures
from ls_backend.analysis.splits import Shares, Split, split_of
from ls_backend.arrays import Ints
from ls_backend.formats.preference_files import ItemRows, PlacedRows
from ls_backend.formats.preference_manifest import ItemEntry, NamedEntry
from ls_backend.services.large_tables import Run, engine_in

SHOWN, KEYS, ROWS, PLACES = "shown", "keys", "rows", "places.parquet"
ROWS_AT_ONCE = 2_000
PAIRS_AT_ONCE = 5_000
BAND_NAMES = [f"band_{number}" for number in range(BANDS)]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item whose texts are known: when it was judged first, and the ``text`` that it is split by."""

    item: str
    at: float
    text: str


def write_part(folder: Path, part: int, shown: Sequence[ShownItem], rows: Iterable[ItemRows], shares: Shares) -> None:
    """Write a part of the items, those that are ``shown``, and the rows of some of them."""
    import pyarrow as pa  # heavy, and only there where it is installed
    from pyarrow import parquet

    def path(name: str) -> Path:
        (folder / name).mkdir(exist_ok=True)
        return folder / name / f"{part}.parquet"

    plain = {one.text: plain_words(one.text) for one in shown}
    different = sorted({*plain.values()})
    key_of = {text: blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest() for text in different}
    keys = [key_of[plain[one.text]] for one in shown]
    parquet.write_table(
        pa.table(
            {
                "item": pa.array([one.item for one in shown], pa.string()),
                "at": pa.array([one.at for one in shown], pa.float64()),
                "key": pa.array(keys, pa.binary()),
            }
        ),
        path(SHOWN),
    )
    parquet.write_table(
        pa.table(
            {
                "key": pa.array([key_of[text] for text in different], pa.binary()),
                "plain": pa.array([text.encode(errors="surrogatepass") for text in different], pa.binary()),
                "split": pa.array([split_of(text, shares).value for text in different], pa.string()),
                **dict(zip(BAND_NAMES, map(pa.array, signatures(different).T), strict=True)),
            }
        ),
        path(KEYS),
    )
    place = {one.item: n for n, one in enumerate(shown)}
    schema = pa.schema(
        {
            "item": pa.string(),
            "at": pa.float64(),
            "key": pa.binary(),
            "slice": pa.string(),
            "chosen": pa.int8(),
            "digest": pa.string(),
            "lines": pa.binary(),
        }
    )
    rest = iter(rows)
    with parquet.ParquetWriter(path(ROWS), schema, compression="zstd") as file:
        while some := [*islice(rest, ROWS_AT_ONCE)]:
            columns: dict[str, list[object]] = {
                "item": [one.item for one in some],
                "at": [shown[place[one.item]].at for one in some],
                "key": [keys[place[one.item]] for one in some],
                "slice": [one.slice for one in some],
                "chosen": [one.chosen for one in some],
                "digest": [one.digest for one in some],
                "lines": [one.lines for one in some],
            }
            file.write_table(pa.Table.from_pydict(columns, schema))


@dataclass(frozen=True, slots=True)
class SetOnDisk:
    """All items that were written to a folder, with their splits: so many ``prompts``, of which the largest group of near-clones is
    ``largest_group``."""

    engine: Any
    prompts: int
    largest_group: int

    @classmethod
    def of(cls, folder: Path, run: Run) -> "SetOnDisk":
        """Those of the parts in a folder, of which there is one at least."""
        engine = engine_in(folder)
        for name in (SHOWN, KEYS, ROWS):
            engine.read_parquet(str(folder / name / "*.parquet")).create_view(name)
        _write_places(engine, folder / PLACES)
        engine.read_parquet(str(folder / PLACES)).create_view("places")
        engine.execute(OWN)
        groups = _groups(engine, run)
        engine.register("near_clones", groups)
        engine.execute("CREATE TABLE groups AS FROM near_clones")
        engine.execute(SPLITS)
        ((prompts, largest),) = engine.execute(SIZES).fetchall()
        return cls(engine, int(prompts), int(largest))

    def in_order(self) -> Iterator[PlacedRows]:
        rows = self.engine.sql(
            'FROM rows JOIN splits USING (key) SELECT item, slice, chosen, lines, split ORDER BY "at", item'
        )
        for batch in rows.to_arrow_reader(ROWS_AT_ONCE):
            for item, part, chosen, lines, split in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield PlacedRows(ItemRows(item, part, chosen, lines), Split(split))

    def by_name(self) -> Iterator[NamedEntry]:
        rows = self.engine.sql("FROM rows JOIN splits USING (key) SELECT item, split, chosen, digest ORDER BY item")
        for batch in rows.to_arrow_reader(ROWS_AT_ONCE):
            for item, split, chosen, digest in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield NamedEntry(item, ItemEntry(Split(split), chosen, digest))


OWN = """
CREATE TABLE own AS
FROM places JOIN keys USING (key) SELECT place, key, any_value(items) AS items, any_value(split) AS split GROUP BY place, key
"""
"""The split of each text by itself."""
SPLITS = """
CREATE TABLE splits AS
FROM own LEFT JOIN groups USING (place) LEFT JOIN own AS leader ON leader.place = groups.leader
SELECT own.key, coalesce(leader.split, own.split) AS split
"""
"""The split of each text: that of the first of its near-clones."""
SIZES = """
FROM (FROM own LEFT JOIN groups USING (place) SELECT sum(items) AS items GROUP BY coalesce(leader, place))
SELECT coalesce(sum(items), 0), coalesce(max(items), 0)
"""
CANDIDATES = """
INSERT INTO candidates
WITH leaders AS (FROM bands SELECT {band}, min(place) AS leader GROUP BY {band} HAVING count(*) > 1)
FROM bands JOIN leaders USING ({band}) SELECT leader, place WHERE place <> leader
"""
COMPARED = """
WITH pairs AS (FROM candidates SELECT DISTINCT leader, place),
compared AS (FROM pairs SELECT leader AS place UNION FROM pairs SELECT place),
texts AS (
    FROM places JOIN keys USING (key) SEMI JOIN compared USING (place) SELECT place, any_value(plain) AS plain GROUP BY place
)
FROM pairs JOIN texts AS one ON one.place = leader JOIN texts AS other ON other.place = pairs.place
SELECT leader, pairs.place, one.plain, other.plain
"""


def _write_places(engine: Any, path: Path) -> None:
    """Write the texts' keys with their places in the order in which they were judged first, and how many items have each."""
    import pyarrow as pa
    from pyarrow import parquet

    keys = engine.sql(
        """
        FROM (FROM shown SELECT key, min({'moment': "at", 'item': item}) AS first, count(*) AS items GROUP BY key)
        SELECT key, items ORDER BY first
        """
    )
    schema, place = pa.schema({"place": pa.int64(), "key": pa.binary(), "items": pa.int64()}), 0
    with parquet.ParquetWriter(path, schema) as file:
        for batch in keys.to_arrow_reader(100_000):
            places = np.arange(place, place + batch.num_rows)
            file.write_table(
                pa.table([places, batch.column(0), batch.column(1)], names=["place", "key", "items"]).cast(schema)
            )
            place += batch.num_rows


def _groups(engine: Any, run: Run) -> Any:
    """The texts that are near-clones of others, with the first of each group, its ``leader``, as a table of pyarrow."""
    import pyarrow as pa

    engine.execute("CREATE TABLE bands AS FROM places JOIN keys USING (key) SELECT place, " + ", ".join(BAND_NAMES))
    engine.execute("CREATE TABLE candidates (leader BIGINT, place BIGINT)")
    for band in BAND_NAMES:
        engine.execute(CANDIDATES.format(band=band))
    engine.execute("DROP TABLE bands")
    none = np.zeros((0, 2), dtype=np.int64)
    near = np.concatenate([none, *run(_near_pairs, engine.sql(COMPARED).to_arrow_reader(PAIRS_AT_ONCE))])
    engine.execute("DROP TABLE candidates")
    places, code = np.unique(near, return_inverse=True)
    leader = places[linked(code.reshape(-1, 2), places.size)]
    return pa.table({"place": pa.array(places, pa.int64()), "leader": pa.array(leader, pa.int64())})


def _near_pairs(batch: Any) -> Ints:
    """Those of some candidates that are near-clones, (m, 2)."""
    leader, place, one, other = (column.to_pylist() for column in batch.columns)
    near = [
        pair
        for *pair, of_one, of_other in zip(leader, place, one, other, strict=True)
        if are_near(of_one.decode(errors="surrogatepass"), of_other.decode(errors="surrogatepass"))
    ]
    return np.array(near, dtype=np.int64).reshape(-1, 2)
