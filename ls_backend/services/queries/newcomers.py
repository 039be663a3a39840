"""Newcomers of a project, as pages show them."""

from typing import TypeAlias

from ls_backend.services.context import Context
from ls_backend.store import onboarding
from ls_backend.store.records import NewcomerRecord

Newcomer: TypeAlias = NewcomerRecord  # pages ask the queries, never the store


def newcomers_of(ctx: Context, project: int) -> list[Newcomer]:
    """Everybody who has been in the project's training."""
    return onboarding.newcomers_of(ctx.store, project)
