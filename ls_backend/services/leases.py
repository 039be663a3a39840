"""The names of the leases: what only one process does at a time, over all processes on a database.

A lease spares work that would be done twice, and keeps apart what must not be mixed. None of those that a project's events need is
held while Label Studio is asked for something, but for ``pulling`` and ``placing``, which hold up neither events nor scorecards, and by
detaching, which must be alone.
"""

from zlib import crc32

PARTS = 8  # of a project's annotators: as many processes can score it at a time


def applying(project: int) -> str:
    """Applying the events in the inbox."""
    return f"apply-{project}"


def pulling(project: int) -> str:
    """Catching up by pulling."""
    return f"pull-{project}"


def placing(project: int) -> str:
    """Planning seeds and placing them."""
    return f"place-{project}"


def scoring(project: int) -> list[str]:
    """Folding and scoring, by the part of the annotators. Whoever takes the scale anew, which rests on everybody, has them all."""
    return [f"score-{project}-{part}" for part in range(PARTS)]


def part_of(annotator: str) -> int:
    """The part of a project in which an annotator is scored."""
    return crc32(annotator.encode()) % PARTS


def processing(project: int) -> list[str]:
    """All of these, in the order in which they are taken: for who must be alone with a project."""
    return [pulling(project), applying(project), placing(project), *scoring(project)]


def writing_back(project: int) -> str:
    """Copying scorecards and consensus into Label Studio."""
    return f"write-back-{project}"


def settling(project: int) -> str:
    """Closing a period, and resolving a dispute: whatever writes lines into the ledger."""
    return f"settle-{project}"


def guiding(project: int) -> str:
    """Saying which version of a guide is to be read, here and in the plugin."""
    return f"guide-{project}"


def pausing(project: int) -> str:
    """Pausing an annotator, and serving them again."""
    return f"pause-{project}"
