"""Writing lines into the ledger: each holds the hash of the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ls_backend.contracts.terms import Contract
from ls_backend.measurement.settlement import Entry, digest
from ls_backend.services.actor import Actor
from ls_backend.services.context import Context
from ls_backend.store import canonical, ledger
from ls_backend.store.records import ProjectRecord, SettlementKind
from ls_backend.types import Json

FIRST_PREVIOUS = "0" * 64  # what the first line of a ledger follows
HASHED = ("project", "settlement", "annotator", "period", "kind", "minor", "currency", "contract_version", "evidence", "detail", "at")  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewSettlement:
    """A settlement to be written: the time it pays for, the ``snapshot`` that its lines follow from, and the ``entries`` themselves."""

    name: str
    kind: SettlementKind
    start: float
    end: float
    snapshot: Json
    entries: Sequence[Entry]


def write_settlement(
    ctx: Context, actor: Actor, project: ProjectRecord, settlement: NewSettlement, connection: sa.Connection
) -> int:
    """Write a settlement with its evidence and its lines; returns its number. For who holds the lease of settling."""
    snapshot, now = settlement.snapshot, ctx.clock()
    evidence, currency = digest(snapshot), project.parsed_contract.currency
    settlement_row = {
        "project": project.id,
        "name": settlement.name,
        "kind": settlement.kind,
        "start": settlement.start,
        "end": settlement.end,
        "digest": evidence,
        "settled_at": now,
        "settled_by": actor.name,
    }
    number = ledger.add_settlement(ctx.store, settlement_row, canonical(snapshot), connection)
    previous = ledger.last_hash(ctx.store, project.id, connection) or FIRST_PREVIOUS
    for entry in settlement.entries:
        contract = Contract.parse(snapshot.get("contracts", {}).get(entry.annotator, project.contract))
        line: dict[str, object] = {
            "project": project.id,
            "settlement": number,
            "annotator": entry.annotator,
            "period": entry.period,
            "kind": entry.kind,
            "minor": entry.minor,
            "currency": currency,
            "contract_version": contract.version,
            "evidence": evidence,
            "detail": entry.detail,
            "at": now,
            "previous": previous,
        }
        line["hash"] = previous = line_hash(line)
        ledger.add_line(ctx.store, line, connection)
    return number


def line_hash(line: Mapping[str, Any]) -> str:
    """SHA-256 over the line before and this one's columns."""
    hashed = canonical({name: line[name] for name in HASHED})
    return hashlib.sha256((line["previous"] + hashed).encode()).hexdigest()
