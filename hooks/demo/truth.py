"""What is true in the demo: how the majority likes each pair, and which pairs are beyond dispute."""

import hashlib
from collections.abc import Sequence

from ls_backend.formats.pairs import Pair
from ls_backend.simulation.project import SimulatedAnnotator, preference
from ls_backend.types import Json

SHARE_CLEAR = 0.85  # of the pairs
PREFERENCE_CLEAR, PREFERENCE_CLOSE = 0.97, 0.85  # chance that the majority's response is preferred


class Truth:
    """Preferences on the pairs of a project, drawn from ``seed`` and the text of a pair alone."""

    def __init__(self, ordinary: Sequence[Pair], gold: Sequence[Pair], seed: int) -> None:
        self.seed = seed
        self.pairs = {_key(p.prompt, p.a, p.b): p for p in [*ordinary, *gold]}
        self.gold = {_key(p.prompt, p.a, p.b) for p in gold}

    def p_left(self, data: Json, annotator: SimulatedAnnotator, name: str) -> float:
        """The chance that an annotator, whose taste is drawn by ``name``, prefers the response on the left of a task with ``data``."""
        left, right = data["response_a"], data["response_b"]
        key = _key(data["prompt"], left, right)
        pair = self.pairs[key]
        is_gold = key in self.gold
        if is_gold:
            majority = 1.0 if (pair.gold or 1) > 0 else 0.0
        else:
            preferred = PREFERENCE_CLEAR if self._draw("decided", key) < SHARE_CLEAR else PREFERENCE_CLOSE
            likes_a = pair.chosen or self._draw("side", key) < 0.5
            majority = preferred if likes_a else 1 - preferred
        p_a = preference(annotator, majority, not is_gold, self._draw("taste", name, key))
        return p_a if left == pair.a else 1 - p_a

    def _draw(self, *parts: object) -> float:
        """In [0, 1), always the same for the same parts."""
        digest = hashlib.sha256(repr((self.seed, *parts)).encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


def _key(prompt: str, one: str, other: str) -> str:
    return hashlib.sha256("\x1f".join((prompt, *sorted((one, other)))).encode()).hexdigest()
