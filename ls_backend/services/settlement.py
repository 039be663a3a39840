"""From scores to money: settling a period, and approving it.

The ledger is append-only and chained: each line holds the hash of the one before, and each settlement the whole evidence
its lines follow from (:mod:`ls_backend.measurement.settlement`), so that a change to either shows. Corrections are new lines.
"""

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ls_backend.contracts.terms import Contract
from ls_backend.errors import InputError
from ls_backend.measurement.settlement import FIELDS, MODEL, Entry, digest, entries
from ls_backend.services.context import Context, measurement_of
from ls_backend.services.pilot_arms import contracts_of
from ls_backend.services.pipeline import move
from ls_backend.services.scoring import best_before, counted, gold_of, rescore, signatures_of
from ls_backend.store.engine import Row, canonical
from ls_backend.store.tables import judgments, ledger, settlements
from ls_backend.types import Json

START = "0" * 64  # what the first line of a ledger follows
LINES = ("project", "settlement", "annotator", "period", "kind", "minor", "currency", "contract_version", "evidence", "detail", "at")  # fmt: skip


def bounds(period: str) -> tuple[float, float]:
    """Start (included) and end (not) of a period in seconds since the epoch, UTC.

    Raises:
        InputError: it is none of ``2026-11``, ``2026-W47``, ``2026-11-01..2026-11-15`` (both days included) and ``all``.
    """
    if period == "all":
        return 0.0, datetime(9999, 1, 1, tzinfo=UTC).timestamp()
    try:
        if match := re.fullmatch(r"(\d{4})-(\d{2})", period):
            year, month = int(match[1]), int(match[2])
            first = datetime(year, month, 1, tzinfo=UTC)
            last = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        elif match := re.fullmatch(r"(\d{4})-W(\d{2})", period):
            first = datetime.fromisocalendar(int(match[1]), int(match[2]), 1).replace(tzinfo=UTC)
            last = first + timedelta(days=7)
        elif match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", period):
            first, last = (datetime.fromisoformat(match[n]).replace(tzinfo=UTC) for n in (1, 2))
            last += timedelta(days=1)
        else:
            raise ValueError("no such form")
        if last <= first:
            raise ValueError("it ends before it begins")
    except ValueError as error:
        raise InputError(
            f"period {period!r} can't be read ({error}); write a month as 2026-11, a week as 2026-W47, days as "
            "2026-11-01..2026-11-15, or all"
        ) from error
    return first.timestamp(), last.timestamp()


def settle(ctx: Context, project: int, period: str, *, preview: bool = False) -> Json:
    """Close a period: one line of pay per annotator, and corrections of earlier ones. A preview writes nothing.

    Annotations are read again from Label Studio first: an event is a hint, not evidence.

    Raises:
        InputError: the period is settled already, or overlaps one that is, or nobody worked in it.
    """
    start, end = bounds(period)
    row = ctx.store.project(project, detached=True)
    if row["detached_at"] is None:
        move(ctx, project, pull="all", wait=60.0)
    by = ctx.gateway.whoami().email
    with ctx.store.lease(f"settle-{project}", wait=30.0):
        _refuse_overlap(ctx, project, period, start, end)
        snapshot = _snapshot(ctx, row, period, start, end)
        found = entries(snapshot)
        if not found:
            raise InputError(f"nobody has judgments in {period}; give the period in which the work was done")
        made = {
            "project": project,
            "period": period,
            "start": start,
            "end": end,
            "entries": [_shown(ctx, e) for e in found],
        }
        made["total_minor"] = sum(e.minor for e in found)
        made["currency"] = _contract(row).currency
        made["signatures"] = signatures_of(ctx, project)
        made["not_corrected"] = [e["period"] for e in snapshot["earlier"] if e["model"] != MODEL]
        made["unfinished"] = ctx.clock() < end and period != "all"
        if preview:
            return {**made, "preview": True}
        made["settlement"] = write_lines(ctx, row, period, "period", start, end, snapshot, found, by)
    if row["detached_at"] is None:
        rescore(ctx, project)
    return {**made, "preview": False}


def _contract(row: Row) -> Contract:
    return Contract.parse(row["contract"], source=f"contract of project {row['id']}")


def _refuse_overlap(ctx: Context, project: int, period: str, start: float, end: float) -> None:
    for other in _settled(ctx, project):
        if other["name"] == period:
            raise InputError(
                f"{period} is settled already (no. {other['id']}, {day(other['made_at'])}); what has changed since is "
                "corrected when the next period is settled"
            )
        if other["start"] < end and start < other["end"]:
            raise InputError(f"{period} overlaps {other['name']}, which is settled; judgments would be paid twice")


def _settled(ctx: Context, project: int, kind: str = "period") -> list[Row]:
    columns = [c for c in settlements.c if c.name != "evidence"]
    query = sa.select(*columns).where(settlements.c.project == project, settlements.c.kind == kind)
    return ctx.store.rows(query.order_by(settlements.c.id))


