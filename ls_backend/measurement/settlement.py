"""What a period pays, worked out from a snapshot of its evidence alone, so that anybody can work it out again. Pure.

A snapshot holds everything that the amounts follow from, as JSON: judgments, gold, contract, the bounds of the period,
earlier scores, and for each earlier period its own terms and what has been booked for it so far. Where the judgments of an
earlier period have changed since (an edit, a deletion, an event that came late), the difference is a correction. What is
paid out for a batch is never negative: a correction takes away at most what the same batch pays, and the rest stays owed
until a later one.

Amounts follow from the evidence by the annotator model, so a snapshot says which version of it was used: an earlier period that
was settled by another one is not corrected, for nobody's pay may change because the model did.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ls_backend.contracts.terms import Contract, Measured, Pay
from ls_backend.errors import InputError
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.pay import AnnotatorPay, PayInput, period_pay
from ls_backend.types import Json

MODEL = 1  # raised when the same evidence comes to other amounts than before
FIELDS = ("id", "annotator", "item", "preference", "mirrored", "at", "answer")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: ``period`` is what it is for, ``kind`` pay or correction, ``minor`` the amount in minor units,
    ``detail`` what was measured and the arithmetic in words."""

    annotator: str
    period: str
    kind: str
    minor: int
    detail: Json


def digest(snapshot: Json) -> str:
    """SHA-256 of a snapshot's canonical JSON."""
    text = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(snapshot: Json) -> list[Entry]:
    """The lines of a period: one of pay for each annotator with judgments in it, then corrections of earlier periods.

    Raises:
        InputError: the snapshot was made by another version of the model.
    """
    if snapshot.get("model") != MODEL:
        raise InputError(
            f"{snapshot['period']} was settled by version {snapshot.get('model', 'none')} of the model, this Steadyhand has "
            f"{MODEL}; work it out again with the Steadyhand that settled it"
        )
    rows = [_judgment(row) for row in snapshot["judgments"]]
    gold = {
        item: GoldItem(0, answer=known) if isinstance(known, str) else GoldItem(known)
        for item, known in snapshot["gold"].items()
    }
    found, left = [], dict[str, int]()
    for annotator, paid in _paid(rows, gold, snapshot).items():
        if paid.measured.judgments:
            found.append(Entry(annotator, snapshot["period"], "pay", paid.pay.minor, _detail(paid.measured, paid.pay)))
            left[annotator] = paid.pay.minor
    for earlier in snapshot["earlier"]:
        if earlier["model"] != MODEL:
            continue
        due = _paid(rows, gold, earlier)
        booked: Mapping[str, int] = earlier["booked"]
        for annotator in sorted({*due, *booked}):
            now = due[annotator].pay.minor if annotator in due else 0
            change = max(now - booked.get(annotator, 0), -left.get(annotator, 0))
            if change:
                left[annotator] = left.get(annotator, 0) + change
                reason = (
                    f"correction: {earlier['period']} comes to {now} by the judgments as they are now, "
                    f"{booked.get(annotator, 0)} were booked"
                )
                reasons = list(due[annotator].pay.reasons) if annotator in due else []
                found.append(Entry(annotator, earlier["period"], "correction", change, {"reasons": [reason, *reasons]}))
    return found


def _judgment(row: list[Any]) -> Judgment:
    told = dict(zip(FIELDS, row, strict=False))  # pairs have no answer, nor had the first snapshots
    return Judgment(**told | {"answer": told.get("answer") or ""})


def _paid(rows: list[Judgment], gold: Mapping[str, GoldItem], terms: Json) -> dict[str, AnnotatorPay]:
    until = Judgments.of(row for row in rows if row.at < terms["end"])
    return period_pay(
        PayInput(
            until,
            gold,
            Contract.parse(terms["contract"]),
            min_lag=terms["min_lag"],
            start=terms["start"],
            end=terms["end"],
            q=terms.get("q"),
            best_before=terms["best"],
            contracts={a: Contract.parse(text) for a, text in terms["contracts"].items()},
        )
    )


def _detail(seen: Measured, paid: Pay) -> Json:
    parts = {"base": paid.base.minor, "bonus": paid.bonus.minor, "improvement": paid.improvement.minor}
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(seen).items()}
    return {"measured": rounded, "parts": parts, "reasons": list(paid.reasons)}
