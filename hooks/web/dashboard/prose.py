"""Plain text for pages: with lists, as :func:`ls_backend.contracts.explain.explain` writes it, and with commands between backticks."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

COMMAND = re.compile(r"`([^`\n]+)`")


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


def with_commands(text: str) -> Markup:
    """A text in which what stands between backticks is set as code."""
    return Markup(COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704  (escaped before)