def day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _snapshot(ctx: Context, row: Row, period: str, start: float, end: float) -> Json:
    project = row["id"]
    settled = _settled(ctx, project)
    until = max([end, *(s["end"] for s in settled)])  # periods may be settled in any order
    rows = ctx.store.rows(
        sa.select(*(judgments.c[name] for name in FIELDS))
        .where(counted(project), judgments.c.at < until)
        .order_by(judgments.c.annotator, judgments.c.at, judgments.c.id)
    )
    earlier = []
    for s in settled:
        terms = _evidence(ctx, s["id"])
        earlier.append(
            {k: terms[k] for k in ("period", "start", "end", "contract", "contracts", "min_lag", "best")}
            | {"q": terms.get("q"), "model": terms.get("model"), "booked": _booked(ctx, project, s["name"])}
        )
    return {
        "model": MODEL,
        "period": period,
        "start": start,
        "end": end,
        "contract": row["contract"],
        "contracts": contracts_of(ctx, project, start=start, end=end),
        "min_lag": row["min_lag"],
        "q": measurement_of(row).q,
        "best": best_before(ctx, project, start),
        "judgments": [[r[name] for name in FIELDS] for r in rows],
        "gold": {item: g.answer or g.preferred for item, g in sorted(gold_of(ctx, project).items())},
        "earlier": earlier,
    }


def _booked(ctx: Context, project: int, period: str) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    kept = sa.select(ledger).where(
        ledger.c.project == project, ledger.c.period == period, ledger.c.kind.in_(("pay", "correction"))
    )
    for line in ctx.store.rows(kept):
        total[line["annotator"]] += line["minor"]
    return dict(total)


def _evidence(ctx: Context, settlement: int) -> Json:
    found = ctx.store.rows(sa.select(settlements.c.evidence).where(settlements.c.id == settlement))
    return dict(json.loads(gzip.decompress(found[0]["evidence"])))


def write_lines(
    ctx: Context,
    row: Row,
    name: str,
    kind: str,
    start: float,
    end: float,
    snapshot: Json,
    found: Iterable[Entry],
    by: str,
) -> int:
    evidence, now = digest(snapshot), ctx.clock()
    with ctx.store.transaction() as connection:
        values = {
            "project": row["id"],
            "name": name,
            "kind": kind,
            "start": start,
            "end": end,
            "evidence": gzip.compress(canonical(snapshot).encode(), mtime=0),
            "digest": evidence,
            "made_at": now,
            "made_by": by,
        }
        made = connection.execute(sa.insert(settlements).values(values).returning(settlements.c.id)).scalar_one()
        last = sa.select(ledger.c.hash).where(ledger.c.project == row["id"]).order_by(ledger.c.id.desc()).limit(1)
        previous = connection.execute(last).scalar() or START
        contract = _contract(row)
        for entry in found:
            own = Contract.parse(snapshot.get("contracts", {}).get(entry.annotator, row["contract"]))
            line = {
                "project": row["id"],
                "settlement": made,
                "annotator": entry.annotator,
                "period": entry.period,
                "kind": entry.kind,
                "minor": entry.minor,
                "currency": contract.currency,
                "contract_version": own.version,
                "evidence": evidence,
                "detail": entry.detail,
                "at": now,
                "previous": previous,
            }
            line["hash"] = previous = line_hash(line)
            connection.execute(sa.insert(ledger).values(line))
    return int(made)


def line_hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256((line["previous"] + canonical({k: line[k] for k in LINES})).encode()).hexdigest()


def _shown(ctx: Context, entry: Entry) -> Json:
    return {
        "annotator": entry.annotator,
        "pseudonym": ctx.settings.pseudonym(entry.annotator),
        "period": entry.period,
        "kind": entry.kind,
        "minor": entry.minor,
        **entry.detail,
    }


def approve(ctx: Context, project: int, period: str) -> Json:
    """Approve a settlement, as the admin whose token we have.

    Raises:
        InputError: there is no such settlement, or it is approved already.
    """
    row, by = one(ctx, project, period), ctx.gateway.whoami().email
    if row["approved_at"] is not None:
        raise InputError(f"{period} was approved by {row['approved_by']} on {day(row['approved_at'])}")
    ctx.store.execute(
        sa.update(settlements).where(settlements.c.id == row["id"]).values(approved_at=ctx.clock(), approved_by=by)
    )
    ctx.store.note(project, "settlement approved", settlement=row["id"], by=by)
    return {
        "project": project,
        "period": period,
        "approved_by": by,
        "total_minor": sum(payouts(ctx, row["id"]).values()),
    }


def one(ctx: Context, project: int, name: str) -> Row:
    found = [s for kind in ("period", "resolution") for s in _settled(ctx, project, kind) if s["name"] == name]
    if not found:
        raise InputError(
            f"{name} of project {project} is not settled; `steadyhand settle --project {project} --period {name}`"
        )
    return found[0]


def payouts(ctx: Context, settlement: int) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for line in ctx.store.rows(sa.select(ledger).where(ledger.c.settlement == settlement).order_by(ledger.c.id)):
        total[line["annotator"]] += line["minor"]
    return dict(total)
