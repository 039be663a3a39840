"""An error message that names every bad line of a file. Pure."""

from ls_backend.errors import InputError

MAX_MESSAGES = 10


class LineErrors:
    """Collects what is wrong, by line, and raises once everything was read."""

    def __init__(self, source: str) -> None:
        self.source, self.messages = source, list[tuple[int, str]]()

    def add(self, line: int, message: str) -> None:
        self.messages.append((line, message))

    def raise_if_any(self, *, further: int = 0) -> None:
        """Raises InputError with the messages of the first lines and the number of the others, ``further`` ones among them."""
        if self.messages:
            texts = [f"{self.source}, line {line}: {message}" for line, message in sorted(self.messages)]
            more = len(texts) + further - MAX_MESSAGES
            rest = [f"... and {more} more lines like these"] if more > 0 else []
            raise InputError("\n".join(texts[:MAX_MESSAGES] + rest))
