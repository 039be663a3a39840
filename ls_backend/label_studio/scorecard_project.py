"""The scorecard project: copies of the scorecards, as tasks of a Label Studio project of their own. Pure."""

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
    "updated",
)
SCORECARD_LABEL_CONFIG = (
    "<View>"
    + "".join(
        f'<Header size="6" value="{field.replace("_", " ")}"/><Text name="{field}" value="${field}"/>'
        for field in SCORECARD_FIELDS
    )
    + '<TextArea name="note" toName="annotator" placeholder="Notes"/></View>'
)


def scorecard_task_data(pseudonym: str, card: Scorecard, *, updated: str) -> dict[str, str]:
    """The data of a scorecard's task. Label Studio sorts columns of data as strings, so numbers are padded to a fixed width:
    that way they sort as numbers. A dash stands for what is not known, and sorts below every number."""
    return {
        "annotator": pseudonym,
        "standing": card.standing.value,
        "reputation": _padded(card.reputation.value, 5, 1),
        "reputation_low": _padded(card.reputation.low, 5, 1),
        "reputation_high": _padded(card.reputation.high, 5, 1),
        "self_consistency": _padded(card.self_consistency.value, 5, 3),
        "gold_accuracy": _padded(card.gold.value, 5, 3),
        "judgments": _padded(card.judgments, 6, 0),
        "retests": _padded(card.retests, 6, 0),
        "bonus": _money(card.bonus_minor, card.currency),
        "settled": _money(card.settled_minor, card.currency),
        "updated": updated,
    }


def _padded(value: float | None, width: int, digits: int) -> str:
    return "-" if value is None else f"{value:0{width}.{digits}f}"


def _money(minor: int, currency: str) -> str:
    return f"{_padded(minor / 100, 9, 2)} {currency}"
