"""The scorecards as tasks of a Label Studio project of their own. Pure."""

from ls_backend.types import Json

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
SCORECARD_CONFIG = (
    "<View>"
    + "".join(
        f'<Header size="6" value="{f.replace("_", " ")}"/><Text name="{f}" value="${f}"/>' for f in SCORECARD_FIELDS
    )
    + '<TextArea name="note" toName="annotator" placeholder="Notes"/></View>'
)


def scorecard_data(pseudonym: str, card: Json, *, updated: str) -> dict[str, str]:
    """The task of a scorecard. Label Studio sorts data columns as strings, so numbers are padded to a fixed width:
    that way they sort as numbers. Unknown is a dash, which sorts below every number."""

    def number(value: float | None, width: int, digits: int) -> str:
        return "-" if value is None else f"{value:0{width}.{digits}f}"

    return {
        "annotator": pseudonym,
        "standing": card["standing"],
        "reputation": number(card["reputation"]["value"], 5, 1),
        "reputation_low": number(card["reputation"]["low"], 5, 1),
        "reputation_high": number(card["reputation"]["high"], 5, 1),
        "self_consistency": number(card["self_consistency"]["value"], 5, 3),
        "gold_accuracy": number(card["gold"]["value"], 5, 3),
        "judgments": number(card["judgments"], 6, 0),
        "retests": number(card["retests"], 6, 0),
        "bonus": f"{number(card['bonus_minor'] / 100, 9, 2)} {card['currency']}",
        "settled": f"{number(card.get('settled_minor', 0) / 100, 9, 2)} {card['currency']}",
        "updated": updated,
    }
