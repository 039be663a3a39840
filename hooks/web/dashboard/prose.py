"""Plain text with lists, as :func:`ls_backend.contracts.explain.explain` writes it, for pages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of one entry, or a list."""

    is_list: bool
    entries: list[str]


def blocks(text: str) -> list[Block]:
    """The paragraphs and lists of a text: a line that begins with ``- `` is an entry, an indented one goes on with it."""
    found: list[Block] = []
    for line in text.splitlines():
        if line.startswith("- "):
            if not found or not found[-1].is_list:
                found.append(Block(is_list=True, entries=[]))
            found[-1].entries.append(line.removeprefix("- "))
        elif line.startswith("  ") and found:
            found[-1].entries[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(Block(is_list=False, entries=[line.strip()]))
    return found
