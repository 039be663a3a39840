"""What a period pays, worked out from a snapshot of its evidence alone, so that anybody can work it out again. Pure.

A snapshot holds everything that the amounts follow from: judgments, gold, contract, the bounds of the period, earlier scores,
and for each earlier period its own terms and what has been booked for it so far. Where the judgments of an earlier period have
changed since (an edit, a deletion, an event that came late), the difference is a correction. A settlement never takes money from
an annotator: a correction takes away at most what the same settlement pays, and the rest stays owed until a later one.

Amounts follow from the evidence by the annotator model, so a snapshot says which version of it was used. An earlier period that
was settled by another version is not corrected: nobody's pay may change because the model did.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from ls_backend import records
from ls_backend.contracts.terms import Contract, money
from ls_backend.errors import InputError
from ls_backend.measurement.judgments import GoldItem, Judgment, Judgments
from ls_backend.measurement.pay import MODEL_VERSION, MODEL_VERSIONS, AnnotatorPay, PayInput, period_pay
from ls_backend.types import Json

JUDGMENT_COLUMNS = (
    "id",
    "annotator",
    "item",
    "preference",
    "mirrored",
    "at",
    "answer",
    "margin",
)  # of a judgment in a snapshot


@dataclass(frozen=True, kw_only=True)
class PeriodTerms:
    """What a period is paid by. ``start`` (included) and ``end`` (not) are in seconds since the epoch; ``contract`` is the text of
    the project's contract, ``contracts`` those of single annotators; ``best`` are annotators' best scores of earlier periods;
    ``model`` is the version of the annotator model, None where the snapshot is older than versions are."""

    period: str
    start: float
    end: float
    contract: str
    contracts: Mapping[str, str]
    min_lag: int
    best: Mapping[str, float]
    q: float | None = None
    model: int | None = None


@dataclass(frozen=True, kw_only=True)
class EarlierPeriod(PeriodTerms):
    """A period that was settled before, and what has been ``booked`` for it so far, in minor units by annotator."""

    booked: Mapping[str, int]

    @classmethod
    def from_dict(cls, snapshot: Json, *, booked: Mapping[str, int]) -> "EarlierPeriod":
        """From the JSON of the snapshot by which the period was settled."""
        return records.from_dict(cls, snapshot | {"booked": booked})


@dataclass(frozen=True, kw_only=True)
class Snapshot(PeriodTerms):
    """The evidence of one settlement: all ``judgments`` up to the end of the last period, and ``gold`` items by name."""

    judgments: Sequence[Judgment]
    gold: Mapping[str, GoldItem]
    earlier: Sequence[EarlierPeriod]

    def to_dict(self) -> Json:
        """As JSON, in which a judgment is a row of :data:`JUDGMENT_COLUMNS`, and a gold item its preferred response or answer,
        with the author where it has one."""
        rows = [
            [j.id, j.annotator, j.item, j.preference, j.mirrored, j.at, j.answer or None]
            + ([] if j.margin is None else [j.margin])
            for j in self.judgments
        ]
        gold = {name: _gold_to_json(item) for name, item in sorted(self.gold.items())}
        terms = {k: v for k, v in vars(self).items() if k not in ("judgments", "gold")}
        return {**records.to_json(terms), "judgments": rows, "gold": gold}

    @classmethod
    def from_dict(cls, snapshot: Json) -> "Snapshot":
        """What :meth:`to_dict` wrote, also by earlier versions of it."""
        judgments = [_judgment(row) for row in snapshot["judgments"]]
        gold = {name: _gold_item(value) for name, value in snapshot["gold"].items()}
        return records.from_dict(cls, snapshot | {"judgments": judgments, "gold": gold})


def _gold_to_json(item: GoldItem) -> Any:
    known = item.answer or item.preferred
    return [known, item.author] if item.author else known


def _gold_item(value: Any) -> GoldItem:
    known, author = value if isinstance(value, list) else (value, "")
    return GoldItem(0, answer=known, author=author) if isinstance(known, str) else GoldItem(known, author=author)


def _judgment(row: list[Any]) -> Judgment:
    values = dict(zip(JUDGMENT_COLUMNS, row, strict=False))  # the last ones may be missing
    return Judgment(**values | {"answer": values.get("answer") or ""})


class EntryKind(StrEnum):
    """Why a line stands in the ledger."""

    PAY = "pay"
    CORRECTION = "correction"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: ``period`` is what it is for, ``minor`` the amount in minor units, ``detail`` what was measured and the
    arithmetic in words, as JSON."""

    annotator: str
    period: str
    kind: EntryKind
    minor: int
    detail: Json


