"""What annotators chose for themselves."""

from ls_backend.store.engine import Store
from ls_backend.store.records import ChoiceRecord
from ls_backend.store.tables import choices


def of_annotator(store: Store, annotator: str) -> ChoiceRecord | None:
    return store.first(ChoiceRecord, choices.c.annotator == annotator)


def hides_figures(store: Store, annotator: str) -> bool:
    """Whether somebody wants no figures in the panel."""
    choice = of_annotator(store, annotator)
    return choice is not None and choice.hides_figures
