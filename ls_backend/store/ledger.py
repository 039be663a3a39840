"""Settlements, the lines of the ledger, payout exports and disputes."""

import gzip
import json
import zlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from ls_backend.errors import InputError
from ls_backend.measurement.settlement import EntryKind
from ls_backend.store.engine import Store
from ls_backend.store.records import (
    DisputeRecord,
    LedgerLine,
    PayoutExportRecord,
    SettlementKind,
    SettlementRecord,
)
from ls_backend.store.tables import disputes, exports, ledger, settlements
from ls_backend.types import Json

FOREVER = datetime(9999, 1, 1, tzinfo=UTC).timestamp()  # where 0.1.0 let the whole project end

SETTLED_UNTIL = sa.case(
    (settlements.c.end < settlements.c.settled_at, settlements.c.end),
    (sa.and_(settlements.c.name.like("all%"), settlements.c.end < FOREVER), settlements.c.end),
    else_=settlements.c.settled_at,
)
"""Up to when a settled period holds work. The whole project does up to its own end, which is a little later where Label Studio's clock is
ahead of ours; another period that was settled before it was over up to then, and the rest of it is paid by a correction."""

# --- settlements ------------------------------------------------------------------------------------------------------


def settled(store: Store, project: int, kind: SettlementKind | None = None) -> list[SettlementRecord]:
    """Settlements of a project, oldest first."""
    which = [settlements.c.project == project]
    if kind is not None:
        which.append(settlements.c.kind == kind)
    return store.fetch(SettlementRecord, *which, order_by=[settlements.c.id])


def unapproved(store: Store, project: int, kind: SettlementKind | None = None) -> list[SettlementRecord]:
    """Those of the settlements that nobody has approved yet."""
    return [settlement for settlement in settled(store, project, kind) if settlement.approved_at is None]


def settlement_named(store: Store, project: int, name: str) -> SettlementRecord | None:
    return store.first(SettlementRecord, settlements.c.project == project, settlements.c.name == name)


def settlement(store: Store, number: int) -> SettlementRecord | None:
    return store.first(SettlementRecord, settlements.c.id == number)


def add_settlement(store: Store, row: Mapping[str, object], evidence: str, connection: sa.Connection) -> int:
    """``evidence`` is the snapshot's canonical JSON; it is kept compressed."""
    compressed = gzip.compress(evidence.encode(), mtime=0)
    return store.insert(settlements, {**row, "evidence": compressed}, connection=connection)


def evidence_of(store: Store, number: int) -> Json:
    """The snapshot that a settlement's lines follow from.

    Raises:
        InputError: it can't be read.
    """
    name, evidence = store.rows(
        sa.select(settlements.c.name, settlements.c.evidence).where(settlements.c.id == number)
    )[0]
    try:
        return dict(json.loads(gzip.decompress(evidence)))
    except (OSError, EOFError, ValueError, TypeError, zlib.error) as error:
        raise InputError(f"{name}: the evidence can't be read ({error}); restore the database from a backup") from error


def replace_evidence(store: Store, number: int, evidence: str, connection: sa.Connection) -> None:
    """Where a person is forgotten; the digest stays that of what the lines were written from."""
    compressed = gzip.compress(evidence.encode(), mtime=0)
    one = sa.update(settlements).where(settlements.c.id == number).values(evidence=compressed)
    store.execute(one, connection=connection)


def approve(store: Store, number: int, *, by: str) -> None:
    approval = {"approved_at": store.clock(), "approved_by": by}
    store.execute(sa.update(settlements).where(settlements.c.id == number).values(**approval))


def settled_until(store: Store, project: int) -> float:
    """Up to when work is settled; what came later is not paid yet."""
    periods = sa.and_(settlements.c.project == project, settlements.c.kind == SettlementKind.PERIOD)
    latest = store.rows(sa.select(sa.func.max(SETTLED_UNTIL)).where(periods))[0][0]
    return 0.0 if latest is None else float(latest)


# --- lines ------------------------------------------------------------------------------------------------------------


def lines(store: Store, *, project: int | None = None, settlement: int | None = None) -> list[LedgerLine]:
    """Lines in the order in which they were written."""
    which = [] if project is None else [ledger.c.project == project]
    if settlement is not None:
        which.append(ledger.c.settlement == settlement)
    return store.fetch(LedgerLine, *which, order_by=[ledger.c.id])


def lines_of(store: Store, project: int, annotator: str) -> list[LedgerLine]:
    """An annotator's own lines, newest first."""
    theirs = (ledger.c.project == project, ledger.c.annotator == annotator)
    return store.fetch(LedgerLine, *theirs, order_by=[ledger.c.id.desc()])


def line(store: Store, project: int, entry: int) -> LedgerLine | None:
    return store.first(LedgerLine, ledger.c.project == project, ledger.c.id == entry)


