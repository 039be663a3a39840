"""The anonymised page to publish."""

from hooks.web.dashboard.pages import Pages


def register(pages: Pages) -> None:
    """Nothing yet."""
