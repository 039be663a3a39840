"""What is true in the demo: how the majority likes each pair, and which pairs are beyond dispute. Where a reward model's margin is
given (``MARGIN_FIELD``, positive for the first response), it tells which response the majority prefers, and which pairs are close."""

import hashlib
from collections.abc import Sequence

from ls_backend.formats.pairs import Pair
from ls_backend.label_studio.tasks import read_margin
from ls_backend.simulation.project import SimulatedAnnotator, preference
from ls_backend.types import Json

SHARE_CLEAR = 0.85  # of the pairs
MARGIN_FIELD = "margin"
MARGIN_CLEAR = 0.4  # a pair with a smaller margin is close
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
            margin = margin_of(pair)
            is_clear = self._draw("decided", key) < SHARE_CLEAR if margin is None else abs(margin) >= MARGIN_CLEAR
            likes_a = pair.chosen or (self._draw("side", key) < 0.5 if margin is None else margin > 0)
            preferred = PREFERENCE_CLEAR if is_clear else PREFERENCE_CLOSE
            majority = preferred if likes_a else 1 - preferred
        p_a = preference(annotator, majority, not is_gold, self._draw("taste", name, key))
        return p_a if left == pair.a else 1 - p_a

    def _draw(self, *parts: object) -> float:
        """In [0, 1), always the same for the same parts."""
        digest = hashlib.sha256(repr((self.seed, *parts)).encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


def margin_of(pair: Pair) -> float | None:
    """How much a reward model prefers the first response, where that is given."""
    return read_margin(dict(pair.extra), (MARGIN_FIELD,))


def _key(prompt: str, one: str, other: str) -> str:
    return hashlib.sha256("\x1f".join((prompt, *sorted((one, other)))).encode()).hexdigest()
