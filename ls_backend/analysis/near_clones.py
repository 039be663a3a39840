"""Texts that say nearly the same: to be kept together where a set is split.

Texts are compared by the pairs of words that follow each other in them (Jaccard index). Candidates are found by MinHash (Broder
1997, the ``datasketch`` package) and its bands, so that not all pairs are compared; each candidate is then compared exactly.
Texts that differ in case, space and punctuation alone are the same.
"""

import re
import zlib
from collections.abc import Sequence

import numpy as np
import scipy

from ls_backend.arrays import Ints

LEAST_SIMILARITY = 0.5  # of two texts that are near-clones
BANDS, ROWS = 21, 3  # a pair at the least similarity is found with chance 0.94, one at 0.6 with 0.99
MIXING = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)  # odd numbers
NOT_A_WORD = re.compile(r"[\W_]+")


def plain_words(text: str) -> str:
    """The words of a text in small letters, one space apart; of a text without words, the text."""
    return NOT_A_WORD.sub(" ", text.casefold()).strip() or text


def near_clones(texts: Sequence[str]) -> Ints:
    """The group of each text, (n,): the place of the first text that it is a near-clone of, directly or over others."""
    first_place: dict[str, int] = {}
    same = [first_place.setdefault(plain_words(text), place) for place, text in enumerate(texts)]
    words, places = list(first_place), np.array(list(first_place.values()), dtype=np.int64)
    one, other = _similar_pairs([_word_pairs(text) for text in words])
    graph = scipy.sparse.coo_array((np.ones(one.size, dtype=np.bool_), (one, other)), shape=(len(words), len(words)))
    components = scipy.sparse.csgraph.connected_components
    count, component = components(graph, directed=False) if words else (0, np.zeros(0, dtype=np.int64))
    first_of_component = np.full(count, len(texts))
    np.minimum.at(first_of_component, component, places)
    group = np.zeros(len(texts), dtype=np.int64)
    group[places] = first_of_component[component]
    return np.asarray(group[same] if same else group)


def _word_pairs(text: str) -> frozenset[bytes]:
    words = text.encode(errors="surrogatepass").split(b" ")
    return frozenset(b" ".join(words[n : n + 2]) for n in range(max(len(words) - 1, 1)))


def _similar_pairs(word_pairs: Sequence[frozenset[bytes]]) -> tuple[Ints, Ints]:
    """Pairs of texts of the least similarity, two of (m,): in each band every text is compared with the first that is like it."""
    if not word_pairs:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    from datasketch import MinHash  # takes a second to import, and the service starts without it

    min_hash = MinHash(num_perm=BANDS * ROWS, hashfunc=zlib.crc32)  # one for all: making one takes as long as using it
    bands = np.empty((len(word_pairs), BANDS), dtype=np.uint64)
    for place, pairs in enumerate(word_pairs):
        min_hash.clear()
        min_hash.update_batch(pairs)
        signature = min_hash.hashvalues.astype(np.uint64).reshape(BANDS, ROWS)
        bands[place] = signature @ MIXING  # one number for each band; what it confuses is compared anyway
    candidates = set[tuple[int, int]]()
    for band in bands.T:
        _, first, code = np.unique(band, return_index=True, return_inverse=True)
        leader = first[code]
        followers = np.flatnonzero(leader != np.arange(leader.size))
        candidates.update(zip(leader[followers].tolist(), followers.tolist(), strict=True))
    similar = [
        (one, other)
        for one, other in sorted(candidates)
        if _jaccard(word_pairs[one], word_pairs[other]) >= LEAST_SIMILARITY
    ]
    found = np.array(similar, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _jaccard(one: frozenset[bytes], other: frozenset[bytes]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)
