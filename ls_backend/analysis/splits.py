"""Which split a prompt belongs to: by its own text, so that it stays there when data is added.

Near-clones stay together, in the split of the one that was judged first. What is added later joins them there; only where a new
prompt links two groups that were apart does one of them move.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ls_backend.analysis.near_clones import near_clones, plain_words


class Split(StrEnum):
    """The parts of a set, by the names that trainers expect."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of prompts that are held back."""

    test: float = 0.1
    validation: float = 0.0


@dataclass(frozen=True, slots=True)
class Splits:
    """The split of each prompt, and how many are in the largest group of near-clones."""

    of_prompts: tuple[Split, ...]
    largest_group: int


def split_by_prompt(prompts: Sequence[str], shares: Shares) -> Splits:
    """They are given in the order in which they were judged first. Every slice gets its share, up to chance, because the text
    alone decides. An exact share would have to move prompts: with n of a slice, the n + 1st changes how many belong to testing, and
    whether a prompt is one of them would hang on which others came. What a model was trained on would be tested on later."""
    group = near_clones(prompts)
    of_group = {first: split_of(prompts[first], shares) for first in np.unique(group).tolist()}
    return Splits(tuple(of_group[first] for first in group.tolist()), int(np.bincount(group).max(initial=0)))


def split_of(prompt: str, shares: Shares) -> Split:
    """That of a prompt without near-clones."""
    digest = hashlib.sha256(plain_words(prompt).encode(errors="surrogatepass")).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < shares.test:
        return Split.TEST
    return Split.VALIDATION if place < shares.test + shares.validation else Split.TRAIN