def digest(snapshot: Json) -> str:
    """SHA-256 of a snapshot's canonical JSON."""
    text = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(snapshot: Snapshot) -> list[Entry]:
    """The lines of a period: one of pay for each annotator with judgments in it, then corrections of earlier ones.

    Raises:
        InputError: the snapshot was made by a version of the model that can't be computed here.
    """
    if snapshot.model not in MODEL_VERSIONS:
        version = "none" if snapshot.model is None else snapshot.model
        raise InputError(
            f"{snapshot.period} was settled by version {version} of the model, this Steadyhand has {MODEL_VERSION}; work it "
            "out again with the Steadyhand that settled it"
        )
    payments = [
        Entry(annotator, snapshot.period, EntryKind.PAY, paid.pay.minor, _detail(paid))
        for annotator, paid in _pay(snapshot, snapshot).items()
        if paid.measured.judgments
    ]
    return [*payments, *_corrections(snapshot, {entry.annotator: entry.minor for entry in payments})]


def _corrections(snapshot: Snapshot, payable: dict[str, int]) -> list[Entry]:
    """What earlier periods come to beyond what is booked for them; ``payable`` is what this settlement pays so far."""
    corrections = []
    for earlier in snapshot.earlier:
        if earlier.model not in MODEL_VERSIONS:
            continue
        currency = Contract.parse(earlier.contract).currency
        pay = {annotator: paid.pay for annotator, paid in _pay(snapshot, earlier).items()}
        for annotator in sorted({*pay, *earlier.booked}):
            due = pay[annotator].minor if annotator in pay else 0
            booked = earlier.booked.get(annotator, 0)
            change = max(due - booked, -payable.get(annotator, 0))
            if not change:
                continue
            payable[annotator] = payable.get(annotator, 0) + change
            reasons = [
                f"correction: {earlier.period} comes to {money(due, currency)} by the judgments and the gold as they are now, "
                f"{money(booked, currency)} were booked",
                *(pay[annotator].reasons if annotator in pay else ()),
            ]
            corrections.append(Entry(annotator, earlier.period, EntryKind.CORRECTION, change, {"reasons": reasons}))
    return corrections


def _pay(snapshot: Snapshot, terms: PeriodTerms) -> dict[str, AnnotatorPay]:
    """What a period comes to by its own terms and the snapshot's judgments."""
    return period_pay(
        PayInput(
            Judgments.of(judgment for judgment in snapshot.judgments if judgment.at < terms.end),
            snapshot.gold,
            Contract.parse(terms.contract),
            min_lag=terms.min_lag,
            start=terms.start,
            end=terms.end,
            q=terms.q,
            best_before=terms.best,
            contracts={annotator: Contract.parse(text) for annotator, text in terms.contracts.items()},
            model=MODEL_VERSION if terms.model is None else terms.model,
        )
    )


def _detail(paid: AnnotatorPay) -> Json:
    pay = paid.pay
    parts = {"base": pay.base.minor, "bonus": pay.bonus.minor, "improvement": pay.improvement.minor}
    measured = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(paid.measured).items()}
    return {"measured": measured, "parts": parts, "reasons": list(pay.reasons)}
