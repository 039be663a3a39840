"""Files with texts, as the reader of tables takes them. Pure: whoever calls opens them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file: what errors call it (``source``), its bytes from the first one on each time it is opened (``open``; None where that can
    be done only once), and all of its ``text``.

    ``text`` raises InputError where it can't be read, or is in another encoding than UTF-8 or UTF-16; ``open`` raises OSError."""

    source: str
    text: Callable[[], str]
    open: Callable[[], BinaryIO] | None = None
