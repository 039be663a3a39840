"""The contract, the period so far, settlements, the ledger, disputes."""

from hooks.web.dashboard.pages import Pages


def register(pages: Pages) -> None:
    """Nothing yet."""
