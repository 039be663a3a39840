"""What newcomers go through, and where they stand."""

import sqlalchemy as sa

from ls_backend.store.engine import Store
from ls_backend.store.records import NewcomerRecord, OnboardingItemRecord, OnboardingRecord
from ls_backend.store.tables import newcomers, onboarding_items, onboardings


def of_project(store: Store, project: int) -> OnboardingRecord | None:
    return store.first(OnboardingRecord, onboardings.c.project == project)


def items(store: Store, project: int) -> dict[str, OnboardingItemRecord]:
    """By item."""
    found = store.fetch(OnboardingItemRecord, onboarding_items.c.project == project)
    return {record.item: record for record in found}


def newcomers_of(store: Store, project: int) -> list[NewcomerRecord]:
    return store.fetch(NewcomerRecord, newcomers.c.project == project, order_by=[newcomers.c.annotator])


def newcomer(store: Store, project: int, annotator: str) -> NewcomerRecord | None:
    return store.first(NewcomerRecord, newcomers.c.project == project, newcomers.c.annotator == annotator)


def forget(store: Store, project: int, connection: sa.Connection) -> None:
    """The onboarding and its items; what became of newcomers stays."""
    for table in (onboardings, onboarding_items):
        store.execute(sa.delete(table).where(table.c.project == project), connection=connection)
