"""What is checked, what it costs, and what other rates would."""

from hooks.web.dashboard.pages import Pages


def register(pages: Pages) -> None:
    """Nothing yet."""
