"""Who did what."""

from hooks.web.dashboard.pages import Pages


def register(pages: Pages) -> None:
    """Nothing yet."""
