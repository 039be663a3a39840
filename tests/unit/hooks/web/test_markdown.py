"""Markdown as HTML: safe, and with what is new marked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.web.markdown import render

OLD = "# Guide\n\nRead both.\n\n- first\n- second\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"


def marked(text: str, read: str) -> list[str]:
    parts = re.findall(r'<div class="new"[^>]*>(.*?)</div>', render(text, read=read), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in parts]


def test_what_a_guide_needs_is_rendered() -> None:
    html = render(OLD + "\n**bold** [there](https://example.org/x)\n\n1. one\n\n> said\n\n`code`\n")
    for part in ("<h1>Guide</h1>", "<li>first</li>", "<td>1</td>", "<strong>bold</strong>", "<blockquote>", "<code>"):
        assert part in html
    assert '<a href="https://example.org/x" rel="noopener noreferrer">there</a>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://example.org/tracker.png)",
        "[x]: javascript:alert(1)\n\n[x]",
        '[a](https://x.y "onclick=alert(1)")<b onclick="x">',
    ],
)
def test_nothing_of_a_guide_runs_or_calls_elsewhere(text: str) -> None:
    html = render(text)
    assert not re.search(r"<(script|img|b|iframe|style)\b", html)
    assert not re.search(r"<[^>]*(javascript:|data:)", html)
    assert not re.search(r"<[a-z]+[^>\"]*\son\w+=", html)


@given(st.text(alphabet="<>&\"'ab/ =#*`[]()!:\n-|", max_size=200))
def test_whatever_is_written_only_known_tags_come_out(text: str) -> None:
    tags = set(re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", render(text)))
    known = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong"}
    assert tags <= known | {"a", "br", "hr", "s", "table", "thead", "tbody", "tr", "th", "td"}


@given(st.text(alphabet="ab #*-`\n|>1.", max_size=200))
def test_nothing_is_new_in_what_was_read(text: str) -> None:
    assert marked(text, text) == []
    assert render(text, read=text) == render(text)


def test_what_was_added_and_changed_is_marked_and_what_moved_is_not() -> None:
    assert marked(OLD + "\nThe shorter one wins.\n", OLD) == ["The shorter one wins."]
    assert marked(OLD.replace("both", "both to the end"), OLD) == ["Read both to the end."]
    assert marked("Read both.\n\n# Guide\n", OLD) == []
    assert marked(OLD.replace("- second", "- second\n- third"), OLD) == ["first second third"]
    assert len(marked(OLD, "")) == 4
