"""The `steadyhand` command."""

from hooks.cli.commands import main

__all__ = ["main"]
