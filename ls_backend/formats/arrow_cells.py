"""Columns of large tables, as pyarrow has them: their cells become Python's only where they are looked at. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ls_backend.arrays import Bools, Codes, Floats, Ints
from ls_backend.formats.cells import ALIKE
from ls_backend.formats.coded import Coded, kind_of_codes

CELLS_AT_ONCE = 20_000
BYTES_OF_NUMBER = 8
MAY_BE_SPACE = np.array([chr(byte).isspace() or byte > 127 for byte in range(256)])
"""The bytes by which a character of space may begin or end."""
MOST_MICROSECONDS = 2**53  # in 2255; a float does not hold all later ones


class ArrowCells(Sequence[str]):
    """Texts in a chunked array of pyarrow; ``ordered`` says that they are in order of their characters, ``instants`` which times they
    are, if :func:`instants_of` can read them."""

    def __init__(self, texts: Any, *, ordered: bool = False, instants: Floats | None = None) -> None:
        self.texts, self.ordered, self.instants = texts, ordered, instants

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, place: Any) -> Any:
        return self.texts[place].to_pylist() if isinstance(place, slice) else self.texts[int(place)].as_py()

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), CELLS_AT_ONCE):
            yield from self.texts.slice(start, CELLS_AT_ONCE).to_pylist()

    def has_any(self, texts: Collection[str]) -> bool:
        """Whether some of these texts are among the cells."""
        return bool(_compute("any", _compute("is_in", self.texts, _arrow_of_texts(texts))).as_py())

    def holding(self, part: str) -> Bools:
        """Which cells hold a part, (n,)."""
        return _bools_of(_compute("match_substring", self.texts, part))

    def same(self, other: "ArrowCells") -> Bools:
        """Which cells are those of another column at the same places, (n,)."""
        return _bools_of(_compute("equal", self.texts, other.texts))

    def take(self, places: Codes) -> "ArrowCells":
        """The cells at some places, (m,)."""
        if np.array_equal(places, np.arange(len(self))):
            return self
        return ArrowCells(_compute("take", self.texts, _arrow_of_numbers(places)))

    def in_order(self, places: Codes) -> tuple[list[str], Ints]:
        """The cells at some places that rise, in order of their characters, and where each of them stood, (m,)."""
        cells = self.take(places)
        if self.ordered:
            return cells.texts.to_pylist(), np.asarray(places)
        order = _numbers_of(_compute("sort_indices", cells.texts)).astype(np.int64)
        return cells.take(order).texts.to_pylist(), np.asarray(places[order])


def _compute(function: str, *arguments: Any, **options: Any) -> Any:
    """What a function of pyarrow returns. Arguments are its own arrays: of others it makes some by :func:`pyarrow.array`, which, as
    ``to_numpy`` does, imports pandas wherever that is installed; that takes as long, and as much memory, as all else of reading."""
    from pyarrow import compute  # it is there, as the cells are its own

    return getattr(compute, function)(*arguments, **options)


def _numbers_of(array: Any) -> Any:
    """The numbers in an array of pyarrow, which may be chunked, (n,)."""
    chunks = [np.from_dlpack(chunk) for chunk in getattr(array, "chunks", [array]) if len(chunk)]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int64)


def _bools_of(array: Any) -> Bools:
    import pyarrow as pa

    return np.asarray(_numbers_of(array.cast(pa.uint8())), dtype=np.bool_)


def _arrow_of_numbers(numbers: Codes) -> Any:
    """Whole numbers as an array of pyarrow."""
    import pyarrow as pa

    plain = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(pa.from_numpy_dtype(plain.dtype), plain.size, [None, pa.py_buffer(plain)])


def _arrow_of_texts(texts: Collection[str]) -> Any:
    """Texts as an array of pyarrow."""
    import pyarrow as pa

    parts = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(parts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))])


class ArrowColumn:
    """A column that grows by arrays of pyarrow. Its different cells are found by pyarrow: in each array, and then in all, if they
    repeat; else in all at once. Where cells are ``unlike`` each other as a rule, they are all kept. Cells ``without_nul``, a character
    0, are numbers as long as all of them are short: those are told apart in half the time."""

    def __init__(self, *, unlike: bool, without_nul: bool = True) -> None:
        self.parts, self.size = list[Any](), 0
        self.unlike, self.repeats, self.are_short = unlike, not unlike, not unlike and without_nul

    def add(self, part: Any) -> None:
        if not len(part):
            return
        if self.are_short:
            numbers = _short_as_numbers(part)
            if numbers is None:
                self.are_short, self.parts = False, [*map(_with_texts, self.parts)]
            else:
                part = _arrow_of_numbers(numbers)
        if self.repeats:
            encoded = _compute("dictionary_encode", part)
            self.repeats = bool(self.parts) or 2 * len(encoded.dictionary) <= len(part)
            part = encoded if self.repeats else part
        self.parts.append(part)
        self.size += len(part)

    def coded(self) -> Coded[str]:
        """The column, without space around its cells. It is empty from then on."""
        import pyarrow as pa

        if not self.parts:
            return Coded([], np.zeros(0, dtype=np.int32))
        column = pa.chunked_array(self.parts)
        self.parts.clear()
        if self.unlike:
            instants = instants_of(column)
            if instants is None and any(map(_may_have_space, column.chunks)):
                column = _compute("utf8_trim_whitespace", column)
            return Coded(ArrowCells(column, instants=instants), np.arange(self.size, dtype=np.int32), differ=False)
        if self.are_short and not self.repeats:
            different, codes = _ordered_codes(_numbers_of(column))
            return _coded(_texts_of(different), codes, ordered=True)
        cells, codes = _by_dictionary(
            column.unify_dictionaries() if self.repeats else _compute("dictionary_encode", column)
        )
        return _coded(_texts_of(_numbers_of(cells)) if self.are_short else cells, codes)


def _may_have_space(texts: Any) -> bool:
    """Whether one of the texts begins or ends with space, or with a character that is not ASCII and may be space."""
    _, ends_of_texts, content = texts.buffers()
    if content is None:  # all are empty
        return False
    edges = np.frombuffer(ends_of_texts, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    signs, filled = np.frombuffer(content, dtype=np.uint8), edges[:-1] < edges[1:]
    return bool((MAY_BE_SPACE[signs[edges[:-1][filled]]] | MAY_BE_SPACE[signs[edges[1:][filled] - 1]]).any())


def _by_dictionary(column: Any) -> tuple[Any, Codes]:
    """The cells of a column that pyarrow has encoded, by one dictionary for all chunks, and its codes, (n,)."""
    cells = column.chunk(0).dictionary
    codes = [_numbers_of(chunk.indices) for chunk in column.chunks]
    return cells, np.concatenate(codes, dtype=kind_of_codes(len(cells)), casting="unsafe")


def _coded(cells: Any, codes: Codes, *, ordered: bool = False) -> Coded[str]:
    """A column by its different cells, without the space around them."""
    import pyarrow as pa

    plain = _compute("utf8_trim_whitespace", cells)
    if plain.equals(cells):
        return Coded(ArrowCells(pa.chunked_array([cells]), ordered=ordered), codes)
    encoded = _compute("dictionary_encode", plain)  # two of them may be the same now
    return Coded(ArrowCells(pa.chunked_array([encoded.dictionary])), _numbers_of(encoded.indices)[codes])


def _short_as_numbers(texts: Any) -> NDArray[np.uint64] | None:
    """Texts without a character 0 as whole numbers in the same order, (n,); None where one has more than eight bytes."""
    if _compute("max", _compute("binary_length", texts)).as_py() > BYTES_OF_NUMBER:
        return None
    padded = _compute("ascii_rpad", texts, BYTES_OF_NUMBER, padding="\0")
    return np.frombuffer(padded.buffers()[2], dtype=">u8")[: len(texts)].astype(np.uint64)


def _texts_of(numbers: NDArray[np.uint64]) -> Any:
    """The texts that became such numbers, as an array of pyarrow."""
    import pyarrow as pa

    signs = numbers.astype(">u8").view(np.uint8)
    is_text = signs != 0
    ends = np.append(0, np.cumsum(is_text.reshape(-1, BYTES_OF_NUMBER).sum(axis=1))).astype(np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(signs[is_text])]
    return pa.Array.from_buffers(pa.string(), numbers.size, buffers)


def _with_texts(part: Any) -> Any:
    """A part of a column whose cells are numbers, with their texts instead."""
    import pyarrow as pa

    if pa.types.is_dictionary(part.type):
        return pa.DictionaryArray.from_arrays(part.indices, _texts_of(_numbers_of(part.dictionary)))
    return _texts_of(_numbers_of(part))


def _ordered_codes(numbers: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], Codes]:
    """The different numbers in order, (m,), and of each number its place among them, (n,)."""
    order = np.argsort(numbers)
    numbers = numbers[order]
    is_first = np.append(True, numbers[1:] != numbers[:-1])
    different = numbers[is_first]
    del numbers
    places = np.cumsum(is_first, dtype=np.int32)
    places -= 1
    codes = np.empty_like(places)
    codes[order] = places
    return different, codes


def instants_of(texts: Any) -> Floats | None:
    """Times that are written alike, as in 2026-11-21T08:30:00Z, in seconds since the epoch, (n,); None where they are not. The
    same as :func:`ls_backend.formats.cells.moment` gives."""
    import pyarrow as pa

    if not len(texts) or ALIKE.fullmatch(first := texts[0].as_py()) is None:
        return None
    sizes = _compute("min_max", _compute("binary_length", texts)).as_py()
    if sizes["min"] != sizes["max"]:
        return None
    try:
        zone = "UTC" if first.endswith("Z") else None
        times = _numbers_of(_compute("cast", texts, pa.timestamp("us", zone)).cast(pa.int64()))
    except pa.ArrowException:
        return None
    return None if (np.abs(times) > MOST_MICROSECONDS).any() else np.asarray(times / 1e6)


def each_once(column: Coded[str]) -> Coded[str]:
    """A column whose different cells are there once."""
    if column.differ or not isinstance(column.cells, ArrowCells):
        return column.each_once()
    cells, codes = _by_dictionary(_compute("dictionary_encode", column.cells.texts))
    return _coded(cells, codes[column.codes])


def hold_any(cells: Sequence[str], texts: Collection[str]) -> bool:
    """Whether some of these texts are among the cells."""
    return cells.has_any(texts) if isinstance(cells, ArrowCells) else not {*texts}.isdisjoint(cells)


def places_holding(cells: Sequence[str], part: str) -> list[int]:
    """Where the cells stand that hold a part."""
    if isinstance(cells, ArrowCells):
        return [int(place) for place in np.flatnonzero(cells.holding(part))]
    return [place for place, cell in enumerate(cells) if part in cell]
