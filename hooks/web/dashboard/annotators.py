"""Annotators: the table of them, and a page for each."""

from hooks.web.dashboard.pages import Pages


def register(pages: Pages) -> None:
    """Nothing yet."""
