"""From scores to money: settling a period, approving it, exporting it, checking it, answering for it.

The ledger is append-only and chained: each line holds the hash of the one before, and each settlement the whole evidence
its lines follow from (:mod:`ls_backend.core.settlement`), so that a change to either shows. Corrections are new lines.
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

from ls_backend.contracts.terms import Contract, amount
from ls_backend.core.settlement import FIELDS, Entry, digest, entries
from ls_backend.errors import InputError
from ls_backend.payload import Json
from ls_backend.service.context import Context
from ls_backend.service.pilots import contracts_of
from ls_backend.service.pipeline import move
from ls_backend.service.scoring import best_before, counted, gold_of, rescore, signatures_of
from ls_backend.store import Row, canonical, disputes, exports, judgments, ledger, settlements

START = "0" * 64  # what the first line of a ledger follows
REQUEST = 200  # Prolific takes so many bonuses at once
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
    by = str(ctx.gateway.whoami()["email"])
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
            "entries": [_shown(ctx, e, row) for e in found],
        }
        made["total_minor"] = sum(e.minor for e in found)
        made["currency"] = _contract(row).currency
        made["signatures"] = signatures_of(ctx, project)
        made["unfinished"] = ctx.clock() < end and period != "all"
        if preview:
            return {**made, "preview": True}
        made["settlement"] = _write(ctx, row, period, "period", start, end, snapshot, found, by)
    if row["detached_at"] is None:
        rescore(ctx, project)
    return {**made, "preview": False}


def _contract(row: Row) -> Contract:
    return Contract.parse(row["contract"], source=f"contract of project {row['id']}")


def _refuse_overlap(ctx: Context, project: int, period: str, start: float, end: float) -> None:
    for other in _settled(ctx, project):
        if other["name"] == period:
            raise InputError(
                f"{period} is settled already (no. {other['id']}, {_day(other['made_at'])}); what has changed since is "
                "corrected when the next period is settled"
            )
        if other["start"] < end and start < other["end"]:
            raise InputError(f"{period} overlaps {other['name']}, which is settled; judgments would be paid twice")


def _settled(ctx: Context, project: int, kind: str = "period") -> list[Row]:
    columns = [c for c in settlements.c if c.name != "evidence"]
    query = sa.select(*columns).where(settlements.c.project == project, settlements.c.kind == kind)
    return ctx.store.rows(query.order_by(settlements.c.id))


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _snapshot(ctx: Context, row: Row, period: str, start: float, end: float) -> Json:
    project = row["id"]
    rows = ctx.store.rows(
        sa.select(*(judgments.c[name] for name in FIELDS))
        .where(counted(project), judgments.c.at < end)
        .order_by(judgments.c.annotator, judgments.c.at, judgments.c.id)
    )
    earlier = []
    for s in _settled(ctx, project):
        terms = _evidence(ctx, s["id"])
        earlier.append(
            {k: terms[k] for k in ("period", "start", "end", "contract", "contracts", "min_lag", "best")}
            | {"booked": _booked(ctx, project, s["name"])}
        )
    return {
        "period": period,
        "start": start,
        "end": end,
        "contract": row["contract"],
        "contracts": contracts_of(ctx, project),
        "min_lag": row["min_lag"],
        "best": best_before(ctx, project, start),
        "judgments": [[r[name] for name in FIELDS] for r in rows],
        "gold": {item: g.preferred for item, g in sorted(gold_of(ctx, project).items())},
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


def _write(
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
            line["hash"] = previous = _hash(line)
            connection.execute(sa.insert(ledger).values(line))
    return int(made)


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256((line["previous"] + canonical({k: line[k] for k in LINES})).encode()).hexdigest()


def _shown(ctx: Context, entry: Entry, row: Row) -> Json:
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
    row, by = _one(ctx, project, period), str(ctx.gateway.whoami()["email"])
    if row["approved_at"] is not None:
        raise InputError(f"{period} was approved by {row['approved_by']} on {_day(row['approved_at'])}")
    ctx.store.execute(
        sa.update(settlements).where(settlements.c.id == row["id"]).values(approved_at=ctx.clock(), approved_by=by)
    )
    ctx.store.note(project, "settlement approved", settlement=row["id"], by=by)
    return {
        "project": project,
        "period": period,
        "approved_by": by,
        "total_minor": sum(_payouts(ctx, row["id"]).values()),
    }


def _one(ctx: Context, project: int, name: str) -> Row:
    found = [s for kind in ("period", "resolution") for s in _settled(ctx, project, kind) if s["name"] == name]
    if not found:
        raise InputError(
            f"{name} of project {project} is not settled; `steadyhand settle --project {project} --period {name}`"
        )
    return found[0]


def _payouts(ctx: Context, settlement: int) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for line in ctx.store.rows(sa.select(ledger).where(ledger.c.settlement == settlement).order_by(ledger.c.id)):
        total[line["annotator"]] += line["minor"]
    return dict(total)


def export(
    ctx: Context, project: int, period: str, *, form: str, people: Mapping[str, Mapping[str, str]] | None = None
) -> Json:
    """The files with which a settlement is paid: ``files`` is name -> content.

    ``people`` says who an annotator (Label Studio id or e-mail) is to the platform: ``participant_id``, and for mturk
    ``assignment_id`` too. Exports are numbered, for the platforms' pay calls are not idempotent: a second one says so.

    Raises:
        InputError: not approved, or somebody is missing from ``people``.
    """
    row = _one(ctx, project, period)
    if row["approved_at"] is None:
        raise InputError(f"{period} is not approved; `steadyhand ledger approve --project {project} --period {period}`")
    due = {a: minor for a, minor in sorted(_payouts(ctx, row["id"]).items()) if minor}
    by, currency = str(ctx.gateway.whoami()["email"]), _currency(ctx, row["id"])
    earlier = ctx.store.rows(sa.select(exports).where(exports.c.settlement == row["id"]).order_by(exports.c.number))
    number = len(earlier) + 1
    stem = f"{form}-{project}-{period.replace('..', '_')}-export{number}"
    names = _names(ctx, due, people or {}, form)
    files = _files(form, stem, due, names, period=period, currency=currency, token=row["digest"][:16])
    ctx.store.execute(
        sa.insert(exports).values(
            project=project,
            settlement=row["id"],
            number=number,
            form=form,
            total_minor=sum(due.values()),
            at=ctx.clock(),
            by=by,
        )
    )
    warning = (
        ""
        if not earlier
        else (
            f"This is export no. {number} of {period}; no. {earlier[-1]['number']} ({earlier[-1]['form']}) was made by "
            f"{earlier[-1]['by']} on {_day(earlier[-1]['at'])}. Pay one of them only."
        )
    )
    return {
        "period": period,
        "number": number,
        "total_minor": sum(due.values()),
        "currency": currency,
        "files": files,
        "warning": warning,
    }


def _currency(ctx: Context, settlement: int) -> str:
    found = ctx.store.rows(sa.select(ledger.c.currency).where(ledger.c.settlement == settlement).limit(1))
    return str(found[0]["currency"])


def _names(
    ctx: Context, due: Mapping[str, int], people: Mapping[str, Mapping[str, str]], form: str
) -> dict[str, Mapping[str, str]]:
    """Who each annotator is to the platform."""
    if form in ("csv", "json"):
        return {a: people.get(a, {}) for a in due}
    mails = {str(m["id"]): str(m["email"]).lower() for m in ctx.gateway.members()}
    found = {a: people.get(a) or people.get(mails.get(a, "")) for a in due}
    needed = ("participant_id",) if form == "prolific" else ("participant_id", "assignment_id")
    missing = [
        f"{a} ({mails.get(a, 'no member')})" for a, p in found.items() if p is None or not all(p.get(k) for k in needed)
    ]
    if missing:
        raise InputError(
            f"no {' and '.join(needed)} for: {', '.join(missing)}. Give --people FILE, a CSV with the columns "
            f"annotator (id or e-mail), {', '.join(needed)}"
        )
    known = {a: p for a, p in found.items() if p is not None}
    ids = [p["participant_id"] for p in known.values()]
    wrong = [i for i in ids if ids.count(i) > 1 or not re.fullmatch(r"[A-Za-z0-9_-]+", i)]
    if wrong:
        raise InputError(f"participant_id {wrong[0]!r} is not one, or is given twice; mend it in --people")
    return known


def _files(
    form: str,
    stem: str,
    due: Mapping[str, int],
    names: Mapping[str, Mapping[str, str]],
    *,
    period: str,
    currency: str,
    token: str,
) -> dict[str, str]:
    if form == "prolific":
        lines = [f"{names[a]['participant_id']},{amount(minor)}" for a, minor in due.items()]
        parts = [lines[i : i + REQUEST] for i in range(0, len(lines), REQUEST)]
        return {f"{stem}-{n}of{len(parts)}.csv": "\n".join(part) + "\n" for n, part in enumerate(parts, 1)}
    if form == "mturk":
        requests = [
            {
                "WorkerId": names[a]["participant_id"],
                "AssignmentId": names[a]["assignment_id"],
                "BonusAmount": amount(minor),
                "Reason": f"Bonus for {period}",
                "UniqueRequestToken": f"{token}-{a}"[:64],
            }
            for a, minor in due.items()
        ]
        return {f"{stem}.jsonl": "".join(json.dumps(r) + "\n" for r in requests)}
    rows = [
        {"annotator": a, "amount": amount(m), "minor": m, "currency": currency, "period": period}
        for a, m in due.items()
    ]
    if form == "json":
        return {f"{stem}.json": json.dumps(rows, indent=2) + "\n"}
    head = "annotator,amount,minor,currency,period\n"
    return {f"{stem}.csv": head + "".join(",".join(str(v) for v in r.values()) + "\n" for r in rows)}


def verify(ctx: Context, project: int | None = None) -> Json:
    """Work every line out again from its evidence, and follow the chain. ``faults`` says what does not hold."""
    where = [] if project is None else [ledger.c.project == project]
    lines = ctx.store.rows(sa.select(ledger).where(*where).order_by(ledger.c.id))
    faults: list[str] = []
    last: dict[int, str] = {}
    for line in lines:
        name = f"line {line['id']} ({line['period']}, annotator {line['annotator']})"
        if line["previous"] != last.get(line["project"], START):
            faults.append(f"{name}: does not follow the line before it; a line was removed or put in")
        if line["hash"] != _hash(line):
            faults.append(f"{name}: was changed after it was written")
        last[line["project"]] = line["hash"]
    by_settlement: dict[int, list[Row]] = defaultdict(list)
    for line in lines:
        by_settlement[line["settlement"]].append(line)
    for number, own in by_settlement.items():
        faults += _verified(ctx, number, own)
    exported = ctx.store.rows(sa.select(exports).where(*([] if project is None else [exports.c.project == project])))
    for e in exported:
        total = sum(line["minor"] for line in by_settlement.get(e["settlement"], []))
        if total != e["total_minor"]:
            faults.append(
                f"export {e['number']} of settlement {e['settlement']} paid {e['total_minor']}, its lines come to {total}"
            )
    return {
        "lines": len(lines),
        "settlements": len(by_settlement),
        "total_minor": sum(x["minor"] for x in lines),
        "faults": faults,
    }


def _verified(ctx: Context, number: int, lines: list[Row]) -> list[str]:
    kept = ctx.store.rows(sa.select(settlements).where(settlements.c.id == number))
    if not kept:
        return [f"settlement {number} of {len(lines)} lines is gone"]
    try:
        snapshot = json.loads(gzip.decompress(kept[0]["evidence"]))
    except (OSError, ValueError, EOFError):
        return [f"{kept[0]['name']}: the evidence can't be read"]
    if not digest(snapshot) == kept[0]["digest"] == lines[0]["evidence"]:
        return [f"{kept[0]['name']}: the evidence is not what the lines were written from"]
    if kept[0]["kind"] == "resolution":
        again = [(snapshot["annotator"], snapshot["period"], "dispute", snapshot["minor"])]
    else:
        again = [(e.annotator, e.period, e.kind, e.minor) for e in entries(snapshot)]
    written = [(x["annotator"], x["period"], x["kind"], x["minor"]) for x in lines]
    faults = []
    for key in sorted({*again, *written}):
        if again.count(key) != written.count(key):
            word = (
                "is in the ledger, but the evidence says otherwise"
                if key in written
                else "follows from the evidence, but is missing"
            )
            faults.append(f"{kept[0]['name']}: {key[2]} of {key[3]} to annotator {key[0]} for {key[1]} {word}")
    return faults


def dispute(ctx: Context, project: int, entry: int, text: str) -> int:
    """Note that an annotator disputes a line; returns the dispute's number.

    Raises:
        InputError: there is no such line, or no text.
    """
    line = _line(ctx, project, entry)
    if not text.strip():
        raise InputError("say what is disputed, in a sentence")
    values = {
        "project": project,
        "entry": entry,
        "annotator": line["annotator"],
        "text": text.strip(),
        "at": ctx.clock(),
    }
    with ctx.store.transaction() as connection:
        return int(connection.execute(sa.insert(disputes).values(values).returning(disputes.c.id)).scalar_one())


def _line(ctx: Context, project: int, entry: int) -> Row:
    found = ctx.store.rows(sa.select(ledger).where(ledger.c.project == project, ledger.c.id == entry))
    if not found:
        raise InputError(f"the ledger of project {project} has no line {entry}; `steadyhand ledger why` lists them")
    return found[0]


def resolve(ctx: Context, project: int, number: int, *, minor: int, text: str) -> Json:
    """Resolve a dispute, as the admin whose token we have; ``minor`` > 0 is paid by a line of its own, to be approved and
    exported under the name that is returned.

    Raises:
        InputError: no such open dispute, a negative amount, or no text.
    """
    found = ctx.store.rows(sa.select(disputes).where(disputes.c.project == project, disputes.c.id == number))
    if not found or found[0]["resolved_at"] is not None:
        raise InputError(f"project {project} has no open dispute {number}; `steadyhand ledger disputes` lists them")
    if minor < 0 or not text.strip():
        raise InputError(
            "a dispute takes nothing away (give 0 or more minor units), and needs a sentence that says why"
        )
    row, by = ctx.store.project(project, detached=True), str(ctx.gateway.whoami()["email"])
    line, name = _line(ctx, project, found[0]["entry"]), None
    if minor:
        name = f"{line['period']}-dispute-{number}"
        detail = {"reasons": [f"dispute {number}: {text.strip()} = {minor} {line['currency']} minor units"]}
        snapshot = {
            "dispute": number,
            "annotator": line["annotator"],
            "period": line["period"],
            "minor": minor,
            "by": by,
            **detail,
        }
        entry = Entry(line["annotator"], line["period"], "dispute", minor, detail)
        _write(ctx, row, name, "resolution", ctx.clock(), ctx.clock(), snapshot, [entry], by)
    ctx.store.execute(
        sa.update(disputes)
        .where(disputes.c.id == number)
        .values(resolution=text.strip(), minor=minor, resolved_by=by, resolved_at=ctx.clock())
    )
    return {"dispute": number, "minor": minor, "period": name, "resolved_by": by}


def open_disputes(ctx: Context, project: int) -> list[Json]:
    """Disputes that nobody has resolved yet, oldest first."""
    query = sa.select(disputes).where(disputes.c.project == project, disputes.c.resolved_at.is_(None))
    return ctx.store.rows(query.order_by(disputes.c.id))
