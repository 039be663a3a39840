"""The scorecard project: copies of the scorecards, as tasks of a Label Studio project of their own. Pure."""

from ls_backend.label_studio.saved_tabs import SavedTab
from ls_backend.measurement.estimate import rounded
from ls_backend.measurement.scorecard import Scorecard

SCORECARD_FIELDS = (
    "annotator",
    "standing",
    "reputation",
    "reputation_low",
    "reputation_high",
    "self_consistency",
    "gold_accuracy",
    "judgments",
    "retests",
    "bonus",
    "settled",
    "currency",
    "updated",
)
NUMBERS = tuple(field for field in SCORECARD_FIELDS if field not in ("annotator", "standing", "currency", "updated"))
IN_WORDS = "in_words"
"""The figures of a card as a sentence, for the page of its task."""
SCORECARD_TAB = SavedTab("Scorecards", numbers=NUMBERS, hidden=(IN_WORDS,), sorted_by="-tasks:data.reputation")
"""Our columns alone, numbers sorted as numbers."""

SCORECARD_LABEL_CONFIG = (
    "<View>"
    + "".join(
        f'<Header size="6" value="{field.replace("_", " ")}"/><Text name="{field}" value="${field}"/>'
        for field in ("annotator", "standing", IN_WORDS, "updated")
    )
    + '<TextArea name="note" toName="annotator" placeholder="Notes"/></View>'
)
"""It names only what every card has: Label Studio refuses a task with no value for a field that is named here."""


def scorecard_task_data(pseudonym: str, card: Scorecard, *, updated: str) -> dict[str, str | float | None]:
    """The data of a scorecard's task; None for what is not known. :data:`SCORECARD_TAB` sorts numbers as numbers."""
    figures: dict[str, float | None] = {
        "reputation": rounded(card.reputation.value, 1),
        "reputation_low": rounded(card.reputation.low, 1),
        "reputation_high": rounded(card.reputation.high, 1),
        "self_consistency": rounded(card.self_consistency.value, 3),
        "gold_accuracy": rounded(card.gold.value, 3),
        "judgments": card.judgments,
        "retests": card.retests,
        "bonus": card.bonus_minor / 100,
        "settled": card.settled_minor / 100,
    }
    words = (f"{name.replace('_', ' ')} {'not known' if value is None else value}" for name, value in figures.items())
    return {
        "annotator": pseudonym,
        "standing": card.standing.value,
        **figures,
        "currency": card.currency,
        "updated": updated,
        IN_WORDS: ", ".join(words),
    }
