"""Holding the ledger to account: working every line out again from its evidence."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.errors import InputError
from ls_backend.measurement.settlement import EntryKind, Snapshot, digest, entries
from ls_backend.services.context import Context
from ls_backend.services.ledger_lines import FIRST_PREVIOUS, line_hash
from ls_backend.store import canonical, erasures, ledger
from ls_backend.store.engine import columns_of
from ls_backend.store.records import ErasureRecord, LedgerLine, SettlementKind
from ls_backend.types import Json

LineKey = tuple[str, str, EntryKind, int]
"""Annotator, period, kind and amount of a line."""


@dataclass(frozen=True, slots=True)
class Verification:
    """``faults`` says what does not hold."""

    lines: int
    settlements: int
    total_minor: int
    faults: tuple[str, ...]


def verify(ctx: Context, project: int | None = None) -> Verification:
    """Work every line out again from its evidence, and follow the chain; of one project or of all."""
    lines = ledger.lines(ctx.store, project=project)
    by_settlement: dict[int, list[LedgerLine]] = defaultdict(list)
    for line in lines:
        by_settlement[line.settlement].append(line)
    erased = erasures.of_project(ctx.store, project)
    rewritten, digests = dict[str, str](), dict[str, str]()
    for erasure in erased:
        rewritten |= erasure.lines
        digests |= erasure.digests
    faults = [*_erasure_faults(erased), *_chain_faults(lines, rewritten)]
    for number, own in by_settlement.items():
        faults += _evidence_faults(ctx, number, own, digests.get(str(number)))
    faults += _export_faults(ctx, project, by_settlement)
    return Verification(len(lines), len(by_settlement), sum(line.minor for line in lines), tuple(faults))


def erasure_hash(erasure: ErasureRecord) -> str:
    """SHA-256 over the note before and what this one says."""
    said = [erasure.project, erasure.alias, erasure.lines, erasure.digests, erasure.at, erasure.by]
    return hashlib.sha256((erasure.previous + canonical(said)).encode()).hexdigest()


def _erasure_faults(erased: list[ErasureRecord]) -> list[str]:
    """Notes of erasures that were changed, removed or put in."""
    faults = []
    last: dict[int, str] = {}
    for erasure in erased:
        if erasure.previous != last.get(erasure.project, FIRST_PREVIOUS) or erasure.hash != erasure_hash(erasure):
            faults.append(f"the note that {erasure.alias} was forgotten: it, or one before it, was changed or removed")
        last[erasure.project] = erasure.hash
    return faults


def _chain_faults(lines: list[LedgerLine], rewritten: Mapping[str, str]) -> list[str]:
    """Lines that were changed, removed or put in; ``rewritten`` are the hashes of those whose annotator was forgotten."""
    faults = []
    last: dict[int, str] = {}
    for line in lines:
        name = f"line {line.id} ({line.period}, annotator {line.annotator})"
        if line.previous != last.get(line.project, FIRST_PREVIOUS):
            faults.append(f"{name}: does not follow the line before it; a line was removed or put in")
        if rewritten.get(str(line.id), line.hash) != line_hash(columns_of(line)):
            faults.append(f"{name}: was changed after it was written")
        last[line.project] = line.hash
    return faults


def _evidence_faults(ctx: Context, number: int, lines: list[LedgerLine], erased_digest: str | None) -> list[str]:
    """What does not follow from a settlement's evidence; ``erased_digest`` is its digest where somebody in it was forgotten."""
    settlement = ledger.settlement(ctx.store, number)
    if settlement is None:
        return [f"settlement {number} of {len(lines)} lines is gone"]
    try:
        snapshot = ledger.evidence_of(ctx.store, number)
    except InputError as error:
        return [str(error)]
    if settlement.digest != lines[0].evidence or digest(snapshot) != (erased_digest or settlement.digest):
        return [f"{settlement.name}: the evidence is not what the lines were written from"]
    try:
        recomputed = recompute(settlement.kind, snapshot)
    except InputError as error:
        return [str(error)]
    written = [(line.annotator, line.period, line.kind, line.minor) for line in lines]
    faults = []
    for key in sorted({*recomputed, *written}):
        if recomputed.count(key) != written.count(key):
            word = (
                "is in the ledger, but the evidence says otherwise"
                if key in written
                else "follows from the evidence, but is missing"
            )
            annotator, period, kind, minor = key
            faults.append(f"{settlement.name}: {kind} of {minor} to annotator {annotator} for {period} {word}")
    return faults


def recompute(kind: SettlementKind, snapshot: Json) -> list[LineKey]:
    """The lines that follow from a settlement's evidence."""
    if kind is SettlementKind.RESOLUTION:
        return [(snapshot["annotator"], snapshot["period"], EntryKind.DISPUTE, snapshot["minor"])]
    return [(entry.annotator, entry.period, entry.kind, entry.minor) for entry in entries(Snapshot.from_dict(snapshot))]


def _export_faults(ctx: Context, project: int | None, by_settlement: dict[int, list[LedgerLine]]) -> list[str]:
    """Payout exports that paid another total than their settlement's lines come to."""
    faults = []
    for export in ledger.exports_of(ctx.store, project=project):
        total = sum(line.minor for line in by_settlement.get(export.settlement, []))
        if total != export.total_minor:
            faults.append(
                f"export {export.number} of settlement {export.settlement} paid {export.total_minor}, its lines come to {total}"
            )
    return faults