def add_line(store: Store, row: Mapping[str, object], connection: sa.Connection) -> None:
    store.insert(ledger, row, connection=connection)


def last_hash(store: Store, project: int, connection: sa.Connection) -> str | None:
    query = sa.select(ledger.c.hash).where(ledger.c.project == project).order_by(ledger.c.id.desc()).limit(1)
    rows = store.rows(query, connection=connection)
    return str(rows[0][0]) if rows else None


def totals(store: Store, project: int, annotators: Collection[str] | None = None) -> dict[str, int]:
    """What is in the ledger for each annotator, or some of them, in minor units."""
    return _sums(store, ledger.c.project == project, *_of(annotators))


def booked(store: Store, project: int, period: str, annotators: Collection[str] | None = None) -> dict[str, int]:
    """What was booked for a period so far, pay and corrections, by annotator, or for some of them, in minor units."""
    kinds = ledger.c.kind.in_((EntryKind.PAY, EntryKind.CORRECTION))
    return _sums(store, ledger.c.project == project, ledger.c.period == period, kinds, *_of(annotators))


def _of(annotators: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if annotators is None else [ledger.c.annotator.in_(annotators)]


def last_line(store: Store, project: int) -> int:
    """The number of the line written last; 0 without any."""
    return int(store.rows(sa.select(sa.func.max(ledger.c.id)).where(ledger.c.project == project))[0][0] or 0)


def payouts(store: Store, settlement: int) -> dict[str, int]:
    """What a settlement pays out, by annotator, in minor units."""
    return _sums(store, ledger.c.settlement == settlement)


def _sums(store: Store, *which: sa.ColumnElement[bool]) -> dict[str, int]:
    query = sa.select(ledger.c.annotator, sa.func.sum(ledger.c.minor)).where(*which).group_by(ledger.c.annotator)
    return {annotator: int(minor) for annotator, minor in store.rows(query)}


def pay_details_before(store: Store, project: int, start: float) -> list[tuple[str, Json]]:
    """Annotator and detail of each line of pay of the periods that ended by ``start``."""
    query = (
        sa.select(ledger.c.annotator, ledger.c.detail)
        .join(settlements, settlements.c.id == ledger.c.settlement)
        .where(ledger.c.project == project, ledger.c.kind == EntryKind.PAY, settlements.c.end <= start)
    )
    return [(annotator, detail) for annotator, detail in store.rows(query)]


# --- payout exports ---------------------------------------------------------------------------------------------------


def exports_of(store: Store, *, settlement: int | None = None, project: int | None = None) -> list[PayoutExportRecord]:
    which = [] if settlement is None else [exports.c.settlement == settlement]
    if project is not None:
        which.append(exports.c.project == project)
    return store.fetch(PayoutExportRecord, *which, order_by=[exports.c.settlement, exports.c.number])


def exports_with_files(store: Store, settlement: int) -> set[int]:
    """The numbers of a settlement's exports whose files are kept."""
    rows = store.rows(sa.select(exports.c.number, exports.c.files).where(exports.c.settlement == settlement))
    return {number for number, files in rows if files}


def export_files(store: Store, settlement: int, number: int) -> dict[str, str]:
    """The files of an export by name; {} where they are not kept: they went with somebody who was erased, say."""
    one = (exports.c.settlement == settlement, exports.c.number == number)
    rows = store.rows(sa.select(exports.c.files).where(*one))
    return dict(rows[0][0] or {}) if rows else {}


def add_export(store: Store, row: Mapping[str, object]) -> None:
    store.insert(exports, row)


# --- disputes ---------------------------------------------------------------------------------------------------------


def add_dispute(store: Store, row: Mapping[str, object]) -> int:
    return store.insert(disputes, row)


def dispute(store: Store, project: int, number: int) -> DisputeRecord | None:
    return store.first(DisputeRecord, disputes.c.project == project, disputes.c.id == number)


def open_disputes(store: Store, project: int) -> list[DisputeRecord]:
    """Disputes that nobody has resolved yet, oldest first."""
    return store.fetch(
        DisputeRecord, disputes.c.project == project, disputes.c.resolved_at.is_(None), order_by=[disputes.c.id]
    )


def disputes_of(store: Store, project: int, annotator: str) -> list[DisputeRecord]:
    """An annotator's own, newest first."""
    theirs = (disputes.c.project == project, disputes.c.annotator == annotator)
    return store.fetch(DisputeRecord, *theirs, order_by=[disputes.c.id.desc()])


def resolve_dispute(store: Store, number: int, connection: sa.Connection, *, text: str, minor: int, by: str) -> None:
    resolution = {"resolution": text, "minor": minor, "resolved_by": by, "resolved_at": store.clock()}
    store.execute(sa.update(disputes).where(disputes.c.id == number).values(**resolution), connection=connection)
