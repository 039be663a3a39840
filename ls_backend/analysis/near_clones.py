"""Texts that say nearly the same: to be kept together where a set is split.

Texts are compared by the pairs of words that follow each other in them (Jaccard index). Candidates are found by MinHash (Broder
1997, the ``datasketch`` package) and its bands, so that not all pairs are compared; each candidate is then compared exactly.
Texts that differ in case, space and punctuation alone are the same.
"""

import re
import zlib
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy

from ls_backend.arrays import Ints

LEAST_SIMILARITY = 0.5  # of two texts that are near-clones
BANDS, ROWS = 21, 3  # a pair at the least similarity is found with chance 0.94, one at 0.6 with 0.99
MIXING = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)  # odd numbers
NOT_A_WORD = re.compile(r"[\W_]+")
Signatures: TypeAlias = npt.NDArray[np.uint64]
"""A number for each band of a text; two that have one in common are candidates. Shape (n, :data:`BANDS`)."""


def plain_words(text: str) -> str:
    """The words of a text in small letters, one space apart; of a text without words, the text."""
    return NOT_A_WORD.sub(" ", text.casefold()).strip() or text


def near_clones(texts: Sequence[str]) -> Ints:
    """The group of each text, (n,): the place of the first text that it is a near-clone of, directly or over others."""
    first_place: dict[str, int] = {}
    same = [first_place.setdefault(plain_words(text), place) for place, text in enumerate(texts)]
    plain, places = list(first_place), np.array(list(first_place.values()), dtype=np.int64)
    pairs = _candidates(signatures(plain))
    near = np.array([are_near(plain[one], plain[other]) for one, other in pairs.tolist()], dtype=np.bool_)
    group = np.zeros(len(texts), dtype=np.int64)
    group[places] = places[linked(pairs[near], len(plain))]
    return np.asarray(group[same] if same else group)


def signatures(plain: Sequence[str]) -> Signatures:
    """Those of texts of plain words."""
    bands = np.empty((len(plain), BANDS), dtype=np.uint64)
    if not plain:
        return bands
    from datasketch import MinHash  # takes a second to import, and the service starts without it

    min_hash = MinHash(num_perm=BANDS * ROWS, hashfunc=zlib.crc32)  # one for all: making one takes as long as using it
    for place, text in enumerate(plain):
        min_hash.clear()
        min_hash.update_batch(_word_pairs(text))
        signature = min_hash.hashvalues.astype(np.uint64).reshape(BANDS, ROWS)
        bands[place] = signature @ MIXING  # one number for each band; what it confuses is compared anyway
    return bands


def are_near(one: str, other: str) -> bool:
    """Whether two texts of plain words are near-clones."""
    of_one, of_other = _word_pairs(one), _word_pairs(other)
    common = len(of_one & of_other)
    return common / (len(of_one) + len(of_other) - common) >= LEAST_SIMILARITY


def linked(pairs: Ints, count: int) -> Ints:
    """Of each of so many things, the first that it is linked with, directly or over others, by pairs of places (m, 2); (count,)."""
    first = np.arange(count)
    if not len(pairs):
        return first
    links = scipy.sparse.coo_array((np.ones(len(pairs), dtype=np.bool_), (pairs[:, 0], pairs[:, 1])), (count, count))
    _, component = scipy.sparse.csgraph.connected_components(links, directed=False)
    _, first_of_component = np.unique(component, return_index=True)
    return np.asarray(first[first_of_component[component]])


def _word_pairs(text: str) -> frozenset[bytes]:
    words = text.encode(errors="surrogatepass").split(b" ")
    return frozenset(b" ".join(words[n : n + 2]) for n in range(max(len(words) - 1, 1)))


def _candidates(bands: Signatures) -> Ints:
    """Pairs of places of texts that may be near-clones, (m, 2): in each band every text, and the first that is like it."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for band in bands.T:
        _, first, code = np.unique(band, return_index=True, return_inverse=True)
        leader = first[code]
        followers = np.flatnonzero(leader != np.arange(leader.size))
        pairs.append(np.column_stack([leader[followers], followers]))
    return np.unique(np.concatenate(pairs), axis=0)
