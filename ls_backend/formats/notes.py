"""What has to be said of a file beside its figures. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_EXAMPLES = 5


class NoteKind(StrEnum):
    """``WARNING``: the figures may not be what they should be. ``LEFT_OUT``: something was not counted. ``UNDERSTOOD``: something
    was read in a way that the file does not say itself."""

    WARNING = "warning"
    LEFT_OUT = "left out"
    UNDERSTOOD = "understood"


@dataclass(frozen=True, slots=True)
class ReadingNote:
    """A sentence about how a file was read; ``rows`` is how many rows, or annotations, are no judgments for that reason."""

    kind: NoteKind
    text: str
    rows: int = 0


def counted(count: int, thing: str) -> str:
    """``1 row``, ``3 rows``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def listed(names: Iterable[object], *, most: int | None = None) -> str:
    """Names in a row, in the order given; of more than ``most`` only the first."""
    texts = [str(name) for name in names]
    if most is not None and len(texts) > most:
        texts = [*texts[:most], "..."]
    return ", ".join(texts) or "none"


def examples(values: Iterable[str]) -> str:
    """The first values in order, quoted and cut."""
    return listed((repr(value[:40]) for value in sorted(values)), most=MOST_EXAMPLES)
