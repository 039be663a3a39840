"""Markdown as HTML that is safe to show, with what is new in it marked.

Rendered by markdown-it-py (CommonMark and tables, no HTML of the writer's own) and cleaned by nh3. What is new is told by blocks, the
paragraphs, headings, lists and tables on the outermost level: their source is compared with that of the text before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "a",
        "br",
        "hr",
        "s",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
NEW = Markup('<div class="new" role="group" aria-label="New since you read it">{}</div>')
PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text on the outermost level: its source without the blanks around it, and its tokens."""

    source: str
    tokens: Sequence[Token]


def render(text: str, *, read: str | None = None) -> Markup:
    """A text as HTML. With the text that was ``read`` before, blocks that were not in it are marked."""
    environment: dict[str, object] = {}
    blocks = _blocks(text, environment)
    new = _new_blocks([b.source for b in _blocks(read, {})], [b.source for b in blocks]) if read is not None else set()
    parts = []
    for number, block in enumerate(blocks):
        html = _clean(PARSER.renderer.render(block.tokens, PARSER.options, environment))
        parts.append(NEW.format(html) if number in new else html)
    return Markup("").join(parts)


def _blocks(text: str, environment: dict[str, object]) -> list[Block]:
    lines, blocks = text.split("\n"), []
    tokens = PARSER.parse(text, environment)
    start = 0
    for number, token in enumerate(tokens):
        if token.level == 0 and token.nesting <= 0:  # the end of a block, or one that is a single token
            first = tokens[start]
            begin, end = first.map or (0, 0)
            blocks.append(Block("\n".join(lines[begin:end]).strip(), tokens[start : number + 1]))
            start = number + 1
    return blocks


def _new_blocks(before: Sequence[str], after: Sequence[str]) -> set[int]:
    """Which blocks of ``after`` are not in ``before``, at their place or moved."""
    same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {match.b + n for match in same for n in range(match.size)}
    return {n for n, source in enumerate(after) if n not in kept and source not in set(before)}


def _clean(html: str) -> Markup:
    safe = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer"
    )
    return Markup(safe)  # noqa: S704  (cleaned)
